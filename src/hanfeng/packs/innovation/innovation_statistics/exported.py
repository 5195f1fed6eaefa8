"""Reading the forms 107-1 and 107-2 that a firm exported: by the names of the items, whatever the layout.

Nothing is kept by reading: what was read fills the page, its checks are shown, and the firm saves it itself.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib.resources import files
from typing import Any, BinaryIO

from hanfeng.kernel.pure import Fault
from hanfeng.kernel.pure import gettext_noop as noop

from . import standard

_NAMES: dict[str, Any] = tomllib.loads((files(__package__) / "exported.toml").read_text("utf-8"))
ITEMS: dict[str, str] = {alias: name for name, aliases in _NAMES["items"].items() for alias in aliases}
COLUMNS: dict[str, str] = {alias: name for name, aliases in _NAMES["projects"].items() for alias in aliases}
AMOUNTS = {"本年", "本年实际", "本期", "数量", "金额", "本年数"}
UNITS = {"千元": "", "万元": standard.TEN_THOUSAND, "亿元": standard.HUNDRED_MILLION, "元": standard.YUAN}
_UNIT = re.compile(r"(?:计量单位|金额单位|单位)[:：]?\s*(?:人民币)?\s*(千元|万元|亿元|元)")
_NUMBERED = re.compile(r"^[\s0-9一二三四五六七八九十()（）.、,，]*(?:其中[:：])?[\s0-9()（）.、]*")
_BRACKETS = re.compile(r"[(（][^)）]*[)）]$")
MOST_ROWS = 5000


class NotAForm(Fault):
    """The file is no workbook, or holds none of the items of the forms."""


@dataclass
class Read:
    """What a file said: values of form 107-2, projects of 107-1, the unit it names, and the items that were not understood."""

    values: dict[str, Any] = field(default_factory=dict)
    projects: list[dict[str, Any]] = field(default_factory=list)
    unit: str = ""
    skipped: list[str] = field(default_factory=list)


def read(file: BinaryIO) -> Read:
    """Read a workbook. Raises NotAForm with a sentence that says what was looked for."""
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(file)
        sheets = [book.get_sheet_by_name(name).to_python()[:MOST_ROWS] for name in book.sheet_names]
    except Exception as why:  # the reader raises kinds of its own for each broken file
        raise NotAForm(
            "no_book", noop("The file could not be opened as a workbook (.xlsx, .xls or .ods)."), {}
        ) from why
    found = Read()
    for rows in sheets:
        found.unit = found.unit or unit_of(rows)
        projects = list(_projects(rows))
        found.projects += projects
        if not projects:
            _items(rows, found)
    if not found.values and not found.projects:
        text = noop(
            "The file holds none of the items of forms 107-1 and 107-2. Export the forms as they are and choose that file."
        )
        raise NotAForm("no_items", text, {})
    return found


def unit_of(rows: Sequence[Sequence[Any]]) -> str:
    """The unit a sheet names where it is not thousand yuan; empty for thousand yuan or for none."""
    for row in rows:
        for cell in row:
            if isinstance(cell, str) and (told := _UNIT.search(cell)):
                return UNITS[told[1]]
    return ""


def plain(label: Any) -> str:
    """An item's name without its number, its brackets and its spaces."""
    text = _NUMBERED.sub("", str(label).replace("\u3000", " ").strip())
    return _BRACKETS.sub("", text).replace(" ", "").rstrip(":：")


def _items(rows: Sequence[Sequence[Any]], found: Read) -> None:
    column = _amount_column(rows)
    for row in rows:
        label = next((cell for cell in row if isinstance(cell, str) and cell.strip()), "")
        name, value = ITEMS.get(plain(label)), _amount(row, column)
        if value is None:
            continue
        if name and name not in found.values:
            found.values[name] = round(value, 2) if name == "fte" else round(value)
        elif not name and plain(label) and len(found.skipped) < 30:
            found.skipped.append(str(label).strip())


def _amount_column(rows: Sequence[Sequence[Any]]) -> int | None:
    """The column headed as the amount of the year; None where no heading says so."""
    for row in rows:
        for place, cell in enumerate(row):
            if isinstance(cell, str) and plain(cell) in AMOUNTS:
                return place
    return None


def _amount(row: Sequence[Any], column: int | None) -> float | None:
    """The amount of a line: in its column, else the number after the code, or the only one."""
    if column is not None:
        return _as_number(row[column]) if column < len(row) else None
    numbers = [float(cell) for cell in row if isinstance(cell, int | float) and not isinstance(cell, bool)]
    return None if not numbers else numbers[0] if len(numbers) == 1 else numbers[1]


def _as_number(cell: Any) -> float | None:
    try:
        return None if cell in (None, "") or isinstance(cell, bool) else float(str(cell).replace(",", ""))
    except ValueError:
        return None


def _projects(rows: Sequence[Sequence[Any]]) -> Iterator[dict[str, Any]]:
    heads = next(
        (
            (place, names)
            for place, row in enumerate(rows)
            if len(names := _columns(row)) >= 3 and "name" in names.values()
        ),
        None,
    )
    if heads is None:
        return
    place, names = heads
    for row in rows[place + 1 :]:
        told = {name: _cell(name, row[at]) for at, name in names.items() if at < len(row)}
        if told.get("name") and not str(told["name"]).isdigit() and str(told["name"]) not in ("甲", "乙", "丙", "合计"):
            yield told


def _columns(row: Sequence[Any]) -> dict[int, str]:
    return {at: COLUMNS[plain(cell)] for at, cell in enumerate(row) if isinstance(cell, str) and plain(cell) in COLUMNS}


def _cell(name: str, value: Any) -> Any:
    if name in ("starts", "ends"):
        return _day(value)
    if name in ("people", "months", "spending", "government"):
        try:
            number = float(str(value).replace(",", ""))
        except ValueError:
            return None
        return number if name == "months" else round(number)
    return str(value).strip()


def _day(value: Any) -> date | None:
    """A day, or the first of a month written as 202103."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    digits = re.sub(r"\D", "", str(value).split(".")[0] if str(value).count(".") == 1 else str(value))
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8] or 1)) if len(digits) in (6, 8) else None
    except ValueError:
        return None
