"""The face: what exceeds now, who does not transmit, what is in doubt, which notices wait. A firm sees its own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hanfeng.commons.devices.models import Order, order
from hanfeng.commons.devices.terms import Kind as OrderKind
from hanfeng.kernel.api import Alert, Stale, attach, begin, go, holds, in_both, local, save, visible

from .flow import handling
from .judging import Condition, Doubt, Measured, Month, conditions, months
from .models import OPEN, Outlet, SourceNotice, State
from .parameters import rules
from .roles import CHIEF, FIRM, OFFICER
from .terms import FACTORS, Basis, FactorCode, Kind

DAYS, MONTH = 7, 30
AGAIN = timedelta(days=7)
"""The longest span for which a device is asked to send again at once (ours)."""


def face(request: HttpRequest) -> HttpResponse:
    """What a duty officer decides this morning; for people of a firm, their own outlets and what they are asked."""
    now = timezone.now()
    outlets = list(visible(Outlet, request.user).select_related("thing", "body", "town"))
    found = conditions(outlets, now, DAYS)
    notices = list(
        visible(SourceNotice, request.user).filter(state__in=OPEN).select_related("outlet__body", "outlet__thing")
    )
    firm = holds(request.user, FIRM) and not holds(request.user, OFFICER, CHIEF)
    wanted = rules()["effective-rate"]
    rows = [_row(condition, wanted) for condition in found]
    asked = {(n.outlet_id, n.kind, n.factor): n for n in notices}
    context = {
        "now": now,
        "rows": sorted(rows, key=lambda row: row["rank"]),
        "firm": firm,
        "wanted": wanted,
        "over": [line for c in found for line in _over(c, asked)],
        "silent": [_silent(c, asked) for c in found if c.silent],
        "poor": [_poor(c, asked) for c in found if not c.silent and c.effective is not None and c.effective < wanted],
        "doubts": [line for c in found for line in _doubts(c, asked)],
        "notices": sorted((_notice(n, now) for n in notices), key=lambda line: line["rank"]),
        "late": sum(bool(n.due_at and n.due_at < now) for n in notices),
        "demo": any(outlet.demo for outlet in outlets),
        "may": holds(request.user, OFFICER),
        "days": DAYS,
        "head": [_("outlet"), _("state now"), _("effective transmission rate")],
        "lines": [
            [{"text": row["name"], "url": row["url"]}, {"text": row["words"]}, {"text": _share(row["effective"])}]
            for row in rows
        ],
    }
    return TemplateResponse(request, f"pollution_sources/{'firm' if firm else 'face'}.html", context)


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.1%}"


def _row(condition: Condition, wanted: float) -> dict[str, Any]:
    outlet, over = condition.outlet, condition.over
    if condition.silent:
        words, tone, rank = _("no data"), "late", 1
    elif over:
        words, tone, rank = _("over the limit"), "late", 0
    elif condition.doubts:
        words, tone, rank = _("data in doubt"), "watch", 2
    elif condition.stopped:
        words, tone, rank = _("plant stands still"), "info", 4
    else:
        words, tone, rank = _("within its limits"), "ok", 5
    low = condition.effective is not None and condition.effective < wanted
    return {
        "outlet": outlet,
        "name": str(outlet),
        "url": outlet.get_absolute_url(),
        "words": words,
        "tone": tone,
        "rank": (rank, not low, str(outlet)),
        "newest": condition.newest,
        "transmitted": condition.transmitted,
        "effective": condition.effective,
        "low": low,
        "facility": local(outlet, "facility"),
        "hours": sum(hour.over for one in condition.measured for hour in one.hours),
        "days": sum(day.over for one in condition.measured for day in one.days),
    }


def _line(
    condition: Condition, kind: Kind, factor: str, since: datetime | None, asked: dict[Any, SourceNotice]
) -> dict[str, Any]:
    """What every finding has: where, since when, the notice about it or what one would need."""
    outlet = condition.outlet
    about = f"{kind.label} · {FACTORS[factor].name}" if factor else str(kind.label)
    return {
        "outlet": outlet,
        "name": str(outlet),
        "about": about,
        "url": outlet.get_absolute_url(),
        "since": since,
        "kind": kind.value,
        "factor": factor,
        "notice": asked.get((outlet.pk, kind.value, factor)),
        "at": since.isoformat() if since else "",
    }


def _over(condition: Condition, asked: dict[Any, SourceNotice]) -> Iterable[dict[str, Any]]:
    for one in condition.over:
        hour = one.last
        assert hour
        line = _line(condition, Kind.HOUR, one.factor.code, one.since, asked)
        yield {
            **line,
            "what": one.factor.name,
            "value": hour.value,
            "limit": hour.limit,
            "unit": one.factor.unit.symbol,
            "ratio": hour.ratio,
            "digits": one.factor.digits,
            "hour": hour.start,
        }


def _silent(condition: Condition, asked: dict[Any, SourceNotice]) -> dict[str, Any]:
    return _line(condition, Kind.OUTAGE, "", condition.newest, asked)


def _poor(condition: Condition, asked: dict[Any, SourceNotice]) -> dict[str, Any]:
    since = timezone.now() - timedelta(days=DAYS)
    return {
        **_line(condition, Kind.RATE, "", since, asked),
        "effective": condition.effective,
        "transmitted": condition.transmitted,
    }


def _doubts(condition: Condition, asked: dict[Any, SourceNotice]) -> Iterable[dict[str, Any]]:
    for doubt in condition.doubts:
        since = doubt.since or timezone.now() - timedelta(days=DAYS)
        yield {
            **_line(condition, Kind.DOUBT, doubt.factor.code if doubt.factor.limited else "", since, asked),
            "what": doubt.factor.name,
            "words": doubt_words(doubt),
        }


def doubt_words(doubt: Doubt) -> str:
    """A doubt in a sentence."""
    return {
        "still": _("has not moved for %(n).0f hours") % {"n": doubt.figure},
        "discarded": _("%(n).0f %% of the values of the last day do not count") % {"n": doubt.figure * 100},
        "air": _("oxygen up to %(n).1f %% while the plant runs: the sample may be diluted") % {"n": doubt.figure},
        "mass": _("the total told by the device differs by %(n)+.0f %% from concentration by flow")
        % {"n": doubt.figure * 100},
    }[doubt.sign]


def _notice(notice: SourceNotice, now: datetime) -> dict[str, Any]:
    late = bool(notice.due_at and notice.due_at < now)
    order_ = {State.SENT: 1, State.EXPLAINED: 0, State.CHECKED: 2, State.DRAFTED: 3}
    return {
        "notice": notice,
        "name": str(notice.outlet),
        "url": notice.get_absolute_url(),
        "kind": notice.get_kind_display(),
        "factor": notice.get_factor_display() if notice.factor else "",
        "state": handling.title_of(notice.state),
        "late": late,
        "tone": "late" if late else "info",
        "rank": (not late, order_[State(notice.state)], notice.pk),
        "may_explain": notice.state == State.SENT,
    }


# --- one outlet -----------------------------------------------------------------------------------------------------------


def outlet_tail(request: HttpRequest, outlet: Outlet) -> dict[str, Any]:
    """An outlet's own page: each factor with its hours and days against the licence, transmission, doubts, alerts, commands."""
    (condition,) = conditions([outlet], timezone.now(), MONTH)
    wanted = rules()["effective-rate"]
    alerts = visible(Alert, request.user).filter(thing=outlet.thing_id).select_related("rule", "thing")[:8]
    notices = list(visible(SourceNotice, request.user).filter(outlet=outlet).order_by("-pk")[:8])
    asked = {(outlet.pk, n.kind, n.factor): n for n in notices if n.state in OPEN}
    found = [
        *_over(condition, asked),
        *([_silent(condition, asked)] if condition.silent else ()),
        *_doubts(condition, asked),
    ]
    return {
        "row": _row(condition, wanted),
        "condition": condition,
        "wanted": wanted,
        "months": [_month(month) for month in months(outlet, timezone.now())],
        "factors": [_factor(one) for one in condition.measured if one.hours],
        "doubts": [{"what": d.factor.name, "words": doubt_words(d)} for d in condition.doubts],
        "alerts": [
            {"alert": alert, "tone": {1: "late", 2: "late", 3: "watch", 4: "info"}[alert.severity]} for alert in alerts
        ],
        "notices": [_notice_line(notice) for notice in notices],
        "found": [line for line in found if line["notice"] is None],
        "orders": list(visible(Order, request.user).filter(thing=outlet.thing_id)[:5]),
        "may": holds(request.user, OFFICER),
        "gaps": _gaps(condition),
    }


