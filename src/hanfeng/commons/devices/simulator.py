"""Devices that are not there: each connects, sends real-time, minute and hourly data as HJ 212 has it, and obeys commands.

What a device measures at a moment is a function of the moment, so that what it is asked for again is what it sent before.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hanfeng.kernel.api import Datastream, Voice, voices
from hanfeng.standards.hj212 import Command, Decoder, Packet, build, crc, read_time, write_time

from .gateway import serve
from .models import Device
from .reading import PARTS, series_code, told_by

log = logging.getLogger("hanfeng.simulator")
MOST_CP = 900  # bytes of CP in one packet; more is sent in parts
NO_DATA = 100
EPOCH = datetime.fromtimestamp(0, UTC)
LONGEST_FILL = timedelta(days=30)
SPANS: Mapping[int, timedelta] = {
    Command.MINUTE: timedelta(minutes=10), Command.HOUR: timedelta(hours=1), Command.DAY: timedelta(days=1),
}  # fmt: skip


@dataclass
class Simulated:
    """One device. `levels` are the usual values by factor; `parts` which values it tells of a period.

    `answers` are seconds it waits for an answer before it sends again, `again` how often; then it keeps the frame for later.
    It remembers what it measured since `earliest`.
    """

    number: str
    system: str
    levels: Mapping[str, float]
    password: str = "123456"
    flag: int = 5
    answers: float = 10.0
    again: int = 3
    interval: float = 60.0
    minutes: int = 10
    periods: frozenset[int] = frozenset({Command.REAL_TIME, Command.MINUTE, Command.HOUR})
    offset: timedelta = timedelta(0)
    earliest: datetime = EPOCH
    sent: int = 0
    acknowledged: int = 0
    unsent: deque[bytes] = field(default_factory=lambda: deque(maxlen=5000))
    _waiting: dict[str, asyncio.Future[None]] = field(default_factory=dict)
    _last: datetime = field(default=EPOCH)

    # --- what it measures -------------------------------------------------------------------------------------------------

    def value(self, factor: str, at: datetime) -> float:
        """The usual value with a daily wave and a ripple, the same for the same moment."""
        seed = hashlib.sha256(f"{self.number} {factor} {at.timestamp():.0f}".encode()).digest()
        ripple = int.from_bytes(seed[:4], "big") / 2**32 - 0.5
        wave = math.sin(2 * math.pi * at.timestamp() / 86_400)
        return round(self.levels[factor] * (1 + 0.06 * wave + 0.05 * ripple), 3)

    def groups(self, command: int, at: datetime) -> Iterator[str]:
        """What stands in CP of data, a group a factor."""
        for factor in self.levels:
            value = self.value(factor, at)
            if command == Command.REAL_TIME:
                yield f"{factor}-Rtd={value},{factor}-Flag=N"
            else:
                low, high = round(value * 0.97, 3), round(value * 1.03, 3)
                yield f"{factor}-Min={low},{factor}-Avg={value},{factor}-Max={high},{factor}-Flag=N"

    def data(self, command: int, at: datetime, request: str = "") -> list[tuple[str, bytes]]:
        """The frames of one moment with their requests: one, or parts where CP would grow too long."""
        packets: list[list[str]] = [[f"DataTime={write_time(at)}"]]
        groups = list(self.groups(command, at))
        if not groups:
            return []
        for group in groups:
            if sum(map(len, packets[-1])) + len(group) > MOST_CP:
                packets.append([])
            packets[-1].append(group)
        qn, total = request or self._request(), len(packets)
        flag = self.flag | (2 if total > 1 else 0)
        told = []
        for number, groups in enumerate(packets, 1):
            part = f"PNUM={total};PNO={number};" if total > 1 else ""
            told.append((qn, self._frame(command, ";".join(groups), qn, flag=flag, part=part)))
        return told

    def _request(self) -> str:
        self._last = max(datetime.now(UTC) + self.offset, self._last + timedelta(milliseconds=1))
        return write_time(self._last, milliseconds=True)

    def _frame(self, command: int, cp: str, request: str, *, flag: int, part: str = "", system: str = "") -> bytes:
        head = f"QN={request};ST={system or self.system};CN={command};PW={self.password};MN={self.number};Flag={flag};{part}"
        return build(f"{head}CP=&&{cp}&&".encode())

    # --- its life ---------------------------------------------------------------------------------------------------------

    async def run(self, host: str, port: int) -> None:
        """Live: connect, send what is due, come back when the connection is lost."""
        wait = 1.0
        while True:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection(host, port)
                wait = 1.0
                try:
                    await self.connected(reader, writer)
                finally:
                    writer.transport.abort()
            await asyncio.sleep(wait)
            wait = min(wait * 2, 30.0)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: listen and send until it is lost."""
        listening = asyncio.create_task(self._listen(reader, writer))
        sending = asyncio.create_task(self._send_due(writer))
        done, waiting = await asyncio.wait({listening, sending}, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*done, *waiting, return_exceptions=True)

    def now(self) -> datetime:
        """What its clock shows."""
        return datetime.now(UTC) + self.offset

    async def _greet(self, writer: asyncio.StreamWriter) -> None:
        hello = self._request()
        await self.deliver(writer, hello, self._frame(Command.HEARTBEAT, "", hello, flag=self.flag))

    async def _send_due(self, writer: asyncio.StreamWriter) -> None:
        due = {command: self._next(command) for command in self.periods}
        await self._greet(writer)
        while True:
            now = self.now()
            for command, at in due.items():
                if at <= now:
                    start = at - self._length(command)  # DataTime is where a period begins
                    self.unsent.extend(frame for _request, frame in self.data(command, start))
                    due[command] = self._next(command)
            while self.unsent and await self.deliver(writer, _request_of(self.unsent[0]), self.unsent[0]):
                self.unsent.popleft()
            await asyncio.sleep(0.2)

    def _length(self, command: int) -> timedelta:
        """How long a period is of which it tells; real-time data have none."""
        return timedelta(minutes=self.minutes) if command == Command.MINUTE else SPANS.get(command, timedelta(0))

    def _step(self, command: int) -> timedelta:
        """From one sending to the next."""
        return self._length(command) or timedelta(seconds=self.interval)

    def _next(self, command: int) -> datetime:
        step = self._step(command).total_seconds()
        return datetime.fromtimestamp((self.now().timestamp() // step + 1) * step, UTC)

    async def deliver(self, writer: asyncio.StreamWriter, request: str, frame: bytes) -> bool:
        """Send a frame until it is answered; False when it was not, after all repetitions."""
        for _time in range(self.again):
            answered = asyncio.get_running_loop().create_future()
            self._waiting[request] = answered
            writer.write(frame)
            self.sent += 1
            await writer.drain()
            if not self.flag & 1:
                return True
            try:
                await asyncio.wait_for(answered, self.answers)
            except TimeoutError:
                continue
            finally:
                self._waiting.pop(request, None)
            self.acknowledged += 1
            return True
        return False

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        decoder = Decoder()
        while data := await reader.read(1 << 14):
            for taken in decoder.feed(data):
                if taken.packet and taken.fault is None:
                    await self.obey(taken.packet, writer)

    async def obey(self, packet: Packet, writer: asyncio.StreamWriter) -> None:
        """An answer wakes who waits for it; a command is carried out."""
        if packet.command in (Command.DATA_ANSWER, Command.NOTICE_ANSWER):
            if (answered := self._waiting.get(packet.request)) and not answered.done():
                answered.set_result(None)
            return
        qn = packet.request
        code = 3 if packet.fields.get("PW") != self.password else 4 if packet.station != self.number else 1
        writer.write(self._answer(Command.REQUEST_ANSWER, f"QnRtn={code}", qn))
        if code == 1:
            result = await self._carry_out(packet, writer)
            writer.write(self._answer(Command.RESULT, f"ExeRtn={result}", qn))
        await writer.drain()

    async def _carry_out(self, packet: Packet, writer: asyncio.StreamWriter) -> int:
        told, number, qn = packet.parameters, packet.command, packet.request
        if number == Command.SET_TIME and (at := read_time(told.get("SystemTime", ""))):
            self.offset = at - datetime.now(UTC)
        elif number == Command.READ_TIME:
            clock = write_time(datetime.now(UTC) + self.offset)
            writer.write(self._frame(number, f"SystemTime={clock}", qn, flag=self.flag & ~3))
        elif number == Command.SET_INTERVAL and told.get("RtdInterval", "").isdigit():
            self.interval = float(told["RtdInterval"])
        elif number == Command.READ_INTERVAL:
            writer.write(self._frame(number, f"RtdInterval={self.interval:.0f}", qn, flag=self.flag & ~3))
        elif number == Command.SET_MINUTE_INTERVAL and told.get("MinInterval", "").isdigit():
            self.minutes = int(told["MinInterval"])
        elif number == Command.READ_MINUTE_INTERVAL:
            writer.write(self._frame(number, f"MinInterval={self.minutes}", qn, flag=self.flag & ~3))
        elif number in SPANS:
            return self._again(Command(number), told, qn, writer)
        else:
            return 3
        return 1

    def _again(self, number: Command, told: Mapping[str, str], qn: str, writer: asyncio.StreamWriter) -> int:
        """What was measured in a span of time, once more."""
        begin, end = (read_time(told.get(name, "")) for name in ("BeginTime", "EndTime"))
        if begin is None or end is None:
            return 3
        step = self._length(number)
        begin, end = _next_on(max(begin, self.earliest), step), min(end, datetime.now(UTC) - step)
        if begin > end:
            return NO_DATA
        moments = [begin + count * step for count in range(min(int((end - begin) / step) + 1, 5000))]
        frames = [frame for at in moments for _request, frame in self.data(number, at, qn)]
        writer.writelines(frames)
        return 1 if frames else NO_DATA

    def _answer(self, number: int, cp: str, request: str) -> bytes:
        return self._frame(number, cp, request, flag=self.flag & ~3, system="91")


def _next_on(at: datetime, step: timedelta) -> datetime:
    """The first moment not before this one at which a period begins."""
    seconds = step.total_seconds()
    return datetime.fromtimestamp(math.ceil(at.timestamp() / seconds) * seconds, UTC)


def _request_of(frame: bytes) -> str:
    return frame[6:].partition(b"QN=")[2].partition(b";")[0].decode("ascii", "replace")


def spoilt(frame: bytes) -> bytes:
    """A frame whose check sum is wrong."""
    wrong = (crc(frame[6:-6]) ^ 0x55) & 0xFFFF
    return frame[:-6] + b"%04X\r\n" % wrong


@dataclass
class Demonstrated(Simulated):
    """A device of a demo station whose system says how its values go on: it tells these, is cut off as that says, and then
    sends all it missed. `done` is the newest period acknowledged of each command (milliseconds).
    """

    voice: Voice = field(kw_only=True)
    done: dict[int, int] = field(default_factory=dict)
    heartbeat: float = 300.0

    def groups(self, command: int, at: datetime) -> Iterator[str]:
        """What its series hold of a moment, or of the period that begins then; nothing before the station was there."""
        for factor in self.levels:
            told = [(part, self.voice.reading(series_code(factor, part, command), at)) for part in PARTS[command]]
            values = [(f"{factor}-{part}={one[0]}", one[1]) for part, one in told if one]
            if values:
                yield f"{','.join(text for text, _mark in values)},{factor}-Flag={values[0][1]}"

    async def run(self, host: str, port: int) -> None:
        """Live as others do, while it is not cut off."""
        while True:
            living = asyncio.create_task(super().run(host, port))
            try:
                while not self.voice.is_away(datetime.now(UTC)):
                    await asyncio.sleep(1.0)
            finally:
                living.cancel()
                await asyncio.gather(living, return_exceptions=True)
            while self.voice.is_away(datetime.now(UTC)):
                await asyncio.sleep(1.0)

    async def _send_due(self, writer: asyncio.StreamWriter) -> None:
        greeted = -math.inf
        while True:
            if time.monotonic() - greeted >= self.heartbeat:
                await self._greet(writer)
                greeted = time.monotonic()
            for command in self.periods:
                while (at := self._due(command)) is not None and await self._delivered(writer, command, at):
                    self.done[command] = _ms(at)
            await asyncio.sleep(1.0)

    def _due(self, command: int) -> datetime | None:
        """The oldest moment or period that is not sent yet and is over; a pause of more than a month stays a gap."""
        step, over = self._step(command), self.now() - self._length(command)
        last = max(self.done.get(command, _ms(over - step)), _ms(over - LONGEST_FILL))
        width = round(step.total_seconds() * 1000)
        at = datetime.fromtimestamp((last // width + 1) * width / 1000, UTC)
        return at if at <= over else None

    async def _delivered(self, writer: asyncio.StreamWriter, command: int, at: datetime) -> bool:
        for request, frame in self.data(command, at):
            if not await self.deliver(writer, request, frame):
                return False
        return True


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _speaking(device: Device, voice: Voice) -> Demonstrated | None:
    """A device that tells the series of its station; None where HJ 212 has no name for any of them."""
    rows = Datastream.objects.filter(thing=device.thing_id, code__in=voice.streams)
    pairs = list(rows.values_list("observed_property__code", "code"))
    factors, periods = {factor for factor, _code in pairs}, {c for pair in pairs for c in told_by(*pair)}
    if not periods:
        return None
    return Demonstrated(
        device.number, device.system, dict.fromkeys(sorted(factors), 0.0), device.password, periods=frozenset(periods),
        earliest=datetime.fromtimestamp(voice.origin / 1000, UTC), voice=voice,
        done={} if voice.last is None else dict.fromkeys(periods, voice.last),
    )  # fmt: skip


def demo_devices() -> list[Simulated]:
    """The devices of demo stations: what their system says, or else what their series usually show."""
    found: list[Simulated] = []
    known = voices()
    for device in Device.objects.filter(demo=True, thing__void=False).select_related("thing"):
        if (voice := known.get(device.number)) and (spoken := _speaking(device, voice)):
            found.append(spoken)
            continue
        levels: dict[str, float] = {}
        rows: Any = Datastream.objects.filter(thing=device.thing_id).select_related("observed_property")
        for row in rows:
            factor = row.observed_property.code
            if not row.code.startswith(factor):
                continue  # reckoned from others, not measured
            low, high = float(row.checks.get("low", 0.0)), float(row.checks.get("high", 100.0))
            levels.setdefault(factor, float(row.properties.get("usual", (low + high) / 2)))
        if levels:
            found.append(Simulated(device.number, device.system, levels, device.password))
    return found


async def simulate(devices: list[Simulated], host: str, port: int, stop: Any) -> None:
    """Let devices live until `stop` (an event of threads) is set."""
    living = [asyncio.create_task(device.run(host, port)) for device in devices]
    try:
        while not stop.is_set():
            await asyncio.sleep(0.2)
    finally:
        for task in living:
            task.cancel()
        await asyncio.gather(*living, return_exceptions=True)


async def converse(devices: list[Simulated], stop: Any, ready: Callable[[int], object] = lambda port: None) -> None:
    """A gateway at a free port of this machine alone, and devices that speak to it, in one loop until `stop` is set.

    Raises OSError when nothing can listen.
    """
    opened: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve("127.0.0.1", 0, stop, opened.set_result))
    await asyncio.wait((serving, opened), return_when=asyncio.FIRST_COMPLETED)
    if opened.done():
        ready(opened.result())
        living = asyncio.create_task(simulate(devices, "127.0.0.1", opened.result(), stop))
        await asyncio.wait({serving, living}, return_when=asyncio.FIRST_COMPLETED)
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)
    await serving
