"""What comes round by itself: indices of hours, the level of heavy pollution, the daily report; late data change them exactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from django.utils import timezone

from hanfeng.kernel.api import Datastream, Quality, Station, Thing, Timer, Value, arrays, declare, ingest, save

from .models import AirDay, Origin, Site
from .parameters import heavy, least
from .reckoning import FULL, Air, Day, area, days, midnight, read, stages
from .terms import AREA, OF_AREA, OF_STATION

SOON, AGAIN = 2, 35
"""Days looked at each round, and once an hour: what comes later than the second is reckoned by `recount` of those days."""
BEFORE = 5  # days of history that the longest run of a level needs


def recount(now: datetime, back: int = SOON) -> int:
    """Reckon the last days anew; what differs is sent to the writer or kept as a daily report. How many changes."""
    sites = list(Site.objects.select_related("thing"))
    if not sites:
        return 0
    end = now.replace(minute=0, second=0, microsecond=0)
    start = midnight(timezone.localtime(now).date() - timedelta(days=back))
    needed = least(timezone.localtime(now).date())
    airs = read(sites, start - timedelta(days=BEFORE), end, needed)
    whole = area(sites, airs, needed.stations)
    streams = _streams(sites, area_too=whole is not None)
    changed: list[Value] = []
    for site in sites:
        changed += _changed(streams[site.thing_id], dict(_of_station(airs[site.pk], start)), airs[site.pk], start)
    if whole is not None:
        (thing,) = [key for key in streams if key not in {s.thing_id for s in sites}]
        changed += _changed(streams[thing], dict(_of_area(whole, start)), whole, start)
    if changed:
        rows = sorted(changed, key=_time)
        ingest(rows)
    demo = any(site.demo for site in sites)
    ended = [day for day in days(sites, airs, needed) if midnight(day.day) >= start]
    return len(changed) + sum(keep(day, demo=demo) for day in ended)


def _time(value: Value) -> float:
    return value.time.timestamp() if isinstance(value.time, datetime) else value.time


def _of_station(air: Air, start: datetime) -> Iterator[tuple[str, list[float | None]]]:
    first = int((start - air.begin) // FULL)
    found = [air.of_hour(n) for n in range(first, len(air))]
    yield "aqi", [told.value for told in found]
    yield "aqi-grade", [None if told.level is None else max(told.level.number - 2, 0) for told in found]


def _of_area(air: Air, start: datetime) -> Iterator[tuple[str, list[float | None]]]:
    yield from _of_station(air, start)
    first = int((start - air.begin) // FULL)
    indices = [air.of_24(n).value for n in range(len(air))]
    yield "aqi-24h", list(indices[first:])
    plan = heavy(timezone.localtime(start).date())
    if plan is not None:
        yield "air-stage", list(stages(indices, plan.value)[first:])


def _changed(
    keys: Mapping[str, int], found: Mapping[str, Sequence[float | None]], air: Air, start: datetime
) -> Iterator[Value]:
    """What is not kept yet, or otherwise. An hour whose index is withheld now keeps the value it had, as suspect."""
    first = int((start - air.begin) // FULL)
    for code, values in found.items():
        kept = arrays(keys[code], start, air.begin + len(air) * FULL)
        known = {t: (v, q) for t, v, q in zip(*(column.tolist() for column in kept), strict=True)}
        for n, value in enumerate(values, first):
            at = air.moment(n)
            before = known.get(round(at.timestamp() * 1000))
            after = (before[0] if before else None, Quality.SUSPECT) if value is None else (value, Quality.VALID)
            if after[0] is not None and before != after:
                yield Value(keys[code], at, after[0], quality=after[1], until=at + FULL)


def _streams(sites: Sequence[Site], *, area_too: bool) -> dict[int, dict[str, int]]:
    """The reckoned datastreams by thing and code; those that are not there yet are declared."""
    codes = [series.key for series in OF_AREA]
    things = [site.thing for site in sites]
    whole = Thing.objects.filter(code=AREA).first()
    if area_too and whole is None:
        demo = any(site.demo for site in sites)
        kept = declare(
            [Station(AREA, "全区", "Whole district", kind="district", pack="air", series=OF_AREA)], demo=demo
        )
        whole = next(iter(kept.values())).thing
    rows = Datastream.objects.filter(thing__in=[*things, *filter(None, [whole])], code__in=codes)
    found: dict[int, dict[str, int]] = {whole.pk: {}} if whole and area_too else {}
    for thing, code, key in rows.values_list("thing_id", "code", "pk"):
        found.setdefault(thing, {})[code] = key
    for thing in things:
        if len(found.get(thing.pk, {})) < len(OF_STATION):
            again = Station(
                thing.code, thing.name, thing.name_en, thing.kind, thing.pack, thing.body, None, OF_STATION, thing.description,
                thing.properties,
            )  # fmt: skip
            found[thing.pk] = {code: row.pk for (_s, code), row in declare([again], demo=thing.demo).items()}
    return found


def told(day: Day) -> dict[str, Any]:
    """What the daily report of a day must say; its index follows from the values."""
    values = {
        p: None if np.isnan(v) else Decimal(f"{v:.1f}" if p == "co" else f"{v:.0f}") for p, v in day.values.items()
    }
    return {**values, "stations": day.stations, "origin": Origin.RECKONED.value}


def keep(day: Day, *, demo: bool) -> bool:
    """Keep the daily report of a day unless it says the same already, or was entered by hand; whether it changed."""
    row = AirDay.objects.filter(day=day.day).first()
    if (row is None and not day.stations) or (row is not None and row.origin == Origin.ENTERED):
        return False
    wanted = told(day)
    if row and all(getattr(row, name) == value for name, value in wanted.items()):
        return False
    save(row or AirDay(day=day.day, demo=demo), None, wanted, verb="reckon")
    return True


TIMERS = (
    Timer("air.reckon", timedelta(seconds=30), recount),
    Timer("air.reckon-again", timedelta(hours=1), lambda now: recount(now, AGAIN)),
)
