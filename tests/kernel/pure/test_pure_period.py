"""Periods: their names, their order, their tiles, and what share of them has passed."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hanfeng.kernel.pure import Period, PeriodError

LABELS = list(csv.DictReader((Path(__file__).parent / "labels.csv").read_text("utf-8").splitlines()))

days = st.dates(date(1, 1, 1), date(9998, 12, 30))
LAST = date(9998, 12, 31)
spans = st.builds(
    lambda start, n: (start, start + timedelta(min(n, (LAST - start).days))), days, st.integers(1, 200000)
)
years = st.integers(1, 9998)
periods = st.one_of(
    spans.map(lambda span: Period(*span)),
    years.map(Period.year),
    st.builds(Period.half, years, st.integers(1, 2)),
    st.builds(Period.quarter, years, st.integers(1, 4)),
    st.builds(Period.month, years, st.integers(1, 12)),
    st.builds(lambda first, more: Period.years(first, min(first + more, 9998)), years, st.integers(0, 30)),
)


@pytest.mark.parametrize(
    ("text", "start", "last"),
    [
        ("2023", date(2023, 1, 1), date(2023, 12, 31)),
        ("2023-12", date(2023, 12, 1), date(2023, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024H1", date(2024, 1, 1), date(2024, 6, 30)),
        ("2021Q4", date(2021, 10, 1), date(2021, 12, 31)),
        ("2021/2025", date(2021, 1, 1), date(2025, 12, 31)),
        (" 2025-01-15/2025-07-01 ", date(2025, 1, 15), date(2025, 6, 30)),
    ],
)
def test_parse_reads_each_form(text: str, start: date, last: date) -> None:
    period = Period.parse(text)
    assert (period.start, period.last) == (start, last)
    assert str(period) == text.strip()


def test_a_span_that_has_a_name_takes_it() -> None:
    assert str(Period.parse("2025-01-01/2025-07-01")) == "2025H1"
    assert Period.years(2025, 2025) == Period.year(2025)


@settings(deadline=None)
@given(periods)
def test_the_name_parses_back(period: Period) -> None:
    assert Period.parse(str(period)) == period


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "form"),
        ("last year", "form"),
        ("2025Q5", "form"),
        ("2025-1", "form"),
        ("2025-13", "range"),
        ("2025-02-30/2025-03-01", "range"),
        ("9999", "range"),
        ("0000", "range"),
        ("2025/2021", "order"),
        ("2025-03-01/2025-03-01", "order"),
    ],
)
def test_a_bad_name_is_refused_by_kind(text: str, code: str) -> None:
    with pytest.raises(PeriodError) as caught:
        Period.parse(text)
    assert caught.value.code == code


def test_the_fault_can_be_said_in_another_language() -> None:
    with pytest.raises(ValueError, match="from 2025-03-02 to 2025-03-01") as caught:
        Period(date(2025, 3, 2), date(2025, 3, 1))
    assert isinstance(caught.value, PeriodError)
    assert "%(end)s" in caught.value.template
    assert str(caught.value) == caught.value.template % caught.value.params


@pytest.mark.parametrize("row", LABELS, ids=lambda row: row["period"])
def test_labels_are_what_officials_write(row: dict[str, str]) -> None:
    period = Period.parse(row["period"])
    assert period.label() == period.label("zh-hans") == row["zh"]
    assert period.label("en") == row["en"]


@settings(deadline=None)
@given(periods, days)
def test_containing_and_overlapping_agree(period: Period, day: date) -> None:
    one = Period(day, day + timedelta(days=1))
    assert period.contains(day) == period.overlaps(one) == one.overlaps(period)
    assert period.contains(period.start)
    assert period.contains(period.last)
    assert not period.contains(period.end)


@pytest.mark.parametrize(("unit", "count"), [("year", 5), ("half", 10), ("quarter", 20), ("month", 60)])
def test_tiles_cover_without_gap_or_overlap(unit: str, count: int) -> None:
    plan = Period.parse("2021/2025")
    tiles = list(plan.tiles(unit))
    assert len(tiles) == count
    assert [plan.start, *(tile.end for tile in tiles)] == [*(tile.start for tile in tiles), plan.end]
    assert len({tile.days for tile in tiles}) <= 4


@pytest.mark.parametrize(
    ("text", "unit"),
    [("2025Q1", "half"), ("2025-02", "quarter"), ("2025-02-01/2025-08-01", "half"), ("2025-01-02/2026-01-02", "month")],
)
def test_tiles_refuse_what_does_not_fit(text: str, unit: str) -> None:
    with pytest.raises(PeriodError, match="whole parts"):
        list(Period.parse(text).tiles(unit))


def test_elapsed_counts_the_day_itself() -> None:
    year = Period.year(2025)
    assert year.elapsed(date(2024, 12, 31)) == 0
    assert year.elapsed(date(2025, 1, 1)) == 1 / 365
    assert year.elapsed(date(2025, 6, 30)) == 181 / 365
    assert year.elapsed(date(2025, 12, 30)) < 1
    assert year.elapsed(date(2025, 12, 31)) == year.elapsed(date(2030, 1, 1)) == 1