def _month(month: Month) -> dict[str, Any]:
    lines = []
    for mean in month.means:
        if mean.value is None or (month.whole and not mean.valid):
            words, tone = _("not valid"), "watch"
        elif not month.whole:
            words, tone = _("so far"), "info"
        else:
            words, tone = _("valid"), "ok"
        shown = mean.value if mean.valid or not month.whole else None
        lines.append(
            {"mean": mean, "value": shown, "digits": mean.factor.digits, "words": words, "tone": tone,
             "unit": mean.factor.unit.symbol}
        )  # fmt: skip
    return {"month": month, "name": f"{month.first:%Y-%m}", "lines": lines}


def _notice_line(notice: SourceNotice) -> dict[str, Any]:
    return {"notice": notice, "kind": notice.get_kind_display(), "state": handling.title_of(notice.state)}


def _factor(one: Measured) -> dict[str, Any]:
    digits, unit = one.factor.digits, one.factor.unit.symbol
    hours = one.hours[-72:]
    local_ = [(timezone.localtime(hour.start), hour) for hour in hours]
    values = [{"at": at.strftime("%Y-%m-%dT%H:%M"), "value": hour.value, "limit": hour.limit} for at, hour in local_]
    lines = [
        [
            {"text": at.strftime("%m-%d %H:%M")},
            {"text": _figure(hour.mean, digits)},
            {"text": _figure(hour.value, digits)},
            {"text": _figure(hour.limit, digits)},
            {
                "text": _("over")
                if hour.over
                else ""
                if hour.valid
                else _("not valid (%(n)s values)") % {"n": hour.counted}
            },
        ]
        for at, hour in reversed(local_)
    ]
    return {
        "key": one.factor.code,
        "name": one.factor.name,
        "unit": unit,
        "digits": digits,
        "last": one.last,
        "since": one.since,
        "limits": [one.limits[Basis.HOUR], one.limits[Basis.DAY]],
        "spec": _chart(values, f"{one.factor.name} ({unit})"),
        "lines": lines,
        "head": [_("hour"), _("measured"), _("value compared"), _("limit"), _("note")],
        "days": [{"day": day, "digits": digits} for day in reversed(one.days[-7:])],
        "hours_over": sum(hour.over for hour in one.hours),
        "days_over": sum(day.over for day in one.days),
    }


