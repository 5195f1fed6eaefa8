"""Commands on their way to devices: sent when the device is there, answered, done; kept with result and time at each step."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone

from hanfeng.kernel.api import save
from hanfeng.standards.hj212 import (
    DONE,
    READY,
    Command,
    Packet,
    command,
    read_time,
    write_time,
)

from .models import Order, expired, order
from .terms import AGAIN, NUMBERS, OPEN, Kind, Stage

if TYPE_CHECKING:
    from .gateway import Gateway

log = logging.getLogger("hanfeng.gateway")
NO_DATA = 100
ANSWER_FIELDS = ("SystemTime", "RtdInterval", "MinInterval")
"""What a device tells when it is asked: its clock, its intervals."""


@dataclass
class Going:
    """A command that was sent and is not ended: until when which answer is waited for."""

    key: int
    thing: int
    number: str
    kind: str
    request: str
    until: float
    accepted: bool = False
    values: int = 0
    told: str = ""


class Orders:
    """The commands of one gateway. A device has one at a time; the others wait."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.going: dict[str, Going] = {}  # by number of the device
        self._last = ""

    # --- sending --------------------------------------------------------------------------------------------------------

    async def turn(self) -> None:
        """Send what waits for devices that are there; send again, or give up, what had no answer in time."""
        for going in list(self.going.values()):
            if time.monotonic() > going.until:
                del self.going[going.number]
                if going.accepted:
                    await self._end(going, Stage.FAILED, "late")
        things = {
            self.gateway.known[number].thing: number
            for number in self.gateway.by_number
            if number in self.gateway.known and number not in self.going
        }
        for key, thing, tries in await self.gateway.stored(self._open, list(things), self.gateway.bounds.order_hours):
            number = things.pop(thing, None)  # one at a time
            if number is None:
                continue
            if tries >= self.gateway.bounds.again:
                await self._change(key, stage=Stage.FAILED, result=f"silent={tries}", answered_at=timezone.now())
            else:
                await self._send(key, number)

    @staticmethod
    def _open(things: list[int], hours: float) -> list[tuple[int, int, int]]:
        """Open commands of these devices, the oldest first; those that waited too long are ended."""
        for late in Order.objects.filter(expired(hours)):
            save(late, None, {"stage": Stage.EXPIRED, "result": "absent"}, verb=Stage.EXPIRED)
        rows = Order.objects.filter(Q(thing__in=things), stage__in=OPEN).order_by("pk")
        return list(rows.values_list("pk", "thing_id", "tries"))

    async def _send(self, key: int, number: str) -> None:
        known, request = self.gateway.known[number], self._request()
        told: Order = await self.gateway.stored(lambda: Order.objects.get(pk=key))
        frame = command(
            number, NUMBERS[told.kind], _parameters(told), system=known.system, password=known.password, request=request,
            flag=self.gateway.versions.get(number, 4) | 1,
        )  # fmt: skip
        now = timezone.now()
        if not await self._change(key, stage=Stage.SENT, request=request, tries=told.tries + 1, sent_at=now, result=""):
            return
        until = time.monotonic() + self.gateway.bounds.overtime
        self.going[number] = Going(key, told.thing_id, number, told.kind, request, until)
        session = self.gateway.by_number.get(number)
        if session is None or not session.send(frame):
            self.going[number].until = 0.0  # gone meanwhile: it is sent when the device is back

    def _request(self) -> str:
        """A QN that no command had before."""
        now = write_time(datetime.now(UTC), milliseconds=True)
        while now <= self._last:
            at = read_time(self._last)
            assert at is not None
            now = write_time(datetime.fromtimestamp(at.timestamp() + 0.001, UTC), milliseconds=True)
        self._last = now
        return now

    # --- answers --------------------------------------------------------------------------------------------------------

    def _of(self, packet: Packet) -> Going | None:
        """The command that a packet answers: by its request, or the only one of a device that repeats none."""
        going = self.going.get(packet.station)
        return going if going and packet.request in ("", going.request) else None

    async def heard(self, packet: Packet) -> None:
        """A device says that it begins (9011), that it has noticed (9013), or what came of it (9012)."""
        going = self._of(packet)
        if going is None:
            return
        if packet.command == Command.REQUEST_ANSWER:
            code = _code(packet, "QnRtn")
            if code == READY:
                going.accepted, going.until = True, time.monotonic() + self.gateway.bounds.result
                await self._change(going.key, stage=Stage.ACCEPTED, answered_at=timezone.now())
            else:
                await self._end(going, Stage.REFUSED, f"QnRtn={code}")
        elif packet.command == Command.RESULT:
            code = _code(packet, "ExeRtn")
            if code == DONE or (code == NO_DATA and going.values):
                await self._end(going, Stage.DONE, self._came(going))
            else:
                await self._end(going, Stage.FAILED, f"ExeRtn={code}")
        elif packet.command == Command.NOTICE_ANSWER:
            await self._end(going, Stage.DONE, self._came(going))

    async def data(self, packet: Packet, values: int) -> None:
        """What a device sends because of a command: values of the past, or the answer to a question."""
        going = self._of(packet)
        if going is None or packet.command != NUMBERS[going.kind] or not packet.request:
            return
        going.values += values
        told = packet.parameters
        going.told = going.told or ", ".join(f"{name}={told[name]}" for name in ANSWER_FIELDS if name in told)
        going.until = max(going.until, time.monotonic() + self.gateway.bounds.overtime)

    async def clock_asked(self, thing: int) -> None:
        """A device asks for the time (1013): it is told."""
        await self.gateway.stored(lambda: order(thing, Kind.SET_CLOCK, None))

    def _came(self, going: Going) -> str:
        if going.kind in AGAIN:
            return f"values={going.values}"
        return going.told

    async def _end(self, going: Going, stage: Stage, result: str) -> None:
        self.going.pop(going.number, None)
        await self._change(going.key, stage=stage, result=result[:300], answered_at=timezone.now())

    async def _change(self, key: int, **told: Any) -> bool:
        """Write down a step of a command; False when it cannot be (it was ended by somebody else)."""

        def change() -> bool:
            row = Order.objects.filter(pk=key).first()
            if row is None or row.stage not in OPEN:
                return False
            save(row, None, told, verb=str(told["stage"]))
            return True

        return await self.gateway.stored(change)


def _parameters(told: Order) -> str:
    """What stands in CP of a command."""
    if told.kind == Kind.SET_CLOCK:
        return f"SystemTime={write_time(datetime.now(UTC))}"
    if told.kind == Kind.SET_INTERVAL:
        return f"RtdInterval={told.amount}"
    if told.kind == Kind.SET_MINUTES:
        return f"MinInterval={told.amount}"
    if told.kind in AGAIN and told.starts and told.ends:
        return f"BeginTime={write_time(told.starts)},EndTime={write_time(told.ends)}"
    return ""


def _code(packet: Packet, name: str) -> int:
    text = packet.parameters.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else -1
