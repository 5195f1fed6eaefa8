"""The plans of the site, and the first page of one: what a leader reads in ten seconds, and the rest below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from hanfeng.kernel.desk.wording import day_text, local_text, number_text, with_unit
from hanfeng.kernel.roles import visible
from hanfeng.plan.assessed import Assessed, Evaluation
from hanfeng.plan.models import Clause, Plan, Target, Task
from hanfeng.plan.page import front_context, ledger_shown
from hanfeng.plan.plans import card as county_card
from hanfeng.plan.plans import default_plan
from hanfeng.plan.vocabulary import groups
from hanfeng.plan.year.lit import lights

from . import counted
from .chain import standing_counts
from .frame import Day, context, day_of, inside, of_plan, plan_title, plan_url, plans_for, signed_in, told_of
from .indicators import as_of_context
from .state import State
from .targets import row_of

DUE = 3
"""Values to come that the first screen has room for."""


@require_safe
@signed_in
def front(request: HttpRequest) -> HttpResponse:
    """The front page of the site: that of its default plan."""
    plan = default_plan(plans_for(request))
    if plan is None:
        return TemplateResponse(request, "plan/none.html", {"title": _("Plan")})
    return told_of(plan, _first_page, request)


@require_safe
@of_plan
def plan_page(request: HttpRequest, plan: Plan) -> HttpResponse:
    """The first page of a plan."""
    return _first_page(request, plan)


def _first_page(request: HttpRequest, plan: Plan) -> HttpResponse:
    """The state of a plan to those who work here, its words and published values to others."""
    if plan.outline:
        told = {**context(request, plan, "", local_text(plan, "title")), **_about(plan)}
        return TemplateResponse(request, "plan/outline.html", told)
    day, state = day_of(request), State.of(plan, request.user)
    if not inside(request.user):
        return _outside(request, plan, state.evaluation(day.day))
    told = {
        **context(request, plan, "", plan_title(plan)),
        **as_of_context(day),
        **figures(plan, state, day),
        "lights": lights(plan, day.day, state.stamp),
    }
    return TemplateResponse(request, "plan/front.html", told)


def figures(plan: Plan, state: State, day: Day) -> dict[str, Any]:
    """Everything that the first page and the big screen tell of a plan, as their parts draw it."""
    evaluation = state.evaluation(day.day)
    told = front_context(evaluation, acts=_acts(plan))
    if parts := told["headline"]["parts"]:
        parts[0]["text"] = parts[0]["text"][:1].upper() + parts[0]["text"][1:]
    return {
        **told,
        "rank": {**told["rank"], "trend": trend(evaluation)},
        "due": {**told["due"], "items": told["due"]["items"][:DUE], "more": len(told["due"]["items"][DUE:])},
        "carried": carried(state.rows, evaluation, plan),
        "towns": towns(evaluation, day),
    }


def _acts(plan: Plan) -> list[dict[str, str]]:
    """Where the first page leads besides; the big screen shows the default plan."""
    acts = [
        {"title": _("Evaluation"), "url": plan_url(plan.slug, "evaluation"), "icon": "chart"},
        {"title": _("Words of the plan"), "url": plan_url(plan.slug, "clause"), "icon": "doc"},
    ]
    screen = {"title": _("Big screen"), "url": "/screen/", "icon": "screen"}
    return [*acts, screen] if plan.slug == county_card().get("default_plan") else acts


def carried(rows: Sequence[Mapping[str, Any]], evaluation: Evaluation, plan: Plan) -> dict[str, Any] | None:
    """The tasks by how far they are carried, in all and by field of work (plan/parts/carried.html)."""
    if not rows:
        return None
    by_group: dict[str, list[str]] = {}
    for row in rows:
        by_group.setdefault(row["group"], []).append(row["state"])
    known, url = groups(), plan_url(plan.slug, "task")
    every = standing_counts(row["state"] for row in rows)
    return {
        "total": len(rows),
        "unassigned": evaluation.tasks.unassigned,
        "url": url,
        "items": [{**item, "url": f"{url}?standing={item['key']}"} for item in every],
        "groups": [
            {"title": known[group].name() if group in known else group, "items": standing_counts(states)}
            for group, states in by_group.items()
        ],
    }


def trend(evaluation: Evaluation) -> dict[str, Any] | None:
    """The course of the first main indicator that a register counts, at the ends of the years; demo data say so."""
    for row in evaluation.main or evaluation.targets:
        figure = ledger_shown(row)
        points = [value for _day, value, _demo in figure.history if value is not None] if figure else []
        if figure and len(points) > 1:
            note = [_("ledger value"), day_text(figure.at), *([_("Demo data")] if figure.demo else [])]
            value = with_unit(number_text(figure.value), figure.unit)
            return {"title": figure.title, "value": value, "points": points, "note": " · ".join(note)}
    return None


def towns(evaluation: Evaluation, day: Day) -> dict[str, Any] | None:
    """A main indicator's ledger by town, as plan/parts/towns.html draws it; None where no register counts one by town."""
    for row in evaluation.main or evaluation.targets:
        part = next((part for part in counted.parts(row, day.day, counted.TOWNS) if part["tiles"]), None)
        if part is not None:
            return _map(row, part)
    return None