def _figure(value: float | None, digits: int) -> str:
    return "—" if value is None else f"{value:,.{digits}f}"


def _chart(values: list[dict[str, Any]], title: str) -> dict[str, Any]:
    """Hourly values as a line that breaks where none is valid, the limit as a dashed one."""
    x = {"field": "at", "type": "temporal", "title": None}
    y = {"type": "quantitative", "title": title, "scale": {"zero": True}}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": values},
        "layer": [
            {
                "mark": {"type": "line", "invalid": "break-paths-show-domains", "point": {"size": 12}},
                "encoding": {"x": x, "y": {**y, "field": "value"}},
            },
            {
                "mark": {"type": "line", "strokeDash": [6, 4], "strokeWidth": 1.5, "color": "#b42318"},
                "encoding": {"x": x, "y": {**y, "field": "limit"}},
            },
        ],
    }


def _gaps(condition: Condition) -> list[dict[str, Any]]:
    """Whole hours without a value of any factor, as stretches, the newest first."""
    if condition.newest is None:
        return []
    seen = {hour.start for one in condition.measured for hour in one.hours if hour.n}
    if not seen:
        return []
    step, found, at = timedelta(hours=1), [], min(seen)
    while at <= max(seen):
        if at not in seen:
            start = at
            while at not in seen:
                at += step
            found.append({"start": start, "end": at, "from": start.isoformat(), "until": at.isoformat()})
        at += step
    return found[::-1][:8]


# --- what is done -----------------------------------------------------------------------------------------------------------


@login_required
@require_POST
def draft(request: HttpRequest) -> HttpResponse:
    """Draft a notice about a finding; the officer reads it over before he sends it."""
    if not holds(request.user, OFFICER):
        raise PermissionDenied(_("Only pollution control officers send notices."))
    outlet = _outlet(request, request.POST.get("outlet", ""))
    kind, factor = request.POST.get("kind", ""), request.POST.get("factor", "")
    since = parse_datetime(request.POST.get("since", "")) if request.POST.get("since") else timezone.now()
    if kind not in Kind.values or factor not in ("", *FactorCode.values) or since is None or timezone.is_naive(since):
        raise Http404(_("There is no such finding."))
    facts = in_both(lambda: _facts(outlet, kind, factor))
    told = SourceNotice(outlet=outlet, kind=kind, factor=factor, began=since, facts=facts.zh, facts_en=facts.en)
    told.demo = outlet.demo
    try:
        begin(handling, told, request.user)
    except ValidationError as wrong:
        messages.error(request, "; ".join(wrong.messages))
        return redirect("/pollution_sources/")
    messages.success(request, _("Drafted. Read it over, then send it to the firm."))
    return redirect(told.get_absolute_url())


