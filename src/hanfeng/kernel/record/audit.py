"""Proof of the history: find every event changed, inserted, removed or cut off, and whatever was changed behind it: rows,
personal values, files and seals."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any, Generic, TypeVar

from django.apps import apps
from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from hanfeng.kernel.base.hashing import canonical, merkle_root, salted

from . import seals
from .chain import plain, stamp
from .files import path_of
from .models import Attachment, Event, Record, Seal, Secret, kind_of
from .moment import one_moment
from .write import ERASED, own_fields

WRITING = 1.0  # seconds that a seal may take from the database into the file
STEP = 5000
R = TypeVar("R")


@dataclass(frozen=True)
class Broken:
    """One fault of the history: where it is and what is wrong, in words."""

    where: str
    what: str


def verify() -> Iterator[Broken]:
    """Check every chain and every seal, and each row, personal value and file against its history, while others may write."""
    kinds = {kind_of(m): m for m in apps.get_models() if issubclass(m, Record)}
    sealed: dict[int, Any] = {}
    with one_moment():
        for kind, model in kinds.items():
            yield from _kind(kind, model)
        for kind in Event.objects.exclude(kind__in=kinds).values_list("kind", flat=True).distinct():
            yield Broken(kind, _("events of a kind of record that this site does not have"))
        for file in Attachment.objects.exclude(kind__in=kinds).iterator():
            yield Broken(_file(file), _("a file of no record"))
        yield from _seals(sealed)
    yield from _outside(sealed)
    yield from _contents()  # reading all files takes long, and they lie on the disk before their rows are written


# --- one kind of record -------------------------------------------------------------------------------------------------


class Beside(Generic[R]):
    """The rows of another table in the order of the records they belong to, walked along with their events."""

    def __init__(self, rows: Iterable[R], key: Callable[[R], int]) -> None:
        self._groups = ((k, list(group)) for k, group in groupby(rows, key))
        self._next = next(self._groups, None)

    def before(self, key: int | None) -> Iterator[R]:
        """Those of records before this key, which the events passed by; with None all that are left."""
        while self._next and (key is None or self._next[0] < key):
            yield from self._next[1]
            self._next = next(self._groups, None)

    def of(self, key: int) -> list[R]:
        """Those of this record."""
        if not self._next or self._next[0] != key:
            return []
        found, self._next = self._next[1], next(self._groups, None)
        return found


def _kind(kind: str, model: type[Record]) -> Iterator[Broken]:
    """Walk the events of one kind with all that belongs to their records, in order of key."""
    events = Event.objects.filter(kind=kind).order_by("key", "seq").iterator(chunk_size=STEP)
    rows = Beside(model.everything.order_by("pk").iterator(chunk_size=STEP), lambda r: int(r.pk))
    secrets = Beside(_secrets(kind).iterator(chunk_size=STEP), lambda s: s.event.key)
    files = Beside(Attachment.objects.filter(kind=kind).order_by("key", "pk").iterator(STEP), lambda f: f.key)

    def alone(key: int | None) -> Iterator[Broken]:
        for row in rows.before(key):
            yield Broken(f"{kind} {row.pk}", _("a record without any history"))
        for file in files.before(key):
            yield Broken(_file(file), _("a file of no record"))

    for key, group in groupby(events, key=lambda e: e.key):
        yield from alone(key)
        where, chain = f"{kind} {key}", list(group)
        told = [_told(event) for event in chain]
        row = next(iter(rows.of(key)), None)
        yield from _chain(where, chain)
        if row is None:
            yield Broken(where, _("the record is gone, its history is not"))
        elif row.version != chain[-1].seq:
            yield Broken(where, _("the last %(n)s events are missing") % {"n": row.version - chain[-1].seq})
        else:
            yield from _row(where, told, row)
        yield from _personal(where, model, chain, told, secrets.of(key), row)
        yield from _files(where, told, files.of(key))
    yield from alone(None)


def _secrets(kind: str) -> QuerySet[Secret]:
    kept = Secret.objects.filter(event__kind=kind).select_related("event")
    return kept.defer("event__note", "event__data").order_by("event__key", "event__seq", "pk")


def _told(event: Event) -> dict[str, Any]:
    """What an event says was changed; nothing, where somebody made it unreadable: then its hash tells on him."""
    try:
        told = json.loads(event.data)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _after(change: Any) -> Any:
    return change[1] if isinstance(change, list) and len(change) > 1 else None


def _chain(where: str, chain: list[Event]) -> Iterator[Broken]:
    prev, expected = "", 1
    for event in chain:
        at = f"{where} · {event.seq}"
        if event.seq != expected:
            yield Broken(at, _("event %(n)s is missing") % {"n": expected})
        elif event.prev != prev:
            yield Broken(at, _("does not follow the event before it: one was put in, taken out or changed"))
        if stamp(event) != event.hash:
            yield Broken(at, _("the event was changed after it was written"))
        prev, expected = event.hash, event.seq + 1


def _row(where: str, told: list[dict[str, Any]], row: Record) -> Iterator[Broken]:
    """A row must hold what its history says it holds."""
    state = {name: change for changes in told for name, change in changes.items()}
    for field in own_fields(row):
        if field.name in row.personal:
            continue
        said, kept = _after(state.get(field.name)), getattr(row, field.attname)
        if isinstance(kept, Decimal) and isinstance(said, str):
            said = _exact(said)
        if not (said is None and nothing(field, kept)) and canonical(said) != canonical(plain(kept)):
            yield Broken(f"{where} · {field.name}", _("the row was changed past its history"))


def _exact(told: str) -> Any:
    """A decimal as events tell it now: older ones have the places that were typed."""
    try:
        return plain(Decimal(told))
    except InvalidOperation:
        return told


def nothing(field: models.Field[Any, Any], value: Any) -> bool:
    """Whether a field of which no event speaks is empty, as it also is when the field came later than the record."""
    return value in ("", [], {}) or value is False or (value == 0 and not field.null)


# --- personal values ----------------------------------------------------------------------------------------------------


def _personal(
    where: str,
    model: type[Record],
    chain: list[Event],
    told: list[dict[str, Any]],
    secrets: list[Secret],
    row: Record | None,
) -> Iterator[Broken]:
    """Each digest has its value beside it, or an erasure that says so; the row holds the last of them."""
    digests = {
        (event.seq, name): change["digest"]
        for event, changes in zip(chain, told, strict=True)
        for name, change in changes.items()
        if isinstance(change, dict) and "digest" in change
    }
    erased = {name: event.seq for event, changes in zip(chain, told, strict=True) for name in _erased(event, changes)}
    kept = {(secret.event.seq, secret.field): secret for secret in secrets}
    if len(kept) != len(secrets) or kept.keys() != digests.keys():
        yield Broken(where, _("personal values were put in or taken out past the history"))
    last: dict[str, Any] = dict.fromkeys(model.personal)
    for place, secret in sorted(kept.items(), key=lambda item: item[0]):
        seq, name = place
        gone = secret.erased_at is not None
        last[name] = None if gone else _opened(secret)
        if gone and (secret.salt or secret.data or erased.get(name, 0) < seq):
            yield Broken(f"{where} · {seq} · {name}", _("a personal value is called erased, and no event tells of it"))
        elif not gone and digests.get(place) != _digest(secret):
            yield Broken(f"{where} · {seq} · {name}", _("the personal value was changed after it was written"))
            last.pop(name, None)
    for name in model.personal if row else ():
        if name not in last:
            continue  # told above
        said, value = last[name], plain(getattr(row, name))
        if canonical(said) != canonical(value) and not (said in (None, "") and value in (None, "")):
            yield Broken(f"{where} · {name}", _("the row was changed past its history"))


def _erased(event: Event, told: Mapping[str, Any]) -> Iterable[str]:
    """The fields whose values an event erased; older ones name only those that held something."""
    if event.verb != "erase":
        return ()
    return _after(told.get(ERASED)) or [name for name, change in told.items() if isinstance(change, dict)]


def _opened(secret: Secret) -> Any:
    try:
        return _after(json.loads(secret.data))
    except ValueError:
        return None


def _digest(secret: Secret) -> str:
    try:
        return salted(secret.data, bytes.fromhex(secret.salt))
    except ValueError:  # a salt that is none
        return ""


# --- files --------------------------------------------------------------------------------------------------------------


def _file(file: Attachment) -> str:
    return f"{file.kind} {file.key} · {file.name}"


def _files(where: str, told: list[dict[str, Any]], files: list[Attachment]) -> Iterator[Broken]:
    """Each file as it was attached, none more and none less."""
    said = Counter(canonical(_after(changes["@file"])) for changes in told if "@file" in changes)
    kept = Counter(canonical({"name": f.name, "size": f.size, "sha256": f.sha256}) for f in files)
    if said != kept:
        yield Broken(where, _("its files are not those that were attached"))


def _contents() -> Iterator[Broken]:
    """What lies on the disk, against the digests it is named by."""
    for digest in Attachment.objects.order_by("sha256").values_list("sha256", flat=True).distinct().iterator():
        path = path_of(digest)
        if not path.is_file():
            yield Broken(f"files/{digest}", _("the file is gone"))
            continue
        with path.open("rb") as content:
            if hashlib.file_digest(content, "sha256").hexdigest() != digest:
                yield Broken(f"files/{digest}", _("the file was changed"))


# --- seals --------------------------------------------------------------------------------------------------------------


def _seals(sealed: dict[int, Any]) -> Iterator[Broken]:
    """Each seal against its events, the seal before it and the key; `sealed` takes them as their file keeps them."""
    prev = ""
    for seal in Seal.objects.order_by("pk"):
        sealed[seal.pk] = json.loads(seals.line(seal))
        stamps = list(seal.events.order_by("pk").values_list("hash", flat=True))
        if len(stamps) != seal.count or _root(stamps) != seal.root:
            yield Broken(f"seal {seal.pk}", _("the events it covers are not those that were sealed"))
        if seal.prev != prev or not seals.proves(seal):
            yield Broken(f"seal {seal.pk}", _("the seal itself was changed"))
        prev = seal.mac


def _root(stamps: list[str]) -> str:
    try:
        return merkle_root(stamps)
    except ValueError:  # a hash that is none
        return ""


def _outside(sealed: dict[int, Any]) -> Iterator[Broken]:
    """The file outside the database against the seals in it. A seal is committed before it is written to the file."""
    outside = seals.written()
    if sealed and max(sealed) not in outside:
        time.sleep(WRITING)
        outside = seals.written()
    for number, line in sealed.items():
        if outside.get(number) != line:
            yield Broken(f"seal {number}", _("the file outside the database does not hold this seal"))
    gone = sorted(set(outside) - set(sealed))
    since = set(Seal.objects.filter(pk__in=gone).values_list("pk", flat=True)) if gone else set()
    for number in gone:
        if number not in since:
            yield Broken(f"seal {number}", _("sealed in the file, gone from the database"))
