"""Which verdicts a value allows. A single value allows one, a bound a run of neighbours on its scale.

Verdicts of a scale are numbered from worst to best, so bounds stay bounds: what the ends of an interval allow,
and all between them, is what is known.
"""

from collections.abc import Callable
from datetime import date
from math import inf, isfinite

from hanfeng.kernel.pure import Bound
from hanfeng.plan.judging.clock import mark
from hanfeng.plan.judging.method import Method
from hanfeng.plan.judging.terms import Verdict
from hanfeng.plan.judging.track import EPSILON, Mode, Track, over, under

RUNNING = (Verdict.BEHIND, Verdict.ON, Verdict.AHEAD, Verdict.EARLY)
FINAL = (Verdict.MISSED, Verdict.NEARLY, Verdict.MET, Verdict.EXCEEDED)

Span = tuple[int, int]
"""The worst and the best verdict still possible, as positions on a scale."""

OPEN_PACE: Span = (0, 2)
EVERYTHING = (-inf, inf)


def interval(bound: Bound | None, slack: float) -> tuple[float, float]:
    """The values a bound allows; “about” widens it by `slack`, and no bound is everything."""
    if bound is None:
        return EVERYTHING
    low, high = -inf if bound.low is None else bound.low, inf if bound.high is None else bound.high
    return (low - abs(low) * slack, high + abs(high) * slack) if bound.about else (low, high)


def spread(track: Track, values: tuple[float, float], span: Callable[[float], Span]) -> Span:
    """The verdicts that an interval allows: those of its ends, of the window's edges inside it, and all between."""
    low, high = values
    edges = [edge for edge in (track.low, track.high) if edge is not None and low < edge < high]
    spans = [span(value) for value in (low, high, *edges)]
    return min(worst for worst, _ in spans), max(best for _, best in spans)


def running(track: Track, method: Method, day: date) -> Callable[[float], Span]:
    """The span of one value dated `day` while the term runs."""
    planned, lift = track.expected(day), track.lift(day)

    def span(value: float) -> Span:
        if track.mode is Mode.KEEP:
            kept = keeps(track, value, None if track.two_sided else planned)
            return (1, 1) if kept else (0, 0)
        if track.reached(value):
            return (3, 3)
        if track.overshot(value):
            return (0, 0)
        if lift is not None and track.base is not None:
            return _paced((value - track.base) / lift, method)
        if planned is None or is_early(track, day):
            return OPEN_PACE
        return (1, 1) if keeps(track, value, planned) else (0, 0)

    return span


def is_early(track: Track, day: date) -> bool:
    """Whether nothing was planned to have changed yet at `day`, because planning had not begun."""
    return track.mode is Mode.CLIMB and bool(track.knots) and mark(day) <= track.knots[0][0]


def keeps(track: Track, value: float, planned: float | None) -> bool:
    """Whether `value` keeps up with the planned one, or with the goal where none is planned."""
    if planned is None:
        return track.reached(value)
    return over(value, planned) if track.rising else under(value, planned)


def _paced(pace: float, method: Method) -> Span:
    rank = 2 if over(pace, method.ahead) else 1 if over(pace, method.on) else 0
    return rank, rank


def final(track: Track, method: Method) -> Callable[[float], Span]:
    """The span of one value for the end of the term."""

    def span(value: float) -> Span:
        rank = _ended(track, value, method)
        return rank, rank

    return span


def _ended(track: Track, value: float, method: Method) -> int:
    if track.reached(value):
        return 3 if exceeds(track, value, method) else 2
    return 1 if _near(track, value, method) else 0


def exceeds(track: Track, value: float, method: Method) -> bool:
    """Whether `value` lies past a one-sided goal by more than the method's share of it."""
    if track.two_sided:
        return False
    beyond = value - track.target if track.rising else track.target - value
    return beyond > (method.exceed + EPSILON) * abs(track.target)


def _near(track: Track, value: float, method: Method) -> bool:
    if method.tolerance is None:
        return False
    scale = abs(track.target)
    if track.mode is Mode.CLIMB and track.base is not None:
        scale = abs(track.target - track.base)
    return isfinite(scale) and under(track.distance(value), method.tolerance * scale)


def settle(
    span: Span, scale: tuple[Verdict, ...], undecided: Verdict, method: Method
) -> tuple[Verdict, tuple[Verdict, ...]]:
    """The verdict of a span and all that stay possible; met by an unknown margin is met."""
    worst, best = span
    unused = {Verdict.NEARLY} if method.tolerance is None else set()
    possible = tuple(verdict for verdict in scale[worst : best + 1] if verdict not in unused)
    if scale is FINAL and worst == FINAL.index(Verdict.MET):
        return Verdict.MET, possible
    return (possible[0] if worst == best else undecided), possible
