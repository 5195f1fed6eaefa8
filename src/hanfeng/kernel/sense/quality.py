"""What an observation is worth: the mark of its device, then automatic checks; and when an hour, a day, a month is valid.

Pure functions, no Django. A check sets a bit and lowers the quality; it never changes the value or the mark.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


class Quality(IntEnum):
    """The verdict on one value. Means and exceedances are taken over VALID and ESTIMATED."""

    VALID = 0
    SUSPECT = 1
    INVALID = 2
    MAINTENANCE = 3
    CALIBRATION = 4
    ESTIMATED = 5


COUNTED = (Quality.VALID, Quality.ESTIMATED)


class Check(IntFlag):
    """Which automatic check spoke; PERSON stands for a verdict that somebody gave."""

    RANGE = 1
    STEP = 2
    STUCK = 4
    NEIGHBOUR = 8
    FUTURE = 16
    MARK = 32
    PERSON = 64


MARKS: Mapping[str, Quality] = {
    "": Quality.VALID,
    "N": Quality.VALID,
    "F": Quality.VALID,
    "S": Quality.ESTIMATED,
    "M": Quality.MAINTENANCE,
    "C": Quality.CALIBRATION,
    "D": Quality.INVALID,
    "B": Quality.INVALID,
    "T": Quality.SUSPECT,
}
"""HJ 212 data flags: N normal, F plant stopped (a true zero), S set by hand, M maintenance, C calibration, D device fault,
B communication fault, T over range. A mark that is not listed makes a value suspect."""

STOPPED = "F"
"""The mark of a plant that stands still: its values do not move, and are right."""

FUTURE_MS = 10 * 60_000
"""How far ahead of our clock a device's clock may run before its values become suspect (ours)."""


@dataclass(frozen=True)
class Checks:
    """What a datastream is checked by; None leaves a check out. Units are those of the datastream.

    `low`/`high`: the physical range, outside which a value is invalid. `step`: the largest credible change from the value
    before, per `step_ms` where given. `stuck_ms`: for how long a value may stay exactly the same. `neighbour`: the key of a
    datastream that measures nearly the same, `within`: by how much the two may differ.
    """

    low: float | None = None
    high: float | None = None
    step: float | None = None
    stuck_ms: int | None = None
    neighbour: int | None = None
    within: float | None = None
    marks: Mapping[str, Quality] | None = None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Checks:
        """From what a datastream keeps: low, high, step, stuck_minutes, neighbour, within, marks {letter: name}."""
        minutes = data.get("stuck_minutes")
        marks = data.get("marks")
        return cls(
            low=data.get("low"), high=data.get("high"), step=data.get("step"),
            stuck_ms=None if minutes is None else int(minutes * 60_000),
            neighbour=data.get("neighbour"), within=data.get("within"),
            marks={k: Quality[v.upper()] for k, v in marks.items()} if marks else None,
        )  # fmt: skip


NO_CHECKS = Checks()
NEIGHBOUR_MS = 3_600_000


def by_mark(mark: str, marks: Mapping[str, Quality] | None = None) -> Quality:
    """What the device's own mark makes of a value."""
    return (marks or MARKS).get(mark, Quality.SUSPECT)


def judge(
    value: float | None,
    mark: str,
    checks: Checks,
    *,
    before: float | None = None,
    same_ms: int = 0,
    ahead_ms: int = 0,
    neighbour: float | None = None,
) -> tuple[Quality, Check]:
    """The verdict on one value and the checks that spoke.

    `before` is the value that precedes it in time, `same_ms` for how long the value has not changed, `ahead_ms` how far its
    time lies ahead of our clock, `neighbour` the value beside it.
    """
    quality, spoke = by_mark(mark, checks.marks), Check(0)
    if quality is not Quality.VALID:
        spoke |= Check.MARK
    if ahead_ms > FUTURE_MS:
        spoke |= Check.FUTURE
    if value is not None:
        if (checks.low is not None and value < checks.low) or (checks.high is not None and value > checks.high):
            spoke |= Check.RANGE
        if checks.step is not None and before is not None and abs(value - before) > checks.step:
            spoke |= Check.STEP
        if checks.stuck_ms is not None and same_ms > checks.stuck_ms and mark != STOPPED:
            spoke |= Check.STUCK
        if checks.within is not None and neighbour is not None and abs(value - neighbour) > checks.within:
            spoke |= Check.NEIGHBOUR
    if quality in COUNTED:
        if spoke & Check.RANGE:
            quality = Quality.INVALID
        elif spoke & (Check.STEP | Check.STUCK | Check.NEIGHBOUR | Check.FUTURE):
            quality = Quality.SUSPECT
    return quality, spoke


