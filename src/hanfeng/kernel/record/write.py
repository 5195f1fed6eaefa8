"""The ways to write a record: save one, save many, undo a batch, erase a personal value."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hanfeng.kernel.base.hashing import canonical
from hanfeng.kernel.base.words import Words

from .chain import Change, hide, plain, stamp
from .local import Note
from .models import ENGLISH, Batch, Event, LinkRun, Record, Secret, kind_of
from .outbox import links_on

if TYPE_CHECKING:
    from types import ModuleType

    from hanfeng.kernel.search.keep import Changed

R = TypeVar("R", bound=Record)
KEPT = frozenset({"id", "version", "created_at", "changed_at"})
ERASED = "@erased"
"""Under this name the event of an erasure keeps the fields whose values went."""
LOCK_SECONDS = 0.2  # how long one chunk of save_many may hold the write lock; half of it is aimed at


class Stale(Exception):
    """Someone else changed the record meanwhile. Carries what is kept now and what was to be written."""

    def __init__(self, current: Record, wanted: Mapping[str, Any]) -> None:
        super().__init__(_("This record was changed by someone else while you were editing it."))
        self.current, self.wanted = current, wanted


def own_fields(model: type[models.Model] | models.Model) -> Iterator[models.Field[Any, Any]]:
    """The fields a writer may set."""
    return (f for f in model._meta.concrete_fields if f.name not in KEPT)


def user_or_none(by: Any) -> Any:
    """The signed-in user who acts, or None for the platform itself."""
    return by if getattr(by, "pk", None) else None


def save(
    record: Record,
    by: Any,
    changes: Mapping[str, Any] | None = None,
    *,
    verb: str = "",
    note: Note = "",
    version: int | None = None,
    batch: Batch | None = None,
    more: Mapping[str, Change] | None = None,
) -> Event | None:
    """Write one record: set, check, keep, remember.

    A new record is created; a kept one changes only where `changes` differ from it, and a word that changes without its English
    empties that (`renewed`). `version` is the version the writer
    saw. A note that the platform writes is told in both languages (`in_both`). Returns the event, or None when nothing
    changed and no verb was given.
    Raises ValidationError (nothing written, the record as it was) and Stale (someone was faster).
    """
    told = dict(changes or {}) if record._state.adding else renewed(record, changes or {})
    return _saved(record, by, told, verb, note, version, batch, more or {}, None)


def renewed(record: Record, changes: Mapping[str, Any]) -> dict[str, Any]:
    """These changes, and the English emptied of words that change without it: it would tell what they no longer say."""
    told = _in_two_languages(type(record)) & changes.keys()
    return {**{f"{n}_en": "" for n in told if not same_words(changes[n], getattr(record, n))}, **changes}


def same_words(one: str | None, other: str | None) -> bool:
    """Whether two texts say the same: a browser ends lines in its own way."""
    return (one or "").split() == (other or "").split()


@cache
def _in_two_languages(model: type[models.Model]) -> frozenset[str]:
    """The words that a model keeps in Chinese and in English."""
    names = {f.name for f in own_fields(model)}
    return frozenset(n for n in names if f"{n}_en" in names)


def _saved(
    record: Record,
    by: Any,
    changes: Mapping[str, Any],
    verb: str,
    note: Note,
    version: int | None,
    batch: Batch | None,
    more: Mapping[str, Change],
    gathered: Changed | None,
) -> Event | None:
    """Write one record in a transaction; `gathered` takes what the search is to be told of it, else it is told at once."""
    kept = record.pk, record.version, record._state.adding
    try:
        with transaction.atomic():
            changed = _search().Changed() if gathered is None else gathered
            event = _save(record, by, dict(changes), verb, note, version, batch, more, changed)
            if gathered is None:
                changed.keep()
            return event
    except BaseException as why:
        record.pk, record.version, record._state.adding = kept
        if isinstance(why, IntegrityError):
            raise _in_words(record, changes) from why
        raise


def _save(
    record: Record,
    by: Any,
    changes: Mapping[str, Any],
    verb: str,
    note: Note,
    version: int | None,
    batch: Batch | None,
    more: Mapping[str, Change],
    gathered: Changed,
) -> Event | None:
    if record._state.adding:
        event = _create(record, by, changes, verb or "create", note, batch, more)
        gathered.add(record, None)
    else:
        if version is not None and version != record.version:
            raise Stale(_fresh(record), changes)
        changed = _differing(record, changes)
        if not changed and not verb and not more:
            return None
        event = _change(record, by, changed, verb or "change", note, batch, more)
        gathered.add(record, changed)
    LinkRun.objects.bulk_create([LinkRun(link=link.name, event=event) for link in links_on(event)])
    return event


def _search() -> ModuleType:
    """The keeping of the search index, which stands on the desks and so above this module."""
    from hanfeng.kernel.search import keep

    return keep


def _in_words(record: Record, changes: Mapping[str, Any]) -> ValidationError:
    """What the database refused, as the checks of the fields say it."""
    probe = copy(record)
    for name, value in changes.items():
        setattr(probe, name, value)
    try:
        probe.full_clean()
    except ValidationError as told:
        return told
    return ValidationError(_("A record with these values was written a moment ago."))


def _create(
    record: Record,
    by: Any,
    changes: Mapping[str, Any],
    verb: str,
    note: Note,
    batch: Batch | None,
    more: Mapping[str, Change],
) -> Event:
    for name, value in changes.items():
        setattr(record, name, value)
    _check(record)
    record.version = 1
    models.Model.save(record, force_insert=True)
    return _remember(record, by, verb, note, batch, {**_initial(record), **more}, "")


def _initial(record: Record) -> dict[str, Change]:
    """What a new record says of itself: each field that is not left empty."""
    values = ((name, plain(getattr(record, attname))) for name, attname in _own_names(type(record)))
    return {name: (None, value) for name, value in values if not (value in (None, "") or value is False)}


@cache
def _own_names(model: type[models.Model]) -> tuple[tuple[str, str], ...]:
    return tuple((f.name, cast(Any, f).attname) for f in own_fields(model))


def _differing(record: Record, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes that change anything, by field name."""
    found = {}
    for name, value in changes.items():
        kept = record._meta.get_field(name)
        now = getattr(record, cast(Any, kept).attname)
        if plain(value) != plain(now):
            found[name] = value
    return found


