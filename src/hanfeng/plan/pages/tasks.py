"""The tasks of a plan: how far each is carried and who owes it; and one of them with its story."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.desk.wording import local_text
from hanfeng.plan.duties import standing
from hanfeng.plan.models import Duty, Plan

from . import filters
from .chain import STANDINGS, Line, standing_counts
from .filters import Choice
from .frame import context, of_plan, plan_url
from .state import State
from .targets import row_of
from .tracing import choices_of


@require_safe
@of_plan
def tasks_page(request: HttpRequest, plan: Plan) -> HttpResponse:
    """Every task with its standing, its lead body and its clause."""
    state = State.of(plan)
    lines = state.lines(timezone.localdate())
    choices = [c for c in choices_of(state.passages) if c.name != "served"]
    choices = [_standing(), _lead(lines), *choices]
    found = [line for line in filters.chosen(lines, request.GET, choices) if line.says(filters.words(request.GET))]
    filtered = filters.in_force(request.GET, choices)
    told = {
        **context(request, plan, "task", _("Tasks")),
        "items": standing_counts(line.state for line in lines),
        "total": len(lines),
        "unassigned": sum(not line.assigned for line in lines),
        "groups": _groups(found),
        "found": len(found),
        "open": filtered,
        "filters": filters.shown(request.GET, choices),
        "q": request.GET.get("q", ""),
        "searchable": True,
        "nothing": filters.nothing(
            filtered, _("No task is kept of this plan"), _("Its commitments are loaded with its folder.")
        ),
    }
    return TemplateResponse(request, "plan/tasks.html", told)


def _standing() -> Choice[Line]:
    options = [(key, str(each.title)) for key, each in STANDINGS.items()]
    return Choice("standing", pgettext("commitment", "Standing"), options, lambda line, value: line.state == value)


def _lead(lines: Sequence[Line]) -> Choice[Line]:
    bodies = {owner.body.slug: local_text(owner.body) for line in lines for owner in line.leads}
    return Choice(
        "lead", _("lead body"), sorted(bodies.items(), key=lambda pair: pair[1]),
        lambda line, value: any(owner.body.slug == value for owner in line.leads),
    )  # fmt: skip


def _groups(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """The tasks by field of work, in the order of the plan's text."""
    by_group: dict[str, list[Line]] = {}
    for line in lines:
        by_group.setdefault(line.group, []).append(line)
    return [
        {"title": mine[0].group_title, "lines": mine, "items": standing_counts(line.state for line in mine)}
        for mine in by_group.values()
    ]


@require_safe
@of_plan
def task_page(request: HttpRequest, plan: Plan, commitment: str) -> HttpResponse:
    """One task: what it is, where the plan says so, who owes it and owed it, what serves it, what is counted."""
    state, today = State.of(plan), timezone.localdate()
    lines = state.lines(today)
    line = next((line for line in lines if line.id == commitment), None)
    if line is None:
        raise Http404(_("There is no such task in this plan."))
    evaluation, place = state.evaluation(today), lines.index(line)
    codes = {passage.code for passage in line.passages}
    task = next(each for each in state.made.tasks if each.commitment == commitment)
    told = {
        **context(request, plan, "task", line.name, ((_("Tasks"), plan_url(plan.slug, "task")),)),
        "line": line,
        "duties": list(duty_lines(Duty.everything.filter(task=task), today)),
        "targets": [row_of(row) for row in evaluation.targets if row.target.measure in line.measures],
        "contradictions": [row for row in evaluation.contradictions if not codes.isdisjoint(row.clauses)],
        "duty_url": f"/plan/duty/new/?plan={plan.pk}&task={task.pk}",
        "before": lines[place - 1] if place else None,
        "after": lines[place + 1] if place + 1 < len(lines) else None,
    }
    return TemplateResponse(request, "plan/task.html", told)


def duty_lines(duties: Any, today: date) -> Iterator[dict[str, Any]]:
    """Duties with the body named, the body that answers today, and whether the duty holds; two queries or three.

    Those that hold come first; ended and withdrawn ones are the history.
    """
    rows: list[Duty] = list(duties.select_related("body").order_by("role", "pk"))
    bodies: dict[int, Body] = standing(duty.body for duty in rows)
    told = [_duty(duty, bodies[duty.body_id], today) for duty in rows]
    yield from sorted(told, key=lambda each: each["standing"] != "now")


def _duty(duty: Duty, named: Body, today: date) -> dict[str, Any]:
    now = named.on(today)
    return {
        "role": duty.get_role_display(),
        "named": local_text(named),
        "now": local_text(now) if now.pk != named.pk else "",
        "changed": named.ends if now.pk != named.pk else None,
        "starts": duty.starts,
        "ends": duty.ends,
        "basis": duty.basis,
        "url": f"/plan/duty/{duty.pk}/",
        "standing": _holds(duty, today),
    }


def _holds(duty: Duty, today: date) -> str:
    if duty.void:
        return "withdrawn"
    if duty.starts and duty.starts > today:
        return "later"
    return "ended" if duty.ends and duty.ends < today else "now"
