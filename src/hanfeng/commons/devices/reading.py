"""What a packet of a known device says: values of its datastreams, and which values nobody has declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hanfeng.kernel.api import Datastream, Value
from hanfeng.standards.hj212 import Command, Packet, observations

from .models import Device

PERIODS: Mapping[int, str] = {Command.MINUTE: "minute", Command.HOUR: "hour", Command.DAY: "day"}
SECONDS: Mapping[str, int] = {"minute": 600, "hour": 3600, "day": 86_400}
"""How long the periods are; that of minute data is the interval of the datastream where it has one."""
PARTS: Mapping[int, tuple[str, ...]] = {Command.REAL_TIME: ("Rtd",), **dict.fromkeys(PERIODS, ("Min", "Avg", "Max"))}
"""What the devices of demo stations tell by each command."""


def series_code(factor: str, part: str = "Rtd", command: int = Command.REAL_TIME) -> str:
    """The code of the datastream that takes a value: `a21026` for real-time data, `a21026-Avg.hour` for an hourly mean."""
    name = factor if part == "Rtd" else f"{factor}-{part}"
    period = PERIODS.get(command)
    return f"{name}.{period}" if period else name


@dataclass(frozen=True)
class Known:
    """A device as the gateway knows it: `streams` are (datastream, interval in seconds) by code."""

    thing: int
    password: str
    system: str
    streams: Mapping[str, tuple[int, int | None]]


@dataclass
class Told:
    """What a packet says: values to keep, and codes of series that are not declared."""

    values: list[Value] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)


def read(packet: Packet, known: Known) -> Told:
    """The values of a packet. What is no number (`---`) is no value; the raw frame holds it."""
    told = Told()
    period = PERIODS.get(packet.command)
    for one in observations(packet):
        code = series_code(one.factor, one.part, packet.command)
        found = known.streams.get(code)
        if found is None:
            told.unknown.add(code)
        elif one.value is not None:
            key, interval = found
            until = None
            if period:
                seconds = interval or SECONDS["minute"] if period == "minute" else SECONDS[period]
                until = round(one.at.timestamp() * 1000) + seconds * 1000
            told.values.append(Value(key, round(one.at.timestamp() * 1000), one.value, one.mark, until=until))
    return told


def book() -> dict[str, Known]:
    """Every device by its number (MN); two questions."""
    streams: dict[int, dict[str, tuple[int, int | None]]] = {}
    rows = Datastream.objects.filter(thing__device__void=False, thing__void=False)
    for key, thing, code, interval in rows.values_list("pk", "thing_id", "code", "interval"):
        streams.setdefault(thing, {})[code] = key, interval
    devices = (
        Device.objects.filter(thing__void=False)
        .exclude(thing__code="")
        .values_list("thing_id", "thing__code", "password", "system")
    )
    return {
        number: Known(thing, password, system, streams.get(thing, {})) for thing, number, password, system in devices
    }


def told_by(factor: str, code: str) -> Iterator[int]:
    """By which commands a device can tell a series of this code: one, or none."""
    return (command for command, parts in PARTS.items() for part in parts if series_code(factor, part, command) == code)


def speaking() -> set[int]:
    """The datastreams of demo stations that their devices send; nobody else feeds them."""
    rows = Datastream.objects.filter(thing__device__demo=True, thing__device__void=False, thing__void=False)
    rows = rows.exclude(thing__code="").values_list("pk", "observed_property__code", "code")
    return {key for key, factor, code in rows if any(told_by(factor, code))}
