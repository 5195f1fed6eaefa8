"""Limits of ambient air quality by GB 3095: the edition of 2012, and that of 2026 in its two phases, by day of observation.

Concentrations in µg/m³, CO in mg/m³, items as in `hj633`. Class I are protected areas, class II all others.

GB 3095-2012 table 1; GB 3095-2026 tables 1 and 2, in force from 2026-03-01, transitional limits up to 2030-12-31. Of the final
limits of 2026 two readings circulate for SO2, NO2 and PM10 of class II: they are marked unconfirmed.
"""

from collections.abc import Mapping
from datetime import date

from hanfeng.kernel.pure import Confidence, Dated, Parameter

Limits = Mapping[str, tuple[float, float]]

_GASES: Limits = {"co_24h": (4, 4), "co_1h": (10, 10), "o3_8h": (100, 160), "o3_1h": (160, 200)}
_SO2_NO2: Limits = {
    "so2_24h": (50, 150), "so2_year": (20, 60), "so2_1h": (150, 500),
    "no2_24h": (80, 80), "no2_year": (40, 40), "no2_1h": (200, 200),
}  # fmt: skip
_FINAL: Limits = {
    "so2_24h": (50, 50), "so2_year": (20, 20), "so2_1h": (150, 150),
    "no2_24h": (50, 50), "no2_year": (30, 30), "no2_1h": (200, 200),
    "pm25_24h": (25, 50), "pm25_year": (10, 25), "pm10_24h": (50, 100), "pm10_year": (20, 50),
}  # fmt: skip
_2012: Limits = {
    **_GASES, **_SO2_NO2, "pm25_24h": (35, 75), "pm25_year": (15, 35), "pm10_24h": (50, 150), "pm10_year": (40, 70),
}  # fmt: skip
_2026: Limits = {
    **_GASES, **_SO2_NO2, "pm25_24h": (35, 60), "pm25_year": (15, 30), "pm10_24h": (50, 120), "pm10_year": (40, 60),
}  # fmt: skip
_2031: Limits = {**_GASES, **_FINAL}
_DOUBT = "two readings of the final limits of class II circulate"


def _version(
    limits: Limits, source: str, clause: str, starts: date, ends: date | None, sure: bool = True
) -> Parameter[Limits]:
    confidence = Confidence.CONFIRMED if sure else Confidence.UNCONFIRMED
    return Parameter("gb3095.limits", limits, "ug/m3", source, clause, starts, ends, confidence, "" if sure else _DOUBT)


LIMITS = Dated(
    _version(_2012, "GB 3095-2012", "table 1", date(2012, 2, 29), date(2026, 3, 1)),
    _version(_2026, "GB 3095-2026", "transitional limits", date(2026, 3, 1), date(2031, 1, 1)),
    _version(_2031, "GB 3095-2026", "final limits", date(2031, 1, 1), None, sure=False),
)


def limit(item: str, day: date, area_class: int = 2) -> float:
    """The limit of an item in an area of class 1 or 2 on a day. Raises NoParameter and KeyError."""
    return LIMITS.at(day).value[item][area_class - 1]


def exceedance(item: str, concentration: float, day: date, area_class: int = 2) -> float:
    """How many times over the limit: (C - S) / S; negative below it."""
    bound = limit(item, day, area_class)
    return (concentration - bound) / bound
