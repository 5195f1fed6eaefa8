"""A gateway of a test's own in a thread, stations whose devices speak HJ 212, and a device that is a bare socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from hanfeng.commons.devices.gateway import Gateway
from hanfeng.commons.devices.models import Device
from hanfeng.commons.devices.parameters import Bounds
from hanfeng.commons.devices.reading import series_code
from hanfeng.kernel.api import Datastream, Property, Series, Station, Unit, declare, save
from hanfeng.standards.hj212 import CHINA, Command, Decoder, Packet, build, write_time

SO2, NOX = Property("a21026", "二氧化硫", "sulphur dioxide"), Property("a21002", "氮氧化物", "nitrogen oxides")
MG = Unit("milligram per cubic metre", "mg/m³")
T0 = datetime(2026, 3, 1, 8, tzinfo=CHINA)


def a_device(number: str, *, password: str = "123456", system: str = "31") -> dict[str, Datastream]:
    """A stack with its device; its datastreams by code."""
    codes = [
        series_code(p.code, part, command)
        for p in (SO2, NOX)
        for part, command in (
            ("Rtd", Command.REAL_TIME), ("Avg", Command.MINUTE), ("Avg", Command.HOUR), ("Avg", Command.DAY),
        )
    ]  # fmt: skip
    series = [Series(SO2 if code.startswith("a21026") else NOX, MG, code=code, interval=60) for code in codes]
    kept = declare([Station(number, "排口", "Outlet", kind="stack", series=series)])
    device = Device(thing=next(iter(kept.values())).thing, system=system, password=password)
    save(device, None)
    return {code: kept[number, code] for code in codes}


def frame(
    number: str,
    cp: str,
    *,
    cn: int = 2011,
    qn: str = "",
    pw: str = "123456",
    flag: str = "5",
    st: str = "31",
    **more: str,
) -> bytes:
    """A frame of a device."""
    fields = {"QN": qn, "ST": st, "CN": str(cn), "PW": pw, "MN": number, "Flag": flag, **more}
    return build((";".join(f"{k}={v}" for k, v in fields.items() if v) + f";CP=&&{cp}&&").encode())


def real_time(number: str, minute: int, value: float = 12.5, **more: Any) -> bytes:
    """A frame of real-time data at a minute after eight."""
    at = T0 + timedelta(minutes=minute)
    told = {"qn": write_time(at, milliseconds=True), **more}
    return frame(number, f"DataTime={write_time(at)};a21026-Rtd={value},a21026-Flag=N", **told)


class Peer:
    """A device as a bare socket: sends bytes, reads frames."""

    def __init__(self, port: int) -> None:
        self.link = socket.create_connection(("127.0.0.1", port), 10)
        self.decoder, self.heard = Decoder(), []

    def send(self, *frames: bytes) -> None:
        self.link.sendall(b"".join(frames))

    def answers(self, count: int = 1, seconds: float = 10.0) -> list[Packet]:
        """So many packets, or fewer when they do not come in time."""
        until_ = time.monotonic() + seconds
        while len(self.heard) < count and (left := until_ - time.monotonic()) > 0:
            self.link.settimeout(left)
            try:
                data = self.link.recv(65536)
            except TimeoutError:
                break
            except OSError:
                data = b""
            if not data:
                break
            self.heard += [taken.packet for taken in self.decoder.feed(data) if taken.packet]
        found, self.heard = self.heard[:count], self.heard[count:]
        return found

    def closed(self, seconds: float = 10.0) -> bool:
        """Whether the other side lets go within so long."""
        self.link.settimeout(seconds)
        try:
            while self.link.recv(65536):
                pass
        except TimeoutError:
            return False
        except OSError:
            pass
        return True

    def close(self) -> None:
        self.link.close()

    __del__ = close


class Served:
    """A gateway that serves in a thread."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds, self.port = bounds, 0
        self.ready, self.over = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    async def _run(self) -> None:
        self.gateway = Gateway(self.bounds)
        self.port = await self.gateway.start("127.0.0.1", 0)
        self.ready.set()
        while not self.over.is_set():
            await asyncio.sleep(0.02)
        await self.gateway.close()

    def stop(self) -> None:
        self.over.set()
        self.thread.join(20)
        assert not self.thread.is_alive(), "the gateway did not end"


@contextlib.contextmanager
def served(**told: Any) -> Iterator[Served]:
    """A running gateway with these bounds."""
    one = Served(Bounds(**told))
    one.thread.start()
    assert one.ready.wait(20), "the gateway did not start"
    try:
        yield one
    finally:
        one.stop()


def until(seen: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := seen():
            return found
        time.sleep(0.03)
    raise AssertionError("it did not happen")
