"""Time shares as officials count them: by months, so that three of five years are 60 per cent and June ends at half a year.

A day counts as passed when it is over; within a month days count evenly.
"""

from calendar import monthrange
from datetime import date


def mark(day: date) -> float:
    """The months since year 0 when `day` is over."""
    return 12 * day.year + day.month - 1 + day.day / monthrange(day.year, day.month)[1]


def opening(day: date) -> float:
    """The months since year 0 when `day` begins; the eve's `mark`."""
    return 12 * day.year + day.month - 1 + (day.day - 1) / monthrange(day.year, day.month)[1]


def elapsed(starts: date, ends: date, day: date) -> float:
    """The share of the term, 0 to 1, that is over with `day`."""
    passed, total = mark(day) - opening(starts), mark(ends) - opening(starts)
    return min(max(passed / total, 0.0), 1.0)


def years_left(day: date, ends: date) -> float:
    """Years from the end of `day` to the end of `ends`; negative past the end."""
    return (mark(ends) - mark(day)) / 12
