"""Reading observations: the last value, a stretch of a series, its gaps, as rows or as arrays. All by the key, none by offset.

Whoever calls asks `visible(Datastream, user)` first; these functions take keys and ask no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import orjson
from django.db import connection
from django.utils import timezone

from . import archive
from .client import ms
from .models import Standing
from .quality import Quality


class Observed(NamedTuple):
    """A value as it is kept."""

    time: datetime
    value: Any
    mark: str
    quality: Quality
    checks: int
    received: datetime


class Latest(NamedTuple):
    """Where a datastream stands: its last value, since when it is the same, how many there are since when."""

    time: datetime
    value: Any
    mark: str
    quality: Quality
    since: datetime
    received: datetime
    first: datetime
    n: int


def at(moment: int) -> datetime:
    """Milliseconds since 1970 UTC as a moment in local time."""
    return datetime.fromtimestamp(moment / 1000, UTC).astimezone(timezone.get_current_timezone())


def value_of(number: float | None, text: str | None) -> Any:
    """The result: a number, or what the text holds as JSON."""
    return orjson.loads(text) if text is not None else number


def latest(keys: Iterable[int]) -> dict[int, Latest]:
    """The last value of each of these datastreams that has one; one question."""
    rows = Standing.objects.filter(pk__in=list(keys)).values_list(
        "pk", "last", "number", "text", "mark", "quality", "since", "received", "first", "count"
    )
    return {
        key: Latest(
            at(last), value_of(number, text), mark, Quality(quality), at(since), at(received), at(first), count
        )
        for key, last, number, text, mark, quality, since, received, first, count in rows
    }  # fmt: skip


_TOLD = ("time", "number", "text", "mark", "quality", "checks", "received")


def series(
    key: int, start: datetime, end: datetime, *, most: int | None = None, newest_first: bool = False
) -> list[Observed]:
    """The values of a datastream in a half-open stretch of time, the oldest first unless told otherwise."""
    rows = _rows(key, ms(start), ms(end), _TOLD, most, newest_first)
    return [
        Observed(at(time), value_of(number, text), mark, Quality(quality), checks, at(received))
        for time, number, text, mark, quality, checks, received in rows
    ]


def _rows(
    key: int, start: int, end: int, names: tuple[str, ...], most: int | None = None, down: bool = False
) -> list[tuple[Any, ...]]:
    """Columns of the values in a half-open stretch: by one question where nothing of it is archived."""
    found = _ask(key, start, end, names, most, down, of_table=True)
    return found or archive.whole(lambda seen: _stretch(seen, key, start, end, names, most, down))


def _ask(
    key: int, start: int, end: int, names: tuple[str, ...], most: int | None, down: bool, *, of_table: bool = False
) -> list[tuple[Any, ...]]:
    """The rows of the table; `of_table`: none when some of the stretch is archived."""
    whole = """AND NOT EXISTS (SELECT 1 FROM sense_archived WHERE file <> '' AND "end" > %s)""" if of_table else ""
    sql = (
        f"SELECT {', '.join(names)} FROM sense_observation WHERE datastream_id = %s AND time >= %s AND time < %s {whole} "
        f"ORDER BY time {'DESC' if down else 'ASC'}{'' if most is None else ' LIMIT %s'}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [key, start, end, *([start] if of_table else []), *([] if most is None else [most])])
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _stretch(
    seen: archive.View, key: int, start: int, end: int, names: tuple[str, ...], most: int | None, down: bool = False
) -> list[tuple[Any, ...]]:
    """Columns of the values in a half-open stretch, those of the archive before or behind those of the table."""
    places = tuple(archive.COLUMNS.index(name) for name in names)

    def old(room: int | None) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        chunk = archive.CHUNK if room is not None and room <= archive.CHUNK else 50_000
        for rows in archive.scan(seen, [key], start, end, archive.DOWN if down else archive.UP, chunk=chunk):
            found += [tuple(row[place] for place in places) for row in rows]
            if room is not None and len(found) >= room:
                break
        return found[:room]

    def new(room: int | None) -> list[tuple[Any, ...]]:
        return _ask(key, max(start, seen.border), end, names, room, down)

    first, second = (new, old) if down else (old, new)
    found = first(most)
    return found + second(None if most is None else most - len(found)) if most is None or len(found) < most else found


class Arrays(NamedTuple):
    """A stretch of a series for computing: milliseconds since 1970 UTC, numbers (NaN where none), qualities."""

    times: np.ndarray[Any, np.dtype[np.int64]]
    values: np.ndarray[Any, np.dtype[np.float64]]
    quality: np.ndarray[Any, np.dtype[np.int8]]


def arrays(key: int, start: datetime, end: datetime) -> Arrays:
    """The values of a datastream in a half-open stretch of time, the oldest first, as arrays."""
    columns = ("time", "number", "quality")
    rows = _rows(key, ms(start), ms(end), columns)
    times, numbers, quality = zip(*rows, strict=True) if rows else ((), (), ())
    return Arrays(np.array(times, np.int64), np.array(numbers, np.float64), np.array(quality, np.int8))


class Gap(NamedTuple):
    """A stretch without values: after the last value before it, until the next one."""

    start: datetime
    end: datetime


def gaps(key: int, interval: int, start: datetime, end: datetime, most: int = 100) -> list[Gap]:
    """Where values due each `interval` seconds are lacking: stretches longer than two intervals, the ends included.

    The newest first.
    """
    return archive.whole(lambda seen: _gaps(seen, key, ms(start), ms(end), 2 * interval * 1000, most))


def _gaps(seen: archive.View, key: int, first: int, last: int, limit: int, most: int) -> list[Gap]:
    if first < seen.border:
        rows = _stretch(seen, key, first, last, ("time",), None)
        times = [first, *(time for (time,) in rows)]
        pairs = [(a, b) for a, b in pairwise([*times, last]) if b - a > limit]
        return [Gap(at(a), at(b)) for a, b in pairs[::-1]][:most]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT before, time FROM (SELECT time, lag(time, 1, %s) OVER (ORDER BY time) AS before FROM sense_observation "
            "WHERE datastream_id = %s AND time >= %s AND time < %s) AS pairs WHERE time - before > %s "
            "ORDER BY time DESC LIMIT %s",
            [first, key, first, last, limit, most],
        )
        found = [Gap(at(a), at(b)) for a, b in cursor.fetchall()]
        cursor.execute(
            "SELECT max(time) FROM sense_observation WHERE datastream_id = %s AND time >= %s AND time < %s",
            [key, first, last],
        )
        (newest,) = cursor.fetchone()
    if last - (newest if newest is not None else first) > limit:
        found.insert(0, Gap(at(newest if newest is not None else first), at(last)))
    return found[:most]


def expected(interval: int, seconds: float) -> int:
    """How many values are due in so many seconds."""
    return int(seconds // interval)


def share(counts: Sequence[int], due: int) -> float | None:
    """The share of the values due that came; None when none was due."""
    return min(1.0, sum(counts) / due) if due > 0 else None
