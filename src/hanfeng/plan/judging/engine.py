"""`judge`: one goal, the points known of it, one day, one method."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from hanfeng.plan.judging import measures, why
from hanfeng.plan.judging.clock import years_left
from hanfeng.plan.judging.decide import Case, Outcome, decide
from hanfeng.plan.judging.doubt import Sensitivity
from hanfeng.plan.judging.evidence import gather
from hanfeng.plan.judging.hold import decide_hold
from hanfeng.plan.judging.method import Method
from hanfeng.plan.judging.reasons import Reason
from hanfeng.plan.judging.result import Judgement, light_of
from hanfeng.plan.judging.series import Series, series_of
from hanfeng.plan.judging.terms import Goal, Point, Shape, Verdict
from hanfeng.plan.judging.track import Track, eve, span_elapsed, track_of
from hanfeng.plan.judging.trend import Forecast, forecast, forecast_sum, usable_values

METHOD = Method()
"""The method used where none is named."""


def judge(
    goal: Goal,
    points: Iterable[Point],
    *,
    as_of: date,
    method: Method = METHOD,
    release_on: date | None = None,
    kinds: Collection[str] | None = None,
    ask: str = "",
) -> Judgement:
    """Judge `goal` by what was known on `as_of`.

    `release_on` is the day the value of the end is to be published, if known; `kinds` replaces the kinds of point that may
    judge this goal; `ask` names the body that provides the value, for the reasons.
    """
    points = tuple(points)
    case = Case(goal, as_of, method, gather(goal, points, as_of, method, kinds), release_on, ask)
    track, remarks = track_of(goal, method)
    if track is None:
        return _unjudgeable(case, remarks)
    if goal.shape is Shape.HOLD:
        return _held(case, track, points)
    return _tracked(case, track, remarks, points)


def _tracked(case: Case, track: Track, remarks: tuple[Reason, ...], points: tuple[Point, ...]) -> Judgement:
    goal, method = case.goal, case.method
    series = series_of(goal, track, case.evidence.usable)
    outcome = decide(case, track, series.points)
    point, value = outcome.point, None if outcome.point is None else outcome.point.value
    ahead = _forecast(case, track, series, outcome)
    forecasts = _forecastable(case, outcome)
    usable = len(series.flows) if goal.shape is Shape.SUM else len(usable_values(series.points))
    pace = measures.pace(track, value, None if point is None else point.at)
    reasons = [
        *why.of_verdict(case, track, outcome),
        *outcome.reasons,
        *why.of_shape(case, track, outcome, value),
        *why.of_value(case, _published(points, point)),
        *series.reasons,
        *case.evidence.reasons,
        *remarks,
        *(why.of_forecast(case, ahead, usable) if forecasts else []),
    ]
    used = {*series.ids, *([] if point is None else [point.id]), *(_forecast_ids(series) if ahead else [])}
    return replace(
        _frame(case, outcome, reasons, used, points),
        light=light_of(outcome.verdict, pace, method),
        value=value,
        target=track.target,
        expected=None if point is None else track.expected(point.at),
        attainment=measures.attainment(track, value),
        progress=measures.progress(track, value),
        pace=pace,
        needed=_needed(case, track, point),
        gap=measures.gap(track, value),
        forecast=ahead,
        sensitivity=_sensitivity(case, track, series, outcome),
        years=series.years,
    )


def _held(case: Case, track: Track, points: tuple[Point, ...]) -> Judgement:
    held = decide_hold(case, track)
    outcome, value = held.outcome, held.value
    reasons = [*outcome.reasons, *why.of_value(case, outcome.point), *case.evidence.reasons]
    used = {year.point for year in held.years if year.point is not None}
    return replace(
        _frame(case, outcome, reasons, used, points),
        light=light_of(outcome.verdict, held.share, case.method),
        value=value,
        target=track.target,
        expected=None if outcome.point is None or not track.explicit else track.expected(outcome.point.at),
        attainment=measures.attainment(track, value),
        progress=held.share,
        gap=measures.gap(track, value),
        years=held.years,
    )


def _unjudgeable(case: Case, remarks: tuple[Reason, ...]) -> Judgement:
    usable = case.evidence.usable
    point = usable[-1] if usable else None
    verdict = Verdict.UNKNOWN if case.ended else Verdict.UNJUDGED
    outcome = Outcome("final" if case.ended else "running", verdict, (), point, False, remarks)
    reasons = [*remarks, *why.of_value(case, point), *case.evidence.reasons]
    used = set() if point is None else {point.id}
    frame = _frame(case, outcome, reasons, used, usable, ask=False)
    return replace(frame, value=None if point is None else point.value)


def _frame(
    case: Case,
    outcome: Outcome,
    reasons: list[Reason],
    used: set[str],
    points: tuple[Point, ...],
    ask: bool = True,
) -> Judgement:
    """The judgement with all that does not need a track."""
    goal, point = case.goal, outcome.point
    asked = why.whom_to_ask(case, outcome) if ask else []
    usable = tuple(dict.fromkeys(point.id for point in case.evidence.usable))
    return Judgement(
        goal=goal,
        as_of=case.as_of,
        method=case.method,
        scale=outcome.scale,
        verdict=outcome.verdict,
        light=light_of(outcome.verdict, None, case.method),
        possible=outcome.possible,
        point=_published(points, point),
        value=None,
        data_at=None if point is None else point.at,
        elapsed=None if point is None else span_elapsed(goal, point.at),
        elapsed_today=span_elapsed(goal, case.as_of),
        target=None,
        expected=None,
        attainment=None,
        progress=None,
        pace=None,
        needed=None,
        gap=None,
        forecast=None,
        sensitivity=(),
        reasons=why.unique([*reasons, *asked]),
        used=tuple(name for name in usable if name in used),
        leads=case.evidence.leads,
        beside=(*(name for name in usable if name not in used), *case.evidence.beside),
        years=(),
    )


def _published(points: tuple[Point, ...], point: Point | None) -> Point | None:
    """The point as it was published, before it was put on the scale of the goal."""
    return point if point is None else next((known for known in points if known.id == point.id), point)


def _needed(case: Case, track: Track, point: Point | None) -> float | None:
    """From the value judged by; from the base over the whole term while there is no value."""
    day = eve(case.goal.starts) if point is None else point.at
    value = track.base if point is None else point.single
    return measures.needed(track, value, day, case.goal.ends, case.goal.shape is Shape.GROWTH)


def _forecastable(case: Case, outcome: Outcome) -> bool:
    """Whether there is an end ahead of the data to forecast, and a shape that moves."""
    ends, point = case.goal.ends, outcome.point
    ahead = ends is not None and not outcome.at_end and (point is None or point.at < ends)
    return ahead and case.goal.shape is not Shape.STATE


def _forecast(case: Case, track: Track, series: Series, outcome: Outcome) -> Forecast | None:
    goal, method, ends = case.goal, case.method, case.goal.ends
    if ends is None or not _forecastable(case, outcome):
        return None
    level, least = method.forecast_level, method.forecast_points
    if goal.shape is Shape.SUM:
        point, so_far = outcome.point, None if outcome.point is None else outcome.point.single
        if point is None or so_far is None:
            return None
        left = years_left(point.at, ends)
        return forecast_sum(
            so_far, series.flows, left, ends, floor=track.low, ceiling=track.high, level=level, least=least
        )
    base = None if track.base is None else (goal.base_at or eve(goal.starts), track.base)
    grows, within = goal.shape in (Shape.GROWTH, Shape.MULTIPLE), _within(goal)
    window = {"floor": track.low, "ceiling": track.high}
    return forecast(series.points, base, ends, **window, compound=grows, level=level, least=least, within=within)


def _within(goal: Goal) -> tuple[float | None, float | None]:
    """What the quantity can be at all: a coverage is a percentage, a count is not negative."""
    if goal.shape is Shape.COVERAGE:
        return 0.0, 100.0
    return (0.0 if goal.adds_up else None), None


def _forecast_ids(series: Series) -> list[str]:
    days = usable_values(series.points)
    return [point.id for point in series.points if point.at in days and not point.is_part and point.single is not None]


def _sensitivity(case: Case, track: Track, series: Series, outcome: Outcome) -> tuple[Sensitivity, ...]:
    """The verdict with each free parameter set otherwise; nothing where no parameter could matter."""
    tried = [(name, setting, _with(case, name, setting, series)) for name, setting in _settings(case, track, outcome)]
    return tuple(Sensitivity(name, setting, verdict) for name, setting, verdict in tried if verdict is not None)


def _settings(case: Case, track: Track, outcome: Outcome) -> list[tuple[str, float | bool]]:
    method, point = case.method, outcome.point
    if point is None:
        return []
    if outcome.verdict in (Verdict.MISSED, Verdict.NEARLY):
        return [("tolerance", share) for share in method.tolerances]
    settings: list[tuple[str, float | bool]] = []
    if outcome.scale == "running" and outcome.verdict is not Verdict.EARLY:
        if track.lift(point.at) is not None:
            steps = (-method.step, method.step)
            settings += [(name, round(getattr(method, name) + by, 9)) for name in ("on", "ahead") for by in steps]
        settings += [("straight", True)] if track.explicit else []
    return settings


def _with(case: Case, name: str, setting: float | bool, series: Series) -> Verdict | None:
    """The verdict under another setting; None where the method would contradict itself."""
    changed: dict[str, Any] = {name: setting}
    try:
        method = replace(case.method, **changed)
    except ValueError:
        return None
    track, _ = track_of(case.goal, method)
    return None if track is None else decide(replace(case, method=method), track, series.points).verdict
