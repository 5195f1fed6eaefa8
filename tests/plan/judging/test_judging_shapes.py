"""Sums, lines to hold, ranges, multiples, coverage, states and goals without base or end."""

from datetime import date

import pytest
from judging_cases import exact, flow, goal, point

from hanfeng.kernel.pure import Bound
from hanfeng.plan.judging import Goal, Method, Shape, Trust, Verdict, judge

JUNE_2024 = date(2024, 6, 1)
AFTER = date(2026, 4, 1)


class TestSum:
    """Five-year sums without a base: the sum over the target."""

    def test_flows_add_up(self) -> None:
        judged = judge(goal(Shape.SUM, None, 100), [flow(2021, 10), flow(2022, 25), flow(2023, 30)], as_of=JUNE_2024)
        assert exact(judged.value) == 65
        assert exact(judged.attainment) == exact(judged.progress) == pytest.approx(0.65)
        assert judged.elapsed == pytest.approx(0.6)
        assert judged.verdict is Verdict.ON
        assert judged.needed == pytest.approx(17.5)
        assert [(year.year, exact(year.value)) for year in judged.years] == [(2021, 10), (2022, 25), (2023, 30)]
        assert judged.used == ("f2021", "f2022", "f2023")

    def test_a_missing_year_leaves_a_lower_bound(self) -> None:
        judged = judge(goal(Shape.SUM, None, 100), [flow(2021, 10), flow(2023, 30)], as_of=JUNE_2024)
        assert judged.value == Bound.at_least(40)
        assert judged.verdict is Verdict.UNJUDGED
        assert next(reason for reason in judged.reasons if reason.code == "year-missing").args == {"years": (2022,)}

    def test_a_lower_bound_can_decide(self) -> None:
        judged = judge(goal(Shape.SUM, None, 30), [flow(2021, 10), flow(2023, 30)], as_of=JUNE_2024)
        assert judged.verdict is Verdict.EARLY
        assert "may-fall" not in judged.codes

    def test_an_open_year_counts_to_its_day(self) -> None:
        points = [flow(2021, 20), flow(2022, 12, at=date(2022, 6, 30))]
        judged = judge(goal(Shape.SUM, None, 100), points, as_of=date(2022, 9, 1))
        assert exact(judged.value) == 32
        assert judged.elapsed == pytest.approx(0.3)
        assert judged.verdict is Verdict.ON

    def test_an_earlier_open_year_is_a_lower_bound(self) -> None:
        points = [flow(2021, 12, at=date(2021, 6, 30)), flow(2022, 20)]
        judged = judge(goal(Shape.SUM, None, 100), points, as_of=date(2023, 3, 1))
        assert judged.value == Bound.at_least(32)

    def test_a_flow_of_a_part_is_a_lower_bound(self) -> None:
        points = [flow(2021, 12, whole=False, place="zone"), flow(2022, 20)]
        judged = judge(goal(Shape.SUM, None, 100), points, as_of=date(2023, 3, 1))
        assert judged.value == Bound.at_least(32)

    def test_a_published_running_total_serves(self) -> None:
        judged = judge(
            goal(Shape.SUM, None, 100), [flow(2021, 12), point(2022, 50, kind="cumulative")], as_of=date(2023, 3, 1)
        )
        assert exact(judged.value) == 50
        assert judged.verdict is Verdict.AHEAD

    def test_reached_before_the_end_is_met_at_the_end(self) -> None:
        judged = judge(goal(Shape.SUM, None, 100), [flow(2021, 60), flow(2022, 50)], as_of=AFTER)
        assert judged.verdict is Verdict.EXCEEDED
        assert "cannot-fall" in judged.codes

    def test_a_limit_is_broken_for_good(self) -> None:
        limit = goal(Shape.SUM, None, 100, comparison="le")
        inside = judge(limit, [flow(2021, 15), flow(2022, 15)], as_of=date(2023, 3, 1))
        fast = judge(limit, [flow(2021, 40), flow(2022, 15)], as_of=date(2023, 3, 1))
        broken = judge(limit, [flow(2021, 60), flow(2022, 50)], as_of=AFTER)
        assert (inside.verdict, fast.verdict, broken.verdict) == (Verdict.ON, Verdict.BEHIND, Verdict.MISSED)
        assert "sum-passed" in broken.codes
        assert judge(limit, [flow(2021, 60)], as_of=date(2028, 1, 1)).verdict is Verdict.UNKNOWN

    def test_forecast_carries_the_mean_on(self) -> None:
        judged = judge(goal(Shape.SUM, None, 100), [flow(2021, 10), flow(2022, 25), flow(2023, 30)], as_of=JUNE_2024)
        assert judged.forecast is not None
        assert judged.forecast.mid == pytest.approx(65 + 2 * 65 / 3)
        assert judged.forecast.low < judged.forecast.mid < judged.forecast.high
        assert judged.forecast.chance is not None
        assert judged.forecast.chance > 0.5


