"""To-do: every open case on which this person may make a move now, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from hanfeng.kernel.base.clocks import standing
from hanfeng.kernel.flow.flow import Flow, choices
from hanfeng.kernel.pack import Pack, catalogue
from hanfeng.kernel.record.models import Reader
from hanfeng.kernel.roles import roles_of, visible

from .desk import Desk

MOST = 500


@dataclass(frozen=True)
class Waiting:
    """One case that waits for this person, with the moves open to him."""

    pack: Pack
    desk: Desk
    case: Any
    moves: tuple[str, ...]
    standing: str

    @property
    def due(self) -> datetime | None:
        return self.case.due_at  # type: ignore[no-any-return]

    @property
    def state(self) -> str:
        assert self.desk.flow
        return self.desk.flow.title_of(self.case.state)


def waiting(user: Reader) -> list[Waiting]:
    """What waits for a person, overdue and soonest first."""
    found = [w for pack in catalogue() for desk in pack.desks if desk.flow for w in _at(pack, desk, desk.flow, user)]
    far = timezone.now() + timedelta(days=36500)
    return sorted(found, key=lambda w: w.due or far)


def _at(pack: Pack, desk: Desk, flow: Flow, user: Reader) -> Iterator[Waiting]:
    mine = roles_of(user)
    states = {str(m.source.value) for m in flow.moves if any(r.name in mine for r in m.by)}
    if not states:
        return
    now = timezone.now()
    cases: Any = visible(desk.model, user)
    for case in cases.filter(state__in=states).order_by("due_at", "pk")[:MOST]:
        moves = tuple(str(c.move.title) for c in choices(flow, case, user) if not c.why_not)
        if moves:
            due = case.due_at
            yield Waiting(pack, desk, case, moves, standing(due, now).value if due else "pending")


def count(user: Reader) -> int:
    """How many cases wait for a person; asked once for each request."""
    kept = getattr(user, "_hanfeng_todo", None)
    if kept is None:
        kept = len(waiting(user)) if user.is_authenticated else 0
        user._hanfeng_todo = kept  # type: ignore[union-attr]
    return int(kept)


@login_required
def todo_page(request: HttpRequest) -> HttpResponse:
    """The to-do page: overdue, due this week, later."""
    now = timezone.now()
    week = now + timedelta(days=7)
    groups: dict[str, list[Waiting]] = {"over": [], "week": [], "later": []}
    for item in waiting(request.user):
        due = item.due
        groups["over" if due and due < now else "week" if due and due < week else "later"].append(item)
    return TemplateResponse(request, "desk/todo.html", {"groups": groups, "total": sum(map(len, groups.values()))})
