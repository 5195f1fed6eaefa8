"""Seals: each minute the new events get a keyed Merkle root, in the database and in a file outside it."""

from __future__ import annotations

import hmac
import json
import os
import secrets
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from hanfeng.kernel.base.hashing import canonical, merkle_root

from .models import Event, Seal

MOST_EVENTS = 20_000  # sealing them holds the write lock: with more of them, longer than a writer should wait


def key_file() -> Path:
    """Where the sealing key is kept: made once, readable by its owner only. Move it off the machine for more safety."""
    return Path(settings.HOME) / "seal.key"


def log_file() -> Path:
    """The seals once more, outside the database: one JSON line each."""
    return Path(settings.HOME) / "seals.log"


def key() -> bytes:
    """The sealing key."""
    path = key_file()
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
    return bytes.fromhex(path.read_text().strip())


def line(seal: Seal) -> str:
    """A seal as the file keeps it."""
    return canonical({"seal": seal.pk, "count": seal.count, "root": seal.root, "prev": seal.prev, "mac": seal.mac})


def mac_of(*told: object) -> str:
    """The keyed digest of a seal: its count, its root, the digest of the seal before it, its time."""
    return hmac.new(key(), canonical(told).encode(), "sha256").hexdigest()


def proves(seal: Seal) -> bool:
    """Whether the key made this seal; the first ones of a site may lack their time."""
    told = (seal.count, seal.root, seal.prev)
    try:
        return seal.mac in (mac_of(*told, seal.at), mac_of(*told))
    except ValueError:  # what lies in the file of the key is none
        return False


def seal() -> Seal | None:
    """Seal the events that are not sealed yet; returns the seal, or None when there are none."""
    with transaction.atomic():
        _alone()
        last = Seal.objects.order_by("-pk").first()
        fresh = list(Event.objects.filter(seal=None).order_by("pk").values_list("pk", "hash")[:MOST_EVENTS])
        made = _make(fresh, last.mac if last else "") if fresh else None
    write_out()
    return made


def _alone() -> None:
    """Wait until nobody else seals: by the table, for the last row is another one when its lock comes free.

    On SQLite whoever is in a transaction that may write is alone.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {Seal._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")


def _make(fresh: list[tuple[int, str]], prev: str) -> Seal:
    root = merkle_root([stamp for _pk, stamp in fresh])
    now = timezone.now()
    made = Seal.objects.create(at=now, count=len(fresh), root=root, prev=prev, mac=mac_of(len(fresh), root, prev, now))
    keys = [pk for pk, _stamp in fresh]
    for start in range(0, len(keys), 500):
        Event.objects.filter(pk__in=keys[start : start + 500]).update(seal=made)
    return made


def write_out() -> None:
    """Append to the file the seals it lacks, so that a stop between commit and file loses none."""
    path = log_file()
    known = written()
    after = max(known, default=0)
    lines = [line(seal) + "\n" for seal in Seal.objects.filter(pk__gt=after).order_by("pk")]
    if lines:
        if path.exists() and not path.read_bytes().endswith(b"\n"):
            lines.insert(0, "\n")  # end the line that a stop tore off
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "w") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())


def written() -> dict[int, dict[str, object]]:
    """The seals in the file, by number. A torn last line (a stop while writing) is left out and written again."""
    found: dict[int, dict[str, object]] = {}
    if log_file().exists():
        for text in log_file().read_text().splitlines():
            try:
                entry = json.loads(text)
            except ValueError:
                continue
            if isinstance(entry, dict) and isinstance(entry.get("seal"), int):
                found[entry["seal"]] = entry
    return found
