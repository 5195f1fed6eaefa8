"""Restoring a backup into an empty HOME, wholly or not at all. Loads no Django: its settings write to HOME."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hanfeng.site.commands.terminal import Refused, _

from . import archive, contents, postgres, sqlite
from .make import Sum, Tell, quiet, sync

DRAFT = ".restoring"  # lies in HOME from the first byte to the last; `up` does not start while it is there


@dataclass(frozen=True)
class Keys:
    """Where the keys come from when the backup has none: a folder that holds them, or new ones."""

    folder: Path | None = None
    new: bool = False


def restore(
    file: Path, home: Path, address: str = "", keys: Keys | None = None, tell: Tell = quiet
) -> archive.Verified:
    """Restore a file into a HOME; `address` is HANFENG_DATABASE. Raises Refused before anything is written, if it can."""
    keys = keys or Keys()
    require_empty(home)
    about = archive.about(file)
    require_fitting(about, address)
    require_keys(about, keys)
    found = archive.verify(file, Sum(_("Verifying"), file.stat().st_size, tell))
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    home.chmod(0o700)
    draft = home / DRAFT
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    try:
        _unpack(file, draft, found, tell)
        _place_keys(draft / "home", found.about, keys)
        require_known(draft / "home", found.about)
        _fill(draft, found.about, address, tell)
    except OSError as failure:
        shutil.rmtree(draft, ignore_errors=True)
        raise Refused(_("The backup was not restored: {why}").format(why=failure)) from failure
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    _move(draft, home)
    return found


def require_empty(home: Path) -> None:
    """Refuse a folder that holds anything but what a restore that was stopped left there."""
    if home.exists() and not home.is_dir():
        raise Refused(_("{path} is not a folder.").format(path=home))
    lying = sorted(p.name for p in home.iterdir() if p.name != DRAFT) if home.exists() else []
    if lying:
        text = _(
            "{path} is not empty ({names}). A backup is restored into an empty folder only: name another with --home."
        )
        raise Refused(text.format(path=home, names=", ".join(lying[:5])))


def require_fitting(about: dict[str, Any], address: str) -> None:
    """Refuse what this Hanfeng or this database cannot take: a newer version, the other kind of database."""
    if _numbers(about["hanfeng"]) > _numbers(version("hanfeng")):
        text = _("The backup was made by Hanfeng {theirs}; this is {ours}. Restore it with {theirs} or newer.")
        raise Refused(text.format(theirs=about["hanfeng"], ours=version("hanfeng")))
    engine = about["database"]["engine"]
    if engine == "sqlite" and address:
        text = _("The backup holds a SQLite database, but HANFENG_DATABASE names a PostgreSQL server.")
        mend = _("Unset it: a restore does not change the kind of database.")
        raise Refused(f"{text} {mend}")
    if engine == "postgresql" and not address:
        text = _("The backup holds a PostgreSQL database.")
        mend = _("Name an empty one in HANFENG_DATABASE (postgresql://user:password@host:port/name) and restore again.")
        raise Refused(f"{text} {mend}")
    if engine not in {"sqlite", "postgresql"}:
        raise Refused(_("The backup holds a database of a kind unknown here: {engine}").format(engine=engine))


def _numbers(text: str) -> tuple[int, ...]:
    """1.10.0 as (1, 10, 0); what follows the numbers does not count."""
    parts = []
    for part in text.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        parts.append(int(digits))
    return tuple(parts)


def require_keys(about: dict[str, Any], keys: Keys) -> None:
    """Refuse a backup without keys unless the same keys are at hand, or new ones are wanted knowingly."""
    told = about["keys"]
    if told["included"] or keys.new or not told.get("seal.key"):
        return
    if keys.folder is None:
        text = _("The backup was made without its keys. Name the folder that holds seal.key with --keys;")
        mend = _("or take --new-keys, after which earlier seals can no longer be proved.")
        raise Refused(f"{text} {mend}")
    if contents.fingerprint(keys.folder / "seal.key") != told["seal.key"]:
        raise Refused(_("The seal.key in {folder} is not the one that sealed this backup.").format(folder=keys.folder))


def _place_keys(home: Path, about: dict[str, Any], keys: Keys) -> None:
    if keys.folder is not None and not about["keys"]["included"]:
        for name in contents.KEYS[:2]:
            if (keys.folder / name).exists():
                _private(home / name, (keys.folder / name).read_bytes())
    if about.get("demo") and not (home / "demo-accounts.txt").exists():
        _private(home / "demo-accounts.txt", b"")  # that it is a demo site is told on each page by this file


def _private(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _unpack(file: Path, draft: Path, found: archive.Verified, tell: Tell) -> None:
    """Write the members below the draft folder, once more under their checksums: the file may have changed since."""
    told = {m["name"]: m for m in found.manifest["members"]}
    count = Sum(_("Unpacking"), sum(int(m["size"]) for name, m in told.items() if name != archive.ABOUT), tell)
    (draft / "home").mkdir(mode=0o700)
    with file.open("rb") as source:
        for name, _size, content in archive.members(file, source):
            if name in {archive.ABOUT, archive.MANIFEST}:
                continue
            counted = archive.Counted(content, count)
            write(draft, name, counted)
            if counted.sha256 != told.get(name, {}).get("sha256"):
                raise archive.Damaged(_("{file} changed while it was read.").format(file=file))


def write(folder: Path, name: str, content: archive.Source) -> None:
    """Write one member below a folder, as a new file and through no link. Its name has been found safe."""
    path = folder / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        while block := content.read(archive.BLOCK):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())


def require_known(home: Path, about: dict[str, Any]) -> None:
    """Refuse a database with migrations this installation does not have: a newer version, or a pack that is not here.

    Asked in a process of its own whose HOME is the draft, since the settings write there.
    """
    environment = {**os.environ, "HANFENG_HOME": str(home), "HANFENG_DATABASE": ""}
    done = subprocess.run(
        [sys.executable, "-m", "hanfeng.site.backup.probe"],
        input=json.dumps(about["database"]["migrations"]),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    shutil.rmtree(home / "assets", ignore_errors=True)
    if done.returncode:
        raise Refused(_("The packs of this site could not be read: {why}").format(why=done.stderr.strip()))
    unknown = json.loads(done.stdout)
    if unknown:
        text = _("The backup comes from a newer Hanfeng or one with other packs; this one does not know: {names}")
        raise Refused(text.format(names=", ".join(unknown[:5])))


def _fill(draft: Path, about: dict[str, Any], address: str, tell: Tell) -> None:
    """Put the database in its place and compare what it holds with what the backup says."""
    told = about["database"]
    if told["engine"] == "sqlite":
        path = draft / "database.sqlite3"
        with sqlite.Copy(path) as kept:
            _compare(told, kept.facts())
        path.rename(draft / "home" / contents.DATABASE)
        return
    server = postgres.of_address(address)
    with server.opened() as connection:
        postgres.require_empty(connection)
        number = postgres.major(connection)
    tell(_("Database"), 0, 1)
    postgres.restore(server, number, draft / "database.dump")
    tell(_("Database"), 1, 1)
    with server.opened() as connection:
        _compare(told, postgres.facts_of(connection))


def _compare(told: dict[str, Any], held: dict[str, Any]) -> None:
    """A database must hold what the backup says it held. Raises Damaged with the first difference."""
    kept = json.loads(json.dumps(held))
    for name in ("rows", "migrations", "last_event", "last_seal"):
        if kept[name] != told[name]:
            raise archive.Damaged(_("The restored database is not the one backed up: {name} differ.").format(name=name))


def _move(draft: Path, home: Path) -> None:
    """Everything to its place, the database last; then the draft goes, and `up` may start."""
    names = sorted((p.name for p in (draft / "home").iterdir()), key=lambda name: name == contents.DATABASE)
    for name in names:
        (draft / "home" / name).rename(home / name)
    sync(home)
    shutil.rmtree(draft)
    sync(home)
