"""The chain of evidence: the clause that makes a commitment, the packs that serve it, the indicators and the last figure.

Nothing is stored: the chain follows the records, the vocabulary and the catalogue of packs, in four queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from hanfeng.kernel.desk.wording import bound_text, local_text, with_unit
from hanfeng.kernel.indicator.models import Layer, Reading, Trust
from hanfeng.kernel.pack import Pack, catalogue, indicators

from .duties import Owner, owners
from .models import Clause, Contradiction, Plan, Target, Task
from .plans import Made, made_by, plan_of
from .vocabulary import commitments, measures

ELSEWHERE = ("context", "component", "other_definition", "rank")
"""Kinds of readings that are no value of the measure they stand beside."""

LIGHTS = {"figures": "green", "served": "blue", "unserved": "grey"}
"""How far a commitment is carried: packs serve it and figures stand, packs serve it, nothing serves it."""


def trace(plan: Plan | str | None = None, made: Made | None = None) -> list[dict[str, Any]]:
    """Each commitment of a plan with what answers it, in the order of the plan's text; the default plan when none is named.

    Keys: id, kind, zh, en, group, clause (its home), clauses, packs, indicators (names), measures (ids), latest (None, or
    measure, text, as_of, layer), more (how many other measures of it have a figure), served, state.
    """
    found = plan_of(plan)
    if found is None:
        return []
    made = made or made_by(found)
    return _rows(made.tasks, made.targets)


def unserved(plan: Plan | str | None = None) -> list[dict[str, Any]]:
    """The commitments of a plan that no pack serves."""
    return [row for row in trace(plan) if not row["served"]]


@dataclass(frozen=True)
class Counts:
    """How many commitments there are, are served by a pack, and have a figure; all, and by kind (S, M, P)."""

    total: int
    served: int
    figures: int
    by_kind: Mapping[str, tuple[int, int]]


def counts(rows: Sequence[Mapping[str, Any]]) -> Counts:
    """Count the rows of a trace; `by_kind` is (all, served)."""
    kinds: dict[str, tuple[int, int]] = {}
    for row in rows:
        total, served = kinds.get(row["kind"], (0, 0))
        kinds[row["kind"]] = total + 1, served + row["served"]
    figures = sum(row["state"] == "figures" for row in rows)
    return Counts(len(rows), sum(row["served"] for row in rows), figures, kinds)


# --- rows -------------------------------------------------------------------------------------------------------------


def serving() -> dict[str, list[Pack]]:
    """The packs that serve each commitment, by its id."""
    found: dict[str, list[Pack]] = {}
    for pack in catalogue():
        for commitment in pack.serves:
            found.setdefault(commitment, []).append(pack)
    return found


def _rows(tasks: Iterable[Task], targets: Sequence[Target]) -> list[dict[str, Any]]:
    packs, counted = serving(), _counting()
    rows = [_row(task, packs.get(task.commitment, []), targets, counted) for task in tasks]
    latest = _latest({measure for row in rows for measure in row["measures"]}, {target.place for target in targets})
    for row in rows:
        figures = [latest[measure] for measure in row["measures"] if measure in latest]
        row["latest"] = max(figures, key=lambda figure: str(figure["as_of"]), default=None)
        row["more"] = max(len(figures) - 1, 0)
        row["state"] = "unserved" if not row["served"] else "figures" if figures else "served"
    return rows


def _row(
    task: Task, packs: Sequence[Pack], targets: Iterable[Target], counted: Mapping[str, list[str]]
) -> dict[str, Any]:
    """A commitment with the packs that serve it, the measures of its clauses' targets and packs, and what counts them."""
    word = commitments().get(task.commitment)
    named = [target.measure for target in targets if not set(target.clauses).isdisjoint(task.clauses)]
    known = list(dict.fromkeys([*named, *(indicator.measure for pack in packs for indicator in pack.indicators)]))
    return {
        "id": task.commitment,
        "kind": word.kind if word else "",
        "zh": word.name("zh") if word else task.commitment,
        "en": word.name("en") if word else task.commitment,
        "group": word.group if word else "",
        "clause": task.home.code,
        "clauses": list(task.clauses),
        "packs": [pack.name for pack in packs],
        "indicators": list(dict.fromkeys(name for measure in known for name in counted.get(measure, ()))),
        "measures": known,
        "served": bool(packs),
    }


