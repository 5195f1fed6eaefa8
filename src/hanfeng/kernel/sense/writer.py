"""The one writer process: takes batches from a local socket, keeps them in group commits, answers when they are on the disk.

One thread, one loop: read what has come, commit it all, answer, again. While a commit waits for the disk the next batches
gather, so the group grows by itself with the load and a lone value waits for nothing. What does not fit is refused at once.
"""

from __future__ import annotations

import gc
import logging
import os
import selectors
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from . import wire
from .aggregates import work_off
from .store import Store

log = logging.getLogger("hanfeng.writer")

ROWS = 10_000  # rows in one commit, about
MOST = 200_000  # rows that may wait; what comes beyond is refused
LONGEST = 256 << 20  # bytes that may wait
QUIET = 0.2  # seconds without a batch after which aggregates are counted
OVERDUE = 2.0  # seconds after which they are counted although batches come
SHARE = 0.1  # of the time of a commit for which others get the database's lock before the next one
KEY = 0x68616E66  # the advisory lock on PostgreSQL


@dataclass(slots=True)
class Sender:
    """A connection, and what of it has come so far."""

    link: socket.socket
    got: bytearray = field(default_factory=bytearray)


@dataclass(slots=True)
class Waiting:
    """A batch that has come, and who waits for its answer."""

    sender: Sender
    message: Any
    rows: int
    size: int


class Writer:
    """The loop. `stop` is asked between commits."""

    def __init__(self, home: Path, store: Store, stop: Callable[[], bool] = lambda: False) -> None:
        self.home, self.store, self.stop = home, store, stop
        self.waiting: deque[Waiting] = deque()
        self.rows = self.bytes = 0
        self.selector = selectors.DefaultSelector()
        self.counted = time.monotonic()

    def run(self) -> None:
        """Serve until asked to stop; what was read by then is kept and answered first."""
        path = wire.address(self.home)
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as door, self.selector:
            before = os.umask(0o177)
            try:
                door.bind(str(path))
            finally:
                os.umask(before)
            door.listen(512)
            door.setblocking(False)
            self.selector.register(door, selectors.EVENT_READ)
            try:
                while not self.stop():
                    self._turn(door)
            finally:
                self._drain()
                path.unlink(missing_ok=True)

    def _turn(self, door: socket.socket) -> None:
        for key, _mask in self.selector.select(0 if self.waiting else QUIET):
            if key.fileobj is door:
                self._welcome(door)
            else:
                self._read(key.data)
        if self.waiting:
            self._commit()
            if time.monotonic() - self.counted > OVERDUE:
                self._count(200)
        else:
            self._count(2000)
            self._clear()

    def _drain(self) -> None:
        while self.waiting:
            self._commit()

    # --- reading --------------------------------------------------------------------------------------------------------

    def _welcome(self, door: socket.socket) -> None:
        with suppress(BlockingIOError):
            while True:
                link, _address = door.accept()
                link.setblocking(False)
                self.selector.register(link, selectors.EVENT_READ, Sender(link))

    def _read(self, sender: Sender) -> None:
        try:
            part = sender.link.recv(1 << 20)
        except BlockingIOError:
            return
        except OSError:
            part = b""
        if not part:
            self._leave(sender)
            return
        sender.got += part
        try:
            for frame in _frames(sender.got):
                self._take(sender, frame)
        except (wire.Broken, ValueError):
            log.warning("A sender that does not speak in frames was sent away")
            self._leave(sender)

    def _take(self, sender: Sender, frame: bytes) -> None:
        message = orjson.loads(frame)
        if isinstance(message, dict) and message.get("ping"):
            self._answer(sender, {"ping": True, "waiting": self.rows})
            return
        rows = _size(message)
        if self.waiting and (self.rows + rows > MOST or self.bytes + len(frame) > LONGEST):
            self._answer(sender, {"failure": "busy"})
            return
        self.rows, self.bytes = self.rows + rows, self.bytes + len(frame)
        self.waiting.append(Waiting(sender, message, rows, len(frame)))

    def _leave(self, sender: Sender) -> None:
        with suppress(KeyError, ValueError):
            self.selector.unregister(sender.link)
        sender.link.close()

    def _answer(self, sender: Sender, message: Any) -> None:
        """Answers are small; a sender that does not read them is let go."""
        try:
            sender.link.sendall(wire.pack(message))
        except OSError:
            self._leave(sender)

    # --- writing --------------------------------------------------------------------------------------------------------

    def _commit(self) -> None:
        group: list[Waiting] = []
        rows = 0
        while self.waiting and (not group or rows + self.waiting[0].rows <= ROWS):
            item = self.waiting.popleft()
            self.rows, self.bytes = self.rows - item.rows, self.bytes - item.size
            rows += item.rows
            group.append(item)
        began = time.monotonic()
        try:
            answers = self.store.keep([item.message for item in group])
        except Exception as failure:
            if _lost():  # without its connection the lock of PostgreSQL is gone too: end, and be started again
                self._fail(group, failure)
                self._fail(list(self.waiting), failure)
                self.waiting.clear()
                raise
            self._apart(group, failure)
            return
        for item, answer in zip(group, answers, strict=True):
            self._answer(item.sender, answer.told())
        if rows > ROWS // 10:
            time.sleep(min(QUIET, SHARE * (time.monotonic() - began)))

    def _apart(self, group: list[Waiting], failure: Exception) -> None:
        """A commit that failed: each batch of it by itself, so that one does not take the others along."""
        log.error("A commit failed: %s", failure, exc_info=failure)
        if len(group) == 1:
            self._fail(group, failure)
            return
        for item in group:
            try:
                answer = self.store.keep([item.message])[0]
            except Exception as own:
                if _lost():
                    raise
                self._fail([item], own)
            else:
                self._answer(item.sender, answer.told())

    def _fail(self, group: list[Waiting], failure: Exception) -> None:
        for item in group:
            self._answer(item.sender, {"failure": f"{type(failure).__name__}: {failure}"[:300]})

    def _count(self, most: int) -> None:
        self.counted = time.monotonic()
        try:
            work_off(most)
        except Exception:
            if _lost():
                raise
            log.exception("Aggregates could not be counted; the hours stay marked")

    def _clear(self) -> None:
        """Delete what an archived month holds from the table, a little in each quiet moment."""
        try:
            self.store.clear()
        except Exception:
            if _lost():
                raise
            log.exception("Archived rows could not be deleted from the table; they stand there and in the file")


