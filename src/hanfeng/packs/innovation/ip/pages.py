"""The face of the register, the portfolio of a holder, the panel on a body."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count as CountOf
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.facts.kinds import INVENTIONS
from hanfeng.kernel.api import Fact, Reader, Record, count, holds, local, visible
from hanfeng.kernel.pure import Period
from hanfeng.standards.cn_patents import GRACE_MONTHS, months_after, year_of

from . import indicators
from .fees import SOON, next_fee
from .force import falling_due, in_force, inventions, lost_in, standing, with_due
from .models import WHOLE, Kind, LegalEvent, Patent, Section, Share
from .parameters import limits, tariff
from .roles import OFFICER
from .value import LACKING, TITLES, Limits, conditions, high_value

SHOWN, MOST = 8, 300
DAY = timedelta(days=1)


def face(request: HttpRequest) -> HttpResponse:
    """Which fees are late or due, what was lost, how the figure stands and what it falls to if nobody pays."""
    user, today = request.user, timezone.localdate()
    year = Period(date(today.year, 1, 1), today + DAY)
    lost = lost_in(year).filter(LegalEvent.scope(user)).select_related("patent__holder")
    told = limits(today)
    figures, people = _figures(today, year)
    context = {
        "today": today,
        "demo": visible(Patent, user).filter(demo=True).exists(),
        "figures": figures,
        "fall": _fall(today, people),
        "fees": _fees(user, today),
        "lost": {"count": lost.count(), "rows": lost[:SHOWN]},
        "classes": _classes(user, today, told),
        "ages": _ages(inventions(today).filter(Patent.scope(user)), today),
        "holders": _holders(user, today),
    }
    return TemplateResponse(request, "ip/face.html", context)


def _figures(today: date, year: Period) -> tuple[list[dict[str, Any]], float | None]:
    """The figures of today, or of this year so far, beside those of the end of last year; and the residents divided by."""
    now, before = Period(today, today + DAY), Period.year(today.year - 1)
    each, was = (count(indicators.inventions_per_10000, period) for period in (now, before))
    granted, had = (count(indicators.patents_granted, period).value for period in (year, before))
    rows = (
        (indicators.inventions_per_10000, each.value, was.value, 2, now),
        (indicators.inventions_in_force, each.numerator, was.numerator, 0, now),
        (indicators.patents_granted, granted, had, 0, year),
    )
    label = before.label(get_language() or "zh")
    lines = [
        {
            "title": found.title, "value": value, "before": earlier, "before_label": label, "decimals": decimals,
            "flow": period is year, "url": f"/figures/{found.name}/?period={period}",
        }
        for found, value, earlier, decimals, period in rows
    ]  # fmt: skip
    return lines, each.denominator


def _fall(today: date, people: float | None) -> dict[str, Any] | None:
    """What the figure falls to by the year's end if no annuity due by then is paid; everybody's patents are counted."""
    if not people:
        return None
    end = date(today.year, 12, 31)
    unpaid = Q(due__lt=end, due__gt=months_after(today, -GRACE_MONTHS))
    told = with_due(inventions(today)).aggregate(
        every=CountOf("pk"),
        unpaid=CountOf("pk", filter=unpaid & Q(term_ends__gt=end)),
        ending=CountOf("pk", filter=Q(term_ends__lte=end)),
    )
    left = told["every"] - told["unpaid"] - told["ending"]
    return {"unpaid": told["unpaid"], "ending": told["ending"], "value": left / people}


def _fees(user: Reader, today: date) -> dict[str, Any]:
    """Annuities overdue and due soon, how many are past the grace period, and the first of each."""
    rows = falling_due(standing(today).filter(Patent.scope(user)), today + SOON)
    counts = rows.order_by().aggregate(
        late=CountOf("pk", filter=Q(due__lt=today)),
        soon=CountOf("pk", filter=Q(due__gte=today)),
        over=CountOf("pk", filter=Q(due__lt=months_after(today, -GRACE_MONTHS))),
    )
    costs = tariff(today)
    parts = {"late_rows": rows.filter(due__lt=today), "soon_rows": rows.filter(due__gte=today)}
    lines = {n: [next_fee(p, today, costs) for p in part.select_related("holder")[:SHOWN]] for n, part in parts.items()}
    return {**counts, **lines}


def _classes(user: Reader, today: date, told: Limits) -> dict[str, Any]:
    """How many inventions in force are known to meet each class; how many could still, were the missing facts known."""
    rows = inventions(today).filter(Patent.scope(user))
    tests, some = conditions(today, told), high_value(today, told)
    named = {f"class_{name.value}": CountOf("pk", filter=test) for name, test in tests.items()}
    known = rows.filter(some).values("pk")
    counts = rows.aggregate(
        **named, any=CountOf("pk", filter=some), lacking=CountOf("pk", filter=LACKING & ~Q(pk__in=known))
    )
    lines = [{"title": TITLES[name], "count": counts[f"class_{name.value}"]} for name in tests]
    return {"rows": lines, "any": counts["any"], "unknown": counts["lacking"], "limits": told}


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
    costs = tariff(today)
    rows = falling_due(seen, today) if which == "late" else falling_due(seen, today + SOON).filter(due__gte=today)
    context = {
        "title": titles[which], "which": which, "today": today, "count": rows.count(),
        "rows": [next_fee(patent, today, costs) for patent in rows.select_related("holder")[:MOST]],
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
    held, costs = standing(today).filter(pk__in=rows.values("pk")), tariff(today)
    context = {
        "body": body,
        "today": today,
        "demo": rows.filter(demo=True).exists(),
        "kinds": _kinds(held),
        "pending": rows.filter(granted=None, closed=None).count(),
        "by_share": _by_share(held, pk, today),
        "ages": _ages(held.filter(kind=Kind.INVENTION), today),
        "fees": [next_fee(p, today, costs) for p in falling_due(held, today + 4 * SOON)[:MOST]],
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
        "fee": next_fee(held, today, tariff(today)) if held and held.due and held.due < held.term_ends else None,
        "legal": patent.events.filter(void=False).select_related("to"),
        "payments": patent.payments.filter(void=False),
        "shares": patent.shares.filter(void=False).select_related("body"),
        "whole": WHOLE,
        "may_write": holds(request.user, OFFICER),
    }


# --- what others are told ---------------------------------------------------------------------------------------------


def _one_holds(body: Record, period: Period) -> int | None:
    found = inventions(period.last).filter(holder=body.pk).count()
    return found or (0 if Patent.objects.filter(holder=body.pk).exists() else None)


def _all_hold(period: Period) -> Mapping[int, int]:
    """Inventions in force by first holder; a body of which a patent is kept and none holds has zero, any other is not known."""
    counts = dict.fromkeys(Patent.objects.order_by().values_list("holder", flat=True).distinct(), 0)
    rows = inventions(period.last).order_by().values_list("holder")
    return counts | dict(rows.annotate(n=CountOf("pk")))


HELD = Fact(INVENTIONS, _one_holds, _all_hold)
