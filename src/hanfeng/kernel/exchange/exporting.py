"""A list as a sheet: the columns of the desk's own template, the filters of the page, the scope of the reader, all logged."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any

from django.db import models
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from hanfeng.kernel.desk.desk import Desk, Drawn
from hanfeng.kernel.desk.lists import rows as listed_rows
from hanfeng.kernel.job.run import JobKind, Run, folder
from hanfeng.kernel.pack import find
from hanfeng.kernel.record.models import Reader, kind_of
from hanfeng.kernel.watch.log import note
from hanfeng.kernel.watch.models import Line

from .columns import Target, targets

AT_ONCE = 5000  # more rows than these are written by the worker
BEAT = 1000
FORMS = ("xlsx", "csv")
HEAD = PatternFill("solid", fgColor="E2F1FC")


def fields(desk: Desk) -> list[Drawn]:
    """The columns of a desk's sheets: those of its template, then what its list shows beside them; last the mark of demo."""
    own = [Drawn(t.name, t.label, _getter(desk, t), "text", sortable=False) for t in targets(desk)]
    names = {f.name for f in own}
    return [*own, *(column for column in desk.listed if column.name not in names)]


def _getter(desk: Desk, target: Target) -> Callable[[Any], Any]:
    if target.part:
        way, name = target.name.split(".", 1)
        masked = name in target.part.model.personal
        return lambda record: "" if masked else getattr(getattr(record, way), name, "")
    name = target.name
    if mask := desk.mask(name):
        return lambda record: mask(str(getattr(record, name) or ""))
    if target.field.choices:
        titles = dict(target.field.flatchoices)
        return lambda record: str(titles.get(getattr(record, name), getattr(record, name)) or "")
    return attrgetter(name)


