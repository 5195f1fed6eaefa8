"""A flow is a table a jurist can read. Closed by default; nobody approves his own; no account passes by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _

from hanfeng.kernel.base.clocks import Clock, Limit
from hanfeng.kernel.base.parameter import Declared, NoParameter, Parameter
from hanfeng.kernel.record.local import Note
from hanfeng.kernel.record.models import Event, Reader
from hanfeng.kernel.record.write import save
from hanfeng.kernel.roles import Role, holds, sees
from hanfeng.kernel.rule.calendar import calendar
from hanfeng.kernel.rule.parameters import parameter

from .models import Case


@dataclass(frozen=True)
class Move:
    """One way from a state to another: who may make it, whether a reason is asked, and when it is closed.

    `calls` says whether a case in `source` waits for those who may make it; a way out that is merely possible calls nobody.

    `guard` returns why not, in words, or None; the same words grey the button, answer the API and fail the test. So do those of
    `recusal`, which looks at the person too: whoever has a hand in the case stands back from deciding on it.
    `then` runs in the same transaction, for what must be true together.
    """

    name: str
    source: TextChoices
    target: TextChoices
    by: tuple[Role, ...]
    title: Any
    note: bool = False
    not_own: bool = False
    danger: bool = False
    calls: bool = True
    guard: Callable[[Any], str | None] | None = None
    recusal: Callable[[Any, Reader], str] | None = None
    then: Callable[[Any, Any], None] | None = None


@dataclass(frozen=True)
class DatedLimit(Limit):
    """A limit whose amount is a parameter: as it is declared, until an officer enters the version of the day."""

    parameter: str = ""

    @classmethod
    def of(cls, declared: Parameter[Any]) -> DatedLimit:
        """The limit that a declared parameter sets; its unit names the clock."""
        return cls(declared.value, Clock(declared.unit), parameter=declared.name)

    def today(self) -> Limit:
        """The limit of whatever begins today. Raises ValidationError where the version of today is no amount."""
        try:
            amount = parameter(self.parameter).value
            return replace(self, amount=amount)
        except NoParameter:
            return self
        except (TypeError, ValueError) as wrong:
            said = _("“%(value)s” is no time limit for %(name)s: correct it under Parameters.")
            raise ValidationError(said % {"value": amount, "name": self.parameter}) from wrong


def dated_limits(declared: Iterable[Declared]) -> dict[str, DatedLimit]:
    """The limit that each declared parameter sets whose unit is a clock, by the name of the parameter."""
    clocks = set(Clock)
    return {each.name: DatedLimit.of(each) for each, _zh, _en in declared if each.unit in clocks}


@dataclass(frozen=True)
class Flow:
    """States, the moves between them, how long each may last, where the clock stands still, and where it ends."""

    states: type[TextChoices]
    start: TextChoices
    ends: frozenset[TextChoices]
    moves: tuple[Move, ...]
    limits: Mapping[TextChoices, Limit] = field(default_factory=dict)
    stops: frozenset[TextChoices] = frozenset()

    def __post_init__(self) -> None:
        """Refuse a flow that cannot be walked: at import, not at midnight."""
        reached = self._reached()
        if lost := set(self.states) - reached:
            raise ValueError(f"unreachable states: {sorted(lost)}")
        if stuck := set(self.states) - {move.source for move in self.moves} - self.ends:
            raise ValueError(f"states without a way out that are not ends: {sorted(stuck)}")
        if odd := set(self.limits) & (self.ends | self.stops):
            raise ValueError(f"a state that ends or stops the clock has no limit: {sorted(odd)}")
        if twice := len({(m.name, m.source) for m in self.moves}) != len(self.moves):
            raise ValueError(f"two moves of one name leave one state: {twice}")

    def _reached(self) -> set[TextChoices]:
        reached, frontier = {self.start}, [self.start]
        while frontier:
            here = frontier.pop()
            new = {move.target for move in self.moves if move.source == here} - reached
            reached |= new
            frontier += new
        return reached

    def limit(self, state: str) -> Limit | None:
        """How long a case that comes into this state today may stay in it."""
        found = self.limits.get(self.states(state))
        return found.today() if isinstance(found, DatedLimit) else found

    def title_of(self, state: str) -> str:
        """The shown name of a state."""
        return str(self.states(state).label)

    def tone(self, state: str) -> str:
        """How a state is coloured beside its name: an end, a standing clock, or on its way."""
        return "done" if state in self.ends else "watch" if state in self.stops else "info"

    def moves_from(self, state: str) -> Iterator[Move]:
        """The moves that leave a state, in the order of the table."""
        return (move for move in self.moves if move.source == state)

    def roles(self) -> frozenset[Role]:
        """Everyone who may make some move."""
        return frozenset(role for move in self.moves for role in move.by)


@dataclass(frozen=True)
class Choice:
    """A move as one person sees it on one case: open when `why_not` is empty."""

    move: Move
    why_not: str


def why_not(move: Move, case: Case, user: Reader) -> str:
    """Why this person cannot make this move on this case now; empty when he can."""
    if not holds(user, *move.by):
        return _("Only for: %(roles)s.") % {"roles": _(", ").join(str(role.title) for role in move.by)}
    if move.not_own and case.filed_by_id is not None and case.filed_by_id == getattr(user, "pk", None):
        return _("Nobody decides on what he filed himself.")
    if move.recusal and (why := move.recusal(case, user)):
        return why
    return (move.guard(case) or "") if move.guard else ""


def choices(flow: Flow, case: Case, user: Reader) -> list[Choice]:
    """Every move that leaves the case's state, with why it is closed to this person if it is."""
    return [Choice(move, why_not(move, case, user)) for move in flow.moves_from(case.state)]


