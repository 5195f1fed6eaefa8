"""A division of work as a sheet: a workbook or CSV, read with all that is wrong in each line; and a form to fill in.

The words of headings are in sheet_words.toml. Merged cells hold for all their lines, and a line without a task continues
the one above.
"""

from __future__ import annotations

import csv
import io
import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from python_calamine import CalamineError, CalamineWorkbook

from hanfeng.commons.bodies.models import Body

from .models import Duty, Plan, Target, Task
from .names import Bodies, Names, Unknown, items_of, plain, title, words
from .plans import default_plan

MOST_BYTES = 10_000_000
MOST_CELLS = 500_000
HEADING_WITHIN = 15  # rows from the top in which the headings stand
DATE = re.compile(r"(\d{4})(?:\D{1,2}(\d{1,2})(?!\d)(?:\D{1,2}(\d{1,2})(?!\d))?)?")

Grid = list[list[Any]]


class SheetError(ValueError):
    """A file that cannot be read as a division of work; says in words what is missing."""


@dataclass(frozen=True)
class Line:
    """A line of the sheet: its number there, the name it gives, what it was taken for, and all that is wrong with it."""

    number: int
    text: str
    item: Task | Target | None
    bodies: Mapping[str, tuple[Body, ...]]
    starts: date | None = None
    ends: date | None = None
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """What a sheet says, matched to a plan. `columns` tells by which heading each part was found."""

    name: str
    plan: Plan
    columns: Mapping[str, str]
    lines: tuple[Line, ...]
    grid: Grid

    @property
    def errors(self) -> tuple[Line, ...]:
        """The lines that will not be taken over."""
        return tuple(line for line in self.lines if line.errors)

    def again(self, plan: Plan) -> Sheet:
        """The same sheet matched to another plan."""
        return _match(self.grid, self.name, plan)


def read_sheet(source: Path | bytes, name: str = "", plan: Plan | None = None) -> Sheet:
    """Read a workbook (any make) or CSV file for a plan, the default one when none is named. Raises SheetError."""
    found = plan or default_plan()
    if found is None:
        raise SheetError(_("There is no plan to divide the work of: load one first."))
    called = name or (source.name if isinstance(source, Path) else _("sheet"))
    content = source.read_bytes() if isinstance(source, Path) else source
    if len(content) > MOST_BYTES:
        raise SheetError(_("The file is larger than %(most)s MB.") % {"most": MOST_BYTES // 1_000_000})
    grids = list(_grids(content))
    grid = next((grid for grid in grids if _heading(grid)), None)
    if grid is None:
        raise SheetError(_("No line of headings was found: name a column for the task and one for the lead body."))
    return _match(grid, called, found)


# --- cells ------------------------------------------------------------------------------------------------------------


def _grids(content: bytes) -> Iterator[Grid]:
    """The sheets of a workbook as rows of cells, merged cells filled down; a CSV file is one sheet."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    except CalamineError:
        yield _csv(content)
        return
    for name in book.sheet_names:
        try:
            yield _grid(book, name)
        except CalamineError as why:
            raise SheetError(_("The sheet “%(name)s” cannot be read.") % {"name": name}) from why


def _grid(book: CalamineWorkbook, name: str) -> Grid:
    sheet = book.get_sheet_by_name(name)
    if sheet.total_height * sheet.total_width > MOST_CELLS:
        raise SheetError(_("The sheet “%(name)s” is too large for a division of work.") % {"name": name})
    grid: Grid = sheet.to_python(skip_empty_area=False)
    for (top, left), (bottom, _right) in sheet.merged_cell_ranges or ():
        for row in grid[top + 1 : bottom + 1]:
            row[left] = grid[top][left]
    return grid


def _csv(content: bytes) -> Grid:
    """UTF-8, or the encoding in which Chinese spreadsheets write CSV (GB 18030)."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            separator = "\t" if text.partition("\n")[0].count("\t") else ","
            try:
                return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)]
            except csv.Error:
                break
    raise SheetError(_("The file is neither a workbook nor a CSV file."))


def _heading(grid: Grid) -> tuple[int, dict[str, int]] | None:
    """The row of the headings, and the column of each part: there is one for the task and one for a body at least."""
    known = {plain(word): part for part, names in words()["headings"].items() for word in names}
    for place, row in enumerate(grid[:HEADING_WITHIN]):
        columns: dict[str, int] = {}
        for column, value in enumerate(row):
            part = known.get(plain(str(value)))
            if part:
                columns.setdefault(part, column)
        if columns.keys() & {"item", "id"} and columns.keys() & set(Duty.Role.values):
            return place, columns
    return None


# --- lines ------------------------------------------------------------------------------------------------------------


def _match(grid: Grid, name: str, plan: Plan) -> Sheet:
    found = _heading(grid)
    if found is None:
        return Sheet(name, plan, {}, (), grid)
    place, columns = found
    reader = _Reader(columns, items_of(plan), Bodies())
    lines = tuple(reader.lines(grid[place + 1 :], place + 2))
    return Sheet(name, plan, {part: str(grid[place][at]) for part, at in columns.items()}, lines, grid)


