"""The numbers of the survey on a day: points, marks, confidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from hanfeng.kernel.api import values_on
from hanfeng.kernel.pure import declared_parameters

PARAMETERS = declared_parameters(__package__ or "")
"""What the pack declares: (parameter, Chinese title, English title)."""


def points(day: date) -> Mapping[str, float]:
    """Points of each area on a day; together 100."""
    found: Mapping[str, float] = values_on(PARAMETERS, day)["literacy.points"]
    return found


def pass_mark(day: date) -> float:
    """From how many points somebody has scientific literacy."""
    return float(values_on(PARAMETERS, day)["literacy.pass-mark"])


@dataclass(frozen=True)
class Method:
    """How estimates are told: the level of confidence, and the fewest interviews of a group that is shown."""

    confidence: float
    least: int


def method(day: date) -> Method:
    """The method in force on a day."""
    held = values_on(PARAMETERS, day)
    return Method(float(held["literacy.confidence"]), int(held["literacy.least-group"]))
