"""Moving old months of observations out of the table into Parquet files. The heavy part runs beside the writer.

A month goes in steps, each of which may be the last before a kill: the writer is told that it is being written (from then
on it notes changes of the month in `sense_late` too); its rows are written under a temporary name, synced, read back and
renamed; the writer commits that the file stands for them; then it deletes them from the table, a little in each quiet
moment. What a kill leaves is an unfinished file that the next run deletes, or rows that stand in both places and are read
once. Months with late changes are written anew in the same way.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext as _

from hanfeng.kernel.base.parameter import NoParameter
from hanfeng.kernel.job.models import Job
from hanfeng.kernel.job.run import JobKind, Run, start
from hanfeng.kernel.rule.parameters import parameter

from . import archive
from .archive import COLUMNS, EARLIEST, Month, Row
from .client import send
from .models import Archived, Late, Standing

MONTHS = "sense.months-in-table"
GROUP = 50_000  # rows of a row group
OLD = 2 * 86400  # seconds for which a file that was replaced is kept for those who read it, a backup for one
HOUR = 3_600_000


class Done(NamedTuple):
    """A month that was written: its name, how many values, how many bytes; `again`: it was in the archive before."""

    month: str
    rows: int
    size: int
    again: bool


class Held(Exception):
    """Another run holds the archive."""


def month_of(moment: int) -> tuple[int, int]:
    """The local month of a moment, half open, in milliseconds since 1970 UTC, cut at whole hours as the aggregates are."""
    zone = timezone.get_default_timezone()
    at = datetime.fromtimestamp(moment // HOUR * 3600, zone)
    first = at.replace(day=1, hour=0, minute=0)
    after = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    start, end = (int(edge.timestamp()) // 3600 * HOUR for edge in (first, after))
    return start, end


def name_of(start: int) -> str:
    """2026-03."""
    return datetime.fromtimestamp(start / 1000 + 3600, timezone.get_default_timezone()).strftime("%Y-%m")


def cut(months: int, now: datetime) -> int:
    """Before which moment values leave the table when so many whole months stay beside the running one. At least one."""
    zone = timezone.get_default_timezone()
    first = now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    back = first.year * 12 + first.month - 1 - max(1, months)
    return int(first.replace(year=back // 12, month=back % 12 + 1).timestamp()) // 3600 * HOUR


@contextmanager
def _alone() -> Iterator[Path]:
    """Be the one run of this site. Raises Held."""
    place = archive.folder()
    (place / "old").mkdir(parents=True, exist_ok=True)
    handle = os.open(place / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as held:
            raise Held(_("The archive is being written already.")) from held
        yield place
    finally:
        os.close(handle)


Tell = Callable[[str, int], object]
"""Is told the month that is being written, and how many values of it are."""


def run(months: int, now: datetime | None = None, tell: Tell = lambda month, rows: None) -> list[Done]:
    """Archive every whole month before the last `months`, and fold late changes into those archived. Again = nothing.

    Raises Lacking without the extra, Held when another run is at it, NotKept when no writer answers.
    """
    for name in ("pyarrow", "duckdb"):
        archive.library(name)
    border, done = cut(months, now or timezone.now()), []
    with _alone() as place:
        tidy(place)
        for month, again in chain(_changed(), _due(border)):  # looked for one by one, as the border moves
            done.append(_month(place, month, again, tell))
        if done:
            manifest(place)
    return done


def tidy(place: Path) -> None:
    """Delete what a killed run left, and replaced files that nobody reads any more."""
    known = set(Archived.objects.values_list("file", flat=True))
    for path in place.glob("*.parquet"):
        if path.name not in known:
            _put_by(place, path.name)
    for path in place.glob(".*.part"):
        path.unlink()
    for path in (place / "old").glob("*.parquet"):
        if path.name not in known and path.stat().st_mtime < time.time() - OLD:
            path.unlink()
    for month in Archived.objects.exclude(file=""):  # replaced and killed before the move, or restored from a backup
        if not (place / month.file).exists() and (place / "old" / month.file).exists():
            (place / "old" / month.file).rename(place / month.file)


def _put_by(place: Path, file: str) -> None:
    """Lay a file among the old, from now on for OLD seconds."""
    os.utime(place / file)
    os.replace(place / file, place / "old" / file)


def manifest(place: Path) -> None:
    """Write which files there are for programs that read them without us; the table of the site is what counts."""
    months = [
        {"month": name_of(row.start), "file": row.file, "rows": row.rows, "bytes": row.size, "sha256": row.sha256}
        for row in Archived.objects.exclude(file="").order_by("start")
    ]
    draft = place / ".manifest.part"
    draft.write_text(json.dumps({"columns": list(COLUMNS), "months": months}, indent=1), encoding="utf-8")
    draft.replace(place / "manifest.json")


def _changed() -> Iterator[tuple[Month, bool]]:
    """Archived months that late values have changed, or made: older ones than the first may come."""
    seen, at = archive.view(), EARLIEST
    known = {month.start: month for month in seen.months}
    while (first := Late.objects.filter(time__gte=at, time__lt=seen.border).aggregate(t=Min("time"))["t"]) is not None:
        start, at = month_of(first)
        yield known.get(start, Month(start, at, "")), True


def _due(border: int) -> Iterator[tuple[Month, bool]]:
    """The months in the table that are over and old enough, the oldest first; each is looked for when the one before is done."""
    while True:
        first = _first(archive.view().border)
        if first is None:
            return
        start, end = month_of(first)
        if end > border:
            return
        yield Month(start, end, ""), False


def _first(border: int) -> int | None:
    """The first moment in the table from the border on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min((SELECT min(o.time) FROM sense_observation o WHERE o.datastream_id = s.datastream_id "
            "AND o.time >= %s)) FROM sense_standing s",
            [border],
        )
        found: int | None = cursor.fetchone()[0]
    return found


def _month(place: Path, month: Month, again: bool, tell: Tell) -> Done:
    order = {"start": month.start, "end": month.end}
    if not again:
        _order({**order, "do": "freeze"})
    change = Late.objects.filter(time__gte=month.start, time__lt=month.end).aggregate(last=Max("change"))["last"] or 0
    draft = place / f".{name_of(month.start)}.part"
    rows = _write(draft, _archived(month) if again else _in_table(month), partial(tell, name_of(month.start)))
    size, digest = draft.stat().st_size, _digest(draft)
    file = f"{name_of(month.start)}.{digest[:12]}.parquet"
    if file != month.file:
        os.replace(draft, place / file)
    draft.unlink(missing_ok=True)
    _sync(place)
    _order({**order, "do": "seal", "file": file, "rows": rows, "size": size, "sha256": digest, "change": change})
    if month.file and month.file != file:
        _put_by(place, month.file)
    return Done(name_of(month.start), rows, size, again)


def _order(order: dict[str, Any]) -> None:
    answer = send({"archive": order}, again=order["do"] == "seal")
    if not answer["changed"]:
        raise Held(_("Values of an older month came while a month was being archived; run it again."))


def _in_table(month: Month) -> Iterator[Row]:
    """The rows of a month in the table; while it is frozen every change is noted beside it as well."""
    names = ", ".join(COLUMNS)
    for key in Standing.objects.filter(first__lt=month.end).order_by("pk").values_list("pk", flat=True):
        after = month.start - 1
        while True:
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT {names} FROM sense_observation WHERE datastream_id = %s AND time > %s AND time < %s "
                    "ORDER BY time LIMIT %s",
                    [key, after, month.end, GROUP],
                )
                rows = cursor.fetchall()
            yield from rows
            if len(rows) < GROUP:
                break
            after = rows[-1][1]


