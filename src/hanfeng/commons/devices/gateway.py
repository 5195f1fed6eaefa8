"""The gateway to devices that speak HJ 212: it listens, tells devices apart, hands values to the writer and answers for them.

One loop serves all connections and never waits for one of them. What was read goes to the writer in batches; a frame is
answered when the writer says that it is on the disk, and not at all when it does not: then the device sends again, and what comes
twice is kept once. Every frame is kept as it came, the bad ones too.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db import close_old_connections, connections
from django.utils import timezone

from hanfeng.kernel.api import Frame, NotKept, RawFrame, Value, ingest
from hanfeng.standards.hj212 import (
    ANSWERS,
    BadFrame,
    Command,
    Decoder,
    Packet,
    Parts,
    Taken,
    answer,
    read_time,
)

from .models import Contact
from .orders import Orders
from .parameters import Bounds
from .reading import Known, book, read

log = logging.getLogger("hanfeng.gateway")
CHUNK = 16_384  # bytes read from one connection before the others have their turn
FULL = 1 << 18  # bytes of answers that a device may leave unread
BATCH = 2_000  # frames in one message to the writer
BOOK_SECONDS, UNKNOWN_SECONDS, CONTACT_SECONDS = 10.0, 1.0, 5.0
JOINED = frozenset({"noise", "bad_length"})
"""Faults of single bytes: neighbours are kept as one frame."""
CLOCKED = frozenset({Command.REAL_TIME, Command.HEARTBEAT, Command.ASK_TIME})
"""Commands whose QN is the clock of the device; what it sends again or because of a command carries another."""
T = TypeVar("T")


@dataclass(eq=False)
class Session:
    """One connection: what of it has come, and who has spoken on it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    address: str
    decoder: Decoder = field(default_factory=Decoder)
    numbers: set[str] = field(default_factory=set)
    began: float = field(default_factory=time.monotonic)
    heard: float = field(default_factory=time.monotonic)
    bad: int = 0

    def send(self, data: bytes) -> bool:
        """Send without waiting; False when the other side is gone or does not read."""
        if self.writer.is_closing():
            return False
        if self.writer.transport.get_write_buffer_size() > FULL:
            self.writer.transport.abort()
            return False
        self.writer.write(data)
        return True


@dataclass
class Item:
    """A frame on its way to the writer: what is kept of it, and whom to answer afterwards."""

    session: Session
    raw: bytes
    status: str
    number: str = ""
    values: Sequence[Value] = ()
    packet: Packet | None = None


@dataclass
class Seen:
    """What is still to be written down of a device's contact."""

    address: str
    since: datetime
    heard: datetime
    frames: int = 0
    faults: int = 0
    drift: int | None = None
    left: datetime | None = None


