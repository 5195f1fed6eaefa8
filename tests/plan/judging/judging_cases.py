"""Short ways to write goals and points; the term is the five years 2021 to 2025 unless said otherwise."""

from datetime import date
from typing import Any

from hanfeng.kernel.pure import Bound
from hanfeng.plan.judging import Goal, Point, Shape, Trust

BASE_DAY = date(2020, 12, 31)
STARTS, ENDS = date(2021, 1, 1), date(2025, 12, 31)
HALF_ENDS = date(2022, 12, 31)
"""The end of a two-year term, whose half is over on the last day of 2021."""


def year_end(year: int) -> date:
    return date(year, 12, 31)


def goal(shape: Shape, base: float | None, aim: float | None, **more: Any) -> Goal:
    values: dict[str, Any] = {
        "goal_high": None,
        "starts": STARTS,
        "ends": ENDS,
        "comparison": "ge",
        "place": "district",
    }
    values |= more
    return Goal("g", shape, base, None if base is None else BASE_DAY, aim, **values)


def point(at: date | int, value: float | Bound, name: str = "", **more: Any) -> Point:
    day = year_end(at) if isinstance(at, int) else at
    bound = value if isinstance(value, Bound) else Bound.exact(value)
    values: dict[str, Any] = {"place": "district", "whole": True, "trust": Trust.OFFICIAL}
    values |= more
    return Point(name or f"p{day.isoformat()}", day, bound, **values)


def flow(year: int, value: float | Bound, **more: Any) -> Point:
    more = {"name": f"f{year}", "kind": "increment", "year": year} | more
    return point(more.pop("at", year), value, **more)


def exact(bound: Bound | None) -> float:
    """The one value of a bound that must have one."""
    assert bound is not None
    assert bound.low is not None
    assert bound.low == bound.high
    return bound.low
