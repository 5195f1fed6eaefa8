"""Lines to hold in every year: which years kept them, which did not, and which are not known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hanfeng.kernel.pure import Bound
from hanfeng.plan.judging.decide import Case, Outcome, awaited
from hanfeng.plan.judging.method import Method
from hanfeng.plan.judging.reasons import Reason
from hanfeng.plan.judging.series import Year, by_year, closed, flow
from hanfeng.plan.judging.spans import FINAL, RUNNING, Span, interval, keeps, settle, spread
from hanfeng.plan.judging.terms import Point, Verdict
from hanfeng.plan.judging.track import Track, over


@dataclass(frozen=True)
class Held:
    """The outcome of a line to hold, its years, and the share of years met as a bound."""

    outcome: Outcome
    years: tuple[Year, ...]
    share: Bound | None
    value: Bound | None


def decide_hold(case: Case, track: Track) -> Held:
    """Every year of the term so far; a running term is judged up to its last year with a value."""
    found = _found(case)
    years = _years(case, track, found)
    counted = years if case.ended else _without_open_end(years, case.as_of)
    share, span = _share(counted), _span(counted, case)
    newest = next((mark for mark in reversed(counted) if mark.value is not None), None)
    point = None if newest is None else found[newest.year]
    outcome = _outcome(case, span, point, counted)
    return Held(outcome, tuple(years), share, None if newest is None else newest.value)


def _found(case: Case) -> dict[int, Point]:
    """The points by year; increments alone where there are any, for a line on a flow is not held by a stock."""
    usable = case.evidence.usable
    flows = [point for point in usable if point.kind == "increment"]
    last = date.max.year if case.goal.ends is None else case.goal.ends.year
    return by_year(flows or usable, case.goal.starts.year, last)


def _years(case: Case, track: Track, found: dict[int, Point]) -> list[Year]:
    ends = case.goal.ends
    last = case.as_of.year if ends is None else min(case.as_of.year, ends.year)
    return [_year(year, found.get(year), track, case.method) for year in range(case.goal.starts.year, last + 1)]


def _year(year: int, point: Point | None, track: Track, method: Method) -> Year:
    if point is None:
        return Year(year, None, None, None)
    value = flow(point) if point.kind == "increment" else point.value if closed(point) else None
    if value is None:
        return Year(year, None, None, point.id)
    planned = track.expected(date(year, 12, 31)) if track.explicit and not track.two_sided else None
    worst, best = spread(track, interval(value, method.slack), lambda figure: _kept(track, figure, planned))
    return Year(year, value, None if worst != best else worst == 1, point.id)


def _kept(track: Track, figure: float, planned: float | None) -> Span:
    return (1, 1) if keeps(track, figure, planned) else (0, 0)


def _without_open_end(years: Sequence[Year], as_of: date) -> list[Year]:
    """Leave out the last years while nothing is out for them or they still run."""
    kept = list(years)
    while kept and kept[-1].met is None and (kept[-1].value is None or date(kept[-1].year, 12, 31) > as_of):
        kept.pop()
    return kept


def _share(years: Sequence[Year]) -> Bound | None:
    if not years:
        return None
    met, open_ = (sum(1 for mark in years if mark.met is state) for state in (True, None))
    return Bound(met / len(years), (met + open_) / len(years))


def _span(years: Sequence[Year], case: Case) -> Span:
    scale_top = 3 if case.ended else 1
    if not years:
        return 0, scale_top
    met, open_ = (sum(1 for mark in years if mark.met is state) for state in (True, None))
    return _rank(met, len(years), case), _rank(met + open_, len(years), case)


def _rank(met: int, years: int, case: Case) -> int:
    if met == years:
        return FINAL.index(Verdict.MET) if case.ended else RUNNING.index(Verdict.ON)
    tolerance = case.method.tolerance
    near = case.ended and tolerance is not None and over(met / years, 1 - tolerance)
    return FINAL.index(Verdict.NEARLY) if near else 0


def _outcome(case: Case, span: Span, point: Point | None, years: Sequence[Year]) -> Outcome:
    reasons = _said(years)
    at_end = point is not None and case.goal.ends is not None and point.at >= case.goal.ends
    if not case.ended:
        verdict, possible = settle(span, RUNNING, Verdict.UNJUDGED, case.method)
        if case.as_of < case.goal.starts:
            verdict, reasons = Verdict.UNJUDGED, [Reason("not-started", {})]
        return Outcome("running", verdict, possible, point, at_end, tuple(reasons))
    verdict, possible = settle(span, FINAL, Verdict.UNKNOWN, case.method)
    if verdict is Verdict.UNKNOWN and case.goal.ends is not None:
        verdict, waiting = awaited(case, case.goal.ends, settled=at_end)
        reasons += waiting
    return Outcome("final", verdict, possible, point, at_end, tuple(reasons))


def _said(years: Sequence[Year]) -> list[Reason]:
    """Each year by what is known of it."""
    by_state = {state: tuple(mark.year for mark in years if mark.met is state) for state in (True, False, None)}
    said = [Reason("hold-years", {"met": len(by_state[True]), "years": len(years)})] if years else []
    said += [Reason("hold-missed", {"years": by_state[False]})] if by_state[False] else []
    return said + ([Reason("year-missing", {"years": by_state[None]})] if by_state[None] else [])
