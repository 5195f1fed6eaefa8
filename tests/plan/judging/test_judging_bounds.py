"""Bounds stay bounds: parts of the place, open sides, “about”, disagreement, ledger values and leads."""

from datetime import date

import pytest
from judging_cases import exact, goal, point

from hanfeng.kernel.pure import Bound
from hanfeng.plan.judging import Method, Shape, Trust, Verdict, judge

IN_2023 = date(2023, 6, 1)
STOCK = goal(Shape.STOCK, 50, 100)
"""70 is planned for the end of 2022."""


@pytest.mark.parametrize(
    ("value", "verdict", "possible"),
    [
        (Bound.at_least(60), "unjudged", ("behind", "on", "ahead", "early")),
        (Bound.at_least(70), "unjudged", ("on", "ahead", "early")),
        (Bound.at_least(72), "unjudged", ("ahead", "early")),
        (Bound.at_least(100), "early", ("early",)),
        (Bound.at_most(60), "behind", ("behind",)),
        (Bound.at_most(70), "unjudged", ("behind", "on")),
        (Bound.between(69, 71), "on", ("on",)),
        (Bound.between(73, 99), "ahead", ("ahead",)),
    ],
)
def test_a_bound_decides_only_what_all_its_values_share(value: Bound, verdict: str, possible: tuple[str, ...]) -> None:
    judged = judge(STOCK, [point(2022, value)], as_of=IN_2023)
    assert (judged.verdict, judged.possible) == (verdict, possible)
    assert ("undecided" in judged.codes) == (len(possible) > 1)
    assert ("not-behind" in judged.codes) == (verdict == "unjudged" and possible[0] != "behind")


def test_figures_of_a_bound_are_bounds() -> None:
    judged = judge(STOCK, [point(2022, Bound.at_least(60))], as_of=IN_2023)
    assert judged.attainment == Bound.at_least(0.6)
    assert judged.progress == Bound.at_least(0.2)
    assert judged.pace == Bound.at_least(0.5)
    assert judged.gap == Bound.at_most(40)
    assert judged.needed is None
    falling = judge(goal(Shape.LEVEL, 50, 30, comparison="le"), [point(2022, Bound.at_most(44))], as_of=IN_2023)
    assert falling.progress == Bound.at_least(0.3)
    assert falling.gap == Bound.at_least(-14)


class TestPart:
    """A part of the place is a lower bound of a count and says nothing of a ratio."""

    zone = point(date(2022, 8, 31), 71, "zone", whole=False, place="zone")

    def test_of_a_count(self) -> None:
        judged = judge(STOCK, [self.zone], as_of=IN_2023)
        assert judged.value == Bound.at_least(71)
        assert judged.point == self.zone
        part = next(reason for reason in judged.reasons if reason.code == "part-only")
        assert part.args == {"at": date(2022, 8, 31), "place": "zone"}

    def test_of_a_ratio(self) -> None:
        judged = judge(goal(Shape.LEVEL, 50, 100), [self.zone], as_of=IN_2023)
        assert (judged.value, judged.used, judged.beside) == (None, (), ("zone",))
        assert "part-says-nothing" in judged.codes

    def test_its_upper_side_bounds_nothing(self) -> None:
        judged = judge(STOCK, [point(2022, Bound.at_most(10), whole=False)], as_of=IN_2023)
        assert judged.value is None

    def test_the_kind_subset_is_a_part_whatever_the_flag(self) -> None:
        judged = judge(STOCK, [point(2022, 71, kind="subset")], as_of=IN_2023)
        assert judged.value == Bound.at_least(71)

    def test_the_whole_of_the_same_day_judges(self) -> None:
        judged = judge(STOCK, [point(2022, 72), point(2022, 71, "zone", whole=False)], as_of=IN_2023)
        assert exact(judged.value) == 72
        assert "part-exceeds-whole" not in judged.codes
        clash = judge(STOCK, [point(2022, 72), point(2022, 75, "zone", whole=False)], as_of=IN_2023)
        assert "part-exceeds-whole" in clash.codes

    def test_an_older_whole_judges_where_a_newer_part_decides_nothing(self) -> None:
        points = [point(2021, 52), point(2022, 40, "zone", whole=False)]
        judged = judge(STOCK, points, as_of=IN_2023)
        assert (judged.verdict, judged.data_at) == (Verdict.BEHIND, date(2021, 12, 31))
        assert "part-newer" in judged.codes
        assert judged.beside == ("zone",)

    def test_a_newer_part_judges_where_it_decides_or_disagrees(self) -> None:
        decides = judge(STOCK, [point(2021, 52), point(2022, 101, "zone", whole=False)], as_of=IN_2023)
        assert (decides.verdict, decides.used) == (Verdict.EARLY, ("zone",))
        disagrees = judge(STOCK, [point(2021, 52), point(2022, 71, "zone", whole=False)], as_of=IN_2023)
        assert (disagrees.verdict, disagrees.used) == (Verdict.UNJUDGED, ("zone",))

    def test_the_best_of_several_parts_of_one_day(self) -> None:
        parts = [point(2022, value, f"part{value}", whole=False) for value in (20, 71, 30)]
        assert judge(STOCK, parts, as_of=IN_2023).value == Bound.at_least(71)


