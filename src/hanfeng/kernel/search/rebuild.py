"""Building the index anew, and comparing what is kept with what it should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from hanfeng.kernel.record.models import Attachment
from hanfeng.kernel.record.moment import one_moment

from . import engine
from .engine import Row
from .keep import attached
from .kinds import Kind, kinds, passages
from .models import FileText, Late, Passage
from .places import KEY, bounds, file_of, of_record, slot
from .words import indexed, plain

STEP = 1000


@dataclass(frozen=True)
class Wrong:
    """One fault of the index: where, and what."""

    where: str
    what: str


def _records(kind: Kind) -> Iterator[list[Any]]:
    """The standing records of a kind in order of key, a step at a time."""
    after = 0
    while some := list(kind.model.objects.filter(pk__gt=after).order_by("pk")[:STEP]):
        yield some
        after = some[-1].pk


def rebuild(progress: Callable[[int], None] | None = None) -> int:
    """Make the whole index anew; how many passages it holds. Until it ends, a search finds what is done so far.

    Files that were read keep their paragraphs; files not seen before are left to the worker.
    """
    read = [Row(*row) for row in _file_rows()]
    with transaction.atomic():
        engine.clear()
        Late.objects.all().delete()
        for at in range(0, len(read), STEP):
            engine.put([row._replace(body=plain(row.text)) for row in read[at : at + STEP]])
    done = len(read)
    for kind in kinds().values():
        for some in _records(kind):
            with transaction.atomic():  # read again inside: a record changed meanwhile is indexed as it is now
                fresh = list(kind.model.objects.filter(pk__in=[r.pk for r in some]))
                rows = [Row(*row) for row in passages(kind, fresh)] if fresh else []
                before = engine.kept(row.place for row in rows)
                engine.put(rows, list(before.values()))
            done += len(some)
            if progress:
                progress(done)
    _unread()
    return done


def _file_rows() -> Iterator[tuple[Any, ...]]:
    for kind in kinds().values():
        low, high = bounds(slot(kind.model, files=True))
        rows = Passage.objects.filter(place__range=(low, high)).order_by("place")
        yield from rows.values_list("place", "record", "title", "body", "text").iterator()


def _unread() -> None:
    """Files that were attached before there was a search: the worker reads them."""
    models = {k.name: k.model for k in kinds().values()}
    for file in Attachment.objects.filter(text=None, kind__in=models).iterator():
        model = models[file.kind]
        record = model.everything.filter(pk=file.key).first()
        if record:
            attached(file, record, None)


def needed() -> bool:
    """Whether records stand that no index was ever made of: a site from before the search."""
    if Passage.objects.exists():
        return False
    return any(kind.model.objects.exists() for kind in kinds().values())


# --- comparing --------------------------------------------------------------------------------------------------------


def compare() -> Iterator[Wrong]:
    """Make every passage again beside the one that is kept, then count what the full-text index holds, while others may
    write."""
    with one_moment():
        known: set[int] = set()
        late = Late.objects.exists()
        for kind in kinds().values():
            known |= {slot(kind.model), slot(kind.model, files=True)}
            if not late:  # what the worker has still to index is no fault
                yield from _kind(kind)
        for number in _slots() - known:
            yield Wrong(str(number), _("passages of a kind of record that is not searched"))
        yield from _lost_files()
        yield from _tokens_lite() if connection.vendor == "sqlite" else _tokens_server()


def _kind(kind: Kind) -> Iterator[Wrong]:
    low, high = bounds(slot(kind.model))
    place = low - 1
    for some in _records(kind):
        wanted = {row[0]: Row(*row) for row in passages(kind, some)}
        last = of_record(kind.model, some[-1].pk)
        held = {row.place: row for row in _all_between(place + 1, last)}
        yield from _differences(kind, wanted, held)
        place = last
    for row in _all_between(place + 1, high):
        yield Wrong(f"{kind.name} {row.record}", _("is found although no such record stands"))


def _differences(kind: Kind, wanted: dict[int, Row], held: dict[int, Row]) -> Iterator[Wrong]:
    for place in sorted(wanted.keys() | held.keys()):
        where = f"{kind.name} {place & (1 << KEY) - 1}"
        if place not in held:
            yield Wrong(where, _("is not in the index"))
        elif place not in wanted:
            yield Wrong(where, _("is found although no such record stands"))
        elif wanted[place] != held[place]:
            yield Wrong(where, _("is found by words that it no longer says"))


def _all_between(low: int, high: int) -> Iterator[Row]:
    while some := engine.between(low, high, STEP):
        yield from some
        low = some[-1].place + 1


def _slots() -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT place >> {KEY} FROM search_passage")
        return {number for (number,) in cursor.fetchall()}


def _lost_files() -> Iterator[Wrong]:
    """Files that say they were read but whose paragraphs are not kept."""
    held: Counter[int] = Counter()
    for kind in kinds().values():
        for row in _all_between(*bounds(slot(kind.model, files=True))):
            held[file_of(row.place)] += 1
            if row.body != plain(row.text):
                yield Wrong(f"file {file_of(row.place)}", _("is found by words that it no longer says"))
    for told in FileText.objects.filter(state=FileText.State.READ):
        if held[told.pk] != told.passages:
            yield Wrong(f"file {told.pk}", _("not all of its paragraphs are in the index"))


def _tokens_lite() -> Iterator[Wrong]:
    """SQLite: the tokens of each place and the places of each token, counted; both must agree with the passages."""
    by_place, by_term = engine.index_terms()
    terms: Counter[str] = Counter()
    for row in _all_between(0, (1 << 63) - 1):
        said = indexed(row.title, row.body).split()
        terms.update(said)
        if by_place.pop(row.place, 0) != len(said):
            yield Wrong(str(row.place), _("the full-text index holds other words than the passage"))
    for place in by_place:
        yield Wrong(str(place), _("the full-text index holds words of no passage"))
    differing = [t for t in terms.keys() | by_term.keys() if terms[t] != by_term.get(t, 0)]
    if differing:
        yield Wrong("search_index", _("the full-text index counts %(n)s words otherwise") % {"n": len(differing)})


def _tokens_server() -> Iterator[Wrong]:
    """PostgreSQL: the tokens kept beside each passage are those it makes."""
    with connection.cursor() as cursor:
        place = -1
        while True:
            cursor.execute(
                f"SELECT {engine.COLUMNS}, array_to_string(tsvector_to_array(words), ' ') FROM search_passage "
                "WHERE place > %s ORDER BY place LIMIT %s",
                (place, STEP),
            )
            rows = cursor.fetchall()
            for *kept, words in rows:
                row = Row(*kept)
                if set((words or "").split()) != set(engine.vector(row).split()):
                    yield Wrong(str(row.place), _("the full-text index holds other words than the passage"))
            if not rows:
                return
            place = rows[-1][0]
