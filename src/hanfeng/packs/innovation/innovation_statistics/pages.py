"""The face of the statistics, a firm's own list, who is late, why a firm's numbers differ, calls and editions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count as CountOf
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from hanfeng.kernel.api import (
    CannotBeProtected,
    Reader,
    calendar,
    draft_edition,
    editions_of,
    find,
    holds,
    local,
    visible,
)  # fmt: skip
from hanfeng.kernel.pure import Calendar, Period, standing

from . import calibres, indicators, standard, wording
from .calling import call_all, filed_late, late, not_called
from .filling import open_filing
from .flow import expired
from .models import Call, Filing
from .parameters import rates
from .roles import AUDITOR, FIRM, OFFICER
from .terms import Mode, State

PACK, SHOWN, YEARS = "innovation_statistics", 8, 6


def face(request: HttpRequest) -> HttpResponse:
    """The figures of the newest year, who is late, what waits at which step, and the years beside one another."""
    call = Call.objects.order_by("-year").first()
    year = call.year if call else timezone.localdate().year - 1
    rows, now = visible(Filing, request.user), timezone.now()
    over, days, told = late(request.user, year), calendar(), indicators.history(year - YEARS + 1, year)
    counts, editions, staff = _counts(year, over, now), editions_of(PACK), holds(request.user, OFFICER, AUDITOR)
    if not staff:
        told = indicators.as_published(told, editions)
    context = {
        "now": now,
        "call": call,
        "year": year,
        "covered": bool(call and days.covers(call.due)),
        "demo": Filing.objects.filter(demo=True).exists(),
        "staff": staff,
        "firm": holds(request.user, FIRM),
        "may_call": holds(request.user, OFFICER),
        "may_publish": holds(request.user, AUDITOR),
        "figures": [_figure(found, year, told) for found in indicators.INDICATORS],
        "counts": counts,
        "incomplete": bool(counts["working"] or counts["late"]),
        "late": {"count": over.count(), "rows": [_line(filing, now, days) for filing in over[:SHOWN]]},
        "steps": _steps(rows.filter(year=year), year),
        "years": list(_years(year, told, editions)),
        "remarks": list(indicators.remarks(Period.year(year))),
        "not_called": not_called(year) if call else 0,
    }
    return TemplateResponse(request, "innovation_statistics/face.html", context)


def _figure(found: Any, year: int, told: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """A figure of the year beside the year before, and its course."""
    points = [told[each][found.name] for each in sorted(told)]
    return {
        "title": found.title,
        "value": found.shown(told.get(year, {}).get(found.name)),
        "decimals": found.decimals,
        "before": found.shown(told.get(year - 1, {}).get(found.name)),
        "url": f"/figures/{found.name}/?period={year}",
        "points": [point for point in points if point is not None],
    }


def _counts(year: int, over: QuerySet[Filing], now: datetime) -> dict[str, Any]:
    """How far the returns of a year are, for everybody: numbers of firms name none of them."""
    rows = Filing.objects.filter(year=year)
    told: dict[str, Any] = rows.aggregate(
        called=CountOf("pk", filter=~Q(state=State.EXCUSED)),
        accepted=CountOf("pk", filter=Q(state=State.ACCEPTED)),
        late=CountOf("pk", filter=Q(state__in=(State.CALLED, State.RETURNED), due_at__lt=now)),
        working=CountOf("pk", filter=Q(state__in=(State.FILLED, State.CHECKED, State.AUDITED))),
    )
    return told


def _line(filing: Filing, now: datetime, days: Calendar) -> dict[str, Any]:
    day = timezone.localtime(filing.due_at).date() if filing.due_at else None
    today = timezone.localdate()
    gone = _workdays(day, today, days) if day else 0
    return {
        "firm": local(filing.body, "name"),
        "town": local(filing.town, "name") if filing.town else "",
        "url": filing.get_absolute_url(),
        "state": State(filing.state).label,
        "due": day,
        "days": gone,
        "never": filing.filed is None,
        "standing": standing(filing.due_at, now).value if filing.due_at else "pending",
        "demo": filing.demo,
    }


def _workdays(day: date, today: date, days: Calendar) -> int:
    """Working days from the day after the due day to today, holidays off and make-up days in."""
    return sum(days.is_workday(day + timedelta(days=n)) for n in range(1, (today - day).days + 1))


def _steps(rows: QuerySet[Filing], year: int) -> list[dict[str, Any]]:
    """How many returns stand at each step, each a link to the list."""
    counts = dict(rows.order_by().values_list("state").annotate(n=CountOf("pk")))
    most = max(counts.values(), default=0) or 1
    return [
        {
            "title": state.label,
            "count": counts.get(state.value, 0),
            "share": counts.get(state.value, 0) / most,
            "url": f"/innovation_statistics/filing/?year={year}&state={state.value}",
        }
        for state in State
    ]


def _years(last: int, told: dict[int, dict[str, Any]], editions: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The years beside one another: returns, spending, and the edition that published them."""
    for year in range(last, last - YEARS, -1):
        row = told.get(year, {})
        internal = row.get("internal")
        yield {
            "year": year,
            "called": row.get("called", 0),
            "accepted": row.get("accepted", 0),
            "never": row.get("never", 0),
            "open": row.get("called", 0) > row.get("accepted", 0) + row.get("never", 0),
            "spending": None if internal is None else internal / 100_000,
            "intensity": row.get(indicators.rd_intensity.name),
            "edition": editions.get(str(year)),
            "late_url": f"/innovation_statistics/late/{year}/",
        }