def _counting() -> dict[str, list[str]]:
    """The names of the indicators that count each measure."""
    counted: dict[str, list[str]] = {}
    for _pack, indicator in indicators():
        counted.setdefault(indicator.measure, []).append(indicator.name)
    return counted


def _latest(names: set[str], places: set[str]) -> dict[str, dict[str, Any]]:
    """The newest value of each measure for the plan's places; a confirmed one before a ledger one of the same day.

    Leads are left out: they are for the annex, not for a page that shows what stands.
    """
    rows = Reading.objects.filter(measure__in=names).exclude(layer=Layer.CONTEXT).exclude(kind__in=ELSEWHERE)
    rows = rows.exclude(source__trust=Trust.LEAD)
    if places:
        rows = rows.filter(place__in=places)
    return {reading.measure: _figure(reading) for reading in rows.order_by("as_of", "-layer", "pk")}


def _figure(reading: Reading) -> dict[str, Any]:
    measure = measures().get(reading.measure)
    text = with_unit(bound_text(reading.bound, measure.decimals if measure else None), local_text(reading, "unit"))
    return {"measure": reading.measure, "text": text, "as_of": reading.as_of, "layer": reading.layer}


# --- one clause -------------------------------------------------------------------------------------------------------


def clause_view(plan: Plan | str, code: str, day: date | None = None) -> dict[str, Any]:
    """What the page of a clause shows, in a fixed number of queries. Raises Clause.DoesNotExist.

    Keys: plan, clause, parents (outermost first), children (clause, and how many commitments lie in it and are served),
    commitments (rows of the trace with task, packs as Pack, owners on the day, light), targets, contradictions, before, after.
    """
    found = plan_of(plan)
    clauses = list(Clause.objects.filter(plan=found).order_by("order"))
    clause = next((c for c in clauses if c.code == code), None)
    if found is None or clause is None:
        raise Clause.DoesNotExist(code)
    tasks = list(Task.objects.filter(plan=found).select_related("home"))
    targets = list(Target.objects.filter(plan=found))
    here = [task for task in tasks if code in task.clauses]
    place = clauses.index(clause)
    return {
        "plan": found,
        "clause": clause,
        "parents": _above(clause, clauses),
        "children": [_part(c, clauses, tasks) for c in clauses if c.parent_id == clause.pk],
        "commitments": _commitments(here, targets, day or timezone.localdate()),
        "targets": [target for target in targets if code in target.clauses],
        "contradictions": [c for c in Contradiction.objects.filter(plan=found) if code in c.clauses],
        "before": clauses[place - 1] if place else None,
        "after": clauses[place + 1] if place + 1 < len(clauses) else None,
    }


def _above(clause: Clause, clauses: Iterable[Clause]) -> list[Clause]:
    by_key = {c.pk: c for c in clauses}
    parents: list[Clause] = []
    above = by_key.get(clause.parent_id) if clause.parent_id else None
    while above and above not in parents:
        parents.insert(0, above)
        above = by_key.get(above.parent_id) if above.parent_id else None
    return parents


def _part(clause: Clause, clauses: Sequence[Clause], tasks: Iterable[Task]) -> dict[str, Any]:
    """A clause below, with the commitments made in it and in its own parts."""
    inner, keys = {clause.code}, {clause.pk}
    for other in clauses:  # a part stands after what it is part of
        if other.parent_id in keys:
            inner.add(other.code)
            keys.add(other.pk)
    packs = serving()
    mine = [task.commitment for task in tasks if not inner.isdisjoint(task.clauses)]
    return {"clause": clause, "commitments": len(mine), "served": sum(name in packs for name in mine)}


def _commitments(tasks: Sequence[Task], targets: Sequence[Target], day: date) -> list[dict[str, Any]]:
    packs = serving()
    owed: dict[Any, list[Owner]] = owners(tasks, day)
    return [
        {**row, "task": task, "packs": packs.get(row["id"], []), "owners": owed[task], "light": LIGHTS[row["state"]]}
        for task, row in zip(tasks, _rows(tasks, targets), strict=True)
    ]