def _change(
    record: Record,
    by: Any,
    changes: Mapping[str, Any],
    verb: str,
    note: Note,
    batch: Batch | None,
    more: Mapping[str, Change],
) -> Event:
    before = {name: getattr(record, name) for name in changes}
    try:
        for name, value in changes.items():
            setattr(record, name, value)
        _check(record, {f.name for f in record._meta.fields} - set(changes))
        prev = _last_hash(record)
        log = {n: (_plain_field(record, n, before[n]), _plain_field(record, n)) for n in changes}
        _swap(record, {n: getattr(record, n) for n in changes})  # as the checks left them: a code without its blanks
    except BaseException:
        for name, value in before.items():
            setattr(record, name, value)
        raise
    return _remember(record, by, verb, note, batch, {**log, **more}, prev)


def _plain_field(record: Record, name: str, value: Any = ...) -> Any:
    attname = cast(Any, record._meta.get_field(name)).attname
    return plain(getattr(record, attname) if value is ... else value)


def _check(record: Record, untouched: Collection[str] | None = None) -> None:
    """The checks of the fields that change, and of the record as a whole.

    Whether a value is taken is the database's to say, in the write itself: asking it first costs more than the write,
    and can be wrong by then. When something else is wrong already, it is asked, so that all is told at once.
    """
    try:
        record.full_clean(exclude=untouched, validate_unique=False, validate_constraints=False)
    except ValidationError:
        record.full_clean(exclude=untouched)
        raise


def _last_hash(record: Record) -> str:
    chain = Event.objects.filter(kind=kind_of(record), key=record.pk, seq=record.version)
    return chain.values_list("hash", flat=True).first() or ""