def begin(flow: Flow, case: Case, by: Any, changes: Mapping[str, Any] | None = None, *, note: str = "") -> Case:
    """File a new case in the flow's first state."""
    now = timezone.now()
    limit = flow.limit(flow.start)
    case.state, case.entered_at = flow.start, now
    case.due_at = limit.due(now, calendar()) if limit else None
    case.filed_by = by if getattr(by, "pk", None) else None
    save(case, by, changes, verb="begin", note=note)
    return case


@transaction.atomic
def go(flow: Flow, case: Case, name: str, by: Any, note: Note = "", *, version: int | None = None) -> Case:
    """Make a move, or say why not. What the move depends on is read again inside the transaction.

    Raises ValidationError (closed, with the reason), PermissionDenied (not this person's) and Stale.
    """
    model = type(case)
    case = model.objects.select_for_update().get(pk=case.pk)
    if not sees(case, by):
        raise PermissionDenied(_("This record is not yours to see."))
    move = next((m for m in flow.moves_from(case.state) if m.name == name), None)
    if move is None:
        raise ValidationError(_("From “%(state)s” there is no such step.") % {"state": flow.title_of(case.state)})
    if not holds(by, *move.by):
        raise PermissionDenied(why_not(move, case, by))
    if closed := why_not(move, case, by):
        raise ValidationError(closed)
    if move.note and not str(note).strip():
        raise ValidationError(_("Give the reason: it is kept with the decision."))
    save(case, by, _entering(flow, case, move, timezone.now()), verb=move.name, note=note, version=version)
    if move.then:
        move.then(case, by)
    return case


def _entering(flow: Flow, case: Case, move: Move, now: datetime) -> dict[str, Any]:
    """The state, and its clock: what a stopped state had used is not given again."""
    spent = dict(case.spent)
    limit = flow.limit(move.source) if move.target in flow.stops else None
    if limit and case.entered_at:
        before = spent.get(move.source, 0)
        spent[move.source] = before + limit.used(case.entered_at, now, calendar(), before)
    used = spent.get(move.target, 0) if move.source in flow.stops else 0
    if move.source not in flow.stops:
        spent.pop(move.target, None)
    coming = flow.limit(move.target)
    due = coming.due(now, calendar(), used) if coming else None
    return {"state": move.target, "entered_at": now, "due_at": due, "spent": spent}


def history_words(flow: Flow, event: Event) -> str:
    """The shown name of the move an event made, or an empty text."""
    return next((str(m.title) for m in flow.moves if m.name == event.verb), "")
