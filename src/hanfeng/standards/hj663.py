"""Means of ambient air and when they count: hours, 8 and 24 hours, days, stations of an area, by GB 3095 and HJ 663.

Concentrations in µg/m³, CO in mg/m³; NaN is a value that is missing or does not count. An hour counts with 45 minutes of
values (`kernel.pure.valid_hour`), a mean of 8 hours with 6 of them, one of 24 hours with 20, ozone of a day with 14 of the
17 means of 8 hours that lie in it; one of fewer counts only when it exceeds the limit.

GB 3095-2012 table 4; HJ 663-2013 clauses 4 and 5. The counts of HJ 663-2026 were not found: those of 2013 are used, unconfirmed.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

LEAST_OF_8, LEAST_OF_24, OZONE_MEANS = 6, 20, 14


def moving(hours: ArrayLike, width: int, least: int) -> Floats:
    """The mean of each hour and the `width - 1` before it; NaN where fewer than `least` of them are there."""
    given: Floats = np.asarray(hours, dtype=np.float64)
    there = ~np.isnan(given)
    total = np.cumsum(np.concatenate(([0.0], np.where(there, given, 0.0))))
    count = np.cumsum(np.concatenate(([0], there)))
    ends = np.arange(1, len(given) + 1)
    starts = np.maximum(ends - width, 0)
    n = count[ends] - count[starts]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(n >= least, (total[ends] - total[starts]) / n, np.nan)


def mean_of_day(hours: ArrayLike, least: int = LEAST_OF_24) -> float:
    """The mean of the 24 hours of a day; NaN with fewer than `least`."""
    given: Floats = np.asarray(hours, dtype=np.float64)
    there = given[~np.isnan(given)]
    return float(there.mean()) if len(there) >= least else float("nan")


def ozone_of_day(hours: ArrayLike, limit: float, least: int = OZONE_MEANS) -> float:
    """The highest mean of 8 hours that lies in a day of 24; NaN with fewer than `least` such means unless it exceeds `limit`."""
    means = moving(hours, 8, LEAST_OF_8)[7:]
    there = means[~np.isnan(means)]
    if not len(there):
        return float("nan")
    most = float(there.max())
    return most if len(there) >= least or most > limit else float("nan")


def area(stations: Sequence[float], share: float) -> float:
    """The mean over the stations of an area; NaN when less than this share of them has a value."""
    there = [value for value in stations if not np.isnan(value)]
    return sum(there) / len(there) if there and len(there) >= share * len(stations) else float("nan")
