"""Old months of observations in Parquet files, read back beside the table: what stands where, and rows in order.

Everything before `View.border` is in files, and what came or changed since in `sense_late`, which stands above them; the
table holds the rest. Files never change: a month that is written anew gets a file of its own, and the old one lies in
`old/` for two days for those who still read it. DuckDB reads; a site without the extra `archive` raises Lacking.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

Row = tuple[Any, ...]
T = TypeVar("T")
COLUMNS = (
    "datastream_id", "time", "until", "result_time", "number", "text", "mark", "quality", "checks", "feature_id", "more",
    "received",
)  # fmt: skip
EARLIEST, LATEST = -62_135_596_800_000, 253_402_300_799_999
CHUNK = 5000  # rows in one question to the files
LATE = 5000  # late rows in one question
_NAMES = ", ".join(COLUMNS)


class Lacking(Exception):
    """A package is not installed; the sentence says which, and what cannot be done without it."""


def library(name: str) -> Any:
    """duckdb or pyarrow. Raises Lacking."""
    try:
        return import_module(name)
    except ImportError as absent:
        raise Lacking(
            _("The archive of old values needs the package {name}: pip install 'hanfeng[archive]'.").format(name=name)
        ) from absent


def folder() -> Path:
    """Where the files of this site lie."""
    return Path(settings.HOME) / "archive"


class Month(NamedTuple):
    """A month in the archive, half open, in milliseconds since 1970 UTC; no file yet while it is being written first."""

    start: int
    end: int
    file: str


class View(NamedTuple):
    """What is archived: the months with a file, and where the table begins (EARLIEST when nothing is archived)."""

    months: tuple[Month, ...]
    border: int


def view() -> View:
    """How things stand now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT start, \"end\", file FROM sense_archived WHERE file <> '' ORDER BY start")
        months = tuple(Month(*row) for row in cursor.fetchall())
    return View(months, max((month.end for month in months), default=EARLIEST))


def whole(read: Callable[[View], T]) -> T:
    """What `read` finds, under a view that still holds when it has read: a month may move to the archive meanwhile."""
    seen = view()
    for _try in range(5):
        gone: Exception | None = None
        try:
            found = read(seen)
        except OSError as missing:  # the file of a month that was written anew and whose old file has gone
            gone = missing
        again = view()
        if again == seen:
            if gone is not None:
                raise gone
            break
        seen = again
    return found


# --- files ------------------------------------------------------------------------------------------------------------

_kept: tuple[int, Any] = (0, None)
_making = threading.Lock()


def duck() -> Any:
    """A cursor of this process's DuckDB. Raises Lacking."""
    global _kept
    with _making:
        if _kept[0] != os.getpid():  # a forked child does not use its parent's
            made = library("duckdb").connect(":memory:")
            made.execute("SET threads = 2")
            _kept = os.getpid(), made
        return _kept[1].cursor()


def path_of(file: str) -> Path:
    """Where a file of the manifest lies: in its place, or among the old. Raises FileNotFoundError."""
    for place in (folder() / file, folder() / "old" / file):
        if place.exists():
            return place
    raise FileNotFoundError(folder() / file)


def _source(files: Iterable[str]) -> str:
    quoted = ", ".join("'" + str(path_of(file)).replace("'", "''") + "'" for file in files)
    return f"read_parquet([{quoted}])"


def _ask(sql: str) -> list[Row]:
    cursor = duck()
    try:
        found: list[Row] = cursor.execute(sql).fetchall()
    except library("duckdb").IOException as missing:
        raise OSError(str(missing)) from missing
    finally:
        cursor.close()
    return found


# --- rows in order ------------------------------------------------------------------------------------------------------

KEY, UP, DOWN = "key", "up", "down"  # by datastream and time; by time; by time, the newest first
_ORDER = {
    KEY: "datastream_id, time", UP: "time, datastream_id", DOWN: "time DESC, datastream_id DESC",
}  # fmt: skip
Place = tuple[int, int]  # datastream, time


def rank(way: str) -> Callable[[Sequence[Any]], tuple[int, int]]:
    """What sorts rows in this order."""
    if way == KEY:
        return lambda row: (row[0], row[1])
    return (lambda row: (row[1], row[0])) if way == UP else (lambda row: (-row[1], -row[0]))


