"""Which point judges, and to which verdict: the running scale before the end, the final scale from the last day on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import inf

from hanfeng.kernel.pure import Bound
from hanfeng.plan.judging.clock import mark
from hanfeng.plan.judging.evidence import Evidence
from hanfeng.plan.judging.method import Method
from hanfeng.plan.judging.reasons import Reason
from hanfeng.plan.judging.result import Scale
from hanfeng.plan.judging.spans import EVERYTHING, FINAL, RUNNING, Span, final, interval, running, settle, spread
from hanfeng.plan.judging.terms import Goal, Point, Shape, Verdict
from hanfeng.plan.judging.track import Track


@dataclass(frozen=True)
class Case:
    """One goal on one day with what is known."""

    goal: Goal
    as_of: date
    method: Method
    evidence: Evidence
    release_on: date | None = None
    ask: str = ""

    @property
    def ended(self) -> bool:
        return self.goal.ends is not None and self.as_of >= self.goal.ends

    @property
    def cannot_fall(self) -> bool:
        return self.goal.monotone or self.goal.shape is Shape.SUM


@dataclass(frozen=True)
class Outcome:
    """The verdict, the point judged by (on the scale of the track), and why."""

    scale: Scale
    verdict: Verdict
    possible: tuple[Verdict, ...]
    point: Point | None
    at_end: bool
    reasons: tuple[Reason, ...]


def decide(case: Case, track: Track, points: Sequence[Point]) -> Outcome:
    """The outcome by points on the scale of the track, oldest first."""
    known = carried(points, case.method) if case.cannot_fall else tuple(points)
    if case.ended and case.goal.ends is not None:
        return _at_end(case, track, known, case.goal.ends)
    return _while_running(case, track, known)


def carried(points: Sequence[Point], method: Method) -> tuple[Point, ...]:
    """Where values cannot fall, an earlier lower bound holds for later bounds too."""
    reached, result = -inf, []
    for point in points:
        low, high = interval(point.value, method.slack)
        if low < reached < high and not point.value.about:
            point = replace(point, value=Bound(reached, point.value.high))
        reached = max(reached, low)
        result.append(point)
    return tuple(result)


def _while_running(case: Case, track: Track, points: Sequence[Point]) -> Outcome:
    point, reasons = _newest(case, track, points)
    span = (0, 3) if point is None else _span(case, track, point)
    verdict, possible = settle(span, RUNNING, Verdict.UNJUDGED, case.method)
    if case.as_of < case.goal.starts:
        return Outcome("running", Verdict.UNJUDGED, possible, point, False, (Reason("not-started", {}), *reasons))
    if verdict is Verdict.EARLY and case.goal.ends is None and point is not None:
        ended = settle(_final_span(case, track, point), FINAL, Verdict.UNKNOWN, case.method)
        return Outcome("final", *ended, point, False, tuple(reasons))
    return Outcome("running", verdict, possible, point, False, tuple(reasons))


def _newest(case: Case, track: Track, points: Sequence[Point]) -> tuple[Point | None, list[Reason]]:
    """The newest point; but a bound of a part gives way to the last whole value where it decides nothing and agrees."""
    newest = points[-1] if points else None
    whole = next((point for point in reversed(points) if point.whole), None)
    if newest is None or whole is None:
        return newest, []
    same_day = [part for part in points if part.at == whole.at and not part.whole]
    if whole.at == newest.at:
        return whole, [said for part in same_day for said in _clash(part, whole)]
    part, older = _span(case, track, newest), _span(case, track, whole)
    if part[0] == part[1] or not part[0] <= older[0] <= older[1] <= part[1]:
        return newest, []
    return whole, [Reason("part-newer", {"at": newest.at, "place": newest.place})]


def _clash(part: Point, whole: Point) -> list[Reason]:
    if part.value.low is None or whole.value.high is None or part.value.low <= whole.value.high:
        return []
    return [Reason("part-exceeds-whole", {"part": part.id, "whole": whole.id})]


def _span(case: Case, track: Track, point: Point) -> Span:
    return spread(track, interval(point.value, case.method.slack), running(track, case.method, point.at))


def _final_span(case: Case, track: Track, point: Point) -> Span:
    return spread(track, interval(point.value, case.method.slack), final(track, case.method))


def _at_end(case: Case, track: Track, points: Sequence[Point], ends: date) -> Outcome:
    """By the value of the end; before it only by a bound that cannot be undone."""
    last = ends + timedelta(days=min(case.method.after_end_days, (date.max - ends).days))
    standing = [point for point in points if ends <= point.at <= last]
    point = min(standing, key=lambda point: (not point.whole, point.at), default=None)
    later = tuple(point.id for point in points if point.at > last)
    reasons = [Reason("later-unused", {"points": later})] if later else []
    if point is not None:
        span = _final_span(case, track, point)
        clash = [said for part in standing if not part.whole and part.at == point.at for said in _clash(part, point)]
        reasons += clash if point.whole else []
        reasons += [Reason("value-after-end", {"at": point.at})] if point.at > ends else []
    else:
        before = [point for point in points if point.at < ends]
        point, said = _newest(case, track, before)
        span = spread(track, _by_then(case, points, ends), final(track, case.method))
        reasons += said + _foreseen(case, track, point, span)
    at_end = point is not None and ends <= point.at
    verdict, possible = settle(span, FINAL, Verdict.UNKNOWN, case.method)
    if verdict is Verdict.UNKNOWN:
        verdict, waiting = awaited(case, ends, settled=at_end and point is not None and point.whole)
        reasons += waiting
    return Outcome("final", verdict, possible, point, at_end, tuple(reasons))


def _by_then(case: Case, points: Sequence[Point], ends: date) -> tuple[float, float]:
    """What other days tell of the end: everything is possible, unless the value cannot fall."""
    if not case.cannot_fall:
        return EVERYTHING
    before = [interval(point.value, case.method.slack)[0] for point in points if point.at <= ends]
    after = [interval(point.value, case.method.slack)[1] for point in points if point.at >= ends and point.whole]
    low, high = max(before, default=-inf), min(after, default=inf)
    return (low, high) if low <= high else EVERYTHING


def _foreseen(case: Case, track: Track, point: Point | None, span: Span) -> list[Reason]:
    """Why an earlier value does or does not decide the end."""
    if point is None:
        return []
    if span[0] == span[1] or span[0] == FINAL.index(Verdict.MET):
        return [Reason("cannot-fall", {"at": point.at})]
    ends = interval(point.value, case.method.slack)
    return [Reason("reached-before-end", {"at": point.at})] if all(map(track.reached, ends)) else []


def awaited(case: Case, ends: date, settled: bool) -> tuple[Verdict, list[Reason]]:
    """Whether an undecided end still waits for its value or stays unknown; `settled`: the whole value is out, as a bound."""
    if settled:
        return Verdict.UNKNOWN, []
    missing = Reason("end-value-missing", {"at": ends, "place": case.goal.place})
    if case.release_on is not None:
        waits, on = case.as_of < case.release_on, {"on": case.release_on}
        return _waiting(waits), [missing, Reason("release-awaited" if waits else "release-passed", on)]
    waits, months = mark(case.as_of) - mark(ends) < case.method.release_months, {"months": case.method.release_months}
    return _waiting(waits), [missing, Reason("release-unknown" if waits else "release-late", months)]


def _waiting(waits: bool) -> Verdict:
    return Verdict.NOT_OUT if waits else Verdict.UNKNOWN
