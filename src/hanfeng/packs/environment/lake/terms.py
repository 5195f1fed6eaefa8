"""What is measured in the water: codes of HJ 525 as devices send them, and the items of the standards they stand for."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Property, Series, Unit

MG, UG = Unit("milligram per litre", "mg/L"), Unit("microgram per litre", "µg/L")

PH = Property("w01001", "pH", "pH")
OXYGEN = Property("w01009", "溶解氧", "dissolved oxygen")
TEMPERATURE = Property("w01010", "水温", "water temperature")
CHLA = Property("w01016", "叶绿素a", "chlorophyll a")
CODMN = Property("w01019", "高锰酸盐指数", "permanganate index")
TN = Property("w21001", "总氮", "total nitrogen")
NH3N = Property("w21003", "氨氮", "ammonia nitrogen")
TP = Property("w21011", "总磷", "total phosphorus")

CLASS_ITEMS: Mapping[str, str] = {
    "w01001": "ph",
    "w01009": "do",
    "w01019": "codmn",
    "w21003": "nh3n",
    "w21011": "tp",
    "w21001": "tn",
}
"""Items of GB 3838 by the code of their property."""

TROPHIC_ITEMS: Mapping[str, str] = {"w01016": "chla", "w21011": "tp", "w21001": "tn", "w01019": "codmn"}
"""Items of the trophic index by the code of their property; chlorophyll a in µg/L is mg/m³. Transparency comes from samples."""

HOUR = 3600
SERIES = (
    Series(TEMPERATURE, Unit("degree Celsius", "°C"), interval=HOUR, checks={"low": -2, "high": 45, "step": 8}),
    Series(PH, Unit("pH", ""), interval=HOUR, checks={"low": 2, "high": 12, "stuck_minutes": 2880}),
    Series(OXYGEN, MG, interval=HOUR, checks={"low": 0, "high": 30, "stuck_minutes": 720}),
    Series(CHLA, UG, interval=HOUR, checks={"low": 0, "high": 1000}),
    Series(CODMN, MG, interval=4 * HOUR, checks={"low": 0, "high": 100}),
    Series(NH3N, MG, interval=4 * HOUR, checks={"low": 0, "high": 50}),
    Series(TP, MG, interval=4 * HOUR, checks={"low": 0, "high": 20}),
    Series(TN, MG, interval=4 * HOUR, checks={"low": 0, "high": 100}),
)
"""What a station of this system measures; the bounds are those of its instruments (ours)."""


class Water(TextChoices):
    LAKE = "lake", _("lake or reservoir")
    RIVER = "river", _("river")
