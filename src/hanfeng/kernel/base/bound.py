"""Published figures that are bounds: “over 20 per cent”, “at most 3”, “about 1600”."""

from dataclasses import dataclass
from math import inf, isfinite
from typing import Self

from hanfeng.kernel.base.answer import Answer, Between

SLACK = 0.05
"""How far “about” may be off, as a share of the value, for a comparison to be unknown. Ours; no document says."""


@dataclass(frozen=True)
class Bound:
    """What is certain about a published figure: a lowest and a highest value, both counted; None is an open side.

    `about` marks a rounded figure of unstated width. A figure that nobody published is None, not a bound.
    Strict and plain wording (“over 20”, “20 or more”) are held alike, because documents do not keep them apart.
    """

    low: float | None
    high: float | None
    about: bool = False

    def __post_init__(self) -> None:
        sides = [side for side in (self.low, self.high) if side is not None]
        if not sides or not all(map(isfinite, sides)):
            raise ValueError(f"a bound needs a finite number on one side at least, not {self.low} and {self.high}")
        if sides[0] > sides[-1]:
            raise ValueError(f"a bound runs from low to high, not from {self.low} to {self.high}: swap them")

    @classmethod
    def exact(cls, value: float) -> Self:
        return cls(value, value)

    @classmethod
    def at_least(cls, value: float) -> Self:
        return cls(value, None)

    @classmethod
    def at_most(cls, value: float) -> Self:
        return cls(None, value)

    @classmethod
    def between(cls, low: float, high: float) -> Self:
        return cls(low, high)

    @classmethod
    def around(cls, value: float) -> Self:
        """About `value`. (Not called `about`, which is the mark itself.)"""
        return cls(value, value, about=True)

    @property
    def is_exact(self) -> bool:
        return self.low == self.high and not self.about

    @property
    def value(self) -> float | None:
        """The single figure, exact or about; None for a range, which has no single value."""
        return self.low if self.low == self.high else None

    def shift(self, by: float) -> "Bound":
        """Each possible value plus `by`."""
        return self._sides(None if self.low is None else self.low + by, None if self.high is None else self.high + by)

    def scale(self, by: float) -> "Bound":
        """Each possible value times `by`; a negative factor swaps the sides, zero leaves exactly zero."""
        if by == 0:
            return Bound.exact(0)
        low, high = (None if side is None else side * by for side in (self.low, self.high))
        return self._sides(low, high) if by > 0 else self._sides(high, low)

    def over(self, whole: float) -> "Bound":
        """The share of a positive `whole`."""
        if whole <= 0:
            raise ValueError(f"a share is taken of a positive whole, not of {whole}")
        return self._sides(*(None if side is None else side / whole for side in (self.low, self.high)))

    def reaches(self, goal: float, slack: float = SLACK) -> Answer:
        """Whether the figure is `goal` or more; unknown while the goal lies between, or within `slack`."""
        return self._interval(slack).at_least(goal)

    def keeps_under(self, goal: float, slack: float = SLACK) -> Answer:
        """Whether the figure is `goal` or less."""
        return self._interval(slack).at_most(goal)

    def _sides(self, low: float | None, high: float | None) -> "Bound":
        return Bound(low, high, self.about)

    def _interval(self, slack: float) -> Between:
        low, high = -inf if self.low is None else self.low, inf if self.high is None else self.high
        if self.about:
            low, high = low - abs(low) * slack, high + abs(high) * slack
        return Between(low, high)