@login_required
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """The returns of the account's own enterprises: what is due, what was sent back and why, what was accepted."""
    if not holds(request.user, FIRM):
        raise PermissionDenied(_("Only for the clerks of enterprises."))
    rows = visible(Filing, request.user).select_related("body", "call__approval").order_by("-year", "body")
    now = timezone.now()
    lines = [
        {
            "filing": filing,
            "state": State(filing.state).label,
            "open": filing.state in (State.CALLED, State.RETURNED) and not expired(filing.call),
            "closed": expired(filing.call) if filing.state in (State.CALLED, State.RETURNED) else None,
            "standing": standing(filing.due_at, now).value if filing.due_at else "",
            "tone": "done" if filing.state == State.ACCEPTED else "watch" if filing.state == State.RETURNED else "info",
        }
        for filing in rows
    ]
    return TemplateResponse(request, "innovation_statistics/mine.html", {"lines": lines, "now": now})


@login_required
@require_GET
def late_page(request: HttpRequest, year: int) -> HttpResponse:
    """Every firm of a year that is late or came late; the days are working days."""
    if not holds(request.user, OFFICER, AUDITOR):
        raise PermissionDenied(_("Only for those who make the statistics."))
    now = timezone.now()
    days = calendar()
    came = [
        {
            "firm": local(filing.body, "name"),
            "url": filing.get_absolute_url(),
            "filed": filing.filed,
            "due": filing.call.ends,
            "days": _workdays(filing.call.ends.date(), timezone.localtime(filing.filed).date(), days),
            "demo": filing.demo,
        }
        for filing in filed_late(request.user, year)
    ]
    context = {
        "year": year,
        "call": Call.objects.filter(year=year).first(),
        "over": [_line(filing, now, days) for filing in late(request.user, year)],
        "came": came,
        "not_called": not_called(year),
        "years": Call.objects.order_by("-year").values_list("year", flat=True),
    }
    return TemplateResponse(request, "innovation_statistics/late.html", context)


TITLES = {
    calibres.HIGH_TECH: lambda: _("High-tech recognition"),
    calibres.TAX: lambda: _("Tax super-deduction"),
    calibres.STATISTICS: lambda: _("Statistics"),
}


