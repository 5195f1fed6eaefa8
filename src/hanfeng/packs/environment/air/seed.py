"""An invented network of four stations: an episode, a failing probe, a cut line; daily reports of earlier years."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from math import cos, pi
from random import Random
from typing import Any

from django.utils import timezone

from hanfeng.kernel.api import Broken, Cut, Live, Scene, Station, Thing, Usual, When, declare, history, ingest

from .counting import recount
from .models import AirDay, Site
from .terms import MEASURED, Control

DAYS = 21
FIRST_YEARS = 2
STATIONS = (
    ("DEMO-AIR-1", "城区站（演示）", "Town station (demo)", Control.NATION, 0.0, 0.0),
    ("DEMO-AIR-2", "新城站（演示）", "New town station (demo)", Control.CITY, 0.028, -0.012),
    ("DEMO-AIR-3", "工业园站（演示）", "Industrial park station (demo)", Control.DISTRICT, -0.036, 0.024),
    ("DEMO-AIR-4", "河谷站（演示）", "Valley station (demo)", Control.DISTRICT, 0.012, 0.041),
)
LIVE = Live(
    usual={
        "a34004": Usual(34, 7, 21, 0.06, low=1, digits=1), "a34002": Usual(52, 9, 20, 0.06, low=2, digits=1),
        "a05024": Usual(62, 40, 15, 0.05, low=2, digits=1), "a21004": Usual(24, 8, 20, 0.08, low=1, digits=1),
        "a21026": Usual(8, 2, 11, 0.08, low=1, digits=1), "a21005": Usual(0.6, 0.15, 20, 0.06, low=0.05, digits=2),
    },
    own={"DEMO-AIR-3": {"a21026": Usual(15, 4, 11, 0.1, low=1, digits=1), "a34002": Usual(74, 12, 20, 0.08, low=2, digits=1)}},
    # stagnant air: three days that rise slowly, come again every eleven, and begin again as the site is made
    scenes=(
        Scene(
            When(-9, 264, 78), {"a34004": 190, "a34002": 230, "a21004": 62, "a21005": 1.1, "a05024": -30}, rise=26, fall=14,
            share={"DEMO-AIR-2": 0.92, "DEMO-AIR-3": 1.12, "DEMO-AIR-4": 0.8},
        ),
    ),
    broken=(Broken("DEMO-AIR-4", "a21004", When(-30, 480, 70)),),
    cuts=(Cut("DEMO-AIR-4", When(-4, 168, 5)),),
)  # fmt: skip
"""How they go on while the site runs: an episode that grows, a probe that hangs, a line that is cut and comes back."""


def fill(demo: Any) -> None:
    """Stations around the middle of the county's towns, their values, what is reckoned from them, the reports of earlier days."""
    now = timezone.localtime()
    lon, lat = demo.middle()
    kept = declare([_station(row, lon, lat) for row in STATIONS], demo=True)
    by_code = {thing.code: thing for thing in Thing.objects.in_bulk([s.thing_id for s in kept.values()]).values()}
    demo.keep(
        [
            Site(thing=by_code[code], control=control, order=n)
            for n, (code, _zh, _en, control, _x, _y) in enumerate(STATIONS, 1)
        ]
    )
    ingest(history("air", LIVE, now, timedelta(days=DAYS)))
    start = now.date() - timedelta(days=DAYS - 1)
    demo.keep(list(_reports(date(start.year - FIRST_YEARS, 1, 1), start, demo.random("air"))))
    recount(now, DAYS - 1)


def _station(row: tuple[Any, ...], lon: float, lat: float) -> Station:
    code, zh, en, _control, x, y = row
    return Station(
        code, zh, en, kind="station", pack="air", point=(round(lon + x, 5), round(lat + y, 5)), series=MEASURED,
        properties={"demo": True},
    )  # fmt: skip


def _reports(first: date, last: date, random: Random) -> Iterator[AirDay]:
    """A report a day: dust and smoke in winter, ozone in summer, now and then a bad spell."""
    spell = 0.0
    for number in range((last - first).days):
        day = first + timedelta(days=number)
        winter = cos(2 * pi * (day.timetuple().tm_yday - 10) / 365)
        spell = max(spell * 0.72, random.expovariate(1) - 2.1)
        pm25 = max(6.0, (23 + 11 * winter) * (1 + 0.55 * spell) * random.uniform(0.7, 1.3))
        dust, ozone = pm25 * random.uniform(1.4, 1.8), max(20, (84 - 42 * winter) * random.uniform(0.72, 1.34))
        gases = {"no2": _d((20 + 6 * winter) * random.uniform(0.7, 1.3)), "so2": _d(random.uniform(5, 12))}
        co = _d(random.uniform(0.4, 1.0), 1)
        yield AirDay(day=day, pm25=_d(pm25), pm10=_d(dust), o3=_d(ozone), co=co, stations=4, **gases)


def _d(value: float, digits: int = 0) -> Decimal:
    return Decimal(f"{value:.{digits}f}")
