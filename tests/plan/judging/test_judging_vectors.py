"""The worked examples: progress, pace and class of level targets, growth, stocks with a base, and elapsed time."""

from datetime import date

import pytest
from judging_cases import ENDS, HALF_ENDS, STARTS, exact, goal, point

from hanfeng.plan.judging import Shape, Verdict, elapsed, judge


@pytest.mark.parametrize(
    ("base", "aim", "value", "ends", "comparison", "progress", "pace", "verdict", "light"),
    [
        (2.0, 2.8, 2.5, HALF_ENDS, "ge", 0.625, 1.25, Verdict.AHEAD, "green"),
        (100, 200, 150, HALF_ENDS, "ge", 0.50, 1.00, Verdict.ON, "green"),
        (100, 200, 130, HALF_ENDS, "ge", 0.30, 0.60, Verdict.BEHIND, "red"),
        (50, 30, 42, HALF_ENDS, "le", 0.40, 0.80, Verdict.BEHIND, "amber"),
        (50, 30, 42, HALF_ENDS, "eq", 0.40, 0.80, Verdict.BEHIND, "amber"),
        (100, 200, 155, HALF_ENDS, "ge", 0.55, 1.10, Verdict.AHEAD, "green"),
        (100, 200, 145, HALF_ENDS, "ge", 0.45, 0.90, Verdict.ON, "green"),
        (100, 200, 135, HALF_ENDS, "ge", 0.35, 0.70, Verdict.BEHIND, "amber"),
    ],
)
def test_level_at_half_time(base, aim, value, ends, comparison, progress, pace, verdict, light) -> None:
    target = goal(Shape.LEVEL, base, aim, ends=ends, comparison=comparison)
    judged = judge(target, [point(2021, value)], as_of=date(2022, 6, 30))
    assert judged.elapsed == 0.5
    assert exact(judged.progress) == pytest.approx(progress)
    assert exact(judged.pace) == pytest.approx(pace)
    assert (judged.scale, judged.verdict, judged.light) == ("running", verdict, light)


def test_reached_at_three_fifths_is_early() -> None:
    judged = judge(goal(Shape.LEVEL, 10, 12), [point(2023, 12.5)], as_of=date(2024, 3, 1))
    assert judged.elapsed == pytest.approx(0.6)
    assert exact(judged.progress) == pytest.approx(1.25)
    assert judged.verdict is Verdict.EARLY
    assert judged.light == "blue"
    assert judged.needed == 0


def test_stock_with_a_base_has_two_ratios() -> None:
    judged = judge(goal(Shape.STOCK, 204, 500), [point(date(2025, 9, 30), 286)], as_of=date(2025, 10, 15))
    assert exact(judged.attainment) == pytest.approx(0.572)
    assert exact(judged.progress) == pytest.approx(0.277, abs=5e-4)
    assert judged.verdict is Verdict.BEHIND
    assert judged.light == "red"
    assert exact(judged.gap) == 214
    assert judged.needed == pytest.approx(214 / 0.25)


def test_elapsed_belongs_to_the_data_not_to_today() -> None:
    judged = judge(goal(Shape.LEVEL, 0, 100), [point(2021, 20)], as_of=date(2024, 12, 31))
    assert judged.elapsed == pytest.approx(0.2)
    assert judged.elapsed_today == pytest.approx(0.8)
    assert judged.data_at == date(2021, 12, 31)
    assert judged.verdict is Verdict.ON
    assert "stale" in judged.codes
    assert "stale" not in judge(goal(Shape.LEVEL, 0, 100), [point(2023, 60)], as_of=date(2024, 12, 31)).codes


def test_an_earlier_day_does_not_see_later_values() -> None:
    points = [point(2021, 20), point(2022, 90), point(2021, 70, "revised", known=date(2023, 6, 1))]
    judged = judge(goal(Shape.LEVEL, 0, 100), points, as_of=date(2022, 6, 30))
    assert judged.point == points[0]
    assert judged.used == ("p2021-12-31",)
    assert judged.verdict is Verdict.ON


def test_a_later_edition_replaces_the_earlier_one() -> None:
    points = [point(2021, 20, "first", known=date(2022, 3, 1)), point(2021, 25, "second", known=date(2022, 9, 1))]
    before = judge(goal(Shape.LEVEL, 0, 100), points, as_of=date(2022, 6, 30))
    after = judge(goal(Shape.LEVEL, 0, 100), points, as_of=date(2022, 12, 30))
    assert (before.used, before.verdict) == (("first",), Verdict.ON)
    assert (after.used, after.verdict) == (("second",), Verdict.AHEAD)
    assert "values-differ" in after.codes


@pytest.mark.parametrize(
    ("day", "share"),
    [
        (date(2020, 12, 31), 0.0),
        (date(2021, 6, 30), 0.1),
        (date(2023, 6, 30), 0.5),
        (date(2023, 9, 30), 0.55),
        (date(2024, 2, 29), 38 / 60),
        (date(2024, 4, 15), 39.5 / 60),
        (date(2025, 12, 31), 1.0),
        (date(2027, 1, 1), 1.0),
    ],
)
def test_time_is_counted_by_months(day: date, share: float) -> None:
    assert elapsed(STARTS, ENDS, day) == pytest.approx(share, abs=1e-12)


