"""A database beside the tests' own for what many modules start from: filled once by a run, then only rolled back to."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection, transaction
from django.utils import translation

_filled: dict[str, str] = {}  # what it holds -> the name of the database
_given: list[str] = []  # what this process filled and laid where the other workers find it
_meeting: Path | None = None


def meet(folder: Path) -> None:
    """Where the workers of one run lay what they filled, for the others to copy; a process alone has no such folder."""
    global _meeting
    folder.mkdir(exist_ok=True)
    _meeting = folder


@contextmanager
def standing_on(holds: str, fill: Callable[[], object]) -> Iterator[None]:
    """The connection on the database that `fill` made, in a transaction that is taken back at the end."""
    own = connection.settings_dict["NAME"]
    with translation.override("en"):
        try:
            if holds not in _filled:
                with _alone(holds):
                    _filled[holds] = _made(str(own), holds, fill)
            _use(_filled[holds])
            with transaction.atomic():
                yield
                transaction.set_rollback(True)
        finally:
            _use(own)


def forget() -> None:
    """Remove what was made; the files of SQLite go with the home."""
    for holds in _given:
        with _alone(holds):  # nobody copies it at this moment; who comes later fills again
            _mark(holds).unlink()
            _drop(_shared(holds))
    for made in _filled.values():
        _drop(made)
    _given.clear()
    _filled.clear()


def _made(own: str, holds: str, fill: Callable[[], object]) -> str:
    """The name of a filled database of this process's own: a copy of what another worker filled, or filled here."""
    made = _beside(own, holds)
    if _meeting and _mark(holds).exists():
        _copy(_shared(holds), made)
        return made
    _copy(own, made)
    _use(made)
    fill()
    if _meeting:
        _copy(made, _shared(holds))
        _mark(holds).touch()
        _given.append(holds)
    return made


@contextmanager
def _alone(holds: str) -> Iterator[None]:
    """No other worker of the run fills or copies this one meanwhile."""
    if not _meeting:
        yield
        return
    with (_meeting / f"{holds}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _mark(holds: str) -> Path:
    """There once the shared one is whole."""
    assert _meeting
    return _meeting / f"{holds}.whole"


def _shared(holds: str) -> str:
    """The name of the database from which the workers of a run copy."""
    assert _meeting
    if connection.vendor == "sqlite":
        return str(_meeting / f"{holds}.sqlite3")
    return f"{connection.settings_dict['TEST']['NAME'].removesuffix(os.environ['PYTEST_XDIST_WORKER'])}{holds}"


def _beside(own: str, holds: str) -> str:
    return str(Path(own).with_name(f"{holds}.sqlite3")) if connection.vendor == "sqlite" else f"{own}_{holds}"


def _use(name: object) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def _copy(name: str, to: str) -> None:
    """A database once more, under another name."""
    connection.close()
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(name)) as old, closing(sqlite3.connect(to)) as new:
            old.backup(new)
        return
    _on_the_server(f'DROP DATABASE IF EXISTS "{to}" WITH (FORCE)')
    _on_the_server(f'CREATE DATABASE "{to}" TEMPLATE "{name}"')


def _drop(name: str) -> None:
    if connection.vendor == "sqlite":
        Path(name).unlink(missing_ok=True)
    else:
        _on_the_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _on_the_server(statement: str) -> None:
    with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(statement)
