"""Columns and tables of files, and how a cell becomes a value and a value a cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from typing import Any, Literal

from django.utils.translation import gettext as _

from hanfeng.kernel.record.models import Record

from .files import Row, number
from .vocabulary import SLUG, one_of

Kind = Literal["text", "slug", "code", "day", "number", "whole", "flag", "ids", "as_is"]
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
NUMBER = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?", re.ASCII)
FORMS = {
    "slug": SLUG,  # an id
    "code": re.compile(r"(box)?\d+(\.\d+)*(#\d+)?"),  # a clause
}


@dataclass(frozen=True)
class Column:
    """A column: its name in the file, the field it fills (none: read and dropped), how it is read, what it may hold.

    `refers` names the table whose ids it holds; `link` says that the field is a foreign key to that record.
    """

    name: str
    field: str = ""
    kind: Kind = "text"
    choices: Collection[str] = ()
    refers: str = ""
    link: bool = False
    needed: bool = False
    optional: bool = False


@dataclass(frozen=True)
class Table:
    """A file (or an array of tables in one): what its ids are ids of, the kind of record, the fields that are its key."""

    name: str
    file: str
    model: type[Record]
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    of_plan: bool = False
    array: str = ""
    fixed: dict[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def itself(self) -> str:
        """The field that refers to another record of this table, if there is one."""
        return next((column.field for column in self.columns if column.link and column.refers == self.name), "")

    @property
    def optional(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.optional)

    def column_of(self, field: str) -> str:
        """The column that fills a field."""
        return next((column.name for column in self.columns if column.field == field), "")


def _as_text(row: Row, column: Column) -> str:
    value = row.text(column.name)
    if column.choices and value not in column.choices:
        what = _("“%(value)s” is not a value of this column.") % {"value": value}
        row.wrong(column.name, what, one_of(value, column.choices))
    return value


def _as_id(row: Row, column: Column) -> str:
    value = row.text(column.name)
    if value and not FORMS[column.kind].fullmatch(value):
        advice = {
            "slug": _("Write small letters and digits, joined by single hyphens."),
            "code": _("Write it like 2.3, box9.1 or box2#3."),
        }
        row.wrong(column.name, _("“%(id)s” is not an id.") % {"id": value}, advice[column.kind])
    return value


def _as_day(row: Row, column: Column) -> date | None:
    text = row.text(column.name)
    if not text:
        return None
    try:
        if DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    row.wrong(column.name, _("“%(value)s” is not a day.") % {"value": text}, _("Write it like 2025-12-31."))
    return None


def _as_number(row: Row, column: Column) -> float | None:
    text = row.text(column.name)
    if not text:
        return None
    if NUMBER.fullmatch(text) and isfinite(float(text)):
        return float(text)
    mend = _("Write digits and a point, without separators and without a unit.")
    row.wrong(column.name, _("“%(value)s” is not a number.") % {"value": text}, mend)
    return None


def _as_whole(row: Row, column: Column) -> int | None:
    text = row.text(column.name)
    if not text or re.fullmatch(r"\d{1,9}", text, re.ASCII):
        return int(text) if text else None
    row.wrong(column.name, _("“%(value)s” is not a whole number.") % {"value": text}, _("Write digits only."))
    return None


def _as_flag(row: Row, column: Column) -> bool:
    value = row.cells.get(column.name, "")
    if value not in ("", "true", True, False):
        row.wrong(
            column.name, _("“%(value)s” is not yes or no.") % {"value": value}, _("Write true, or leave it empty.")
        )
    return value in ("true", True)


def _as_ids(row: Row, column: Column) -> list[str]:
    value = row.cells.get(column.name, "")
    return [str(item) for item in value] if isinstance(value, list) else row.text(column.name).split()


def _as_is(row: Row, column: Column) -> list[dict[str, Any]]:
    """A list of tables, kept as it stands."""
    value = row.cells.get(column.name, [])
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return value
    row.wrong(column.name, _("This is not a list of tables."), _("Write it as docs/plan-format.md shows."))
    return []


READ: dict[str, Callable[[Row, Column], Any]] = {
    "text": _as_text, "slug": _as_id, "code": _as_id, "day": _as_day, "number": _as_number, "whole": _as_whole,
    "flag": _as_flag, "ids": _as_ids, "as_is": _as_is,
}  # fmt: skip


def cell(value: Any) -> str:
    """A value of a record as a CSV file holds it."""
    if value is None or value is False:
        return ""
    if value is True:
        return "true"
    if isinstance(value, float):
        return number(value)
    return " ".join(value) if isinstance(value, list) else str(value)