def test_change_needed_from_the_base_when_nothing_is_published() -> None:
    judged = judge(goal(Shape.STOCK, 204, 500), [], as_of=date(2021, 6, 1))
    assert judged.needed == pytest.approx(59.2)
    assert (judged.verdict, judged.value, judged.data_at) == (Verdict.UNJUDGED, None, None)
    assert "no-value" in judged.codes


def test_value_of_the_base_day_has_no_pace_yet() -> None:
    judged = judge(goal(Shape.STOCK, 204, 500), [point(2020, 204)], as_of=date(2021, 6, 1))
    assert judged.verdict is Verdict.UNJUDGED
    assert judged.pace is None
    assert "too-early" in judged.codes
    assert judged.needed == pytest.approx(59.2)


def test_nothing_is_judged_before_the_term() -> None:
    judged = judge(goal(Shape.LEVEL, 0, 10), [point(2019, 12)], as_of=date(2020, 6, 1))
    assert judged.verdict is Verdict.UNJUDGED
    assert judged.codes[0] == "not-started"
    assert judged.elapsed_today == 0


class TestGrowth:
    """15 per cent a year compounds to 2.011 in five years."""

    def test_planned_and_needed(self) -> None:
        judged = judge(goal(Shape.GROWTH, 100, 15), [point(2023, 140)], as_of=date(2024, 6, 1))
        assert judged.target == pytest.approx(201.135719)
        assert judged.expected == pytest.approx(152.0875)
        assert exact(judged.pace) == pytest.approx(40 / 52.0875)
        assert judged.needed == pytest.approx(((201.135719 / 140) ** 0.5 - 1) * 100)
        assert judged.verdict is Verdict.BEHIND
        rate = next(reason for reason in judged.reasons if reason.code == "growth-so-far").args["rate"]
        assert rate == pytest.approx((1.4 ** (1 / 3) - 1) * 100)

    def test_exactly_on_the_curve(self) -> None:
        judged = judge(goal(Shape.GROWTH, 100, 15), [point(2022, 100 * 1.15**2)], as_of=date(2023, 6, 1))
        assert exact(judged.pace) == pytest.approx(1)
        assert judged.verdict is Verdict.ON
        assert judged.needed == pytest.approx(15)

    def test_half_way_through_a_year_compounds(self) -> None:
        judged = judge(goal(Shape.GROWTH, 100, 15), [point(date(2021, 6, 30), 107)], as_of=date(2021, 9, 1))
        assert judged.expected == pytest.approx(100 * 1.15**0.5)

    @pytest.mark.parametrize(("average", "verdict"), [(14.9, "missed"), (15, "met"), (15.1, "exceeded")])
    def test_published_average_at_the_end(self, average: float, verdict: str) -> None:
        judged = judge(goal(Shape.GROWTH, None, 15), [point(2025, average, kind="average")], as_of=date(2026, 4, 1))
        assert judged.verdict == verdict
        assert "index-base" in judged.codes
        assert judged.point is not None
        assert exact(judged.point.value) == average

    def test_yearly_rates_are_chained(self) -> None:
        rates = [point(year, rate, kind="rate") for year, rate in ((2021, 10), (2022, 20), (2023, 5))]
        judged = judge(goal(Shape.GROWTH, 200, 15), rates, as_of=date(2024, 6, 1))
        assert exact(judged.value) == pytest.approx(200 * 1.1 * 1.2 * 1.05)
        assert judged.verdict is Verdict.BEHIND

    def test_a_gap_ends_the_chain(self) -> None:
        rates = [point(year, 15, kind="rate") for year in (2021, 2023)]
        judged = judge(goal(Shape.GROWTH, 200, 15), rates, as_of=date(2024, 6, 1))
        assert judged.data_at == date(2021, 12, 31)
        assert exact(judged.value) == pytest.approx(230)
        gap = next(reason for reason in judged.reasons if reason.code == "rate-gap")
        assert gap.args == {"years": (2022,)}

    def test_a_growth_that_must_fall(self) -> None:
        target = goal(Shape.GROWTH, 100, -3, comparison="le")
        good = judge(target, [point(2022, 90)], as_of=date(2023, 6, 1))
        bad = judge(target, [point(2022, 99)], as_of=date(2023, 6, 1))
        assert (good.verdict, bad.verdict) == (Verdict.AHEAD, Verdict.BEHIND)

    @pytest.mark.parametrize("base", [0, -5])
    def test_needs_a_positive_base(self, base: float) -> None:
        judged = judge(goal(Shape.GROWTH, base, 15), [point(2022, 90)], as_of=date(2023, 6, 1))
        assert judged.verdict is Verdict.UNJUDGED
        assert "base-not-positive" in judged.codes
        assert exact(judged.value) == 90

    def test_needs_an_end(self) -> None:
        judged = judge(goal(Shape.GROWTH, 100, 15, ends=None), [point(2022, 90)], as_of=date(2023, 6, 1))
        assert "growth-no-end" in judged.codes
