"""Two invented stations of the room's own, so that a demo site shows a living series: a mast in the air, a gauge in the water."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

from django.utils import timezone

from .client import Value, ingest
from .declare import Property, Series, Station, Unit, declare

AIR = Property("ta", "气温", "air temperature")
HUMIDITY = Property("rh", "相对湿度", "relative humidity")
LEVEL = Property("z", "水位", "water level")
CELSIUS, PERCENT, METRE = Unit("degree Celsius", "°C"), Unit("percent", "%"), Unit("metre", "m")
DAYS = 3
STATIONS = (
    Station("demo-mast", "演示气象站", "Demonstration mast", kind="mast", series=(
        Series(AIR, CELSIUS, interval=600, checks={"low": -10, "high": 45, "step": 6}),
        Series(HUMIDITY, PERCENT, interval=600, checks={"low": 0, "high": 100}),
    )),
    Station("demo-gauge", "演示水位站", "Demonstration gauge", kind="gauge", series=(
        Series(LEVEL, METRE, interval=600, checks={"low": 160, "high": 180, "step": 0.5}),
    )),
)  # fmt: skip


def fill(demo: Any) -> None:
    """Three days of values each ten minutes, with an outage, a maintenance and a broken value."""
    kept = declare(STATIONS, demo=True)
    chance = demo.random("sense")
    end = timezone.now().replace(minute=0, second=0, microsecond=0)
    values: list[Value] = []
    for (_station, code), row in kept.items():
        for n in range(DAYS * 144):
            at = end - timedelta(minutes=10 * (DAYS * 144 - n))
            if code == "z" and 200 <= n < 215:
                continue
            wave = math.sin(2 * math.pi * n / 144)
            usual = {"ta": 14 + 5 * wave, "rh": 70 - 12 * wave, "z": 170.3 + 0.2 * wave}[code]
            value = usual + chance.gauss(0, 0.05)
            mark = "M" if code == "ta" and 300 <= n < 304 else "N"
            values.append(Value(row.pk, at, 99.9 if code == "ta" and n == 150 else round(value, 2), mark))
    ingest(values)
