"""The worker (links, seals, long jobs, notices, timers, a heartbeat that `/healthz` reads) and the writer of observations."""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hanfeng.kernel.job.run import Hand

BEAT = 5.0  # seconds between heartbeats, and between looks for jobs
SEAL = 60.0  # seconds between seals
LOOK = 1.0  # seconds between looks for long work, which somebody is waiting for
DAY = 86400.0
MOST_JOBS = 100  # jobs in one go; when so many were done, more may be waiting
PARENT = "HANFENG_PARENT"  # set by `hanfeng up`: the process whose end ends this one too
log = logging.getLogger("hanfeng.worker")


def beat_file(home: Path) -> Path:
    """Where the heartbeat lies: a file, so that a locked database cannot make a living worker look dead."""
    return home / "worker.beat"


def beat(home: Path) -> None:
    """Say that the worker lives: the age of the file is the age of the heartbeat."""
    draft = beat_file(home).with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps({"pid": os.getpid()}), encoding="utf-8")
    draft.replace(beat_file(home))


def beat_age(home: Path) -> float | None:
    """Seconds since the last heartbeat; None when there was none."""
    try:
        return max(0.0, time.time() - beat_file(home).stat().st_mtime)
    except FileNotFoundError:
        return None


@dataclass
class Task:
    """One duty of the worker: what to run, and how often in seconds."""

    name: str
    run: Callable[[], object]
    every: float
    due: float = field(default=0.0)


class Aside:
    """A duty in a thread of its own, one at a time, so that a slow far side or a long timer holds up nothing else."""

    def __init__(self, name: str, run: Callable[[], int], keep: Callable[[], None] = lambda: None) -> None:
        """`keep` is called at each look while the duty still runs."""
        self.name, self.run, self.keep = name, run, keep
        self.thread: threading.Thread | None = None

    def __call__(self) -> int:
        """Begin the duty unless it still runs; how many were begun."""
        if self.thread and self.thread.is_alive():
            self.keep()
            return 0
        self.thread = threading.Thread(target=self._work, name=self.name, daemon=True)
        self.thread.start()
        return 1

    def _work(self) -> None:
        from django.db import connections

        try:
            self.run()
        except Exception:
            log.exception("The duty %s failed; it will be tried again", self.name)
        finally:
            connections.close_all()

    def rest(self, seconds: float = 15.0) -> None:
        """Wait for what runs; called when the worker ends."""
        if self.thread:
            self.thread.join(seconds)


def asides() -> list[Aside]:
    """The duties that may take long: what is sent out of the house, and the timers of packs."""
    from hanfeng.kernel.job import timers
    from hanfeng.kernel.notify import sending

    return [Aside("post", sending.send_due), Aside("timers", timers.run_due, timers.renew)]


def tasks(hand: Hand | None = None, beside: Sequence[Aside] = ()) -> list[Task]:
    """The duties of the site's worker; `hand` carries out long jobs beside them."""
    from hanfeng.kernel.job import run as jobs
    from hanfeng.kernel.record import outbox, seals
    from hanfeng.kernel.search import keep

    return [
        Task("jobs", lambda: outbox.run_due(MOST_JOBS), BEAT),
        Task("seals", seals.seal, SEAL),
        Task("long work", (hand or jobs.Hand()).look, LOOK),
        Task("search", keep.work, BEAT),
        Task("old results", jobs.stale_files, DAY),
        *(Task(aside.name, aside, BEAT) for aside in beside),
        *_nightly(),
    ]


def _nightly() -> list[Task]:
    """The nightly backup, when the site asks for one (HANFENG_BACKUP_NIGHTLY)."""
    from django.conf import settings
    from django.utils import timezone

    from hanfeng.site.backup import nightly

    at = nightly.parse(settings.BACKUP_NIGHTLY)
    return [Task("backup", nightly.Nightly(Path(settings.HOME), at, timezone.localtime), BEAT)] if at else []


def once(home: Path, duties: list[Task], now: float, stop: threading.Event) -> int:
    """Run what is due, beating before each; a duty that fails is logged and tried again in its turn. How many failed.

    A duty that did as much as it may in one go is due again at once.
    """
    failed = 0
    for task in duties:
        beat(home)
        if stop.is_set() or now < task.due:
            continue
        task.due = now + task.every
        try:
            if task.run() == MOST_JOBS:
                task.due = now
        except Exception:
            failed += 1
            log.exception("The duty %s failed; it will be tried again in %g s", task.name, task.every)
    return failed


def run(home: Path) -> None:
    """Work until SIGTERM or SIGINT; what runs at that moment is finished first."""
    from django.db import close_old_connections

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    from hanfeng.kernel.job.run import Hand

    hand = Hand()
    beside = asides()
    duties = tasks(hand, beside)
    parent = os.environ.get(PARENT)
    while not stop.is_set() and (parent is None or os.getppid() == int(parent)):
        once(home, duties, time.monotonic(), stop)
        close_old_connections()
        stop.wait(max(0.0, min(BEAT, min(task.due for task in duties) - time.monotonic())))
    hand.rest()
    for aside in beside:
        aside.rest()
    beat_file(home).unlink(missing_ok=True)


def write(home: Path) -> None:
    """Be the writer of observations until SIGTERM or SIGINT. Raises Refused when the site has one already."""
    from hanfeng.kernel.sense import wire, writer

    from .terminal import Refused, _

    parent = os.environ.get(PARENT)
    try:
        writer.run(home, int(parent) if parent else None)
    except wire.Taken as held:
        raise Refused(_("A writer runs already on this site; there can be only one.")) from held
