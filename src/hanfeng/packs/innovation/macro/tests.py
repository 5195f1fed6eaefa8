"""Vectors of growth accounting, the definition that a figure follows, the revision that moves a ratio and says so."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from hanfeng.commons.series.kinds import CAPITAL_GROWTH, DIGITAL, GDP, GDP_GROWTH, LABOUR_GROWTH, SeriesKind
from hanfeng.commons.series.models import SeriesValue
from hanfeng.kernel.api import count, save
from hanfeng.kernel.pure import Period

from . import indicators
from .models import DigitalDefinition, Scope
from .standard import Accounting, accounting, contribution, mean_growth


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


def a_value(kind: SeriesKind, year: int, value: float, vintage: date | None = None, basis: str = "") -> None:
    day = vintage or date(year + 1, 2, 1)
    save(
        SeriesValue(series=kind.name, year=year, value=Decimal(str(value)), vintage=day, basis=basis, source="x"), None
    )


def a_definition(slug: str, first: int, last: int | None = None, **more: Any) -> DigitalDefinition:
    made = DigitalDefinition(
        **{
            "slug": slug,
            "title": slug,
            "width": Scope.CORE,
            "text": "x",
            "source": "notice 1",
            "first": first,
            "last": last,
        }
        | more
    )
    save(made, None)
    return made


@pytest.mark.parametrize(("alpha", "percent"), [(0.30, 68.9), (0.35, 64.8), (0.40, 60.6), (0.50, 52.4), (0.60, 44.2)])
def test_the_vectors_of_growth_accounting(alpha: float, percent: float) -> None:
    """E = (y - αk - βl) / y with y 6.2 %, k 5.5 %, l 0.4 %: the worked example by which the choice of α is shown to matter."""
    assert contribution(6.2, 5.5, 0.4, alpha) == pytest.approx(percent, abs=0.05)


def test_the_band_spans_the_usual_shares_and_tells_what_a_stated_value_takes() -> None:
    found = Accounting(6.2, 5.5, 0.4)
    low, high = found.band() or (0, 0)
    assert (round(low, 1), round(high, 1)) == (44.2, 68.9)
    assert found.alpha_for(60.6) == pytest.approx(0.40, abs=0.002)
    assert Accounting(0.0, 5.5, 0.4).band() is None
    assert Accounting(-1.0, 5.5, 0.4).at(0.4) is None


def test_growth_is_averaged_as_it_compounds_and_a_missing_year_says_nothing() -> None:
    assert mean_growth([10.0, -10.0]) == pytest.approx(100 * (0.99**0.5 - 1))
    rates = dict.fromkeys(range(2021, 2026), 5.0)
    assert accounting(rates, rates, rates, 2025) is not None
    assert accounting(rates, rates, dict.fromkeys(range(2022, 2026), 1.0), 2025) is None


@pytest.mark.django_db
def test_the_contribution_is_a_band_and_never_a_number() -> None:
    for year in range(2021, 2026):
        for kind, rate in ((GDP_GROWTH, 6.2), (CAPITAL_GROWTH, 5.5), (LABOUR_GROWTH, 0.4)):
            a_value(kind, year, rate)
    told = count(indicators.science_contribution, Period.year(2025))
    assert told.value is None
    assert (round(told.low or 0, 1), round(told.high or 0, 1)) == (44.2, 68.9)
    assert count(indicators.science_contribution, Period.year(2024)).low is None


@pytest.mark.django_db
def test_a_revised_gdp_moves_the_share_and_says_so() -> None:
    a_definition("core", 2020)
    a_value(GDP, 2023, 600)
    a_value(DIGITAL, 2023, 15, basis="core")
    assert count(indicators.digital_economy_share, Period.year(2023)).value == pytest.approx(2.5)
    a_value(GDP, 2023, 625, date(2024, 12, 30))
    assert count(indicators.digital_economy_share, Period.year(2023)).value == pytest.approx(2.4)
    assert any("from 2.50% to 2.40%" in said for said in indicators.digital_remarks(Period.year(2023)))


@pytest.mark.django_db
def test_two_definitions_are_never_mixed() -> None:
    a_definition("core", 2020, 2022)
    a_definition("wide", 2023, width=Scope.WIDE)
    for year in (2022, 2023):
        a_value(GDP, year, 500)
        a_value(DIGITAL, year, 10, basis="core")
        a_value(DIGITAL, year, 150, basis="wide")
    shares = [count(indicators.digital_economy_share, Period.year(year)).value for year in (2021, 2022, 2023)]
    assert shares == [None, pytest.approx(2.0), pytest.approx(30.0)]
    both = Period(date(2022, 1, 1), date(2024, 1, 1))
    assert count(indicators.digital_economy_share, both).value is None
    with pytest.raises(ValidationError, match="same years"):
        a_definition("third", 2022)


@pytest.mark.django_db
def test_the_face_shows_the_band_and_the_revision(client: Any, admin_user: Any) -> None:
    a_value(GDP, 2023, 600)
    a_value(GDP, 2023, 625, date(2024, 12, 30))
    client.force_login(admin_user)
    page = client.get("/macro/", headers={"accept-language": "en"})
    assert page.context["rows"][0]["revised"].factor == pytest.approx(625 / 600)
    assert page.context["band"] is None
    assert "from 600.00" in page.content.decode()