class Gateway:
    """One listening gateway. `start`, then `close`; `counts` tells what became of the frames."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self.bounds = bounds or Bounds()
        self.counts: Counter[str] = Counter()
        self.sessions: set[Session] = set()
        self.by_number: dict[str, Session] = {}
        self.known: dict[str, Known] = {}
        self.versions: dict[str, int] = {}
        self.parts: dict[str, Parts] = {}
        self.seen: dict[int, Seen] = {}
        self.queue: asyncio.Queue[Item] = asyncio.Queue(self.bounds.waiting)
        self.orders = Orders(self)
        self._each: Counter[str] = Counter()
        self._read_at = 0.0
        self._reading = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        # the writer is asked in one thread, the database in another: neither holds up the loop or the other
        self._asking, self._storing = (ThreadPoolExecutor(1, name) for name in ("writer", "database"))

    # --- life -----------------------------------------------------------------------------------------------------------

    async def start(self, host: str, port: int) -> int:
        """Listen; the port. Raises OSError when that cannot be."""
        await self._refresh()
        await self._remember_parts()
        self._server = await asyncio.start_server(self._welcome, host, port, limit=CHUNK, backlog=512)
        for duty in (self._keep(), self._every(BOOK_SECONDS, self._refresh), self._every(CONTACT_SECONDS, self._note)):
            self._tasks.append(asyncio.create_task(duty))
        self._tasks.append(asyncio.create_task(self._every(1.0, self.orders.turn)))
        self._tasks.append(asyncio.create_task(self._every(1.0, self._give_up_parts)))
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Let everybody go; what has no answer by now the devices send again."""
        self._server.close()
        for session in list(self.sessions):
            session.writer.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        now = timezone.now()
        for seen in self.seen.values():
            seen.left = now
        with contextlib.suppress(Exception):
            await self._note()
        for pool in (self._asking, self._storing):
            await asyncio.get_running_loop().run_in_executor(pool, connections.close_all)
            pool.shutdown(wait=False)

    async def _every(self, seconds: float, duty: Callable[[], Any]) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await duty()
            except Exception:
                log.exception("A duty of the gateway failed; it is tried again")

    async def stored(self, work: Callable[..., T], *args: Any) -> T:
        """Ask the database in its thread."""

        def run() -> T:
            close_old_connections()
            return work(*args)

        return await asyncio.get_running_loop().run_in_executor(self._storing, run)

    async def _refresh(self) -> None:
        self.known, self._read_at = await self.stored(book), time.monotonic()

    # --- connections ----------------------------------------------------------------------------------------------------

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")
        address = str(peer[0]) if peer else "?"
        if len(self.sessions) >= self.bounds.connections or self._each[address] >= self.bounds.connections_each:
            self.counts["turned away"] += 1
            writer.transport.abort()
            return
        session = Session(reader, writer, address)
        self.sessions.add(session)
        self._each[address] += 1
        try:
            await self._serve(session)
        except (OSError, asyncio.CancelledError):
            pass
        except Exception:
            log.exception("A connection of %s failed", address)
        finally:
            self._leave(session)

    async def _serve(self, session: Session) -> None:
        begun = 0.0  # when the frame began that is not whole yet
        while True:
            now = time.monotonic()
            begun = (begun or now) if session.decoder.buffer else 0.0
            try:
                data = await asyncio.wait_for(session.reader.read(CHUNK), self._patience(session, begun, now))
            except TimeoutError:
                self.counts["let go"] += 1
                break
            if not data:
                break
            before = len(session.decoder.buffer)
            if not await self._frames(session, session.decoder.feed(data)):
                self.counts["let go"] += 1
                return
            if before and len(session.decoder.buffer) < before + len(data):
                begun = 0.0
            await asyncio.sleep(0)  # who sends without end leaves the others their turn
        await self._frames(session, session.decoder.rest())

    def _patience(self, session: Session, begun: float, now: float) -> float:
        """How long the next bytes may take: a frame must become whole, a stranger say who he is, a device be heard."""
        ends = [session.heard + self.bounds.idle_seconds]
        if begun:
            ends.append(begun + self.bounds.frame_seconds)
        if not session.numbers:
            ends.append(session.began + self.bounds.introduce_seconds)
        return max(0.01, min(ends) - now)

    def _leave(self, session: Session) -> None:
        session.writer.transport.abort()
        self.sessions.discard(session)
        self._each[session.address] -= 1
        for number in session.numbers:
            if self.by_number.get(number) is session:
                del self.by_number[number]
                if (known := self.known.get(number)) and (seen := self.seen.get(known.thing)):
                    seen.left = timezone.now()

    # --- frames ---------------------------------------------------------------------------------------------------------

    async def _frames(self, session: Session, found: Any) -> bool:
        """Take frames; False when there were too many bad ones in a row."""
        junk = bytearray()
        for taken in found:
            if taken.fault is not None and taken.fault.code in JOINED:
                junk += taken.raw
                session.bad += len(junk) == len(taken.raw)
                continue
            if junk:
                await self._put(Item(session, bytes(junk), "refused: noise"))
                junk.clear()
            await self._take(session, taken)
            if session.bad > self.bounds.bad_frames:
                return False
        if junk:
            await self._put(Item(session, bytes(junk), "refused: noise"))
        return session.bad <= self.bounds.bad_frames

    async def _take(self, session: Session, taken: Taken) -> None:
        """One frame: who sent it, what it says, what becomes of it."""
        packet, fault = taken.packet, taken.fault
        number = packet.station if packet else ""
        if packet is None or fault is not None:
            session.bad += 1
            if (known := self.known.get(number)) and session is self.by_number.get(number):
                self._saw(session, known, faults=1)
            await self._put(Item(session, taken.raw, f"refused: {fault.code if fault else 'unreadable'}", number))
            return
        known = await self._who(number)
        if known is None or (known.password and known.password != packet.fields.get("PW", "")):
            session.bad += 1
            why = "unknown device" if known is None else "wrong password"
            await self._put(Item(session, taken.raw, f"refused: {why}", number))
            return
        session.bad, session.heard = 0, time.monotonic()
        session.numbers.add(number)
        self.by_number[number] = session
        self.versions[number] = packet.flag & ~3
        self._saw(session, known, frames=1, packet=packet)
        await self._put(await self._understood(session, taken.raw, packet, known))

    async def _understood(self, session: Session, raw: bytes, packet: Packet, known: Known) -> Item:
        item = Item(session, raw, "taken", packet.station)
        if packet.command in ANSWERS:
            item.status = "answer"
            await self.orders.heard(packet)
            return item
        item.packet = packet if packet.wants_answer else None
        whole: Packet | None = packet
        if packet.part[1] > 1:
            try:
                whole = self.parts.setdefault(packet.station, Parts()).take(packet, time.monotonic())
            except BadFrame as fault:
                item.status, item.packet = f"refused: {fault.code}", None
                return item
        if whole is None:
            item.status = _part(packet)
            return item
        told = read(whole, known)
        item.values = told.values
        if told.unknown:
            item.status = f"taken; not declared: {', '.join(sorted(told.unknown))}"
        await self.orders.data(whole, len(told.values))
        if packet.command == Command.ASK_TIME:
            await self.orders.clock_asked(known.thing)
        return item

    async def _who(self, number: str) -> Known | None:
        """The device with this number; one that is not known may have been entered a moment ago."""
        found = self.known.get(number)
        if found is None and time.monotonic() - self._read_at > UNKNOWN_SECONDS:
            async with self._reading:
                if time.monotonic() - self._read_at > UNKNOWN_SECONDS:
                    with contextlib.suppress(Exception):
                        await self._refresh()
            found = self.known.get(number)
        return found

    def _saw(
        self, session: Session, known: Known, *, frames: int = 0, faults: int = 0, packet: Packet | None = None
    ) -> None:
        now = timezone.now()
        seen = self.seen.get(known.thing)
        if seen is None or seen.left or seen.address != session.address:
            seen = self.seen[known.thing] = Seen(session.address, now, now)
        seen.heard, seen.frames, seen.faults = now, seen.frames + frames, seen.faults + faults
        if packet and packet.command in CLOCKED and (told := read_time(packet.request)):
            seen.drift = round((told - now).total_seconds() * 1000)

    # --- parts ----------------------------------------------------------------------------------------------------------

    async def _remember_parts(self) -> None:
        """Parts that were answered before a fall, and whose packet is not whole yet, are read back from the raw frames."""
        since = round((time.time() - self.bounds.parts_seconds) * 1000)

        def kept() -> list[bytes]:
            rows = RawFrame.objects.filter(received__gte=since, status__startswith="part ").order_by("pk")
            return [bytes(body) for body in rows.values_list("body", flat=True)[: self.bounds.waiting]]

        for body in await self.stored(kept):
            for taken in Decoder().feed(body):
                if taken.packet and taken.fault is None:
                    with contextlib.suppress(BadFrame):
                        self.parts.setdefault(taken.packet.station, Parts()).take(taken.packet, time.monotonic())

    async def _give_up_parts(self) -> None:
        """Parts whose packet did not become whole: each that has a time of its own is kept by itself."""
        before = time.monotonic() - self.bounds.parts_seconds
        for number, parts in list(self.parts.items()):
            known = self.known.get(number)
            values = [v for packet in parts.stale(before) if known for v in read(packet, known).values]
            if values and not await self._ingest(values, []):
                log.warning("Parts of %s could not be kept; their raw frames are", number)
            if not parts.held:
                del self.parts[number]

    # --- to the writer --------------------------------------------------------------------------------------------------

    async def _put(self, item: Item) -> None:
        await self.queue.put(item)

    async def _keep(self) -> None:
        """Hand over what has come, all at once; answer what is on the disk. What comes meanwhile is the next batch."""
        while True:
            items = [await self.queue.get()]
            while len(items) < BATCH and not self.queue.empty():
                items.append(self.queue.get_nowait())
            try:
                kept = await self._ingest(
                    [value for item in items for value in item.values],
                    [Frame(_source(item), item.status[:60], item.raw) for item in items],
                )
                for item in items:
                    self._after(item, kept)
            except Exception:
                log.exception("A batch of frames failed; the devices send again")

    async def _ingest(self, values: list[Value], frames: list[Frame]) -> bool:
        def run() -> bool:
            try:
                told = ingest(values, raw=frames)
            except NotKept as why:
                log.warning("The writer does not take: %s", why)
                return False
            self.counts.update({"new": told.new, "same": told.same, "changed": told.changed})
            for place, fault in told.refused:
                log.warning("A value of datastream %s was refused: %s", values[place].datastream, fault)
            return True

        return await asyncio.get_running_loop().run_in_executor(self._asking, run)

    def _after(self, item: Item, kept: bool) -> None:
        self.counts["not kept" if not kept else "refused" if item.status.startswith("refused") else "kept"] += 1
        if kept and item.packet is not None and item.session.send(answer(item.packet)):
            self.counts["answered"] += 1

    # --- contacts -------------------------------------------------------------------------------------------------------

    async def _note(self) -> None:
        """Write down who was heard since the last time."""
        fresh, self.seen = self.seen, {}
        for thing, seen in fresh.items():  # who is still there is remembered, its counts begin anew
            if seen.left is None:
                self.seen[thing] = Seen(seen.address, seen.since, seen.heard, drift=seen.drift)
        told = {thing: seen for thing, seen in fresh.items() if seen.frames or seen.faults or seen.left}
        if told:
            await self.stored(write_contacts, told)


