"""Making a backup: one consistent state of the database, then what belongs to it, checked before it gets its name."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any

from hanfeng.site.commands.terminal import Refused, _

from . import archive, contents, facts, postgres, sqlite

Tell = Callable[[str, int, int], object]
"""Is told the stage, how much of it is done, and of how much; the unit is the stage's own."""


def quiet(stage: str, done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Made:
    """A backup that lies complete under its name: where, how large, its digest, what it says, what was amiss at home."""

    path: Path
    size: int
    sha256: str
    about: dict[str, Any]
    faults: list[str]

    def row(self) -> dict[str, Any]:
        """The backup as JSON tells it."""
        return {**told(self.path, self.size, self.about), "sha256": self.sha256, "faults": self.faults}


def told(path: Path, size: int, about: dict[str, Any]) -> dict[str, Any]:
    """What one wants to know of a backup at a glance."""
    rows = about["database"]["rows"]
    return {
        "file": str(path),
        "size": size,
        "made_at": about["made_at"],
        "reason": about["reason"],
        "hanfeng": about["hanfeng"],
        "county": about["county"],
        "engine": about["database"]["engine"],
        "keys": about["keys"]["included"],
        "events": rows.get("record_event", 0),
        "seals": rows.get("record_seal", 0),
        "attachments": rows.get("record_attachment", 0),
    }


@dataclass
class _Taken:
    """The database as taken: the member, what it holds, which attachments it names."""

    path: Path
    facts: dict[str, Any]
    attachments: set[str] = field(default_factory=set)


def make(home: Path, target: Path, *, reason: str = "asked", keys: bool = True, tell: Tell = quiet) -> Made:
    """Back up the site of Django's settings to a file that is not there yet. Raises Refused.

    Whatever happens on the way, the name holds a whole and verified backup or nothing.
    """
    if target.exists():
        raise Refused(_("{file} is there already; a backup overwrites nothing.").format(file=target))
    try:
        with drafts(target) as folder:
            return _make(home, target, folder, reason, keys, tell)
    except (OSError, sqlite3.Error) as failure:
        raise Refused(_("The backup was not made: {why}").format(why=failure)) from failure


@contextmanager
def drafts(target: Path) -> Iterator[Path]:
    """A private folder beside the target for what is being made; those that dead processes left behind are removed."""
    for left in target.parent.glob(".*.part"):
        ours = left.name.startswith((".hanfeng-", f".{target.name}."))
        if ours and not _alive(left.name.split(".")[-2]):
            shutil.rmtree(left, ignore_errors=True)
    folder = target.with_name(f".{target.name}.{os.getpid()}.part")
    folder.mkdir(mode=0o700, parents=False)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def _make(home: Path, target: Path, folder: Path, reason: str, keys: bool, tell: Tell) -> Made:
    logged = _length(home / contents.SEALS)  # before the database: what stands there now, its seals must answer for
    taken = _database(folder, tell)
    log = _log(home / contents.LOG, folder / contents.LOG)
    seals = _seals(home / contents.SEALS, folder / contents.SEALS, logged, taken.facts["last_seal"])
    made_at = datetime.now(UTC)
    about = _about(home, taken, made_at, reason, keys)
    draft = folder / target.name
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        writer = archive.Writer(file, about, int(made_at.timestamp()))
        faults = _fill(writer, home, taken, [kept for kept in (seals, log) if kept], keys, tell)
        writer.close(faults)
        file.flush()
        os.fsync(file.fileno())
    size = draft.stat().st_size
    read = Sum(_("Verifying"), size, tell)
    verified = archive.verify(draft, read)
    _publish(draft, target)
    return Made(target, size, verified.sha256, verified.about, faults)


def _publish(draft: Path, target: Path) -> None:
    """Give the finished file its name; after a power cut it has it still, or not at all."""
    if target.exists():
        raise Refused(_("{file} is there already; a backup overwrites nothing.").format(file=target))
    draft.rename(target)
    sync(target.parent)


def sync(folder: Path) -> None:
    """Have the names in a folder on disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Sum:
    """Adds up the bytes of a stage and tells the sum."""

    def __init__(self, stage: str, total: int, tell: Tell) -> None:
        self._stage, self._total, self._tell, self.done = stage, total, tell, 0
        tell(stage, 0, total)

    def __call__(self, more: int) -> None:
        self.done += more
        self._tell(self._stage, self.done, max(self._total, self.done))


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _database(folder: Path, tell: Tell) -> _Taken:
    from django.conf import settings

    database: dict[str, Any] = settings.DATABASES["default"]
    if "sqlite3" in database["ENGINE"]:
        return _sqlite(Path(database["NAME"]), folder / "database.sqlite3", tell)
    return _postgres(postgres.of_settings(database), folder / "database.dump", tell)


def _sqlite(source: Path, target: Path, tell: Tell) -> _Taken:
    if not source.exists():
        raise Refused(_("There is no database {file}. Has `hanfeng up` run here?").format(file=source))
    _require_room(target.parent, 2 * source.stat().st_size)
    sqlite.copy(source, target, lambda done, total: tell(_("Database"), done, total))
    with sqlite.Copy(target) as kept:
        held = {"engine": "sqlite", "version": sqlite3.sqlite_version, **kept.facts()}
        return _Taken(target, held, facts.attachments(kept.ask, kept.tables()))


def _log(source: Path, target: Path) -> Path | None:
    """The log of access and security, taken after the records: it may tell more than they, never less."""
    if not source.exists():
        return None
    sqlite.copy(source, target, lambda done, total: None)
    return target


def _postgres(server: postgres.Server, target: Path, tell: Tell) -> _Taken:
    with server.opened() as connection:
        total = int(connection.execute("SELECT pg_database_size(current_database())").fetchone()[0])
        held = {"engine": "postgresql", "version": str(postgres.major(connection)), **postgres.facts_of(connection)}
        named = postgres.attachments_of(connection)
        postgres.dump(server, connection, target, lambda done: tell(_("Database"), min(done, total), total))
        tell(_("Database"), total, total)
    return _Taken(target, held, named)


def _require_room(folder: Path, size: int) -> None:
    """Refuse early what cannot end well: the copy and the file made of it must fit beside one another."""
    free = shutil.disk_usage(folder).free
    if free < size:
        text = _("{folder} has {free} MB free; the backup may need {size} MB.")
        raise Refused(text.format(folder=folder.parent, free=free >> 20, size=(size >> 20) + 1))


def _seals(log: Path, target: Path, before: int, last: dict[str, Any] | None) -> Path | None:
    """The seals outside the database as far as the copied state knows them.

    Lines that stood there before the copy all stay, also those the database cannot answer for: they are evidence. Of
    those appended since, the ones that cover later events are left to the next backup.
    """
    if not log.exists():
        return None
    known, place = (last or {}).get("id", 0), 0
    with log.open("rb") as source, target.open("wb") as kept:
        for line in source:
            if place < before or _number(line) <= known:
                kept.write(line)
            place += len(line)
    return target


def _number(line: bytes) -> float:
    """The number of the seal in a line; infinite for a line that is still being written."""
    try:
        return int(json.loads(line)["seal"])
    except (ValueError, KeyError, TypeError):
        return float("inf")


def _about(home: Path, taken: _Taken, made_at: datetime, reason: str, keys: bool) -> dict[str, Any]:
    from django.conf import settings

    from hanfeng.site.frame import county

    card = county()
    return {
        "made_at": made_at.isoformat(timespec="seconds"),
        "reason": reason,
        "hanfeng": version("hanfeng"),
        "django": version("django"),
        "python": sys.version.split()[0],
        "county": {
            "folder": Path(settings.COUNTY).name,
            "name": card.get("name", ""),
            "name_en": card.get("name_en", ""),
        },
        "database": {"member": taken.path.name, **taken.facts},
        "demo": (home / "demo-accounts.txt").exists(),
        "keys": {"included": keys, **{name: contents.fingerprint(home / name) for name in contents.KEYS[:2]}},
    }


def _fill(writer: archive.Writer, home: Path, taken: _Taken, copies: list[Path], keys: bool, tell: Tell) -> list[str]:
    """Add every member, `copies` are of files in use; what is amiss with the attachments, in words."""
    kept = list(contents.files(home))
    count = Sum(_("Writing"), taken.path.stat().st_size + sum(path.stat().st_size for path in kept), tell)
    writer.add_file(taken.path.name, taken.path, count)
    taken.path.unlink()  # its room may be needed for the rest
    for copy in copies:
        writer.add_file(f"home/{copy.name}", copy, count)
    for name in contents.KEYS if keys else ():
        if (home / name).exists():
            data = (home / name).read_bytes()
            writer.add(f"home/{name}", BytesIO(data), len(data))
    faults, missing = [], set(taken.attachments)
    for path in kept:
        name = path.relative_to(home).as_posix()
        if not archive.safe(f"home/{name}"):
            faults.append(_("{name} is left out: its name cannot be kept").format(name=repr(name)))
            continue
        digest = writer.add_file(f"home/{name}", path, count)
        if path.name in missing and digest != path.name:
            faults.append(_("the attachment {name} is not what was attached").format(name=name))
        missing.discard(path.name)
    return faults + [_("the attachment {name} is missing").format(name=name) for name in sorted(missing)]
