"""The nightly backup, when a site asks for one: the worker starts it in a process of its own and looks after it."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path

from hanfeng.site.commands.supervisor import Child, start
from hanfeng.site.commands.terminal import Refused, _

from . import shelf

log = logging.getLogger("hanfeng.worker")
AGAIN = timedelta(hours=1)  # after one that failed


def parse(text: str) -> time | None:
    """03:30 as a time of the day; None for an empty text. Raises Refused."""
    try:
        return time.fromisoformat(text) if text else None
    except ValueError as bad:
        raise Refused(
            _("HANFENG_BACKUP_NIGHTLY={text} is no time of the day; write it as 03:30.").format(text=text)
        ) from bad


class Nightly:
    """A duty of the worker: at its time each day, one backup to HOME/backups, without holding the worker up."""

    def __init__(
        self,
        home: Path,
        at: time,
        now: Callable[[], datetime],
        begin: Callable[[Child], subprocess.Popen[bytes]] = start,
    ):
        self._home, self._at, self._now, self._begin = home, at, now, begin
        self._process: subprocess.Popen[bytes] | None = None
        self._tried: datetime | None = None

    def __call__(self) -> None:
        """Start the backup when it is time, bury the one that ended."""
        if self._process is not None:
            status = self._process.poll()
            if status is None:
                return
            if status:
                log.error("The nightly backup ended with status %s; it will be tried again in an hour", status)
            self._process = None
        now = self._now()
        if self.due(now):
            self._tried = now
            self._process = self._begin(Child("backup", (sys.executable, "-m", "hanfeng", "backup", "--nightly")))

    def due(self, now: datetime) -> bool:
        """Whether today's time is past, none was made since, and none was tried in the last hour."""
        today = datetime.combine(now.date(), self._at, now.tzinfo)
        last = shelf.newest(self._home, shelf.NIGHTLY)
        tried = self._tried is not None and now - self._tried < AGAIN
        return now >= today and not tried and (last is None or last < today)
