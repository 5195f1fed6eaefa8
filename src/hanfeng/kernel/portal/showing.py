"""What a snapshot would show the public, for whoever decides on it: its content, and what changed against what is published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy

from hanfeng.kernel.desk.desk import text_of

from .flow import State, published
from .models import Snapshot

LABELS: Mapping[str, Any] = {
    "headline": gettext_lazy("In one sentence"),
    "as_of": gettext_lazy("as of"),
    "method": gettext_lazy("Method"),
    "thresholds": gettext_lazy("Thresholds of the method"),
    "targets": gettext_lazy("Targets"),
    "tasks": gettext_lazy("Tasks"),
    "name": gettext_lazy("name"),
    "title": gettext_lazy("title"),
    "nature": gettext_lazy("nature"),
    "base": gettext_lazy("Base value"),
    "goal": gettext_lazy("Target"),
    "value": gettext_lazy("Value"),
    "at": pgettext_lazy("day of a figure", "Day"),
    "place": gettext_lazy("place"),
    "source": gettext_lazy("source"),
    "verdict_title": gettext_lazy("Verdict"),
    "attainment": gettext_lazy("attainment of the target"),
    "progress": gettext_lazy("progress from the base"),
    "elapsed": gettext_lazy("time elapsed"),
    "why": gettext_lazy("Why"),
    "total": gettext_lazy("all of them"),
    "served": gettext_lazy("served by an application"),
    "ours": gettext_lazy("set by this platform"),
}
"""The words of what snapshots usually hold; a part that is not named here is shown by its own name."""

QUIET = frozenset({"slug", "no", "verdict", "id", "url", "address", "code"})
"""Keys that no reader of the public page sees as such."""

SHARES = frozenset({"attainment", "progress", "elapsed"})


def tail(request: HttpRequest, snapshot: Snapshot) -> dict[str, Any]:
    """What the page of a snapshot adds to that of a record."""
    before = _before(snapshot)
    content, old = _in_language(snapshot), _in_language(before) if before else None
    facts, tables = _facts(content, old), _tables(content, old)
    changed = sum(fact["changed"] for fact in facts) + sum(row["kind"] != "same" for t in tables for row in t["rows"])
    return {"content_facts": facts, "content_tables": tables, "published_before": before, "content_changed": changed}


def _before(snapshot: Snapshot) -> Snapshot | None:
    """What the public sees now; for what is published already, what it saw before."""
    now = published(snapshot.name)
    if now is None or now.pk != snapshot.pk:
        return now
    rows = Snapshot.objects.filter(name=snapshot.name, state__in=(State.APPROVED, State.WITHDRAWN)).exclude(
        pk=snapshot.pk
    )
    found: Snapshot | None = rows.filter(as_of__lte=snapshot.as_of).order_by("-as_of", "-pk").first()
    return found


def _in_language(snapshot: Snapshot) -> Mapping[str, Any]:
    """The content in the reader's language; else in the first it has, else as it is."""
    content: Mapping[str, Any] = snapshot.content
    found = content.get(get_language() or "")
    if isinstance(found, Mapping):
        return found
    first = next(iter(content.values()), None)
    return first if isinstance(first, Mapping) else content


def _label(key: str) -> str:
    return str(LABELS.get(key, key.replace("_", " ")))


def _facts(content: Mapping[str, Any], old: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Single values, those of small groups too."""
    kept = dict(_single(old)) if old is not None else None
    return [
        {"label": label, "value": value, **_against(value, None if kept is None else kept.get(label, ""))}
        for label, value in _single(content)
    ]


def _single(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from ((f"{_label(key)} · {_label(inner)}", _text(inner, each)) for inner, each in value.items())
        elif not _is_table(value) and key not in QUIET:
            yield _label(key), _text(key, value)


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _tables(content: Mapping[str, Any], old: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Lists of rows, each row beside the one it replaces."""
    found = []
    for key, rows in content.items():
        if _is_table(rows):
            columns = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in QUIET]
            before = (
                None if old is None else {_row_key(row): row for row in old.get(key) or () if isinstance(row, Mapping)}
            )
            found.append({
                "title": _label(key), "head": [_label(name) for name in columns],
                "rows": list(_rows(rows, columns, before)),
            })  # fmt: skip
    return found


def _row_key(row: Mapping[str, Any]) -> str:
    return str(row.get("slug") or row.get("id") or row.get("name") or row.get("title") or "")


def _rows(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], before: Mapping[str, Mapping[str, Any]] | None
) -> Iterator[dict[str, Any]]:
    for row in rows:
        old = None if before is None else before.get(_row_key(row))
        cells = [
            {
                "label": _label(n),
                "text": _text(n, row.get(n)),
                **_against(_text(n, row.get(n)), _text(n, old.get(n)) if old else None),
            }
            for n in columns
        ]
        kind = (
            "new" if before is not None and old is None else "changed" if any(c["changed"] for c in cells) else "same"
        )
        yield {"kind": kind, "cells": cells}
    present = {_row_key(row) for row in rows}
    for key, gone in (before or {}).items():
        if key not in present:
            yield {"kind": "gone", "cells": [
                {"label": _label(n), "text": _text(n, gone.get(n)), "before": "", "changed": False} for n in columns
            ]}  # fmt: skip


def _against(value: str, before: str | None) -> dict[str, Any]:
    changed = before is not None and before != value
    return {"before": before if changed else "", "changed": changed}


def _text(key: str, value: Any) -> str:
    """A value as the public reads it."""
    if isinstance(value, Mapping):
        return str(value.get("title") or " · ".join(_text(name, each) for name, each in value.items()))
    if isinstance(value, list):
        return " ".join(map(str, value)) or text_of(None)
    if key in SHARES and isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value * 100:.1f}%"
    return text_of(value)
