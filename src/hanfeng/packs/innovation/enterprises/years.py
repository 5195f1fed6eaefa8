"""Additions and losses year by year, such that each year's end is the year before with what came and what went."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hanfeng.commons.people.models import is_officer
from hanfeng.kernel.api import count, holds, local
from hanfeng.kernel.pure import Period

from . import indicators
from .models import Enterprise, Honour
from .roles import OFFICER
from .terms import Ending, Kind, Status

SHOWN_YEARS = 6
FIRST = {Kind.SCI_TECH: indicators.sci_tech_new, Kind.HIGH_TECH: indicators.high_tech_new}


@dataclass(frozen=True)
class Held:
    """One honour as it counts: from when, up to when, for which firm, and why it ended."""

    firm: int
    starts: date
    ends: date
    why: str

    def on(self, day: date) -> bool:
        return self.starts <= day < self.ends


@dataclass
class Year:
    """The firms valid at the end of a year, those that came in it, and those that went, by why."""

    year: int
    end: date
    before: int
    valid: int
    came: int
    went: dict[str, list[int]] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        return sum(len(firms) for firms in self.went.values())


def spans(kind: Kind) -> list[Held]:
    """Every honour of a kind as the days on which it counts for the district; the same days as `held.valid` says."""
    rows = Honour.objects.filter(kind=kind).select_related("enterprise")
    found = []
    for h in rows:
        firm = h.enterprise
        arrives, leaves = max(h.valid_from, firm.moved_in or h.valid_from), firm.left or date.max
        ends = min(h.valid_until or date.max, h.ended or date.max)
        brought = not firm.moved_in or ends > firm.moved_in  # what had lapsed before the move was never the district's
        if brought and arrives < min(ends, leaves):
            gone = "moved" if firm.status == Status.MOVED else "closed"
            found.append(Held(firm.pk, arrives, min(ends, leaves), gone if leaves <= ends else h.why or "expired"))
    return found


def by_year(held: Iterable[Held], last: date, years: int = SHOWN_YEARS) -> list[Year]:
    """The years up to `last`, the newest first; what was renewed within its year is neither lost nor come."""
    every = list(held)
    found = []
    for year in range(last.year, last.year - years, -1):
        start, end = date(year - 1, 12, 31), min(date(year, 12, 31), last)
        before, after = ({h.firm for h in every if h.on(day)} for day in (start, end))
        went: dict[str, list[int]] = {}
        for firm in sorted(before - after):
            final = max((h for h in every if h.firm == firm and h.starts <= end), key=lambda h: h.ends)
            went.setdefault(final.why, []).append(firm)
        found.append(Year(year, end, len(before), len(after), len(after - before), went))
    return found


def shown(kind: Kind, today: date) -> dict[str, Any]:
    """One kind of honour for the page: its years, and of each year how many were recognised for the first time."""
    years = by_year(spans(kind), today)
    ever = indicators.sci_tech_ever if kind == Kind.SCI_TECH else indicators.high_tech_ever
    return {
        "title": kind.label,
        "rows": [
            {
                "year": y,
                "first": count(FIRST[kind], _until(y)).value,
                "first_url": f"/figures/{FIRST[kind].name}/?period={_until(y)}",
                "ever": count(ever, _until(y)).value,
                "why": [(_why(why), len(firms)) for why, firms in sorted(y.went.items())],
            }
            for y in years
        ],
        "gone": _names(years[0]),
    }


def _until(year: Year) -> Period:
    return Period(date(year.year, 1, 1), year.end + timedelta(days=1))


def _why(why: str) -> Any:
    return _("expired") if why == "expired" else Ending(why).label


def _names(year: Year) -> list[dict[str, Any]]:
    """The firms that went in a year, with why."""
    why = {firm: reason for reason, firms in year.went.items() for firm in firms}
    rows = Enterprise.objects.filter(pk__in=why).select_related("body").order_by("pk")
    return [
        {"name": local(f.body, "name"), "url": f.get_absolute_url(), "why": _why(why[f.pk]), "demo": f.demo}
        for f in rows
    ]


@login_required
@require_GET
def years_page(request: HttpRequest) -> HttpResponse:
    """Additions and losses of both kinds; the names of this year's losses are for those who see every firm."""
    today = timezone.localdate()
    named = is_officer(request.user) or holds(request.user, OFFICER)
    context = {
        "today": today, "named": named, "kinds": [shown(kind, today) for kind in FIRST],
        "demo": Honour.objects.filter(demo=True).exists(),
    }  # fmt: skip
    return TemplateResponse(request, "enterprises/years.html", context)
