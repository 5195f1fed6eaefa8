"""HOME/backups: where backups lie that nobody gave another place, what they are called, which ones are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hanfeng.site.commands.terminal import Refused, _

from . import archive, contents
from .make import Made, Tell, make, quiet, told

ASKED, MIGRATION, NIGHTLY = "asked", "before-migration", "nightly"
NAME = re.compile(r"hanfeng-(\d{8}T\d{6}Z)(?:-(\d+))?-([a-z-]+)\.tar\.gz")


def folder(home: Path) -> Path:
    """Where they lie, made for its owner only."""
    path = home / contents.SHELF
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as failure:
        raise Refused(_("The folder {path} cannot be made: {why}").format(path=path, why=failure.strerror)) from failure
    return path


def name(at: datetime, reason: str, number: int = 1) -> str:
    """What a backup is called: its time in UTC and why it was made."""
    return f"hanfeng-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}{f'-{number}' if number > 1 else ''}-{reason}.tar.gz"


def free_name(place: Path, reason: str) -> Path:
    """A name that nothing in a folder has."""
    at, number = datetime.now(UTC), 1
    while (place / name(at, reason, number)).exists():
        number += 1
    return place / name(at, reason, number)


def put(home: Path, reason: str, *, keys: bool = True, most: int = 0, tell: Tell = quiet) -> Made:
    """Make a backup here; of those made for the same reason only the newest `most` stay (0: all)."""
    made = make(home, free_name(folder(home), reason), reason=reason, keys=keys, tell=tell)
    if most > 0:
        for old in sorted(lying(home, reason), key=place)[:-most]:
            old.unlink(missing_ok=True)
    return made


def lying(home: Path, reason: str | None = None) -> Iterator[Path]:
    """The backups that lie here, of one reason or of all; drafts are none."""
    for path in (home / contents.SHELF).glob("hanfeng-*.tar.gz"):
        match = NAME.fullmatch(path.name)
        if match and reason in (None, match[3]):
            yield path


def place(path: Path) -> tuple[str, int]:
    """Where a backup stands among the others: its time, and its number within the second."""
    match = NAME.fullmatch(path.name)
    return (match[1], int(match[2] or 1)) if match else ("", 0)


def newest(home: Path, reason: str) -> datetime | None:
    """When the newest backup of a reason was begun, by its name."""
    stamps = [place(path)[0] for path in lying(home, reason)]
    return datetime.strptime(max(stamps), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if stamps else None


def listed(home: Path) -> list[dict[str, Any]]:
    """What each backup here says of itself, the newest first; one that cannot be read says why."""
    return [_row(path) for path in sorted(lying(home), key=place, reverse=True)]


def _row(path: Path) -> dict[str, Any]:
    size = path.stat().st_size
    try:
        return {**told(path, size, archive.about(path)), "error": ""}
    except (Refused, KeyError, TypeError) as failure:
        return {"file": str(path), "size": size, "error": getattr(failure, "message", str(failure))}
