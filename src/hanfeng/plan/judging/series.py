"""Points put on the scale of the goal: flows summed since the start, growth rates chained to amounts, years lined up."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import fsum, inf, isfinite, prod

from hanfeng.kernel.pure import Bound
from hanfeng.plan.judging.clock import mark
from hanfeng.plan.judging.evidence import LEVELS
from hanfeng.plan.judging.reasons import Reason
from hanfeng.plan.judging.terms import Goal, Point, Shape
from hanfeng.plan.judging.track import Track, origin


@dataclass(frozen=True)
class Year:
    """One year of a flow or a line to hold: what is known of it, and whether it kept the line (None: not known)."""

    year: int
    value: Bound | None
    met: bool | None
    point: str | None


@dataclass(frozen=True)
class Series:
    """Values comparable with the track, oldest first; the flows behind a sum; the ids that went into them."""

    points: tuple[Point, ...]
    years: tuple[Year, ...] = ()
    flows: tuple[float, ...] = ()
    ids: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()


def series_of(goal: Goal, track: Track, usable: Sequence[Point]) -> Series:
    """The usable points on the scale of the goal."""
    if goal.shape is Shape.SUM:
        return _sums(goal, usable)
    if goal.shape is Shape.GROWTH:
        return _amounts(goal, track, usable)
    return Series(tuple(usable))


def by_year(points: Iterable[Point], first: int, last: int) -> dict[int, Point]:
    """The best point of each year of the term: the whole before a part, the newest day first."""
    found: dict[int, Point] = {}
    for point in sorted(points, key=lambda point: (point.whole, point.at, point.id)):
        if first <= point.of_year <= last:
            found[point.of_year] = point
    return found


def closed(point: Point) -> bool:
    """Whether the point speaks of its whole year."""
    return point.at >= date(point.of_year, 12, 31)


def flow(point: Point) -> Bound | None:
    """What a year's increments come to: a year still open can only add; None when nothing certain is left."""
    if closed(point):
        return point.value
    return None if point.value.low is None else Bound(point.value.low, None, point.value.about)


def total(bounds: Sequence[Bound | None]) -> Bound | None:
    """The sum of amounts that are not negative; an unknown one leaves the upper side open."""
    sides = [(0.0, None) if bound is None else (_floor(bound), bound.high) for bound in bounds]
    highs = [high for _, high in sides if high is not None]
    low, high = added(low for low, _ in sides), added(highs) if len(highs) == len(sides) else inf
    if not isfinite(low) or not sides:
        return None
    about = any(bound.about for bound in bounds if bound is not None)
    return Bound(low, high if isfinite(high) else None, about)


def _floor(bound: Bound) -> float:
    return bound.low if bound.low is not None else min(0.0, bound.high or 0.0)


def added(numbers: Iterable[float]) -> float:
    """Their exact sum; infinity when it is too large."""
    try:
        return fsum(numbers)
    except OverflowError:
        return inf


def _last_year(goal: Goal) -> int:
    return date.max.year if goal.ends is None else goal.ends.year


def _sums(goal: Goal, usable: Sequence[Point]) -> Series:
    totals = [point for point in usable if point.kind != "increment"]
    found = by_year((point for point in usable if point.kind == "increment"), goal.starts.year, _last_year(goal))
    if not found:
        return Series(tuple(totals), ids=tuple(point.id for point in totals))
    newest = found[max(found)]
    span = range(goal.starts.year, newest.of_year + 1)
    missing = tuple(year for year in span if year not in found)
    # To the day of the newest flow the sum is exact, so an open last year counts as published.
    bounds = [found[year].value if year == newest.of_year else flow(found[year]) for year in span if year in found]
    value = total([*bounds, *[None for _ in missing]])
    whole = not missing and all(found[year].whole for year in span)
    summed = [] if value is None else [replace(newest, at=_within(newest), value=value, kind="cumulative", whole=whole)]
    years = tuple(_year(year, found.get(year)) for year in span)
    full = [point for _, point in sorted(found.items()) if point.whole and closed(point)]
    flows = tuple(point.single for point in full if point.single is not None)
    said = (Reason("year-missing", {"years": missing}),) if missing else ()
    points = sorted([*totals, *summed], key=lambda point: (point.at, point.whole, point.kind == "cumulative"))
    ids = tuple(point.id for point in [*totals, *found.values()])
    return Series(tuple(points), years, flows, ids, said)


def _within(point: Point) -> date:
    """The last day the flow speaks of, not later than its year."""
    return min(point.at, date(point.of_year, 12, 31))


def _year(year: int, point: Point | None) -> Year:
    return Year(year, None, None, None) if point is None else Year(year, point.value, None, point.id)


def _amounts(goal: Goal, track: Track, usable: Sequence[Point]) -> Series:
    """Growth as amounts: amounts as published where there is a base, averages and rates compounded from the base."""
    base = track.base or 0.0
    chained, said = _chained(goal, base, [point for point in usable if point.kind == "rate"])
    averaged = [_averaged(goal, base, point) for point in usable if point.kind == "average"]
    amounts = [point for point in usable if point.kind in LEVELS and goal.base is not None]
    every = [*chained, *(point for point in averaged if point is not None), *amounts]
    order = sorted(every, key=lambda point: point.at)  # stable: of one day's values the amount as published comes last
    return Series(tuple(order), ids=tuple(point.id for point in order), reasons=said)


def each(bound: Bound, change: Callable[[float], float], falling: bool = False) -> Bound | None:
    """A bound through a function that only rises (or only falls); a side too large to compute is left open."""

    def side(value: float | None) -> float | None:
        try:
            changed = None if value is None else change(value)
        except (OverflowError, ZeroDivisionError):
            return None
        return changed if changed is not None and isfinite(changed) else None

    low, high = side(bound.low), side(bound.high)
    low, high = (high, low) if falling else (low, high)
    if low is None and high is None:
        return None
    if low is not None and high is not None and low > high:
        low = high = (low + high) / 2  # rounding at the edge of what floats hold
    return Bound(low, high, bound.about)


def _averaged(goal: Goal, base: float, point: Point) -> Point | None:
    years = (mark(point.at) - origin(goal)) / 12
    value = each(point.value, lambda rate: base * float(max(1 + rate / 100, 0.0) ** years)) if years > 0 else None
    return None if value is None else replace(point, value=value, kind="level")


def _chained(goal: Goal, base: float, rates: Sequence[Point]) -> tuple[list[Point], tuple[Reason, ...]]:
    """Amounts at each year's end, as far as rates follow one another without a gap."""
    first = int(origin(goal) // 12)
    found = by_year((point for point in rates if closed(point)), first, _last_year(goal))
    chained: list[Point] = []
    bounds: list[Bound] = []
    for year, point in sorted(found.items()):
        if year != first + len(bounds):
            missing = tuple(range(first + len(bounds), year))
            return chained, (Reason("rate-gap", {"years": missing}),)
        bounds.append(point.value)
        value = _compounded(base, bounds)
        if value is not None:
            chained.append(replace(point, value=value, kind="level"))
    return chained, ()


def _compounded(base: float, rates: Sequence[Bound]) -> Bound | None:
    lows = [rate.low for rate in rates if rate.low is not None]
    highs = [rate.high for rate in rates if rate.high is not None]
    low = base * prod(max(1 + rate / 100, 0.0) for rate in lows) if len(lows) == len(rates) else 0.0
    high = base * prod(max(1 + rate / 100, 0.0) for rate in highs) if len(highs) == len(rates) else inf
    if not isfinite(low):
        return None
    return Bound(low, high if isfinite(high) else None, any(rate.about for rate in rates))
