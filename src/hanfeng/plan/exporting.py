"""A plan written back as the folder it can be loaded from: the records as they stand now, withdrawn ones left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

from hanfeng.kernel.record.models import Record

from . import tables
from .cells import Column, Table, cell
from .files import toml, write_csv
from .models import Contradiction, Duty, Plan, Target

KEYS = {"clause": "code", "body": "slug"}
"""The field that a file writes for a record it refers to."""


def export_plan(slug: str, folder: Path) -> list[Path]:
    """Write a plan into a folder, which is made; returns the files. Raises Plan.DoesNotExist.

    A plan of which only the frame is kept is its plan.toml alone.
    """
    plan = Plan.objects.select_related("issuer").get(slug=slug)
    folder.mkdir(parents=True, exist_ok=True)
    written = [_text(folder / tables.PLANS.file, [*_fields(tables.PLANS, plan), ""])]
    if plan.outline:
        return written
    written += [_csv(folder, table, _records(table, plan)) for table in tables.PLAN if not table.array]
    return [*written, _text(folder / tables.CONTRADICTIONS.file, list(_arrays(plan)))]


def _records(table: Table, plan: Plan) -> list[Any]:
    """The standing records of a table in the order in which they were written; for paths one row for each day."""
    rows = table.model._default_manager.filter(plan=plan).order_by(
        *(("order",) if table is tables.CLAUSES else ()), "pk"
    )
    linked = [column.field for column in table.columns if column.link]
    if table is tables.DUTIES:
        linked += ["task", "target"]
    if table is tables.PATHS:
        return [{"target": target.slug, **step} for target in rows for step in target.path]
    return list(rows.select_related(*linked) if linked else rows)


def _csv(folder: Path, table: Table, records: list[Any]) -> Path:
    used = [column for column in table.columns if not column.optional or any(map(attrgetter(column.field), records))]
    rows = [[cell(value(record, column)) for column in used] for record in records]
    return write_csv(folder / table.file, [column.name for column in used], rows)


def value(record: Any, column: Column) -> Any:
    """What a record holds for a column; of a record it refers to, the id."""
    if isinstance(record, dict):
        return record[column.field]
    if isinstance(record, Duty) and column.field in ("kind", "item"):
        kind, item = ("task", record.task) if record.task else ("target", record.target)
        return kind if column.field == "kind" else item.slug if isinstance(item, Target) else item and item.commitment
    found = getattr(record, column.field)
    return getattr(found, KEYS[column.refers]) if column.link and found else found


# --- TOML -------------------------------------------------------------------------------------------------------------


def _text(path: Path, lines: Iterable[str]) -> Path:
    path.write_text("\n".join(lines), encoding="utf-8", newline="\n")
    return path


def _fields(table: Table, record: Record) -> Iterator[str]:
    """The keys of a record, one a line; a key without a value is left out. Computations are tables of their own."""
    for column in table.columns:
        found = value(record, column)
        if column.link:
            yield f"{column.name} = {toml(found or '')}"
        elif column.kind == "as_is" and found and column.name != "compute":
            yield from (f"{column.name} = [", *(f"    {toml(item)}," for item in found), "]")
        elif column.name != "compute" and found is not None and found is not False:
            yield f"{column.name} = {toml(found)}"


def _arrays(plan: Plan) -> Iterator[str]:
    """Contradictions, then checks, each with its computations."""
    records = list(Contradiction.objects.filter(plan=plan).order_by("order", "pk"))
    for table in (tables.CONTRADICTIONS, tables.CHECKS):
        for record in records:
            if (record.kind == Contradiction.Kind.CHECK) == (table is tables.CHECKS):
                yield from (f"[[{table.array}]]", *_fields(table, record), "")
                for sum_ in record.compute:
                    keys = (f"{key} = {toml(item)}" for key, item in sum_.items())
                    yield from (f"[[{table.array}.compute]]", *keys, "")
