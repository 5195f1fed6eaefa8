"""The files of a county and of a plan, read and written: every fault with its file, line and column, in words."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a file: where it stands, what is wrong, how to mend it."""

    file: str
    line: int
    column: str
    what: str
    mend: str = ""

    @property
    def where(self) -> str:
        return " ".join(part for part in (f"{self.file}:{self.line}", self.column) if part)

    def __str__(self) -> str:
        return f"{self.where}: {self.what} {self.mend}".rstrip()


class LoadError(Exception):
    """Files that cannot be loaded. `problems` holds everything found; nothing of them was written."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Row:
    """A line of a CSV file or a table of a TOML file, with the list that collects what is wrong in it.

    `lines` says where each key of a table stands, if that is known.
    """

    file: str
    line: int
    cells: Mapping[str, Any]
    problems: list[Problem]
    lines: Mapping[str, int] = field(default_factory=dict)

    def text(self, column: str) -> str:
        value = self.cells.get(column, "")
        return value if isinstance(value, str) else str(value)

    def wrong(self, column: str, what: str, mend: str = "") -> None:
        """Note a fault of one cell and go on."""
        self.problems.append(Problem(self.file, self.lines.get(column, self.line), column, what, mend))


def nearest(text: str, known: Iterable[str], most: int = 1) -> list[str]:
    """The known words that look most like this one."""
    return get_close_matches(text, list(known), most, 0.6)


# --- reading ----------------------------------------------------------------------------------------------------------


def read_csv(
    path: Path | Traversable,
    name: str,
    columns: Sequence[str],
    problems: list[Problem],
    optional: Collection[str] = (),
) -> list[Row]:
    """The rows of a CSV file with these columns, lines counted from 1; `name` is what faults call the file."""
    text = _text(path, name, problems)
    if text is None:
        return []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    header: list[str] | None = None
    try:
        line = 1
        for cells in reader:
            if header is None:
                header = cells
                if not _header(header, name, columns, optional, problems):
                    return []
            elif cells:
                rows.append(_row(name, line, header, cells, problems))
            line = reader.line_num + 1
    except csv.Error:
        mend = _("Look for a quotation mark that is not closed or not doubled.")
        problems.append(Problem(name, reader.line_num, "", _("The line is not proper CSV."), mend))
    if header is None:
        problems.append(Problem(name, 1, "", _("The file is empty."), _("Write the header line first.")))
    return rows


def _row(name: str, line: int, header: Sequence[str], cells: Sequence[str], problems: list[Problem]) -> Row:
    row = Row(name, line, dict(zip(header, cells, strict=False)), problems)
    if len(cells) != len(header):
        what = _("The line has %(found)s cells, the header %(wanted)s.")
        mend = _("Quote a cell that holds a comma; leave no column out.")
        row.wrong("", what % {"found": len(cells), "wanted": len(header)}, mend)
    return row


def _header(
    header: Sequence[str], name: str, columns: Sequence[str], optional: Collection[str], problems: list[Problem]
) -> bool:
    """Whether a header has each column once and no other."""
    before = len(problems)
    for column in columns:
        if column not in header and column not in optional:
            what = _("The column “%(column)s” is missing.") % {"column": column}
            problems.append(Problem(name, 1, column, what, _("Add it; its cells may stay empty.")))
    for column in header:
        if column not in columns:
            what = _("There is no column “%(column)s” in this file.") % {"column": column}
            problems.append(Problem(name, 1, column, what, did_you_mean(column, columns)))
        elif header.count(column) > 1:
            what = _("The column “%(column)s” stands here twice.") % {"column": column}
            problems.append(Problem(name, 1, column, what, _("Remove one of the two.")))
    return len(problems) == before


def did_you_mean(text: str, known: Iterable[str], otherwise: str = "") -> str:
    """The nearest known word as a suggestion, or other advice."""
    near = nearest(text, known)
    return _("Did you mean “%(near)s”?") % {"near": near[0]} if near else otherwise or _("Remove it.")


def _text(path: Path | Traversable, name: str, problems: list[Problem]) -> str | None:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as why:
        line = why.object[: why.start].count(b"\n") + 1
        problems.append(Problem(name, line, "", _("The file is not in UTF-8."), _("Save it as UTF-8.")))
    except OSError as why:
        what = _("The file cannot be read: %(why)s") % {"why": why.strerror}
        problems.append(Problem(name, 1, "", what, _("Put it there, or give the folder that holds it.")))
    return None


def read_toml(path: Path | Traversable, name: str, problems: list[Problem]) -> dict[str, Any]:
    """The tables of a TOML file; empty when it is faulty, which is noted."""
    text = _text(path, name, problems)
    try:
        return {} if text is None else tomllib.loads(text)
    except tomllib.TOMLDecodeError as why:
        place = re.search(r"line (\d+)", str(why))
        line = int(place[1]) if place else (text or "").count("\n") + 1
        what = _("The line is not proper TOML.")
        problems.append(Problem(name, line, "", what, _("Look for a missing quotation mark, comma or bracket.")))
        return {}


def toml_row(path: Path, name: str, problems: list[Problem]) -> Row:
    """A TOML file as one row: its keys, and the lines on which those of the first level stand."""
    table = read_toml(path, name, problems)
    return Row(name, 1, table, problems, _keys(_lines(path), 0))


def toml_rows(path: Path, name: str, array: str, problems: list[Problem]) -> list[Row]:
    """The tables of an array (`[[array]]`) as rows, each with the line of its heading and of its keys."""
    found = read_toml(path, name, problems).get(array, [])
    lines = _lines(path)
    heading = re.compile(rf"\s*\[\[\s*{re.escape(array)}\s*\]\]")
    places = [place for place, line in enumerate(lines, 1) if heading.match(line)]
    rows = zip(places, found, strict=False)
    return [Row(name, place, table, problems, _keys(lines, place)) for place, table in rows]


def toml_tables(path: Path | Traversable, name: str, problems: list[Problem]) -> dict[str, Row]:
    """The tables of a file (`[id]`) as rows by their names."""
    found, lines = read_toml(path, name, problems), _lines(path)
    places = {line.strip()[1:-1]: place for place, line in enumerate(lines, 1) if line.startswith("[")}
    rows = {}
    for key, table in found.items():
        place = places.get(key, 1)
        if not isinstance(table, dict):
            what = _("“%(id)s” is no table.") % {"id": key}
            problems.append(
                Problem(name, _keys(lines, 0).get(key, 1), key, what, _("Begin it with its id in brackets."))
            )
            continue
        rows[key] = Row(name, place, {"id": key, **table}, problems, _keys(lines, place))
    return rows


def _lines(path: Path | Traversable) -> list[str]:
    return (_text(path, "", []) or "").splitlines()


def _keys(lines: Sequence[str], start: int) -> dict[str, int]:
    """The lines of the keys from a place up to the next heading."""
    keys: dict[str, int] = {}
    for place, line in enumerate(lines[start:], start + 1):
        if line.startswith("["):
            break
        if found := re.match(r"(\w+)[ \t]*=", line):
            keys[found[1]] = place
    return keys


# --- writing ----------------------------------------------------------------------------------------------------------


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Path:
    """Write a CSV file as the format asks: UTF-8, comma, LF, quoted where needed."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
    return path


def number(value: float | None) -> str:
    """A number as the files write it: no trailing zeros, no exponent; nothing when there is none."""
    if value is None:
        return ""
    found = Decimal(repr(float(value))).normalize()
    return f"{found:f}" if found else "0"


def toml(value: Any) -> str:
    """A value as TOML writes it on one line. Nothing is written for None: leave such a key out."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | date):
        return str(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }" if value else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    return f'"{"".join(map(_toml_character, str(value)))}"'


def _toml_character(found: str) -> str:
    if found in '"\\':
        return f"\\{found}"
    return f"\\u{ord(found):04x}" if found < " " or found == "\x7f" else found
