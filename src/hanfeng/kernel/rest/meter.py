"""How often each caller asked in this minute, and when last: in a SQLite file of its own, shared by all web processes.

It stands in HOME beside the database, not in it: a GET writes nothing there. What it holds may be lost with the machine,
so nothing is synced to disk and one call costs some twenty microseconds. Two machines behind one address count apart.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

WINDOW = 60
FILE = "rest.sqlite3"
log = logging.getLogger("hanfeng.rest")
_own = threading.local()
TABLE = (
    "CREATE TABLE IF NOT EXISTS calls (key TEXT PRIMARY KEY, minute INTEGER NOT NULL, n INTEGER NOT NULL,"
    " used REAL NOT NULL, address TEXT NOT NULL, token TEXT NOT NULL) WITHOUT ROWID"
)
COUNT = (
    "INSERT INTO calls VALUES (?1, ?2, 1, ?3, ?4, ?5) ON CONFLICT (key) DO UPDATE SET"
    " n = CASE WHEN minute = ?2 THEN n + 1 ELSE 1 END, minute = ?2, used = ?3, address = ?4, token = ?5 RETURNING n"
)


@dataclass(frozen=True)
class Count:
    """Where a caller stands in this minute: how many it may ask, how many are left, seconds until it begins anew."""

    limit: int
    left: int
    reset: int

    @property
    def over(self) -> bool:
        return self.left < 0

    def headers(self) -> dict[str, str]:
        """As the draft of the IETF has it (draft-ietf-httpapi-ratelimit-headers)."""
        return {
            "RateLimit-Policy": f'"minute";q={self.limit};w={WINDOW}',
            "RateLimit": f'"minute";r={max(self.left, 0)};t={self.reset}',
        }


@dataclass(frozen=True)
class Use:
    """The last call of a client."""

    at: datetime
    address: str
    token: str


def count(key: str, limit: int, address: str = "", token: str = "") -> Count:
    """Count one call. When the file does not answer the call goes through: a broken counter must stop no work."""
    now = time.time()
    minute = int(now // WINDOW)
    try:
        row = _file().execute(COUNT, (key, minute, now, address, token)).fetchone()
        asked = int(row[0])
    except sqlite3.Error:
        log.exception("the meter does not count")
        asked = 1
    return Count(limit, limit - asked, int((minute + 1) * WINDOW - now) + 1)


def last_uses(keys: list[str]) -> dict[str, Use]:
    """When each of these last called, as far as this machine knows."""
    marks = ",".join("?" * len(keys))
    try:
        rows = _file().execute(f"SELECT key, used, address, token FROM calls WHERE key IN ({marks})", keys).fetchall()
    except sqlite3.Error:
        log.exception("the meter does not answer")
        return {}
    return {key: Use(datetime.fromtimestamp(used, UTC), address, token) for key, used, address, token in rows}


def _file() -> sqlite3.Connection:
    """This thread's connection; another after a fork, and another for another home."""
    path = Path(settings.HOME) / FILE
    kept: tuple[tuple[Path, int], sqlite3.Connection] | None = getattr(_own, "file", None)
    if kept and kept[0] == (path, os.getpid()) and path.exists():
        return kept[1]
    link = sqlite3.connect(path, timeout=2.0, isolation_level=None)
    link.execute("PRAGMA journal_mode=wal")
    link.execute("PRAGMA synchronous=OFF")
    link.execute(TABLE)
    _own.file = ((path, os.getpid()), link)
    return link
