"""What holds for every goal and value."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from math import inf, isfinite
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from judging_cases import goal, point

from hanfeng.kernel.pure import Bound
from hanfeng.plan.judging import FINAL, REASONS, RUNNING, Goal, Judgement, Method, Point, Shape, Trust, Verdict, judge

KINDS = [
    "level",
    "increment",
    "cumulative",
    "average",
    "rate",
    "subset",
    "derived",
    "component",
    "context",
    "plan_baseline",
]
OPEN = {Verdict.UNJUDGED, Verdict.UNKNOWN, Verdict.NOT_OUT}
any_number = st.floats(allow_nan=False, allow_infinity=False)
figures = st.one_of(st.integers(-500, 500).map(float), st.floats(-1e6, 1e6).map(lambda value: round(value, 4)))
days = st.dates(date(2018, 1, 1), date(2027, 12, 31))


@st.composite
def bounds(draw: st.DrawFn, numbers: st.SearchStrategy[float] = any_number) -> Bound:
    low, high = sorted((draw(numbers), draw(numbers)))
    shapes = [Bound.exact(low), Bound.at_least(low), Bound.at_most(low), Bound(low, high), Bound.around(low)]
    return draw(st.sampled_from(shapes))


@st.composite
def goals(draw: st.DrawFn, numbers: st.SearchStrategy[float] = any_number) -> Goal:
    shape = draw(st.sampled_from(list(Shape)))
    aim = draw(st.none() | numbers)
    high = None if aim is None or shape is not Shape.RANGE else max(aim, draw(numbers))
    assume(shape is not Shape.GROWTH or aim is None or aim > -100)
    starts, length = draw(days), draw(st.none() | st.integers(0, 4000))
    path_days = sorted(draw(st.sets(days, max_size=3)))
    more = {
        "goal_high": high,
        "starts": starts,
        "ends": None if length is None else starts + timedelta(days=length),
        "comparison": draw(st.sampled_from(["ge", "eq", "le", "about"])),
        "path": tuple((day, draw(numbers)) for day in path_days),
        "monotone": draw(st.booleans()),
        "counted": draw(st.none() | st.booleans()),
    }
    made = goal(shape, draw(st.none() | numbers), aim, **more)
    return replace(made, base_at=draw(st.none() | days))


@st.composite
def points(draw: st.DrawFn, numbers: st.SearchStrategy[float] = any_number) -> list[Point]:
    found = []
    for number in range(draw(st.integers(0, 6))):
        more: dict[str, Any] = {
            "whole": draw(st.booleans()),
            "trust": draw(st.sampled_from(list(Trust))),
            "kind": draw(st.sampled_from(KINDS)),
            "year": draw(st.none() | st.integers(2018, 2027)),
            "known": draw(st.none() | days),
        }
        found.append(point(draw(days), draw(bounds(numbers)), f"p{number}", **more))
    return found


def _figures(judged: Judgement) -> list[float | None]:
    sides = [judged.attainment, judged.progress, judged.pace, judged.gap, judged.value]
    numbers = [side for bound in sides if bound is not None for side in (bound.low, bound.high)]
    ahead = judged.forecast
    band = [] if ahead is None else [ahead.mid, ahead.low, ahead.high, ahead.chance]
    return [*numbers, *band, judged.needed, judged.expected, judged.target, judged.elapsed, judged.elapsed_today]


@settings(max_examples=400, deadline=None)
@given(goals(), points(), days, st.sampled_from([None, 0.1]), st.none() | days)
def test_any_finite_input_is_judged_without_an_exception(
    target: Goal, found: list[Point], as_of: date, tolerance: float | None, release_on: date | None
) -> None:
    judged = judge(target, found, as_of=as_of, method=Method(tolerance=tolerance), release_on=release_on)
    ended = target.ends is not None and as_of >= target.ends
    assert judged.scale == "final" or not ended
    scale = (*FINAL, Verdict.UNKNOWN, Verdict.NOT_OUT) if judged.scale == "final" else (*RUNNING, Verdict.UNJUDGED)
    assert judged.verdict in scale
    assert all(number is None or isfinite(number) for number in _figures(judged))
    assert judged.verdict in OPEN or judged.verdict in judged.possible
    for reason in judged.reasons:
        named = set(re.findall(r"%\((\w+)\)", REASONS[reason.code]))
        assert isinstance(reason.args, Mapping)
        assert named <= set(reason.args)
        assert str(reason)
    judged.to_dict()


@settings(max_examples=300, deadline=None)
@given(goals(figures), points(figures), days)
def test_ids_are_listed_once_and_leads_apart(target: Goal, found: list[Point], as_of: date) -> None:
    judged = judge(target, found, as_of=as_of)
    listed = (*judged.used, *judged.beside, *judged.leads)
    assert len(listed) == len(set(listed))
    leads = {one.id for one in found if one.trust is Trust.LEAD}
    assert set(judged.leads) <= leads
    assert not leads & {*judged.used, *judged.beside}
    late = {one.id for one in found if one.at > as_of or (one.known or one.at) > as_of}
    assert not late & set(listed)


@settings(max_examples=300, deadline=None)
@given(goals(figures), points(figures), days, figures, days)
def test_a_lead_changes_nothing_but_the_annex(
    target: Goal, found: list[Point], as_of: date, value: float, at: date
) -> None:
    lead = point(at, value, "lead", trust=Trust.LEAD)
    without, given_lead = judge(target, found, as_of=as_of), judge(target, [*found, lead], as_of=as_of)
    plain = [one for one in given_lead.reasons if one.code != "lead-annex"]
    assert replace(given_lead, reasons=(), leads=()) == replace(without, reasons=(), leads=())
    assert plain == [one for one in without.reasons if one.code != "lead-annex"]


def _one_sided(shape: Shape, base: float | None, aim: float, comparison: str, ends: date) -> Goal:
    return goal(shape, base, aim, comparison=comparison, ends=ends)


MONOTONE_SHAPES = st.sampled_from(
    [Shape.LEVEL, Shape.STOCK, Shape.COVERAGE, Shape.AMOUNT, Shape.STATE, Shape.HOLD, Shape.GROWTH]
)
RANKS = {verdict: rank for scale in (RUNNING, FINAL) for rank, verdict in enumerate(scale)}


@settings(max_examples=400, deadline=None)
@given(
    MONOTONE_SHAPES,
    st.none() | figures,
    st.floats(-50, 1e4),
    st.sampled_from(["ge", "le"]),
    figures,
    figures,
    st.booleans(),
    st.sampled_from([None, 0.1]),
)
def test_a_better_value_never_gets_a_worse_verdict(
    shape: Shape,
    base: float | None,
    aim: float,
    comparison: str,
    one: float,
    two: float,
    ended: bool,
    tolerance: float | None,
) -> None:
    worse, better = sorted((one, two), reverse=comparison == "le")
    day, as_of = (2025, date(2026, 4, 1)) if ended else (2022, date(2023, 6, 1))
    target = _one_sided(shape, base, aim, comparison, date(2025, 12, 31))
    kept = [point(year, aim, f"y{year}") for year in range(2021, 2025)] if shape is Shape.HOLD and ended else []
    method = Method(tolerance=tolerance)
    low, high = (judge(target, [*kept, point(day, value)], as_of=as_of, method=method) for value in (worse, better))
    ranks = [[RANKS[verdict] for verdict in judged.possible] for judged in (low, high)]
    assume(all(ranks))
    assert min(ranks[0]) <= min(ranks[1])
    assert max(ranks[0]) <= max(ranks[1])
    if low.verdict not in OPEN and high.verdict not in OPEN:
        assert RANKS[low.verdict] <= RANKS[high.verdict]


@settings(max_examples=600, deadline=None)
@given(
    goals(figures),
    figures,
    st.floats(0, 1e4),
    st.floats(0, 1e4),
    days,
    st.integers(0, 800),
    st.sampled_from([None, 0.1]),
)
def test_widening_a_bound_never_contradicts(
    target: Goal, value: float, down: float, up: float, at: date, later: int, tolerance: float | None
) -> None:
    as_of, method = at + timedelta(days=later), Method(tolerance=tolerance)
    sure = judge(target, [point(at, value)], as_of=as_of, method=method)
    for wider in (Bound(value - down, value + up), Bound(value - down, None), Bound(None, value + up)):
        wide = judge(target, [point(at, wider)], as_of=as_of, method=method)
        assert wide.scale == sure.scale or target.ends is None
        met_by_unknown_margin = wide.verdict is Verdict.MET and sure.verdict is Verdict.EXCEEDED
        assert wide.verdict in OPEN or wide.verdict == sure.verdict or met_by_unknown_margin
        if wide.scale == sure.scale:
            assert set(sure.possible) <= set(wide.possible)


@settings(max_examples=300, deadline=None)
@given(figures, figures, figures, st.sampled_from(["ge", "le"]))
def test_progress_and_gap_agree_with_the_verdict(base: float, aim: float, value: float, comparison: str) -> None:
    assume(abs(base - aim) > 1e-3)
    judged = judge(goal(Shape.LEVEL, base, aim, comparison=comparison), [point(2025, value)], as_of=date(2026, 4, 1))
    assert judged.gap is not None
    gap = judged.gap.low if judged.gap.low is not None else inf
    reached = gap <= 1e-6 if comparison == "ge" else gap >= -1e-6
    assume(abs(gap) > 1e-3 or gap == 0)
    assert (judged.verdict in (Verdict.MET, Verdict.EXCEEDED)) == reached
