"""The values really published for Kaizhou's plan of 2021 to 2025: bounds stay bounds, gaps stay gaps.

The base and target values are those of box 2 of the plan (issued in 2021 as number 61); the other figures come from
press reports and from a repost of a promotion event, which is a lead.
"""

from datetime import date

import pytest
from judging_cases import exact, goal, point

from hanfeng.kernel.pure import Bound
from hanfeng.plan.judging import Judgement, Point, Shape, Trust, Verdict, judge, tally

PRESS_DAY, EVENT_DAY = date(2022, 8, 31), date(2025, 9, 28)
TODAY = date(2026, 11, 1)


def _zone(name: str, at: date, value: float, trust: Trust, kind: str = "subset") -> Point:
    return point(at, value, name, whole=False, place="zone", trust=trust, kind=kind)


def _increment(name: str, value: float) -> Point:
    return point(2021, value, name, trust=Trust.PRESS, kind="increment", year=2021)


HIGH_TECH = [
    point(2020, 51, "ht-base", kind="plan_baseline"),
    _increment("ht-new", 20),
    _zone("ht-67", PRESS_DAY, 67, Trust.PRESS),
    _zone("ht-93", EVENT_DAY, 93, Trust.LEAD),
]
TECH = [
    _increment("te-new", 54),
    _zone("te-132", PRESS_DAY, 132, Trust.PRESS),
    _zone("te-286", EVENT_DAY, 286, Trust.LEAD),
]
INSTITUTES = [
    _increment("in-new", 40),
    _zone("in-44", PRESS_DAY, 44, Trust.PRESS, "component"),
    _zone("in-92", PRESS_DAY, 92, Trust.PRESS, "derived"),
    _zone("in-70", EVENT_DAY, 70, Trust.LEAD, "other_definition"),
]


def _high_tech(as_of: date) -> Judgement:
    return judge(goal(Shape.STOCK, 51, 100), HIGH_TECH, as_of=as_of, ask="science and technology bureau")


def test_high_tech_firms_cannot_be_judged_at_the_end() -> None:
    judged = _high_tech(TODAY)
    assert (judged.scale, judged.verdict, judged.light) == ("final", Verdict.UNKNOWN, "grey")
    assert {Verdict.MISSED, Verdict.MET} <= set(judged.possible)
    assert judged.value == Bound.at_least(67)
    assert judged.data_at == PRESS_DAY
    assert (judged.used, judged.leads, judged.beside) == (("ht-67",), ("ht-93",), ("ht-new",))
    assert judged.forecast is None


def test_high_tech_firms_say_why_and_whom_to_ask() -> None:
    judged = _high_tech(TODAY)
    assert {
        "end-value-missing",
        "release-late",
        "part-only",
        "press-value",
        "stale",
        "increment-not-stock",
        "lead-annex",
        "forecast-too-few",
    } <= set(judged.codes)
    asked = judged.reasons[-1]
    assert (asked.code, asked.args["whom"], asked.args["at"]) == (
        "ask",
        "science and technology bureau",
        date(2025, 12, 31),
    )


def test_high_tech_firms_waited_for_their_release_in_spring() -> None:
    assert _high_tech(date(2026, 3, 1)).verdict is Verdict.NOT_OUT


def test_high_tech_firms_were_not_behind_in_2022() -> None:
    judged = _high_tech(date(2022, 12, 1))
    assert judged.verdict is Verdict.UNJUDGED
    assert judged.possible == (Verdict.ON, Verdict.AHEAD, Verdict.EARLY)
    assert judged.elapsed == pytest.approx(1 / 3)
    assert judged.pace is not None
    assert judged.pace.low == pytest.approx((67 - 51) / (49 / 3))
    assert judged.leads == ()


def test_a_confirmed_value_would_settle_it() -> None:
    goal_100 = goal(Shape.STOCK, 51, 100)
    for value, verdict in ((99, Verdict.MISSED), (100, Verdict.MET), (117, Verdict.EXCEEDED)):
        judged = judge(goal_100, [*HIGH_TECH, point(2025, value, "confirmed")], as_of=TODAY)
        assert (judged.verdict, exact(judged.value)) == (verdict, value)


def test_tech_firms_of_the_zone_say_little_of_the_district() -> None:
    judged = judge(goal(Shape.STOCK, 204, 500), TECH, as_of=TODAY)
    assert judged.verdict is Verdict.UNKNOWN
    assert judged.value == Bound.at_least(132)
    assert judged.progress is not None
    assert judged.progress.low == pytest.approx(-72 / 296)
    assert judged.progress.high is None


def test_institutes_are_a_derived_bound() -> None:
    judged = judge(goal(Shape.STOCK, 50, 120), INSTITUTES, as_of=TODAY)
    assert judged.verdict is Verdict.UNKNOWN
    assert judged.value == Bound.at_least(92)
    assert {"derived-value", "component-not-whole"} <= set(judged.codes)
    assert judged.leads == ("in-70",)


@pytest.mark.parametrize(("base", "aim"), [(1.5, 2), (2, 3), (1.05, 1.3), (60, 63), (7.6, 12)])
def test_indicators_without_any_district_value(base: float, aim: float) -> None:
    city = point(2022, 99, "city", kind="context", place="city", whole=False)
    judged = judge(goal(Shape.LEVEL, base, aim), [city], as_of=TODAY)
    assert (judged.verdict, judged.value, judged.point) == (Verdict.UNKNOWN, None, None)
    assert {"no-value", "other-place", "end-value-missing"} <= set(judged.codes)
    assert judged.beside == ("city",)


def test_yearly_lines_have_one_year_each() -> None:
    for line, found, name in ((50, TECH, "te-new"), (10, HIGH_TECH, "ht-new")):
        running = judge(goal(Shape.HOLD, None, line), found, as_of=date(2022, 6, 1))
        assert (running.verdict, running.used) == (Verdict.ON, (name,))
        ended = judge(goal(Shape.HOLD, None, line), found, as_of=TODAY)
        assert ended.verdict is Verdict.UNKNOWN
        assert ended.progress == Bound(0.2, 1.0)


def test_the_eight_have_no_score_but_a_tally() -> None:
    rows = [(204, 500, TECH), (51, 100, HIGH_TECH), (50, 120, INSTITUTES)]
    judged = [judge(goal(Shape.STOCK, base, aim), found, as_of=TODAY) for base, aim, found in rows]
    assert tally(judged).expected[Verdict.UNKNOWN] == 3
    assert sum(tally(judged).binding.values()) == 0
