"""Frames of HJ 212 from many devices through a gateway and a writer, each in a process of its own, until they are answered.

`python -m benchmarks.devices` prints frames and observations a second from the first byte sent to the last answer, everything
that was answered being on the disk; and beside it how fast one process only reads the same frames. Figures of one machine.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from datetime import datetime, timedelta

import click

from .place import own_site

FACTORS = 11


def frames(number: str, count: int) -> list[bytes]:
    """Frames of real-time data of one device, a second apart, with eleven factors each."""
    from hanfeng.standards.hj212 import CHINA, build, write_time

    start, made = datetime(2026, 3, 1, tzinfo=CHINA), []
    for n in range(count):
        at = write_time(start + timedelta(seconds=n))
        told = ";".join(f"f{k:05}-Rtd={20 + k + n % 7}.{n % 10},f{k:05}-Flag=N" for k in range(FACTORS))
        head = f"QN={at}000;ST=31;CN=2011;PW=123456;MN={number};Flag=5;"
        made.append(build(f"{head}CP=&&DataTime={at};{told}&&".encode()))
    return made


def declare_devices(numbers: list[str]) -> None:
    """The stations and their devices."""
    from hanfeng.commons.devices.models import Device
    from hanfeng.kernel.api import Property, Series, Station, Thing, Unit, declare, save

    series = [Series(Property(f"f{k:05}", f"因子{k}"), Unit("unit", "u"), interval=60) for k in range(FACTORS)]
    declare([Station(number, number, number, series=series) for number in numbers])
    for thing in Thing.objects.filter(code__in=numbers):
        save(Device(thing=thing, system="31", password="123456"), None)


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


@click.command()
@click.option("--devices", default=40, show_default=True)
@click.option("--each", default=500, show_default=True, help="Frames of each device.")
def main(devices: int, each: int) -> None:
    """Measure the way from a frame to its answer."""
    numbers, port = [f"BENCH{n:04}" for n in range(devices)], free_port()
    with own_site() as engine:
        declare_devices(numbers)
        told = {number: frames(number, each) for number in numbers}
        hanfeng = (sys.executable, "-m", "hanfeng")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": dict(os.environ)}
        with (
            subprocess.Popen([*hanfeng, "work", "--writer"], **quiet) as writer,  # type: ignore[call-overload]
            subprocess.Popen([*hanfeng, "gateway", "hj212", "--port", str(port)], **quiet) as gateway,  # type: ignore[call-overload]
        ):
            try:
                from hanfeng.kernel.sense.client import alive

                wait_for(port)
                while not alive():
                    time.sleep(0.1)
                seconds = asyncio.run(everybody(port, told))
            finally:
                gateway.terminate()
                writer.terminate()
        from hanfeng.kernel.sense.models import Observation

        kept, count = Observation.objects.count(), devices * each
        reading = only_read(told)
    click.echo(f"{engine}: {count:,} frames of {FACTORS} factors from {devices} devices, {kept:,} observations kept")
    click.echo(f"answered: {count / seconds:,.0f} frames/s, {kept / seconds:,.0f} observations/s")
    click.echo(f"only read: {count / reading:,.0f} frames/s, {count * FACTORS / reading:,.0f} observations/s")
    sys.exit(kept != count * FACTORS)


if __name__ == "__main__":
    main()
