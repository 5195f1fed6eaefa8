"""To-do: every open case that calls this person, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from hanfeng.kernel.base.clocks import standing
from hanfeng.kernel.flow.flow import Flow, Move
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
    calling = _calling(flow, user)
    if not calling:
        return
    now = timezone.now()
    cases: Any = visible(desk.model, user).select_related(*desk.model.named_by)
    for case in cases.filter(_waiting(calling, user)).order_by("due_at", "pk")[:MOST]:
        moves = tuple(str(m.title) for m in calling if m.source == case.state)
        yield Waiting(pack, desk, case, moves, standing(case.due_at, now).value if case.due_at else "pending")


def _calling(flow: Flow, user: Reader) -> list[Move]:
    """The moves by which a case calls this person. Guards are not asked: a case that is held up waits too."""
    mine = roles_of(user)
    return [m for m in flow.moves if m.calls and any(role.name in mine for role in m.by)]


def _waiting(calling: list[Move], user: Reader) -> Q:
    """Cases in the states those moves leave, without the person's own where somebody else must decide."""
    free = {str(m.source.value) for m in calling if not m.not_own}
    others = {str(m.source.value) for m in calling} - free
    return Q(state__in=free) | (Q(state__in=others) & ~Q(filed_by=user.pk))


def count(user: Reader) -> int:
    """How many cases wait for a person; asked once for each request, of all desks in one query."""
    kept = getattr(user, "_hanfeng_todo", None)
    if kept is None:
        kept = _count(user)
        user._hanfeng_todo = kept  # type: ignore[union-attr]
    return int(kept)


def _count(user: Reader) -> int:
    flows = [(desk, desk.flow) for pack in catalogue() for desk in pack.desks if desk.flow]
    called = [(desk, calling) for desk, flow in flows if (calling := _calling(flow, user))]
    waiting = [_keys(visible(desk.model, user), _waiting(calling, user)) for desk, calling in called]
    return int(waiting[0].union(*waiting[1:], all=True).count()) if waiting else 0


def _keys(cases: Any, which: Q) -> Any:
    return cases.filter(which).order_by().values_list("pk")


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
