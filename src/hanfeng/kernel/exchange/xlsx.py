"""XLSX as a stream: rows one by one with flat memory (ISO/IEC 29500-1:2016, SpreadsheetML 18.3 and 18.4).

The libraries at hand either hold the whole sheet (calamine) or take a minute for one of 100,000 rows (openpyxl). This reads
what a ledger needs: values, dates by their number formats, merged ranges; formulas count by their last value.
"""

from __future__ import annotations

import re
import zipfile
from array import array
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from posixpath import join, normpath
from typing import Any
from xml.etree.ElementTree import Element, XMLParser, fromstring
from xml.parsers.expat import ExpatError, ParserCreate

BLOCK = 1 << 16
MOST_BYTES = 2 << 30  # unpacked: what claims more is no ledger
MOST_COLUMNS = 500
BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))  # 18.8.30, East Asian too
QUOTED = re.compile(r'"[^"]*"|\\.|_.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
RANGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
Merge = tuple[int, int, int, int]
"""A merged range: first row, first column, last row, last column, from 0."""


class XlsxError(ValueError):
    """The file is not a workbook of this kind, or a broken one."""


def column_of(letters: str) -> int:
    """ "A" is 0, "AA" is 26."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


class Texts:
    """The shared texts of a workbook in one block of bytes with an index: a fifth of what a list of strings takes."""

    def __init__(self) -> None:
        self.block, self.ends = bytearray(), array("Q", [0])

    def add(self, text: str) -> None:
        self.block += text.encode("utf-8", "surrogatepass")
        self.ends.append(len(self.block))

    def __getitem__(self, place: int) -> str:
        if not 0 <= place < len(self.ends) - 1:
            raise XlsxError(f"no shared text {place}")
        return self.block[self.ends[place] : self.ends[place + 1]].decode("utf-8", "surrogatepass")


class Workbook:
    """An open workbook; close it, or use it in a `with`."""

    def __init__(self, path: Path) -> None:
        try:
            self.zip = zipfile.ZipFile(path)
            if sum(part.file_size for part in self.zip.infolist()) > MOST_BYTES:
                raise XlsxError("too large unpacked")
            self.sheets = self._sheets()
        except (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, OSError, EOFError) as why:
            raise XlsxError(str(why)) from why

    def __enter__(self) -> Workbook:
        return self

    def __exit__(self, *why: object) -> None:
        self.zip.close()

    def _xml(self, name: str) -> Element:
        try:
            return fromstring(self.zip.read(name), XMLParser())
        except (SyntaxError, KeyError, zipfile.BadZipFile, RuntimeError, OSError, EOFError, NotImplementedError) as why:
            raise XlsxError(f"{name}: {why}") from why
        except Exception as why:  # zlib.error has no other base
            raise XlsxError(f"{name}: {why}") from why

    def _sheets(self) -> dict[str, str]:
        """The visible sheets: name -> part of the package."""
        root = next((n for n in self.zip.namelist() if n.lower().lstrip("/") == "xl/workbook.xml"), None)
        if root is None:
            raise XlsxError("no workbook inside")
        targets = {}
        for link in self._xml(join(root.rpartition("/")[0], "_rels/workbook.xml.rels")):
            target = link.get("Target", "")
            targets[link.get("Id", "")] = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
        self.book = self._xml(root)
        found: dict[str, str] = {}
        for sheet in self.book.iter():
            if _local(sheet.tag) == "sheet" and sheet.get("state", "visible") == "visible":
                key = next((v for k, v in sheet.attrib.items() if _local(k) == "id" and "}" in k), "")
                if targets.get(key) in self.zip.namelist():
                    found[sheet.get("name", "")] = targets[key]
        return found

    @cached_property
    def epoch(self) -> datetime:
        """The day from which days are counted (18.17.4.1)."""
        old = any(_local(e.tag) == "workbookPr" and e.get("date1904") in {"1", "true"} for e in self.book.iter())
        return datetime(1904, 1, 1) if old else datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's days have no zone

    @cached_property
    def texts(self) -> Texts:
        """The shared texts; phonetic readings are no part of them."""
        found, name = Texts(), self._part("sharedStrings.xml")
        if not name:
            return found
        words: list[str] = []
        depth = 0

        def start(tag: str, _attributes: Any) -> None:
            nonlocal depth, words
            tag = _local(tag)
            if tag == "si":
                words = []
            depth += tag == "rPh"
            parser.CharacterDataHandler = words.append if tag == "t" and not depth else None

        def end(tag: str) -> None:
            nonlocal depth
            tag = _local(tag)
            parser.CharacterDataHandler = None
            depth -= tag == "rPh"
            if tag == "si":
                found.add(_unescaped("".join(words)))

        parser = _parser(start, end)
        for _block in self._feed(name, parser):
            pass
        return found

    @cached_property
    def dates(self) -> frozenset[int]:
        """The places of the cell formats that show a number as a day or a time."""
        name = self._part("styles.xml")
        if not name:
            return frozenset()
        root = self._xml(name)
        own: dict[int, str] = {}
        for form in (e for e in root.iter() if _local(e.tag) == "numFmt"):
            number = form.get("numFmtId", "")
            if number.isdigit():
                own[int(number)] = form.get("formatCode", "")
        xfs = next((e for e in root if _local(e.tag) == "cellXfs"), None)
        kinds = [x.get("numFmtId", "0") for x in xfs] if xfs is not None else []
        return frozenset(at for at, kind in enumerate(kinds) if kind.isdigit() and _is_date(int(kind), own))

    def _part(self, name: str) -> str:
        return next((n for n in self.zip.namelist() if n.lower().lstrip("/") == f"xl/{name}".lower()), "")

    def _feed(self, name: str, parser: Any) -> Iterator[None]:
        """Feed a part to a parser block by block."""
        try:
            with self.zip.open(name) as file:
                while block := file.read(BLOCK):
                    parser.Parse(block, False)
                    yield
                parser.Parse(b"", True)
        except (ExpatError, zipfile.BadZipFile, RuntimeError, EOFError, OSError, NotImplementedError) as why:
            raise XlsxError(f"{name}: {why}") from why
        except ValueError:
            raise
        except Exception as why:  # zlib.error has no other base
            raise XlsxError(f"{name}: {why}") from why

    def merges(self, sheet: str) -> list[Merge]:
        """The merged ranges of a sheet; they stand behind its rows, so the part is searched as bytes."""
        found, tail = [], b""
        try:
            with self.zip.open(self.sheets[sheet]) as file:
                while block := file.read(BLOCK):
                    text = tail + block
                    last = 0
                    for match in RANGE.finditer(text):
                        left, top, right, bottom = match.groups()
                        last = match.end()
                        found.append(
                            (int(top) - 1, column_of(left.decode()), int(bottom) - 1, column_of(right.decode()))
                        )
                    tail = text[max(last, len(text) - 200) :]
        except Exception as why:  # whatever unpacking raises
            raise XlsxError(f"{sheet}: {why}") from why
        return [m for m in found if m[0] <= m[2] and m[1] <= m[3] < MOST_COLUMNS]

    def rows(self, sheet: str) -> Iterator[tuple[int, list[Any]]]:
        """(number of the row from 0, its cells): text, int or float, bool, date, datetime, or "" for an empty one."""
        reader = _Rows(self)
        for _block in self._feed(self.sheets[sheet], reader.parser):
            yield from reader.ready
            reader.ready.clear()
        yield from reader.ready


def _parser(start: Callable[..., None], end: Callable[..., None]) -> Any:
    parser: Any = ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    return parser


def _is_date(kind: int, own: dict[int, str]) -> bool:
    if kind not in own:
        return kind in BUILT_IN_DATES
    code = QUOTED.sub("", own[kind].partition(";")[0]).lower()
    return any(sign in code for sign in "ymdhs") and "general" not in code


def _unescaped(text: str) -> str:
    return ESCAPED.sub(lambda m: chr(int(m[1], 16)), text) if "_x" in text else text


class _Rows:
    """Collects rows while a part is read."""

    def __init__(self, book: Workbook) -> None:
        self.texts, self.dates, self.epoch = book.texts, book.dates, book.epoch
        self.ready: list[tuple[int, list[Any]]] = []
        self.number, self.row, self.place = -1, list[Any](), -1
        self.kind, self.style, self.words, self.phonetic = "n", "", list[str](), 0
        self.columns: dict[str, int] = {}
        self.parser = _parser(self._start, self._end)

    def _start(self, tag: str, said: dict[str, str]) -> None:
        tag = tag.rpartition("}")[2]
        if tag == "c":
            where = said.get("r")
            self.place = self._column(where) if where else self.place + 1
            self.kind, self.style, self.words = said.get("t", "n"), said.get("s", ""), []
        elif tag == "v" or (tag == "t" and not self.phonetic):
            self.parser.CharacterDataHandler = self.words.append
        elif tag == "row":
            number = said.get("r", "")
            self.number = int(number) - 1 if number.isdigit() and int(number) > self.number + 1 else self.number + 1
            self.row, self.place = [], -1
        elif tag == "rPh":
            self.phonetic += 1

    def _column(self, where: str) -> int:
        letters = where.rstrip("0123456789")
        found = self.columns.get(letters)
        if found is None:
            found = column_of(letters) if letters.isascii() and letters.isupper() and len(letters) < 4 else MOST_COLUMNS
            self.columns[letters] = found
        return found

    def _end(self, tag: str) -> None:
        tag = tag.rpartition("}")[2]
        if tag == "v" or tag == "t":
            self.parser.CharacterDataHandler = None
        elif tag == "c":
            if self.words and self.place < MOST_COLUMNS:
                row = self.row
                while len(row) < self.place:
                    row.append("")
                row[self.place :] = [self._value("".join(self.words))]
        elif tag == "row":
            self.ready.append((self.number, self.row))
        elif tag == "rPh":
            self.phonetic -= 1

    def _value(self, text: str) -> Any:
        if self.kind == "s":
            return self.texts[int(text)] if text.isdigit() else ""
        if self.kind == "n":
            return self._number(text)
        if self.kind == "b":
            return text == "1"
        return _unescaped(text) if self.kind in {"str", "inlineStr", "e"} else _iso(text) if self.kind == "d" else text

    def _number(self, text: str) -> Any:
        try:
            value = float(text)
        except ValueError:
            return text
        if self.style.isdigit() and int(self.style) in self.dates:
            return from_serial(value, self.epoch)
        return int(value) if value.is_integer() and abs(value) < 1e15 else value


def from_serial(value: float, epoch: datetime) -> Any:
    """A day counted from the epoch: a date when it is whole, a time of day below 1, the number itself when it is no day."""
    try:
        moment = epoch + timedelta(days=value)
    except (OverflowError, ValueError):
        return value
    if 0 <= value < 1:
        return (epoch + timedelta(days=value)).time().replace(microsecond=0)
    moment = (moment + timedelta(microseconds=500_000)).replace(microsecond=0)
    return moment.date() if moment.time() == time() else moment


def _iso(text: str) -> Any:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment.date() if moment.time() == time() else moment
