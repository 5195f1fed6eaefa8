"""The values around an alert as a small drawing: the line, the limit, when it was over. No Django."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, EDGE = 640.0, 160.0, 10.0
MOST = 400


@dataclass(frozen=True)
class Curve:
    """Paths in a box of WIDTH by HEIGHT; `limit` is the height of the limit, `over` the stretches above it as (x, width)."""

    line: str
    limit: float | None
    over: tuple[tuple[float, float], ...]
    low: float
    high: float


def draw(
    points: Sequence[tuple[int, float]], limit: float | None, over: Sequence[tuple[int, int]] = ()
) -> Curve | None:
    """Draw (milliseconds, value) pairs in the order of time; None with fewer than two."""
    if len(points) < 2 or points[-1][0] == points[0][0]:
        return None
    shown = _thinned(points)
    values = [value for _time, value in shown] + ([] if limit is None else [limit])
    low, high = min(values), max(values)
    span = high - low or 1.0
    first, last = shown[0][0], shown[-1][0]

    def x(time: int) -> float:
        return round(WIDTH * (min(max(time, first), last) - first) / (last - first), 1)

    def y(value: float) -> float:
        return round(HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (value - low) / span, 1)

    line = "M" + "L".join(f"{x(time)} {y(value)}" for time, value in shown)
    spans = tuple((x(a), round(max(x(b) - x(a), 1.0), 1)) for a, b in over)
    return Curve(line, None if limit is None else y(limit), spans, low, high)


def _thinned(points: Sequence[tuple[int, float]]) -> Sequence[tuple[int, float]]:
    """Of each stretch the lowest and the highest value, so that no peak is lost."""
    if len(points) <= MOST:
        return points
    size = len(points) * 2 // MOST + 1
    kept: list[tuple[int, float]] = []
    for start in range(0, len(points), size):
        part = points[start : start + size]
        kept += sorted({min(part, key=lambda p: p[1]), max(part, key=lambda p: p[1])})
    return kept
