"""Proof of the history: find every event changed, inserted, removed or cut off, and every row changed behind it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext as _

from hanfeng.kernel.base.hashing import canonical, merkle_root, salted

from . import seals
from .chain import plain, stamp
from .models import Event, Record, Seal, Secret, kind_of
from .moment import one_moment
from .write import own_fields

WRITING = 1.0  # seconds that a seal may take from the database into the file


@dataclass(frozen=True)
class Broken:
    """One fault of the history: where it is and what is wrong, in words."""

    where: str
    what: str


def verify() -> Iterator[Broken]:
    """Check every chain, every row against its history, every personal digest and every seal, while others may write."""
    kinds = {kind_of(m): m for m in apps.get_models() if issubclass(m, Record)}
    sealed: dict[int, str] = {}
    with one_moment():
        for kind, model in kinds.items():
            yield from _kind(kind, model)
        for kind in Event.objects.exclude(kind__in=kinds).values_list("kind", flat=True).distinct():
            yield Broken(kind, _("events of a kind of record that this site does not have"))
        yield from _secrets()
        yield from _seals(sealed)
    yield from _outside(sealed)


def _kind(kind: str, model: type[Record]) -> Iterator[Broken]:
    """Walk the rows and the events of one kind side by side, both in order of key."""
    rows = iter(model.everything.order_by("pk").iterator(chunk_size=2000))
    events = Event.objects.filter(kind=kind).order_by("key", "seq").iterator(chunk_size=5000)
    row = next(rows, None)
    for key, chain in groupby(events, key=lambda e: e.key):
        while row is not None and row.pk < key:
            yield Broken(f"{kind} {row.pk}", _("a record without any history"))
            row = next(rows, None)
        mine, row = (row, next(rows, None)) if row is not None and row.pk == key else (None, row)
        yield from _chain(f"{kind} {key}", list(chain), mine)
    while row is not None:
        yield Broken(f"{kind} {row.pk}", _("a record without any history"))
        row = next(rows, None)


def _chain(where: str, chain: list[Event], row: Record | None) -> Iterator[Broken]:
    prev, expected = "", 1
    state: dict[str, Any] = {}
    for event in chain:
        at = f"{where} · {event.seq}"
        if event.seq != expected:
            yield Broken(at, _("event %(n)s is missing") % {"n": expected})
        elif event.prev != prev:
            yield Broken(at, _("does not follow the event before it: one was put in, taken out or changed"))
        if stamp(event) != event.hash:
            yield Broken(at, _("the event was changed after it was written"))
        prev, expected = event.hash, event.seq + 1
        state.update(json.loads(event.data))
    if row is None:
        yield Broken(where, _("the record is gone, its history is not"))
    elif row.version != chain[-1].seq:
        yield Broken(where, _("the last %(n)s events are missing") % {"n": row.version - chain[-1].seq})
    else:
        yield from _row(where, state, row)


def _row(where: str, state: dict[str, Any], row: Record) -> Iterator[Broken]:
    """A row must hold what its history says it holds."""
    for field in own_fields(row):
        if field.name in row.personal:
            continue
        change = state.get(field.name)
        told = change[1] if isinstance(change, list) else None
        kept = getattr(row, field.attname)
        if isinstance(kept, Decimal) and isinstance(told, str):
            told = _exact(told)
        if not (told is None and nothing(field, kept)) and canonical(told) != canonical(plain(kept)):
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


def _secrets() -> Iterator[Broken]:
    for secret in Secret.objects.filter(erased_at=None).select_related("event").iterator(chunk_size=2000):
        told = json.loads(secret.event.data).get(secret.field, {})
        if not isinstance(told, dict) or told.get("digest") != salted(secret.data, bytes.fromhex(secret.salt)):
            yield Broken(f"{secret.event} · {secret.field}", _("the personal value was changed after it was written"))


def _seals(sealed: dict[int, str]) -> Iterator[Broken]:
    """Each seal against its events, the seal before it and the key; `sealed` takes their numbers and digests."""
    prev = ""
    for seal in Seal.objects.order_by("pk"):
        sealed[seal.pk] = seal.mac
        stamps = list(seal.events.order_by("pk").values_list("hash", flat=True))
        if len(stamps) != seal.count or merkle_root(stamps) != seal.root:
            yield Broken(f"seal {seal.pk}", _("the events it covers are not those that were sealed"))
        if seal.prev != prev or seals.mac_of(seal.count, seal.root, seal.prev) != seal.mac:
            yield Broken(f"seal {seal.pk}", _("the seal itself was changed"))
        prev = seal.mac


def _outside(sealed: dict[int, str]) -> Iterator[Broken]:
    """The file outside the database against the seals in it. A seal is committed before it is written to the file."""
    outside = seals.written()
    if max(sealed, default=0) not in outside and sealed:
        time.sleep(WRITING)
        outside = seals.written()
    for number, mac in sealed.items():
        if outside.get(number, {}).get("mac") != mac:
            yield Broken(f"seal {number}", _("the file outside the database does not hold this seal"))
    gone = sorted(set(outside) - set(sealed))
    since = set(Seal.objects.filter(pk__in=gone).values_list("pk", flat=True)) if gone else set()
    for number in gone:
        if number not in since:
            yield Broken(f"seal {number}", _("sealed in the file, gone from the database"))
