"""What a database holds, asked in plain SQL: told in the backup, compared after the restore."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Ask = Callable[[str], Sequence[Sequence[Any]]]
"""Runs one SELECT, gives its rows."""


def of(ask: Ask, tables: Sequence[str]) -> dict[str, Any]:
    """Rows of each table, the migrations applied, the last event and the last seal: a value JSON can keep."""
    told: dict[str, Any] = {"rows": {t: ask(f'SELECT COUNT(*) FROM "{t}"')[0][0] for t in sorted(tables)}}
    told["migrations"] = _migrations(ask) if "django_migrations" in tables else {}
    told["last_event"] = _last(ask, "record_event", ("id", "kind", "key", "seq", "hash"), tables)
    told["last_seal"] = _last(ask, "record_seal", ("id", "count", "root"), tables)
    return told


def attachments(ask: Ask, tables: Sequence[str]) -> set[str]:
    """The digests of the files that records name."""
    if "record_attachment" not in tables:
        return set()
    return {str(row[0]) for row in ask("SELECT DISTINCT sha256 FROM record_attachment")}


def _migrations(ask: Ask) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for app, name in ask("SELECT app, name FROM django_migrations ORDER BY app, name"):
        found.setdefault(app, []).append(name)
    return found


def _last(ask: Ask, table: str, columns: Sequence[str], tables: Sequence[str]) -> dict[str, Any] | None:
    if table not in tables:
        return None
    names = ", ".join(f'"{column}"' for column in columns)
    rows = ask(f'SELECT {names} FROM "{table}" ORDER BY id DESC LIMIT 1')
    return dict(zip(columns, rows[0], strict=True)) if rows else None
