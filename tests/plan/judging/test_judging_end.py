"""The end of the term: met or missed by the value of the end, not out, or unknown."""

from datetime import date

import pytest
from judging_cases import ENDS, goal, point

from hanfeng.kernel.pure import Bound
from hanfeng.plan.judging import Method, Shape, Trust, Verdict, judge

SPRING, AUTUMN = date(2026, 3, 1), date(2026, 11, 1)
LEVEL = goal(Shape.LEVEL, 50, 100)


@pytest.mark.parametrize(
    ("value", "verdict", "light"),
    [(99.9, "missed", "red"), (100, "met", "green"), (100.1, "exceeded", "blue")],
)
def test_by_the_value_of_the_end(value: float, verdict: str, light: str) -> None:
    judged = judge(LEVEL, [point(2025, value)], as_of=SPRING)
    assert (judged.scale, judged.verdict, judged.light) == ("final", verdict, light)
    assert judged.forecast is None
    assert judged.needed is None


def test_a_falling_goal() -> None:
    falling = goal(Shape.LEVEL, 50, 30, comparison="le")
    verdicts = [judge(falling, [point(2025, value)], as_of=SPRING).verdict for value in (31, 30, 29)]
    assert verdicts == [Verdict.MISSED, Verdict.MET, Verdict.EXCEEDED]


def test_the_last_day_belongs_to_the_final_scale() -> None:
    assert judge(LEVEL, [point(2024, 90)], as_of=date(2025, 12, 30)).scale == "running"
    assert judge(LEVEL, [point(2024, 90)], as_of=ENDS).scale == "final"


class TestTolerance:
    """Nearly met is a parameter and unused by default; it is a share of the planned change, not of the goal."""

    def test_by_the_planned_change(self) -> None:
        method = Method(tolerance=0.1)
        assert judge(LEVEL, [point(2025, 95)], as_of=SPRING).verdict is Verdict.MISSED
        nearly = judge(LEVEL, [point(2025, 95)], as_of=SPRING, method=method)
        assert (nearly.verdict, nearly.light) == (Verdict.NEARLY, "amber")
        assert next(one for one in nearly.reasons if one.code == "nearly-met").args == {"tolerance": 10}
        assert judge(LEVEL, [point(2025, 94.9)], as_of=SPRING, method=method).verdict is Verdict.MISSED
        narrow = goal(Shape.LEVEL, 60, 63)
        assert judge(narrow, [point(2025, 60)], as_of=SPRING, method=method).verdict is Verdict.MISSED

    def test_without_a_base_by_the_goal(self) -> None:
        judged = judge(goal(Shape.LEVEL, None, 100), [point(2025, 95)], as_of=SPRING, method=Method(tolerance=0.1))
        assert judged.verdict is Verdict.NEARLY

    def test_sensitivity_shows_it(self) -> None:
        judged = judge(LEVEL, [point(2025, 95)], as_of=SPRING)
        tried = {one.setting: one.verdict for one in judged.sensitivity}
        assert tried == {0.05: Verdict.MISSED, 0.1: Verdict.NEARLY}

    def test_exceeding_may_need_a_margin(self) -> None:
        judged = judge(LEVEL, [point(2025, 104)], as_of=SPRING, method=Method(exceed=0.05))
        assert judged.verdict is Verdict.MET


