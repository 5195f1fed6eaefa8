"""Values are kept once, judged, and counted exactly; what replaces a value leaves a revision."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hanfeng.kernel.api import Frame, Quality, Value, buckets, gaps, ingest, latest, series
from hanfeng.kernel.sense import client
from hanfeng.kernel.sense.aggregates import work_off
from hanfeng.kernel.sense.models import Observation, RawFrame, Revision, Standing, Touched
from hanfeng.kernel.sense.quality import Check, Checks, judge
from hanfeng.kernel.sense.store import stand_of

pytestmark = pytest.mark.django_db
T0 = datetime(2026, 3, 1, 0, 0, tzinfo=timezone.get_default_timezone())
MINUTE = timedelta(minutes=1)


def minutes(datastream: Any, count: int, start: datetime = T0, value: Any = float) -> list[Value]:
    return [Value(datastream.pk, start + i * MINUTE, value(i)) for i in range(count)]


def test_a_batch_is_kept_once(station: Any) -> None:
    water, _level = station()
    batch = minutes(water, 90)
    assert (ingest(batch).new, ingest(batch).same) == (90, 90)
    assert Observation.objects.filter(datastream=water).count() == 90
    assert Revision.objects.count() == 0
    assert [o.value for o in series(water.pk, T0, T0 + 3 * MINUTE)] == [0.0, 1.0, 2.0]


def test_another_value_at_the_same_time_leaves_a_revision(station: Any) -> None:
    water, _level = station()
    ingest(minutes(water, 3))
    told = ingest([Value(water.pk, T0 + MINUTE, 9.5, "N")])
    assert (told.new, told.same, told.changed) == (0, 0, 1)
    revision = Revision.objects.get()
    assert json.loads(revision.row)["number"] == 1.0
    assert series(water.pk, T0, T0 + 3 * MINUTE)[1].value == 9.5


def test_the_same_moment_twice_in_one_batch(station: Any) -> None:
    water, _level = station()
    told = ingest(
        [Value(water.pk, T0, 1), Value(water.pk, T0, 1.0), Value(water.pk, T0, 2), Value(water.pk, T0 - MINUTE, 5)]
    )
    assert (told.new, told.same, told.changed) == (2, 1, 1)
    assert latest([water.pk])[water.pk].value == 2.0
    assert latest([water.pk])[water.pk].n == 2


def test_one_bad_value_does_not_take_its_batch_along(station: Any) -> None:
    water, _level = station()
    told = ingest(
        [
            Value(water.pk, T0, 1.0), Value(water.pk, T0 + MINUTE, float("nan")), Value(999_999, T0, 1.0),
            Value(water.pk, datetime(2026, 3, 1), 1.0), Value(water.pk, T0 + 2 * MINUTE, float("inf")),  # noqa: DTZ001
            Value(water.pk, 1 << 62, 3.0), Value(water.pk, T0 + 3 * MINUTE, 10**400), Value(water.pk, T0 + 4 * MINUTE, 4.0),
        ]
    )  # fmt: skip
    assert told.new == 2
    assert [place for place, _why in told.refused] == [1, 2, 3, 4, 5, 6]
    assert all(why for _place, why in told.refused)


def test_results_that_are_no_numbers(station: Any) -> None:
    water, _level = station()
    values = ["Ⅲ", True, None, {"a": [1, 2]}, ""]
    assert ingest([Value(water.pk, T0 + i * MINUTE, v) for i, v in enumerate(values)]).new == 5
    assert [o.value for o in series(water.pk, T0, T0 + 9 * MINUTE)] == values


def test_raw_frames_are_kept_byte_for_byte(station: Any) -> None:
    water, _level = station()
    body = bytes(range(256))
    ingest([Value(water.pk, T0, 1.0)], raw=[Frame("hj212 10.0.0.1", "taken", body)])
    assert bytes(RawFrame.objects.get().body) == body


def test_checks_lower_the_quality_and_never_change_the_value(station: Any) -> None:
    water, _level = station(checks={"low": 0, "high": 40, "step": 5, "stuck_minutes": 3})
    values = [10.0, 11.0, 30.0, 31.0, 99.0, 31.0, 31.0, 31.0, 31.0, 31.0]
    ingest([Value(water.pk, T0 + i * MINUTE, v) for i, v in enumerate(values)])
    ingest([Value(water.pk, T0 + 20 * MINUTE, 31.0, "M"), Value(water.pk, T0 + 21 * MINUTE, 31.0, "Q")])
    kept = series(water.pk, T0, T0 + 60 * MINUTE)
    good, suspect, bad = Quality.VALID, Quality.SUSPECT, Quality.INVALID
    assert [o.quality for o in kept][:6] == [good, good, suspect, good, bad, suspect]
    assert [o.quality for o in kept][6:10] == [good, good, good, suspect]
    assert [o.quality for o in kept][10:] == [Quality.MAINTENANCE, suspect]
    assert [o.value for o in kept][:10] == values


def test_a_plant_that_stands_still_is_not_taken_for_a_stuck_probe() -> None:
    checks = Checks(stuck_ms=60_000)
    assert judge(0.0, "F", checks, before=0.0, same_ms=600_000) == (Quality.VALID, Check(0))
    assert judge(0.0, "N", checks, before=0.0, same_ms=600_000) == (Quality.SUSPECT, Check.STUCK)


def test_a_neighbour_that_says_otherwise(station: Any) -> None:
    other, _level = station("S0")
    water, _level = station("S1", checks={"neighbour": other.pk, "within": 2})
    ingest([Value(other.pk, T0, 20.0)])
    ingest([Value(water.pk, T0, 20.5), Value(water.pk, T0 + MINUTE, 25.0)])
    assert [o.quality for o in series(water.pk, T0, T0 + 9 * MINUTE)] == [Quality.VALID, Quality.SUSPECT]


def test_a_clock_that_runs_ahead_is_suspect(station: Any) -> None:
    water, _level = station()
    ingest([Value(water.pk, timezone.now() + timedelta(hours=2), 1.0)])
    assert latest([water.pk])[water.pk].quality == Quality.SUSPECT


def test_a_verdict_of_a_person_stands_when_the_value_comes_again(station: Any) -> None:
    water, _level = station()
    ingest(minutes(water, 3))
    time = client.ms(T0 + MINUTE)
    assert client.edit("judge", water.pk, time, who="Wang", why="probe in the air", quality=Quality.INVALID)
    assert ingest(minutes(water, 3)).same == 3
    assert series(water.pk, T0, T0 + 9 * MINUTE)[1].quality == Quality.INVALID
    assert Revision.objects.get().who == "Wang"


def test_a_deleted_value_stays_as_a_revision(station: Any) -> None:
    water, _level = station()
    ingest(minutes(water, 3))
    assert client.edit("delete", water.pk, client.ms(T0 + 2 * MINUTE), who="Wang")
    assert not client.edit("delete", water.pk, client.ms(T0 + 2 * MINUTE), who="Wang")
    assert latest([water.pk])[water.pk].value == 1.0
    assert json.loads(Revision.objects.get().row)["number"] == 2.0


def test_a_late_value_changes_the_hour_and_the_day_it_belongs_to_and_no_other(station: Any) -> None:
    water, _level = station()
    ingest(minutes(water, 26 * 60, value=lambda i: 1.0))
    assert work_off(10**6) == 26
    before = buckets([water.pk], "hour", T0, T0 + timedelta(days=2))[water.pk]
    assert [b.n for b in before] == [60] * 26
    ingest([Value(water.pk, T0 + timedelta(hours=3, seconds=30), 62.0)])
    assert Touched.objects.count() == 1
    for counted in (False, True):  # read while the hour is still marked, and after it was counted
        if counted:
            assert work_off() == 1
        after = buckets([water.pk], "hour", T0, T0 + timedelta(days=2))[water.pk]
        assert [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b] == [3]
        assert (after[3].n, after[3].mean, after[3].high) == (61, 2.0, 62.0)
        days = buckets([water.pk], "day", T0, T0 + timedelta(days=2))[water.pk]
        assert [(d.start, d.n, d.hours) for d in days] == [(T0, 1441, 24), (T0 + timedelta(days=1), 120, 2)]
        (month,) = buckets([water.pk], "month", T0, T0 + timedelta(days=2))[water.pk]
        assert (month.n, month.valid, month.high, month.days) == (1561, 1561, 62.0, 2)


def test_what_does_not_count_is_not_in_the_mean(station: Any) -> None:
    water, _level = station()
    ingest(
        [Value(water.pk, T0, 1.0), Value(water.pk, T0 + MINUTE, 100.0, "D"), Value(water.pk, T0 + 2 * MINUTE, 3.0, "F")]
    )
    (hour,) = buckets([water.pk], "hour", T0, T0 + timedelta(hours=1))[water.pk]
    assert (hour.n, hour.valid, hour.mean, hour.high) == (3, 2, 2.0, 3.0)


def test_gaps_are_found(station: Any) -> None:
    water, _level = station()
    ingest(minutes(water, 10) + minutes(water, 10, T0 + timedelta(hours=1)))
    found = gaps(water.pk, 60, T0, T0 + timedelta(hours=2))
    assert [(g.start, g.end) for g in found] == [
        (T0 + timedelta(minutes=69), T0 + timedelta(hours=2)), (T0 + timedelta(minutes=9), T0 + timedelta(hours=1)),
    ]  # fmt: skip
    assert gaps(water.pk, 60, T0 + timedelta(days=9), T0 + timedelta(days=10))


def test_times_before_1970_fall_into_their_hour(station: Any) -> None:
    water, _level = station()
    old = datetime(1958, 7, 1, 0, 30, tzinfo=UTC)
    ingest([Value(water.pk, old, 1.0), Value(water.pk, old + timedelta(minutes=40), 3.0)])
    for counted in (False, True):
        if counted:
            work_off()
        told = buckets([water.pk], "hour", old - timedelta(hours=2), old + timedelta(hours=3))[water.pk]
        assert [(b.start, b.mean) for b in told] == [
            (old - timedelta(minutes=30), 1.0), (old + timedelta(minutes=30), 3.0),
        ]  # fmt: skip


CHECKS = st.fixed_dictionaries(
    {},
    optional={
        "low": st.just(1), "high": st.just(4), "step": st.just(2), "stuck_minutes": st.integers(0, 12), "within": st.just(1),
        "marks": st.sampled_from([{"": "suspect"}, {"": "estimated"}, {"N": "valid"}]),
    },
)  # fmt: skip
COLUMNS = st.lists(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 5)), min_size=1, max_size=12), max_size=4)


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(COLUMNS, CHECKS, st.booleans(), st.booleans())
def test_a_column_is_kept_as_its_values_one_by_one(
    django_db_blocker: Any, station: Any, columns: list[list[tuple[int, int]]], checks: Any, beside: bool, now: bool
) -> None:
    from django.db import transaction

    with transaction.atomic():
        with client.here() as store:
            neighbour, _level = station("S0")
            told = {**checks, "neighbour": neighbour.pk} if beside else checks
            water, other = station("S1", checks=told)[0], station("S2", checks=told)[0]
            start = client.ms(timezone.now() if now else T0)
            store.keep([{"groups": [[neighbour.pk, [[start, 3.0]]]]}])
            at = start
            for column in columns:
                times, numbers = [], []
                for minutes_on, number in column:
                    at += minutes_on * 60_000
                    times.append(at)
                    numbers.append(number if number % 2 else number + 0.0)
                as_column = {"stream": water.pk, "times": times, "numbers": numbers}
                as_rows = [other.pk, [list(row) for row in zip(times, numbers, strict=True)]]
                (first,) = store.keep([{"groups": [as_column]}])
                (second,) = store.keep([{"groups": [as_rows]}])
                assert first.told() == second.told()
                assert first.new == len(column)
            names = ("time", "number", "text", "mark", "quality", "checks", "until", "result_time", "more")
            rows = [list(Observation.objects.filter(datastream=d).values_list(*names)) for d in (water, other)]
            assert rows[0] == rows[1]
            stands = [Standing.objects.filter(pk=d.pk).values() for d in (water, other)]
            skipped = ("datastream_id", "received")
            first_stand, second_stand = (
                [{k: v for k, v in s.items() if k not in skipped} for s in part] for part in stands
            )
            assert first_stand == second_stand
            marks = [
                set(Touched.objects.filter(datastream_id=d.pk).values_list("hour", flat=True)) for d in (water, other)
            ]
            assert marks[0] == marks[1]
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("times", "numbers", "errors"),
    [
        ([1000, 2000, 1 << 62], [1, 2, 3], [(0, 2, "time")]),
        ([1000, 2000, 1 << 70], [1, 2, 3], [(0, 2, "time")]),
        ([1000, 2000.5, True], [1, 2, 3], [(0, 1, "time"), (0, 2, "time")]),
        ([1000, 2000, 3000], [1, "2", True], [(0, 1, "number"), (0, 2, "number")]),
        ([1000, 2000, 3000], [1, 10**400, float("inf")], [(0, 1, "number"), (0, 2, "number")]),
        ([3000, 1000, 2000], [1, 2, 3], []),
        ([1000, 1000, 2000], [1, 1, 3], []),
    ],
)
def test_a_column_that_is_not_in_order_is_taken_one_by_one(
    station: Any, times: list[Any], numbers: list[Any], errors: list[Any]
) -> None:
    water, _level = station()
    with client.here() as store:
        (told,) = store.keep([{"groups": [{"stream": water.pk, "times": times, "numbers": numbers}]}])
        (strange,) = store.keep([{"groups": [{"stream": 0, "times": [1], "numbers": [1]}, {"stream": water.pk}, {}]}])
    assert told.errors == errors
    assert told.new + told.same == len(times) - len(errors)
    assert [fault for _g, _i, fault in strange.errors] == ["unknown", "form", "form"]


BATCHES = st.lists(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3)), max_size=12), min_size=1, max_size=6)


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BATCHES)
def test_however_values_come_the_last_one_sent_stands_and_all_counts_agree(
    django_db_blocker: Any, station: Any, batches: list[list[tuple[int, int]]]
) -> None:
    from django.db import transaction

    with transaction.atomic():
        water, _level = station()
        wanted: dict[int, float] = {}
        changes = 0
        for batch in batches:
            for minute, value in batch:
                changes += minute in wanted and wanted[minute] != value
                wanted[minute] = float(value)
            told = ingest([Value(water.pk, T0 + m * 7 * MINUTE, v) for m, v in batch])
            assert told.new + told.same + told.changed == len(batch)
        kept = {o.time: o.value for o in series(water.pk, T0, T0 + timedelta(days=1))}
        assert kept == {T0 + m * 7 * MINUTE: v for m, v in wanted.items()}
        assert Revision.objects.filter(datastream_id=water.pk).count() == changes
        if wanted:
            told_by_rows = stand_of(water.pk)
            stand = Standing.objects.get(pk=water.pk)
            assert told_by_rows
            assert (stand.count, stand.first, stand.last, stand.number) == (
                told_by_rows.count, told_by_rows.first, told_by_rows.last, told_by_rows.number,
            )  # fmt: skip
        live = buckets([water.pk], "hour", T0, T0 + timedelta(days=1))
        work_off()
        assert buckets([water.pk], "hour", T0, T0 + timedelta(days=1)) == live
        transaction.set_rollback(True)
