"""The wide chart of a target: its path and published values as on its card, and the series of the ledger beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hanfeng.kernel.base.bound import Bound
from hanfeng.kernel.desk.path_chart import PAGE, Dot, PathChart, PathDrawing, Placed, Size, draw_path
from hanfeng.plan.assessed import Assessed, LedgerFigure
from hanfeng.plan.page import path_chart

PHONE = Size(360, 220, 18, 14, 22, 40, True)


@dataclass(frozen=True)
class Series:
    """One series of the ledger as drawn: the figure, its line, its points, and where its name stands."""

    figure: LedgerFigure
    key: str
    line: str
    dots: tuple[Placed, ...]


@dataclass(frozen=True)
class Drawing:
    """The chart in one size. `published` and `leads` are the placed values, `trend` the line through the published ones."""

    name: str
    base: PathDrawing
    published: tuple[Placed, ...]
    leads: tuple[Placed, ...]
    trend: str
    series: tuple[Series, ...]


@dataclass(frozen=True)
class Course:
    """What the chart shows and its drawings: wide, and small for a phone."""

    chart: PathChart
    drawings: tuple[Drawing, ...]
    series: tuple[dict[str, Any], ...]

    @property
    def years(self) -> list[dict[str, Any]]:
        """The figures of the chart that nobody published, by day: the planned one, and each series of the ledger."""
        counted = [{day: value for day, value, _demo in each["figure"].history} for each in self.series]
        planned = dict(self.chart.path)
        days = sorted({*planned, *(day for values in counted for day in values)})
        return [
            {"day": day, "planned": planned.get(day), "counted": [values.get(day) for values in counted]}
            for day in days
        ]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw but the axes."""
        return not (self.chart.path or self.chart.dots or self.series)


def course_of(row: Assessed) -> Course:
    """The chart of a judged target."""
    chart = path_chart(row) or PathChart(row.name)
    known = [figure for figure in row.ledger if any(value is not None for _day, value, _demo in figure.history)]
    ledgers = [(f"series-{place % 2}", figure, _dots(figure)) for place, figure in enumerate(known)]
    sizes = (("page", PAGE), ("card", PHONE))
    drawings = tuple(_drawing(name, size, chart, ledgers) for name, size in sizes)
    return Course(chart, drawings, tuple({"key": key, "figure": figure} for key, figure, _d in ledgers))


def _dots(figure: LedgerFigure) -> tuple[Dot, ...]:
    return tuple(
        Dot(day, Bound.exact(value), label=figure.series_title)
        for day, value, _demo in figure.history
        if value is not None
    )


def _drawing(
    name: str, size: Size, chart: PathChart, ledgers: list[tuple[str, LedgerFigure, tuple[Dot, ...]]]
) -> Drawing:
    """Everything on one scale: the ledger's points are placed with the published ones, and drawn as lines of their own."""
    every = replace(chart, dots=(*chart.dots, *(dot for _key, _figure, dots in ledgers for dot in dots)))
    base = draw_path(every, size)
    placed = {id(place.dot): place for place in base.dots}
    own = tuple(placed[id(dot)] for dot in sorted(chart.dots, key=lambda dot: dot.at))
    sure = [place for place in own if not place.dot.lead and place.dot.bound.value is not None]
    series = [(key, figure, tuple(placed[id(dot)] for dot in dots)) for key, figure, dots in ledgers]
    return Drawing(
        name=name,
        base=base,
        published=tuple(place for place in own if not place.dot.lead),
        leads=tuple(place for place in own if place.dot.lead),
        trend=_line(sure),
        series=tuple(Series(figure, key, _line(places), places) for key, figure, places in series),
    )


def _line(places: list[Placed] | tuple[Placed, ...]) -> str:
    return "M" + " L".join(f"{place.x:g},{place.y:g}" for place in places) if len(places) > 1 else ""
