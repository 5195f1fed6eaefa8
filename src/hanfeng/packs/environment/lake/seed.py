"""An invented lake with two rivers: forty days of values with a bloom, a failing probe, a gap, and monthly samples."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.utils import timezone

from hanfeng.kernel.api import Broken, Cut, Live, Scene, Station, Thing, Usual, When, declare, history, ingest

from .models import Sample, Site
from .terms import SERIES, Water

DAYS = 40
STATIONS = (
    ("DEMO-LAKE-1", "湖心站（演示）", "Lake centre (demo)", Water.LAKE, 3, 0.0, 0.0),
    ("DEMO-LAKE-2", "入湖口站（演示）", "Inflow (demo)", Water.LAKE, 3, 0.021, 0.012),
    ("DEMO-RIVER-1", "上游断面（演示）", "Upstream section (demo)", Water.RIVER, 2, -0.035, 0.028),
    ("DEMO-RIVER-2", "下游断面（演示）", "Downstream section (demo)", Water.RIVER, 3, 0.043, -0.024),
)
LIVE = Live(
    usual={
        "w01001": Usual(8.0, 0.15, 15, 0.003, low=6, high=11), "w01009": Usual(8.2, 0.9, 15, 0.012, low=1),
        "w01010": Usual(17.0, 1.2, 15, 0.006, digits=1), "w01016": Usual(9.0, 0.8, 14, 0.03, low=0.1),
        "w01019": Usual(3.4, noise=0.03, digits=3), "w21003": Usual(0.22, noise=0.04, digits=3),
        "w21011": Usual(0.036, noise=0.04, digits=4), "w21001": Usual(0.85, noise=0.03, digits=3),
    },
    own={
        "river": {"w01016": Usual(2.0, noise=0.03, low=0.1), "w21011": Usual(0.16, noise=0.03, digits=4)},
        "DEMO-RIVER-1": {"w21011": Usual(0.09, noise=0.03, digits=4)},
    },
    # a bloom that began a week ago, is at its height now, fades in five days and comes again in the next month
    scenes=(
        Scene(
            When(-168, 720, 320), {"w01016": 58, "w01001": 0.9, "w01009": 2.5, "w21011": 0.03, "w01019": 0.7, "w21001": 0.2},
            rise=130, fall=130, share={"DEMO-LAKE-2": 0.55, "DEMO-RIVER-1": 0, "DEMO-RIVER-2": 0},
        ),
    ),
    broken=(Broken("DEMO-LAKE-2", "w01009", When(-20, 600, 60)),),
    cuts=(Cut("DEMO-RIVER-2", When(-7, 200, 8)),),
)  # fmt: skip
"""How they go on while the site runs: a bloom, an oxygen probe that hangs, a line that is cut and comes back."""


def fill(demo: Any) -> None:
    """Stations around the middle of the county's towns, their values, the samples."""
    random, now = demo.random("lake"), timezone.localtime().replace(minute=0, second=0, microsecond=0)
    lon, lat = demo.middle()
    kept = declare([_station(row, lon, lat) for row in STATIONS], demo=True)
    things = Thing.objects.in_bulk([s.thing_id for s in kept.values()])
    by_code = {thing.code: thing for thing in things.values()}
    sites = [
        Site(
            thing=by_code[code],
            water=water,
            target=target,
            order=number,
            source="演示数据",
            source_en="demonstration data",
        )
        for number, (code, _zh, _en, water, target, _x, _y) in enumerate(STATIONS, 1)
    ]
    demo.keep(sites)
    ingest(history("lake", LIVE, now, timedelta(days=DAYS)))
    demo.keep([sample for site in sites for sample in _samples(site, now, random)])


def _station(row: tuple[Any, ...], lon: float, lat: float) -> Station:
    code, zh, en, water, _target, x, y = row
    return Station(
        code, zh, en, kind=str(water.value), pack="lake", point=(round(lon + x, 5), round(lat + y, 5)), series=SERIES,
        properties={"demo": True},
    )  # fmt: skip


def _samples(site: Site, now: datetime, random: Random) -> Iterator[Sample]:
    for month in range(6):
        taken = (now - timedelta(days=5 + 30 * month)).date()
        shake = 1 + random.gauss(0, 0.05)
        yield Sample(
            site=site, taken=taken, number=f"DEMO-{site.order}-{month + 1}", laboratory="演示实验室",
            laboratory_en="demonstration laboratory",
            temperature=Decimal("16.5"), ph=Decimal("8.1"), do=_d(7.9 * shake), codmn=_d(3.3 * shake), nh3n=_d(0.21 * shake),
            tp=_d((0.04 if site.is_lake else 0.12) * shake), tn=_d(0.9 * shake), chla=_d(10 * shake),
            sd=_d(1.1 * shake, 2) if site.is_lake else None,
        )  # fmt: skip


def _d(value: float, digits: int = 4) -> Decimal:
    return Decimal(str(round(value, digits)))
