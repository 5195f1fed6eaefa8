"""The course of a goal: where it starts, which values reach it, and what is planned for each day between.

Every shape but HOLD comes down to one window of values that reach the goal, so all share one set of rules.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from math import inf, isfinite

from hanfeng.plan.judging.clock import elapsed, mark, opening
from hanfeng.plan.judging.method import Method
from hanfeng.plan.judging.reasons import Reason
from hanfeng.plan.judging.terms import Goal, Shape

EPSILON = 1e-9
"""Relative error allowed in a comparison, so that 0.9 computed in two ways is the same 0.9."""


class Mode(Enum):
    """CLIMB: from a base to the goal. KEEP: the base is there already, or a line to hold. OPEN: no base. STEPS: a state."""

    CLIMB = "climb"
    KEEP = "keep"
    OPEN = "open"
    STEPS = "steps"


def over(value: float, edge: float) -> bool:
    """Whether `value` is `edge` or more."""
    return value >= edge - EPSILON * abs(edge)


def under(value: float, edge: float) -> bool:
    """Whether `value` is `edge` or less."""
    return value <= edge + EPSILON * abs(edge)


@dataclass(frozen=True)
class Track:
    """The goal as a window from `low` to `high` (None is open), with `knots` of (month mark, planned value)."""

    mode: Mode
    base: float | None
    low: float | None
    high: float | None
    knots: tuple[tuple[float, float], ...] = ()
    rate: float | None = None
    explicit: bool = False

    @property
    def target(self) -> float:
        """The edge to reach: of a two-sided window the one nearest to the base."""
        edge = self.low if self.rising else self.high
        return inf if edge is None else edge

    @property
    def rising(self) -> bool:
        return self.low is not None and not (self.high is not None and self.base is not None and self.base > self.high)

    @property
    def two_sided(self) -> bool:
        return self.low is not None and self.high is not None

    def reached(self, value: float) -> bool:
        return (self.low is None or over(value, self.low)) and (self.high is None or under(value, self.high))

    def overshot(self, value: float) -> bool:
        """Whether `value` lies past the far edge of a two-sided window."""
        if not self.two_sided or self.reached(value):
            return False
        return value > self.target if self.rising else value < self.target

    def distance(self, value: float) -> float:
        """How far `value` is from the window; 0 inside."""
        below = 0.0 if self.low is None else self.low - value
        above = 0.0 if self.high is None else value - self.high
        return 0.0 if self.reached(value) else max(below, above, 0.0)

    def expected(self, day: date) -> float | None:
        """The planned value when `day` is over; None where nothing is planned or it is too large to compute."""
        at = mark(day)
        if not self.knots or (self.base is None and at < self.knots[0][0] and self.mode is not Mode.STEPS):
            return None
        planned = self._step(at) if self.mode is Mode.STEPS else self._between(at)
        return planned if planned is not None and isfinite(planned) else None

    def lift(self, day: date) -> float | None:
        """The planned change since the base, where it runs towards the goal; the measure of pace."""
        planned = self.expected(day)
        if self.mode is not Mode.CLIMB or self.base is None or planned is None:
            return None
        lift = planned - self.base
        return lift if isfinite(lift) and (lift > 0 if self.rising else lift < 0) else None

    def _step(self, at: float) -> float | None:
        passed = [value for month, value in self.knots if month <= at]
        return passed[-1] if passed else self.base

    def _between(self, at: float) -> float:
        if at <= self.knots[0][0]:
            return self.knots[0][1]
        for (start, first), (end, last) in zip(self.knots, self.knots[1:], strict=False):
            if at < end:
                share = (at - start) / (end - start)
                return self._compound(first, at - start) if self.rate is not None else first + (last - first) * share
        return self.knots[-1][1]

    def _compound(self, first: float, months: float) -> float:
        try:
            return first * float((1 + (self.rate or 0.0)) ** (months / 12))
        except OverflowError:
            return inf


def track_of(goal: Goal, method: Method) -> tuple[Track | None, tuple[Reason, ...]]:
    """The track of a goal, and what has to be said about it; None where the goal cannot be computed."""
    if goal.goal is None:
        return None, (Reason("no-goal", {}),)
    window = _window(goal, goal.goal, method)
    if isinstance(window, Reason):
        return None, (window,)
    low, high, base = window
    if not all(isfinite(edge) for edge in (low, high) if edge is not None):
        return None, (Reason("too-large", {"goal": goal.goal}),)
    mode = _mode(goal, low, high, base)
    rate = goal.goal / 100 if goal.shape is Shape.GROWTH and not _path(goal, method) else None
    bare = Track(mode, base, low, high)
    knots = _knots(goal, method, bare)
    return Track(mode, base, low, high, knots, rate, explicit=bool(_path(goal, method))), tuple(_remarks(goal, bare))


def _window(goal: Goal, aim: float, method: Method) -> tuple[float | None, float | None, float | None] | Reason:
    base = _base(goal)
    if goal.shape in (Shape.GROWTH, Shape.MULTIPLE):
        grown = _grown(goal, aim, base)
        if isinstance(grown, Reason):
            return grown
        aim = grown
    if goal.shape is Shape.RANGE or (goal.shape is Shape.HOLD and goal.goal_high is not None):
        return aim, goal.goal_high, base
    if goal.comparison == "about":
        return aim - abs(aim) * method.slack, aim + abs(aim) * method.slack, base
    to_base = base is not None and base > aim and goal.shape is not Shape.HOLD
    falling = goal.comparison == "le" or (goal.comparison == "eq" and to_base)
    return (None, aim, base) if falling else (aim, None, base)


def _base(goal: Goal) -> float | None:
    """A sum starts from nothing; growth without a published amount is followed as an index from 100."""
    if goal.shape is Shape.SUM:
        return 0.0
    return 100.0 if goal.base is None and goal.shape is Shape.GROWTH else goal.base


def _grown(goal: Goal, aim: float, base: float | None) -> float | Reason:
    """The value at the end: base times the multiple, or compounded over the term; a reason where that cannot be."""
    if base is None:
        return Reason("base-missing", {})
    if base <= 0:
        return Reason("base-not-positive", {"base": base})
    if goal.shape is Shape.GROWTH and goal.ends is None:
        return Reason("growth-no-end", {})
    years = 0.0 if goal.ends is None else (mark(goal.ends) - origin(goal)) / 12
    try:
        end = base * (aim if goal.shape is Shape.MULTIPLE else float((1 + aim / 100) ** years))
    except OverflowError:
        end = inf
    return end if isfinite(end) else Reason("too-large", {"goal": aim})


def _mode(goal: Goal, low: float | None, high: float | None, base: float | None) -> Mode:
    if goal.shape is Shape.STATE:
        return Mode.STEPS
    if goal.shape is Shape.HOLD or (goal.shape is Shape.RANGE and base is None):
        return Mode.KEEP
    if base is None:
        return Mode.OPEN
    return Mode.KEEP if Track(Mode.CLIMB, base, low, high).reached(base) else Mode.CLIMB


def origin(goal: Goal) -> float:
    """Where planning starts: with the term, or later where the base was taken later."""
    return opening(goal.starts) if goal.base_at is None else max(opening(goal.starts), mark(goal.base_at))


def _path(goal: Goal, method: Method) -> tuple[tuple[date, float], ...]:
    return () if method.straight else goal.path


def _knots(goal: Goal, method: Method, track: Track) -> tuple[tuple[float, float], ...]:
    """Base, path and end in order; a straight line where there is no path, nothing where nothing is planned."""
    path, start = _path(goal, method), origin(goal)
    if not path and (
        track.mode in (Mode.OPEN, Mode.STEPS) or (track.mode is Mode.KEEP and goal.shape is not Shape.SUM)
    ):
        return ()
    knots = [(mark(day), value) for day, value in path if mark(day) > start]
    if track.base is not None:
        knots.insert(0, (start, track.base))
    if goal.ends is not None and (not knots or knots[-1][0] < mark(goal.ends)):
        knots.append((mark(goal.ends), track.target))
    return tuple(knots) if goal.ends is not None or path else ()


def _remarks(goal: Goal, track: Track) -> list[Reason]:
    """What a reader must know about base and term."""
    said = []
    if goal.ends is None:
        said.append(Reason("no-end", {}))
    if track.mode is Mode.OPEN:
        said.append(Reason("no-base", {}))
    if track.mode is Mode.KEEP and goal.shape not in (Shape.RANGE, Shape.SUM, Shape.HOLD) and track.base is not None:
        same = track.base == track.target
        said.append(
            Reason("base-equals-goal" if same else "base-beyond-goal", {"base": track.base, "goal": track.target})
        )
    if goal.shape is Shape.GROWTH and goal.base is None:
        said.append(Reason("index-base", {}))
    if goal.base_at is not None and goal.base is not None and abs(mark(goal.base_at) - opening(goal.starts)) >= 1:
        said.append(Reason("base-apart", {"base_at": goal.base_at, "starts": goal.starts}))
    return said


def span_elapsed(goal: Goal, day: date) -> float | None:
    """The time share of the term at `day`; None without an end."""
    return None if goal.ends is None else elapsed(goal.starts, goal.ends, day)


def eve(day: date) -> date:
    """The day before, where there is one."""
    return day - timedelta(days=1) if day > date.min else day
