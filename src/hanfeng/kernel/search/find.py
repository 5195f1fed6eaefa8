"""From a question to answers: kinds that hold candidates, the best of each within the reader's scope, drawn for a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models.expressions import RawSQL

from hanfeng.kernel.record.models import Attachment, Reader, Record
from hanfeng.kernel.roles import EVERYBODY, visible

from . import engine
from .kinds import Kind, kinds
from .places import PARAGRAPH, file_of, model_of, slot
from .score import scorer
from .words import Cut, Word, cut, matches, plain

MOST = 500  # passages of a kind that are ranked; of more the newest, and the newest that have the words in their title
MOST_TITLES = 300
FILES = "files"  # the group of all attached files

Scope = tuple[str, Sequence[Any]] | None


class Found(NamedTuple):
    """One record or file that answers: how well, and its best passage. Greater is better, then newer: places all differ."""

    worth: float
    place: int
    record: int

    @property
    def kind(self) -> Kind:
        return kinds()[model_of(self.place)]

    @property
    def file(self) -> int:
        """The key of the file; 0 for a record."""
        return file_of(self.place)


@dataclass(frozen=True)
class Group:
    """What was found of one kind, best first. `more` when there was more than is ranked."""

    name: str
    kind: Kind | None
    found: Sequence[Found]
    more: bool

    @property
    def total(self) -> int:
        return len(self.found)


def find(user: Reader, words: tuple[Word, ...], only: str = "") -> list[Group]:
    """The groups that answer, the one with the best answer first; `only` names the one that is wanted.

    Rows that this reader may not see are not among them and not in their counts.
    """
    if not words:
        return []
    slots = _slots(only)
    groups: list[Group] = []
    files, more_files = list[Found](), False
    for held in engine.holding(list(slots), words):
        kind, of_files = slots[held.slot], held.slot % 2 == 1
        try:
            scope = _scope(kind, user, withdrawn=of_files)
        except EmptyResultSet:  # nobody, or not this reader
            continue
        found, more = _best(held, words, scope)
        if of_files:
            files, more_files = files + found, more_files or more
        elif found:
            groups.append(Group(kind.name, kind, found, more))
    if files:
        groups.append(Group(FILES, None, sorted(files, reverse=True), more_files))
    return sorted(groups, key=lambda g: g.found[0], reverse=True)


def _slots(only: str) -> dict[int, Kind]:
    """The kinds that are asked for, by their numbers: records and files apart."""
    found = {}
    for model, kind in kinds().items():
        number = slot(model)
        if only in ("", kind.name):
            found[number] = kind
        if kind.desk.files and only in ("", FILES):
            found[number + 1] = kind
    return found


def _scope(kind: Kind, user: Reader, *, withdrawn: bool) -> Scope:
    """That the record of a passage may be seen by this reader, as SQL; None when there is nothing to ask.

    The record is looked up by its key, so that no list of all is made. A record that is withdrawn has left the index, the
    files of one have not (`withdrawn`).
    """
    if kind.model.scope(user) == EVERYBODY:
        table = connection.ops.quote_name(kind.model._meta.db_table)
        standing = f"EXISTS (SELECT 1 FROM {table} r WHERE r.id = p.record AND NOT r.void)"
        return (standing, ()) if withdrawn else None
    rows = visible(kind.model, user).filter(pk=RawSQL("p.record", ())).order_by().values("pk")
    sql, params = rows.query.get_compiler(connection=connection).as_sql()
    return f"EXISTS ({sql})", params


def _best(held: engine.Held, words: tuple[Word, ...], scope: Scope) -> tuple[list[Found], bool]:
    """What answers of a kind, best first, of a file its best passage; whether there was more than is ranked."""
    rows = engine.candidates(held, words, MOST + 1, scope)
    more = len(rows) > MOST
    if more:
        titled = engine.candidates(held, words, MOST_TITLES, scope, titles=True)
        rows = list({row[0]: row for row in (*titled, *rows[:MOST])}.values())
    score = scorer(words)
    ranked = sorted([Found(score(title, body), place, record) for place, record, title, body in rows], reverse=True)
    if held.slot % 2:
        first = dict[int, Found]()
        for found in ranked:
            first.setdefault(found.place >> PARAGRAPH, found)
        ranked = list(first.values())
    return ranked, more


# --- drawing ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hit:
    """An answer as a page shows it."""

    title: Cut
    url: str
    label: str
    """Which field the piece is cut from; empty for the text of a file."""
    snippet: Cut | None
    belongs: tuple[tuple[str, str], ...]
    """Where it belongs, from near to far, as (name, address)."""
    day: date | None
    day_label: str
    demo: bool
    icon: str


def draw(user: Reader, found: Iterable[Found], words: tuple[Word, ...]) -> list[Hit]:
    """The answers in their order, each read again through the reader's scope: one question a kind, two for files."""
    wanted = [(one, one.kind) for one in found]
    records: dict[tuple[Kind, int], Any] = {}
    for kind in dict.fromkeys(kind for _one, kind in wanted):
        keys = {one.record for one, its in wanted if its is kind}
        rows = visible(kind.model, user).filter(pk__in=keys).select_related(*kind.joined).order_by()
        records |= {(kind, row.pk): row for row in rows}
    files = Attachment.objects.in_bulk([one.file for one, _kind in wanted if one.file])
    texts = engine.kept(one.place for one, _kind in wanted if one.file)
    drawn = []
    for one, kind in wanted:
        record = records.get((kind, one.record))
        if record is None:
            continue
        file = files.get(one.file)
        if file is None:
            drawn.append(_record_hit(kind, record, words))
        else:
            drawn.append(_file_hit(kind, record, file, texts[one.place].text, words))
    return drawn


