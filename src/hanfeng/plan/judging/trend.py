"""The value to expect at a later day, with a band and the chance of reaching the goal.

A straight line (in logarithms for growth) is fitted by least squares; the band is the prediction interval of a new value
from Student's t with n - 2 degrees of freedom, and the chance is the share of that distribution on the good side of
the goal. The distribution function is the finite series for whole degrees of freedom (Abramowitz and Stegun,
Handbook of Mathematical Functions, 1964, 26.7.3 and 26.7.4). Few yearly values and neighbours that resemble each other make
a band too narrow rather than too wide.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import atan, cos, exp, fsum, inf, isfinite, log, pi, sin, sqrt

from hanfeng.plan.judging.clock import mark
from hanfeng.plan.judging.evidence import LEVELS
from hanfeng.plan.judging.terms import Point, Trust

NO_SPREAD = 1e-9
"""Residuals below this share of the largest value are rounding, not spread."""


@dataclass(frozen=True)
class Forecast:
    """The expected value at `at`, the band of probability `level`, and the chance of reaching the goal (None: not given)."""

    at: date
    mid: float
    low: float
    high: float
    level: float
    chance: float | None
    method: str
    points: int


@dataclass(frozen=True)
class _Fit:
    mid: float
    spread: float
    freedom: int


def student(t: float, freedom: int) -> float:
    """The probability that Student's t with a whole number of degrees of freedom is `t` or less."""
    angle = atan(t / sqrt(freedom))
    square, term, series = cos(angle) ** 2, 1.0, 1.0
    odd = freedom % 2 == 1
    for step in range(3 if odd else 2, freedom - 1, 2):
        term *= square * (step - 1) / step
        series += term
    if freedom == 1:
        inside = 2 * angle / pi
    elif odd:
        inside = 2 / pi * (angle + sin(angle) * cos(angle) * series)
    else:
        inside = sin(angle) * series
    return min(max(0.5 + inside / 2, 0.0), 1.0)


def student_quantile(share: float, freedom: int) -> float:
    """The t that leaves `share` (above one half) below it, by bisection."""
    low, high = 0.0, 1.0
    while student(high, freedom) < share and high < 1e12:
        low, high = high, high * 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if student(middle, freedom) < share else (low, middle)
    return (low + high) / 2


def forecast(
    points: Iterable[Point],
    base: tuple[date, float] | None,
    at: date,
    *,
    floor: float | None = None,
    ceiling: float | None = None,
    compound: bool = False,
    level: float = 0.8,
    least: int = 3,
    within: tuple[float | None, float | None] = (None, None),
) -> Forecast | None:
    """The value at `at` from `least` or more single values of the whole, and the base if there is one; None with fewer.

    Leads, ledger values, bounds and parts are left out. The goal is reached from `floor` up to `ceiling`; `compound` fits
    growth; the result is cut to what the quantity can be, `within`.
    """
    values = usable_values(points)
    if len(values) < max(least, 3):
        return None
    if base is not None:
        values.setdefault(*base)
    pairs = [(mark(day) / 12, value) for day, value in sorted(values.items())]
    logs = compound and all(value > 0 for _, value in pairs)
    fit = _fitted([(year, log(value) if logs else value) for year, value in pairs], mark(at) / 12)
    edges = [None if edge is None else _log(edge) if logs else edge for edge in (floor, ceiling)]
    name = "log-linear" if logs else "linear"
    return None if fit is None else _banded(fit, at, level, edges, within, logs, name, len(pairs))


def usable_values(points: Iterable[Point]) -> dict[date, float]:
    """The single confirmed values of the whole by day."""
    usable = [p for p in points if p.trust not in (Trust.LEAD, Trust.LEDGER) and not p.is_part and p.kind in LEVELS]
    return {point.at: point.single for point in usable if point.single is not None}


def forecast_sum(
    so_far: float,
    flows: Sequence[float],
    years: float,
    at: date,
    *,
    floor: float | None = None,
    ceiling: float | None = None,
    level: float = 0.8,
    least: int = 3,
) -> Forecast | None:
    """A sum carried on at the mean of its yearly flows for `years` more; the band from how the flows scatter."""
    count = len(flows)
    if count < max(least, 3) or years < 0:
        return None
    try:
        mean = fsum(flows) / count
        scatter = sqrt(fsum((flow - mean) ** 2 for flow in flows) / (count - 1))
    except OverflowError:
        return None
    scatter = 0.0 if scatter <= NO_SPREAD * max(map(abs, flows)) else scatter
    fit = _Fit(so_far + years * mean, scatter * sqrt(years + years * years / count), count - 1)
    return _banded(fit, at, level, [floor, ceiling], (None, None), False, "mean-flow", count)


def _fitted(pairs: Sequence[tuple[float, float]], year: float) -> _Fit | None:
    """Least squares through (year, value), and the spread of a new value at `year`."""
    count = len(pairs)
    try:
        middle, mean = fsum(x for x, _ in pairs) / count, fsum(y for _, y in pairs) / count
        wide = fsum((x - middle) ** 2 for x, _ in pairs)
        slope = fsum((x - middle) * (y - mean) for x, y in pairs) / wide
        rest = sqrt(fsum((y - mean - slope * (x - middle)) ** 2 for x, y in pairs) / (count - 2))
        rest = 0.0 if rest <= NO_SPREAD * max(abs(y) for _, y in pairs) else rest
        return _Fit(mean + slope * (year - middle), rest * sqrt(1 + 1 / count + (year - middle) ** 2 / wide), count - 2)
    except (OverflowError, ZeroDivisionError, ValueError):
        return None


def _banded(
    fit: _Fit,
    at: date,
    level: float,
    edges: Sequence[float | None],
    within: tuple[float | None, float | None],
    logs: bool,
    name: str,
    count: int,
) -> Forecast | None:
    half = student_quantile(0.5 + level / 2, fit.freedom) * fit.spread
    values = [_exp(value) if logs else value for value in (fit.mid, fit.mid - half, fit.mid + half)]
    if not all(map(isfinite, values)):
        return None
    mid, low, high = (_clipped(value, within) for value in values)
    return Forecast(at, mid, low, high, level, _chance(fit, edges), name, count)


def _chance(fit: _Fit, edges: Sequence[float | None]) -> float | None:
    """The probability of the window; None without a goal or without any scatter to judge by."""
    floor, ceiling = edges
    if fit.spread == 0 or (floor is None and ceiling is None):
        return None
    below = 0.0 if floor is None else student((floor - fit.mid) / fit.spread, fit.freedom)
    above = 1.0 if ceiling is None else student((ceiling - fit.mid) / fit.spread, fit.freedom)
    return max(above - below, 0.0)


def _clipped(value: float, within: tuple[float | None, float | None]) -> float:
    low, high = within
    value = value if low is None else max(value, low)
    return value if high is None else min(value, high)


def _log(value: float) -> float:
    return log(value) if value > 0 else -inf


def _exp(value: float) -> float:
    try:
        return exp(value)
    except OverflowError:
        return inf