def judge_all(
    times: np.ndarray[Any, np.dtype[np.int64]],
    values: np.ndarray[Any, np.dtype[np.float64]],
    since: np.ndarray[Any, np.dtype[np.int64]],
    checks: Checks,
    *,
    before: float,
    now: int,
    neighbour: tuple[int, float | None] | None = None,
) -> tuple[list[int], list[int]]:
    """`judge` for many numbers without a mark, in the order of their times: the verdicts, and the checks that spoke.

    `since` is when each value began to be what it is, `before` the number ahead of the first (NaN when there is none),
    `neighbour` the time and number of the last value beside them.
    """
    import numpy as np  # the rest of this module, which pure rules load too, needs none

    mark = by_mark("", checks.marks)
    spoke = np.full(len(times), 0 if mark is Quality.VALID else Check.MARK, np.int16)
    spoke[times - now > FUTURE_MS] |= Check.FUTURE
    for bad, check in (
        (values < _or(checks.low, -math.inf), Check.RANGE),
        (values > _or(checks.high, math.inf), Check.RANGE),
        (np.abs(values - np.append(before, values[:-1])) > _or(checks.step, math.inf), Check.STEP),
        (times - since > _or(checks.stuck_ms, math.inf), Check.STUCK),
    ):
        spoke[bad] |= check
    at, beside = neighbour or (0, None)
    if checks.within is not None and beside is not None:
        spoke[(np.abs(times - at) <= NEIGHBOUR_MS) & (np.abs(values - beside) > checks.within)] |= Check.NEIGHBOUR
    quality = np.full(len(times), mark, np.int16)
    if mark in COUNTED:
        quality[spoke & (Check.STEP | Check.STUCK | Check.NEIGHBOUR | Check.FUTURE) != 0] = Quality.SUSPECT
        quality[spoke & Check.RANGE != 0] = Quality.INVALID
    return quality.tolist(), spoke.tolist()


def _or(limit: float | None, none: float) -> float:
    return none if limit is None else limit


# --- validity of hours, days, months ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sufficiency:
    """How much must be there for a mean to count: HJ 75/76 and HJ 212 devices by default (45 min, 20 h, 25 d, February 23)."""

    minutes: int = 45
    hours: int = 20
    days: int = 25
    february: int = 23


CEMS = Sufficiency()
"""HJ 76 annex B: an hour needs 45 valid minutes, a day 20 valid hours, a month 25 valid days (February 23)."""
AIR = Sufficiency(minutes=45, hours=20, days=27, february=25)
"""HJ 663: as CEMS, and 27 valid days a month (February 25). The counts of months are unconfirmed."""


def valid_hour(valid: int, interval_s: float, rule: Sufficiency = CEMS) -> bool:
    """Whether an hour with so many valid values, one each `interval_s` seconds, counts."""
    wanted = math.ceil(rule.minutes * 60 / interval_s) if interval_s < 3600 else 1
    return valid >= max(1, wanted)


def valid_day(valid_hours: int, rule: Sufficiency = CEMS) -> bool:
    """Whether a day with so many valid hours counts."""
    return valid_hours >= rule.hours


def valid_month(valid_days: int, year: int, month: int, rule: Sufficiency = CEMS) -> bool:
    """Whether a month with so many valid days counts."""
    wanted = rule.february if month == 2 else rule.days
    return valid_days >= min(wanted, calendar.monthrange(year, month)[1])
