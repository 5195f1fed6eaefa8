"""What is judged: goals, and the dated points they are judged by.

Values carry the unit of the plan. Dates are days: `starts` is the first and `ends` the last day of the term, both counted.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import isfinite
from typing import Never

from hanfeng.kernel.pure import Bound, Fault
from hanfeng.kernel.pure import gettext_noop as noop

COMPARISONS = ("ge", "eq", "le", "about")


class Shape(StrEnum):
    """How a goal is read. `goal` has the unit of the value, but for GROWTH (per cent a year) and MULTIPLE (times the base)."""

    LEVEL = "level"
    STOCK = "stock"
    GROWTH = "growth"
    SUM = "sum"
    HOLD = "hold"
    RANGE = "range"
    MULTIPLE = "multiple"
    COVERAGE = "coverage"
    STATE = "state"
    AMOUNT = "amount"


class Verdict(StrEnum):
    """Two scales that never mix: the first five while the term runs, the last six once it has ended."""

    EARLY = "early"
    AHEAD = "ahead"
    ON = "on"
    BEHIND = "behind"
    UNJUDGED = "unjudged"
    EXCEEDED = "exceeded"
    MET = "met"
    NEARLY = "nearly"
    MISSED = "missed"
    NOT_OUT = "not_out"
    UNKNOWN = "unknown"


class Trust(StrEnum):
    """Where a point comes from. A lead never judges and is listed in the annex only; a ledger value explains."""

    OFFICIAL = "official"
    PRESS = "press"
    LEAD = "lead"
    LEDGER = "ledger"


COUNTS = frozenset({Shape.STOCK, Shape.SUM, Shape.AMOUNT, Shape.MULTIPLE})
"""Shapes whose values add up over places, so that a part of the place gives a lower bound of the whole."""


@dataclass(frozen=True)
class Goal:
    """One target. `path` is its own plan of (day, value), `ends` None where the plan names no date.

    `monotone`: the value can only rise (an "ever" count). `counted`: values add up over places; None follows the shape.
    Raises Fault for a term that runs backwards, a range without its upper edge, an unknown comparison, a disordered path.
    """

    id: str
    shape: Shape
    base: float | None
    base_at: date | None
    goal: float | None
    goal_high: float | None
    starts: date
    ends: date | None
    comparison: str = "ge"
    binding: bool = False
    path: tuple[tuple[date, float], ...] = ()
    place: str = ""
    monotone: bool = False
    counted: bool | None = None

    def __post_init__(self) -> None:
        if self.comparison not in COMPARISONS:
            self._refuse("comparison", noop("%(id)s: the comparison “%(found)s” is none of %(known)s"),
                         found=self.comparison, known=", ".join(COMPARISONS))  # fmt: skip
        if self.ends is not None and self.ends < self.starts:
            text = noop("%(id)s: the term ends on %(ends)s, before it starts on %(starts)s")
            self._refuse("term", text, ends=self.ends, starts=self.starts)
        numbers = [self.base, self.goal, self.goal_high, *(value for _, value in self.path)]
        if not all(isfinite(number) for number in numbers if number is not None):
            self._refuse("number", noop("%(id)s: base, goal and path are finite numbers"))
        days = [day for day, _ in self.path]
        if days != sorted(set(days)):
            self._refuse("path", noop("%(id)s: the path has one value a day, the earliest day first"))
        if self.shape is Shape.GROWTH and self.goal is not None and self.goal <= -100:
            self._refuse(
                "growth", noop("%(id)s: growth of %(goal)s per cent a year leaves nothing to judge"), goal=self.goal
            )
        self._check_range()

    def _check_range(self) -> None:
        if self.goal is None or (self.shape is not Shape.RANGE and self.goal_high is None):
            return
        if self.goal_high is None or self.goal_high < self.goal:
            text = noop("%(id)s: a range runs from goal up to goal_high, not from %(goal)s to %(high)s")
            self._refuse("range", text, goal=self.goal, high=self.goal_high)

    def _refuse(self, code: str, text: str, **params: object) -> Never:
        raise Fault(code, text, {"id": self.id, **params})

    @property
    def adds_up(self) -> bool:
        """Whether the value of a part of the place is a lower bound for the whole."""
        return self.shape in COUNTS if self.counted is None else self.counted


@dataclass(frozen=True)
class Point:
    """One dated figure. `at` is the last day it speaks of, `known` the day it was published (None: as old as `at`).

    `whole`: it covers the goal's whole place. `year`: for a flow, the year it belongs to; None is the year of `at`.
    `kind`: level, increment, cumulative, average, rate, subset, derived judge where the shape allows;
    plan_baseline, plan_target, component, other_definition, context never do. Average and rate are per cent growth:
    a year on average since the base, and of the one year.
    """

    id: str
    at: date
    value: Bound
    place: str
    whole: bool
    trust: Trust
    kind: str = "level"
    year: int | None = None
    known: date | None = None

    @property
    def of_year(self) -> int:
        return self.at.year if self.year is None else self.year

    @property
    def is_part(self) -> bool:
        return not self.whole or self.kind == "subset"

    @property
    def single(self) -> float | None:
        """The figure where it is one number, exact or about; None for a bound."""
        return self.value.low if self.value.low == self.value.high else None
