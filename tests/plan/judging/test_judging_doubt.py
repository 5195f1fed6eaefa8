"""Free parameters as bands, survey errors, the method's parameters, tallies, and the words of the reasons."""

import json
import re
from datetime import date

import pytest
from judging_cases import goal, point

from hanfeng.plan.judging import (
    LIGHTS,
    REASONS,
    Method,
    Reason,
    Shape,
    Verdict,
    growth_accounting,
    judge,
    sampled,
    sampling_margin,
    tally,
)


class TestGrowthAccounting:
    """With y 6.2, k 5.5 and l 0.4 per cent the share swings by 24 points with the elasticity chosen."""

    @pytest.mark.parametrize(("alpha", "share"), [(0.3, 68.9), (0.35, 64.8), (0.4, 60.6), (0.5, 52.4), (0.6, 44.2)])
    def test_shares(self, alpha: float, share: float) -> None:
        found = {one.setting: one.figure for one in growth_accounting(6.2, 5.5, 0.4).by_alpha}
        assert found[alpha] == pytest.approx(share, abs=0.05)

    def test_the_band_alone_cannot_judge_a_goal_of_63(self) -> None:
        found = growth_accounting(6.2, 5.5, 0.4)
        assert found.swing == pytest.approx(24.7, abs=0.05)
        assert found.bound is not None
        judged = judge(goal(Shape.LEVEL, 60, 63), [point(2025, found.bound)], as_of=date(2026, 4, 1))
        assert judged.verdict is Verdict.UNKNOWN

    @pytest.mark.parametrize("y", [0, -1.5])
    def test_without_growth_there_is_no_share(self, y: float) -> None:
        found = growth_accounting(y, 5.5, 0.4)
        assert (found.bound, found.swing) == (None, None)


def test_a_survey_of_400() -> None:
    assert sampling_margin(15, 400) == pytest.approx(3.5, abs=0.01)
    assert sampling_margin(15, 400, deff=2) == pytest.approx(3.5 * 2**0.5, abs=0.01)
    band = sampled(12.5, 400)
    judged = judge(goal(Shape.LEVEL, 7.6, 12), [point(2025, band)], as_of=date(2026, 4, 1))
    assert judged.verdict is Verdict.UNKNOWN
    assert sampled(0, 50).low == 0
    with pytest.raises(ValueError, match="a sample has"):
        sampling_margin(15, 0)


class TestMethod:
    """Every threshold is a parameter, and ours."""

    def test_thresholds_change_the_class(self) -> None:
        level, points = goal(Shape.LEVEL, 0, 100), [point(2022, 34)]
        assert judge(level, points, as_of=date(2023, 6, 1)).verdict is Verdict.BEHIND
        assert judge(level, points, as_of=date(2023, 6, 1), method=Method(on=0.8)).verdict is Verdict.ON
        assert judge(level, points, as_of=date(2023, 6, 1), method=Method(ahead=0.8, on=0.8)).verdict is Verdict.AHEAD
        assert judge(level, points, as_of=date(2023, 6, 1), method=Method(red=0.9)).light == "red"

    def test_sensitivity_tries_the_neighbours(self) -> None:
        judged = judge(goal(Shape.LEVEL, 0, 100), [point(2022, 35)], as_of=date(2023, 6, 1))
        tried = {(one.parameter, one.setting): one.verdict for one in judged.sensitivity}
        assert judged.verdict is Verdict.BEHIND
        assert tried == {
            ("on", 0.85): Verdict.ON,
            ("on", 0.95): Verdict.BEHIND,
            ("ahead", 1.05): Verdict.BEHIND,
            ("ahead", 1.15): Verdict.BEHIND,
        }

    def test_it_names_what_is_ours(self) -> None:
        assert {"ahead", "on", "red", "tolerance", "release_months"} <= set(Method().ours)
        assert "name" not in Method().ours

    def test_round_trip(self) -> None:
        method = Method(name="county", version="2", ahead=1.2, tolerance=0.05, ours=("ahead",))
        assert Method.from_dict(json.loads(json.dumps(method.to_dict()))) == method
        assert judge(goal(Shape.LEVEL, 0, 1), [], as_of=date(2023, 6, 1), method=method).method is method

    @pytest.mark.parametrize(
        "wrong",
        [
            {"on": 1.2},
            {"red": -1},
            {"ahead": float("inf")},
            {"tolerance": 1.5},
            {"forecast_points": 2},
            {"release_months": -1},
        ],
    )
    def test_it_refuses_nonsense(self, wrong: dict[str, float]) -> None:
        with pytest.raises(ValueError, match=r"rise|shares|forecast|negative"):
            Method.from_dict(wrong)


def test_goals_refuse_nonsense() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        goal(Shape.LEVEL, 0, 1, ends=date(2020, 1, 1))
    with pytest.raises(ValueError, match="comparison"):
        goal(Shape.LEVEL, 0, 1, comparison=">=")
    with pytest.raises(ValueError, match="finite"):
        goal(Shape.LEVEL, 0, float("nan"))
    with pytest.raises(ValueError, match="leaves nothing"):
        goal(Shape.GROWTH, 1, -100)


def test_expected_and_binding_goals_are_never_one_score() -> None:
    as_of, points = date(2023, 6, 1), [point(2022, 40)]
    judged = [judge(goal(Shape.LEVEL, 0, 100, binding=binding), points, as_of=as_of) for binding in (True, True, False)]
    judged.append(judge(goal(Shape.LEVEL, 0, 100), [], as_of=as_of))
    counts = tally(judged)
    assert counts.binding[Verdict.ON] == 2
    assert counts.expected[Verdict.ON] == 1
    assert counts.expected[Verdict.UNJUDGED] == 1
    assert sum(counts.binding.values()) == sum(counts.expected.values()) == 2
    assert set(counts.expected) == set(Verdict)
    assert set(vars(counts)) == {"expected", "binding"}


def test_every_verdict_has_a_light() -> None:
    assert set(LIGHTS) == set(Verdict)


def test_reasons_read_as_sentences() -> None:
    reason = Reason("year-missing", {"years": (2021, 2023)})
    assert str(reason) == "Years without a value: 2021, 2023."
    assert all(text.endswith(".") and "%%" not in text for text in REASONS.values())
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in REASONS)


def test_a_judgement_can_be_stored() -> None:
    points = [point(year, value) for year, value in ((2021, 10), (2022, 13), (2023, 15))]
    judged = judge(goal(Shape.LEVEL, 9, 25, path=((date(2023, 12, 31), 16.0),)), points, as_of=date(2024, 6, 1))
    stored = json.loads(json.dumps(judged.to_dict()))
    assert stored["verdict"] == judged.verdict
    assert stored["goal"]["path"] == [["2023-12-31", 16.0]]
    assert stored["value"] == {"low": 15, "high": 15, "about": False}
    assert stored["forecast"]["mid"] == pytest.approx(judged.forecast.mid if judged.forecast else None)
    assert [reason["code"] for reason in stored["reasons"]] == list(judged.codes)
