"""A revision is a new vintage: today's value, the value as of a day, and what the revision changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from hanfeng.commons.series.kinds import GDP, RESIDENTS
from hanfeng.commons.series.models import SeriesValue, Stage
from hanfeng.commons.series.reading import of_years, revisions, standing, value_of, yearly
from hanfeng.kernel.api import Sum, save
from hanfeng.kernel.pure import Period

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def a_value(year: int, value: str, vintage: date, **more: Any) -> SeriesValue:
    row = SeriesValue(
        **{"series": GDP.name, "year": year, "value": Decimal(value), "vintage": vintage, "source": "x"} | more
    )
    save(row, None)
    return row


def test_the_newest_vintage_stands_and_the_earlier_one_can_be_read_as_of_its_time() -> None:
    a_value(2023, "600", date(2024, 2, 1))
    a_value(2023, "636", date(2025, 1, 10), stage=Stage.CENSUS)
    assert value_of(GDP, 2023) == 636
    assert value_of(GDP, 2023, as_of=date(2024, 12, 31)) == 600
    assert value_of(GDP, 2023, as_of=date(2024, 1, 1)) is None
    told = revisions(GDP)[2023]
    assert (told.first.value, told.last.value, round(told.factor, 2)) == (600, 636, 1.06)


def test_quarters_have_vintages_of_their_own_and_are_no_part_of_a_year() -> None:
    a_value(2024, "150", date(2024, 4, 20), quarter=1)
    a_value(2024, "151", date(2024, 7, 20), quarter=1)
    a_value(2024, "650", date(2025, 2, 1))
    assert list(standing(GDP).order_by("value").values_list("value", flat=True)) == [151, 650]
    assert yearly(GDP) == {2024: 650}


def test_only_whole_years_of_a_period_are_known() -> None:
    for year in (2022, 2023):
        a_value(year, "600", date(year + 1, 2, 1))
    assert Sum(of_years(GDP, Period.year(2023)), "value").value() == 600
    assert Sum(of_years(GDP, Period(date(2022, 1, 1), date(2024, 1, 1))), "value").value() == 1200
    assert Sum(of_years(GDP, Period(date(2023, 1, 1), date(2023, 11, 29))), "value").value() is None
    assert Sum(of_years(GDP, Period(date(2022, 7, 1), date(2023, 7, 1))), "value").value() is None


def test_a_value_is_kept_once_for_each_vintage_and_never_before_its_time_is_over() -> None:
    a_value(2023, "1200", date(2024, 2, 1), series=RESIDENTS.name)
    with pytest.raises(ValidationError):
        a_value(2023, "1210", date(2024, 2, 1), series=RESIDENTS.name)
    with pytest.raises(ValidationError, match="before the time"):
        a_value(2024, "1210", date(2024, 10, 1), series=RESIDENTS.name)
    with pytest.raises(ValidationError, match="by year"):
        a_value(2024, "1210", date(2025, 10, 1), series=RESIDENTS.name, quarter=2)


def test_definitions_are_not_mixed() -> None:
    a_value(2023, "12", date(2024, 2, 1), basis="core")
    a_value(2023, "99", date(2024, 5, 1), basis="wide")
    assert yearly(GDP, basis="core") == {2023: 12}
