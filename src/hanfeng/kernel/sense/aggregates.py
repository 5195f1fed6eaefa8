"""Hours and days counted from observations: exactly those that a batch touched, again and again exactly.

A commit only marks the hours it touched. The writer counts them in quiet moments, in transactions of their own; what reads
aggregates counts the hours still marked by itself, so that nobody sees an old mean.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from . import archive
from .models import Datastream
from .quality import COUNTED, valid_hour
from .store import HOUR, NUMBER, QUALITY, TIME

_FLOOR = f"((time - ((time %% {HOUR}) + {HOUR}) %% {HOUR}) / {HOUR})"
_COUNTED = f"number IS NOT NULL AND quality IN ({', '.join(str(int(q)) for q in COUNTED)})"
HOURS = (
    f"SELECT datastream_id, {_FLOOR} AS hour, count(*) AS n, sum(CASE WHEN {_COUNTED} THEN 1 ELSE 0 END) AS valid, "
    f"sum(CASE WHEN {_COUNTED} THEN number END) AS total, min(CASE WHEN {_COUNTED} THEN number END) AS low, "
    f"max(CASE WHEN {_COUNTED} THEN number END) AS high FROM sense_observation "
    "WHERE datastream_id = %s AND time >= %s AND time < %s GROUP BY 1, 2"
)
_KEEP = "INSERT INTO sense_hour (datastream_id, hour, n, valid, total, low, high)"


class Bucket(NamedTuple):
    """An hour, a day or a month: `n` values, `valid` of them counted; `mean` is None where none counted.

    `hours` is how many hours of a day were valid, `days` how many days of a month had a valid hour.
    """

    start: datetime
    n: int
    valid: int
    mean: float | None
    low: float | None
    high: float | None
    hours: int = 0
    days: int = 0


def runs(hours: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Half-open runs of neighbouring numbers: 4, 5, 6, 9 -> (4, 7), (9, 10)."""
    for _key, part in groupby(enumerate(sorted(hours)), lambda pair: pair[1] - pair[0]):
        members = [hour for _i, hour in part]
        yield members[0], members[-1] + 1


def day_bounds(day: int) -> tuple[int, int]:
    """The hours since 1970 UTC at which a local day begins and ends, by its ordinal."""
    start, end = (int(_midnight(date.fromordinal(day + more)).timestamp()) // 3600 for more in (0, 1))
    return start, end


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())


def day_of(hour: int) -> int:
    """The ordinal of the local date in which an hour begins."""
    return moment(hour).date().toordinal()


def moment(hour: int) -> datetime:
    """The beginning of an hour in local time."""
    return datetime.fromtimestamp(hour * 3600, timezone.get_default_timezone())


