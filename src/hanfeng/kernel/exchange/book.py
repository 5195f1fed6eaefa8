"""Any file of an office as rows: XLSX as a stream, XLS, XLSB and ODS by calamine, CSV and tab-separated text by encoding."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from .words import SheetError
from .xlsx import Merge, Workbook, XlsxError

MOST_BYTES = 100 * 1024 * 1024
MOST_CELLS = 5_000_000
MOST_ROWS = 1_048_576
ACCEPT = ".xlsx,.xls,.xlsb,.ods,.csv,.tsv,.txt"
Row = tuple[int, list[Any]]


@dataclass
class Book:
    """A file: its sheets, and the rows of each as (number from 0, cells); close it, or use it in a `with`."""

    names: tuple[str, ...]
    raw: Callable[[str], Iterator[Row]]
    merged: Callable[[str], list[Merge]]
    close: Callable[[], None] = field(default=lambda: None)

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *why: object) -> None:
        self.close()

    def rows(self, sheet: str) -> Iterator[Row]:
        """The rows of a sheet; a cell merged with those below stands in each of their rows. Raises SheetError."""
        if sheet not in self.names:
            raise SheetError(_("There is no sheet “%(name)s” in this file.") % {"name": sheet})
        try:
            for number, row in filled(self.raw(sheet), self.merged(sheet)):
                if number >= MOST_ROWS:
                    raise SheetError(_("The sheet has more than %(most)s rows.") % {"most": MOST_ROWS})
                yield number, row
        except (XlsxError, CalamineError) as why:
            raise SheetError(_("The sheet “%(name)s” cannot be read: it is damaged.") % {"name": sheet}) from why


def filled(rows: Iterator[Row], merges: list[Merge]) -> Iterator[Row]:
    """Rows in which a cell merged with those below it is repeated in each row."""
    waiting = sorted(m for m in merges if m[2] > m[0])
    at, active = 0, list[list[Any]]()
    for number, row in rows:
        while at < len(waiting) and waiting[at][0] <= number:
            active.append([waiting[at], ""])
            at += 1
        for entry in active:
            (top, left, bottom, _right), value = entry
            if number == top and left < len(row):
                entry[1] = row[left]
            elif top < number <= bottom and value != "":
                row += [""] * (left + 1 - len(row))
                row[left] = value
        if active:
            active = [entry for entry in active if entry[0][2] > number]
        yield number, row


# --- keeping ----------------------------------------------------------------------------------------------------------


def folder() -> Path:
    """Where uploaded sheets lie, by their digest: for the site's owner only."""
    path = Path(settings.HOME) / "sheets"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def keep(content: BinaryIO) -> tuple[str, int]:
    """Keep a file by its content: its digest and size. Raises SheetError when it is too large or empty."""
    digest, size = hashlib.sha256(), 0
    handle, draft = tempfile.mkstemp(dir=folder())
    try:
        with os.fdopen(handle, "wb") as file:
            while block := content.read(1 << 20):
                size += len(block)
                if size > MOST_BYTES:
                    raise SheetError(_("The sheet is larger than %(n)s MB. Split it.") % {"n": MOST_BYTES // 1024**2})
                digest.update(block)
                file.write(block)
            if not size:
                raise SheetError(_("The file is empty."))
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, folder() / digest.hexdigest())
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return digest.hexdigest(), size


# --- opening ----------------------------------------------------------------------------------------------------------


def open_book(path: Path) -> Book:
    """Open a file by what it holds, whatever it is called. Raises SheetError."""
    if not path.is_file():
        raise SheetError(_("The file is no longer kept here. Upload it again."))
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"PK") and _holds(path, "xl/workbook.xml"):
        return _xlsx(path)
    if start.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        return _calamine(path)
    return _text(path)


def _holds(path: Path, name: str) -> bool:
    try:
        with zipfile.ZipFile(path) as package:
            return any(n.lower().lstrip("/") == name for n in package.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


def _xlsx(path: Path) -> Book:
    try:
        book = Workbook(path)
    except XlsxError as why:
        raise SheetError(_("The workbook cannot be opened: it is damaged or protected by a password.")) from why
    if not book.sheets:
        book.zip.close()
        raise SheetError(_("There is no sheet in this workbook."))
    return Book(tuple(book.sheets), book.rows, book.merges, book.zip.close)


def _calamine(path: Path) -> Book:
    try:
        book = CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError, ValueError) as why:
        raise SheetError(_("The workbook cannot be opened: it is damaged or protected by a password.")) from why
    kept: dict[str, CalamineSheet] = {}

    def sheet(name: str) -> CalamineSheet:
        if name not in kept:
            kept[name] = book.get_sheet_by_name(name)
            if kept[name].total_height * kept[name].total_width > MOST_CELLS:
                raise SheetError(_("The sheet “%(name)s” is too large in this form. Save it as XLSX.") % {"name": name})
        return kept[name]

    def merged(name: str) -> list[Merge]:
        ranges = sheet(name).merged_cell_ranges or ()
        return [(top, left, bottom, right) for (top, left), (bottom, right) in ranges]

    def rows(name: str) -> Iterator[Row]:
        for number, row in enumerate(sheet(name).to_python(skip_empty_area=False)):
            yield number, [_whole(cell) for cell in row]

    return Book(tuple(book.sheet_names), rows, merged, book.close)


def _whole(cell: Any) -> Any:
    # calamine gives each number as a fraction, and a day with midnight
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return int(cell)
    return cell.date() if isinstance(cell, datetime) and cell.time() == time() else cell


def _text(path: Path) -> Book:
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        sample = file.read(1 << 16)
    if "\0" in sample:
        raise SheetError(_("The file is neither a workbook nor a table of text."))
    separator = _separator(sample)

    def rows(_name: str) -> Iterator[Row]:
        with path.open(encoding=encoding, newline="") as file:
            reader = csv.reader((line.replace("\0", "") for line in file), delimiter=separator)
            try:
                for number, row in enumerate(reader):
                    yield number, list(row)
            except csv.Error as why:
                raise SheetError(_("Line %(line)s of the text cannot be read.") % {"line": reader.line_num}) from why

    return Book(("CSV",), rows, lambda _name: [])


def _encoding(path: Path) -> str:
    """UTF-8, UTF-16 by its mark, or the encoding in which Chinese spreadsheets write text (GB 18030)."""
    with path.open("rb") as file:
        start = file.read(4)
        wide = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
            file.seek(0)
            decoder = codecs.getincrementaldecoder(encoding)()
            try:
                while block := file.read(1 << 20):
                    decoder.decode(block)
                decoder.decode(b"", True)
            except UnicodeDecodeError:
                continue
            return encoding
    raise SheetError(_("The file is neither a workbook nor a table of text."))


def _separator(sample: str) -> str:
    """The sign that parts the most cells alike in the first lines."""
    lines = [line for line in io.StringIO(sample).readlines()[:20] if line.strip()]

    def score(sign: str) -> tuple[int, int]:
        counts = [line.count(sign) for line in lines]
        usual = max(set(counts), key=counts.count, default=0)
        return (sum(c == usual for c in counts) if usual else 0, usual)

    return max((",", "\t", ";", "|"), key=score)


def cell_text(value: Any) -> str:
    """A cell as it is read on the screen."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value).strip()
