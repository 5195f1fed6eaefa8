"""What is measured in the air and what is reckoned from it: codes of HJ 524 as devices send them, items of HJ 633."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Property, Series, Unit
from hanfeng.kernel.pure import Words

HOUR = 3600
UG, MG, ONE = Unit("microgram per cubic metre", "µg/m³"), Unit("milligram per cubic metre", "mg/m³"), Unit("index", "")

POLLUTANTS: Mapping[str, str] = {
    "a21026": "so2", "a21004": "no2", "a21005": "co", "a05024": "o3", "a34002": "pm10", "a34004": "pm25",
}  # fmt: skip
"""Pollutants by the code of their property."""

ITEMS = tuple(POLLUTANTS.values())
OF_HOUR: Mapping[str, str] = {p: f"{p}_24h" if p.startswith("pm") else f"{p}_1h" for p in ITEMS}
OF_DAY: Mapping[str, str] = {p: "o3_8h" if p == "o3" else f"{p}_24h" for p in ITEMS}
"""Items of the hourly and of the daily report of HJ 633 by pollutant."""

NAMES: Mapping[str, Words] = {
    "so2": Words("二氧化硫", "SO₂"), "no2": Words("二氧化氮", "NO₂"), "co": Words("一氧化碳", "CO"),
    "o3": Words("臭氧", "O₃"), "pm10": Words("可吸入颗粒物（PM10）", "PM10"), "pm25": Words("细颗粒物（PM2.5）", "PM2.5"),
}  # fmt: skip
SIGNS: Mapping[str, str] = {
    "so2": "SO₂",
    "no2": "NO₂",
    "co": "CO",
    "o3": "O₃",
    "pm10": "PM10",
    "pm25": "PM2.5",
}

_BOUNDS: Mapping[str, tuple[str, str, Unit, float]] = {
    "a34004": ("细颗粒物（PM2.5）", "PM2.5", UG, 1000), "a34002": ("可吸入颗粒物（PM10）", "PM10", UG, 2000),
    "a05024": ("臭氧", "ozone", UG, 1000), "a21004": ("二氧化氮", "nitrogen dioxide", UG, 1000),
    "a21026": ("二氧化硫", "sulphur dioxide", UG, 2000), "a21005": ("一氧化碳", "carbon monoxide", MG, 100),
}  # fmt: skip
MEASURED = tuple(
    Series(Property(code, zh, en), unit, interval=900, checks={"low": 0, "high": high, "stuck_minutes": 360})
    for code, (zh, en, unit, high) in _BOUNDS.items()
)
"""What a station measures. The bounds are those of ordinary instruments (ours); a gateway may declare another interval."""

AQI = Property("aqi", "空气质量指数（小时）", "air quality index of the hour")
GRADE = Property("aqi-grade", "空气污染等级（小时）", "grade of pollution of the hour")
AQI_24 = Property("aqi-24h", "空气质量指数（24小时滑动）", "air quality index of 24 hours")
STAGE = Property("air-stage", "达到的重污染天气预警级别", "level of heavy pollution reached")

OF_STATION = (Series(AQI, ONE, interval=HOUR), Series(GRADE, ONE, interval=HOUR))
OF_AREA = (*OF_STATION, Series(AQI_24, ONE, interval=HOUR), Series(STAGE, ONE, interval=HOUR))
"""What is reckoned: the grade is 0 up to good, 1 light, 2 moderate, 3 heavy, 4 severe; the stage 0 none, 1 yellow to 3 red."""

STAGES = ("", "yellow", "orange", "red")
AREA = "air-area"
"""The code of the thing that stands for the whole district, and its kind."""


class Control(TextChoices):
    NATION = "nation", _("national station")
    CITY = "city", _("station of the city")
    DISTRICT = "district", _("station of the district")
