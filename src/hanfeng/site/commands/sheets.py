"""Rows of a desk out to a sheet and in from one, as one account sees and may write them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .terminal import Refused, _, progress

if TYPE_CHECKING:
    from django.forms import Form

    from hanfeng.kernel.desk.desk import Desk
    from hanfeng.kernel.record.models import Record

CHUNK = 2000
Row = dict[str, Any]


def find_desk(address: str) -> Desk:
    """The desk named PACK/DESK."""
    from hanfeng.kernel.pack import catalogue

    found = {f"{pack.name}/{desk.slug}": desk for pack in catalogue() for desk in pack.desks}
    if address not in found:
        text = _("There is no desk {address}. There are: {desks}.")
        raise Refused(text.format(address=address, desks=", ".join(sorted(found))))
    return found[address]


def account(username: str) -> Any:
    """The active account that acts: what it may see and write is what the command may."""
    from django.contrib.auth import get_user_model

    user = get_user_model().objects.filter(username=username, is_active=True).first()
    if user is None:
        raise Refused(_("There is no active account {username}.").format(username=username))
    return user


def export(address: str, username: str, out: Path | None) -> str:
    """Write the rows of a desk to a `.csv`, `.xlsx` or `.json` file; the text of a CSV when no file is named."""
    from hanfeng.kernel.exchange.exporting import log

    desk, user = find_desk(address), account(username)
    suffix = out.suffix.lower() if out else ".csv"
    if suffix not in {".csv", ".xlsx", ".json"}:
        raise Refused(_("{suffix} is not a kind of sheet written here: .csv, .xlsx or .json.").format(suffix=suffix))
    head, rows = table(desk, user)
    log(desk, user, suffix[1:], "", len(rows), "terminal")
    if suffix == ".xlsx" and out:
        _write_sheet(out, desk.title, head, rows)
        return ""
    text = _csv(head, rows) if suffix == ".csv" else _json(head, rows)
    if out is None:
        return text
    out.write_text(text, encoding="utf-8-sig" if suffix == ".csv" else "utf-8", newline="")
    return ""


def table(desk: Desk, user: Any) -> tuple[list[str], list[list[str]]]:
    """Headings and cells: the desk's own list, within the account's scope. The last column says which rows are invented."""
    from hanfeng.kernel.desk.desk import cells
    from hanfeng.kernel.roles import visible

    head = [*(str(column.title) for column in desk.listed), _("demo data")]
    found = visible(desk.model, user).select_related(*desk.related).order_by(*desk.order).iterator(chunk_size=CHUNK)
    rows: list[list[str]] = []
    while some := list(islice(found, CHUNK)):  # of a large register only the words are held, not the records
        told = zip(some, cells(desk.listed, some), strict=True)
        rows += [[*(cell["text"] for cell in line), _("yes") if record.demo else ""] for record, line in told]
    return head, rows


def _csv(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: str) -> str:
    # a sheet program runs a cell that begins like a formula; a leading quote makes it text (numbers stay numbers)
    begins = cell.startswith(("=", "@", "\t", "\r")) or (cell[:1] in {"+", "-"} and not cell[1:2].isdigit())
    return f"'{cell}" if begins else cell


def _json(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return json.dumps([dict(zip(head, row, strict=True)) for row in rows], ensure_ascii=False, indent=1)


def _write_sheet(out: Path, title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.append(list(head))
    for row in rows:
        sheet.append([_harmless(cell) for cell in row])
    book.save(out)


@dataclass
class Taken:
    """What became of an import: how many rows were written, and (line of the sheet, what is wrong) for the others."""

    written: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list)
    batch: int | None = None


def take(address: str, file: Path, username: str, *, dry: bool) -> Taken:
    """Read a sheet into a desk: the first line names its fields, by name or as shown; each row is checked as in the form.

    Rows that are wrong are told with their line and the rest goes on. With `dry` nothing is written.
    """
    from hanfeng.kernel.desk.forms import form_for
    from hanfeng.kernel.record.write import save_many
    from hanfeng.kernel.roles import holds

    desk, user = find_desk(address), account(username)
    if desk.flow or not desk.form:
        raise Refused(_("{address} takes no sheets: its records are opened one by one.").format(address=address))
    if not holds(user, *desk.write):
        raise Refused(_("{username} may not write to {address}.").format(username=username, address=address))
    taken, good = Taken(), []
    form = form_for(desk, user)
    known: dict[str, dict[str, str]] = {}
    for line, row in rows_of(file, desk):
        record = _record(desk, form(_related(form, row, known)), line, taken)
        if record is not None:
            good.append((line, record))
    if dry or not good:
        return taken
    with progress() as bar:
        task = bar.add_task(file.name, total=len(good))
        done = save_many(
            [record for _line, record in good],
            user,
            title=file.name,
            progress=lambda count: bar.update(task, completed=count),
        )
    taken.errors += [(good[place][0], words) for place, words in done.errors]
    taken.written, taken.batch = done.batch.created, done.batch.pk
    return taken


def _record(desk: Desk, form: Form, line: int, taken: Taken) -> Record | None:
    if not form.is_valid():
        told = (f"{desk.label(n) if n in desk.form else n}: {' '.join(map(str, e))}" for n, e in form.errors.items())
        taken.errors.append((line, "; ".join(told)))
        return None
    return desk.model(**{name: form.cleaned_data[name] for name in desk.form if name in form.cleaned_data})


def _related(form: type[Form], row: Row, known: dict[str, dict[str, str]]) -> Row:
    """Rows of other kinds are named in a sheet as they are shown; the form wants their keys."""
    from django.forms import ModelChoiceField

    for name, kept in form.base_fields.items():
        if isinstance(kept, ModelChoiceField) and row.get(name):
            if name not in known:
                known[name] = {str(r): str(r.pk) for r in kept.queryset.all()} if kept.queryset is not None else {}
            row[name] = known[name].get(str(row[name]), row[name])
    return row


def rows_of(file: Path, desk: Desk) -> Iterator[tuple[int, Row]]:
    """(line, field name -> text) for each row that is not blank, from a `.csv` (UTF-8 or GB 18030) or any workbook."""
    lines = list(_lines(file))
    if not lines:
        raise Refused(_("{file} is empty.").format(file=file))
    names = _names(desk, lines[0], file)
    for number, cells in enumerate(lines[1:], 2):
        row = {name: cell for name, cell in zip(names, cells, strict=False) if name}
        if any(row.values()):
            yield number, row


def _names(desk: Desk, head: Sequence[str], file: Path) -> list[str]:
    """The field of each column; a column the form does not have is left out, a sheet without any is refused."""
    shown: Mapping[str, str] = {desk.label(name): name for name in desk.form}
    names = [shown.get(title, title if title in desk.form else "") for title in (cell.strip() for cell in head)]
    if not any(names):
        text = _("The first line of {file} names none of the fields: {fields}.")
        raise Refused(text.format(file=file.name, fields=", ".join(f"{n} ({desk.label(n)})" for n in desk.form)))
    return names


def _lines(file: Path) -> Iterator[list[str]]:
    if file.suffix.lower() == ".csv":
        data = file.read_bytes()
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("gb18030", errors="replace")
        yield from csv.reader(io.StringIO(text, newline=""))
        return
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        sheet = CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0)
    except (CalamineError, OSError) as failure:
        raise Refused(_("{file} is not a sheet that can be read: {why}").format(file=file, why=failure)) from failure
    yield from ([_text(cell) for cell in row] for row in sheet.to_python())


def _text(cell: Any) -> str:
    # a workbook keeps whole numbers as fractions: 2025.0 was typed as 2025
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