def _beyond(way: str, place: Place, *, turned: bool = False, equal: bool = False) -> str:
    """The condition for rows behind a place in an order; `turned`: before it; `equal`: with it."""
    key, time = place
    first, second = (("datastream_id", key), ("time", time)) if way == KEY else (("time", time), ("datastream_id", key))
    sign = ">" if (way != DOWN) is not turned else "<"
    return (
        f"{first[0]} {sign}= {first[1]} AND ({first[0]} {sign} {first[1]} OR {second[0]} {sign}{'=' if equal else ''} "
        f"{second[1]})"
    )


def scan(
    seen: View,
    keys: Sequence[int],
    start: int,
    end: int,
    way: str = KEY,
    after: Place | None = None,
    chunk: int = CHUNK,
) -> Iterator[list[Row]]:
    """The archived rows of these datastreams in a half-open range of time, in chunks, in the order asked, behind a place.

    No page is slower than the first: each chunk begins at the place where the one before ended.
    """
    start, end = max(start, EARLIEST), min(end, seen.border)
    if not keys or start >= end:
        return
    for low, high, files in _stretches(seen, start, end, way):
        conditions = [f"time >= {low} AND time < {high}", _among(keys)]
        place = after
        while True:
            asked = [*conditions, *([_beyond(way, place)] if place else [])]
            rows, place = _next(files, asked, way, chunk)
            if rows:
                yield rows
            if place is None:
                break


def _among(keys: Sequence[int]) -> str:
    if len(keys) == 1:
        return f"datastream_id = {int(keys[0])}"
    return f"datastream_id IN ({', '.join(str(int(key)) for key in keys)})"


def _stretches(seen: View, start: int, end: int, way: str) -> Iterator[tuple[int, int, list[str]]]:
    """What is read together: by key all months at once, by time one month after the other, and what lies between them."""
    months = [month for month in seen.months if month.start < end and month.end > start]
    if way == KEY:
        yield start, end, [month.file for month in months]
        return
    parts: list[tuple[int, int, list[str]]] = []
    for month in months:
        if month.start > start:
            parts.append((start, month.start, []))
        parts.append((max(start, month.start), min(end, month.end), [month.file]))
        start = month.end
    if start < end:
        parts.append((start, end, []))
    yield from reversed(parts) if way == DOWN else parts


def _next(files: list[str], conditions: list[str], way: str, chunk: int) -> tuple[list[Row], Place | None]:
    """A chunk, and the place behind which the next begins; None when nothing follows."""
    sort, where = rank(way), " AND ".join(f"({condition})" for condition in conditions)
    late = _late(where, way)
    bound: Place | None = (late[-1][0], late[-1][1]) if len(late) == LATE else None
    if bound:
        where += f" AND ({_beyond(way, bound, turned=True, equal=True)})"
    rows: list[Row] = []
    if files:
        rows = _ask(f"SELECT {_NAMES} FROM {_source(files)} WHERE {where} ORDER BY {_ORDER[way]} LIMIT {chunk}")
    if len(rows) == chunk:
        bound = (rows[-1][0], rows[-1][1])
    if late:
        edge = sort(bound) if bound else None
        kept = {(row[0], row[1]): row for row in rows}
        for *row, gone in late:
            if edge is not None and sort(row) > edge:
                break
            kept.pop((row[0], row[1]), None)
            if not gone:
                kept[row[0], row[1]] = tuple(row)
        rows = sorted(kept.values(), key=sort)
    return rows, bound


def _late(where: str, way: str) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_NAMES}, gone FROM sense_late WHERE {where} ORDER BY {_ORDER[way]} LIMIT {LATE}")
        found: list[Row] = cursor.fetchall()
    return found


def rows_at(seen: View, key: int, times: Sequence[int]) -> dict[int, Row]:
    """The archived rows of a datastream at these times."""
    wanted = {time for time in times if time < seen.border}
    if not wanted:
        return {}
    return {
        row[1]: row
        for rows in scan(seen, [key], min(wanted), max(wanted) + 1, chunk=50_000)
        for row in rows
        if row[1] in wanted
    }


def last_before(seen: View, key: int, time: int) -> Row | None:
    """The last archived row of a datastream before a time."""
    for rows in scan(seen, [key], EARLIEST, time, DOWN, chunk=1):
        return rows[0]
    return None


def all_of(seen: View, key: int, start: int, end: int) -> Iterator[Row]:
    """The archived rows of a datastream in a half-open range, the oldest first."""
    for rows in scan(seen, [key], start, end, chunk=50_000):
        yield from rows