@dataclass(frozen=True)
class _Reader:
    """Reads lines with the columns of one sheet."""

    columns: Mapping[str, int]
    items: Names[Task | Target]
    bodies: Bodies

    def lines(self, rows: Iterable[Sequence[Any]], first: int) -> Iterator[Line]:
        above: tuple[str, str, str] = ("", "", "")
        for number, row in enumerate(rows, first):
            parts = [self._text(row, part) for part in ("id", "item", "kind")]
            if not any(self._text(row, part) for part in self.columns):
                continue
            if parts[0] or parts[1]:
                above = (parts[0], parts[1], parts[2])
            yield self._line(number, row, *above)

    def _cell(self, row: Sequence[Any], part: str) -> Any:
        at = self.columns.get(part)
        return row[at] if at is not None and at < len(row) else ""

    def _text(self, row: Sequence[Any], part: str) -> str:
        value = self._cell(row, part)
        return str(int(value) if isinstance(value, float) and value.is_integer() else value).strip()

    def _line(self, number: int, row: Sequence[Any], slug: str, name: str, kind: str) -> Line:
        errors: list[str] = []
        item = self._item(slug, name, kind, errors)
        bodies = {role: self._bodies(self._text(row, role), errors) for role in Duty.Role.values}
        starts, ends = self._days(row, errors)
        return Line(number, name or slug, item, bodies, starts, ends, tuple(errors))

    def _item(self, slug: str, name: str, kind: str, errors: list[str]) -> Task | Target | None:
        kinds = {plain(word): part for part, names in words()["kinds"].items() for word in names}
        wanted = {"task": Task, "target": Target}.get(kinds.get(plain(kind), ""), (Task, Target))
        if not (slug or name):
            errors.append(_("The line names no task and no target."))
            return None
        text = slug if slug and self.items.find(slug) else name or slug
        try:
            return self.items.one(text, lambda item: isinstance(item, wanted))
        except Unknown as why:
            errors.append(str(why))
            return None

    def _bodies(self, text: str, errors: list[str]) -> tuple[Body, ...]:
        found: dict[Body, None] = {}
        for name in re.split(f"[{re.escape(words()['cells']['separators'])}]", text):
            try:
                if name.strip():
                    found[self.bodies.one(name.strip())] = None
            except Unknown as why:
                errors.append(str(why))
        return tuple(found)

    def _days(self, row: Sequence[Any], errors: list[str]) -> tuple[date | None, date | None]:
        spans = list(DATE.finditer(self._text(row, "span")))
        first, last = (spans[0], spans[-1]) if len(spans) > 1 else (None, spans[0] if spans else None)
        starts = self._day(self._cell(row, "starts") or first, False, errors)
        ends = self._day(self._cell(row, "ends") or last, True, errors)
        if starts and ends and ends < starts:
            errors.append(_("It ends before it starts."))
        return starts, ends

    def _day(self, value: Any, last: bool, errors: list[str]) -> date | None:
        """A day, a month or a year as its first or last day; None when nothing is said."""
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date) or not value:
            return value or None
        text = str(int(value) if isinstance(value, float) else value)
        match = value if isinstance(value, re.Match) else DATE.search(text)
        try:
            if match:
                return _day_of(*(int(part) if part else None for part in match.groups()), last=last)
        except ValueError:
            pass
        errors.append(_("“%(value)s” is not a day.") % {"value": match[0] if match else text})
        return None


def _day_of(year: int | None, month: int | None, day: int | None, *, last: bool) -> date:
    whole = month or (12 if last else 1)
    return date(year or 1, whole, day or (monthrange(year or 1, whole)[1] if last else 1))


# --- the form ---------------------------------------------------------------------------------------------------------


def template_sheet(plan: Plan) -> bytes:
    """An Excel form with every task and target of a plan, to be filled in and read back."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = pgettext("sheet", "Division of work")
    sheet.append(_headings())
    kinds = {Task: pgettext("sheet", "task"), Target: pgettext("sheet", "target")}
    for item in (*Task.objects.filter(plan=plan), *Target.objects.filter(plan=plan)):
        slug = item.commitment if isinstance(item, Task) else item.slug
        sheet.append([slug, kinds[type(item)], title(item), " ".join(item.clauses)])
    for column, width in enumerate((28, 8, 44, 18, 30, 30, 30, 12, 12), 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    for cell in sheet[1]:
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="center")
    sheet.freeze_panes = "D2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _headings() -> list[str]:
    """The headings of the form, each one of those that reading knows."""
    return [
        pgettext("sheet", "Id"),
        pgettext("sheet", "Kind"),
        pgettext("sheet", "Task or target"),
        pgettext("sheet", "Clauses"),
        pgettext("sheet", "Lead body"),
        pgettext("sheet", "Responsible body"),
        pgettext("sheet", "Data-providing body"),
        pgettext("sheet", "From"),
        pgettext("sheet", "To"),
    ]
