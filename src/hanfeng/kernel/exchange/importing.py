"""Taking a sheet in: surveyed, checked and written as a job that is whole row by row and goes on where it fell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook

from hanfeng.kernel.desk.desk import Desk
from hanfeng.kernel.job.run import JobKind, Run, folder
from hanfeng.kernel.pack import find
from hanfeng.kernel.record.models import Batch, kind_of
from hanfeng.kernel.record.write import Item, save_many, undo
from hanfeng.kernel.roles import holds

from .book import Book, Row, open_book
from .book import folder as sheets
from .checking import Checked, Checker
from .exporting import cell_for
from .heading import Headings, data, headings
from .models import Refusal, RowKey, Upload
from .words import SheetError

CHUNK = 500
MOST_NAMES = 2000  # different names without a record that one sheet may ask about


def desk_of(upload: Upload) -> Desk:
    """The desk that a sheet is for. Raises ValidationError when it is gone or its owner may not write there any more."""
    pack = find(upload.pack)
    desk = pack.desk(upload.desk) if pack else None
    if desk is None or not takes(desk) or not holds(upload.owner, *desk.write):
        raise ValidationError(_("Your roles do not let you write here."))
    return desk


def takes(desk: Desk) -> bool:
    """Whether a desk takes sheets in: it has a form, and somebody who may write."""
    return bool(desk.form and desk.write)


def opened(upload: Upload) -> tuple[Book, Headings]:
    """The file of a sheet and its headings as chosen. Raises SheetError."""
    book = open_book(sheets() / upload.sha256)
    try:
        return book, headings(book, upload.sheet or book.names[0], upload.first, max(upload.depth, 1))
    except BaseException:
        book.close()
        raise


def checker_of(upload: Upload, head: Headings) -> Checker:
    """Who reads the lines of a sheet."""
    chosen = {int(place): name for place, name in upload.columns.items()}
    return Checker(desk_of(upload), upload.owner, head, chosen, upload.body, upload.names)


def chunks(rows: Iterable[Row], size: int = CHUNK) -> Iterator[list[Row]]:
    """Lines in groups."""
    stream = iter(rows)
    while group := list(islice(stream, size)):
        yield group


# --- looking through --------------------------------------------------------------------------------------------------


def survey(run: Run) -> None:
    """Count the lines of a sheet and find the names in it that are nobody's yet."""
    upload = Upload.objects.select_related("owner").get(pk=run.asked["upload"])
    missing: dict[str, dict[str, int]] = {}
    count = 0
    try:
        book, head = opened(upload)
        with book:
            checker = checker_of(upload, head)
            for rows in chunks(data(book, upload.sheet or book.names[0], head)):
                run.check()
                count += len(rows)
                _unknown(checker, rows, missing)
                run.step(count, message=_("%(n)s lines looked through") % {"n": count})
    except SheetError as why:
        raise ValidationError(str(why)) from why
    said = {"rows": count, "missing": {name: found for name, found in missing.items() if found}}
    Upload.objects.filter(pk=upload.pk).update(survey=said)


def _unknown(checker: Checker, rows: list[Row], missing: dict[str, dict[str, int]]) -> None:
    for name, texts in checker.texts(rows).items():
        names, kept = checker.lookups[name], missing.setdefault(name, {})
        names.ask(texts)
        for text in sorted(texts):
            if isinstance(names.find(text), str) and (text in kept or len(kept) < MOST_NAMES):
                kept[text] = kept.get(text, 0) + texts[text]


# --- writing ----------------------------------------------------------------------------------------------------------