def _map(row: Assessed, part: dict[str, Any]) -> dict[str, Any]:
    figure = ledger_shown(row)
    return {
        "title": _("%(what)s by town") % {"what": part["series"]},
        "note": _("A schematic grid: the places are relative, not a map."),
        "unit": part["unit"],
        "decimals": part["decimals"] or 0,
        "limits": (),
        "tiles": part["tiles"],
        "source": figure.pack_title if figure else "",
        "source_url": figure.url if figure else "",
        "method": figure.version if figure else "",
        "as_of": part["at"],
        "url": figure.url if figure else "",
        "demo": part["demo"],
    }


def _outside(request: HttpRequest, plan: Plan, evaluation: Evaluation) -> HttpResponse:
    """What somebody from outside reads: the plan, its targets, and what was published of them. Nothing is judged."""
    rows = [row_of(row) for row in evaluation.main or evaluation.targets]
    told = {**context(request, plan, "", local_text(plan, "title")), **_about(plan), "rows": rows}
    return TemplateResponse(request, "plan/outside.html", told)


# --- all plans --------------------------------------------------------------------------------------------------------

KEPT = (
    (Clause, gettext_lazy("clauses")),
    (Task, gettext_lazy("tasks")),
    (Target, gettext_lazy("targets")),
)


@require_safe
@signed_in
def plans_page(request: HttpRequest) -> HttpResponse:
    """All plans that live at once: the default one first, then by their time."""
    default = default_plan()
    plans = list(visible(Plan, request.user).select_related("issuer"))
    counts = {model: _counts(model) for model, _title in KEPT}
    rows = [
        {
            **_about(plan),
            "title": local_text(plan, "title"),
            "url": plan_url(plan.slug),
            "default": plan == default,
            "kept": [] if plan.outline else [(title, counts[model].get(plan.pk, 0)) for model, title in KEPT],
        }
        for plan in sorted(plans, key=lambda plan: (plan != default, plan.outline, plan.starts, plan.slug))
    ]
    crumbs = [{"title": _("Plans"), "url": ""}]
    return TemplateResponse(request, "plan/plans.html", {"title": _("Plans"), "rows": rows, "crumbs": crumbs})


def _counts(model: Any) -> dict[int, int]:
    return dict(model.objects.order_by().values_list("plan").annotate(n=Count("pk")))


def _about(plan: Plan) -> dict[str, Any]:
    """What a plan is: its kind, time, number, issuer, and the plans it rests on."""
    return {
        "kind": plan.get_kind_display(),
        "starts": plan.starts,
        "ends": plan.ends,
        "number": plan.number,
        "issuer": local_text(plan.issuer) if plan.issuer else "",
        "issued": plan.issued,
        "address": plan.address,
        "outline": plan.outline,
        "under": [_upper(each) for each in plan.under],
    }


def _upper(each: Mapping[str, Any]) -> dict[str, str]:
    """A plan that this one rests on: kept here under its id, or known by its title only."""
    title = local_text({"zh": each.get("title_zh"), "en": each.get("title_en")})
    return {"title": title, "url": plan_url(each["plan"]) if each.get("plan") else ""}