def _swap(record: Record, changes: Mapping[str, Any]) -> None:
    """Write over the version that was read, or not at all: the compare and the swap are one statement."""
    now = timezone.now()
    mine: models.QuerySet[Any] = models.QuerySet(type(record)).filter(pk=record.pk, version=record.version)
    if not mine.update(**changes, version=record.version + 1, changed_at=now):
        raise Stale(_fresh(record), dict(changes))
    record.version, record.changed_at = record.version + 1, now


def _fresh(record: R) -> R:
    return cast(R, type(record).everything.get(pk=record.pk))


def _remember(
    record: Record, by: Any, verb: str, note: Note, batch: Batch | None, changes: Mapping[str, Change], prev: str
) -> Event:
    event, hidden = _event(record, by, verb, note, batch, changes, prev)
    event.save(force_insert=True)
    Secret.objects.bulk_create([Secret(event=event, field=f, salt=s, data=t) for f, (s, t) in hidden.items()])
    return event


def _event(
    record: Record, by: Any, verb: str, note: Note, batch: Batch | None, changes: Mapping[str, Change], prev: str
) -> tuple[Event, dict[str, tuple[str, str]]]:
    shown, hidden = hide(record, changes)
    if isinstance(note, Words) and note.en:
        shown[ENGLISH] = [None, note.en]
    user = user_or_none(by)
    event = Event(
        kind=kind_of(record),
        key=record.pk,
        seq=record.version,
        at=timezone.now(),
        by=user,
        who=(user.get_full_name() or user.get_username()) if user else "",
        verb=verb,
        note=str(note),
        data=canonical(shown),
        batch=batch,
        prev=prev,
    )
    event.hash = stamp(event)
    return event, hidden


# --- many -------------------------------------------------------------------------------------------------------------


@dataclass
class Outcome:
    """What became of a batch: the batch, and for each row that was refused its place in the list and why."""

    batch: Batch
    errors: list[tuple[int, str]] = field(default_factory=list)


Item = Record | tuple[Record, Mapping[str, Any]]
Mark = Callable[[int, list[tuple[int, str]]], None]
ROW_BY_ROW = 20  # so many rows are tried one by one when the database refuses one of them


def save_many(
    items: Iterable[Item],
    by: Any,
    *,
    title: str,
    verb: str = "import",
    note: Note = "",
    undoes: Batch | None = None,
    progress: Callable[[int], None] | None = None,
    batch: Batch | None = None,
    mark: Mark | None = None,
) -> Outcome:
    """Write many records of one kind: new ones, or (record, changes) pairs. The same checks and the same history.

    Written in chunks that hold the write lock for about LOCK_SECONDS at most; a row that fails is reported with its place
    and the rest goes on. Links are called for as by save(). `items` may be a stream: no more than a chunk is held.

    `batch` goes on with a batch begun before. `mark(upto, refused)` is called inside the transaction of each chunk with the
    number of items dealt with and those refused since the last call, which are then not kept in the outcome: what it writes
    holds together with the rows or not at all, and what it raises takes the chunk back.
    """
    stream, start, size = iter(items), 0, 100
    ahead = list(islice(stream, size))
    if batch is None:
        kind = kind_of(_record_of(ahead[0])) if ahead else ""
        batch = Batch.objects.create(by=user_or_none(by), title=title[:200], kind=kind, undoes=undoes)
    elif ahead and not batch.kind:
        batch.kind = kind_of(_record_of(ahead[0]))
    outcome = Outcome(batch)
    while ahead:
        held = _chunk(list(enumerate(ahead, start)), by, verb, note, outcome, mark)
        start += len(ahead)
        size = max(20, min(2000, 2 * size, int(size * LOCK_SECONDS / 2 / max(held, 0.001))))
        if progress:
            progress(start)
        ahead = list(islice(stream, size))
    batch.save()
    return outcome


def _record_of(item: Item) -> Record:
    return item[0] if isinstance(item, tuple) else item


