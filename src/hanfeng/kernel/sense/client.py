"""How everybody sends values: `ingest()`. It returns when they are on the disk, or raises; there is no third way."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from django.conf import settings
from django.utils.translation import gettext as _

from . import wire
from .quality import Quality

PATIENCE = 30.0  # seconds a sender waits for the answer
MANY = 20  # rows of one datastream that travel as columns
RETRY_AFTER = 2  # seconds after which a sender that was refused should come again


class NotKept(Exception):
    """The values were not, or perhaps not, kept: send them again. Sending twice keeps them once."""


class Busy(NotKept):
    """The writer has more than it can hold; come again after RETRY_AFTER seconds."""


class NoWriter(NotKept):
    """No writer runs, it died before it answered, or the database refused."""


class Refused(NamedTuple):
    """A row that was not kept: its place among the rows sent, and why in words."""

    place: int
    why: str


@dataclass
class Ingested:
    """What became of a batch: how many were new, known already, replaced another value, and which were refused."""

    new: int = 0
    same: int = 0
    changed: int = 0
    refused: list[Refused] = field(default_factory=list)


class Value(NamedTuple):
    """One value on its way in. Moments are datetimes, or milliseconds since 1970 UTC; `value` a number or any JSON.

    `quality` None lets the mark and the checks of the datastream decide. `more` is resultQuality, validTime, parameters.
    """

    datastream: int
    time: datetime | int
    value: Any
    mark: str = ""
    quality: Quality | None = None
    until: datetime | int | None = None
    result_time: datetime | int | None = None
    feature: int | None = None
    more: Mapping[str, Any] | None = None


class Frame(NamedTuple):
    """A raw frame for audit: who sent it, what became of it, its bytes."""

    source: str
    status: str
    body: bytes


def ms(moment: datetime | int) -> int:
    """Milliseconds since 1970 UTC. Raises ValueError for a moment without a time zone."""
    if isinstance(moment, int):
        return moment
    if moment.tzinfo is None:
        raise ValueError(_("A moment needs its time zone."))
    return round(moment.timestamp() * 1000)


def row_of(value: Value) -> list[Any]:
    """A value as a row of the wire, as short as it can be."""
    number = None
    if isinstance(value.value, int | float | Decimal) and not isinstance(value.value, bool):
        number = float(value.value)
        if not math.isfinite(number):
            raise ValueError(words("number"))
    row = [
        ms(value.time), number, None if number is not None else orjson.dumps(value.value).decode(),
        value.mark or None, None if value.quality is None else int(value.quality),
        None if value.until is None else ms(value.until), None if value.result_time is None else ms(value.result_time),
        value.feature, None if not value.more else orjson.dumps(value.more).decode(),
    ]  # fmt: skip
    while len(row) > 2 and row[-1] is None:
        row.pop()
    return row


def group_of(key: int, rows: list[list[Any]]) -> Any:
    """Rows of one datastream as they travel: many that are only (time, number) as two columns, which the writer likes."""
    if len(rows) < MANY or any(len(row) > 2 for row in rows):
        return key, rows
    times, numbers = zip(*rows, strict=True)
    return {"stream": key, "times": times, "numbers": numbers}


def ingest(values: Iterable[Value | tuple[Any, ...]], *, raw: Sequence[Frame] = ()) -> Ingested:
    """Keep values, and the frames they came in, in one commit. Each is (datastream, time, value, ...) as in `Value`.

    Idempotent by (datastream, time): what is known already is told as `same`; another value at the same time replaces the
    first and leaves a revision. A value that cannot be kept is refused with its place and reason, the rest goes on.
    Raises Busy or NoWriter: then nothing is certain, and the sender sends again.
    """
    groups: dict[int, list[list[Any]]] = {}
    places: dict[int, list[int]] = {}
    done = Ingested()
    for place, item in enumerate(values):
        value = item if isinstance(item, Value) else Value(*item)
        try:
            row = row_of(value)
        except (ValueError, TypeError, OverflowError) as wrong:
            done.refused.append(Refused(place, str(wrong)))
            continue
        groups.setdefault(value.datastream, []).append(row)
        places.setdefault(value.datastream, []).append(place)
    message: dict[str, Any] = {"groups": [group_of(key, rows) for key, rows in groups.items()]}
    if raw:
        message["raw"] = [(f.source, f.status, f.body.decode("latin-1")) for f in raw]
    answer = send(message)
    keys = list(groups)
    done.new, done.same, done.changed = answer["new"], answer["same"], answer["changed"]
    done.refused += [Refused(places[keys[g]][i], words(fault)) for g, i, fault in answer["errors"]]
    done.refused.sort()
    return done


def words(fault: str) -> str:
    """Why a row was refused, and how to mend it."""
    told = {
        "unknown": _("There is no such datastream; declare it first."),
        "time": _(
            "The time is missing, out of range, or ends before it begins; write it as 2026-03-01T08:00:00+08:00."
        ),
        "number": _("The result is not a finite number."),
        "text": _("A text is longer than 1 MB or holds a NUL character."),
        "form": _("The row has not the form of an observation."),
    }
    return told.get(fault, fault)


# --- the way to the writer ----------------------------------------------------------------------------------------------

_links = threading.local()
_here: ContextVar[Any] = ContextVar("sense_here", default=None)


def send(message: Mapping[str, Any], *, again: bool = True) -> dict[str, Any]:
    """One message of the wire and its answer. `again`: whether it may be sent twice when the connection broke."""
    store = _here.get()
    if store is not None:
        return _at_once(store, message)
    if getattr(settings, "SENSE_WRITER", "socket") == "here":
        with here() as own:
            return _at_once(own, message)
    return _ask(wire.pack(message), again)


def _at_once(store: Any, message: Mapping[str, Any]) -> dict[str, Any]:
    plain = orjson.loads(orjson.dumps(message))
    answer: dict[str, Any] = store.keep([plain])[0].told()
    return answer


@contextmanager
def here() -> Iterator[Any]:
    """Keep values in this process: for a seed, a repair, a test. Raises NoWriter when a writer process runs already."""
    from .store import Store
    from .watch import Watch
    from .writer import only

    if (store := _here.get()) is not None:
        yield store
        return
    from hanfeng.kernel.pack import catalogue

    watches: list[Watch] = [watch for pack in catalogue() for watch in pack.watches]
    try:
        with wire.lock(Path(settings.HOME)), only():
            token = _here.set(Store(watches))
            try:
                yield _here.get()
            finally:
                _here.reset(token)
    except wire.Taken as held:
        raise NoWriter(_("A writer runs already on this site.")) from held


def _ask(frame: bytes, again: bool) -> dict[str, Any]:
    known = _link()
    try:
        link = known or _open()
        answer = link.ask(frame)
    except (OSError, wire.Broken, ValueError) as broken:
        _drop()
        # a connection kept from earlier may be that of a writer that has gone since: once more, on a new one
        if known is None or not again or isinstance(broken, TimeoutError):
            raise NoWriter(
                _("The writer does not answer: {why}").format(why=str(broken) or type(broken).__name__)
            ) from broken
        return _ask(frame, again=False)
    if failure := answer.get("failure"):
        if failure == "busy":
            raise Busy(_("The writer has more waiting than it can hold."))
        raise NoWriter(_("The values could not be kept: {why}").format(why=failure))
    told: dict[str, Any] = answer
    return told


def _link() -> wire.Link | None:
    pid, link = getattr(_links, "kept", (0, None))
    return link if pid == os.getpid() else None  # a forked child does not use its parent's


def _open() -> wire.Link:
    link = wire.Link(wire.address(Path(settings.HOME)), PATIENCE)
    _links.kept = os.getpid(), link
    return link


def _drop() -> None:
    link = _link()
    if link is not None:
        link.close()
    _links.kept = 0, None


def alive() -> bool:
    """Whether a writer listens and answers, within two seconds."""
    try:
        link = wire.Link(wire.address(Path(settings.HOME)), 2.0)
    except OSError:
        return False
    try:
        return bool(link.ask(wire.pack({"ping": True})).get("ping"))
    except (OSError, wire.Broken, ValueError):
        return False
    finally:
        link.close()


def edit(
    do: str, datastream: int, time: int, *, who: str, why: str = "", quality: Quality | None = None, row: Any = None
) -> bool:
    """Delete, judge or replace one observation; the row as it was stays as a revision. False when there is none there.

    `do` is delete, judge (with `quality`) or replace (with a `row` of the wire). Raises as `ingest` does, and ValueError.
    """
    told = {"do": do, "datastream": datastream, "time": time, "who": who, "why": why}
    if quality is not None:
        told["quality"] = int(quality)
    if row is not None:
        told["row"] = row
    answer = send({"edits": [told]}, again=False)
    faults = [fault for _g, _i, fault in answer["errors"]]
    if faults and faults != ["unknown"]:
        raise ValueError(words(faults[0]))
    return bool(answer["changed"])