def _plain(value: Any) -> Any:
    """A value as a sheet keeps it: numbers and days as such, everything else as text."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None, microsecond=0) if timezone.is_aware(value) else value
    if value is None or isinstance(value, date | int | float | Decimal):
        return "" if value is None else value
    return str(value)


def chosen(desk: Desk, user: Reader, asked: QueryDict) -> Any:
    """The rows of a list as its page has them: filters and scope applied, what the columns follow fetched with them."""
    found = listed_rows(desk, user, asked)
    ways = list(desk.related)
    for target in targets(desk):
        if not target.part and isinstance(target.field, models.ForeignKey):
            ways.append(target.name)
            ways += [f"{target.name}__{w}" for w in getattr(target.field.remote_field.model, "named_by", ())]
    return found.select_related(*dict.fromkeys(ways)) if ways else found


def table(desk: Desk, rows: Iterable[Any], demo: bool) -> Iterator[list[Any]]:
    """Headings, then the cells of each row; a last column marks what is invented, when any row is."""
    shown = fields(desk)
    yield [str(f.title) for f in shown] + ([_("demo data")] if demo else [])
    left = iter(rows)
    while some := list(islice(left, BEAT)):
        ready = [f.over(some) for f in shown]
        for record in some:
            yield [_plain(f.value(record)) for f in ready] + ([_("yes") if record.demo else ""] if demo else [])


def log(desk: Desk, user: Any, form: str, asked: str, rows: int, address: str = "") -> Line:
    """Write down that rows go out: before they do."""
    what = Line.What.PRINT if form == "print" else Line.What.EXPORT
    names = [f.name for f in fields(desk)]
    return note(
        what, Line.Book.ACCESS, user, kind=kind_of(desk.model), title=desk.title, form=form, asked=asked, rows=rows,
        fields=names, address=address,
    )  # fmt: skip


# --- files ------------------------------------------------------------------------------------------------------------


def cell_for(page: Any, value: Any) -> Any:
    """A cell that says what it holds and nothing else: text never becomes a formula."""
    if isinstance(value, str):
        cell = WriteOnlyCell(page, "")
        cell.value, cell.data_type = ILLEGAL_CHARACTERS_RE.sub("", value)[:32767], "s"
        return cell
    return value.isoformat() if isinstance(value, time) else value


def harmless(value: Any) -> str:
    """Text of a CSV cell that no sheet program runs as a formula."""
    text = value.isoformat() if isinstance(value, date) else str(value)
    begins = text.startswith(("=", "@", "\t", "\r")) or (text[:1] in {"+", "-"} and not text[1:2].isdigit())
    return f"'{text}" if begins and isinstance(value, str) else text


def write(
    path: Path, form: str, title: str, lines: Iterator[list[Any]], beat: Callable[[int], None] | None = None
) -> None:
    """Write a table as XLSX or as CSV that Chinese sheet programs open rightly (UTF-8 with its mark)."""
    if form == "csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            for count, line in enumerate(lines):
                writer.writerow([harmless(value) for value in line])
                if beat and count % BEAT == 0:
                    beat(count)
        return
    book = Workbook(write_only=True)
    page = book.create_sheet(_sheet_name(title))
    page.freeze_panes = "B2"
    for count, line in enumerate(lines):
        page.append([_bold(page, v) for v in line] if count == 0 else [cell_for(page, value) for value in line])
        if beat and count % BEAT == 0:
            beat(count)
    book.save(path)


def _bold(page: Any, text: str) -> Any:
    cell = cell_for(page, text)
    cell.font, cell.fill = Font(bold=True), HEAD
    return cell


def _sheet_name(title: str) -> str:
    return "".join(" " if c in "[]:*?/\\'" else c for c in title)[:31].strip() or "1"


def file_name(desk: Desk, form: str) -> str:
    """The name of a file that goes out: the register and the day."""
    return f"{desk.title}-{timezone.localdate():%Y%m%d}.{form}"


def export(run: Run) -> None:
    """Write a large list to a file."""
    from django.contrib.auth import get_user_model

    pack = find(run.asked["pack"])
    desk = pack.desk(run.asked["desk"]) if pack else None
    assert desk
    assert run.job.owner_id
    user = get_user_model().objects.get(pk=run.job.owner_id)
    rows = chosen(desk, user, QueryDict(run.asked["query"]))
    path = folder() / f"{run.job.pk}.{run.asked['form']}"

    def beat(count: int) -> None:
        run.check()
        run.step(count)

    lines = table(desk, rows.iterator(chunk_size=BEAT), rows.filter(demo=True).exists())
    write(path, run.asked["form"], desk.title, lines, beat)
    run.step(run.job.steps)
    run.keep(path, file_name(desk, run.asked["form"]))


EXPORT = JobKind("exchange.export", export)


# --- the blank sheet --------------------------------------------------------------------------------------------------


def blank(desk: Desk, path: Path) -> None:
    """An empty sheet to be filled in and taken in, with what each column wants on a second sheet."""
    book = Workbook()
    page = book.worksheets[0]
    page.title = _sheet_name(desk.title)
    guide = book.create_sheet(pgettext("sheet", "How to fill it in"))
    guide.append([_("Column"), _("Needed"), _("What it takes")])
    for place, target in enumerate(targets(desk), 1):
        letter = get_column_letter(place)
        cell = page.cell(1, place, target.label)
        cell.font, cell.fill, cell.alignment = Font(bold=True), HEAD, Alignment(wrap_text=True, vertical="center")
        page.column_dimensions[letter].width = max(12, min(40, 2 * len(target.label) + 4))
        guide.append([target.label, _("yes") if target.needed else "", wants(target)])
        _offer(page, letter, target)
    for letter, width in zip("ABC", (28, 8, 90), strict=True):
        guide.column_dimensions[letter].width = width
    for cell in guide[1]:
        cell.font, cell.fill = Font(bold=True), HEAD
    page.freeze_panes = "A2"
    book.save(path)


def _offer(page: Any, letter: str, target: Target) -> None:
    """A drop-down of the choices, where they are short enough for a sheet to keep (255 signs)."""
    titles = [str(title) for value, title in target.field.flatchoices or () if value not in (None, "")]
    if isinstance(target.field, models.BooleanField):
        titles = [_("yes"), _("no")]
    listed = ",".join(titles)
    if titles and len(listed) < 250 and not any("," in t or '"' in t for t in titles):
        rule = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True)
        rule.showErrorMessage = False
        page.add_data_validation(rule)
        rule.add(f"{letter}2:{letter}5000")


def wants(target: Target) -> str:
    """What a column takes, in words."""
    kept = target.field
    said = str(kept.help_text or "")
    if kept.choices:
        told = _("one of: %(offered)s") % {
            "offered": ", ".join(str(t) for v, t in kept.flatchoices if v not in (None, ""))
        }
    elif isinstance(kept, models.BooleanField):
        told = _("yes or no")
    elif isinstance(kept, models.ForeignKey):
        told = _("the name or code of an entry in: %(what)s") % {
            "what": kept.remote_field.model._meta.verbose_name_plural
        }
    elif isinstance(kept, models.DateField):
        told = _("a day, such as 2025-03-01 or 2025.3.1")
    elif isinstance(kept, models.IntegerField):
        told = _("a whole number")
    elif isinstance(kept, models.DecimalField | models.FloatField):
        told = _("a number")
    else:
        told = _("text, at most %(n)s signs") % {"n": kept.max_length} if kept.max_length else _("any text")
    return " · ".join(filter(None, (told, said)))
