"""The files of a county read and checked as a whole, before anything is written: every fault with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from . import tables
from .cells import READ, Column, Table
from .consistency import FINISH, Draft, Folder, Known, refer
from .files import LoadError, Problem, Row, did_you_mean, read_csv, toml_row, toml_rows
from .vocabulary import vocabulary


class _Every(tuple[str, ...]):
    """The ids of a file that could not be read: any may be among them, so that one fault is not told a hundred times."""

    def __contains__(self, item: object) -> bool:
        return True


EVERY = _Every()


def read(county: Path) -> Folder:
    """Read all files of a county; what cannot be read is noted and left out."""
    folder = Folder(county, {})
    card = toml_row(county / "county.toml", "county.toml", folder.problems)
    folder.card = card.cells
    if card.cells and not card.text("place"):
        card.wrong(
            "place", _("The county does not say which place it is."), _("Write the id of the district, in `place`.")
        )
    for table in tables.COUNTY:
        _read(folder, table)
    if folder.district and all(d.row.text("id") != folder.district for d in folder.drafts if d.table is tables.PLACES):
        folder.drafts.insert(0, Draft(tables.PLACES, "", _district(card)))
    for plan in sorted(path for path in (county / "plans").glob("*") if path.is_dir()):
        row = toml_row(plan / "plan.toml", f"plans/{plan.name}/plan.toml", folder.problems)
        folder.drafts.append(Draft(tables.PLANS, "", row))
        for table in tables.PLAN:
            _read(folder, table, plan.name)
    return folder


def _read(folder: Folder, table: Table, plan: str = "") -> None:
    """Read one file; one that is not there holds nothing."""
    inner = f"plans/{plan}/{table.file}" if plan else table.file
    path = folder.path / inner
    if not path.is_file():
        return
    before = len(folder.problems)
    if not table.array:
        rows = read_csv(path, inner, table.names, folder.problems, table.optional)
    else:
        if table is tables.CONTRADICTIONS:
            _arrays(folder, path, inner)
        rows = toml_rows(path, inner, table.array, folder.problems if table is tables.CONTRADICTIONS else [])
    if not rows and len(folder.problems) > before:
        folder.unread.add((table.name, plan))
    folder.drafts += [Draft(table, plan, row) for row in rows]


def _arrays(folder: Folder, path: Path, inner: str) -> None:
    """The file holds no other array than those of its tables."""
    row = toml_row(path, inner, [])
    for name in row.cells:
        known = [table.array for table in tables.PLAN if table.file == path.name]
        if name not in known or not isinstance(row.cells[name], list):
            what = _("There is no field “%(field)s” here.") % {"field": name}
            folder.problems.append(Problem(inner, row.lines.get(name, 1), name, what, did_you_mean(name, known)))


def _district(card: Row) -> Row:
    """The county as a place, where its list of places leaves it out."""
    cells = {"id": card.text("place"), "zh": card.text("name"), "en": card.text("name_en"), "kind": "district"}
    return Row(card.file, card.line, cells, card.problems, card.lines)


def ids(folder: Folder) -> dict[tuple[str, str], Iterable[str]]:
    """The ids that the files themselves give, and those of the vocabulary."""
    found: dict[tuple[str, str], set[str]] = {}
    for draft in folder.drafts:
        if len(draft.table.key) == 1:
            column = draft.table.column_of(draft.table.key[0])
            found.setdefault((draft.table.name, draft.plan), set()).add(draft.row.text(column))
    return {**found, **_words(folder), **dict.fromkeys(folder.unread, EVERY)}


def _words(folder: Folder) -> dict[tuple[str, str], Iterable[str]]:
    try:
        words = vocabulary(folder.path)
    except LoadError as why:
        folder.problems += why.problems
        return dict.fromkeys((("commitment", ""), ("measure", ""), ("card", "")), EVERY)
    cards = {measure.id for measure in words.measures.values() if measure.has_card}
    return {("commitment", ""): set(words.commitments), ("measure", ""): set(words.measures), ("card", ""): cards}


def check(folder: Folder, known: Known) -> None:
    """Read every cell, with all ids known that may be referred to; the faults are added to the folder's."""
    for draft in folder.drafts:
        before = len(folder.problems)
        draft.values = dict(draft.table.fixed)
        for column in draft.table.columns:
            _cell(draft, column, known)
        _unknown_keys(draft)
        if len(folder.problems) == before and (finish := FINISH.get(draft.table.file)):
            finish(draft, folder, known)
        if len(folder.problems) == before:
            _clean(draft)
    _once(folder.drafts)
    _no_loops(folder.drafts)
    _paths(folder)


