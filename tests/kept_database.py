"""A database beside the tests' own for what many modules start from: filled once by a process, then only rolled back to."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection, transaction
from django.utils import translation

_filled: dict[str, str] = {}  # what it holds -> the name of the database


@contextmanager
def standing_on(holds: str, fill: Callable[[], object]) -> Iterator[None]:
    """The connection on the database that `fill` made, in a transaction that is taken back at the end."""
    own = connection.settings_dict["NAME"]
    made = _filled.get(holds) or _copy(str(own), holds)
    with translation.override("en"):
        try:
            _use(made)
            if holds not in _filled:
                fill()
                _filled[holds] = made
            with transaction.atomic():
                yield
                transaction.set_rollback(True)
        finally:
            _use(own)


def forget() -> None:
    """Remove what was made; the files of SQLite go with the home."""
    if connection.vendor == "postgresql":
        for made in _filled.values():
            _on_the_server(f'DROP DATABASE IF EXISTS "{made}" WITH (FORCE)')
    _filled.clear()


def _use(name: object) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def _copy(own: str, holds: str) -> str:
    """The tests' own database once more, under another name."""
    connection.close()
    if connection.vendor == "sqlite":
        made = str(Path(own).with_name(f"{holds}.sqlite3"))
        with closing(sqlite3.connect(own)) as old, closing(sqlite3.connect(made)) as new:
            old.backup(new)
        return made
    made = f"{own}_{holds}"
    _on_the_server(f'DROP DATABASE IF EXISTS "{made}" WITH (FORCE)')
    _on_the_server(f'CREATE DATABASE "{made}" TEMPLATE "{own}"')
    return made


def _on_the_server(statement: str) -> None:
    with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(statement)
