"""The small drawings: a sparkline, a progress bar, a five-step ramp for tiles. Geometry only; the templates draw it."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor, log10

from hanfeng.kernel.base.bound import Bound


@dataclass(frozen=True)
class Spark:
    """A sparkline in a 120 x 38 box: the `d` of its line and of the area below, and its last point."""

    line: str
    area: str
    x: float
    y: float


def spark(points: Iterable[float | None], width: float = 120, height: float = 38) -> Spark | None:
    """The sparkline of evenly spaced values; missing ones leave a gap. None when fewer than two are known."""
    values = list(points)
    known = [v for v in values if v is not None]
    if len(known) < 2:
        return None
    low, span = min(known), max(known) - min(known)
    step = (width - 8) / max(len(values) - 1, 1)

    def place(i: int, value: float) -> tuple[float, float]:
        share = (value - low) / span if span else 0.5
        return round(4 + i * step, 1), round(height - 5 - share * (height - 10), 1)

    runs: list[list[tuple[float, float]]] = [[]]
    for i, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(place(i, value))
    runs = [run for run in runs if run]
    line = " ".join(_path(run) for run in runs)
    area = " ".join(f"{_path(run)} L{run[-1][0]:g},{height:g} L{run[0][0]:g},{height:g} Z" for run in runs)
    return Spark(line, area, *runs[-1][-1])


def _path(run: Sequence[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{x:g},{y:g}" for x, y in run)


@dataclass(frozen=True)
class Progress:
    """A bar 200 wide: what is certain, what is only possible (hatched), and where the plan expects it (tick)."""

    fill: float
    hatch_from: float
    hatch: float
    tick: float | None
    over: bool


def progress(ratio: Bound | float | None, expected: float | None = None, width: float = 200) -> Progress:
    """The bar of a ratio (1 = the whole way). What is possible but not certain is hatched, so an unknown is all hatched."""

    def clip(share: float) -> float:
        return round(min(max(share, 0.0), 1.0) * width, 1)

    tick = None if expected is None else clip(expected)
    if ratio is None:
        return Progress(0, 0, width, tick, False)
    low, high = (ratio.low, ratio.high) if isinstance(ratio, Bound) else (ratio, ratio)
    sure, possible = clip(0 if low is None else low), clip(1 if high is None else high)
    return Progress(sure, sure, round(possible - sure, 1), tick, low is not None and low > 1)


def stack(counts: Sequence[float], width: float = 400, gap: float = 2) -> list[tuple[float, float]]:
    """Places (x, width) of the parts of a stacked bar; an empty part has no width, a tiny one stays visible."""
    total = sum(counts)
    shown = sum(1 for c in counts if c > 0)
    room = width - gap * max(shown - 1, 0)
    x, places = 0.0, []
    for count in counts:
        wide = round(room * count / total, 1) if total else 0.0
        places.append((round(x, 1), wide))
        x += wide + gap if wide else 0
    return places


AXIS = (1, 2, 2.5, 5, 10)
RAMP = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


def nice_step(span: float, parts: int = 4, steps: Sequence[float] = AXIS) -> float:
    """A round step, one of `steps` times a power of ten, that cuts `span` into about `parts`."""
    if span <= 0:
        return 1.0
    raw = span / parts
    power = 10.0 ** floor(log10(raw))
    return float(next(m for m in steps if raw <= m * power * 1.0001)) * power


def ramp(values: Iterable[float | None], steps: int = 5) -> list[float]:
    """The inner limits of a ramp of equal steps on round numbers; empty when nothing is known."""
    known = sorted(v for v in values if v is not None)
    if not known:
        return []
    step = nice_step(known[-1] - known[0], steps, RAMP)
    start = floor(known[0] / step) * step
    while start + step * steps <= known[-1]:
        step = nice_step(step * steps * 1.01, steps, RAMP)
        start = floor(known[0] / step) * step
    return [round(start + step * i, 10) for i in range(1, steps)]


def step_of(value: float | None, limits: Sequence[float]) -> int | None:
    """The step of the ramp a value falls on, 0 for the lowest; a value on a limit belongs above it."""
    return None if value is None else bisect_right(limits, value)
