"""Each flow as BPMN 2.0: a foreign engine opens it and reaches the states of the flow's table, move by move."""

from __future__ import annotations

from collections import deque
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import translation
from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser, BpmnValidator
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.util.task import TaskState

from hanfeng.cli import main
from hanfeng.kernel.api import Desk, Flow, Move, catalogue
from hanfeng.kernel.flow.bpmn import DC, DD, DI, bpmn, state_id

FLOWS = [(pack.name, desk) for pack in catalogue() for desk in pack.desks if desk.flow]
every_flow = pytest.mark.parametrize("desk", [d for _p, d in FLOWS], ids=[f"{p}-{d.slug}" for p, d in FLOWS])


def written(desk: Desk) -> bytes:
    assert desk.flow
    return bpmn(desk.flow, f"{desk.model._meta.app_label}_{desk.slug}", desk.title)


def begun(desk: Desk) -> BpmnWorkflow:
    """The process in SpiffWorkflow, validated against the schema of BPMN, at its first task."""
    parser = BpmnParser(validator=BpmnValidator())
    parser.add_bpmn_str(written(desk))
    workflow = BpmnWorkflow(parser.get_spec(f"{desk.model._meta.app_label}_{desk.slug}"))
    workflow.do_engine_steps()
    return workflow


def stands(workflow: BpmnWorkflow) -> str:
    """Where the process stands: the task that waits, or the event it ended with."""
    waiting = workflow.get_tasks(state=TaskState.READY, manual=True)
    if waiting:
        return str(waiting[0].task_spec.bpmn_id)
    assert workflow.is_completed()
    ended = [t for t in workflow.get_tasks(state=TaskState.COMPLETED) if type(t.task_spec).__name__ == "EndEvent"]
    return str(ended[-1].task_spec.bpmn_id)


def make(workflow: BpmnWorkflow, move: Move) -> None:
    (task,) = workflow.get_tasks(state=TaskState.READY, manual=True)
    task.data["move"] = move.name
    task.run()
    workflow.do_engine_steps()


def ways(flow: Flow) -> dict[Any, list[Move]]:
    """The shortest way of moves to each state."""
    found: dict[Any, list[Move]] = {flow.start: []}
    waiting = deque([flow.start])
    while waiting:
        here = waiting.popleft()
        for move in flow.moves_from(here):
            if move.target not in found:
                found[move.target] = [*found[here], move]
                waiting.append(move.target)
    return found


@every_flow
def test_an_engine_walks_the_table_of_the_flow(desk: Desk) -> None:
    assert desk.flow
    known = ways(desk.flow)
    assert stands(begun(desk)) == state_id(desk.flow.start)
    for move in desk.flow.moves:
        workflow = begun(desk)
        for step in known[move.source]:
            make(workflow, step)
        assert stands(workflow) == state_id(move.source), move.name
        make(workflow, move)
        assert stands(workflow) == state_id(move.target), move.name


@every_flow
def test_a_move_that_the_table_does_not_have_leads_nowhere(desk: Desk) -> None:
    workflow = begun(desk)
    (task,) = workflow.get_tasks(state=TaskState.READY, manual=True)
    task.data["move"] = "no such move"
    assert desk.flow
    if sum(1 for _m in desk.flow.moves_from(desk.flow.start)) > 1:
        task.run()
        with pytest.raises(WorkflowException):
            workflow.do_engine_steps()


@every_flow
def test_the_diagram_shows_every_element_once_and_none_over_another(desk: Desk) -> None:
    root = etree.fromstring(written(desk))
    process = root.find("{*}process")
    ids = [e.get("id") for e in process if e.get("id")]
    shown = [e.get("bpmnElement") for e in root.iter(f"{{{DI}}}BPMNShape", f"{{{DI}}}BPMNEdge")]
    assert sorted(shown) == sorted(ids)
    boxes = {
        s.get("bpmnElement"): tuple(float(s.find(f"{{{DC}}}Bounds").get(n)) for n in ("x", "y", "width", "height"))
        for s in root.iter(f"{{{DI}}}BPMNShape")
    }
    for (one, a), (two, b) in combinations(boxes.items(), 2):
        apart = a[0] + a[2] <= b[0] or b[0] + b[2] <= a[0] or a[1] + a[3] <= b[1] or b[1] + b[3] <= a[1]
        assert apart, (one, two)
    assert all(value >= 0 for box in boxes.values() for value in box)
    for edge in root.iter(f"{{{DI}}}BPMNEdge"):
        points = [(p.get("x"), p.get("y")) for p in edge.iter(f"{{{DD}}}waypoint")]
        assert len(points) >= 2
        assert all(a != b for a, b in pairwise(points)), edge.get("bpmnElement")


def test_the_words_are_those_of_the_reader_and_the_limits_are_told() -> None:
    desk = next(d for p, d in FLOWS if p == "cultivation")
    with translation.override("en"):
        english = written(desk).decode()
    with translation.override("zh-hans"):
        chinese = written(desk).decode()
    assert "240 working days" in english
    assert "240个工作日" in chinese
    assert 'name="Ask for material"' in english
    assert "Ask for material" not in chinese
    assert 'clock="working_day"' in chinese


@pytest.mark.django_db
def test_the_terminal_and_the_interface_give_the_same(client: Client, tmp_path: Path, django_user_model: Any) -> None:
    done = CliRunner().invoke(main, ["export", "bpmn", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    client.force_login(django_user_model.objects.create_user("li"))
    items = client.get("/api/v1/flows", headers={"accept-language": "en"}).json()["items"]
    assert len(items) == len(FLOWS) == len(list(tmp_path.iterdir()))
    for item in items:
        answer = client.get(item["href"], headers={"accept-language": "en"})
        kept = tmp_path / item["href"].removeprefix("/api/v1/flows/").replace("/", "-")
        assert answer.content == kept.read_bytes()
    assert client.get("/api/v1/flows/bodies/body.bpmn").status_code == 404