def _chunk(chunk: list[tuple[int, Item]], by: Any, verb: str, note: Note, outcome: Outcome, mark: Mark | None) -> float:
    """Write a chunk; for how many seconds it held the write lock at most."""
    right = {
        place for place, _record in _cleaned([(i, item) for i, item in chunk if isinstance(item, Record)], outcome)
    }
    part = [(place, item) for place, item in chunk if place in right or isinstance(item, tuple)]
    return _part(part, chunk[-1][0] + 1, _Chunk(by, verb, note, outcome, mark))


@dataclass(frozen=True)
class _Chunk:
    """How the rows of a chunk are written."""

    by: Any
    verb: str
    note: Note
    outcome: Outcome
    mark: Mark | None

    def tell(self, upto: int) -> None:
        """In the transaction of a part: the counts of the batch, and the caller's own mark."""
        self.outcome.batch.save()
        if self.mark:
            errors = self.outcome.errors
            self.outcome.errors = [e for e in errors if e[0] >= upto]
            self.mark(upto, sorted(e for e in errors if e[0] < upto))


def _part(part: list[tuple[int, Item]], upto: int, how: _Chunk) -> float:
    """Write a part of a chunk in one transaction; when the database refuses a row of it, its halves, then row by row."""
    new = [(place, item) for place, item in part if isinstance(item, Record)]
    batch, began = how.outcome.batch, time.perf_counter()
    counts, errors = (batch.created, batch.changed, batch.failed), list(how.outcome.errors)
    try:
        with transaction.atomic():
            _create_all([record for _i, record in new], how.by, how.verb, how.note, batch)
            batch.created += len(new)
            gathered = _search().Changed()
            for place, item in part:
                if isinstance(item, tuple):
                    _one(place, *item, how.by, how.verb, how.note, how.outcome, gathered)
            gathered.keep()
            how.tell(upto)
        return time.perf_counter() - began
    except BaseException as why:
        (batch.created, batch.changed, batch.failed), how.outcome.errors = counts, errors
        for _place, record in new:
            record.pk, record._state.adding, record.version = None, True, 0
        if not isinstance(why, IntegrityError) or not new:
            raise
    if len(part) <= ROW_BY_ROW:
        began = time.perf_counter()
        with transaction.atomic():
            gathered = _search().Changed()
            for place, item in part:
                record, changes = item if isinstance(item, tuple) else (item, None)
                _one(place, record, changes, how.by, how.verb, how.note, how.outcome, gathered)
            gathered.keep()
            how.tell(upto)
        return time.perf_counter() - began
    half = len(part) // 2
    return max(_part(part[:half], part[half][0], how), _part(part[half:], upto, how))


def _cleaned(items: Iterable[tuple[int, Item]], outcome: Outcome) -> Iterator[tuple[int, Record]]:
    """The rows whose fields are right; uniqueness is the database's to say."""
    for place, item in items:
        record = _record_of(item)
        try:
            record.full_clean(validate_unique=False, validate_constraints=False)
            yield place, record
        except ValidationError as why:
            _fail(outcome, place, why)


def _create_all(records: list[Record], by: Any, verb: str, note: Note, batch: Batch) -> None:
    if not records:
        return
    for record in records:
        record.version = 1
    rows: models.QuerySet[Any] = models.QuerySet(type(records[0]))
    rows.bulk_create(records)
    pairs = [_event(r, by, verb, note, batch, _initial(r), "") for r in records]
    if not records[0].personal and not links_on(pairs[0][0]):  # nothing else points at these events
        _insert([event for event, _hidden in pairs])
        _search().created(records)
        return
    Event.objects.bulk_create([event for event, _hidden in pairs])
    Secret.objects.bulk_create(
        [Secret(event=event, field=f, salt=s, data=t) for event, hidden in pairs for f, (s, t) in hidden.items()]
    )
    LinkRun.objects.bulk_create([LinkRun(link=link.name, event=e) for e, _hidden in pairs for link in links_on(e)])
    _search().created(records)


