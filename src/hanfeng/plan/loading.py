"""Loading a county: its files become versioned records, which are the truth from then on.

What is kept already is never overwritten, so loading again adds what is new in the files and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import override

from hanfeng.kernel.record.models import Record
from hanfeng.kernel.record.write import save_many

from . import drafts as files_of
from . import tables
from .cells import Table
from .consistency import OF_PLAN, Draft, Folder
from .files import LoadError, Problem
from .models import Duty

Progress = Callable[[int, int], None]
Kept = dict[tuple[str, str], dict[Any, Record]]
"""Records by what their ids are ids of, the plan they belong to, and their key."""

__all__ = ("LoadError", "Loaded", "Problem", "load", "problems")


@dataclass(frozen=True)
class Loaded:
    """What a loading added: how many records of each kind (`place`, `body`, `clause` …)."""

    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def load(county: Path | None = None, by: Any = None, progress: Progress | None = None) -> Loaded:
    """Load what the county's files hold and the records do not; the site's county unless another is named.

    Everything is checked before anything is written. Raises LoadError with all that is wrong.
    """
    folder, kept = _checked(county)
    if folder.problems:
        raise LoadError(folder.problems)
    records = [draft for draft in folder.drafts if draft.table is not tables.PATHS]
    new = [draft for draft in records if draft.key not in kept.get((draft.table.name, draft.plan), {})]
    counts = {draft.table.name: 0 for draft in records}
    done = 0
    for table, group in groupby(sorted(new, key=_place), key=lambda draft: draft.table):
        for wave in files_of.waves(list(group)):
            _write(table, wave, kept, by)
            counts[table.name] += len(wave)
            done += len(wave)
            if progress:
                progress(done, len(new))
    return Loaded(counts)


def problems(county: Path | None = None) -> list[Problem]:
    """Everything wrong in the files of a county; nothing is written."""
    return _checked(county)[0].problems


def _checked(county: Path | None) -> tuple[Folder, Kept]:
    folder = files_of.read(Path(county or settings.COUNTY))
    known = files_of.ids(folder)
    kept = _kept(folder.drafts)
    merged = {key: _merged(known.get(key, ()), kept.get(key, {})) for key in known.keys() | kept.keys()}
    files_of.check(folder, merged)
    return folder, kept


def _merged(known: Iterable[str], kept: Mapping[Any, Record]) -> Iterable[str]:
    return known if known is files_of.EVERY else {*known, *map(str, kept)}


ORDER = (*tables.COUNTY, tables.PLANS, *tables.PLAN)


def _place(draft: Draft) -> int:
    """Where a draft comes in the order of writing: what others refer to first."""
    return ORDER.index(draft.table)


# --- what is kept -----------------------------------------------------------------------------------------------------


def _kept(drafts: list[Draft]) -> Kept:
    """The records that the files speak of, withdrawn ones too: an officer who withdrew one meant it."""
    plans = sorted({draft.plan for draft in drafts if draft.plan})
    named = _named(drafts)
    kept: Kept = {}
    for table in ORDER:
        if table is not tables.PATHS:
            for record in _records(table, named.get(table.name, set()), plans):
                plan = str(getattr(record, "plan").slug) if table.of_plan else ""  # noqa: B009
                kept.setdefault((table.name, plan), {})[key_of(table, record)] = record
    return kept


def _named(drafts: list[Draft]) -> dict[str, set[str]]:
    """Every id that stands in the files, by what it is the id of."""
    named: dict[str, set[str]] = {}
    for draft in drafts:
        for column in draft.table.columns:
            name = draft.table.name if column.field == draft.table.key[0] else column.refers
            if name and (text := draft.row.text(column.name)):
                named.setdefault(name, set()).add(text)
    return named


def _records(table: Table, named: set[str], plans: list[str]) -> Iterable[Record]:
    """The kept records of one table; of a large register only those whose ids the files name."""
    rows: models.QuerySet[Any] = table.model.everything.all()
    if table is tables.DUTIES:
        return rows.filter(plan__slug__in=plans).select_related("plan", "task", "target", "body")
    if table.of_plan:
        return rows.filter(plan__slug__in=plans).select_related("plan")
    return rows if table is tables.CALENDAR else rows.filter(**{f"{table.key[0]}__in": named})


def key_of(table: Table, record: Record) -> Any:
    """The key under which a draft of the same thing would stand."""
    if isinstance(record, Duty):
        item = record.task.commitment if record.task else record.target.slug if record.target else ""
        return "task" if record.task else "target", item, record.role, record.body.slug
    return getattr(record, table.key[0])


# --- writing ----------------------------------------------------------------------------------------------------------


def _write(table: Table, drafts: list[Draft], kept: Kept, by: Any) -> None:
    records = [_record(draft, kept) for draft in drafts]
    with override(settings.LANGUAGE_CODE):  # stored words are in the language of the site, not of a terminal
        title = _("County files: %(what)s") % {"what": table.model._meta.verbose_name_plural}
    outcome = save_many(records, by, title=title, verb="load")
    if outcome.errors:
        rows = [(drafts[place].row, words) for place, words in outcome.errors]
        raise LoadError([Problem(row.file, row.line, "", words) for row, words in rows])
    for draft, record in zip(drafts, records, strict=True):
        kept.setdefault((table.name, draft.plan), {})[draft.key] = record


def _record(draft: Draft, kept: Kept) -> Record:
    """The record of a draft, its references turned into the records they name."""
    values = dict(draft.values)

    def there(kind: str, key: Any) -> Record | None:
        return kept[kind, draft.plan if kind in OF_PLAN else ""][key] if key else None

    for column in draft.table.columns:
        if column.link:
            values[column.field] = there(column.refers, values[column.field])
    if draft.table is tables.TOWNS:
        values["within"] = there("place", values["within"])
    if draft.table is tables.TASKS:
        values["home"] = there("clause", values["home"])
    if draft.table is tables.DUTIES:
        kind = values.pop("kind")
        values[kind] = there(kind, values.pop("item"))
    if draft.plan:
        values["plan"] = kept["plan", ""][draft.plan]
    return draft.table.model(**values)