class TestHold:
    """At least so much in every year."""

    line = goal(Shape.HOLD, None, 50)

    def test_every_year_so_far(self) -> None:
        judged = judge(self.line, [flow(2021, 54), flow(2022, 50), flow(2023, 61)], as_of=JUNE_2024)
        assert judged.verdict is Verdict.ON
        assert [year.met for year in judged.years] == [True, True, True, None]
        assert exact(judged.value) == 61
        assert exact(judged.progress) == 1
        assert exact(judged.gap) == -11

    def test_a_missed_year_cannot_be_made_good(self) -> None:
        judged = judge(self.line, [flow(2021, 54), flow(2022, 49), flow(2023, 90)], as_of=JUNE_2024)
        assert judged.verdict is Verdict.BEHIND
        assert exact(judged.progress) == pytest.approx(2 / 3)
        assert next(reason for reason in judged.reasons if reason.code == "hold-missed").args == {"years": (2022,)}
        assert judged.light == "red"
        assert judge(self.line, [flow(2022, 49)], as_of=AFTER).verdict is Verdict.MISSED

    def test_a_gap_stays_a_gap(self) -> None:
        judged = judge(self.line, [flow(2021, 54), flow(2023, 61)], as_of=JUNE_2024)
        assert judged.verdict is Verdict.UNJUDGED
        assert judged.progress == Bound(2 / 3, 1)
        assert "year-missing" in judged.codes

    def test_the_last_years_may_be_out_later(self) -> None:
        judged = judge(self.line, [flow(2021, 54)], as_of=JUNE_2024)
        assert judged.verdict is Verdict.ON
        assert judged.elapsed == pytest.approx(0.2)

    def test_a_bound_may_leave_a_year_open(self) -> None:
        part = flow(2021, 45, whole=False, place="zone")
        assert judge(goal(Shape.HOLD, None, 50), [part], as_of=JUNE_2024).value is None
        line = goal(Shape.HOLD, None, 50, counted=True)
        assert judge(line, [part], as_of=JUNE_2024).verdict is Verdict.UNJUDGED
        assert judge(goal(Shape.HOLD, None, 40, counted=True), [part], as_of=JUNE_2024).verdict is Verdict.ON

    def test_an_open_year_with_enough_counts_already(self) -> None:
        points = [flow(2021, 54), flow(2022, 52, at=date(2022, 9, 30))]
        assert [year.met for year in judge(self.line, points, as_of=date(2022, 11, 1)).years] == [True, True]
        points = [flow(2021, 54), flow(2022, 20, at=date(2022, 9, 30))]
        judged = judge(self.line, points, as_of=date(2022, 11, 1))
        assert [year.met for year in judged.years] == [True, None]
        assert judged.verdict is Verdict.ON

    def test_the_end(self) -> None:
        kept = [flow(year, 50) for year in range(2021, 2026)]
        assert judge(self.line, kept, as_of=AFTER).verdict is Verdict.MET
        assert judge(self.line, kept[:4], as_of=AFTER).verdict is Verdict.NOT_OUT
        assert judge(self.line, kept[:4], as_of=date(2027, 1, 1)).verdict is Verdict.UNKNOWN
        one_missed = [*kept[:4], flow(2025, 48)]
        assert judge(self.line, one_missed, as_of=AFTER).verdict is Verdict.MISSED
        assert judge(self.line, one_missed, as_of=AFTER, method=Method(tolerance=0.2)).verdict is Verdict.NEARLY

    def test_a_stock_does_not_hold_a_line_on_flows(self) -> None:
        judged = judge(self.line, [flow(2021, 54), point(2022, 286, "stock")], as_of=JUNE_2024)
        assert [year.point for year in judged.years] == ["f2021", None, None, None]
        only_flows = judge(self.line, [point(2022, 286)], as_of=JUNE_2024, kinds={"increment"})
        assert only_flows.verdict is Verdict.UNJUDGED

    def test_a_falling_line_and_a_path(self) -> None:
        ceiling = goal(Shape.HOLD, None, 35, comparison="le")
        assert judge(ceiling, [point(2021, 34), point(2022, 36)], as_of=JUNE_2024).verdict is Verdict.BEHIND
        path = ((date(2021, 12, 31), 40.0), (date(2022, 12, 31), 37.0))
        stepped = goal(Shape.HOLD, None, 35, comparison="le", path=path)
        assert judge(stepped, [point(2021, 40), point(2022, 36)], as_of=JUNE_2024).verdict is Verdict.ON

    def test_box_9_1_is_kept_while_the_stock_is_missed(self) -> None:
        """50 new firms a year keep the line but end at 454 of 500, so the two goals of one plan disagree."""
        flows = [flow(year, 50) for year in range(2021, 2026)]
        assert judge(self.line, flows, as_of=AFTER).verdict is Verdict.MET
        stock = judge(goal(Shape.STOCK, 204, 500), [point(2025, 454)], as_of=AFTER)
        assert stock.verdict is Verdict.MISSED
        assert exact(stock.gap) == 46


