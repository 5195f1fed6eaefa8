"""An invented lake with two rivers: forty days of values with a bloom, a failing probe, a gap, and monthly samples."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from math import pi, sin
from random import Random
from typing import Any

from django.utils import timezone

from hanfeng.commons.places.models import Place
from hanfeng.kernel.api import Datastream, Station, Thing, Value, declare, ingest

from .models import Sample, Site
from .terms import SERIES, Water

DAYS = 40
STATIONS = (
    ("DEMO-LAKE-1", "湖心站（演示）", "Lake centre (demo)", Water.LAKE, 3, 0.0, 0.0),
    ("DEMO-LAKE-2", "入湖口站（演示）", "Inflow (demo)", Water.LAKE, 3, 0.021, 0.012),
    ("DEMO-RIVER-1", "上游断面（演示）", "Upstream section (demo)", Water.RIVER, 2, -0.035, 0.028),
    ("DEMO-RIVER-2", "下游断面（演示）", "Downstream section (demo)", Water.RIVER, 3, 0.043, -0.024),
)
LEVELS = {
    "w01001": 8.0, "w01009": 8.2, "w01010": 17.0, "w01016": 9.0, "w01019": 3.4, "w21003": 0.22, "w21011": 0.036, "w21001": 0.85,
}  # fmt: skip
"""Ordinary values; a river has more phosphorus and hardly any algae."""


def fill(demo: Any) -> None:
    """Stations around the middle of the county's towns, their values, the samples."""
    random, now = demo.random("lake"), timezone.localtime().replace(minute=0, second=0, microsecond=0)
    lon, lat = _middle()
    kept = declare([_station(row, lon, lat) for row in STATIONS], demo=True)
    things = Thing.objects.in_bulk([s.thing_id for s in kept.values()])
    by_code = {thing.code: thing for thing in things.values()}
    sites = [
        Site(thing=by_code[code], water=water, target=target, order=number, source="演示数据")
        for number, (code, _zh, _en, water, target, _x, _y) in enumerate(STATIONS, 1)
    ]
    demo.keep(sites)
    for site in sites:
        ingest(_values(site, kept, now, random))
    demo.keep([sample for site in sites for sample in _samples(site, now, random)])


def _middle() -> tuple[float, float]:
    """The middle of the towns that have a point; anywhere when none has."""
    points = list(Place.objects.filter(lat__isnull=False, lon__isnull=False).values_list("lon", "lat"))
    if not points:
        return 105.0, 35.0
    return sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)


def _station(row: tuple[Any, ...], lon: float, lat: float) -> Station:
    code, zh, en, water, _target, x, y = row
    return Station(
        code, zh, en, kind=str(water.value), pack="lake", point=(round(lon + x, 5), round(lat + y, 5)), series=SERIES,
        properties={"demo": True},
    )  # fmt: skip


def _values(site: Site, kept: dict[tuple[str, str], Datastream], now: datetime, random: Random) -> Iterator[Value]:
    code = site.thing.code
    for series in SERIES:
        key, step = kept[code, series.key].pk, series.interval or 3600
        count = DAYS * 86400 // step
        for number in range(count):
            at = now - timedelta(seconds=step * (count - 1 - number))
            if _gap(code, at, now):
                continue
            value = _value(series.key, site, at, now, random)
            yield Value(key, at, value, mark="N")


def _gap(code: str, at: datetime, now: datetime) -> bool:
    """The downstream station lost its connection for a day."""
    return code == "DEMO-RIVER-2" and timedelta(days=6) < now - at < timedelta(days=7)


def _value(code: str, site: Site, at: datetime, now: datetime, random: Random) -> float:
    base, age = LEVELS[code], (now - at).total_seconds() / 86400
    day = sin(2 * pi * (at.hour - 9) / 24)
    noise = random.gauss(0, 0.03)
    bloom = _bloom(age) if site.thing.code.startswith("DEMO-LAKE") else 0.0
    lake = site.is_lake
    if code == "w01016":
        return round(
            max((base if lake else 2.0) * (1 + noise) + 58 * bloom * (1.0 if site.order == 1 else 0.55), 0.1), 2
        )
    if code == "w01001":
        return round(base + 0.15 * day + 0.9 * bloom + noise, 2)
    if code == "w01009":
        return round(max(base + 0.9 * day + (4 * bloom * day), 1.0) + noise, 2)
    if code == "w01010":
        return round(base - 0.15 * (DAYS - age) / 10 + 1.2 * day, 1)
    if code == "w21011":
        river = 0.09 if site.order == 3 else 0.16
        return round(max((base + 0.03 * bloom if lake else river) * (1 + noise), 0.001), 4)
    return round(max(base * (1 + noise + 0.2 * bloom), 0.001), 4)


def _bloom(age: float) -> float:
    """A bloom that rises from nine days ago, peaks two days ago and fades slowly: 0 to 1."""
    return max(0.0, 1 - (age - 2) / 7) if age >= 2 else 0.75 + 0.125 * age


def _samples(site: Site, now: datetime, random: Random) -> Iterator[Sample]:
    for month in range(6):
        taken = (now - timedelta(days=5 + 30 * month)).date()
        shake = 1 + random.gauss(0, 0.05)
        yield Sample(
            site=site, taken=taken, number=f"DEMO-{site.order}-{month + 1}", laboratory="演示实验室",
            temperature=Decimal("16.5"), ph=Decimal("8.1"), do=_d(7.9 * shake), codmn=_d(3.3 * shake), nh3n=_d(0.21 * shake),
            tp=_d((0.04 if site.is_lake else 0.12) * shake), tn=_d(0.9 * shake), chla=_d(10 * shake),
            sd=_d(1.1 * shake, 2) if site.is_lake else None,
        )  # fmt: skip


def _d(value: float, digits: int = 4) -> Decimal:
    return Decimal(str(round(value, digits)))
