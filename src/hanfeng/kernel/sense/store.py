"""What a commit does: judge the values, keep them once, remember what they replaced, mark what is to be counted anew.

Used by the writer process, and directly where no writer runs (`here`). Django's connection carries all of it, so that what a
watch writes is in the same transaction. The rows themselves go past the ORM.
"""

from __future__ import annotations

import json
import logging
import math
import time as clock
from collections.abc import Collection, Iterable, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from itertools import islice, repeat
from operator import itemgetter
from typing import Any

import numpy as np
import orjson
from django.db import connection, transaction
from django.db.models import Max

from . import archive
from .archive import COLUMNS, EARLIEST, LATEST, Row
from .models import Archived, Datastream, Late, Standing
from .quality import FUTURE_MS, NEIGHBOUR_MS, NO_CHECKS, Check, Checks, Quality, judge, judge_all
from .watch import Kept, Watch

log = logging.getLogger("hanfeng.writer")

HOUR = 3_600_000
LONGEST_TEXT = 1 << 20
MINUTE = 60.0
FRESH_FOR = 5.0  # seconds for which what is known of a datastream is believed
TIME, UNTIL, RESULT_TIME, NUMBER, TEXT, MARK, QUALITY, CHECKS, FEATURE, MORE, RECEIVED = range(1, 12)


class Fault:
    """Why a row is refused: short codes that travel; `client.words` says them to people."""

    UNKNOWN = "unknown"
    TIME = "time"
    NUMBER = "number"
    TEXT = "text"
    FORM = "form"


@dataclass(slots=True)
class Stream:
    """What the writer knows of a datastream."""

    checks: Checks
    feature: int | None
    until: float


@dataclass(slots=True)
class Stand:
    """A row of Standing while it is worked on."""

    count: int
    first: int
    last: int
    end: int
    first_result: int
    last_result: int
    number: float | None
    text: str | None
    mark: str
    quality: int
    since: int
    received: int


STAND = tuple(Stand.__dataclass_fields__)


@dataclass(slots=True)
class Answer:
    """What became of one batch. `errors` are (group, row, fault); `times` tells the times of rows that had none."""

    new: int = 0
    same: int = 0
    changed: int = 0
    errors: list[tuple[int, int, str]] = field(default_factory=list)
    times: list[int] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """As it travels."""
        return {"new": self.new, "same": self.same, "changed": self.changed, "errors": self.errors, "times": self.times}


def now_ms() -> int:
    """Milliseconds since 1970 UTC."""
    return clock.time_ns() // 1_000_000


