"""Around a migration of a site that has data: a backup before, and the database put back should it fail."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hanfeng.site.commands.terminal import Refused, _

from . import archive, postgres, restore, shelf, sqlite
from .make import Made, Tell, drafts, quiet


@contextmanager
def guarded(home: Path, tell: Tell = quiet) -> Iterator[Made]:
    """Back up, let the block migrate; when it raises, put the database back and raise Refused with the reason."""
    from django.conf import settings

    made = shelf.put(home, shelf.MIGRATION, most=settings.BACKUPS_KEPT, tell=tell)
    try:
        yield made
    except Exception as failure:
        why = getattr(failure, "message", None) or f"{type(failure).__name__}: {failure}"
        text = _("The tables could not be brought up to date: {why}").format(why=str(why).strip())
        try:
            put_back(made.path)
        except Exception as second:
            worse = _("The database could not be put back either ({why}). Restore it from {file} into an empty folder.")
            raise Refused(f"{text}\n{worse.format(why=second, file=made.path)}") from failure
        good = _("The database is again as it was before; go on with the Hanfeng that ran here. Backup: {file}")
        raise Refused(f"{text}\n{good.format(file=made.path)}") from failure


def put_back(file: Path) -> None:
    """Make the database of the settings what a backup holds. Raises Refused or what the database says."""
    from django.conf import settings
    from django.db import connections

    connections.close_all()
    database: dict[str, Any] = settings.DATABASES["default"]
    with drafts(file) as folder:
        saved = _database(file, folder)
        if "sqlite3" in database["ENGINE"]:
            sqlite.put_back(saved, Path(database["NAME"]), lambda done, total: None)
            return
        server = postgres.of_settings(database)
        with server.opened() as connection:
            number = postgres.major(connection)
        postgres.put_back(server, number, saved, folder)


def _database(file: Path, folder: Path) -> Path:
    """The database out of a backup, under its checksum."""
    told = {m["name"]: m["sha256"] for m in archive.verify(file).manifest["members"]}
    with file.open("rb") as source:
        for name, size, content in archive.members(file, source):
            if name.startswith("database."):
                if shutil.disk_usage(folder).free < size:
                    raise Refused(_("{folder} has no room for the database.").format(folder=folder.parent))
                counted = archive.Counted(content)
                restore.write(folder, name, counted)
                if counted.sha256 == told[name]:
                    return folder / name
    raise archive.Damaged(_("{file} changed while it was read.").format(file=file))
