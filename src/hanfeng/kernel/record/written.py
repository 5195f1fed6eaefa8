"""Which kinds of record were written since somebody last looked: what was computed from the others still holds."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock
from typing import Any

from django.apps import apps
from django.db import connection

from .models import Record, kind_of

MOST = 2_000
"""Events read at a look; after more of them everything counts as written."""

_SQL = "SELECT id, kind, hash{} FROM record_event{} WHERE id >= %s ORDER BY id LIMIT %s"
_NEWEST = "SELECT id, hash{} FROM record_event{} ORDER BY id DESC LIMIT 1"
_SNAPSHOT = ", txid_snapshot_xmin(s.now), txid_snapshot_xmax(s.now)", ", (SELECT txid_current_snapshot() AS now) s"


class Written:
    """Reads the events that came since the last look, in one query, and remembers for each kind when it was last written.

    Exact on both engines. On SQLite events are committed in the order of their numbers. On PostgreSQL one with a lower number
    may be committed later, so events are read again from the last number below which no transaction can still be open. A
    history that is not the one seen before (restored, rolled back) makes everything count as written.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._now = 0
        self._forgot = 0
        self._last: dict[str, int] = {}
        self._settled: tuple[int, str] = (0, "")
        self._known: set[int] = set()
        self._next: tuple[int, str, int] | None = None
        """The newest event of a look and the transaction before which it lies: settled once all before that one are done."""
        self._blind = -1
        """Transactions before this one may hold events below the settled one that were not seen."""

    def look(self) -> int | None:
        """The number of this look, to ask `since` with; None where nothing may be kept, as inside a transaction."""
        if connection.in_atomic_block:
            return None
        with self._lock:
            return self._look()

    def since(self, look: int, kinds: Iterable[str]) -> bool:
        """Whether one of these kinds was written since a look."""
        return look < self._forgot or any(self._last.get(kind, 0) > look for kind in kinds)

    def _look(self) -> int | None:
        rows = self._read(_SQL, self._settled[0], MOST + 1)
        told = [(row[0], row[1], row[2]) for row in rows]
        if self._settled[0] and (not told or (told[0][0], told[0][2]) != self._settled):
            self._settled = (0, "")
            return self._start()
        if len(told) > MOST:
            return self._start()
        self._now += 1
        for number, kind, _hash in told:
            if number > self._settled[0] and number not in self._known:
                self._known.add(number)
                self._last[kind] = self._now
        if not told:
            return None  # no history at all: nothing tells what was written
        oldest, after = rows[-1][3:] if len(rows[-1]) > 3 else (0, 0)
        self._settle((told[-1][0], told[-1][2]), oldest, after)
        if self._blind > oldest:
            return None
        if self._blind >= 0:
            self._blind, self._forgot = -1, self._now
        return self._now

    def _settle(self, newest: tuple[int, str], oldest: int, after: int) -> None:
        """`oldest` is the oldest transaction still open, `after` the first that had not begun; zero where they have an order."""
        if not after:
            self._settled, self._known = newest, set()
            return
        if self._next and oldest >= self._next[2]:
            self._settled, self._next = self._next[:2], None
            self._known = {number for number in self._known if number > self._settled[0]}
        if self._next is None and newest != self._settled:
            self._next = (*newest, after)

    def _start(self) -> int | None:
        """Begin anew behind the newest event; everything counts as written."""
        rows = self._read(_NEWEST)
        self._now += 1
        self._forgot, self._last, self._known, self._next = self._now, {}, set(), None
        if not rows:
            return None
        self._settled = rows[0][:2]
        oldest, after = rows[0][2:] if len(rows[0]) > 2 else (0, 0)
        self._blind = after if after > oldest else -1
        return None if self._blind >= 0 else self._now

    def _read(self, sql: str, *given: int) -> list[tuple[Any, ...]]:
        more = _SNAPSHOT if connection.vendor == "postgresql" else ("", "")
        with connection.cursor() as cursor:
            cursor.execute(sql.format(*more), given)
            return list(cursor.fetchall())


def kinds_by_table() -> dict[str, str]:
    """The kinds of records by the table that holds them; other tables leave no events."""
    return {model._meta.db_table: kind_of(model) for model in apps.get_models() if issubclass(model, Record)}
