"""Figures counted before are kept until a record of a kind they were read from is written, and not a moment longer."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.indicator.indicator import Count, Ratio, count, indicator
from hanfeng.kernel.indicator.models import Reading
from hanfeng.kernel.pack import Pack
from hanfeng.kernel.record import written
from hanfeng.kernel.record.models import Event
from hanfeng.kernel.record.write import save, save_many
from hanfeng.kernel.rule.models import Setting
from hanfeng.plan import ledger as ledgers
from hanfeng.plan.ledger import to_day

pytestmark = pytest.mark.django_db(transaction=True)
PACK = Pack("registers", "Registers", "office", (), None)
DAY = date(2023, 12, 31)


@indicator("bodies", "Bodies", unit="bodies")
def bodies(period):
    """Bodies."""
    return Count(Body.objects.filter(starts__lte=period.last))


@indicator("readings", "Readings", unit="readings")
def readings(period):
    """Readings."""
    return Count(Reading.objects.filter(as_of__lte=period.last))


@indicator("by-rule", "Bodies by a rule", unit="bodies")
def by_rule(period):
    """Bodies, where a parameter is kept."""
    return Count(Body.objects.all() if Setting.objects.exists() else Body.objects.none())


@indicator("events", "Events", unit="events")
def events(period):
    """What is no record: it leaves no event of its own."""
    return Ratio(Count(Event.objects.all()), Count(Body.objects.all()), factor=1.0)


EVERY = (bodies, readings, by_rule, events)


def body(slug, **values):
    return Body(slug=slug, name=slug, kind="bank", starts=date(2020, 1, 1), **values)


@pytest.fixture(autouse=True)
def registers(monkeypatch):
    monkeypatch.setattr(ledgers, "indicators", lambda: [(PACK, each) for each in EVERY])
    monkeypatch.setattr(ledgers, "_kept", ledgers._Kept())
    save(body("a"), None)


def asked():
    """Every figure as the ledger tells it and how many statements that took; each is what the kernel counts now."""
    with CaptureQueriesContext(connection) as queries:
        told = ledgers.ledgers([(each.measure, to_day(DAY)) for each in EVERY])
    assert [value.counted for value in told] == [count(value.indicator, value.period) for value in told]
    return told, [query["sql"] for query in queries]


def read(statements, model):
    """Whether one of the statements counted rows of a model."""
    return any(f'FROM "{model._meta.db_table}"' in sql for sql in statements)


def test_what_was_not_written_is_not_counted_again():
    _told, first = asked()
    assert read(first, Body)
    assert read(first, Reading)
    _told, again = asked()
    assert not read(again, Reading)
    assert len(again) == 2, "one look at what was written, and what is no record"
    save(body("b"), None)
    _told, after = asked()
    assert read(after, Body)
    assert not read(after, Reading)


def test_a_parameter_asked_for_by_a_definition_counts_as_read():
    asked()
    save(Setting(name="x.y", value=1, title="X"), None)
    told, _statements = asked()
    assert told[2].counted.value == 1


def test_a_change_a_withdrawal_and_an_import_are_seen():
    found = body("b", demo=True)
    save(found, None)
    assert asked()[0][0].demo
    save(found, None, {"starts": date(2024, 1, 1)})
    assert not asked()[0][0].demo
    save(found, None, {"void": True})
    asked()
    save_many([body(f"m{n}") for n in range(5)], None, title="many")
    assert asked()[0][0].counted.value == 6


def test_inside_a_transaction_nothing_is_kept():
    asked()

    with transaction.atomic():
        save(body("b"), None)
        assert asked()[0][0].counted.value == 2
        transaction.set_rollback(True)
    assert asked()[0][0].counted.value == 1


def test_a_history_that_is_another_makes_everything_count_anew():
    asked()
    models.QuerySet(Body).delete()
    models.QuerySet(Event)._raw_delete("default")
    save(body("c", demo=True), None)
    assert asked()[0][0].demo


def test_more_than_a_look_can_read(monkeypatch):
    monkeypatch.setattr(written, "MOST", 3)
    asked()
    save_many([body(f"m{n}") for n in range(9)], None, title="many")
    assert asked()[0][0].counted.value == 10


def test_a_figure_is_counted_anew_on_another_day(monkeypatch):
    asked()
    later = timezone.localdate() + timedelta(days=1)
    monkeypatch.setattr(timezone, "localdate", lambda: later)
    assert read(asked()[1], Body)
