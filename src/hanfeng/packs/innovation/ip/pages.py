"""The face of the register, the portfolio of a holder, the panel on a body."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count as CountOf
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.api import Indicator, Reader, count, holds, local, visible
from hanfeng.kernel.pure import Period
from hanfeng.standards.cn_patents import months_after, year_of

from . import indicators
from .fees import SOON, next_fee
from .force import falling_due, in_force, inventions, lost_in, standing, with_due
from .models import WHOLE, Kind, LegalEvent, Patent, Section, Share
from .parameters import limits
from .roles import OFFICER
from .value import LACKING, TITLES, conditions, high_value

SHOWN, MOST = 8, 300
DAY = timedelta(days=1)


def face(request: HttpRequest) -> HttpResponse:
    """Which fees are late or due, what was lost, how the figure stands and what it falls to if nobody pays."""
    user, today = request.user, timezone.localdate()
    mine = visible(Patent, user)
    seen = standing(today).filter(Patent.scope(user))
    late, soon = falling_due(seen, today), falling_due(seen, today + SOON).filter(due__gte=today)
    over = late.filter(due__lt=months_after(today, -6))
    year = Period(date(today.year, 1, 1), today + DAY)
    lost = lost_in(year).filter(LegalEvent.scope(user)).select_related("patent__holder")
    context = {
        "today": today,
        "demo": mine.filter(demo=True).exists(),
        "may_write": holds(user, OFFICER),
        "figures": [_figure(found, today) for found in indicators.INDICATORS],
        "fall": _fall(today),
        "late": {"count": late.count(), "rows": [next_fee(p, today) for p in late.select_related("holder")[:SHOWN]]},
        "soon": {"count": soon.count(), "rows": [next_fee(p, today) for p in soon.select_related("holder")[:SHOWN]]},
        "over": over.count(),
        "lost": {"count": lost.count(), "rows": lost[:SHOWN]},
        "classes": _classes(user, today),
        "ages": _ages(inventions(today).filter(Patent.scope(user)), today),
        "holders": _holders(user, today),
    }
    return TemplateResponse(request, "ip/face.html", context)


def _figure(found: Indicator, today: date) -> dict[str, Any]:
    """The figure of today, or of this year so far, beside that of the end of last year; it opens to its rows."""
    flow = found.measure == "patents-granted"
    now = Period(date(today.year, 1, 1) if flow else today, today + DAY)
    before = Period.year(today.year - 1)
    return {
        "title": found.title,
        "value": count(found, now).value,
        "before": count(found, before).value,
        "before_label": before.label(get_language() or "zh"),
        "decimals": 2 if "10000" in found.measure else 0,
        "flow": flow,
        "url": f"/figures/{found.name}/?period={now}",
    }


def _fall(today: date) -> dict[str, Any] | None:
    """What the figure falls to by the year's end if no annuity due by then is paid; everybody's patents are counted."""
    end = date(today.year, 12, 31)
    people = indicators.residents(today).value()
    if not people:
        return None
    held = inventions(today)
    open_ones = with_due(held).filter(due__lt=end, due__gt=months_after(today, -6)).count()
    ending = held.filter(term_ends__lte=end).count()
    left = held.count() - open_ones - ending
    return {"unpaid": open_ones, "ending": ending, "value": left / float(people)}


def _classes(user: Reader, today: date) -> dict[str, Any]:
    """How many inventions in force are known to meet each class; how many could still, were the missing facts known."""
    told = limits(today)
    rows = inventions(today).filter(Patent.scope(user))
    tests = conditions(today, told)
    counts = rows.aggregate(
        **{name.value: CountOf("pk", filter=test) for name, test in tests.items()}, every=CountOf("pk")
    )
    some = rows.filter(high_value(today, told)).count()
    unknown = rows.exclude(high_value(today, told)).filter(LACKING).count()
    lines = [{"title": TITLES[name], "count": counts[name.value]} for name in tests]
    return {"rows": lines, "any": some, "unknown": unknown, "of": counts["every"], "limits": told}


def _ages(rows: QuerySet[Patent], today: date) -> dict[str, Any]:
    """Inventions by IPC section and by age from filing, as a table of counts."""
    bands = ((0, 3), (3, 6), (6, 10), (10, 15), (15, 20))
    counts: Counter[tuple[str, int]] = Counter()
    for section, filed in rows.values_list("section", "filed"):
        age = year_of(filed, today) - 1
        counts[section, next(i for i, (low, high) in enumerate(bands) if low <= age < high)] += 1
    most = max(counts.values(), default=0) or 1
    titles = {**dict(Section.choices), "": _("not stated")}
    lines = [
        {
            "title": title,
            "cells": [{"count": counts[key, i], "share": 100 * counts[key, i] // most} for i in range(len(bands))],
        }
        for key, title in titles.items()
        if any(counts[key, i] for i in range(len(bands)))
    ]
    return {"bands": [_("%(low)s–%(high)s years") % {"low": low, "high": high} for low, high in bands], "rows": lines}


def _holders(user: Reader, today: date) -> list[dict[str, Any]]:
    """The holders with the most inventions in force, those this reader may see."""
    rows = (
        inventions(today)
        .filter(Patent.scope(user))
        .order_by()
        .values("holder")
        .annotate(n=CountOf("pk"))
        .order_by("-n", "holder")
    )
    top = list(rows[:SHOWN])
    bodies = Body.objects.in_bulk([row["holder"] for row in top])
    return [
        {
            "name": local(bodies[r["holder"]], "name"),
            "count": r["n"],
            "url": f"/ip/holder/{r['holder']}/",
            "demo": bodies[r["holder"]].demo,
        }
        for r in top
    ]


@login_required
@require_GET
def fees_page(request: HttpRequest, which: str) -> HttpResponse:
    """All annuities that are late, or that fall due soon."""
    titles = {"late": _("Annuities overdue"), "soon": _("Annuities due within 90 days")}
    if which not in titles:
        raise Http404(_("There is no such list."))
    today = timezone.localdate()
    seen = standing(today).filter(Patent.scope(request.user))
    rows = falling_due(seen, today) if which == "late" else falling_due(seen, today + SOON).filter(due__gte=today)
    context = {
        "title": titles[which], "which": which, "today": today, "count": rows.count(),
        "rows": [next_fee(patent, today) for patent in rows.select_related("holder")[:MOST]],
    }  # fmt: skip
    return TemplateResponse(request, "ip/fees.html", context)


# --- a holder ---------------------------------------------------------------------------------------------------------


@login_required
@require_GET
def portfolio(request: HttpRequest, pk: int) -> HttpResponse:
    """A holder's patents: by kind, age and field, alone and with others, and the fees that fall due."""
    body = visible(Body, request.user).filter(pk=pk).first()
    rows = of_holder(pk, request.user)
    if body is None or not rows.exists():
        raise Http404(_("There is no such record, or it is not yours to see."))
    today = timezone.localdate()
    held = standing(today).filter(pk__in=rows.values("pk"))
    context = {
        "body": body,
        "today": today,
        "demo": rows.filter(demo=True).exists(),
        "kinds": _kinds(held),
        "pending": rows.filter(granted=None, closed=None).count(),
        "by_share": _by_share(held, pk, today),
        "ages": _ages(held.filter(kind=Kind.INVENTION), today),
        "fees": [next_fee(p, today) for p in falling_due(held, today + 4 * SOON)[:MOST]],
        "high": held.filter(high_value(today, limits(today)), kind=Kind.INVENTION).count(),
        "rows": with_due(rows).order_by("-filed", "-pk")[:MOST],
        "holds": set(held.values_list("pk", flat=True)),
    }
    return TemplateResponse(request, "ip/portfolio.html", context)


