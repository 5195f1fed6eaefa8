"""What the registers count: by the definition of the day, the same number as the kernel's, marked where a row is invented."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.indicator.indicator import Count, Dimension, Ratio, Sum, count, indicator
from hanfeng.kernel.indicator.models import Reading
from hanfeng.kernel.pack import Pack
from hanfeng.kernel.pure import Period
from hanfeng.kernel.record.write import save_many
from hanfeng.plan import ledger as ledgers
from hanfeng.plan.ledger import breakdown, definitions, ledger, to_day, yearly
from hanfeng.plan.models import Plan

pytestmark = pytest.mark.django_db
PACK = Pack("registers", "Registers", "office", (), None)
BY_KIND = Dimension("kind", "kind")


def bodies(period: Period) -> QuerySet[Body]:
    """Bodies that exist on the last day."""
    return Body.objects.filter(starts__lte=period.last)


@indicator("bodies", "Bodies", unit="bodies", series="valid", by=(BY_KIND,))
def valid(period):
    """Bodies that exist on the last day of the period."""
    return Count(bodies(period))


@indicator("bodies", "Kinds", unit="kinds", series="ever")
def kinds(period):
    """Different kinds of bodies, each once."""
    return Count(bodies(period), of="kind")


@indicator("bodies", "Bodies, new count", unit="bodies", series="valid", version=2, since=date(2024, 1, 1))
def valid_departments(period):
    """Departments only."""
    return Count(bodies(period).filter(kind="department"))


@indicator("money", "Money", unit="yuan")
def money(period):
    """The sum of what readings give as at least."""
    return Sum(Reading.objects.filter(as_of__lte=period.last), of="low")


@indicator("departments-share", "Departments", unit="%")
def share(period):
    """Departments in all bodies."""
    return Ratio(Count(bodies(period).filter(kind="department")), Count(bodies(period)))


@indicator("distinct", "Distinct", unit="kinds")
def distinct(period):
    """Rows that can only be counted with a query around them."""
    return Count(bodies(period).order_by("kind").values("kind").distinct())


@indicator("nothing", "Nothing", unit="bodies")
def nothing(period):
    """No row at all, without asking the database."""
    return Count(Body.objects.none())


EVERY = (valid, kinds, valid_departments, money, share, distinct, nothing)


@pytest.fixture(autouse=True)
def registers(monkeypatch):
    monkeypatch.setattr(ledgers, "indicators", lambda: [(PACK, each) for each in EVERY])
    given = [("a", "department", 2019), ("b", "department", 2021), ("c", "bank", 2021), ("d", "bank", 2023)]
    rows = [Body(slug=slug, name=slug, kind=kind, starts=date(year, 7, 1)) for slug, kind, year in given]
    assert not save_many(rows, None, title="bodies").errors
    plan = Plan(slug="p", kind="special", title="P", starts=date(2021, 1, 1), ends=date(2025, 12, 31))
    assert not save_many([plan], None, title="plan").errors


def figures(measure, day):
    return {value.series: value.counted.value for value in ledger(measure, day)}


def invent(slug):
    body = Body(slug=slug, name=slug, kind="bank", starts=date(2020, 1, 1), demo=True)
    assert not save_many([body], None, title="demo").errors


def test_each_series_is_counted_by_the_definition_of_the_day():
    assert figures("bodies", date(2023, 12, 31)) == {"ever": 2, "valid": 4}
    assert figures("bodies", date(2024, 12, 31)) == {"ever": 2, "valid": 2}
    (_, ever), (_, now) = definitions("bodies", date(2024, 1, 1))
    assert (ever.name, now.name) == ("kinds", "valid_departments")
    assert [value.definition for value in ledger("bodies", date(2024, 1, 1))] == [
        "Different kinds of bodies, each once.",
        "Departments only.",
    ]


def test_a_period_or_a_day_may_be_asked_for():
    assert to_day(date(2021, 6, 30)) == Period(date(2021, 1, 1), date(2021, 7, 1))
    assert (
        figures("bodies", date(2021, 6, 30))
        == figures("bodies", Period(date(2021, 1, 1), date(2021, 7, 1)))
        == {"ever": 1, "valid": 1}
    )
    assert ledger("unheard-of", date(2021, 6, 30)) == ()


@pytest.mark.parametrize("day", [date(2018, 12, 31), date(2021, 12, 31), date(2024, 12, 31)])
@pytest.mark.parametrize("measure", ["bodies", "money", "departments-share", "distinct", "nothing"])
def test_the_figures_are_those_the_kernel_counts(measure, day):
    values = ledger(measure, day)
    assert [value.counted for value in values] == [count(value.indicator, value.period) for value in values]


def test_no_row_is_zero_for_a_count_and_not_known_for_a_sum_or_a_share():
    early = date(2018, 12, 31)
    assert [figures(name, early) for name in ("money", "departments-share", "nothing")] == [
        {"": None},
        {"": None},
        {"": 0},
    ]
    assert ledger("departments-share", date(2021, 12, 31))[0].counted.denominator == 3


def test_one_invented_row_marks_every_figure_that_counts_it():
    assert not any(value.demo for value in ledger("bodies", date(2023, 12, 31)))
    invent("x")
    assert all(value.demo for value in ledger("bodies", date(2023, 12, 31)))
    assert not any(value.demo for value in ledger("bodies", date(2019, 12, 31)))  # it did not exist then


def test_an_invented_row_in_the_whole_marks_the_share():
    invent("x")  # a bank: no part of the departments, but of what they are divided by
    assert ledger("departments-share", date(2021, 12, 31))[0].demo
    assert not ledger("departments-share", date(2019, 12, 31))[0].demo


def test_however_much_is_asked_it_takes_one_query():
    asked = [
        (name, to_day(date(year, 12, 31)))
        for name in ("bodies", "departments-share", "money")
        for year in range(2019, 2026)
    ]
    with CaptureQueriesContext(connection) as queries:
        values = ledgers.ledgers(asked)
    assert len(values) == 28
    assert len(queries) == 1


def test_more_than_one_query_can_hold_is_cut_up(monkeypatch):
    monkeypatch.setattr(ledgers, "MOST", 3)
    whole = yearly("bodies", 2019, date(2025, 12, 31))
    assert [value.counted.value for value in whole["ever"]] == [1, 1, 2, 2, 2, 2, 2]


def test_before_a_plan_is_loaded_the_registers_are_counted_all_the_same():
    plan = Plan.objects.get()
    Plan.objects.filter(pk=plan.pk)._raw_delete("default")
    invent("x")
    assert figures("bodies", date(2023, 12, 31)) == {"ever": 2, "valid": 5}
    assert all(value.demo for value in ledger("bodies", date(2023, 12, 31)))


def test_the_course_over_the_years_ends_on_the_day_asked_for():
    course = yearly("bodies", 2020, date(2024, 6, 30))
    assert [(value.at, value.counted.value) for value in course["valid"]] == [
        (date(2020, 12, 31), 1), (date(2021, 12, 31), 3), (date(2022, 12, 31), 3), (date(2023, 12, 31), 4),
        (date(2024, 6, 30), 2),
    ]  # fmt: skip


def test_a_figure_breaks_down_by_what_its_definition_names():
    ever, now = ledger("bodies", date(2023, 12, 31))
    assert breakdown(now, BY_KIND) == {"department": 2, "bank": 2}
    with pytest.raises(ValueError, match="kinds is not broken down by kind"):
        breakdown(ever, BY_KIND)