def _record_hit(kind: Kind, record: Any, words: tuple[Word, ...]) -> Hit:
    title = str(record)
    label, piece = _telling(kind, record, title, words)
    day = getattr(record, kind.day) if kind.day else None
    day_label = kind.desk.label(kind.day) if day else ""
    near = _related(kind, record)
    belongs = ((near,) if near[0] and near[0] != title else ()) + ((str(kind.pack.title), _place(kind)),)
    return Hit(
        cut(title, words), kind.desk.at(record), label, piece, belongs, day, day_label, record.demo, kind.pack.icon,
    )  # fmt: skip


def _place(kind: Kind) -> str:
    return f"/{kind.pack.name}/" if kind.pack.face else kind.desk.url


def _telling(kind: Kind, record: Any, title: str, words: tuple[Word, ...]) -> tuple[str, Cut | None]:
    """The text of a record that shows the most of what its name does not, with the label of its field."""
    shown = plain(title)
    lacking = tuple(word for word in words if not matches(shown, (word,)))
    best: tuple[tuple[int, int], Any, str] | None = None
    for label, text in kind.lines(record):
        form = plain(text)
        told = sum(matches(form, (w,)) for w in lacking), sum(matches(form, (w,)) for w in words)
        if told[1] and text not in title and (best is None or told > best[0]):
            best = told, label, text
    return (str(best[1]), cut(best[2], words)) if best else ("", None)


def _related(kind: Kind, record: Any) -> tuple[str, str]:
    """The first record among its columns that it is a part of, as the list shows it: name and address."""
    for column in kind.desk.listed:
        if column.kind == "link" and isinstance(value := column.value(record), Record):
            return str(value), value.get_absolute_url()
    return "", ""


def _file_hit(kind: Kind, record: Any, file: Attachment, text: str, words: tuple[Word, ...]) -> Hit:
    return Hit(
        cut(file.name, words), f"/files/{file.pk}/", "", cut(text, words, 160),
        ((str(record), kind.desk.at(record)), (kind.desk.title, kind.desk.url)), file.at.date(), "", record.demo, "file",
    )  # fmt: skip
