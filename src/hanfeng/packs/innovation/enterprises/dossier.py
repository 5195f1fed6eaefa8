"""What the page of a file adds to its facts, and the panel on the page of the body."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from hanfeng.kernel.api import Reader, holds, visible

from .held import unended
from .models import Enterprise, Figures, Honour
from .pages import SOON
from .parameters import stage_by_age
from .roles import OFFICER
from .terms import Ending

WIDE = 200


def dossier(request: HttpRequest, firm: Enterprise) -> dict[str, Any]:
    """The stage that the years suggest, honours on a time line, figures by year."""
    today = timezone.localdate()
    honours = list(visible(Honour, request.user).filter(enterprise=firm).order_by("kind", "-valid_from"))
    years = list(visible(Figures, request.user).filter(enterprise=firm).order_by("year"))
    return {
        "today": today,
        "suggested": stage_by_age(firm.founded, today) if firm.founded else None,
        "bars": bars(honours, today),
        "years": [year(row, was) for row, was in zip(years, [None, *years], strict=False)],
        "may_write": holds(request.user, OFFICER),
    }


def bars(honours: list[Honour], today: date) -> list[dict[str, Any]]:
    """Each honour with its place on one axis from the first day of any of them to the last, 200 units wide."""
    first = min((h.valid_from for h in honours), default=today)
    last = max([today, *(h.end for h in honours if h.end)])
    scale = WIDE / max((last - first).days, 1)

    def at(day: date) -> float:
        return round((day - first).days * scale, 1)

    return [
        {
            "honour": h,
            "x": at(h.valid_from),
            "width": max(at(h.end or last) - at(h.valid_from), 2),
            "now": at(today),
            "tone": tone(h, today),
        }
        for h in honours
    ]


def tone(honour: Honour, today: date) -> str:
    """Where an honour stands today: done (to come), ok, watch (ends soon), info (over), late (lost)."""
    if honour.valid_from > today:
        return "done"
    if honour.end and honour.end <= today:
        return "late" if honour.why in {Ending.REVOKED, Ending.GIVEN_UP} else "info"
    return "watch" if honour.end and honour.end <= today + SOON else "ok"


def year(row: Figures, was: Figures | None) -> dict[str, Any]:
    """A year's figures with the growth of turnover over the year before and the share spent on R&D, in percent."""
    before = was.revenue if was and was.year == row.year - 1 else None
    growth = row.revenue / before * 100 - 100 if row.revenue is not None and before else None
    share = row.rd_spending / row.revenue * 100 if row.rd_spending is not None and row.revenue else None
    return {"row": row, "growth": growth, "share": share}


def panel(body: Any, user: Reader) -> list[tuple[Any, ...]]:
    """The honours of a body that hold today, for its own page."""
    today = timezone.localdate()
    rows = visible(Honour, user).filter(unended(today), enterprise__body=body, valid_from__lte=today).order_by("kind")
    return [((h.get_kind_display(), h.get_absolute_url()), h.number, h.valid_from, h.end) for h in rows]
