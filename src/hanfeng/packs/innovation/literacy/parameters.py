"""The numbers of the survey on a day: points, marks, confidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from hanfeng.kernel.api import parameter
from hanfeng.kernel.pure import NoParameter, declared_parameters

PARAMETERS = declared_parameters(__package__ or "")
"""What the pack declares: (parameter, Chinese title, English title)."""
_VALUES = {declared.name: declared.value for declared, _zh, _en in PARAMETERS}


def _value(name: str, day: date) -> Any:
    """The kept version of a day, else what the pack declares: a site without its parameters still computes."""
    try:
        return parameter(name, day).value
    except NoParameter:
        return _VALUES[name]


def points(day: date) -> Mapping[str, float]:
    """Points of each area on a day; together 100."""
    found: Mapping[str, float] = _value("literacy.points", day)
    return found


def pass_mark(day: date) -> float:
    """From how many points somebody has scientific literacy."""
    return float(_value("literacy.pass-mark", day))


@dataclass(frozen=True)
class Method:
    """How estimates are told: the level of confidence, and the fewest interviews of a group that is shown."""

    confidence: float
    least: int


def method(day: date) -> Method:
    """The method in force on a day."""
    return Method(float(_value("literacy.confidence", day)), int(_value("literacy.least-group", day)))