@dataclass
class Intake:
    """One run of an import: what was read ahead and is not yet written, so that each mark tells of whole lines only."""

    run: Run
    upload: Upload
    checker: Checker
    batch: Batch
    after: int
    same: int
    parts: Batch | None = None
    lines: list[Checked] = field(default_factory=list)
    base: int = 0
    marked: int = 0
    before: int = 0
    reached: int = 0
    quiet: list[Checked] = field(default_factory=list)

    def items(self, rows: Iterable[Row]) -> Iterator[Item]:
        """What is to be written, read a few hundred lines ahead."""
        for group in chunks(rows):
            self.run.check()
            old = [row for row in group if row[0] + 1 <= self.after]
            if old:
                self.checker.remember(old)
            checked = self.checker.chunk([row for row in group if row[0] + 1 > self.after])
            self._bring(checked)
            for line in checked:
                if line.kind in {"wrong", "same"}:
                    self.quiet.append(line)
                else:
                    self.lines.append(line)
                    yield line.record if line.kind == "new" else (line.record, line.changes)
            self._pass(checked)

    def _pass(self, checked: list[Checked]) -> None:
        """Between two groups: tell of lines that ask for no writing, or just that the work goes on."""
        if checked and self.marked == self.base + len(self.lines):
            with transaction.atomic():
                self._tell(self.marked, [], checked[-1].line)
        else:
            self.run.step(self.run.job.done)

    def finish(self) -> None:
        """Tell of the lines behind the last one written."""
        with transaction.atomic():
            self._tell(self.marked, [], max((line.line for line in self.quiet), default=self.after))

    def _bring(self, checked: list[Checked]) -> None:
        """Make the records that lines bring along, each once, and put them in."""
        for name in self.checker.parts:
            wanted: dict[str, list[Checked]] = {}
            for line in checked:
                if line.kind == "new" and name in line.brings:
                    wanted.setdefault(str(next(iter(line.brings[name].values()))), []).append(line)
            if not wanted:
                continue
            made = [self.checker.brought(name, lines[0].brings[name]) for lines in wanted.values()]
            told = save_many(made, self.upload.owner, title=self.upload.name, batch=self._parts(made[0]))
            refused = dict(told.errors)
            for place, (record, lines) in enumerate(zip(made, wanted.values(), strict=True)):
                for line in lines:
                    if place in refused:
                        line.wrong("", refused[place])
                    else:
                        setattr(line.record, name, record)

    def _parts(self, record: Any) -> Batch:
        if self.parts is None:
            with transaction.atomic():
                self.parts = Batch.objects.create(by=self.upload.owner, title=self.upload.name, kind=kind_of(record))
                Upload.objects.filter(pk=self.upload.pk).update(parts=self.parts)
        return self.parts

    def mark(self, upto: int, refused: list[tuple[int, str]]) -> None:
        """With the rows of a chunk, in their transaction: the refused ones, the keys of the written, and how far it is."""
        if upto <= self.marked:
            self.marked, self.after = self.before, self.reached  # the transaction of the last mark was taken back
        if self.before > self.base:
            del self.lines[: self.before - self.base]
            self.base = self.before
        lines = self.lines[self.marked - self.base : upto - self.base]
        told = [(self.lines[place - self.base].line, why) for place, why in refused]
        self.before, self.reached = self.marked, self.after
        self._tell(upto, told, lines[-1].line if lines else self.after, lines)

    def _tell(self, upto: int, refused: list[tuple[int, str]], last: int, written: list[Checked] | None = None) -> None:
        passed = [line for line in self.quiet if self.after < line.line <= last]
        refused += [(line.line, line.why) for line in passed if line.kind == "wrong"]
        Refusal.objects.bulk_create([Refusal(upload=self.upload, line=line, why=why) for line, why in refused])
        self._keys(written or [], {line for line, _why in refused})
        self.same += sum(line.kind == "same" for line in passed)
        self.run.step(last, cursor={"line": last, "same": self.same}, message=_message(self.batch, self.same))
        self.marked, self.after = upto, last
        self.quiet = [line for line in self.quiet if line.line > last]

    def _keys(self, lines: list[Checked], refused: set[int]) -> None:
        """Remember the lines of a kind without a key of its own by their words."""
        plain = [
            line for line in lines if line.kind == "new" and line.line not in refused and not self.checker.key_of(line)
        ]
        kind = self.batch.kind
        rows = [RowKey(kind=kind, digest=line.digest, key=line.record.pk, upload=self.upload) for line in plain]
        RowKey.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=("kind", "digest"), update_fields=("key",)
        )


