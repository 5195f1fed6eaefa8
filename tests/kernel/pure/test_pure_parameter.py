"""Dated parameters: which version is in force, and refusals that name the versions and spans."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hanfeng.kernel.pure import Confidence, Dated, NoParameter, Parameter


def version(
    value: float, since: date | None, until: date | None, name: str = "mediation", unit: str = "day"
) -> Parameter[float]:
    return Parameter(name, value, unit, f"order {value}", "art. 1", since, until, Confidence.EXAMPLE)


CHANGE = date(2026, 4, 15)
OLD, NEW = version(45, date(2020, 1, 1), CHANGE), version(60, CHANGE, None)


def test_the_version_changes_on_the_day_the_new_one_takes_force() -> None:
    limit = Dated(NEW, OLD)
    assert limit.versions == tuple(limit) == (OLD, NEW)
    assert limit.at(CHANGE - timedelta(days=1)) is OLD
    assert limit.at(CHANGE) is NEW
    assert limit.at(date(2999, 1, 1)) is NEW


def test_a_day_without_a_version_is_refused_with_the_known_spans() -> None:
    with pytest.raises(NoParameter) as caught:
        Dated(OLD, NEW).at(date(2019, 12, 31))
    assert (caught.value.code, caught.value.params["day"]) == ("no_parameter", date(2019, 12, 31))
    assert "2020-01-01/2026-04-15, 2026-04-15/.." in str(caught.value)


def test_a_gap_is_a_gap() -> None:
    gap = Dated(version(1, None, date(2020, 1, 1)), version(2, date(2021, 1, 1), None))
    assert gap.at(date.min).value == 1
    with pytest.raises(NoParameter):
        gap.at(date(2020, 6, 1))


@pytest.mark.parametrize(
    "other",
    [version(50, date(2026, 4, 14), date(2027, 1, 1)), version(50, None, None), version(50, None, date(2020, 1, 2))],
)
def test_overlapping_versions_are_refused_by_name(other: Parameter[float]) -> None:
    with pytest.raises(ValueError, match="overlap") as caught:
        Dated(OLD, other)
    assert "order 45" in str(caught.value)
    assert "order 50" in str(caught.value)


@pytest.mark.parametrize("other", [version(1, CHANGE, None, name="reply"), version(1, CHANGE, None, unit="hour")])
def test_versions_share_name_and_unit(other: Parameter[float]) -> None:
    with pytest.raises(ValueError, match="one name and one unit"):
        Dated(OLD, other)


def test_there_is_no_parameter_without_a_version_or_with_an_empty_span() -> None:
    with pytest.raises(ValueError, match="none"):
        Dated()
    with pytest.raises(ValueError, match="must come after"):
        version(1, CHANGE, CHANGE)


@settings(deadline=None)
@given(st.lists(st.dates(date(2000, 1, 1), date(2030, 1, 1)), min_size=2, max_size=6, unique=True), st.data())
def test_exactly_one_of_adjoining_versions_holds(days: list[date], data: st.DataObject) -> None:
    cuts = sorted(days)
    versions = [version(i, since, until) for i, (since, until) in enumerate(pairwise(cuts))]
    day = data.draw(st.dates(cuts[0], cuts[-1] - timedelta(days=1)))
    assert [v for v in versions if v.valid_on(day)] == [Dated(*versions).at(day)]