@login_required
@require_GET
def differences(request: HttpRequest, pk: int) -> HttpResponse:
    """Why the four R&D numbers of a firm differ, item by item."""
    filing = open_filing(request, pk)
    day = date(filing.year, 12, 31)
    found = calibres.calibres(filing.values, rates(day))
    names = {field.name: field.verbose_name for field in Filing._meta.fields}
    items = [(names[name], getattr(filing, name)) for name in standard.COSTS]
    accounts = sum(value or 0 for _name, value in items)
    most = max([accounts, *(each.result for each in found)]) or 1
    numbers = [(_("By the accounts"), accounts), *((TITLES[each.key](), each.result) for each in found)]
    context = {
        "filing": filing,
        "items": items,
        "accounts": accounts,
        "numbers": [{"title": title, "value": value, "share": max(value, 0) / most} for title, value in numbers],
        "calibres": [_told(each) for each in found],
        "rates": rates(day),
        "empty": not accounts,
        "back": filing.get_absolute_url()
        if holds(request.user, OFFICER, AUDITOR)
        else f"/innovation_statistics/fill/{pk}/",
    }
    return TemplateResponse(request, "innovation_statistics/differences.html", context)


def _told(each: calibres.Calibre) -> dict[str, Any]:
    return {
        "key": each.key,
        "title": TITLES[each.key](),
        "start": each.start,
        "result": each.result,
        "unknown": [_(text) for text in each.unknown],
        "steps": [
            {"name": _(s.name), "amount": s.amount, "why": _(s.why), "source": s.source, "open": not s.source}
            for s in each.steps
        ],
    }


def beside_record(request: Any, record: Any) -> dict[str, Any]:
    """What stands on the page of a return beside its facts: the findings, the projects, the ways on."""
    unfilled = record.costs is None and record.internal is None
    return {
        "findings": [] if unfilled else wording.all_said(standard.findings(record.checked())),
        "unfilled": unfilled,
        "projects": list(record.projects.all()),
        "fill_url": f"/innovation_statistics/fill/{record.pk}/",
        "differences_url": f"/innovation_statistics/differences/{record.pk}/",
        "approval": record.call.approval if record.call.mode == Mode.OWN else None,
    }


def beside_call(request: Any, record: Any) -> dict[str, Any]:
    """What stands on the page of a call beside its facts: how many firms are called, and who is not yet."""
    return {
        "called": Filing.objects.filter(call=record).count(),
        "waiting": not_called(record.year),
        "staff": holds(request.user, OFFICER, AUDITOR),
        "may_call": holds(request.user, OFFICER) and not expired(record),
        "approval": record.approval if record.mode == Mode.OWN else None,
        "closed": expired(record),
    }


def panel(body: Any, user: Reader) -> list[tuple[Any, ...]]:
    """The returns of a body, the newest first."""
    rows = visible(Filing, user).filter(body=body).order_by("-year")
    return [((f.year, f.get_absolute_url()), State(f.state).label, f.due_at, f.internal, f.fte) for f in rows]


@login_required
@require_POST
def call_everybody(request: HttpRequest, pk: int) -> HttpResponse:
    """Call every industrial firm above designated size that is not called yet."""
    if not holds(request.user, OFFICER):
        raise PermissionDenied
    call = visible(Call, request.user).filter(pk=pk).first()
    if call is None:
        raise Http404
    made = call_all(call, request.user)
    messages.success(request, ngettext("%(n)s firm was called.", "%(n)s firms were called.", made) % {"n": made})
    return redirect(f"/innovation_statistics/filing/?year={call.year}")


@login_required
@require_POST
def draft_edition_page(request: HttpRequest, year: int) -> HttpResponse:
    """Draft the edition of a year for release by another; or say what stands in the way."""
    if not holds(request.user, AUDITOR):
        raise PermissionDenied
    pack = find(PACK)
    assert pack
    period = Period.year(year)
    if not indicators.accepted(period).exists():
        messages.error(request, _("No return of this year is accepted yet."))
        return redirect("/innovation_statistics/")
    demo = indicators.accepted(period).filter(demo=True).exists()
    try:
        edition = draft_edition(pack, period, timezone.localdate(), request.user, demo=demo)
    except CannotBeProtected:
        messages.error(
            request,
            _(
                "No edition can be made: together with what was published before it would tell what "
                "single firms stated. Wait until the returns of more firms have changed."
            ),
        )
        return redirect("/innovation_statistics/")
    messages.success(request, _("Drafted: another person releases it."))
    return redirect(edition.get_absolute_url())