def _archived(month: Month) -> Iterator[Row]:
    """The rows of a month as they are read: its file with what is late."""
    seen = archive.view()
    keys = list(Standing.objects.order_by("pk").values_list("pk", flat=True))
    for rows in archive.scan(seen, keys, month.start, month.end, chunk=GROUP):
        yield from rows


def _write(path: Path, rows: Iterable[Row], tell: Callable[[int], object]) -> int:
    """Write rows to a file, have it on the disk, read it back; how many. Raises OSError when what is read is not the same."""
    arrow, parquet = archive.library("pyarrow"), archive.library("pyarrow.parquet")
    whole, small, text = arrow.int64(), arrow.int16(), arrow.string()
    kinds = (whole, whole, whole, whole, arrow.float64(), text, text, small, small, whole, text, whole)
    schema = arrow.schema([*zip(COLUMNS, kinds, strict=True)])
    count = times = 0
    with path.open("wb") as file:
        tell(0)
        with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            for group in _groups(rows):
                columns = [
                    arrow.array(column, kind) for column, kind in zip(zip(*group, strict=True), kinds, strict=True)
                ]
                writer.write_table(arrow.Table.from_arrays(columns, schema=schema), row_group_size=GROUP)
                count, times = count + len(group), times + sum(row[1] for row in group)
                tell(count)
        file.flush()
        os.fsync(file.fileno())
    quoted = str(path).replace("'", "''")
    told = (
        archive.duck()
        .execute(f"SELECT count(*), coalesce(sum(time::HUGEINT), 0) FROM read_parquet('{quoted}')")
        .fetchone()
    )
    if (int(told[0]), int(told[1])) != (count, times):
        raise OSError(f"{path} does not hold what was written to it")
    return count


def _groups(rows: Iterable[Row]) -> Iterator[list[Row]]:
    group: list[Row] = []
    for row in rows:
        group.append(row)
        if len(group) == GROUP:
            yield group
            group = []
    if group:
        yield group


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- by itself ----------------------------------------------------------------------------------------------------------


def months_kept() -> int:
    """How many whole months stay in the table beside the running one; 0: nothing is archived by itself."""
    try:
        return int(parameter(MONTHS).value)
    except NoParameter:
        return 13


def _by_worker(job: Run) -> None:
    job.step(0)
    done = run(months_kept(), tell=lambda month, rows: job.step(rows, message=month))
    job.step(sum(one.rows for one in done), message=", ".join(one.month for one in done))


ARCHIVE = JobKind("sense.archive", _by_worker)


def look(now: datetime) -> None:
    """Start the archiving of what is due as a long job, on a site that has the extra and wants it."""
    months = months_kept()
    if not months or not all(find_spec(name) for name in ("duckdb", "pyarrow")):
        return
    if Job.objects.filter(kind=ARCHIVE.name, state__in=(Job.State.WAITING, Job.State.RUNNING)).exists():
        return
    border, first = cut(months, now), _first(archive.view().border)
    if (first is not None and month_of(first)[1] <= border) or any(True for _month in _changed()):
        start(ARCHIVE, None, _("Archive of old observations"))


def damaged() -> list[str]:
    """Archived months whose file is missing or not what was written, in words."""
    found = []
    for row in Archived.objects.exclude(file="").order_by("start"):
        try:
            good = _digest(archive.path_of(row.file)) == row.sha256
        except FileNotFoundError:
            found.append(_("The archive of {month} is missing: {file}").format(month=name_of(row.start), file=row.file))
            continue
        if not good:
            found.append(_("The archive of {month} is damaged: {file}").format(month=name_of(row.start), file=row.file))
    return found
