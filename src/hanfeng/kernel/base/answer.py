"""What a rule says: yes, no, or unknown with the facts that are missing; for numbers the interval that is certain."""

from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from math import isnan
from operator import and_, or_
from typing import Self


class Verdict(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Answer:
    """A verdict of Kleene's strong three-valued logic with its reasons; join answers with `&`, `|` and `~`.

    `missing` names the facts that would settle an unknown; a settled answer misses nothing. A reason is anything
    `str()` turns into a sentence (a str, Words, lazily translated text); a join keeps the reasons of those parts
    that share its verdict, for they alone carry it.
    """

    verdict: Verdict
    missing: frozenset[str] = frozenset()
    reasons: tuple[Hashable, ...] = ()

    def __post_init__(self) -> None:
        if self.missing and self.verdict is not Verdict.UNKNOWN:
            raise ValueError(f"a settled answer ({self.verdict}) misses no fact, but {sorted(self.missing)} were named")

    @classmethod
    def yes(cls, *reasons: Hashable) -> Self:
        return cls(Verdict.YES, reasons=reasons)

    @classmethod
    def no(cls, *reasons: Hashable) -> Self:
        return cls(Verdict.NO, reasons=reasons)

    @classmethod
    def unknown(cls, *missing: str, reasons: tuple[Hashable, ...] = ()) -> Self:
        """Not to be said yet; `missing` may be empty where no further fact helps, as for a published “about”."""
        return cls(Verdict.UNKNOWN, frozenset(missing), reasons)

    @property
    def is_yes(self) -> bool:
        return self.verdict is Verdict.YES

    @property
    def is_no(self) -> bool:
        return self.verdict is Verdict.NO

    @property
    def is_unknown(self) -> bool:
        return self.verdict is Verdict.UNKNOWN

    def because(self, *reasons: Hashable) -> "Answer":
        """The same answer with more reasons."""
        return Answer(self.verdict, self.missing, _merged(self.reasons, reasons))

    def __and__(self, other: "Answer") -> "Answer":
        return self._join(other, Verdict.NO)

    def __or__(self, other: "Answer") -> "Answer":
        return self._join(other, Verdict.YES)

    def __invert__(self) -> "Answer":
        turned = {Verdict.YES: Verdict.NO, Verdict.NO: Verdict.YES}
        return Answer(turned.get(self.verdict, self.verdict), self.missing, self.reasons)

    def __bool__(self) -> bool:
        raise TypeError("an Answer may be unknown: ask .is_yes, .is_no or .is_unknown, and join with & | ~")

    def _join(self, other: "Answer", decisive: Verdict) -> "Answer":
        ranked = sorted((self, other), key=lambda part: (part.verdict is decisive, part.is_unknown), reverse=True)
        verdict = ranked[0].verdict  # the decisive verdict wins, then the unknown one
        carriers = [part for part in (self, other) if part.verdict is verdict]
        missing = frozenset[str]().union(*(part.missing for part in carriers))
        return Answer(verdict, missing, _merged(*(part.reasons for part in carriers)))


def all_of(*answers: Answer) -> Answer:
    """Yes when every answer is; yes for none at all."""
    return reduce(and_, answers, Answer.yes())


def any_of(*answers: Answer) -> Answer:
    """Yes when one answer is; no for none at all."""
    return reduce(or_, answers, Answer.no())


@dataclass(frozen=True)
class Between:
    """A number known only to lie from `low` to `high`, both counted, until the `missing` facts come in."""

    low: float
    high: float
    missing: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if isnan(self.low) or isnan(self.high) or self.low > self.high:
            raise ValueError(f"an interval runs from low to high, not from {self.low} to {self.high}")

    def __add__(self, other: "Between") -> "Between":
        return Between(self.low + other.low, self.high + other.high, self.missing | other.missing)

    def scale(self, by: float) -> "Between":
        """Each possible number times `by`; a negative factor turns the interval round."""
        low, high = sorted((self.low * by, self.high * by))
        return Between(low, high, self.missing)

    def at_least(self, goal: float) -> Answer:
        """Whether the number reaches `goal`: unknown while the goal lies inside the interval."""
        if self.low >= goal:
            return Answer.yes()
        return Answer.no() if self.high < goal else Answer.unknown(*self.missing)

    def at_most(self, goal: float) -> Answer:
        """Whether the number stays at or under `goal`."""
        return self.scale(-1).at_least(-goal)


def _merged(*groups: tuple[Hashable, ...]) -> tuple[Hashable, ...]:
    """All reasons in order, each once."""
    return tuple(dict.fromkeys(reason for group in groups for reason in group))
