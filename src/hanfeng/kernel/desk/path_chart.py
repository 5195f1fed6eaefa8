"""The chart of one indicator of a plan: planned path, target, readings, forecast. Geometry only; a template draws it.

Times are days, values in the unit of the indicator. A figure of a year stands at that year's last day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import ceil, floor

from hanfeng.kernel.base.bound import Bound
from hanfeng.kernel.desk.marks import nice_step


@dataclass(frozen=True)
class Dot:
    """One reading on its day: exact or a bound. A lead is a value that no competent body has confirmed; it never judges."""

    at: date
    bound: Bound
    lead: bool = False
    label: str = ""

    @property
    def value(self) -> float:
        """Where it stands on the chart: the certain side of a bound, the middle of a range."""
        low, high = self.bound.low, self.bound.high
        return (low + high) / 2 if low is not None and high is not None else low if low is not None else high or 0.0


@dataclass(frozen=True)
class PathChart:
    """What is to be drawn. `path` starts at the base; `band` is (day, low, high), best from the last reading on."""

    title: str
    unit: str = ""
    path: tuple[tuple[date, float], ...] = ()
    target: tuple[date, float] | None = None
    dots: tuple[Dot, ...] = ()
    band: tuple[tuple[date, float, float], ...] = ()
    now: date | None = None
    decimals: int | None = None
    tone: str = "info"


@dataclass(frozen=True)
class Size:
    """A box and its margins, in the units of the drawing; `ticks` says whether it has a scale at its side."""

    width: float
    height: float
    top: float
    right: float
    bottom: float
    left: float
    ticks: bool

    @property
    def axis(self) -> float:
        """The height of the time axis."""
        return self.height - self.bottom

    @property
    def end(self) -> float:
        """The right end of the time axis."""
        return self.width - self.right


CARD = Size(248, 100, 18, 9, 17, 9, False)
PAGE = Size(760, 300, 22, 108, 26, 54, True)


@dataclass(frozen=True)
class Placed:
    """A reading on the drawing; `arrow` is the `d` of the arrow or whisker of a bound, empty for an exact value."""

    x: float
    y: float
    dot: Dot
    arrow: str


@dataclass(frozen=True)
class Tick:
    """A mark of a scale and its value."""

    at: float
    value: float


@dataclass(frozen=True)
class PathDrawing:
    """Everything placed. Paths are `d` attributes, empty when there is nothing to draw; `outcome` is for the forecast's words."""

    size: Size
    path: str
    trend: str
    band: str
    middle: str
    target: Tick | None
    target_x: float
    outcome: Tick | None
    base: Tick | None
    base_x: float
    now: float | None
    dots: tuple[Placed, ...]
    years: tuple[Tick, ...]
    values: tuple[Tick, ...]


def year_of(day: date) -> float:
    """The end of a day as a decimal year: 31 December 2025 is 2026.0."""
    start, end = date(day.year, 1, 1).toordinal(), date(day.year + 1, 1, 1).toordinal()
    return round(day.year + (day.toordinal() + 1 - start) / (end - start), 4)


class _Scale:
    """Days and values to places in a box."""

    def __init__(self, chart: PathChart, size: Size) -> None:
        times = [year_of(day) for day in _days(chart)] or [0.0, 1.0]
        values = list(_values(chart)) or [0.0, 1.0]
        self.size = size
        self.t0, self.t1 = min(times), max(times)
        if self.t1 == self.t0:
            self.t1 = self.t0 + 1
        self.v0, self.v1 = min(values), max(values)
        room = (self.v1 - self.v0 or abs(self.v1) or 1) * 0.06
        self.v0, self.v1 = self.v0 - room, self.v1 + room

    def x(self, day: date) -> float:
        return self.x_of(year_of(day))

    def x_of(self, year: float) -> float:
        wide = self.size.end - self.size.left
        return round(self.size.left + (year - self.t0) / (self.t1 - self.t0) * wide, 1)

    def y(self, value: float) -> float:
        high = self.size.axis - self.size.top
        return round(self.size.top + (self.v1 - value) / (self.v1 - self.v0) * high, 1)


def _days(chart: PathChart) -> Iterator[date]:
    yield from (t for t, _ in chart.path)
    yield from (d.at for d in chart.dots)
    yield from (t for t, _, _ in chart.band)
    if chart.target:
        yield chart.target[0]