def _size(message: Any) -> int:
    try:
        groups = message.get("groups") or ()
        rows = sum(len(group["times"] if isinstance(group, dict) else group[1]) for group in groups)
        return rows + len(message.get("raw") or ()) + 1
    except (TypeError, AttributeError, LookupError):
        return 1


def _frames(got: bytearray) -> Iterator[bytes]:
    """Take the whole frames out of what has come."""
    while len(got) >= wire.HEAD:
        size = int.from_bytes(got[: wire.HEAD], "big")
        if size > wire.LONGEST_FRAME:
            raise wire.Broken
        if len(got) < wire.HEAD + size:
            return
        frame = bytes(got[wire.HEAD : wire.HEAD + size])
        del got[: wire.HEAD + size]
        yield frame


def _lost() -> bool:
    from django.db import connection

    return connection.vendor != "sqlite" and not connection.is_usable()


@contextmanager
def only() -> Iterator[None]:
    """On PostgreSQL: hold the advisory lock of the one writer, for as long as the connection lives. Raises wire.Taken."""
    from django.db import connection

    if connection.vendor == "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [KEY])
        if not cursor.fetchone()[0]:
            raise wire.Taken
    yield
    with suppress(Exception), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [KEY])


def run(home: Path, parent: int | None = None) -> None:
    """Be the writer of a site until SIGTERM or SIGINT, or the end of the parent. Raises wire.Taken when there is one."""
    from django.db import connection

    from hanfeng.kernel.pack import catalogue

    asked = False

    def ask(*_: object) -> None:
        nonlocal asked
        asked = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
    with wire.lock(home), only():
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_autocheckpoint=4000")
        watches = [watch for pack in catalogue() for watch in pack.watches]
        gc.collect()
        gc.freeze()  # what is loaded by now stays: it is not looked through again and again while rows come and go
        Writer(home, Store(watches), lambda: asked or (parent is not None and os.getppid() != parent)).run()