class Store:
    """Keeps batches. One at a time, in one process: whoever makes one holds the writer's lock."""

    def __init__(self, watches: Iterable[Watch] = ()) -> None:
        self.watches = tuple(watches)
        self._streams: dict[int, Stream | None] = {}
        self._stands: dict[int, Stand | None] = {}
        self._about: set[tuple[int, int]] = set()
        self.seen = archive.View((), EARLIEST)
        self.frozen = EARLIEST  # what is older goes beside the table too: its month is being written to a file
        self._change = 0
        self.forget()  # a new store remembers nothing, and neither do its watches

    def _clear(self) -> None:
        self._pending: list[Row] = []
        self._kept: list[tuple[list[Row], bool]] = []
        self._revisions: list[tuple[Any, ...]] = []
        self._touched: set[tuple[int, int]] = set()
        self._moved: set[int] = set()
        self._news: set[tuple[int, int]] = set()
        self._frames: list[tuple[Any, ...]] = []

    def forget(self) -> None:
        """Believe nothing: after a transaction that did not hold."""
        self._streams.clear()
        self._stands.clear()
        self._about.clear()
        self._clear()
        self._borders = False
        for watch in self.watches:
            watch.forget()

    def _learn(self) -> None:
        """Where the archive ends, and the number of the last change beside it; this process alone moves either."""
        self.seen = archive.view()
        self.frozen = max(Archived.objects.aggregate(end=Max("end"))["end"] or EARLIEST, self.seen.border)
        self._change = Late.objects.aggregate(last=Max("change"))["last"] or 0
        self._left = Archived.objects.filter(cleared=False).exclude(file="").exists()
        self._borders = True

    def keep(self, batches: Sequence[Any]) -> list[Answer]:
        """Keep batches in one transaction: all that is answered is on the disk. Raises what the database raises."""
        self.now = now_ms()
        try:
            with ExitStack() as self._stack:
                self._opened = False
                if connection.vendor == "sqlite" or connection.in_atomic_block or not self._borders:
                    self._open()
                if not self._borders:
                    self._learn()
                groups = [group for batch in batches for group in _groups(batch)]
                self._know({g[0] for g in groups if _is_group(g)} | {g["stream"] for g in groups if _is_column(g)})
                answers = [self._batch(batch) for batch in batches]
                looks = self._looks()
                if looks:
                    self._open()
                self._finish()
                self._watch(looks)
        except BaseException:
            self.forget()
            raise
        self._clear()
        return answers

    def _open(self) -> None:
        """Begin the transaction. On PostgreSQL only what reads or writes before the end needs one.

        What is only added at the end goes in one statement of several parts, which is a transaction by itself: one way to
        the server and back instead of seven.
        """
        if not self._opened:
            self._stack.enter_context(transaction.atomic())
            self._opened = True

    # --- one batch ----------------------------------------------------------------------------------------------------

    def _batch(self, batch: Any) -> Answer:
        answer = Answer()
        if not isinstance(batch, dict):
            answer.errors.append((0, 0, Fault.FORM))
            return answer
        for place, group in enumerate(_groups(batch)):
            if not _is_column(group):
                self._group(place, group, answer)
            elif not self._append_all(group["stream"], group["times"], group["numbers"], answer):
                rows = list(zip(group["times"], group["numbers"], strict=True))
                self._group(place, [group["stream"], rows], answer)
        for edit in batch.get("edits") or ():
            self._edit(edit, answer)
        if order := batch.get("archive"):
            self._archive(order, answer)
        if raw := batch.get("raw"):
            self._raw(raw)
        return answer

    def _know(self, keys: set[int]) -> None:
        """Read what is not known, or not known freshly, of these datastreams: one question for all.

        Others that will soon be asked for are asked along, so that many senders do not each cost a question.
        """
        moment = clock.monotonic()
        stale = {k for k in keys if (s := self._streams.get(k)) is None or s.until < moment}
        if stale:
            old = (k for k, s in self._streams.items() if s is not None and -MINUTE < s.until - moment < FRESH_FOR / 2)
            stale.update(islice(old, MANY))
            self._streams.update(dict.fromkeys(stale))
            rows = Datastream.objects.filter(pk__in=stale, thing__void=False)
            for key, checks, feature in rows.values_list("pk", "checks", "thing__feature_id"):
                self._streams[key] = Stream(_checks(checks), feature, moment + FRESH_FOR)
        missing = [k for k in keys if k not in self._stands]
        if missing:
            self._stands.update(dict.fromkeys(missing))
            for key, *values in Standing.objects.filter(pk__in=missing).values_list("pk", *STAND):
                self._stands[key] = Stand(*values)

    def _group(self, place: int, group: Any, answer: Answer) -> None:
        if not _is_group(group):
            answer.errors.append((place, 0, Fault.FORM))
            return
        key, rows, assigned = group[0], group[1], len(group) > 2 and bool(group[2])
        stream = self._streams[key]
        if stream is None:
            answer.errors += [(place, i, Fault.UNKNOWN) for i in range(len(rows))]
            return
        late = []
        for i, row in enumerate(rows):
            made = self._row(key, stream, row, assigned)
            if type(made) is str:
                answer.errors.append((place, i, made))
                continue
            assert type(made) is tuple
            if assigned:
                answer.times.append(made[TIME])
            stand = self._stands[key]
            if stand is None or made[TIME] > stand.last:
                self._append(key, stream, stand, made)
                answer.new += 1
            else:
                late.append(made)
        if late:
            self._late(key, stream, late, answer)

    def _row(self, key: int, stream: Stream, row: Any, assigned: bool) -> Row | str:
        """A row as it came, in the order of COLUMNS and not yet judged; or the fault. A quality of -1 is not given."""
        try:
            size = len(row)
            time, number = row[0], row[1]
        except (TypeError, IndexError, KeyError):
            return Fault.FORM
        if type(time) is not int or not EARLIEST <= time <= LATEST:
            return Fault.TIME
        if number is not None:
            if type(number) is int:
                try:
                    number = float(number)
                except OverflowError:
                    return Fault.NUMBER
            if type(number) is not float or number - number != 0.0:
                return Fault.NUMBER
        if assigned:
            stand = self._stands[key]
            if stand is not None and time <= stand.last:
                time = stand.last + 1
        if size == 2:
            return key, time, None, None, number, None, "", -1, 0, stream.feature, None, self.now
        return _whole(key, stream, time, number, (*row, *_NONE[size:]), self.now)

    def _append(self, key: int, stream: Stream, stand: Stand | None, row: Row) -> None:
        """A value later than all before: what nearly every value is."""
        number, time = row[NUMBER], row[TIME]
        same = stand is not None and stand.number == number and stand.text == row[TEXT]
        since = stand.since if stand is not None and same else time
        if row[QUALITY] >= 0 or stream.checks is not NO_CHECKS or row[MARK] or time - self.now > FUTURE_MS:
            row = self._judged(stream, row, stand.number if stand else None, time - since)
        elif row[QUALITY] < 0:
            row = (*row[:QUALITY], 0, *row[CHECKS:])
        result = row[RESULT_TIME] if row[RESULT_TIME] is not None else time
        end = row[UNTIL] if row[UNTIL] is not None else time
        if stand is None:
            self._stands[key] = Stand(
                1, time, time, end, result, result, number, row[TEXT], row[MARK], row[QUALITY], since, self.now
            )
        else:
            stand.count += 1
            stand.last, stand.number, stand.text, stand.mark = time, number, row[TEXT], row[MARK]
            stand.quality, stand.since, stand.received = row[QUALITY], since, self.now
            if end > stand.end:
                stand.end = end
            if result > stand.last_result:
                stand.last_result = result
            elif result < stand.first_result:
                stand.first_result = result
        self._add(row)

    def _append_all(self, key: int, times: list[Any], numbers: list[Any], answer: Answer) -> bool:
        """`_append` for a column of times and numbers at once; False, and nothing done, unless they are good and in order."""
        stream, stand = self._streams[key], self._stands[key]
        if stream is None or not (set(map(type, times)) == {int} and set(map(type, numbers)) <= {int, float}):
            return False
        try:
            at, values = np.array(times, np.int64), np.array(numbers, np.float64)
        except OverflowError:
            return False
        first, last = times[0], times[-1]
        if not (first >= EARLIEST and last <= LATEST and (np.diff(at) > 0).all() and np.isfinite(values).all()):
            return False
        if stand is not None and first <= stand.last:
            return False
        before = math.nan if stand is None or stand.number is None else stand.number
        # where a value differs from the one before, it begins; the others began with the last that did
        begins = values != np.append(before, values[:-1])
        since = np.maximum.accumulate(np.where(begins, at, EARLIEST if stand is None else stand.since))
        quality: Iterable[int] = repeat(0)
        spoke: Iterable[int] = repeat(0)
        if stream.checks is not NO_CHECKS or last - self.now > FUTURE_MS:
            quality, spoke = judge_all(
                at, values, since, stream.checks, before=before, now=self.now, neighbour=self._neighbour(stream)
            )
        nothing = repeat(None)
        rows = list(
            zip(
                repeat(key, len(times)), times, nothing, nothing, values.tolist(), nothing, repeat(""), quality, spoke,
                repeat(stream.feature), nothing, repeat(self.now),
            )
        )  # fmt: skip
        if stand is None:
            stand = self._stands[key] = Stand(0, first, last, last, first, last, None, None, "", 0, 0, 0)
        stand.count += len(rows)
        stand.last, stand.end, stand.last_result = last, max(stand.end, last), max(stand.last_result, last)
        stand.first_result = min(stand.first_result, first)
        stand.number, stand.text, stand.mark = rows[-1][NUMBER], None, ""
        stand.quality, stand.since, stand.received = rows[-1][QUALITY], int(since[-1]), self.now
        answer.new += len(rows)
        self._pending += rows
        self._noted(rows[0], False, rows)
        self._touched.update((key, hour) for hour in np.unique(at // HOUR).tolist())
        return True

    def _add(self, row: Row) -> None:
        self._pending.append(row)
        self._noted(row, False)

    def _noted(self, row: Row, changed: bool, rows: list[Row] | None = None) -> None:
        """Remember what a value touches; for all of `rows`, which are like it."""
        self._moved.add(row[0])
        self._touched.add((row[0], row[TIME] // HOUR))
        if row[FEATURE] is not None and (pair := (row[FEATURE], row[0])) not in self._about:
            self._about.add(pair)
            self._news.add(pair)
        if self.watches:
            self._kept.append((rows or [row], changed))

    def _neighbour(self, stream: Stream) -> tuple[int, float | None] | None:
        """The time and number of the last value beside a datastream."""
        if stream.checks.neighbour is None:
            return None
        self._know({stream.checks.neighbour})
        other = self._stands[stream.checks.neighbour]
        return None if other is None else (other.last, other.number)

    def _judged(self, stream: Stream, row: Row, before: float | None, same_ms: int) -> Row:
        if row[QUALITY] >= 0:  # a verdict that came with the value stands
            return row
        checks, beside = stream.checks, None
        if (other := self._neighbour(stream)) and abs(other[0] - row[TIME]) <= NEIGHBOUR_MS:
            beside = other[1]
        verdict, spoke = judge(
            row[NUMBER],
            row[MARK],
            checks,
            before=before,
            same_ms=same_ms,
            ahead_ms=row[TIME] - self.now,
            neighbour=beside,
        )
        return (*row[:QUALITY], int(verdict), int(spoke), *row[FEATURE:])

    # --- what is late, or comes again -----------------------------------------------------------------------------------

    def _late(self, key: int, stream: Stream, rows: list[Row], answer: Answer) -> None:
        self._open()
        self._flush()
        kept = self._rows(key, sorted({row[TIME] for row in rows}))
        added: dict[int, Row] = {}
        replaced: dict[int, Row] = {}
        for row in rows:
            time = row[TIME]
            was = kept.get(time)
            if was is not None and _same(was, row):
                answer.same += 1
                continue
            row = self._judged(stream, row, self._before(stream, key, time), 0)
            if row[QUALITY] < 0:
                row = (*row[:QUALITY], 0, *row[CHECKS:])
            kept[time] = row
            if was is None:
                added[time] = row
                answer.new += 1
            else:
                self._revise(was, "sent again", "")
                (added if time in added else replaced)[time] = row
                answer.changed += 1
            self._noted(row, was is not None)
            self._restand(key, row, was is None)
        self._pending += sorted(added.values())
        self._flush()
        self._replace(replaced.values())

    def _before(self, stream: Stream, key: int, time: int) -> float | None:
        """The number that precedes a late value; asked only where a check wants it."""
        if stream.checks.step is None:
            return None
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT time, number FROM sense_observation WHERE datastream_id = %s AND time < %s "
                "ORDER BY time DESC LIMIT 1",
                [key, time],
            )
            found = cursor.fetchone()
        if found is None or min(found[0], time) < self.seen.border:
            row = archive.last_before(self.seen, key, time)
            found = (time, row[NUMBER]) if row and (found is None or row[TIME] >= found[0]) else found
        return found[1] if found else None

    def _rows(self, key: int, times: Sequence[int]) -> dict[int, Row]:
        """The kept rows of a datastream at these times, in the table or in the archive."""
        border = self.seen.border
        return archive.rows_at(self.seen, key, times) | read_rows(key, [time for time in times if time >= border])

    def _replace(self, rows: Iterable[Row]) -> None:
        rows = list(rows)
        _update([row for row in rows if row[TIME] >= self.seen.border])
        self._beside([row for row in rows if row[TIME] < self.frozen], gone=False)

    def _delete(self, row: Row) -> None:
        _delete(row[0], row[TIME])
        if row[TIME] < self.frozen:
            self._beside([row], gone=True)

    def _beside(self, rows: Sequence[Row], *, gone: bool) -> None:
        """Keep rows of archived months, or that they went; what is left of them in the table goes."""
        if not rows:
            return
        self._change += 1
        with connection.cursor() as cursor:
            cursor.executemany(_LATE, [(*row, gone, self._change) for row in rows])
            left = [(row[0], row[TIME]) for row in rows if row[TIME] < self.seen.border]
            cursor.executemany("DELETE FROM sense_observation WHERE datastream_id = %s AND time = %s", left)

    def _revise(self, was: Row, why: str, who: str) -> None:
        self._revisions.append(
            (was[0], was[TIME], self.now, why, who, json.dumps(dict(zip(COLUMNS, was, strict=True))))
        )

    def _restand(self, key: int, row: Row, new: bool) -> None:
        """The standing after a value that is not the latest, or that replaces the latest."""
        stand = self._stands[key]
        assert stand is not None
        stand.count += new
        stand.first = min(stand.first, row[TIME])
        stand.end = max(stand.end, row[UNTIL] or row[TIME])
        result = row[RESULT_TIME] if row[RESULT_TIME] is not None else row[TIME]
        stand.first_result, stand.last_result = min(stand.first_result, result), max(stand.last_result, result)
        if row[TIME] == stand.last:
            if (stand.number, stand.text) != (row[NUMBER], row[TEXT]):
                stand.since = row[TIME]
            stand.number, stand.text, stand.mark, stand.quality = row[NUMBER], row[TEXT], row[MARK], row[QUALITY]

    # --- edits by people --------------------------------------------------------------------------------------------------

    def _edit(self, edit: Any, answer: Answer) -> None:
        """Delete, replace or judge one observation; the row as it was becomes a revision. One that is not there is an error."""
        key, time, who = edit["datastream"], edit["time"], str(edit.get("who") or "")
        why = str(edit.get("why") or edit["do"])[:200]
        self._know({key})
        self._open()
        self._flush()
        was = self._rows(key, [time]).get(time)
        stream = self._streams.get(key)
        if was is None or stream is None:
            answer.errors.append((0, 0, Fault.UNKNOWN))
            return
        if edit["do"] == "delete":
            self._revise(was, why, who)
            self._delete(was)
            answer.changed += 1
            self._noted(was, True)
            self._stands[key] = stand_of(key)
            return
        row: Row | str
        if edit["do"] == "judge":
            row = (*was[:QUALITY], int(Quality(edit["quality"])), was[CHECKS] | Check.PERSON, *was[FEATURE:])
        else:
            row = self._row(key, stream, edit["row"], False)
        if type(row) is str:
            answer.errors.append((0, 0, row))
            return
        assert type(row) is tuple
        moved = row[TIME] != time
        if moved and self._rows(key, [row[TIME]]):
            answer.errors.append((0, 0, Fault.TIME))
            return
        row = self._judged(stream, row, self._before(stream, key, row[TIME]), 0)
        self._revise(was, why, who)
        if moved:
            self._delete(was)
            self._pending.append(row)
            self._flush()
            self._touched.add((key, time // HOUR))
        else:
            self._replace([row])
        answer.changed += 1
        self._noted(row, True)
        self._stands[key] = stand_of(key)

    def _raw(self, frames: Iterable[Sequence[Any]]) -> None:
        """Keep frames as they came: (source, status, text in latin-1)."""
        self._frames += [
            (self.now, str(s)[:100], str(status)[:60], str(body).encode("latin-1")) for s, status, body in frames
        ]

    # --- the archive --------------------------------------------------------------------------------------------------------

    def _archive(self, order: Any, answer: Answer) -> None:
        """Orders of `archiving`: a month is about to be written to a file; or it is, and the file stands for it from now on."""
        self._open()
        self._flush()
        start, end = order["start"], order["end"]
        if order["do"] == "freeze":
            if start < self.seen.border or self._older(start):
                answer.errors.append((0, 0, Fault.TIME))
                return
            Archived.objects.get_or_create(start=start, defaults={"end": end, "at": self.now})
        else:
            told = {name: order[name] for name in ("file", "rows", "size", "sha256")}
            Archived.objects.update_or_create(start=start, defaults={"end": end, "at": self.now, **told})
            Late.objects.filter(time__gte=start, time__lt=end, change__lte=order["change"]).delete()
        answer.changed += 1
        change = self._change
        self._learn()
        self._change = max(change, self._change)  # a number is not given twice while somebody may hold the first

    def _older(self, start: int) -> bool:
        """Whether the table holds rows of a month before this one: that one goes first."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM sense_standing s WHERE s.first < %s AND EXISTS (SELECT 1 FROM sense_observation o WHERE "
                "o.datastream_id = s.datastream_id AND o.time >= %s AND o.time < %s) LIMIT 1",
                [start, self.seen.border, start],
            )
            return cursor.fetchone() is not None

    def clear(self, most: int = 20_000) -> int:
        """Delete rows from the table that an archived month holds, in a transaction of its own; how many."""
        if self._borders and not self._left:
            return 0
        with transaction.atomic():
            if not self._borders:
                self._learn()
            count = 0
            for month in Archived.objects.filter(cleared=False).exclude(file="").order_by("start"):
                for key in Standing.objects.filter(first__lt=month.end).order_by("pk").values_list("pk", flat=True):
                    count += _clear(key, month.end, most - count)
                    if count >= most:
                        return count
                Archived.objects.filter(pk=month.pk).update(cleared=True)
            self._left = False
        return count

    # --- the end of a commit ------------------------------------------------------------------------------------------------

    def _flush(self) -> None:
        if not self._pending:
            return
        if self.frozen > EARLIEST and any(row[TIME] < self.frozen for row in self._pending):
            self._beside([row for row in self._pending if row[TIME] < self.frozen], gone=False)
            self._pending = [row for row in self._pending if row[TIME] >= self.seen.border]
        if self._pending:
            _insert(self._pending)
            self._pending = []

    def _finish(self) -> None:
        """Write what is left: on PostgreSQL a few rows in one statement of several parts."""
        if self._plain():
            self._at_once()
            return
        gone = [(key,) for key in self._moved if self._stands[key] is None]
        adds = [(head, tail, list(rows)) for head, tail, rows in self._adds() if rows]
        few = self._few_at_the_end() and sum(len(rows) for _head, _tail, rows in adds) <= MANY
        if few and self._pending:
            adds.insert(0, (_ADD, "", self._pending))
            self._pending = []
        elif not few:
            self._open()
        self._flush()
        with connection.cursor() as cursor:
            if few and adds:
                texts = [
                    f"{head} VALUES {', '.join([_marks(rows[0])] * len(rows))} {tail}" for head, tail, rows in adds
                ]
                cursor.execute("; ".join(texts), [value for _h, _t, rows in adds for row in rows for value in row])
            for head, tail, rows in () if few else adds:
                cursor.executemany(f"{head} VALUES {_marks(rows[0])} {tail}", rows)
            if gone:
                cursor.executemany("DELETE FROM sense_standing WHERE datastream_id = %s", gone)

    def _plain(self) -> bool:
        """Whether all that ends a commit is a few numbers of PostgreSQL's, and where their datastreams stand now."""
        return bool(
            self._few_at_the_end()
            and self._pending
            and not (self._news or self._revisions or self._frames)
            and all(_rest(row) == _NOTHING and not row[MARK] for row in self._pending)
            and len(self._moved) <= MANY
            and all((s := self._stands[key]) is not None and s.text is None and not s.mark for key in self._moved)
        )

    def _at_once(self) -> None:
        """Write them by the statement that the server has planned already."""
        raw = connection.connection
        with connection.cursor() as cursor:
            if not getattr(raw, "_hanfeng_keep", False):
                cursor.execute(_PREPARE)
                raw._hanfeng_keep = True
            tables = map(_few, self._pending), self._stood(), sorted(self._touched)
            columns = [column for rows in tables for column in zip(*rows, strict=True)]
            cursor.execute(_EXECUTE, list(map(_listed, columns)))
        self._pending = []

    def _few_at_the_end(self) -> bool:
        """Whether what is pending may go with the rest: few rows, none of an archived month."""
        return connection.vendor != "sqlite" and len(self._pending) <= FEW and self.frozen == EARLIEST

    def _adds(self) -> Iterable[tuple[str, str, Collection[tuple[Any, ...]]]]:
        """Rows that end a commit, with what stands before and behind their values."""
        yield *_STAND, list(self._stood())
        yield (
            "INSERT INTO sense_touched (datastream_id, hour)", "ON CONFLICT DO NOTHING", sorted(self._touched)
        )  # fmt: skip
        yield "INSERT INTO sense_about (feature_id, datastream_id)", "ON CONFLICT DO NOTHING", sorted(self._news)
        yield 'INSERT INTO sense_revision (datastream_id, time, at, why, who, "row")', "", self._revisions
        yield "INSERT INTO sense_rawframe (received, source, status, body)", "", self._frames

    def _stood(self) -> Iterable[tuple[Any, ...]]:
        for key in sorted(self._moved):
            if (stand := self._stands[key]) is not None:
                yield key, *(getattr(stand, name) for name in STAND)

    def _looks(self) -> list[tuple[Watch, list[Kept]]]:
        """What each watch wants to see."""
        keys = frozenset(rows[0][0] for rows, _changed in self._kept)
        looks = []
        for watch in self.watches if keys else ():
            try:
                # a question that fails must not spoil what else the transaction holds
                with transaction.atomic() if connection.in_atomic_block else nullcontext():
                    wanted = watch.wants(keys)
            except Exception:
                self._failed(watch)
                continue
            kept = [
                Kept(row[0], row[TIME], row[NUMBER], row[TEXT], row[MARK], row[QUALITY], row[CHECKS], changed)
                for rows, changed in self._kept
                if rows[0][0] in wanted
                for row in rows
            ]
            if kept:
                looks.append((watch, kept))
        return looks

    def _watch(self, looks: Iterable[tuple[Watch, list[Kept]]]) -> None:
        """Call the watches; what one of them breaks is taken back, the observations stay."""
        for watch, kept in looks:
            try:
                with transaction.atomic():
                    watch.run(kept)
            except Exception:
                self._failed(watch)

    def _failed(self, watch: Watch) -> None:
        watch.forget()
        log.exception("The watch %s failed; the observations are kept", watch.name)


_NONE = (None,) * 9
_QUOTED = [f'"{name}"' for name in STAND]  # end is a word of PostgreSQL's own
_STAND = (
    f"INSERT INTO sense_standing (datastream_id, {', '.join(_QUOTED)})",
    f"ON CONFLICT (datastream_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _QUOTED)}",
)


def _groups(batch: Any) -> list[Any]:
    groups = batch.get("groups") if isinstance(batch, dict) else None
    return groups if isinstance(groups, list) else []


def _is_group(group: Any) -> bool:
    return isinstance(group, list) and len(group) >= 2 and type(group[0]) is int and isinstance(group[1], list)


def _is_column(group: Any) -> bool:
    """Whether a group is one of plain values: their times and numbers, each in a list."""
    return (
        isinstance(group, dict)
        and type(group.get("stream")) is int
        and isinstance(group.get("times"), list)
        and isinstance(group.get("numbers"), list)
        and len(group["times"]) == len(group["numbers"]) > 0
    )


def _checks(data: Any) -> Checks:
    """The checks of a datastream; what cannot be read is told in the log and checks nothing."""
    if not data:
        return NO_CHECKS
    try:
        return Checks.read(data)
    except (TypeError, ValueError, KeyError, AttributeError):
        log.warning("Checks that cannot be read: %r", data)
        return NO_CHECKS


def _whole(key: int, stream: Stream, time: int, number: float | None, row: Row, now: int) -> Row | str:
    """A row with more than time and number: (time, number, text, mark, quality, until, result time, feature, more)."""
    text, mark, quality, until, result_time, feature, more = row[2:9]
    if not (_is_json(text) and _is_json(more)):
        return Fault.TEXT
    if mark is not None and not (type(mark) is str and len(mark) <= 4 and "\0" not in mark):
        return Fault.TEXT
    if quality is not None and not (type(quality) is int and 0 <= quality <= max(Quality)):
        return Fault.FORM
    for moment in (until, result_time):
        if moment is not None and not (type(moment) is int and EARLIEST <= moment <= LATEST):
            return Fault.TIME
    if until is not None and until < time:
        return Fault.TIME
    if feature is not None and type(feature) is not int:
        return Fault.FORM
    verdict = -1 if quality is None else quality
    place = stream.feature if feature is None else feature
    return key, time, until, result_time, number, text, mark or "", verdict, 0, place, more, now


def _is_json(value: Any) -> bool:
    """Whether a text can be kept as JSON, or is absent."""
    if value is None:
        return True
    if type(value) is not str or len(value) > LONGEST_TEXT or "\0" in value:
        return False
    try:
        orjson.loads(value)
    except ValueError:
        return False
    return "\\u0000" not in value


def _same(was: Row, row: Row) -> bool:
    """Whether a value that comes again says nothing new. The moment it was sent at and our own verdict do not matter."""
    return (
        was[NUMBER] == row[NUMBER]
        and was[TEXT] == row[TEXT]
        and was[MARK] == row[MARK]
        and was[UNTIL] == row[UNTIL]
        and _same_json(was[MORE], row[MORE])
        and (row[QUALITY] < 0 or was[QUALITY] == row[QUALITY])
        and was[FEATURE] in (row[FEATURE], None)
    )


def _same_json(was: str | None, row: str | None) -> bool:
    return was == row or (was is not None and row is not None and json.loads(was) == json.loads(row))


def read_rows(key: int, times: Sequence[int]) -> dict[int, Row]:
    """The kept rows of a datastream at these times."""
    columns = ", ".join(f"o.{name}" for name in COLUMNS)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                f"SELECT {columns} FROM json_each(%s) j CROSS JOIN sense_observation o "
                "ON o.datastream_id = %s AND o.time = j.value",
                [json.dumps(times), key],
            )
        else:
            cursor.execute(
                f"SELECT {columns} FROM sense_observation o WHERE o.datastream_id = %s AND o.time = ANY(%s)",
                [key, list(times)],
            )
        return {row[TIME]: tuple(row) for row in cursor.fetchall()}


_VALUES = ", ".join(["%s"] * len(COLUMNS))
_INSERT = f"INSERT INTO sense_observation ({', '.join(COLUMNS)}) VALUES ({_VALUES})"
_LATE = (
    f"INSERT INTO sense_late ({', '.join(COLUMNS)}, gone, change) VALUES ({_VALUES}, %s, %s) "
    "ON CONFLICT (datastream_id, time) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in (*COLUMNS[2:], "gone", "change"))
)
# nearly all values are a number and no more; to bind the nothing of the other columns costs more than all the rest
_FEW = ("datastream_id", "time", "number", "mark", "quality", "checks", "feature_id", "received")
_few = itemgetter(*map(COLUMNS.index, _FEW))
_rest = itemgetter(*(i for i, name in enumerate(COLUMNS) if name not in _FEW))
_NOTHING = (None,) * (len(COLUMNS) - len(_FEW))
_INSERT_FEW = f"INSERT INTO sense_observation ({', '.join(_FEW)}) VALUES ({', '.join('?' * len(_FEW))})"
_ADD = f"INSERT INTO sense_observation ({', '.join(COLUMNS)})"
_KINDS = {"number": "float8[]", "mark": "text[]", "text": "text[]"}


def _from(first: int, names: Sequence[str]) -> str:
    kinds = [f"${n}::{_KINDS.get(name, 'bigint[]')}" for n, name in enumerate(names, first)]
    return f"SELECT * FROM unnest({', '.join(kinds)})"


def _listed(values: Iterable[Any]) -> str:
    """Numbers and empty texts as an array."""
    return "{" + ",".join(["NULL" if v is None else str(v) or '""' for v in values]) + "}"


_PREPARE = f"""PREPARE hanfeng_keep AS
    WITH o AS (INSERT INTO sense_observation ({", ".join(_FEW)}) {_from(1, _FEW)}),
    s AS ({_STAND[0]} {_from(1 + len(_FEW), ("datastream_id", *STAND))} {_STAND[1]})
    INSERT INTO sense_touched (datastream_id, hour) {_from(2 + len(_FEW) + len(STAND), ("datastream_id", "hour"))}
    ON CONFLICT DO NOTHING"""
_EXECUTE = f"EXECUTE hanfeng_keep ({', '.join(['%s'] * (len(_FEW) + 1 + len(STAND) + 2))})"
FEW = 20  # so many rows are inserted, more are copied
MANY = 200  # rows that end a commit in one statement


def _marks(row: Sequence[Any]) -> str:
    return f"({', '.join(['%s'] * len(row))})"


def _insert(rows: list[Row]) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            few, rest = [_few(row) for row in rows if _rest(row) == _NOTHING], [r for r in rows if _rest(r) != _NOTHING]
            connection.connection.executemany(_INSERT_FEW, few)
            connection.connection.executemany(_INSERT.replace("%s", "?"), rest)
        elif len(rows) <= FEW:
            places = ", ".join([f"({_VALUES})"] * len(rows))
            cursor.execute(f"{_ADD} VALUES {places}", [value for row in rows for value in row])
        else:
            with cursor.copy(f"COPY sense_observation ({', '.join(COLUMNS)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)


def _update(rows: Iterable[Row]) -> None:
    places = ", ".join(f"{name} = %s" for name in COLUMNS[2:])
    values = [(*row[2:], row[0], row[TIME]) for row in rows]
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE sense_observation SET {places} WHERE datastream_id = %s AND time = %s", values)


def _delete(key: int, time: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sense_observation WHERE datastream_id = %s AND time = %s", [key, time])


def _clear(key: int, end: int, most: int) -> int:
    """Delete the first rows of a datastream before a time; how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT time FROM sense_observation WHERE datastream_id = %s AND time < %s ORDER BY time LIMIT %s",
            [key, end, most],
        )
        times = cursor.fetchall()
        if times:
            cursor.execute("DELETE FROM sense_observation WHERE datastream_id = %s AND time <= %s", [key, times[-1][0]])
    return len(times)


def stand_of(key: int) -> Stand | None:
    """The standing of a datastream as its rows tell it, those in the archive too; None when there are none."""
    seen = archive.view()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), min(time), max(time), max(coalesce(until, time)), min(coalesce(result_time, time)), "
            "max(coalesce(result_time, time)) FROM sense_observation WHERE datastream_id = %s AND time >= %s",
            [key, seen.border],
        )
        count, *bounds = cursor.fetchone()
        last: Row | None = None
        if count:
            last = read_rows(key, [bounds[1]])[bounds[1]]
    for row in archive.all_of(seen, key, EARLIEST, seen.border):
        result = row[TIME] if row[RESULT_TIME] is None else row[RESULT_TIME]
        own = (row[TIME], row[TIME], row[TIME] if row[UNTIL] is None else row[UNTIL], result, result)
        bounds = [
            b if a is None else pick(a, b) for pick, a, b in zip((min, max, max, min, max), bounds, own, strict=True)
        ]
        count += 1
        if last is None or row[TIME] > last[TIME]:
            last = row
    if last is None:
        return None
    return Stand(count, *bounds, *(last[i] for i in (NUMBER, TEXT, MARK, QUALITY, TIME, RECEIVED)))