def _values(chart: PathChart) -> Iterator[float]:
    yield from (v for _, v in chart.path)
    for dot in chart.dots:
        yield from (side for side in (dot.bound.low, dot.bound.high) if side is not None)
    for _, low, high in chart.band:
        yield from (low, high)
    if chart.target:
        yield chart.target[1]


def _line(points: list[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{x:g},{y:g}" for x, y in points) if len(points) > 1 else ""


def _arrow(dot: Dot, scale: _Scale) -> str:
    """An arrow up for "at least", down for "at most", a whisker for a range, short strokes for "about"."""
    x, y = scale.x(dot.at), scale.y(dot.value)
    low, high = dot.bound.low, dot.bound.high
    if high is None:
        return f"M{x:g},{y - 5:g} v-10 m-3.5,3.5 l3.5,-3.5 l3.5,3.5"
    if low is None:
        return f"M{x:g},{y + 5:g} v10 m-3.5,-3.5 l3.5,3.5 l3.5,-3.5"
    if low != high:
        return f"M{x - 4:g},{scale.y(low):g} h8 m-4,0 V{scale.y(high):g} m-4,0 h8"
    return f"M{x:g},{y - 5:g} v-4 M{x:g},{y + 5:g} v4" if dot.bound.about else ""


def _year_ticks(scale: _Scale, ticks: bool) -> tuple[Tick, ...]:
    """The label at a place is the year that ends there."""
    first, last = ceil(scale.t0 - 0.001), floor(scale.t1 + 0.001)
    years = range(first, last + 1) if ticks else sorted({first, last})
    return tuple(Tick(scale.x_of(y), y - 1) for y in years)


def _value_ticks(scale: _Scale) -> tuple[Tick, ...]:
    step = nice_step(scale.v1 - scale.v0)
    first, last = ceil(scale.v0 / step), floor(scale.v1 / step)
    return tuple(Tick(scale.y(i * step), round(i * step, 10)) for i in range(first, last + 1))


def _now(chart: PathChart, scale: _Scale) -> float | None:
    inside = chart.now is not None and scale.t0 <= year_of(chart.now) <= scale.t1
    return scale.x(chart.now) if inside and chart.now is not None else None


def _outcome(middle: list[tuple[float, float]], target: float | None) -> Tick | None:
    """The height of the forecast's words, kept clear of the target's."""
    if len(middle) < 2:
        return None
    y = middle[-1][1]
    if target is not None and abs(y - target) < 19:
        y = target + (19 if y >= target else -19)
    return Tick(round(y, 1), 0)


def draw_path(chart: PathChart, size: Size = CARD) -> PathDrawing:
    """Place everything of a chart in a box."""
    scale = _Scale(chart, size)
    dots = tuple(sorted(chart.dots, key=lambda d: d.at))
    sure = [(scale.x(d.at), scale.y(d.value)) for d in dots if not d.lead and d.bound.value is not None]
    low = [(scale.x(t), scale.y(v)) for t, v, _ in chart.band]
    high = [(scale.x(t), scale.y(v)) for t, _, v in chart.band]
    middle = [(x, round((a + b) / 2, 1)) for (x, a), (_, b) in zip(low, high, strict=True)]
    area = _line(high + low[::-1])
    target, base = chart.target, chart.path[0] if chart.path else None
    return PathDrawing(
        size=size,
        path=_line([(scale.x(t), scale.y(v)) for t, v in chart.path]),
        trend=_line(sure),
        band=f"{area} Z" if len(chart.band) > 1 else "",
        middle=_line(middle),
        target=Tick(scale.y(target[1]), target[1]) if target else None,
        target_x=scale.x(target[0]) if target else 0,
        outcome=_outcome(middle, scale.y(target[1]) if target else None),
        base=Tick(scale.y(base[1]), base[1]) if base else None,
        base_x=scale.x(base[0]) if base else 0,
        now=_now(chart, scale),
        dots=tuple(Placed(scale.x(d.at), scale.y(d.value), d, _arrow(d, scale)) for d in dots),
        years=_year_ticks(scale, size.ticks),
        values=_value_ticks(scale) if size.ticks else (),
    )