def _part(packet: Packet) -> str:
    this, total = packet.part
    return f"part {this}/{total}"


def _source(item: Item) -> str:
    number = "".join(c if c.isascii() and c.isprintable() else "?" for c in item.number[:40])
    return f"hj212 {item.session.address} {number}".strip()[:100]


def write_contacts(told: dict[int, Seen]) -> None:
    """Write down when these stations were heard; what is kept of their frames is added to."""
    kept = Contact.objects.in_bulk(told)
    rows = [
        Contact(
            thing_id=thing, address=seen.address[:60], since=seen.since, heard=seen.heard, left=seen.left, drift=seen.drift,
            frames=seen.frames + (kept[thing].frames if thing in kept else 0),
            faults=seen.faults + (kept[thing].faults if thing in kept else 0),
        )
        for thing, seen in told.items()
    ]  # fmt: skip
    fields = ("address", "since", "heard", "left", "drift", "frames", "faults")
    Contact.objects.bulk_create(rows, update_conflicts=True, update_fields=fields, unique_fields=("thing",))


async def serve(host: str, port: int, stop: Any, ready: Callable[[int], object] = lambda port: None) -> None:
    """Be the gateway until `stop` (an event of threads) is set. Raises OSError when it cannot listen."""
    from .parameters import bounds

    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as pool:
        held = await loop.run_in_executor(pool, _once, bounds)
    gateway = Gateway(held)
    ready(await gateway.start(host, port))
    try:
        while not stop.is_set():
            await asyncio.sleep(0.2)
    finally:
        await gateway.close()


def _once(work: Callable[[], T]) -> T:
    try:
        return work()
    finally:
        connections.close_all()
