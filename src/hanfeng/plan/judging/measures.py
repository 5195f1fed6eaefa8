"""The figures beside a verdict: both completion ratios, pace, gap, and the change still needed.

Attainment is value over goal (the ratio named after the target), progress is the share of the planned change since the base
(named after the increment): 286 on the way from 204 to 500 is 57.2 per cent of the target and 27.7 per cent of the increment.
"""

from datetime import date

from hanfeng.kernel.pure import Bound
from hanfeng.plan.judging.clock import years_left
from hanfeng.plan.judging.series import each
from hanfeng.plan.judging.track import Mode, Track


def attainment(track: Track, value: Bound | None) -> Bound | None:
    """Value over goal; above 1 until met where the goal lies below the base. None for a range, a state or a goal of 0."""
    target = track.target
    if value is None or target == 0 or track.two_sided or track.mode is Mode.STEPS:
        return None
    return each(value, lambda figure: figure / target, falling=target < 0)


def progress(track: Track, value: Bound | None) -> Bound | None:
    """(value - base) / (goal - base); None without a way to go."""
    return None if track.base is None else _share(track, value, track.target - track.base)


def pace(track: Track, value: Bound | None, day: date | None) -> Bound | None:
    """Progress over planned progress; on a straight line progress over elapsed time."""
    return None if day is None else _share(track, value, track.lift(day))


def _share(track: Track, value: Bound | None, change: float | None) -> Bound | None:
    base = track.base
    if value is None or base is None or change is None or change == 0 or track.mode is not Mode.CLIMB:
        return None
    return each(value, lambda figure: (figure - base) / change, falling=change < 0)


def gap(track: Track, value: Bound | None) -> Bound | None:
    """Goal minus value in the unit; for a two-sided goal to the nearest edge, 0 inside."""
    if value is None:
        return None

    def missing(figure: float) -> float:
        if not track.two_sided:
            return track.target - figure
        if track.reached(figure):
            return 0.0
        return track.distance(figure) if track.low is not None and figure < track.low else -track.distance(figure)

    return each(value, missing, falling=True)


def needed(track: Track, value: float | None, day: date, ends: date | None, compound: bool) -> float | None:
    """The change a year, or per cent growth a year, from `day` to the end; 0 where the goal is reached already.

    None for a state, a bound (it has no single need), past the end, or growth from nothing.
    """
    left = 0.0 if ends is None else years_left(day, ends)
    if value is None or left <= 0 or track.mode is Mode.STEPS:
        return None
    if compound:
        ratio = track.target / value if value > 0 else 0.0
        grown = (
            each(Bound.exact(ratio), lambda share: (share ** (1 / left) - 1) * 100)
            if 0 < ratio < float("inf")
            else None
        )
        return None if grown is None else grown.low
    if track.reached(value):
        return 0.0
    change = each(Bound.exact(value), lambda figure: _towards(track, figure) / left)
    return None if change is None else change.low


def _towards(track: Track, value: float) -> float:
    distance = track.distance(value)
    return distance if track.low is not None and value < track.low else -distance
