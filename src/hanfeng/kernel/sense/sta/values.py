"""The observations a request is about: those in the table, and behind them those of the archive, filtered and paged alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BigIntegerField, Q, QuerySet
from django.db.models.expressions import RawSQL

from hanfeng.kernel.sense import archive
from hanfeng.kernel.sense.archive import DOWN, EARLIEST, KEY, LATEST, UP, Place, View
from hanfeng.kernel.sense.models import Thawed

from .grammar import Call, Literal, Node, Path, Wrong

MOST_SORTED = 200_000  # archived values that are sorted by something that is not their key


class Told(NamedTuple):
    """A value as it is answered: a row of the table or of the archive, `more` read."""

    datastream_id: int
    time: int
    until: int | None
    result_time: int | None
    number: float | None
    text: str | None
    mark: str
    quality: int
    checks: int
    feature_id: int | None
    more: Any
    received: int


def _tell(rows: QuerySet[Any]) -> list[Told]:
    return [_made(row) for row in _fetch(rows, *archive.COLUMNS)]


def _fetch(rows: QuerySet[Any], *names: str) -> list[Any]:
    """Columns of a query as the database gives them: a page is large, and `more` is text there."""
    query = rows.values_list(*names).query
    try:
        sql, values = query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[Any] = cursor.fetchall()
    # what distinct rows are sorted by stands behind what was asked
    return [row[: len(names)] for row in found] if query.distinct else found


class Values:
    """A set of observations. `keys` are the datastreams it may hold, `live` its rows in the table, `where` what else holds."""

    def __init__(
        self, live: QuerySet[Any], keys: QuerySet[Any] | Sequence[int], where: Q | None = None, many: bool = False
    ) -> None:
        self.live, self.keys, self.where, self.many = live, keys, where, many
        self.start, self.end = EARLIEST, LATEST + 1

    def narrowed(self, condition: Q, node: Node, many: bool) -> Values:
        """The values for which a condition holds, which `node` says as it was written."""
        live = self.live.filter(condition)
        both = condition if self.where is None else self.where & condition
        found = Values(live.distinct() if many else live, self.keys, both, many or self.many)
        found.start, found.end = bounds(node, ("phenomenonTime",))
        return found

    def at(self, key: int, time: int) -> Any:
        """The value of a datastream at a time; None when there is none."""
        return archive.whole(lambda seen: self._at(seen, key, time))

    def _at(self, seen: View, key: int, time: int) -> Any:
        if time >= seen.border:
            return next(iter(_tell(self.live.filter(datastream_id=key, time=time))), None)
        keys = [key] if key in self._keys(key) else []
        for rows in archive.scan(seen, keys, time, time + 1):
            return next(iter(self._matching(rows, KEY)), None)
        return None

    def count(self) -> int:
        """How many there are."""
        return archive.whole(self._count)

    def _count(self, seen: View) -> int:
        found = self._live(seen).count()
        for rows in self._scan(seen, KEY, None, archive.CHUNK * 4):
            found += len(rows) if self.where is None else self._thawed(rows).count()
        return found

    def page(
        self, orders: Sequence[Any], way: str | None, after: Place | None, behind: Q | None, skip: int, most: int
    ) -> list[Any]:
        """Rows in order. `way` names an order by the key, in which `after` is a place and `behind` says it as a condition."""

        def read(seen: View) -> list[Any]:
            live = self._live(seen).order_by(*orders)
            live = live if behind is None else live.filter(behind)
            if self.start >= seen.border:
                return _tell(live[skip : skip + most])
            if way is None:
                return self._sorted(seen, live, orders, skip, most)
            return self._together(seen, live, way, after, skip + most)[skip:]

        if way == DOWN and (found := self._newest(orders, behind, skip, most)):
            return found
        return archive.whole(read)

    def _newest(self, orders: Sequence[Any], behind: Q | None, skip: int, most: int) -> list[Any]:
        """A full page of the newest by one question, or one of a site without an archive; nothing where files may add to it."""
        live = self.live if behind is None else self.live.filter(behind)
        live = live.annotate(border=_BORDER).order_by(*orders)[skip : skip + most]
        found = _fetch(live, *archive.COLUMNS, "border")
        if found and found[0][-1] is not None and (len(found) < most or found[-1][_TIME] < found[0][-1]):
            return []
        return [_made(row[:-1]) for row in found]

    def _together(self, seen: View, live: QuerySet[Any], way: str, after: Place | None, most: int) -> list[Any]:
        """In an order by the key: by time one behind the other, by datastream merged."""
        found = _tell(live[:most]) if way != UP else []
        if way == DOWN and len(found) == most:
            return found
        old = self._old(seen, way, after, most - len(found) if way == DOWN else most)
        if way == UP:
            return old if len(old) == most else [*old, *_tell(live[: most - len(old)])]
        if way == DOWN:
            return found + old
        return sorted([*old, *found], key=lambda row: (row.datastream_id, row.time))[:most]

    def _old(self, seen: View, way: str, after: Place | None, most: int) -> list[Any]:
        found: list[Any] = []
        chunk = most if self.where is None else max(most, archive.CHUNK)
        for rows in self._scan(seen, way, after, max(1, min(chunk, archive.CHUNK))):
            found += self._matching(rows, way)
            if len(found) >= most:
                break
        return found[:most]

    def _sorted(self, seen: View, live: QuerySet[Any], orders: Sequence[Any], skip: int, most: int) -> list[Any]:
        """In any other order: the archived values that match, with as many of the table as could be on the page, are sorted."""
        kept: list[tuple[Any, ...]] = []
        for rows in self._scan(seen, KEY, None, archive.CHUNK * 4):
            kept += rows if self.where is None else [_row(found) for found in _tell(self._thawed(rows))]
            if len(kept) > MOST_SORTED:
                raise Wrong(
                    f"More than {MOST_SORTED} archived values would have to be sorted: narrow the phenomenonTime, "
                    "or sort by it."
                )
        if not kept:
            return _tell(live[skip : skip + most])
        kept += [_row(found) for found in _tell(live[: skip + most])]
        _fill(kept)
        return _tell(Thawed.objects.order_by(*orders)[skip : skip + most])

    def _live(self, seen: View) -> QuerySet[Any]:
        return self.live if seen.border == EARLIEST else self.live.filter(time__gte=seen.border)

    def _keys(self, key: int | None = None) -> list[int]:
        if isinstance(self.keys, QuerySet):
            return list((self.keys if key is None else self.keys.filter(pk=key)).values_list("pk", flat=True))
        return list(self.keys)

    def _scan(self, seen: View, way: str, after: Place | None, chunk: int) -> Iterator[list[archive.Row]]:
        if self.start < seen.border:
            yield from archive.scan(seen, self._keys(), self.start, self.end, way, after, chunk)

    def _matching(self, rows: Sequence[archive.Row], way: str) -> list[Any]:
        """Rows of a chunk that meet the condition, in the order of the chunk."""
        if self.where is None:
            return [_made(row) for row in rows]
        rank: Callable[[Any], Any] = archive.rank(way)
        return sorted(_tell(self._thawed(rows)), key=lambda row: rank((row.datastream_id, row.time)))

    def _thawed(self, rows: Sequence[archive.Row]) -> QuerySet[Any]:
        assert self.where is not None
        _fill(rows)
        found = Thawed.objects.filter(self.where)
        return found.distinct() if self.many else found


_TIME, _MORE = map(archive.COLUMNS.index, ("time", "more"))
_BORDER: RawSQL = RawSQL("""(SELECT max("end") FROM sense_archived WHERE file <> '')""", (), BigIntegerField())


def _made(row: archive.Row) -> Told:
    told = Told._make(row)
    return told if told.more is None else told._replace(more=orjson.loads(told.more))


def _row(found: Told) -> tuple[Any, ...]:
    """A value as it stands in the table."""
    return found if found.more is None else found._replace(more=orjson.dumps(found.more).decode())


_NAMES = ", ".join(archive.COLUMNS)
_PUT = f"INSERT INTO sense_thawed ({_NAMES}) VALUES ({', '.join(['%s'] * len(archive.COLUMNS))})"


def _fill(rows: Sequence[Sequence[Any]]) -> None:
    """Make these the rows of the temporary table of this connection."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("CREATE TEMP TABLE IF NOT EXISTS sense_thawed AS SELECT * FROM sense_observation WHERE 0")
        else:
            cursor.execute("CREATE TEMP TABLE IF NOT EXISTS sense_thawed (LIKE sense_observation)")
        cursor.execute("DELETE FROM sense_thawed")
        cursor.executemany(_PUT, rows)


# --- what a filter says of the time ---------------------------------------------------------------------------------------


def bounds(node: Node | None, path: tuple[str, ...]) -> tuple[int, int]:
    """Between which moments, half open, everything lies that a filter leaves: as far as it says so plainly."""
    start, end = EARLIEST, LATEST + 1
    if not isinstance(node, Call):
        return start, end
    if node.name == "and":
        first, second = (bounds(arg, path) for arg in node.args)
        return max(first[0], second[0]), min(first[1], second[1])
    if node.name not in _MIRROR or len(node.args) != 2:
        return start, end
    name, (left, right) = node.name, node.args
    if isinstance(right, Path):
        name, left, right = _MIRROR[name], right, left
    if not (isinstance(left, Path) and left.names[-len(path) :] == path and isinstance(right, Literal)):
        return start, end
    if not isinstance(right.value, datetime):
        return start, end
    at = int(right.value.timestamp() * 1000)
    if name in ("gt", "ge", "eq"):
        start = at
    if name in ("lt", "le", "eq"):
        end = at + 1
    return start, end


_MIRROR = {"gt": "lt", "lt": "gt", "ge": "le", "le": "ge", "eq": "eq"}
