"""Frames of HJ 212 through a gateway and a writer, in processes of their own: how many are answered, how soon an alert stands.

A frame is answered when what it says is on the disk. Beside it: how fast one process only reads the same frames.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from statistics import median

from .measure import Line

FACTORS = 11
DEVICES, EACH = 40, 100  # frames of each device in a turn
LIMIT = 50
PROBE = "BENCHALERT"
BESIDE = 10  # devices that send while alerts are measured, so many observations a second together
RATE = 1000


# --- what is declared and sent --------------------------------------------------------------------------------------------


def frame(number: str, n: int, base: int = 20) -> bytes:
    """A frame of real-time data of a device, its n-th second, with eleven factors."""
    from hanfeng.standards.hj212 import CHINA, build, write_time

    at = write_time(datetime(2026, 3, 1, tzinfo=CHINA) + timedelta(seconds=n))
    told = ";".join(f"f{k:05}-Rtd={base + k + n % 7}.{n % 10},f{k:05}-Flag=N" for k in range(FACTORS))
    head = f"QN={at}000;ST=31;CN=2011;PW=123456;MN={number};Flag=5;"
    return build(f"{head}CP=&&DataTime={at};{told}&&".encode())


def numbers() -> list[str]:
    """Of the devices that send as fast as they can."""
    return [f"BENCH{n:04}" for n in range(DEVICES)]


def declare_devices() -> None:
    """The stations, their devices, a rule that looks at one of them, and an officer who is told. Before the writer starts."""
    from django.contrib.auth.models import Group, User

    from hanfeng.commons.devices.models import Device
    from hanfeng.kernel.alert.declare import Alarm, load
    from hanfeng.kernel.alert.engine import Kind
    from hanfeng.kernel.alert.roles import DUTY
    from hanfeng.kernel.api import Property, Series, Station, Thing, Unit, declare, save

    series = [Series(Property(f"f{k:05}", f"因子{k}"), Unit("unit", "u"), interval=60) for k in range(FACTORS)]
    declare([Station(number, number, number, pack="bench", series=series) for number in [*numbers(), PROBE]])
    for thing in Thing.objects.filter(code__in=[*numbers(), PROBE]):
        save(Device(thing=thing, system="31", password="123456"), None)
    load([("bench", Alarm(PROBE.lower(), "超限", "over", Kind.ABOVE, "f00000", LIMIT, thing_code=PROBE))])
    officer = User.objects.create_user("bench-officer")
    officer.groups.add(Group.objects.get_or_create(name=DUTY.name)[0])


# --- sending ---------------------------------------------------------------------------------------------------------------


async def one(port: int, told: list[bytes]) -> None:
    """One device: sends all it has and waits for all the answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def send() -> None:
        for at in range(0, len(told), 20):
            writer.write(b"".join(told[at : at + 20]))
            await writer.drain()

    sending, heard = asyncio.create_task(send()), 0
    while heard < len(told):
        data = await reader.read(1 << 16)
        if not data:
            raise RuntimeError("the gateway closed")
        heard += data.count(b"CN=9014")
    await sending
    writer.close()


async def everybody(port: int, told: dict[str, list[bytes]]) -> float:
    """The seconds until every frame of every device was answered."""
    began = time.perf_counter()
    await asyncio.gather(*(one(port, own) for own in told.values()))
    return time.perf_counter() - began


def only_read(told: dict[str, list[bytes]]) -> float:
    """The seconds to find the frames and read their values."""
    from hanfeng.standards.hj212 import Decoder, observations

    began = time.perf_counter()
    for own in told.values():
        for taken in Decoder().feed(b"".join(own)):
            if taken.packet:
                list(observations(taken.packet))
    return time.perf_counter() - began


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Until somebody listens. Raises RuntimeError when nobody does within a minute."""
    for _try in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the gateway did not start")


@contextmanager
def gateway() -> Iterator[int]:
    """A gateway for devices in a process of its own; its port."""
    port = free_port()
    command = [sys.executable, "-m", "hanfeng", "gateway", "hj212", "--port", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": dict(os.environ)}
    process = subprocess.Popen(command, **quiet)  # type: ignore[call-overload]
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(60)


# --- lines ----------------------------------------------------------------------------------------------------------------


def lines(turns: int) -> Iterator[Line]:
    """With the writer of the site running, and `declare_devices` done before it started."""
    with gateway() as port:
        yield _answered(port, turns)
        yield _alerts(port, turns * 20)


def _answered(port: int, turns: int) -> Line:
    from hanfeng.kernel.sense.models import Observation

    ours, only, count = [], [], DEVICES * EACH * FACTORS
    before = Observation.objects.count()
    for turn in range(turns):
        told = {name: [frame(name, n) for n in range(turn * EACH, (turn + 1) * EACH)] for name in numbers()}
        ours.append(count / asyncio.run(everybody(port, told)))
        only.append(count / only_read(told))
    if Observation.objects.count() - before != count * turns:
        raise RuntimeError("what was answered is not what was kept")
    note = (
        f"{DEVICES} devices, {FACTORS} values a frame, answered when on the disk; theirs: one process only reads them"
    )
    rates = median(ours), median(only)
    return Line("HJ 212 through the gateway", "obs/s", *rates, rates[1] / rates[0], note=note)


def _alerts(port: int, times: int) -> Line:
    """From sending a frame over the limit until the alert is read, while others send a thousand observations a second."""
    from hanfeng.kernel.alert.models import Alert

    stop, sent, took = threading.Event(), [0], []
    crowd = threading.Thread(target=lambda: asyncio.run(_crowd(port, stop, sent)))
    began = time.perf_counter()
    crowd.start()
    try:
        with socket.create_connection(("127.0.0.1", port), 30) as link:
            for n in range(times):
                for over in (True, False):
                    start = time.perf_counter()
                    link.sendall(frame(PROBE, 2 * n + (not over), LIMIT + 20 if over else 1))
                    heard = b""
                    while b"CN=9014" not in heard:
                        heard += link.recv(1 << 12)
                    if Alert.objects.filter(thing__code=PROBE, cleared_at=None).exists() is not over:
                        raise RuntimeError("a frame was answered before its alert stood")
                    if over:
                        took.append(time.perf_counter() - start)
                    time.sleep(0.05)
    finally:
        stop.set()
        crowd.join()
    rate = sent[0] * FACTORS / (time.perf_counter() - began)
    worst = sorted(took)[round(0.95 * (len(took) - 1))]
    note = f"from the frame to the alert read, {rate:,.0f} observations/s beside it; {times} alerts"
    return Line("frame to alert", "ms", median(took) * 1000, p95_ms=worst * 1000, note=note)


async def _crowd(port: int, stop: threading.Event, sent: list[int]) -> None:
    """Devices that each send a frame every so often, and read what is answered."""
    every = BESIDE * FACTORS / RATE

    async def device(name: str, offset: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        due, n = time.perf_counter() + offset, 10**6
        while not stop.is_set():
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            writer.write(frame(name, n))
            heard = b""
            while b"CN=9014" not in heard and not stop.is_set():
                heard = heard[-16:] + await reader.read(1 << 12)
            due, n, sent[0] = due + every, n + 1, sent[0] + 1
        writer.close()

    await asyncio.gather(*(device(name, every * k / BESIDE) for k, name in enumerate(numbers()[:BESIDE])))
