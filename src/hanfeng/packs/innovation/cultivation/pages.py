"""The face of the libraries: who is stuck, who is due, how many stand where; the panel on a body; the fact that is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Count as CountOf
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from hanfeng.commons.facts.kinds import POOL_STAGE
from hanfeng.kernel.api import Fact, Reader, Record, holds, local, visible
from hanfeng.kernel.pure import Period, standing

from .models import OPEN, Library, PoolEntry, State
from .roles import OFFICER

SHOWN = 8
SOON = timedelta(days=14)
LONG = timedelta(days=30)
"""How long an entry may wait for material before the face asks about it (ours)."""


def face(request: HttpRequest) -> HttpResponse:
    """Who waits for material or has run over, who is due within two weeks, and how many stand at each state."""
    now = timezone.now()
    rows = visible(PoolEntry, request.user)
    still = rows.filter(state__in=OPEN).select_related("body", "advisor")
    stuck = still.filter(Q(due_at__lt=now) | Q(state=State.MATERIAL, entered_at__lt=now - LONG)).order_by(
        "entered_at", "pk"
    )
    due = still.filter(due_at__gte=now, due_at__lt=now + SOON).order_by("due_at", "pk")
    context = {
        "now": now,
        "demo": rows.filter(demo=True).exists(),
        "may_propose": holds(request.user, OFFICER),
        "stuck": _some(stuck, now),
        "due": _some(due, now),
        "funnel": _funnel(rows),
        "libraries": Library.labels,
    }
    return TemplateResponse(request, "cultivation/face.html", context)


def _some(rows: QuerySet[PoolEntry], now: Any) -> dict[str, Any]:
    return {"count": rows.count(), "rows": [_line(entry, now) for entry in rows[:SHOWN]]}


def _line(entry: PoolEntry, now: Any) -> dict[str, Any]:
    return {
        "firm": local(entry.body, "name"),
        "url": entry.get_absolute_url(),
        "library": entry.get_library_display(),
        "state": State(entry.state).label,
        "advisor": local(entry.advisor, "name") if entry.advisor else "",
        "since": entry.entered_at,
        "due": entry.due_at,
        "standing": standing(entry.due_at, now).value if entry.due_at else "watch",
        "demo": entry.demo,
    }


def _funnel(rows: QuerySet[PoolEntry]) -> list[dict[str, Any]]:
    """For each state how many entries of each library, each a link to the list, with a bar against the fullest."""
    counts = {
        (lib, state): n for lib, state, n in rows.order_by().values_list("library", "state").annotate(n=CountOf("pk"))
    }
    most = max(counts.values(), default=0) or 1
    return [
        {
            "title": state.label,
            "cells": [
                {
                    "library": library.label,
                    "count": counts.get((library, state), 0),
                    "share": counts.get((library, state), 0) / most,
                    "url": f"/cultivation/poolentry/?library={library.value}&state={state.value}",
                }
                for library in Library
            ],
        }
        for state in State
    ]


def panel(body: Any, user: Reader) -> list[tuple[Any, ...]]:
    """The entries of a body, the newest first."""
    rows = visible(PoolEntry, user).filter(body=body).select_related("advisor").order_by("-pk")
    return [
        ((e.get_library_display(), e.get_absolute_url()), State(e.state).label, e.entered_at, e.due_at, e.advisor)
        for e in rows
    ]


def _known(period: Period) -> QuerySet[PoolEntry]:
    """Entries whose state of today was reached within the period or before it: what came earlier is told by the history only."""
    rows: QuerySet[PoolEntry] = PoolEntry.objects.filter(entered_at__date__lte=period.last)
    return rows.order_by("library", "-pk")


def _told(entry: PoolEntry) -> str:
    return f"{entry.library}/{entry.state}"


def _one(body: Record, period: Period) -> str | None:
    found = _known(period).filter(body=body.pk).first()
    return _told(found) if found else None


def _all(period: Period) -> Mapping[int, str]:
    """The high-tech library goes before the other; within one library the newest entry counts."""
    return {e.body_id: _told(e) for e in _known(period).reverse()}


STAGE = Fact(POOL_STAGE, _one, _all)