def _cell(draft: Draft, column: Column, known: Known) -> None:
    before = len(draft.row.problems)
    value = READ[column.kind](draft.row, column)
    if column.field:
        draft.values[column.field] = value
    if column.needed and value in (None, "", []) and len(draft.row.problems) == before:
        draft.row.wrong(column.name, _("This must not be empty."), _("Fill it in."))
    if column.refers:
        refer(draft, column.name, column.refers, value, known)


def _unknown_keys(draft: Draft) -> None:
    """A TOML table holds no key that the format does not have (a CSV header was checked before)."""
    if draft.row.file.endswith(".toml") and draft.row.file != "county.toml":
        for key in draft.row.cells:
            if key not in draft.table.names:
                what = _("There is no field “%(field)s” here.") % {"field": key}
                draft.row.wrong(key, what, did_you_mean(key, draft.table.names))


def _clean(draft: Draft) -> None:
    """The checks of the record's own fields: lengths, above all."""
    fields = {f.name: f for f in draft.table.model._meta.concrete_fields}
    for column in draft.table.columns:
        if column.field in fields and not column.link:
            try:
                fields[column.field].clean(draft.values[column.field], None)
            except ValidationError as why:
                draft.row.wrong(column.name, " ".join(why.messages))


def _once(drafts: Iterable[Draft]) -> None:
    first: dict[tuple[str, str, object], Draft] = {}
    for draft in drafts:
        if draft.values.get(draft.table.key[0]) in (None, ""):
            continue
        found = first.setdefault((draft.table.name, draft.plan, draft.key), draft)
        if found is not draft:
            place = {"file": found.row.file, "line": found.row.line}
            what = _("This stands here twice: first in %(file)s, line %(line)s.") % place
            draft.row.wrong(draft.table.column_of(draft.table.key[0]), what, _("Remove one, or give it another id."))


def _no_loops(drafts: Iterable[Draft]) -> None:
    """Nothing is part of itself, or succeeds itself, by way of others."""
    own = {(d.table.name, d.plan, d.key): d for d in drafts if d.table.itself}
    for (name, plan, key), draft in own.items():
        seen, now = {key}, draft.values.get(draft.table.itself)
        while now and now not in seen and (name, plan, now) in own:
            seen.add(now)
            now = own[name, plan, now].values.get(draft.table.itself)
        if now == key:
            what = _("“%(id)s” comes back to itself this way.") % {"id": key}
            draft.row.wrong(draft.table.column_of(draft.table.itself), what, _("Break the circle."))


def _paths(folder: Folder) -> None:
    """Hang each planned value on its target; the days of a path run forward."""
    targets = {(d.plan, d.key): d for d in folder.drafts if d.table is tables.TARGETS}
    for target in targets.values():
        target.values["path"] = []
    for draft in folder.drafts:
        if draft.table is not tables.PATHS or (draft.plan, draft.values["target"]) not in targets:
            continue
        path = targets[draft.plan, draft.values["target"]].values["path"]
        day = str(draft.values["date"])
        if path and path[-1]["date"] >= day:
            draft.row.wrong(
                "date", _("The days of a path run forward."), _("Put the lines in the order of their days.")
            )
        keys = ("value", "basis", "basis_en", "confidence")
        path.append({"date": day, **{key: draft.values[key] for key in keys}})


def waves(drafts: list[Draft]) -> Iterator[list[Draft]]:
    """Drafts of one table, what another one refers to in an earlier wave. They hold no circle."""
    waiting = {(d.plan, d.key): d for d in drafts}
    while waiting:
        wave = {k: d for k, d in waiting.items() if (d.plan, d.values.get(d.table.itself)) not in waiting}
        yield list(wave.values())
        waiting = {key: draft for key, draft in waiting.items() if key not in wave}
