"""Keeping the index: called in the transaction that writes records, so that both hold or neither."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from hanfeng.kernel.record.files import path_of
from hanfeng.kernel.record.models import Attachment, Record

from . import engine
from .engine import Row
from .kinds import Follower, Kind, followers, kinds, passages
from .models import FileText, Late
from .places import MOST_PARAGRAPHS, of_file, of_record
from .reading import read_apart
from .words import plain

AT_ONCE = 500  # followers that are indexed again together; more of one record are left to the worker


# what a move of a case changes and no text tells of
QUIET = frozenset({"state", "entered_at", "due_at", "spent", "filed_by", "demo"})


@dataclass
class Changed:
    """Records written in one transaction, indexed together at its end: the new ones, and which fields of the others changed."""

    new: list[Record] = field(default_factory=list)
    old: dict[tuple[type[Record], int], tuple[Record, set[str]]] = field(default_factory=dict)

    def add(self, record: Record, names: Iterable[str] | None) -> None:
        """A record that was written; `names` of the fields that changed, None for a new one."""
        if names is None:
            self.new.append(record)
            return
        _record, known = self.old.get((type(record), record.pk), (record, set[str]()))
        self.old[type(record), record.pk] = record, known | set(names)

    def keep(self) -> None:
        """Index all of them."""
        for _model, records in _by_model(self.new):
            created(records)
        spoken = [(record, names) for record, names in self.old.values() if not names <= QUIET]
        renamed: set[Record] = set()
        for model, records in _by_model([record for record, _names in spoken]):
            kind = kinds().get(model)
            renamed.update(again(kind, records) if kind else records)
        for model, records in _by_model([record for record, _names in spoken]):
            names = {record.pk: self.old[model, record.pk][1] for record in records}
            _follow(model, names, {r.pk for r in records if r in renamed or not names[r.pk].isdisjoint(r.personal)})
        self.new, self.old = [], {}


def _by_model(records: Iterable[Record]) -> list[tuple[type[Record], list[Record]]]:
    found: dict[type[Record], list[Record]] = {}
    for record in records:
        found.setdefault(type(record), []).append(record)
    return list(found.items())


def created(records: list[Any]) -> None:
    """New records: nothing of them was kept."""
    kind = kinds().get(type(records[0])) if records else None
    if kind:
        engine.put([Row(*row) for row in passages(kind, [r for r in records if not r.void])])


def again(kind: Kind, records: Iterable[Any]) -> list[Record]:
    """Index records once more: those withdrawn leave, those that say the same stay as they are. Returns those whose name
    is not known to have stayed."""
    given = list(records)
    before = engine.kept(of_record(kind.model, r.pk) for r in given)
    standing = [r for r in given if not r.void]
    now = {row[0]: Row(*row) for row in passages(kind, standing)} if standing else {}
    differing = [row for place, row in now.items() if before.get(place) != row]
    engine.put(differing, [before[row.place] for row in differing if row.place in before])
    engine.drop([row for place, row in before.items() if place not in now])

    def title(rows: Mapping[int, Row], record: Record) -> str | None:
        row = rows.get(of_record(kind.model, record.pk))
        return row.title if row else None

    return [r for r in given if (name := title(now, r)) is None or name != title(before, r)]


def _follow(model: type[Record], changed: Mapping[int, Collection[str]], renamed: Collection[int]) -> None:
    """The records that take words from these, of which these fields changed."""
    for follower in followers().get(model, ()):
        keys = [
            key
            for key, names in changed.items()
            if not follower.fields.isdisjoint(names) or (follower.by_name and key in renamed)
        ]
        for start in range(0, len(keys), AT_ONCE):
            _behind(follower, keys[start : start + AT_ONCE])


def _behind(follower: Follower, keys: Sequence[int]) -> None:
    """Index again what takes words from records with these keys: a few together, the many of a single one later."""
    rows = follower.kind.model.objects.filter(**{f"{follower.lookup}__in": keys}).order_by("pk")
    some = list(rows[: AT_ONCE + 1])
    if some and len(some) <= AT_ONCE:
        again(follower.kind, some)
    elif some and len(keys) == 1:
        Late.objects.create(kind=follower.kind.name, lookup=follower.lookup, key=keys[0])
    elif some:
        middle = len(keys) // 2
        _behind(follower, keys[:middle])
        _behind(follower, keys[middle:])


# --- files ------------------------------------------------------------------------------------------------------------


def attached(file: Attachment, record: Record, found: Mapping[str, Any] | None) -> None:
    """A file came to a record. `found` is what was read from it (see reading.py), None when the worker is to read it."""
    kind = kinds().get(type(record))
    if kind is None:
        return
    if found is None:
        FileText.objects.update_or_create(file=file, defaults={"state": FileText.State.WAITING})
        return
    paragraphs: list[str] = found["paragraphs"]
    title = plain(file.name)
    rows = [
        Row(of_file(kind.model, file.pk, n), record.pk, title if n == 0 else "", plain(text), text)
        for n, text in enumerate(paragraphs[:MOST_PARAGRAPHS])
    ]
    before = engine.between(
        of_file(kind.model, file.pk), of_file(kind.model, file.pk, MOST_PARAGRAPHS), MOST_PARAGRAPHS + 1
    )
    engine.drop(before)
    engine.put(rows)
    state = FileText.State.FAILED if found["why"] else FileText.State.READ if rows else FileText.State.NONE
    told = {"state": state, "passages": len(rows), "cut": bool(found["cut"]), "why": found["why"][:200]}
    FileText.objects.update_or_create(file=file, defaults=told)


# --- what the worker does -----------------------------------------------------------------------------------------------


def catch_up(most: int = 500) -> int:
    """Index some of the records whose words come from one that changed; how many were looked at."""
    late = Late.objects.order_by("pk").first()
    if late is None:
        return 0
    kind = next((k for k in kinds().values() if k.name == late.kind), None)
    with transaction.atomic():
        some: list[Any] = []
        if kind:
            rows = kind.model.objects.filter(**{late.lookup: late.key}, pk__gt=late.after)
            some = list(rows.order_by("pk")[:most])
        if kind and some:
            again(kind, some)
            Late.objects.filter(pk=late.pk).update(after=some[-1].pk)
        else:
            Late.objects.filter(pk=late.pk).delete()
    return len(some) or 1


def read_waiting(most: int = 5) -> int:
    """Read some of the files that wait, each in a process of its own; how many were read."""
    waiting = FileText.objects.filter(state=FileText.State.WAITING).select_related("file").order_by("pk")[:most]
    models = {k.name: k.model for k in kinds().values()}
    done = 0
    for told in waiting:
        file, model = told.file, models.get(told.file.kind)
        record = model.everything.filter(pk=file.key).first() if model else None
        if record is None:
            FileText.objects.filter(pk=told.pk).update(state=FileText.State.NONE)
            continue
        found = read_apart(path_of(file.sha256), file.name)
        with transaction.atomic():
            attached(file, record, found)
        done += 1
    return done


def work() -> int:
    """The worker's duty: some records, then some files."""
    return catch_up() + read_waiting()
