"""SQLite: a consistent copy of a database in use, page by page, and the way back into one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hanfeng.site.commands.terminal import Refused, _

from . import facts

PAGES = 1024  # in one step
PATIENCE = 30.0  # seconds to wait for a lock

Pages = Callable[[int, int], object]
"""Is told how many pages are done, and of how many."""


def _open(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?{mode}", uri=True, timeout=PATIENCE, isolation_level=None)


def copy(source: Path, target: Path, tell: Pages) -> None:
    """Copy a database while others write to it, and check the copy.

    The open read transaction keeps every step on one state: without it each write of others would start the copy anew.
    Under write-ahead logging a reader holds up nobody.
    """
    with closing(_open(source, "mode=rw")) as live, closing(sqlite3.connect(target, isolation_level=None)) as kept:
        if live.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            live.execute("BEGIN")
            live.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()
        live.backup(kept, pages=PAGES, progress=lambda _s, left, total: tell(total - left, total))
        kept.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
        found = kept.execute("PRAGMA quick_check(5)").fetchall()
    if found != [("ok",)]:
        what = "; ".join(str(row[0]) for row in found)
        raise Refused(_("The database itself is damaged: {what}").format(what=what))


def put_back(saved: Path, live: Path, tell: Pages) -> None:
    """Make a database what the saved one is, in one transaction that respects the locks of others."""
    with closing(_open(saved, "mode=ro&immutable=1")) as kept, closing(_open(live, "mode=rwc")) as target:
        kept.backup(target, pages=-1, progress=lambda _s, left, total: tell(total - left, total))


class Copy:
    """A database file at rest, read only."""

    def __init__(self, path: Path) -> None:
        self._connection = _open(path, "mode=ro&immutable=1")

    def __enter__(self) -> Copy:
        return self

    def __exit__(self, *failure: object) -> None:
        self._connection.close()

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of one SELECT."""
        return self._connection.execute(query).fetchall()

    def tables(self) -> list[str]:
        """The tables that hold rows themselves; virtual ones hold theirs in others."""
        query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
        return [str(row[0]) for row in self.ask(f"{query} AND sql NOT LIKE 'CREATE VIRTUAL%'")]

    def facts(self) -> dict[str, Any]:
        """What the database holds."""
        return facts.of(self.ask, self.tables())
