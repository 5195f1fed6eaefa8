"""When data of continuous emission monitoring are valid, and what they are converted to (HJ 75-2017, HJ 76-2017).

Concentrations dry, at standard state. Counts are of minutes, hours and days within the hour, day and month asked about.
"""

from dataclasses import dataclass

MINUTES, HOURS, DAYS, DAYS_FEBRUARY = 45, 20, 25, 23
"""HJ 76-2017 appendix B: a valid hour has 45 valid minutes, a day 20 valid hours, a month 25 valid days (February 23)."""


@dataclass(frozen=True)
class Mark:
    """A device mark of HJ 212: whether its value counts in means, and what it says."""

    code: str
    counts: bool
    says: str


MARKS = {
    mark.code: mark
    for mark in (
        Mark("N", True, "normal"),
        Mark("F", False, "plant stopped"),
        Mark("M", False, "maintenance"),
        Mark("S", False, "set by hand"),
        Mark("D", False, "instrument fault"),
        Mark("C", False, "calibration"),
        Mark("T", False, "over range"),
        Mark("B", False, "communication fault"),
    )
}
"""Only N counts; F means that nothing was emitted, which is not a missing value."""


def valid_hour(minutes: int) -> bool:
    """Whether an hour with so many valid minutes is valid."""
    return minutes >= MINUTES


def valid_day(hours: int) -> bool:
    """Whether a day with so many valid hours is valid."""
    return hours >= HOURS


def valid_month(days: int, month: int) -> bool:
    """Whether a month (1 to 12) with so many valid days is valid."""
    return days >= (DAYS_FEBRUARY if month == 2 else DAYS)


def converted(concentration: float, oxygen: float, reference: float) -> float | None:
    """A concentration at the reference oxygen content: C (21 - O2 ref) / (21 - O2 measured), both in percent by volume.

    None when the measured oxygen is that of air or more: then nothing burns, and a conversion would invent a number.
    The form is not confirmed in print.
    """
    if oxygen >= 21:
        return None
    return concentration * (21 - reference) / (21 - oxygen)
