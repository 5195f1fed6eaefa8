"""`hanfeng backup`, `restore` and `backups`: what they print, and the bar while they work."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import home as homes
from .terminal import Refused, _, emit, emit_json, progress, say

if TYPE_CHECKING:
    from hanfeng.site.backup.make import Made, Tell

MEGA = 1 << 20


def to_bar(bar: Any) -> Tell:
    """Shows the stages of a backup in a bar, bytes as MB."""
    tasks: dict[str, Any] = {}

    def tell(stage: str, done: int, total: int) -> None:
        unit = MEGA if total > 2 * MEGA else 1
        if stage not in tasks:
            tasks[stage] = bar.add_task(stage, total=None)
        shown = max(-(-total // unit), 1)
        bar.update(tasks[stage], total=shown, completed=shown if done >= total else done // unit)

    return tell


@contextmanager
def telling() -> Iterator[Tell]:
    """A bar on the screen; SIGTERM ends the work as Ctrl-C does, so that nothing half made stays behind."""
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    mask = os.umask(0o077)
    try:
        with progress() as bar:
            yield to_bar(bar)
    finally:
        os.umask(mask)
        signal.signal(signal.SIGTERM, before)


def require_site(home: Path) -> None:
    """Refuse a folder that is no site, before the settings make one of it."""
    if not home.is_dir() or not any(home.iterdir()):
        raise Refused(_("There is no site in {path}.").format(path=home))


def backup(file: Path | None, *, keys: bool, nightly: bool, form: str) -> int:
    """Back up the site to a file, a folder, or HOME/backups; 1 when attachments were missing or changed."""
    from django.conf import settings

    from hanfeng.site.backup import contents, make, shelf

    home = homes.home()
    reason = shelf.NIGHTLY if nightly else shelf.ASKED
    with telling() as tell:
        if file is None:
            made = shelf.put(home, reason, keys=keys, most=settings.BACKUPS_KEPT if nightly else 0, tell=tell)
        else:
            target = shelf.free_name(file, reason) if file.is_dir() else file
            made = make.make(home, target.absolute(), reason=reason, keys=keys, tell=tell)
    _told(made, contents.strangers(home), form)
    return 1 if made.faults else 0


def _told(made: Made, strangers: list[str], form: str) -> None:
    if form == "json":
        emit_json({**made.row(), "left_out": strangers})
        return
    if strangers:
        text = _("Not known to the backup, left out: {names}")
        say(text.format(names=", ".join(strangers)), style="yellow", error=True)
    _faults(made.faults)
    say(str(made.path), style="bold")
    say(_("{size} MB, {events} events, {seals} seals, {attachments} attachments; verified").format(
        **{**made.row(), "size": f"{made.size / MEGA:.1f}"}
    ))  # fmt: skip
    say(f"sha256 {made.sha256}")
    if made.about["keys"]["included"]:
        say(_("The file holds the keys of the site: keep it as carefully as the site itself."), error=True)


def _faults(faults: list[str]) -> None:
    for fault in faults[:20]:
        say(fault, style="bold red", error=True)
    if len(faults) > 20:
        say(_("and {count} more").format(count=len(faults) - 20), style="bold red", error=True)


def verify(file: Path, form: str) -> int:
    """Read a backup to its end and tell what it holds; 1 when the site had faults already when it was made."""
    from hanfeng.site.backup import archive, make

    with telling() as tell:
        found = archive.verify(file, make.Sum(_("Verifying"), file.stat().st_size if file.exists() else 0, tell))
    row = {**make.told(file, file.stat().st_size, found.about), "sha256": found.sha256, "faults": found.faults}
    if form == "json":
        emit_json(row)
        return 1 if found.faults else 0
    _faults(found.faults)
    say(
        _("{file} is whole: {events} events, {seals} seals, {attachments} attachments").format(**row),
        style="bold green",
    )
    say(_("made {made_at} by Hanfeng {hanfeng}, {engine}").format(**row))
    say(f"sha256 {found.sha256}")
    return 1 if found.faults else 0


def restore(file: Path, keys: Path | None, new_keys: bool, form: str) -> int:
    """Restore a backup into the empty HOME; 1 when the site had faults already when it was backed up."""
    from hanfeng.site.backup import make
    from hanfeng.site.backup.restore import Keys
    from hanfeng.site.backup.restore import restore as put

    home = homes.home()
    with telling() as tell:
        found = put(file, home, os.environ.get("HANFENG_DATABASE", ""), Keys(keys, new_keys), tell)
    row = make.told(file, file.stat().st_size, found.about)
    if form == "json":
        emit_json({**row, "home": str(home), "faults": found.faults})
        return 1 if found.faults else 0
    _faults(found.faults)
    text = _("Restored to {home}: {events} events, {seals} seals, {attachments} attachments")
    say(text.format(home=home, **row), style="bold green")
    say(_("Next: hanfeng check --history --home {home}, then hanfeng up --home {home}").format(home=home))
    return 1 if found.faults else 0


def show(form: str) -> None:
    """List what lies in HOME/backups."""
    from hanfeng.site.backup import shelf

    rows = shelf.listed(homes.home())
    if form == "table":
        rows = [_shown(row) for row in rows]
    heads = (_("file"), _("made at"), _("why made"), _("version"), _("MB"), _("events"), _("keys"), _("what is wrong"))
    names = ("file", "made_at", "reason", "hanfeng", "size", "events", "keys", "error")
    emit(rows, dict(zip(names, heads, strict=True)), form)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    reasons = {"asked": _("by hand"), "before-migration": _("before an update of the tables"), "nightly": _("nightly")}
    keys = {True: _("yes"), False: _("no")}
    return {
        **row,
        "file": Path(row["file"]).name,
        "reason": reasons.get(row.get("reason", ""), row.get("reason", "")),
        "size": f"{row['size'] / MEGA:.1f}",
        "keys": "" if row.get("keys") is None else keys[row["keys"]],
    }
