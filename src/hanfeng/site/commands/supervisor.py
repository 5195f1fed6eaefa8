"""Keeps child processes running: starts them, restarts one that dies, stops all cleanly. Knows no Django."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

from .terminal import _

TICK = 0.2  # seconds between two looks at the children
STEADY = 60.0  # seconds a child must have run for its earlier deaths to be forgotten
LONGEST_PAUSE = 30.0


@dataclass(frozen=True)
class Child:
    """One process to keep: a name to tell, the command, what it adds to the environment.

    One that is not `vital` is started when the site is ready, and the site does without it while it fails.
    """

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    vital: bool = True


@dataclass
class _Running:
    child: Child
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    due: float = 0.0


def _die_with_parent() -> None:
    # runs in the child before its program: should the supervisor be killed, Linux sends the child SIGTERM
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def start(child: Child) -> subprocess.Popen[bytes]:
    """Start a child in a group of its own, so that Ctrl-C reaches it only through the supervisor."""
    return subprocess.Popen(
        child.command,
        env={**os.environ, **child.env},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_die_with_parent,
    )


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return


class Supervisor:
    """Runs children until SIGINT or SIGTERM; a second signal kills what has not stopped yet."""

    def __init__(self, children: Sequence[Child], tell: Callable[[str], None], *, patience: float = 20.0) -> None:
        """`tell` gets one line on each death, restart and stop; `patience` is how many seconds a stop may take."""
        self._all = [_Running(child) for child in children]
        self._tell = tell
        self._patience = patience
        self._asked = 0
        self._ready = False

    def run(self, ready: Callable[[], bool] | None = None, *, within: float = 90.0, tries: int = 5) -> int:
        """Keep the children until asked to stop; 0 after a clean stop, 1 when the site never became ready.

        `ready` is asked each tick until it says yes. Before that, a child that dies `tries` times or `within`
        seconds gone by end the run: a site that cannot start should say so, not try for ever.
        """
        before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        began = time.monotonic()
        self._ready = ready is None
        try:
            while not self._asked:
                self._tend(time.monotonic())
                self._ready = self._ready or bool(ready and ready())
                if not self._ready and (time.monotonic() - began > within or any(r.deaths >= tries for r in self._all)):
                    self._tell(_("The site did not start; stopping. What its processes printed above says why."))
                    return 1
                time.sleep(TICK)
            return 0
        finally:
            self._stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._asked += 1

    def _tend(self, now: float) -> None:
        for running in self._all:
            if running.process is None:
                if (self._ready or running.child.vital) and now >= running.due:
                    running.process, running.started = start(running.child), now
            elif running.process.poll() is not None:
                self._bury(running, now)

    def _bury(self, running: _Running, now: float) -> None:
        assert running.process is not None
        # what the dead process had started must go too, or it would hold the port against its successor
        _signal_group(running.process, signal.SIGKILL)
        running.deaths = 1 if now - running.started > STEADY else running.deaths + 1
        pause = min(2.0 ** (running.deaths - 1), LONGEST_PAUSE)
        text = _("{name} ended with status {status}; starting it again in {pause:g} s.")
        self._tell(text.format(name=running.child.name, status=running.process.returncode, pause=pause))
        running.process, running.due = None, now + pause

    def _stop(self) -> None:
        alive = [r.process for r in self._all if r.process is not None and r.process.poll() is None]
        for process in alive:
            process.send_signal(signal.SIGTERM)
        asked, end = self._asked, time.monotonic() + self._patience
        while any(p.poll() is None for p in alive) and time.monotonic() < end and self._asked <= max(asked, 1):
            time.sleep(TICK / 2)
        late = [p for p in alive if p.poll() is None]
        if late:
            self._tell(_("{count} processes did not stop in time; killing them.").format(count=len(late)))
        for running in self._all:
            if running.process is not None:
                _signal_group(running.process, signal.SIGKILL)
                running.process.wait()
