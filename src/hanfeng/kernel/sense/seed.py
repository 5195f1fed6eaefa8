"""Two invented stations of the room's own, so that a demo site shows a living series: a mast in the air, a gauge in the water."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from .client import ingest
from .declare import Property, Series, Station, Unit, declare
from .live import Broken, Cut, Live, Usual, When, history

AIR = Property("ta", "气温", "air temperature")
HUMIDITY = Property("rh", "相对湿度", "relative humidity")
LEVEL = Property("z", "水位", "water level")
CELSIUS, PERCENT, METRE = Unit("degree Celsius", "°C"), Unit("percent", "%"), Unit("metre", "m")
DAYS = 3
STATIONS = (
    Station("demo-mast", "演示气象站", "Demonstration mast", kind="mast", pack="sense", series=(
        Series(AIR, CELSIUS, interval=600, checks={"low": -10, "high": 45, "step": 6}),
        Series(HUMIDITY, PERCENT, interval=600, checks={"low": 0, "high": 100}),
    )),
    Station("demo-gauge", "演示水位站", "Demonstration gauge", kind="gauge", pack="sense", series=(
        Series(LEVEL, METRE, interval=600, checks={"low": 160, "high": 180, "step": 0.5}),
    )),
)  # fmt: skip


LIVE = Live(
    usual={
        "ta": Usual(14, 5, 15, 0.004),
        "rh": Usual(70, -12, 15, 0.01, high=100),
        "z": Usual(170.3, 0.2, 18, 0.0001, digits=3),
    },
    broken=(
        Broken("demo-mast", "ta", When(-50, 200, 0.5), 99.9),
        Broken("demo-mast", "ta", When(-40, 200, 1), mark="M"),
    ),
    cuts=(Cut("demo-gauge", When(30, 90, 3)),),
)


def fill(demo: Any) -> None:
    """Three days of values each ten minutes, with a broken value and a maintenance."""
    declare(STATIONS, demo=True)
    ingest(history("sense", LIVE, timezone.now(), timedelta(days=DAYS)))