class TestRange:
    """Inside or outside, with the distance."""

    band = goal(Shape.RANGE, None, 10, goal_high=20)

    @pytest.mark.parametrize(
        ("value", "verdict", "gap"), [(15, "on", 0), (10, "on", 0), (20, "on", 0), (7, "behind", 3), (26, "behind", -6)]
    )
    def test_keeping_within(self, value: float, verdict: str, gap: float) -> None:
        judged = judge(self.band, [point(2022, value)], as_of=date(2023, 6, 1))
        assert (judged.verdict, exact(judged.gap)) == (verdict, gap)
        assert ("outside-range" in judged.codes) == (gap != 0)

    @pytest.mark.parametrize(("value", "verdict"), [(15, "met"), (20, "met"), (21, "missed"), (9, "missed")])
    def test_the_end(self, value: float, verdict: str) -> None:
        assert judge(self.band, [point(2025, value)], as_of=AFTER).verdict == verdict

    def test_on_the_way_into_the_range(self) -> None:
        band = goal(Shape.RANGE, 0, 10, goal_high=20)
        assert judge(band, [point(2022, 4)], as_of=date(2023, 6, 1)).verdict is Verdict.ON
        assert judge(band, [point(2022, 1)], as_of=date(2023, 6, 1)).verdict is Verdict.BEHIND
        assert judge(band, [point(2022, 12)], as_of=date(2023, 6, 1)).verdict is Verdict.EARLY
        assert judge(band, [point(2022, 25)], as_of=date(2023, 6, 1)).verdict is Verdict.BEHIND
        from_above = goal(Shape.RANGE, 40, 10, goal_high=20)
        assert judge(from_above, [point(2022, 32)], as_of=date(2023, 6, 1)).verdict is Verdict.ON

    def test_bounds_around_an_edge_do_not_decide(self) -> None:
        assert judge(self.band, [point(2025, Bound.between(11, 19))], as_of=AFTER).verdict is Verdict.MET
        assert judge(self.band, [point(2025, Bound.between(5, 30))], as_of=AFTER).verdict is Verdict.UNKNOWN
        assert judge(self.band, [point(2025, Bound.at_least(25))], as_of=AFTER).verdict is Verdict.MISSED

    def test_about_is_a_range_of_ours(self) -> None:
        land = goal(Shape.AMOUNT, None, 1600, comparison="about")
        assert judge(land, [point(2025, 1530)], as_of=AFTER).verdict is Verdict.MET
        assert judge(land, [point(2025, 1500)], as_of=AFTER).verdict is Verdict.MISSED
        assert judge(land, [point(2025, 1500)], as_of=AFTER, method=Method(slack=0.1)).verdict is Verdict.MET

    def test_a_range_has_two_edges(self) -> None:
        with pytest.raises(ValueError, match="range runs"):
            goal(Shape.RANGE, None, 10)
        with pytest.raises(ValueError, match="range runs"):
            goal(Shape.RANGE, None, 10, goal_high=5)


class TestMultiple:
    """Doubling 51 is 102: at least ten a year ends at 101, which meets 100 and is not double."""

    def test_one_short_of_double(self) -> None:
        doubled = judge(goal(Shape.MULTIPLE, 51, 2), [point(2025, 101)], as_of=AFTER)
        reached = judge(goal(Shape.STOCK, 51, 100), [point(2025, 101)], as_of=AFTER)
        assert doubled.target == 102
        assert (doubled.verdict, reached.verdict) == (Verdict.MISSED, Verdict.EXCEEDED)
        assert judge(goal(Shape.MULTIPLE, 51, 2), [point(2025, 102)], as_of=AFTER).verdict is Verdict.MET

    @pytest.mark.parametrize(("base", "code"), [(0, "base-not-positive"), (None, "base-missing")])
    def test_nothing_cannot_be_multiplied(self, base: float | None, code: str) -> None:
        judged = judge(goal(Shape.MULTIPLE, base, 2), [point(2025, 101)], as_of=AFTER)
        assert judged.verdict is Verdict.UNKNOWN
        assert code in judged.codes