def of_holder(body: int, user: Reader) -> QuerySet[Patent]:
    """Patents of which a body is the first holder or has a share, those a reader may see."""
    shared = Share.objects.filter(body=body).values("patent")
    seen = visible(Patent, user)
    rows: QuerySet[Patent] = seen.filter(holder=body) | seen.filter(pk__in=shared)
    return rows


def _kinds(held: QuerySet[Patent]) -> list[dict[str, Any]]:
    counts = dict(held.order_by().values_list("kind").annotate(n=CountOf("pk")))
    return [{"title": kind.label, "count": counts.get(kind.value, 0)} for kind in Kind]


def _by_share(held: QuerySet[Patent], body: int, today: date) -> float:
    """Patents in force weighted by the holder's share; one without recorded shares is the first holder's alone."""
    parts: dict[int, int] = {}
    for patent, owner, part in _shares_on(held, today):
        parts[patent] = parts.get(patent, 0) + (part if owner == body else 0)
    alone = held.filter(holder=body).exclude(pk__in=list(parts)).count()
    return alone + sum(parts.values()) / WHOLE


def _shares_on(held: QuerySet[Patent], today: date) -> Iterable[tuple[int, int | None, int]]:
    rows = Share.objects.filter(patent__in=held.values("pk"), starts__lte=today).exclude(ends__lte=today)
    found: Iterable[tuple[int, int | None, int]] = rows.values_list("patent", "body", "part")
    return found


def panel(body: Any, user: Reader) -> list[tuple[Any, ...]]:
    """How many patents of each kind a body holds today, and how many fees fall due within 90 days."""
    today = timezone.localdate()
    held = standing(today).filter(pk__in=of_holder(body.pk, user).values("pk"))
    counts: Counter[str] = Counter()
    due: Counter[str] = Counter()
    for kind, day in with_due(held).values_list("kind", "due"):
        counts[kind] += 1
        due[kind] += bool(day and day < today + SOON)
    return [((k.label, f"/ip/holder/{body.pk}/"), counts[k.value], due[k.value]) for k in Kind if counts[k.value]]


def patent_tail(request: HttpRequest, patent: Patent) -> dict[str, Any]:
    """A patent's events, shares, payments and next fee, for its own page."""
    today = timezone.localdate()
    held = with_due(standing(today).filter(pk=patent.pk)).first()
    return {
        "today": today,
        "in_force": held is not None,
        "counts_here": in_force(today).filter(pk=patent.pk).exists(),
        "fee": next_fee(held, today) if held and held.due and held.due < held.term_ends else None,
        "events": patent.events.filter(void=False).select_related("to"),
        "payments": patent.payments.filter(void=False),
        "shares": patent.shares.filter(void=False).select_related("body"),
        "whole": WHOLE,
        "may_write": holds(request.user, OFFICER),
    }
