"""The face of the year, and the ledger with its yearly views."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from hanfeng.kernel.desk.wording import local_text
from hanfeng.plan.models import Plan
from hanfeng.plan.year.ledger import Standing, missing, of_plan, of_year, served, standings
from hanfeng.plan.year.lights import ORDER
from hanfeng.plan.year.models import Entry, Round
from hanfeng.plan.year.models.rounds import EntryState, RoundState
from hanfeng.plan.year.parameters import Rules, rules
from hanfeng.plan.year.roles import answering, oversees
from hanfeng.plan.year.running import current_round, days_left

from .filing import mine_page
from .frame import files_for, for_insiders, is_keeper, plan_asked, tabs, tally, task_line

SHOWN = 8


@for_insiders
def face(request: HttpRequest) -> HttpResponse:
    """What the year looks like today: to a contact or a head what waits for him, to the others the lights and the round."""
    user = request.user
    if files_for(user) and answering(user) and not oversees(user) and "all" not in request.GET:
        return mine_page(request)
    plan, today = plan_asked(request), timezone.localdate()
    held = rules(today)
    lines = standings(of_plan(plan).select_related("lead"), today, held) if plan else []
    red = [one for one in lines if one.light == "red"]
    red.sort(key=lambda one: (one.task.lead_id is None, one.task.due or today, one.task.pk))
    context = {
        "title": _("Ledger and rounds"),
        "tabs": tabs(request, ""),
        "plan": plan,
        "today": today,
        "total": len(lines),
        "unled": sum(one.body is None for one in lines),
        "demo": any(one.task.demo for one in lines),
        "items": tally(lines, held, f"/year/ledger/?plan={plan.slug}&" if plan else "?"),
        "red": [task_line(one, held) for one in red[:SHOWN]],
        "red_count": len(red),
        "round": round_line(current_round(plan), today) if plan else None,
        "issued": list(Round.objects.filter(plan=plan, state=RoundState.ISSUED).order_by("-starts")[:4]),
        "keeper": is_keeper(request.user),
        "lacking": len(missing(plan)) if plan and is_keeper(request.user) else 0,
    }
    return TemplateResponse(request, "year/face.html", context)


def round_line(round_: Round | None, today: Any) -> dict[str, Any] | None:
    """A round in a few figures: who has filed, what waits, how many days are left."""
    if round_ is None:
        return None
    states = list(Entry.objects.filter(round=round_).values_list("state", "filed_at", "body"))
    owing = {body for _state, filed, body in states if filed is None}
    return {
        "round": round_,
        "title": str(round_),
        "url": f"{round_.get_absolute_url()}board/",
        "bulletin": f"{round_.get_absolute_url()}bulletin/",
        "state": RoundState(round_.state).label,
        "open": round_.state == RoundState.OPEN,
        "issued": round_.state == RoundState.ISSUED,
        "closes": round_.closes,
        "left": int(days_left(round_.closes, today)),
        "total": len(states),
        "filed": sum(filed is not None for _state, filed, _body in states),
        "review": sum(state == EntryState.SIGNED for state, _filed, _body in states),
        "returned": sum(state in (EntryState.RETURNED, EntryState.CORRECTED) for state, _filed, _body in states),
        "accepted": sum(state == EntryState.ACCEPTED for state, _filed, _body in states),
        "owing": len(owing),
        "share": sum(filed is not None for _state, filed, _body in states) / len(states) if states else 0,
        "demo": round_.demo,
    }


@for_insiders
@require_safe
def ledger_page(request: HttpRequest) -> HttpResponse:
    """The ledger of a plan, whole or as the work plan of one year, by light and by body."""
    plan, today = plan_asked(request), timezone.localdate()
    held = rules(today)
    year = _year(request.GET.get("year", ""))
    lines = standings(_rows(plan, year), today, held)
    bodies = {one.body.slug: local_text(one.body) for one in lines if one.body}
    chosen = _chosen(lines, request)
    clauses = served([one.task for one in chosen])
    context = {
        "title": _("Work plan of %(year)s") % {"year": year} if year else pgettext("year", "Ledger"),
        "tabs": tabs(request, "ledger/"),
        "plan": plan,
        "year": year,
        "years": _years(plan),
        "total": len(lines),
        "found": len(chosen),
        "demo": any(one.task.demo for one in lines),
        "items": tally(lines, held, f"?plan={plan.slug}&year={year or ''}&" if plan else "?"),
        "lines": [task_line(one, held, clauses) for one in chosen],
        "filters": _filters(request, bodies, held),
        "q": request.GET.get("q", ""),
        "keeper": is_keeper(request.user),
    }
    return TemplateResponse(request, "year/ledger.html", context)


def _rows(plan: Plan | None, year: int | None) -> Any:
    """The tasks of the whole ledger of a plan, or of its view of one year."""
    if plan is None:
        return ()
    return (of_year(plan, year) if year else of_plan(plan)).select_related("lead", "plan")


def _year(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 1900 < int(text[:6]) < 2200 else None


def _years(plan: Plan | None) -> list[int]:
    return list(range(plan.starts.year, plan.ends.year + 1)) if plan else []


def _chosen(lines: list[Standing], request: HttpRequest) -> list[Standing]:
    light, body, words = (request.GET.get(name, "") for name in ("light", "body", "q"))
    return [
        one
        for one in lines
        if (not light or one.light == light)
        and (not body or (one.body.slug if one.body else "-") == body)
        and words.casefold() in f"{one.task.number} {one.task.title} {one.task.title_en}".casefold()
    ]


def _filters(request: HttpRequest, bodies: dict[str, str], held: Rules) -> list[dict[str, Any]]:
    light, body = request.GET.get("light", ""), request.GET.get("body", "")
    lights = [(key, held.light_name(key)) for key in ORDER]
    named = [*sorted(bodies.items(), key=lambda pair: pair[1]), ("-", _("Nobody leads it"))]
    return [
        {
            "name": "light",
            "label": pgettext("task", "Light"),
            "value": light,
            "options": [(v, t, v == light) for v, t in lights],
        },
        {"name": "body", "label": _("Lead body"), "value": body, "options": [(v, t, v == body) for v, t in named]},
    ]