class TestNotOut:
    """Without a value of the end: not out while it may still come, unknown afterwards."""

    @pytest.mark.parametrize(
        ("as_of", "release_on", "verdict", "code"),
        [
            (SPRING, None, "not_out", "release-unknown"),
            (AUTUMN, None, "unknown", "release-late"),
            (SPRING, date(2026, 9, 30), "not_out", "release-awaited"),
            (AUTUMN, date(2026, 9, 30), "unknown", "release-passed"),
            (AUTUMN, date(2026, 12, 1), "not_out", "release-awaited"),
            (SPRING, SPRING, "unknown", "release-passed"),
        ],
    )
    def test_by_release(self, as_of: date, release_on: date | None, verdict: str, code: str) -> None:
        judged = judge(LEVEL, [point(2024, 90)], as_of=as_of, release_on=release_on)
        assert (judged.verdict, judged.light) == (verdict, "grey")
        assert code in judged.codes
        missing = next(one for one in judged.reasons if one.code == "end-value-missing")
        assert missing.args == {"at": ENDS, "place": "district"}

    def test_months_are_a_parameter(self) -> None:
        assert judge(LEVEL, [], as_of=SPRING, method=Method(release_months=1)).verdict is Verdict.UNKNOWN

    def test_it_says_whom_to_ask(self) -> None:
        named = judge(LEVEL, [], as_of=AUTUMN, ask="statistics bureau").reasons[-1]
        assert (named.code, named.args["whom"], named.args["at"]) == ("ask", "statistics bureau", ENDS)
        assert judge(LEVEL, [], as_of=AUTUMN).codes[-1] == "ask-provider"
        assert "ask-provider" not in judge(LEVEL, [point(2025, 90)], as_of=AUTUMN).codes

    def test_a_bound_at_the_end_that_decides_nothing(self) -> None:
        judged = judge(LEVEL, [point(2025, Bound.at_least(90))], as_of=SPRING)
        assert judged.verdict is Verdict.UNKNOWN
        part = judge(goal(Shape.STOCK, 50, 100), [point(2025, 90, whole=False)], as_of=SPRING)
        assert part.verdict is Verdict.NOT_OUT

    def test_a_bound_at_the_end_that_decides(self) -> None:
        assert judge(LEVEL, [point(2025, Bound.at_least(105))], as_of=SPRING).verdict is Verdict.EXCEEDED
        assert judge(LEVEL, [point(2025, Bound.at_most(99))], as_of=SPRING).verdict is Verdict.MISSED
        met = judge(LEVEL, [point(2025, Bound.at_least(100))], as_of=SPRING)
        assert (met.verdict, met.possible) == (Verdict.MET, (Verdict.MET, Verdict.EXCEEDED))
        assert "at-least-met" in met.codes


class TestBeforeTheEnd:
    """A value dated before the end does not decide it, unless it cannot fall."""

    early = point(2023, Bound.at_least(105), whole=False, place="zone")

    def test_a_stock_may_fall(self) -> None:
        stock = goal(Shape.STOCK, 50, 100)
        running = judge(stock, [self.early], as_of=date(2024, 6, 1))
        assert running.verdict is Verdict.EARLY
        assert "may-fall" in running.codes
        ended = judge(stock, [self.early], as_of=AUTUMN)
        assert ended.verdict is Verdict.UNKNOWN
        assert "reached-before-end" in ended.codes

    def test_an_ever_count_cannot(self) -> None:
        ever = goal(Shape.STOCK, 50, 100, monotone=True)
        ended = judge(ever, [self.early], as_of=AUTUMN)
        assert ended.verdict is Verdict.EXCEEDED
        assert "cannot-fall" in ended.codes
        assert "may-fall" not in judge(ever, [self.early], as_of=date(2024, 6, 1)).codes

    def test_an_ever_count_keeps_its_earlier_bounds(self) -> None:
        ever = goal(Shape.STOCK, 50, 100, monotone=True)
        points = [point(2022, 72, whole=False), point(date(2023, 1, 31), 30, "small", whole=False)]
        assert judge(ever, points, as_of=date(2023, 6, 1)).value == Bound.at_least(72)
        assert judge(goal(Shape.STOCK, 50, 100), points, as_of=date(2023, 6, 1)).value == Bound.at_least(30)

    def test_a_later_value_bounds_an_ever_count(self) -> None:
        ever = goal(Shape.STOCK, 50, 100, monotone=True)
        assert judge(ever, [point(date(2026, 9, 30), 95)], as_of=AUTUMN).verdict is Verdict.MISSED
        assert judge(ever, [point(date(2026, 9, 30), 105)], as_of=AUTUMN).verdict is Verdict.UNKNOWN


def test_a_value_soon_after_the_end_stands_for_it_and_a_late_one_does_not() -> None:
    soon = judge(LEVEL, [point(date(2026, 1, 15), 101)], as_of=SPRING)
    assert soon.verdict is Verdict.EXCEEDED
    assert "value-after-end" in soon.codes
    late = judge(LEVEL, [point(date(2026, 9, 30), 101, "late")], as_of=AUTUMN)
    assert (late.verdict, late.point, late.beside) == (Verdict.UNKNOWN, None, ("late",))
    assert "later-unused" in late.codes


def test_the_end_prefers_the_whole_and_the_nearest_day() -> None:
    points = [
        point(2025, 60, "part", whole=False),
        point(date(2026, 1, 10), 101, "near"),
        point(date(2026, 1, 20), 90, "far"),
    ]
    judged = judge(goal(Shape.STOCK, 50, 100), points, as_of=SPRING)
    assert (judged.verdict, judged.used) == (Verdict.EXCEEDED, ("near",))


def test_a_lead_of_the_end_does_not_decide() -> None:
    judged = judge(LEVEL, [point(2025, 120, "lead", trust=Trust.LEAD)], as_of=AUTUMN)
    assert (judged.verdict, judged.leads) == (Verdict.UNKNOWN, ("lead",))