def work_off(most: int = 2000) -> int:
    """Count marked hours anew, and the days they lie in, in one transaction; how many hours."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT datastream_id, hour FROM sense_touched ORDER BY datastream_id, hour LIMIT %s", [most])
        marked: dict[int, list[int]] = defaultdict(list)
        for key, hour in cursor.fetchall():
            marked[key].append(hour)
        if not marked:
            return 0
        intervals = dict(Datastream.everything.filter(pk__in=list(marked)).values_list("pk", "interval"))
        seen = archive.view()
        for key, hours in marked.items():
            for start, end in runs(hours):
                _recount(cursor, seen, key, start, end)
            days = {day_of(hour) for hour in hours}
            _retell(cursor, key, days, intervals.get(key) or 60)
    return sum(map(len, marked.values()))


def _recount(cursor: Any, seen: archive.View, key: int, start: int, end: int) -> None:
    cursor.execute("DELETE FROM sense_hour WHERE datastream_id = %s AND hour >= %s AND hour < %s", [key, start, end])
    if start * HOUR >= seen.border:
        cursor.execute(f"{_KEEP} {HOURS}", [key, start * HOUR, end * HOUR])
    else:
        rows = _counted(cursor, seen, key, start, end)
        cursor.executemany(f"{_KEEP} VALUES (%s, %s, %s, %s, %s, %s, %s)", rows)
    cursor.execute("DELETE FROM sense_touched WHERE datastream_id = %s AND hour >= %s AND hour < %s", [key, start, end])


def _counted(cursor: Any, seen: archive.View, key: int, start: int, end: int) -> list[tuple[Any, ...]]:
    """Hours as HOURS tells them, of rows in the table or in the archive."""
    cursor.execute(HOURS, [key, max(start * HOUR, seen.border), end * HOUR])
    told: list[tuple[Any, ...]] = cursor.fetchall()
    if start * HOUR >= seen.border:
        return told
    rows = archive.all_of(seen, key, start * HOUR, end * HOUR)
    return [(key, *_sum(hour, list(group))) for hour, group in groupby(rows, lambda row: row[TIME] // HOUR)] + told


def _sum(hour: int, rows: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    counted = [row[NUMBER] for row in rows if row[NUMBER] is not None and row[QUALITY] in COUNTED]
    if not counted:
        return hour, len(rows), 0, None, None, None
    return hour, len(rows), len(counted), sum(counted), min(counted), max(counted)


def _retell(cursor: Any, key: int, days: Iterable[int], interval: int) -> None:
    for first, last in runs(days):
        start, end = day_bounds(first)[0], day_bounds(last - 1)[1]
        cursor.execute(
            "SELECT hour, n, valid, total, low, high FROM sense_hour WHERE datastream_id = %s AND hour >= %s AND hour < %s "
            "ORDER BY hour",
            [key, start, end],
        )
        rows = list(summed(cursor.fetchall(), interval))
        cursor.execute("DELETE FROM sense_day WHERE datastream_id = %s AND day >= %s AND day < %s", [key, first, last])
        cursor.executemany(
            "INSERT INTO sense_day (datastream_id, day, n, valid, hours, total, low, high) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [(key, *row) for row in rows],
        )


def summed(hours: Sequence[Sequence[Any]], interval: int) -> Iterator[tuple[Any, ...]]:
    """Hours (hour, n, valid, total, low, high) as days (day, n, valid, valid hours, total, low, high)."""
    for day, group in groupby(hours, lambda row: day_of(row[0])):
        rows = list(group)
        counted = [row for row in rows if row[2]]
        yield (
            day, sum(row[1] for row in rows), sum(row[2] for row in rows),
            sum(valid_hour(row[2], interval) for row in rows),
            sum(row[3] for row in counted) if counted else None,
            min((row[4] for row in counted), default=None),
            max((row[5] for row in counted), default=None),
        )  # fmt: skip


# --- reading --------------------------------------------------------------------------------------------------------


def hours(keys: Sequence[int], start: int, end: int) -> dict[int, list[tuple[Any, ...]]]:
    """For each datastream its hours (hour, n, valid, total, low, high) in a half-open range of hours since 1970 UTC."""
    if not keys:
        return {}
    found: dict[int, dict[int, tuple[Any, ...]]] = {key: {} for key in keys}
    marks = ", ".join(["%s"] * len(keys))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT datastream_id, hour, n, valid, total, low, high FROM sense_hour WHERE datastream_id IN ({marks}) "
            "AND hour >= %s AND hour < %s",
            [*keys, start, end],
        )
        for key, *row in cursor.fetchall():
            found[key][row[0]] = tuple(row)
        for key, stale in touched(cursor, keys, start, end).items():
            for hour in stale:
                found[key].pop(hour, None)
            for first, last in runs(stale):
                rows = archive.whole(lambda seen: _counted(cursor, seen, key, first, last))  # noqa: B023  (called at once)
                found[key].update({row[1]: tuple(row[1:]) for row in rows})
    return {key: [rows[hour] for hour in sorted(rows)] for key, rows in found.items()}


def touched(cursor: Any, keys: Sequence[int], start: int, end: int) -> dict[int, list[int]]:
    """The hours of these datastreams that are marked and not counted yet."""
    marks = ", ".join(["%s"] * len(keys))
    cursor.execute(
        f"SELECT datastream_id, hour FROM sense_touched WHERE datastream_id IN ({marks}) AND hour >= %s AND hour < %s",
        [*keys, start, end],
    )
    found: dict[int, list[int]] = defaultdict(list)
    for key, hour in cursor.fetchall():
        found[key].append(hour)
    return found


def days(keys: Sequence[int], first: int, last: int) -> dict[int, list[tuple[Any, ...]]]:
    """For each datastream its days (day, n, valid, valid hours, total, low, high), by half-open ordinals of local dates."""
    if not keys or last <= first:
        return {key: [] for key in keys}
    found: dict[int, list[tuple[Any, ...]]] = {key: [] for key in keys}
    stale: dict[int, set[int]] = defaultdict(set)
    marks = ", ".join(["%s"] * len(keys))
    start, end = _outer(first, last)
    with connection.cursor() as cursor:  # one question: counted days, and the hours that are still marked
        cursor.execute(
            f"SELECT datastream_id, day, n, valid, hours, total, low, high FROM sense_day WHERE datastream_id IN ({marks}) "
            "AND day >= %s AND day < %s UNION ALL SELECT datastream_id, hour, NULL, NULL, NULL, NULL, NULL, NULL "
            f"FROM sense_touched WHERE datastream_id IN ({marks}) AND hour >= %s AND hour < %s",
            [*keys, first, last, *keys, start, end],
        )
        for row in cursor.fetchall():
            if row[2] is None:
                stale[row[0]].add(day_of(row[1]))
            else:
                found[row[0]].append(row[1:])
    if stale:
        intervals = dict(Datastream.everything.filter(pk__in=list(stale)).values_list("pk", "interval"))
        for key, again in stale.items():
            found[key] = [row for row in found[key] if row[0] not in again]
            for begin, beyond in runs(day for day in again if first <= day < last):
                rows = hours([key], day_bounds(begin)[0], day_bounds(beyond - 1)[1])[key]
                found[key] += summed(rows, intervals.get(key) or 60)
    for told in found.values():
        told.sort()
    return found


def _outer(first: int, last: int) -> tuple[int, int]:
    """Hours since 1970 UTC that surely hold all of these days, wherever on Earth they are."""
    epoch = date(1970, 1, 1).toordinal()
    return (first - epoch - 1) * 24, (last - epoch + 1) * 24


def buckets(keys: Sequence[int], step: str, start: datetime, end: datetime) -> dict[int, list[Bucket]]:
    """For each datastream its hours, days or months in a half-open range of time; empty ones are left out.

    Days and months are local; a day counts when it begins in the range, a month by its days that do.
    """
    if step == "hour":
        first, last = int(start.timestamp()) // 3600, -(-int(end.timestamp()) // 3600)
        return {key: [_hour(row) for row in rows] for key, rows in hours(keys, first, last).items()}
    zone = timezone.get_default_timezone()
    first, last = (day.astimezone(zone).date().toordinal() for day in (start, end - timedelta(microseconds=1)))
    told = days(keys, first, last + 1)
    if step == "day":
        return {key: [_day(row) for row in rows] for key, rows in told.items()}
    if step != "month":
        raise ValueError(f"{step} is no step: hour, day or month")
    return {key: list(_months(rows)) for key, rows in told.items()}


def _mean(total: float | None, valid: int) -> float | None:
    return total / valid if valid and total is not None else None


def _hour(row: Sequence[Any]) -> Bucket:
    hour, n, valid, total, low, high = row
    return Bucket(moment(hour), n, valid, _mean(total, valid), low, high)


def _day(row: Sequence[Any]) -> Bucket:
    day, n, valid, good, total, low, high = row
    return Bucket(_midnight(date.fromordinal(day)), n, valid, _mean(total, valid), low, high, good)


def _months(rows: Sequence[Sequence[Any]]) -> Iterator[Bucket]:
    for first, group in groupby(rows, lambda row: date.fromordinal(row[0]).replace(day=1)):
        part = list(group)
        counted = [row for row in part if row[2]]
        valid = sum(row[2] for row in part)
        yield Bucket(
            _midnight(first), sum(row[1] for row in part), valid,
            _mean(sum(row[4] for row in counted), valid) if counted else None,
            min((row[5] for row in counted), default=None), max((row[6] for row in counted), default=None),
            sum(row[3] for row in part), sum(bool(row[3]) for row in part),
        )  # fmt: skip
