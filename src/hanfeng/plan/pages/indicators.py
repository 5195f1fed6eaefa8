"""The targets of a plan, all in one table; and one of them with everything that is known of it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hanfeng.kernel.desk.records import events_of, told
from hanfeng.kernel.desk.wording import local_text
from hanfeng.kernel.pack import desk_of
from hanfeng.kernel.roles import holds
from hanfeng.plan.assessed import Assessed, Value
from hanfeng.plan.judging import Shape, Verdict
from hanfeng.plan.models import Plan, Target
from hanfeng.plan.roles import CONTACT, OFFICER
from hanfeng.plan.vocabulary import measure_groups, measures
from hanfeng.plan.wording import figure, verdict_title

from . import counted, filters
from .course import course_of
from .filters import Choice
from .frame import Day, context, day_of, inside, of_plan, plan_url
from .passages import named
from .state import State
from .targets import row_of

SHOWN_EVENTS = 12


@require_safe
@of_plan
def indicators_page(request: HttpRequest, plan: Plan) -> HttpResponse:
    """Every target: what it wants, the newest published value, both ratios, its verdict."""
    day = day_of(request)
    evaluation = State.of(plan, request.user).evaluation(day.day)
    choices = [c for c in choices_of(evaluation.targets) if c.name != "verdict" or inside(request.user)]
    found = filters.chosen(evaluation.targets, request.GET, choices)
    found = [row for row in found if _says(row, filters.words(request.GET))]
    filtered = filters.in_force(request.GET, choices)
    told = {
        **context(request, plan, "indicator", _("Indicators")),
        **as_of_context(day),
        "main": [row_of(row) for row in found if row.main],
        "other": [row_of(row) for row in found if not row.main],
        "found": len(found),
        "total": len(evaluation.targets),
        "filters": filters.shown(request.GET, choices),
        "q": request.GET.get("q", ""),
        "searchable": True,
        "nothing": filters.nothing(
            filtered, _("No target is kept of this plan"), _("Its targets are loaded with its folder.")
        ),
    }
    return TemplateResponse(request, "plan/indicators.html", told)


def as_of_context(day: Day) -> dict[str, Any]:
    """What the picker of a day needs."""
    return {"as_of": day.day, "today": timezone.localdate(), "asked": day.asked, "day_fault": day.fault}


def choices_of(rows: tuple[Assessed, ...]) -> list[Choice[Assessed]]:
    """What targets can be filtered by: verdict, nature, group of measures."""
    verdicts = [(v.value, verdict_title(v)) for v in Verdict if any(row.verdict is v for row in rows)]
    natures = [(str(value), str(label)) for value, label in Target.Nature.choices]
    present = {measures()[row.target.measure].group for row in rows}
    groups = [(group.id, group.name()) for group in measure_groups().values() if group.id in present]
    return [
        Choice("verdict", _("Verdict"), verdicts, lambda row, value: row.verdict.value == value),
        Choice("nature", _("nature"), natures, lambda row, value: row.target.nature == value),
        Choice("group", _("field"), groups, lambda row, value: measures()[row.target.measure].group == value),
    ]


def _says(row: Assessed, words: list[str]) -> bool:
    text = f"{row.name} {row.target.measure_name} {row.slug} {' '.join(o.name for o in row.bodies)}".casefold()
    return all(word in text for word in words)


@require_safe
@of_plan
def indicator_page(request: HttpRequest, plan: Plan, target: str) -> HttpResponse:
    """One target: its card, its verdict and why, its course, what the registers count, what bites on it."""
    day, state = day_of(request), State.of(plan, request.user)
    evaluation = state.evaluation(day.day)
    row = next((row for row in evaluation.targets if row.slug == target), None)
    if row is None:
        raise Http404(_("There is no such target in this plan."))
    kept = next(each for each in state.made.targets if each.slug == target)
    rows = list(evaluation.targets)
    place = rows.index(row)
    told = {
        **context(request, plan, "indicator", row.name, ((_("Indicators"), plan_url(plan.slug, "indicator")),)),
        **as_of_context(day),
        "row": row,
        "item": row_of(row),
        "course": course_of(row),
        "passages": named(row.target.clauses, state.passages),
        "readings": _readings(row),
        "peers": [value for value in row.values if not value.whole and not value.part],
        "remarks": counted.remarks(row) if inside(request.user) else [],
        "parts": counted.parts(row, day.day, reader=request.user) if inside(request.user) else [],
        "contradictions": [found for found in evaluation.contradictions if target in found.targets],
        "elapsed_today": row.judgement.elapsed_today,
        "needed": _needed(row),
        "before": row_of(rows[place - 1]) if place else None,
        "after": row_of(rows[place + 1]) if place + 1 < len(rows) else None,
        **_records(request, plan, kept),
    }
    return TemplateResponse(request, "plan/indicator.html", told)


def _needed(row: Assessed) -> str:
    """The yearly change that is still needed, in words; nothing once the term is over."""
    judgement, goal = row.judgement, row.judgement.goal
    if judgement.needed is None or (goal.ends is not None and judgement.as_of >= goal.ends):
        return ""
    points = _("percentage points") if row.target.unit == "%" else row.target.unit
    return figure(judgement.needed, "%" if goal.shape is Shape.GROWTH else points, row.target.decimals)


def _readings(row: Assessed) -> list[Value]:
    """What was published of the place or a part of it, the newest first; leads stand in the annex."""
    return [value for value in reversed(row.values) if value.whole or value.part]


def _story(events: list[dict[str, Any]], path: str) -> list[dict[str, Any]]:
    """What was changed since the record was made; a changed path is named only, the chart shows it."""
    for event in events:
        changes = [] if event["seq"] == 1 else event["changes"]
        event["changes"] = [{**c, "before": "", "after": _("changed")} if c["label"] == path else c for c in changes]
    return events


def _records(request: HttpRequest, plan: Plan, kept: Target) -> dict[str, Any]:
    """The record behind the page: its story, its causes, and who may write what."""
    shown = desk_of(Target)
    desk = shown[1] if shown else None
    events = events_of(kept)[:SHOWN_EVENTS]
    return {
        "kept": kept,
        "source": measures()[kept.measure].source.get(get_language() or "zh"),
        "note": local_text(kept, "note"),
        "events": _story(told(desk, kept, events), desk.label("path")) if desk and inside(request.user) else [],
        "record_url": desk.at(kept) if desk else "",
        "cause_url": f"/plan/cause/new/?plan={plan.pk}&target={kept.pk}"
        if holds(request.user, OFFICER, CONTACT)
        else "",
        "duty_url": f"/plan/duty/new/?plan={plan.pk}&target={kept.pk}" if holds(request.user, OFFICER) else "",
        "reading_url": f"/plan/reading/new/?measure={kept.measure}&place={kept.place}"
        if holds(request.user, OFFICER)
        else "",
    }