def _facts(outlet: Outlet, kind: str, factor: str) -> str:
    """What was seen, in a sentence that the officer may change."""
    (condition,) = conditions([outlet], timezone.now(), DAYS)
    if kind == Kind.OUTAGE:
        last = timezone.localtime(condition.newest).strftime("%Y-%m-%d %H:%M") if condition.newest else "—"
        return _("No data since %(moment)s.") % {"moment": last}
    if kind == Kind.RATE:
        return _("Effective transmission rate of the last %(n)s days: %(rate)s.") % {
            "n": DAYS,
            "rate": _share(condition.effective),
        }
    one = next((m for m in condition.measured if m.factor.code == factor), None)
    if kind == Kind.DOUBT:
        return "\n".join(
            f"{d.factor.name}: {doubt_words(d)}" for d in condition.doubts if factor in ("", d.factor.code)
        )
    if one is None or one.last is None:
        return ""
    return _("%(factor)s: %(value)s %(unit)s in the hour from %(moment)s, licensed limit %(limit)s.") % {
        "factor": one.factor.name,
        "value": _figure(one.last.value, one.factor.digits),
        "unit": one.factor.unit.symbol,
        "moment": timezone.localtime(one.last.start).strftime("%Y-%m-%d %H:%M"),
        "limit": _figure(one.last.limit, one.factor.digits),
    }


@login_required
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the device to send what is missing: minute and hourly data of a gap."""
    if not holds(request.user, OFFICER):
        raise PermissionDenied(_("Only pollution control officers give commands to devices."))
    outlet = _outlet(request, str(pk))
    start, end = (
        parse_datetime(request.POST.get(name, "") or "x") if request.POST.get(name) else None
        for name in ("from", "until")
    )
    if (
        start is None
        or end is None
        or timezone.is_naive(start)
        or timezone.is_naive(end)
        or not start < end <= start + AGAIN
    ):
        messages.error(request, _("At most seven days can be asked for at once."))
        return redirect(outlet.get_absolute_url())
    try:
        for kind in (OrderKind.MINUTES, OrderKind.HOURS):
            order(outlet.thing_id, kind, request.user, starts=start, ends=end)
        messages.success(request, _("The device is asked to send again as soon as it is there."))
    except ValidationError as wrong:
        messages.error(request, "; ".join(wrong.messages))
    return redirect(outlet.get_absolute_url())


@login_required
@require_POST
def explain(request: HttpRequest, pk: int) -> HttpResponse:
    """A firm's explanation, kept with its papers and handed in."""
    notice = visible(SourceNotice, request.user).filter(pk=pk).first()
    if notice is None:
        raise Http404(_("There is no such notice, or it is not yours."))
    if not holds(request.user, FIRM) or notice.state != State.SENT:
        raise PermissionDenied(_("Only the firm explains, while the notice is with it."))
    version = request.POST.get("version", "")
    try:
        told = {"explanation": request.POST.get("explanation", "").strip()}
        save(notice, request.user, told, version=int(version) if version.isdigit() and len(version) < 9 else None)
        for paper in request.FILES.getlist("papers"):
            attach(notice, request.user, paper.name or "", cast(Any, paper))
        go(handling, notice, "explain", request.user)
        messages.success(request, _("The explanation is handed in."))
    except ValidationError as wrong:
        messages.error(request, "; ".join(wrong.messages))
    except Stale as wrong:
        messages.error(request, str(wrong))
    return redirect(notice.get_absolute_url())


def _outlet(request: HttpRequest, key: str) -> Outlet:
    found = visible(Outlet, request.user).filter(pk=int(key)).first() if key.isdigit() and len(key) < 18 else None
    if found is None:
        raise Http404(_("There is no such outlet, or it is not yours."))
    return found


def notice_tail(request: HttpRequest, notice: SourceNotice) -> dict[str, Any]:
    """Whether this reader may explain here and now."""
    may = holds(request.user, FIRM) and notice.state == State.SENT
    return {"may_explain": may, "row": notice, "told": local(notice, "facts")}


@login_required
@require_GET
def points(request: HttpRequest) -> JsonResponse:
    """The outlets as GeoJSON, coloured by how they stand."""
    outlets = list(visible(Outlet, request.user).select_related("thing", "body").prefetch_related("thing__locations"))
    features, wanted = [], rules()["effective-rate"]
    for condition in conditions(outlets, timezone.now(), 2):
        location = next(iter(condition.outlet.thing.locations.all()), None)
        row = _row(condition, wanted)
        told = {"name": row["name"], "text": row["words"], "tone": row["tone"], "url": row["url"]}
        if location:
            features.append({"type": "Feature", "geometry": location.location, "properties": told})
    return JsonResponse({"type": "FeatureCollection", "features": features})


ADDRESSES = (
    path("points.json", points, name="pollution-sources-points"),
    path("draft/", draft, name="pollution-sources-draft"),
    path("outlets/<int:pk>/again/", again, name="pollution-sources-again"),
    path("notices/<int:pk>/explain/", explain, name="pollution-sources-explain"),
)