class TestAbout:
    """“About” is off by an unstated amount; the slack is ours."""

    def test_it_widens_what_is_possible(self) -> None:
        judged = judge(STOCK, [point(2025, Bound.around(101))], as_of=date(2026, 4, 1))
        assert judged.verdict is Verdict.UNKNOWN
        assert judged.possible == (Verdict.MISSED, Verdict.MET, Verdict.EXCEEDED)
        assert "about-value" in judged.codes
        narrow = judge(STOCK, [point(2025, Bound.around(101))], as_of=date(2026, 4, 1), method=Method(slack=0.001))
        assert narrow.verdict is Verdict.EXCEEDED

    def test_far_from_the_goal_it_decides(self) -> None:
        assert judge(STOCK, [point(2025, Bound.around(90))], as_of=date(2026, 4, 1)).verdict is Verdict.MISSED


class TestKinds:
    """Figures that look like the value and are not."""

    def test_increments_are_not_a_stock(self) -> None:
        judged = judge(STOCK, [point(2021, 20, "new", kind="increment")], as_of=IN_2023)
        assert (judged.value, judged.beside) == (None, ("new",))
        assert next(one for one in judged.reasons if one.code == "increment-not-stock").args == {"points": ("new",)}

    @pytest.mark.parametrize(
        ("kind", "code"),
        [
            ("component", "component-not-whole"),
            ("other_definition", "other-definition"),
            ("context", "other-place"),
            ("rumour", "kind-unused"),
        ],
    )
    def test_others_stand_beside(self, kind: str, code: str) -> None:
        judged = judge(STOCK, [point(2022, 99, "x", kind=kind)], as_of=IN_2023)
        assert (judged.value, judged.beside) == (None, ("x",))
        assert code in judged.codes

    def test_the_plan_itself_is_no_reading(self) -> None:
        judged = judge(
            STOCK, [point(2020, 50, kind="plan_baseline"), point(2025, 100, kind="plan_target")], as_of=date(2026, 4, 1)
        )
        assert (judged.value, judged.used, judged.beside) == (None, (), ())

    def test_the_caller_may_name_the_kinds(self) -> None:
        judged = judge(STOCK, [point(2022, 99, kind="census")], as_of=IN_2023, kinds={"census"})
        assert judged.verdict is Verdict.AHEAD

    def test_derived_values_say_so(self) -> None:
        assert "derived-value" in judge(STOCK, [point(2022, 72, kind="derived")], as_of=IN_2023).codes


class TestSources:
    """Competent body before press; leads and ledger values never judge."""

    def test_the_competent_body_comes_first(self) -> None:
        points = [point(2022, 99, "a", trust=Trust.PRESS), point(2022, 70, "b")]
        judged = judge(STOCK, points, as_of=IN_2023)
        assert (judged.verdict, judged.used, judged.beside) == (Verdict.ON, ("b",), ("a",))
        assert next(one for one in judged.reasons if one.code == "values-differ").args["points"] == ("a", "b")

    def test_the_ledger_explains(self) -> None:
        ledger = point(2022, 99, "ledger", trust=Trust.LEDGER)
        alone = judge(STOCK, [ledger], as_of=IN_2023)
        assert (alone.verdict, alone.value, alone.beside) == (Verdict.UNJUDGED, None, ("ledger",))
        assert "ledger-only" in alone.codes
        both = judge(STOCK, [ledger, point(2022, 70)], as_of=IN_2023)
        assert (both.verdict, exact(both.value)) == (Verdict.ON, 70)
        assert "ledger-beside" in both.codes
        allowed = judge(STOCK, [ledger], as_of=IN_2023, method=Method(ledger_judges=True))
        assert allowed.verdict is Verdict.AHEAD

    def test_a_lead_is_listed_and_nothing_else(self) -> None:
        lead = point(date(2023, 3, 1), 120, "lead", trust=Trust.LEAD)
        judged = judge(STOCK, [lead, point(2022, 70)], as_of=IN_2023)
        assert (judged.verdict, judged.leads) == (Verdict.ON, ("lead",))
        assert "lead" not in (*judged.used, *judged.beside)
