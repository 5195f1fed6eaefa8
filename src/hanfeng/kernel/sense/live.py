"""Invented stations that live: what their values would be at any moment, and the duty that sends what fell due.

A value depends on the station, the series and the moment alone. So a history and what follows it are one curve, sending again
changes nothing, and after a pause what was missed is sent late, as a real logger does. Only datastreams marked as demo are fed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from django.conf import settings
from django.db.models import Min
from django.utils import timezone

from .client import Value, ingest, ms
from .models import Datastream, Thing
from .reads import latest

HOUR = 3_600_000
LONGEST_FILL = timedelta(days=30)
CHUNK = 5000


@dataclass(frozen=True)
class Usual:
    """An ordinary series: its level, its swing over the day around the hour of its peak, noise as a share of the level."""

    level: float
    swing: float = 0.0
    peak: float = 14.0
    noise: float = 0.03
    low: float = 0.0
    high: float = math.inf
    digits: int = 2


@dataclass(frozen=True)
class When:
    """What comes again: it first begins so many hours after the stations were made, then every so many hours."""

    first: float
    every: float
    lasts: float

    def at(self, hours: float) -> float | None:
        """How many hours it has been going on; None while it does not."""
        gone = (hours - self.first) % self.every
        return gone if gone < self.lasts else None


@dataclass(frozen=True)
class Scene:
    """Something that happens to the series of a system: `adds` is what each gains at its height, `share` how much of it a
    station gets (1 where it is not named). It rises and falls over these hours."""

    when: When
    adds: Mapping[str, float]
    rise: float
    fall: float
    share: Mapping[str, float] = field(default_factory=dict)

    def strength(self, thing: str, hours: float) -> float:
        """From 0 to the share of the station."""
        gone = self.when.at(hours)
        if gone is None:
            return 0.0
        slope = min(gone / self.rise, (self.when.lasts - gone) / self.fall, 1.0)
        return self.share.get(thing, 1.0) * (1 - math.cos(math.pi * slope)) / 2


@dataclass(frozen=True)
class Broken:
    """A probe that fails: it gives one value, or the one it last gave (None), under a mark."""

    thing: str
    series: str
    when: When
    value: float | None = None
    mark: str = "N"


@dataclass(frozen=True)
class Cut:
    """A station whose connection is cut: its values come when the cut ends."""

    thing: str
    when: When


@dataclass(frozen=True)
class Live:
    """How the demo stations of a system behave: series by code (`own` by kind or code of the station), and what happens."""

    usual: Mapping[str, Usual]
    own: Mapping[str, Mapping[str, Usual]] = field(default_factory=dict)
    scenes: tuple[Scene, ...] = ()
    broken: tuple[Broken, ...] = ()
    cuts: tuple[Cut, ...] = ()

    def of(self, stream: Fed) -> Usual | None:
        """How one series behaves on an ordinary day."""
        own = {**self.own.get(stream.kind, {}), **self.own.get(stream.thing, {})}
        return own.get(stream.series) or self.usual.get(stream.series)

    def reading(self, stream: Fed, moment: int, anchor: int) -> tuple[float, str] | None:
        """Value and mark of a series at a moment (milliseconds); None for a series it does not know."""
        usual = self.of(stream)
        if usual is None:
            return None
        hours = (moment - anchor) / HOUR
        for failed in self.broken:
            gone = failed.when.at(hours)
            if gone is not None and (failed.thing, failed.series) == (stream.thing, stream.series):
                began = moment - round(gone * HOUR)
                return (
                    self._sound(stream, usual, began, anchor) if failed.value is None else failed.value
                ), failed.mark
        return self._sound(stream, usual, moment, anchor), "N"

    def _sound(self, stream: Fed, usual: Usual, moment: int, anchor: int) -> float:
        name = f"{stream.thing}:{stream.series}"
        clock = timezone.localtime(datetime.fromtimestamp(moment / 1000, timezone.get_default_timezone()))
        turn = 2 * math.pi * (clock.hour + clock.minute / 60 - usual.peak) / 24
        drift = 0.06 * usual.level * math.sin(2 * math.pi * moment / (61 * HOUR) + _chance(name))
        value = usual.level + usual.swing * math.cos(turn) + drift
        for scene in self.scenes:
            if stream.series in scene.adds:
                value += scene.adds[stream.series] * scene.strength(stream.thing, (moment - anchor) / HOUR)
        shake = sum(_chance(f"{name}:{moment}:{n}") for n in range(4)) / 2 - 1  # nearly normal, within 1 either way
        value += shake * usual.noise * 2 * max(value, usual.level)
        return round(min(max(value, usual.low), usual.high), usual.digits)

    def cut_off(self, thing: str, moment: int, anchor: int) -> bool:
        """Whether a station has no connection at a moment."""
        return any(cut.thing == thing and cut.when.at((moment - anchor) / HOUR) is not None for cut in self.cuts)


class Fed(NamedTuple):
    """A datastream as it is fed."""

    key: int
    thing: str
    kind: str
    series: str
    interval: int


def _chance(name: str) -> float:
    return crc32(name.encode()) / 2**32


def anchor(pack: str) -> int:
    """The full hour in which the demo stations of a system were made (milliseconds), from which its happenings are reckoned."""
    made = Thing.everything.filter(pack=pack, demo=True).aggregate(first=Min("created_at"))["first"] or timezone.now()
    return ms(made) // HOUR * HOUR


def streams(pack: str) -> list[Fed]:
    """The demo datastreams of a system."""
    rows = Datastream.objects.filter(demo=True, thing__demo=True, thing__void=False, thing__pack=pack, interval__gt=0)
    told = rows.order_by("pk").values_list("pk", "thing__code", "thing__kind", "code", "interval")
    return [Fed(*row) for row in told]


def between(live: Live, stream: Fed, start: int, end: int, origin: int) -> Iterator[Value]:
    """The values of a series due after `start` and up to `end` (milliseconds)."""
    step = stream.interval * 1000
    for moment in range((start // step + 1) * step, end + 1, step):
        told = live.reading(stream, moment, origin)
        if told is not None:
            yield Value(stream.key, moment, told[0], told[1])


def history(pack: str, live: Live, now: datetime, back: timedelta) -> Iterator[Value]:
    """What the demo stations of a system would have sent up to now; those cut off now have not sent it yet."""
    origin, end = anchor(pack), ms(now)
    for stream in streams(pack):
        values = between(live, stream, end - round(back.total_seconds() * 1000), end, origin)
        if live.cut_off(stream.thing, end, origin):
            values = (v for v in values if not _this_cut(live, stream.thing, ms(v.time), end, origin))
        yield from values


def _this_cut(live: Live, thing: str, moment: int, now: int, origin: int) -> bool:
    """Whether a moment lies in the cut that goes on now."""
    gone = [cut.when.at((now - origin) / HOUR) for cut in live.cuts if cut.thing == thing]
    return any(hours is not None and now - moment <= hours * HOUR for hours in gone)


def due(now: datetime) -> Iterator[Value]:
    """What the demo stations of every system owe. Who never sent begins now; a pause of more than a month stays a gap.

    What devices send themselves (`Pack.speaking`) is left to them.
    """
    from hanfeng.kernel.pack import catalogue

    end = ms(now)
    spoken = {key for pack in catalogue() if pack.speaking for key in pack.speaking()}
    for pack in catalogue():
        if pack.live is None:
            continue
        rows = [row for row in streams(pack.name) if row.key not in spoken]
        if not rows:
            continue
        origin, lasts = anchor(pack.name), latest(row.key for row in rows)
        for row in rows:
            if pack.live.of(row) is None or pack.live.cut_off(row.thing, end, origin):
                continue
            last = ms(lasts[row.key].time) if row.key in lasts else end - row.interval * 1000
            yield from between(pack.live, row, max(last, end - round(LONGEST_FILL.total_seconds() * 1000)), end, origin)


def feed(now: datetime) -> int:
    """Send what is due in the order of time; how many were new. Nothing on a site without demo data, or told to be still."""
    if is_still():
        return 0
    values = sorted(due(now), key=lambda value: ms(value.time))
    return sum(ingest(part).new for part in _parts(values))


def _parts(values: list[Value]) -> Iterable[list[Value]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


# --- devices that speak for themselves --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Voice:
    """What a demo station would say, for a device that sends it: the series that have a curve, by code.

    `last` is the newest time kept of any of them (milliseconds).
    """

    live: Live
    thing: str
    streams: Mapping[str, Fed]
    origin: int
    last: int | None

    def reading(self, series: str, at: datetime) -> tuple[float, str] | None:
        """Value and mark at a moment; None for a series it does not know."""
        stream = self.streams.get(series)
        return self.live.reading(stream, ms(at), self.origin) if stream else None

    def is_away(self, now: datetime) -> bool:
        """Whether it has no connection: it is cut off, or the demo stations were told to be still."""
        return self.live.cut_off(self.thing, ms(now), self.origin) or is_still()


def voices() -> dict[str, Voice]:
    """The demo stations that go on by themselves, by their codes."""
    from hanfeng.kernel.pack import catalogue

    found: dict[str, Voice] = {}
    for pack in catalogue():
        if pack.live is None:
            continue
        own: dict[str, dict[str, Fed]] = {}
        for row in streams(pack.name):
            if row.thing and pack.live.of(row):
                own.setdefault(row.thing, {})[row.series] = row
        origin = anchor(pack.name)
        lasts = latest(row.key for rows in own.values() for row in rows.values())
        for thing, rows in own.items():
            times = [ms(lasts[row.key].time) for row in rows.values() if row.key in lasts]
            found[thing] = Voice(pack.live, thing, rows, origin, max(times, default=None))
    return found


# --- the switch -------------------------------------------------------------------------------------------------------


def _switch() -> Path:
    return Path(settings.HOME) / "demo.still"


def is_still() -> bool:
    """Whether somebody stopped the demo stations of this site."""
    return _switch().exists()


def keep_still(still: bool) -> None:
    """Stop the demo stations of this site, or let them go on; it holds over restarts."""
    if still:
        _switch().touch()
    else:
        _switch().unlink(missing_ok=True)