class TestStateAndCoverage:
    """Steps and shares that have to be complete."""

    def test_a_state_without_stages_has_no_pace(self) -> None:
        zone = goal(Shape.STATE, 0, 2)
        judged = judge(zone, [point(2022, 1)], as_of=date(2023, 6, 1))
        assert judged.verdict is Verdict.UNJUDGED
        assert "state-pending" in judged.codes
        assert judge(zone, [point(2022, 2)], as_of=date(2023, 6, 1)).verdict is Verdict.EARLY
        assert judge(zone, [point(2025, 1)], as_of=AFTER).verdict is Verdict.MISSED

    def test_stages_are_steps_not_slopes(self) -> None:
        zone = goal(Shape.STATE, 0, 2, path=((date(2023, 12, 31), 1.0),))
        assert judge(zone, [point(2022, 0)], as_of=date(2023, 6, 1)).verdict is Verdict.ON
        assert judge(zone, [point(2024, 0)], as_of=date(2025, 6, 1)).verdict is Verdict.BEHIND
        assert judge(zone, [point(2024, 1)], as_of=date(2025, 6, 1)).verdict is Verdict.ON

    def test_full_coverage(self) -> None:
        full = goal(Shape.COVERAGE, None, 100, comparison="eq")
        assert judge(full, [point(2025, 100)], as_of=AFTER).verdict is Verdict.MET
        assert judge(full, [point(2025, 99.9)], as_of=AFTER).verdict is Verdict.MISSED
        running = judge(full, [point(2022, 60)], as_of=date(2023, 6, 1))
        assert running.verdict is Verdict.UNJUDGED
        assert "no-base" in running.codes
        assert exact(running.attainment) == pytest.approx(0.6)
        assert running.progress is None

    def test_a_forecast_of_coverage_stays_a_percentage(self) -> None:
        points = [point(year, value) for year, value in ((2021, 50), (2022, 72), (2023, 90))]
        judged = judge(goal(Shape.COVERAGE, 20, 100), points, as_of=JUNE_2024)
        assert judged.forecast is not None
        assert judged.forecast.high == 100


class TestBaseAndEnd:
    """Goals with an awkward base, or none, or no date."""

    def test_base_equal_to_the_goal_is_a_line_to_hold(self) -> None:
        level = goal(Shape.LEVEL, 12, 12)
        kept = judge(level, [point(2022, 12)], as_of=date(2023, 6, 1))
        assert (kept.verdict, kept.progress, kept.pace) == (Verdict.ON, None, None)
        assert "base-equals-goal" in kept.codes
        assert judge(level, [point(2022, 11.9)], as_of=date(2023, 6, 1)).verdict is Verdict.BEHIND

    def test_base_beyond_the_goal_does_not_turn_the_goal_round(self) -> None:
        floor = goal(Shape.LEVEL, 15, 12)
        kept = judge(floor, [point(2022, 14)], as_of=date(2023, 6, 1))
        assert kept.verdict is Verdict.ON
        assert "base-beyond-goal" in kept.codes
        assert judge(floor, [point(2022, 11)], as_of=date(2023, 6, 1)).verdict is Verdict.BEHIND

    def test_zero_base_and_zero_goal(self) -> None:
        first = judge(goal(Shape.STOCK, 0, 1), [point(2022, 1)], as_of=date(2023, 6, 1))
        assert first.verdict is Verdict.EARLY
        none_left = judge(goal(Shape.STOCK, 5, 0, comparison="le"), [point(2022, 3)], as_of=date(2023, 6, 1))
        assert none_left.attainment is None
        assert exact(none_left.progress) == pytest.approx(0.4)
        assert none_left.verdict is Verdict.ON

    def test_without_a_base_only_the_goal_itself_decides(self) -> None:
        level = goal(Shape.LEVEL, None, 2)
        assert judge(level, [point(2022, 2.1)], as_of=date(2023, 6, 1)).verdict is Verdict.EARLY
        pending = judge(level, [point(2022, 1.9)], as_of=date(2023, 6, 1))
        assert pending.verdict is Verdict.UNJUDGED
        assert pending.possible == (Verdict.BEHIND, Verdict.ON, Verdict.AHEAD)

    def test_without_a_base_a_path_decides(self) -> None:
        level = goal(Shape.LEVEL, None, 2, path=((date(2022, 12, 31), 1.5), (date(2024, 12, 31), 1.9)))
        assert judge(level, [point(2022, 1.6)], as_of=date(2023, 6, 1)).verdict is Verdict.ON
        behind = judge(level, [point(2023, 1.6)], as_of=JUNE_2024)
        assert behind.expected == pytest.approx(1.7)
        assert behind.verdict is Verdict.BEHIND
        assert "by-planned-value" in behind.codes
        assert "no-plan" in judge(level, [point(2021, 1.6)], as_of=date(2022, 6, 1)).codes

    def test_without_an_end_a_reached_goal_is_met(self) -> None:
        open_end = goal(Shape.LEVEL, 10, 20, ends=None)
        met = judge(open_end, [point(2022, 20)], as_of=date(2023, 6, 1))
        assert (met.scale, met.verdict, met.elapsed, met.elapsed_today) == ("final", Verdict.MET, None, None)
        pending = judge(open_end, [point(2022, 19)], as_of=date(2023, 6, 1))
        assert (pending.scale, pending.verdict) == ("running", Verdict.UNJUDGED)
        assert "no-end" in pending.codes

    def test_without_a_goal_nothing_is_judged(self) -> None:
        judged = judge(goal(Shape.LEVEL, 10, None), [point(2022, 20)], as_of=date(2023, 6, 1))
        assert (judged.verdict, judged.target, judged.codes) == (Verdict.UNJUDGED, None, ("no-goal",))

    def test_a_late_base_starts_the_line_late(self) -> None:
        late = Goal("g", Shape.LEVEL, 10, date(2021, 12, 31), 50, None, date(2021, 1, 1), date(2025, 12, 31))
        judged = judge(late, [point(2023, 30)], as_of=JUNE_2024)
        assert judged.expected == pytest.approx(30)
        assert judged.elapsed == pytest.approx(0.6)
        assert "base-apart" in judged.codes


