"""What of HOME belongs in a backup: the one list, and what is left out because it is made again."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

SEALS = "seals.log"
KEYS = ("seal.key", "secret.key", "demo-accounts.txt", "identity.toml")  # secrets: left out with --no-keys
FOLDERS = ("files", "jobs", "sheets", "archive")  # archive: old months of observations
DATABASE = "hanfeng.sqlite3"
LOG = "watch.sqlite3"  # who read, took out, came in: on SQLite a file of its own
SESSIONS = "sessions.sqlite3"  # who is signed in now: nobody is after a restore
SHELF = "backups"
MADE_AGAIN = frozenset({
    "static", "static.stamp", "assets", "up.lock", "worker.beat", SHELF,
    "administrators.txt",  # first passwords: to be handed over and deleted, never kept
    *(f"{name}{end}" for name in (DATABASE, LOG, SESSIONS) for end in ("", "-wal", "-shm", "-journal")),
    "rest.sqlite3", "rest.sqlite3-wal", "rest.sqlite3-shm",  # how often clients called in this minute
})  # fmt: skip


def files(home: Path) -> Iterator[Path]:
    """The files of the kept folders in order, without links and without what is being written at this moment."""
    for folder in FOLDERS:
        for path in sorted((home / folder).rglob("*")):
            if path.is_file() and not path.is_symlink() and not path.name.startswith((".", "tmp")):
                yield path


def strangers(home: Path) -> list[str]:
    """What lies in HOME and is neither kept nor made again: nobody has said what to do with it."""
    known = {*MADE_AGAIN, *KEYS, *FOLDERS, SEALS}
    return sorted(p.name for p in home.iterdir() if p.name not in known and not p.name.startswith("."))


def fingerprint(key: Path) -> str:
    """A short digest by which a key is known again without being told; empty when it is not there."""
    if not key.exists():
        return ""
    return sha256(b"hanfeng key fingerprint\0" + key.read_bytes().strip()).hexdigest()[:16]
