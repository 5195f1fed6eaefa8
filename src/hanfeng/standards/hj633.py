"""Air quality index (AQI) by HJ 633, the edition of 2012 and that of 2026, keyed by the day of observation.

Concentrations in µg/m³, CO in mg/m³. Items are named pollutant and averaging time: `pm25_24h`, `o3_8h`, `co_1h`. Arrays of any
shape are welcome; a value that is missing, or that an edition gives no index for, is NaN, never zero.

HJ 633-2012, up to 2026-02-28, table 1, clauses 4.2 to 4.4; HJ 633-2026, in force from 2026-03-01, table 3,
clauses 4.2 and 5.3. Read in reprints of the standards, not in the official print.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hanfeng.kernel.pure import Fault, Words, gettext_noop

Floats = NDArray[np.float64]

INDEX = (0, 50, 100, 150, 200, 300, 400, 500)
"""The indices of the break points; an item with fewer break points ends earlier."""

_COMMON: dict[str, tuple[float, ...]] = {
    "so2_24h": (0, 50, 150, 475, 800, 1600, 2100, 2620),
    "so2_1h": (0, 150, 500, 650, 800),
    "no2_24h": (0, 40, 80, 180, 280, 565, 750, 940),
    "no2_1h": (0, 100, 200, 700, 1200, 2340, 3090, 3840),
    "co_24h": (0, 2, 4, 14, 24, 36, 48, 60),
    "co_1h": (0, 5, 10, 35, 60, 90, 120, 150),
    "o3_1h": (0, 160, 200, 300, 400, 800, 1000, 1200),
    "o3_8h": (0, 100, 160, 215, 265, 800),
}

_ITEMS = (*_COMMON, "pm10_24h", "pm25_24h")

DAILY = ("so2_24h", "no2_24h", "co_24h", "o3_8h", "pm10_24h", "pm25_24h")
"""The items of the daily report."""

HOURLY = ("so2_1h", "no2_1h", "co_1h", "o3_1h", "pm10_24h", "pm25_24h")
"""The items of the hourly report: particles are judged by the break points of 24 hours."""


@dataclass(frozen=True)
class Edition:
    """One edition of HJ 633. `above` is the index of what lies over the last break point; no entry means no index at all."""

    document: str
    valid_from: date
    valid_to: date | None
    breaks: Mapping[str, tuple[float, ...]]
    above: Mapping[str, float]
    hourly_particles: str
    needs_all: bool


HJ633_2012 = Edition(
    "HJ 633-2012",
    date(2012, 2, 29),
    date(2026, 3, 1),
    {**_COMMON, "pm10_24h": (0, 50, 150, 250, 350, 420, 500, 600), "pm25_24h": (0, 35, 75, 115, 150, 250, 350, 500)},
    {name: 500.0 for name in _ITEMS if name not in ("so2_1h", "o3_8h")},
    "moving mean of 24 hours",
    needs_all=False,
)
HJ633_2026 = Edition(
    "HJ 633-2026",
    date(2026, 3, 1),
    None,
    {**_COMMON, "pm10_24h": (0, 50, 120, 250, 350, 420, 500, 600), "pm25_24h": (0, 35, 60, 115, 150, 250, 350, 500)},
    {**dict.fromkeys(_ITEMS, 500.0), "so2_1h": 200.0, "o3_8h": 300.0},
    "mean of 1 hour",
    needs_all=True,
)
EDITIONS = (HJ633_2012, HJ633_2026)


def edition(day: date) -> Edition:
    """The edition by which an observation of that day is judged. Raises Fault before the first edition."""
    for found in reversed(EDITIONS):
        if found.valid_from <= day:
            return found
    told = gettext_noop("No edition of HJ 633 covers %(day)s: the first holds from %(first)s.")
    raise Fault("no_edition", told, {"day": day, "first": EDITIONS[0].valid_from})


@dataclass(frozen=True)
class Level:
    """One of the six levels: its number, the highest index that belongs to it, its name and its colour."""

    number: int
    most: int
    key: str
    title: Words
    colour: str


LEVELS = (
    Level(1, 50, "excellent", Words("优", "excellent"), "#00e400"),
    Level(2, 100, "good", Words("良", "good"), "#ffff00"),
    Level(3, 150, "light", Words("轻度污染", "light pollution"), "#ff7e00"),
    Level(4, 200, "moderate", Words("中度污染", "moderate pollution"), "#ff0000"),
    Level(5, 300, "heavy", Words("重度污染", "heavy pollution"), "#99004c"),
    Level(6, 500, "severe", Words("严重污染", "severe pollution"), "#7e0023"),
)
"""Levels and colours by table 2; the purple of level 5 is not confirmed in the official print."""


def level(index: float) -> Level:
    """The level of an index from 0 to 500."""
    return next(found for found in LEVELS if index <= found.most)


def rounded(item: str, concentration: ArrayLike) -> Floats:
    """Concentrations as they are judged: whole µg/m³, CO to 0.1 mg/m³, half to even (GB/T 8170-2008)."""
    places = 1 if item.startswith("co_") else 0
    # a reading such as 60.5 that carries the noise of a float is taken for what was written
    exact: Floats = np.asarray(concentration, dtype=np.float64)
    return np.round(np.round(exact, 9), places)


def iaqi(item: str, concentration: ArrayLike, by: Edition) -> Floats:
    """The individual index of concentrations of one item, rounded up to a whole number (clause 4.2, formula 1).

    NaN where the concentration is missing or negative, or where the edition gives none (2012: SO2 of 1 hour above 800,
    O3 of 8 hours above 800). Raises KeyError for an item the standard does not know.
    """
    points = by.breaks[item]
    value = rounded(item, concentration)
    exact = np.interp(value, points, INDEX[: len(points)])
    index = np.ceil(np.round(exact, 9))
    index = np.where(value > points[-1], by.above.get(item, np.nan), index)
    return np.where(np.isnan(value) | (value < 0), np.nan, index)


@dataclass(frozen=True)
class Aqi:
    """The index of one station and time: the value (None where none may be given), what decides it, and each item's own."""

    value: int | None
    primary: tuple[str, ...]
    items: Mapping[str, int]
    missing: tuple[str, ...]
    document: str

    @property
    def level(self) -> Level | None:
        return None if self.value is None else level(self.value)


def aqi(concentrations: Mapping[str, float | None], day: date, items: tuple[str, ...] = DAILY) -> Aqi:
    """The index of one report: the largest individual index; primary pollutants are those that reach it above 50 (clause 4.4).

    With the edition of 2026 an index of at most 100 is not given while an item is missing (clause 5.3.1): `value` is None.
    """
    by = edition(day)
    given = {item: value for item in items if (value := concentrations.get(item)) is not None}
    found = {item: float(iaqi(item, value, by)) for item, value in given.items()}
    known = {item: int(index) for item, index in found.items() if not np.isnan(index)}
    missing = tuple(item for item in items if item not in known)
    most = max(known.values(), default=None)
    withheld = most is None or (by.needs_all and missing and most <= 100)
    primary = tuple(item for item, index in known.items() if index == most and index > 50)
    return Aqi(None if withheld else most, () if withheld else primary, known, missing, by.document)


def _check() -> None:
    for by in EDITIONS:
        for item, points in by.breaks.items():
            if any(low >= high for low, high in pairwise(points)):
                raise ValueError(f"{by.document}, {item}: break points must rise")


_check()