def _message(batch: Batch, same: int) -> str:
    return _("new %(new)s, changed %(changed)s, unchanged %(same)s, refused %(failed)s") % {
        "new": batch.created, "changed": batch.changed, "same": same, "failed": batch.failed,
    }  # fmt: skip


def take(run: Run) -> None:
    """Write the lines of a sheet: the good ones in, the others noted with their reasons."""
    upload = Upload.objects.select_related("owner", "batch", "parts").get(pk=run.asked["upload"])
    try:
        book, head = opened(upload)
        with book:
            rows = data(book, upload.sheet or book.names[0], head)
            _write(run, upload, checker_of(upload, head), rows)
            _give_back(run, upload, book, head)
    except SheetError as why:
        raise ValidationError(str(why)) from why


def _write(run: Run, upload: Upload, checker: Checker, rows: Iterable[Row]) -> None:
    cursor = run.job.cursor
    intake = Intake(
        run, upload, checker, _batch(upload, checker.desk), cursor.get("line", 0), cursor.get("same", 0), upload.parts
    )
    verb = "begin" if checker.desk.flow else "import"
    save_many(
        intake.items(rows),
        upload.owner,
        title=upload.name,
        verb=verb,
        note=upload.name,
        batch=intake.batch,
        mark=intake.mark,
    )
    intake.finish()
    with transaction.atomic():
        Batch.objects.filter(pk=intake.batch.pk).update(failed=upload.refusals.count())
        Upload.objects.filter(pk=upload.pk).update(unchanged=intake.same)


def _batch(upload: Upload, desk: Desk) -> Batch:
    """The batch of an import: made once, gone on with after a fall."""
    if upload.batch is None:
        with transaction.atomic():
            upload.batch = Batch.objects.create(by=upload.owner, title=upload.name, kind=kind_of(desk.model))
            Upload.objects.filter(pk=upload.pk).update(batch=upload.batch, at=timezone.now())
    return upload.batch


def _give_back(run: Run, upload: Upload, book: Book, head: Headings) -> None:
    """The refused lines as they stood, each with its reason in front, to be mended and taken in again."""
    why = dict(upload.refusals.values_list("line", "why"))
    if not why:
        return
    out = Workbook(write_only=True)
    page = out.create_sheet(_("Refused lines")[:31])
    page.append([cell_for(page, name) for name in (_("What is wrong"), _("Line of the sheet"), *head.names)])
    for number, row in data(book, upload.sheet or book.names[0], head):
        if number + 1 in why:
            page.append([cell_for(page, why[number + 1]), number + 1, *(cell_for(page, cell) for cell in row)])
            run.step(run.job.done)
    path = folder() / f"{run.job.pk}-refused.xlsx"
    out.save(path)
    run.keep(path, _("%(name)s - refused lines") % {"name": upload.name.rpartition(".")[0] or upload.name} + ".xlsx")


# --- taking back ------------------------------------------------------------------------------------------------------


def take_back(run: Run) -> None:
    """Undo an import: what it made is withdrawn, what it changed is as before; what was changed since stays."""
    upload = Upload.objects.select_related("owner", "batch", "parts").get(pk=run.asked["upload"])
    refused: list[str] = []
    for batch in filter(None, (upload.batch, upload.parts)):
        told = undo(batch, upload.owner)
        refused += [why for _place, why in told.errors]
        run.step(run.job.done + told.batch.changed)
    Upload.objects.filter(pk=upload.pk).update(undone=True)
    if refused:
        text = _("%(n)s records were changed since and stay as they are: %(first)s")
        run.step(run.job.done, message=text % {"n": len(refused), "first": "; ".join(refused[:3])})


SURVEY = JobKind("exchange.survey", survey)
TAKE = JobKind("exchange.take", take)
TAKE_BACK = JobKind("exchange.take-back", take_back, resumes=False)