class TestPath:
    """A goal's own plan beats the straight line."""

    path = ((date(2021, 12, 31), 5.0), (date(2022, 12, 31), 10.0), (date(2023, 12, 31), 40.0))
    curved = goal(Shape.LEVEL, 0, 100, path=path)

    def test_the_path_is_followed(self) -> None:
        judged = judge(self.curved, [point(2022, 10)], as_of=date(2023, 6, 1))
        assert judged.expected == 10
        assert judged.verdict is Verdict.ON
        assert exact(judged.progress) == pytest.approx(0.1)

    def test_between_points_it_is_straight(self) -> None:
        assert judge(self.curved, [point(date(2023, 6, 30), 10)], as_of=date(2023, 9, 1)).expected == pytest.approx(25)
        assert judge(self.curved, [point(2024, 10)], as_of=date(2025, 9, 1)).expected == pytest.approx(70)

    def test_sensitivity_shows_the_straight_line(self) -> None:
        judged = judge(self.curved, [point(2022, 10)], as_of=date(2023, 6, 1))
        tried = {(one.parameter, one.setting): one.verdict for one in judged.sensitivity}
        assert tried["straight", True] is Verdict.BEHIND
        assert (
            judge(self.curved, [point(2022, 10)], as_of=date(2023, 6, 1), method=Method(straight=True)).verdict
            is Verdict.BEHIND
        )

    def test_a_flat_stretch_is_judged_by_its_value(self) -> None:
        flat = goal(Shape.LEVEL, 0, 100, path=((date(2022, 12, 31), 0.0),))
        assert judge(flat, [point(2021, 0)], as_of=date(2022, 6, 1)).verdict is Verdict.ON
        assert judge(flat, [point(2021, -1)], as_of=date(2022, 6, 1)).verdict is Verdict.BEHIND

    def test_a_path_starts_after_the_base(self) -> None:
        early = goal(Shape.LEVEL, 0, 100, path=((date(2020, 6, 30), 99.0), (date(2020, 12, 31), 50.0)))
        assert judge(early, [point(2022, 40)], as_of=date(2023, 6, 1)).expected == pytest.approx(40)

    def test_a_path_is_in_order(self) -> None:
        with pytest.raises(ValueError, match="one value a day"):
            goal(Shape.LEVEL, 0, 100, path=tuple(reversed(self.path)))


def test_press_values_can_be_shut_out() -> None:
    points = [point(2022, 40, "press", trust=Trust.PRESS)]
    level = goal(Shape.LEVEL, 0, 100)
    with_press = judge(level, points, as_of=date(2023, 6, 1))
    assert with_press.verdict is Verdict.ON
    assert "press-value" in with_press.codes
    without = judge(level, points, as_of=date(2023, 6, 1), method=Method(press_judges=False))
    assert (without.verdict, without.used, without.beside) == (Verdict.UNJUDGED, (), ("press",))
    assert "press-unused" in without.codes
