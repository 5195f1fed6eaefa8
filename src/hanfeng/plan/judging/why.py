"""The sentences that go with a verdict: what the value is worth, what stays open, which value is missing, whom to ask."""

from collections.abc import Sequence
from datetime import date

from hanfeng.kernel.pure import Bound
from hanfeng.plan.judging.clock import mark
from hanfeng.plan.judging.decide import Case, Outcome
from hanfeng.plan.judging.reasons import Reason
from hanfeng.plan.judging.spans import is_early
from hanfeng.plan.judging.terms import Point, Shape, Trust, Verdict
from hanfeng.plan.judging.track import Mode, Track, origin
from hanfeng.plan.judging.trend import Forecast

OPEN = (Verdict.UNJUDGED, Verdict.NOT_OUT, Verdict.UNKNOWN)
"""Verdicts that decide nothing."""


def of_value(case: Case, point: Point | None) -> list[Reason]:
    """What has to be known about the value judged by."""
    if point is None:
        return [Reason("ledger-only" if case.evidence.ledger else "no-value", {})]
    checks: dict[str, tuple[bool, dict[str, object]]] = {
        "part-only": (point.is_part, {"at": point.at, "place": point.place}),
        "bound-value": (not point.is_part and point.single is None, {}),
        "about-value": (point.value.about, {"slack": case.method.slack * 100}),
        "press-value": (point.trust is Trust.PRESS, {}),
        "derived-value": (point.kind == "derived", {}),
    }
    said = [Reason(code, args) for code, (holds, args) in checks.items() if holds]
    if case.evidence.ledger:
        said.append(Reason("ledger-beside", {"at": case.evidence.ledger[-1].at}))
    return said + _age(case, point)


def _age(case: Case, point: Point) -> list[Reason]:
    until = case.as_of if case.goal.ends is None else min(case.as_of, case.goal.ends)
    days = (until - point.at).days
    return [Reason("stale", {"days": days, "at": point.at})] if days > case.method.max_age_days else []


def of_verdict(case: Case, track: Track, outcome: Outcome) -> list[Reason]:
    """What the verdict rests on, or why there is none."""
    point = outcome.point
    if outcome.scale == "final":
        return _at_end(case, outcome)
    if point is None or case.as_of < case.goal.starts:
        return []
    if outcome.verdict is Verdict.UNJUDGED:
        return _unjudged(track, outcome, point.at)
    planned = track.expected(point.at)
    if (
        planned is not None
        and track.lift(point.at) is None
        and not track.two_sided
        and outcome.verdict is not Verdict.EARLY
    ):
        return [Reason("by-planned-value", {"expected": planned})]
    return []


def _at_end(case: Case, outcome: Outcome) -> list[Reason]:
    if outcome.verdict is Verdict.NEARLY:
        return [Reason("nearly-met", {"tolerance": (case.method.tolerance or 0.0) * 100})]
    if outcome.verdict is Verdict.MET and len(outcome.possible) > 1:
        return [Reason("at-least-met", {})]
    partly = outcome.verdict in OPEN and 1 < len(outcome.possible) < (3 if case.method.tolerance is None else 4)
    return [Reason("undecided", {"possible": outcome.possible})] if partly else []


def _unjudged(track: Track, outcome: Outcome, day: date) -> list[Reason]:
    said = [Reason("undecided", {"possible": outcome.possible})] if len(outcome.possible) > 1 else []
    if outcome.possible and outcome.possible[0] is not Verdict.BEHIND:
        said.append(Reason("not-behind", {}))
    if is_early(track, day):
        said.append(Reason("too-early", {}))
    if track.mode is Mode.STEPS and not track.explicit:
        said.append(Reason("state-pending", {}))
    if track.knots and track.expected(day) is None:
        said.append(Reason("no-plan", {}))
    return said


def of_shape(case: Case, track: Track, outcome: Outcome, value: Bound | None) -> list[Reason]:
    """What the shape adds: growth so far, the distance from a range, a passed limit, a stock that may lapse."""
    said: list[Reason] = []
    if value is None:
        return said
    single = value.low if value.low == value.high else None
    if case.goal.shape is Shape.GROWTH and single is not None and outcome.point is not None:
        said += _growth(case, track, single, outcome.point.at)
    if track.two_sided and single is not None and not track.reached(single):
        said.append(Reason("outside-range", {"distance": track.distance(single)}))
    if (
        case.goal.shape is Shape.SUM
        and track.high is not None
        and value.low is not None
        and not track.reached(value.low)
    ):
        said.append(Reason("sum-passed", {}))
    if outcome.verdict is Verdict.EARLY and not case.cannot_fall:
        said.append(Reason("may-fall", {}))
    return said


def _growth(case: Case, track: Track, value: float, day: date) -> list[Reason]:
    years = (mark(day) - origin(case.goal)) / 12
    if years <= 0 or not track.base or value / track.base <= 0:
        return []
    try:
        rate = ((value / track.base) ** (1 / years) - 1) * 100
    except OverflowError:
        return []
    return [Reason("growth-so-far", {"rate": rate, "goal": case.goal.goal})]


def of_forecast(case: Case, found: Forecast | None, usable: int) -> list[Reason]:
    """Why there is no forecast, or no chance."""
    if found is not None:
        return [Reason("forecast-no-spread", {})] if found.chance is None else []
    least = case.method.forecast_points
    return [Reason("forecast-too-few", {"points": usable, "least": least})] if usable < least else []


def whom_to_ask(case: Case, outcome: Outcome) -> list[Reason]:
    """For an open verdict: which value would settle it, and who has it."""
    if outcome.verdict not in OPEN or case.as_of < case.goal.starts:
        return []
    due = _due(case)
    said = [Reason("value-missing", {"at": due})] if outcome.scale == "running" else []
    code = "ask" if case.ask else "ask-provider"
    return [*said, Reason(code, {"whom": case.ask, "at": due, "place": case.goal.place})]


def _due(case: Case) -> date:
    """The end of the term, or while it runs the end of the last full year in it."""
    if case.ended and case.goal.ends is not None:
        return case.goal.ends
    year = case.as_of.year if (case.as_of.month, case.as_of.day) == (12, 31) else case.as_of.year - 1
    return date(year, 12, 31) if year >= case.goal.starts.year else case.as_of


def unique(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    """Each reason once, in order."""
    kept: list[Reason] = []
    for reason in reasons:
        if reason not in kept:
            kept.append(reason)
    return tuple(kept)
