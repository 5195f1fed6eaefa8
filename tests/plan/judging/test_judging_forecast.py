"""The forecast: least squares, Student's t, chance, and when there is none."""

from datetime import date
from math import log

import numpy as np
import pytest
from judging_cases import BASE_DAY, ENDS, goal, point

from hanfeng.kernel.pure import Bound
from hanfeng.plan.judging import Shape, Trust, Verdict, forecast, judge
from hanfeng.plan.judging.trend import student, student_quantile

FOUR = [point(2021, 10.0), point(2022, 13.0), point(2023, 15.0), point(2024, 20.0)]


@pytest.mark.parametrize(
    ("share", "freedom", "quantile"),
    [
        (0.9, 1, 3.0777),
        (0.9, 2, 1.8856),
        (0.9, 3, 1.6377),
        (0.9, 10, 1.3722),
        (0.975, 1, 12.7062),
        (0.975, 4, 2.7764),
        (0.975, 5, 2.5706),
        (0.975, 30, 2.0423),
        (0.995, 7, 3.4995),
    ],
)
def test_student_against_printed_tables(share: float, freedom: int, quantile: float) -> None:
    assert student_quantile(share, freedom) == pytest.approx(quantile, abs=6e-5)
    assert student(quantile, freedom) == pytest.approx(share, abs=1e-5)
    assert student(-quantile, freedom) == pytest.approx(1 - share, abs=1e-5)
    assert student(0, freedom) == 0.5


def test_a_straight_line_by_least_squares() -> None:
    found = forecast(FOUR, None, ENDS, floor=21)
    assert found is not None
    years, values = np.array([0, 1, 2, 3]), np.array([10.0, 13.0, 15.0, 20.0])
    slope, start = np.polyfit(years, values, 1)
    assert found.mid == pytest.approx(start + 4 * slope)
    rest = float(((values - start - slope * years) ** 2).sum()) / 2
    half = 1.885618 * (rest * (1 + 1 / 4 + (4 - 1.5) ** 2 / 5)) ** 0.5
    assert found.high - found.mid == pytest.approx(half, rel=1e-6)
    assert found.mid - found.low == pytest.approx(half, rel=1e-6)
    assert (found.method, found.points, found.level) == ("linear", 4, 0.8)


def test_the_chance_agrees_with_a_simulation() -> None:
    found = forecast(FOUR, None, ENDS, floor=21)
    assert found is not None
    spread = (found.high - found.mid) / 1.885618
    draws = found.mid + spread * np.random.default_rng(7).standard_t(2, 200_000)
    assert found.chance == pytest.approx(float((draws >= 21).mean()), abs=0.005)
    below = forecast(FOUR, None, ENDS, ceiling=21)
    assert below is not None
    assert below.chance == pytest.approx(1 - found.chance)


def test_growth_is_fitted_in_logarithms() -> None:
    points = [point(2021, 110.0), point(2022, 124.0), point(2023, 133.0)]
    found = forecast(points, (BASE_DAY, 100.0), ENDS, floor=150, compound=True)
    assert found is not None
    slope, start = np.polyfit([0, 1, 2, 3], [log(v) for v in (100.0, 110.0, 124.0, 133.0)], 1)
    assert found.mid == pytest.approx(np.exp(start + 5 * slope), rel=1e-9)
    assert found.method == "log-linear"
    assert found.high - found.mid > found.mid - found.low > 0
    with_loss = forecast([*points, point(2024, -1.0)], None, ENDS, compound=True)
    assert with_loss is not None
    assert with_loss.method == "linear"


def test_fewer_than_three_values_give_none() -> None:
    assert forecast(FOUR[:2], (BASE_DAY, 9.0), ENDS) is None
    judged = judge(goal(Shape.LEVEL, 9, 25), FOUR[:2], as_of=date(2023, 6, 1))
    assert judged.forecast is None
    few = next(one for one in judged.reasons if one.code == "forecast-too-few")
    assert few.args == {"points": 2, "least": 3}


def test_bounds_parts_leads_and_ledger_values_do_not_enter() -> None:
    others = [
        point(2020, Bound.at_least(500), "bound"),
        point(2019, 500, "part", whole=False),
        point(2018, 500, "lead", trust=Trust.LEAD),
        point(2017, 500, "ledger", trust=Trust.LEDGER),
        point(2016, 500, "flow", kind="increment"),
    ]
    assert forecast([*FOUR, *others], None, ENDS) == forecast(FOUR, None, ENDS)
    assert forecast([*FOUR[:2], *others], None, ENDS) is None


def test_values_on_one_line_give_no_chance() -> None:
    found = forecast([point(2021, 10), point(2022, 12), point(2023, 14)], None, ENDS, floor=15)
    assert found is not None
    assert found.mid == pytest.approx(18)
    assert found.low == pytest.approx(found.high)
    assert found.chance is None
    judged = judge(
        goal(Shape.LEVEL, 8, 20), [point(2021, 10), point(2022, 12), point(2023, 14)], as_of=date(2024, 6, 1)
    )
    assert "forecast-no-spread" in judged.codes


def test_judging_forecasts_to_the_end_with_the_base() -> None:
    judged = judge(goal(Shape.LEVEL, 9, 25), FOUR, as_of=date(2025, 6, 1))
    assert judged.forecast == forecast(FOUR, (BASE_DAY, 9.0), ENDS, floor=25)
    assert judged.forecast is not None
    assert judged.forecast.points == 5
    assert judged.used == tuple(p.id for p in FOUR)
    assert judged.forecast.chance is not None
    assert 0 < judged.forecast.chance < 0.5


def test_an_ended_goal_without_its_value_still_has_a_forecast_but_no_verdict() -> None:
    judged = judge(goal(Shape.LEVEL, 9, 25), FOUR, as_of=date(2026, 3, 1))
    assert judged.verdict is Verdict.NOT_OUT
    assert judged.forecast is not None


def test_the_past_is_forecast_with_what_was_known() -> None:
    past = judge(goal(Shape.LEVEL, 9, 25), FOUR, as_of=date(2024, 6, 1))
    assert past.forecast == forecast(FOUR[:3], (BASE_DAY, 9.0), ENDS, floor=25)
