"""How a rule looks at the values of one datastream, one after the other: it raises once, clears once, does not flap. No Django.

A limit is raised at `value` and cleared at `clear` (hysteresis); either must hold for a time. A value older than the newest one
changes nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum


class Kind(StrEnum):
    """What a rule compares."""

    ABOVE = "above"  # the value over a limit
    BELOW = "below"  # the value under a limit
    RISE = "rise"  # how much it rises within a span
    FALL = "fall"  # how much it falls within a span
    WORSE = "worse"  # a class that is worse than the one before
    SILENT = "silent"  # no value for a span
    COMPOSITE = "composite"  # several other rules of the same thing at once


VALUED = frozenset({Kind.ABOVE, Kind.BELOW, Kind.RISE, Kind.FALL, Kind.WORSE})
"""Kinds that look at each value; the others look at time or at other rules."""


class Phase(IntEnum):
    """Where a rule stands on a datastream: quiet, over but not yet long enough, raised, back but not yet long enough."""

    QUIET = 0
    PENDING = 1
    RAISED = 2
    CLEARING = 3


@dataclass(frozen=True)
class Limit:
    """What a rule asks. For `hold` seconds it must be over, for `release` seconds back, before that counts."""

    kind: Kind
    value: float = 0.0
    clear: float | None = None
    hold: int = 0
    release: int = 0
    span: int = 0

    @property
    def down(self) -> bool:
        return self.kind == Kind.BELOW

    def over(self, value: float) -> bool:
        """Whether a value is over the limit (under it, for BELOW)."""
        return value < self.value if self.down else value > self.value

    def back(self, value: float) -> bool:
        """Whether a value is back behind the point of clearing."""
        point = self.value if self.clear is None else self.clear
        return value >= point if self.down else value <= point


@dataclass(frozen=True)
class State:
    """What is remembered between two values. `since` is when the phase began, `worst` the worst value since it was raised.

    `base` is the value a rise is reckoned from, with its time; for a class the class before.
    """

    phase: Phase = Phase.QUIET
    since: int = 0
    time: int = 0
    value: float | None = None
    worst: float | None = None
    base: float | None = None
    base_time: int = 0


class Change(StrEnum):
    """What a value brought about."""

    RAISED = "raised"
    CLEARED = "cleared"


def step(limit: Limit, state: State, time: int, value: float) -> tuple[State, Change | None]:
    """The state after a value at a time (milliseconds), and what it brought about. An older value changes nothing."""
    if state.time and time <= state.time:
        return state, None
    looked, state = _looked(limit, state, time, value)
    state = replace(state, time=time, value=value)
    if looked is None:
        return state, None
    if state.phase in (Phase.QUIET, Phase.PENDING):
        return _rising(limit, state, time, looked)
    return _falling(limit, state, time, looked)


def _looked(limit: Limit, state: State, time: int, value: float) -> tuple[float | None, State]:
    """What the limit is compared with: the value, or how far it moved since the base; and the base from now on."""
    if limit.kind in (Kind.ABOVE, Kind.BELOW):
        return value, state
    if limit.kind == Kind.WORSE:
        if state.base is None or (state.phase == Phase.QUIET and value < state.base):
            return None, replace(state, base=value, base_time=time)
        return value - state.base, state
    if state.base is None or time - state.base_time > limit.span * 1000:
        return (None if state.base is None else _moved(limit, state.base, value)), replace(
            state, base=value, base_time=time
        )
    moved = _moved(limit, state.base, value)
    # a new low (high) is where the next rise (fall) is reckoned from
    return moved, replace(state, base=value, base_time=time) if moved < 0 else state


def _moved(limit: Limit, base: float, value: float) -> float:
    return base - value if limit.kind == Kind.FALL else value - base


def _rising(limit: Limit, state: State, time: int, looked: float) -> tuple[State, Change | None]:
    if not limit.over(looked):
        return replace(state, phase=Phase.QUIET, since=time, worst=None), None
    since = state.since if state.phase == Phase.PENDING else time
    worst = looked if state.worst is None or state.phase == Phase.QUIET else _worse(limit, state.worst, looked)
    if time - since >= limit.hold * 1000:
        return replace(state, phase=Phase.RAISED, since=since, worst=worst), Change.RAISED
    return replace(state, phase=Phase.PENDING, since=since, worst=worst), None


def _falling(limit: Limit, state: State, time: int, looked: float) -> tuple[State, Change | None]:
    worst = looked if state.worst is None else _worse(limit, state.worst, looked)
    if not limit.back(looked):
        since = state.since if state.phase == Phase.RAISED else time
        return replace(state, phase=Phase.RAISED, since=since, worst=worst), None
    since = state.since if state.phase == Phase.CLEARING else time
    if time - since >= limit.release * 1000:
        quiet = replace(state, phase=Phase.QUIET, since=time, worst=worst)
        return (replace(quiet, base=state.value) if limit.kind == Kind.WORSE else quiet), Change.CLEARED
    return replace(state, phase=Phase.CLEARING, since=since, worst=worst), None


def _worse(limit: Limit, one: float, other: float) -> float:
    return min(one, other) if limit.down else max(one, other)