def _insert(events: list[Event]) -> None:
    """Write new events whose keys nobody asks for: the statement of bulk_create, without its work for each field of each."""
    fields = [cast(Any, f) for f in Event._meta.concrete_fields if not f.primary_key]
    columns = ", ".join(connection.ops.quote_name(f.column) for f in fields)
    marks = ", ".join(["%s"] * len(fields))
    names = [f.attname for f in fields]
    moment = connection.ops.adapt_datetimefield_value
    rows = [[moment(event.at) if name == "at" else getattr(event, name) for name in names] for event in events]
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {Event._meta.db_table} ({columns}) VALUES ({marks})", rows)


def _one(
    place: int,
    record: Record,
    changes: Mapping[str, Any] | None,
    by: Any,
    verb: str,
    note: Note,
    outcome: Outcome,
    gathered: Changed,
) -> None:
    creating = record._state.adding
    said = verb if creating or changes else ""
    try:
        event = _saved(record, by, changes or {}, said, note, None, outcome.batch, {}, gathered)
    except (ValidationError, IntegrityError, Stale) as why:
        _fail(outcome, place, why)
        return
    if creating:
        outcome.batch.created += 1
    elif event:
        outcome.batch.changed += 1


def _fail(outcome: Outcome, place: int, why: Exception) -> None:
    words = "; ".join(why.messages) if isinstance(why, ValidationError) else str(why)
    outcome.errors.append((place, words))
    outcome.batch.failed += 1


# --- undo and erase ---------------------------------------------------------------------------------------------------


def undo(batch: Batch, by: Any) -> Outcome:
    """Take a batch back as a new batch: what it created is withdrawn, what it changed is as before.

    A record that was changed since is refused and named in the errors; the rest is taken back.
    """
    from django.apps import apps

    if not batch.kind:  # an empty batch: nothing was written, nothing is taken back
        return Outcome(batch)
    model = cast("type[Record]", apps.get_model(batch.kind))
    events = list(batch.events.order_by("-id").prefetch_related("secrets"))
    records = model.everything.in_bulk({e.key for e in events})
    items: list[Item] = []
    refused: list[tuple[int, str]] = []
    for place, event in enumerate(events):
        record = records[event.key]
        if record.version != event.seq:
            refused.append((place, _("%(what)s was changed since and stays as it is.") % {"what": record}))
        elif event.seq == 1:
            items.append((record, {"void": True}))
        else:
            items.append((record, before(record, event)))
    outcome = save_many(items, by, title=batch.title, verb="undo", undoes=batch)
    outcome.errors += refused
    return outcome


def before(record: Record, event: Event) -> dict[str, Any]:
    """The values an event replaced, as the fields of the record hold them."""
    data: dict[str, Any] = json.loads(event.data)
    for secret in event.secrets.all():
        if not secret.erased_at:
            data[secret.field] = json.loads(secret.data)
    return {
        n: _python(record, n, change[0])
        for n, change in data.items()
        if isinstance(change, list) and not n.startswith("@")
    }


def changed_since(record: Record, version: int) -> dict[str, Any]:
    """The fields changed after a version, with the values they had at it."""
    values: dict[str, Any] = {}
    later = Event.objects.filter(kind=kind_of(record), key=record.pk, seq__gt=version)
    for event in later.order_by("-seq").prefetch_related("secrets"):
        values.update(before(record, event))
    return values


def _python(record: Record, name: str, value: Any) -> Any:
    kept = record._meta.get_field(name)
    if isinstance(kept, models.ForeignKey):
        return value and kept.remote_field.model._base_manager.get(pk=value)
    if value is None and not kept.null:
        return False if isinstance(kept, models.BooleanField) else ""
    return kept.to_python(value)  # type: ignore[union-attr]


@transaction.atomic
def erase(record: Record, by: Any, fields: Iterable[str], reason: str) -> None:
    """Erase personal values: from the record and from all its history. The chain keeps their digests and stays valid."""
    names = [name for name in fields if name in record.personal]
    blank = {n: None if cast(Any, record._meta.get_field(n)).null else "" for n in names}
    save(record, by, blank, verb="erase", note=reason, more={ERASED: (None, names)})
    kept = Secret.objects.filter(event__kind=kind_of(record), event__key=record.pk, field__in=names)
    kept.update(salt="", data="", erased_at=timezone.now())
