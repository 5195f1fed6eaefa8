"""What is measured at an outlet: codes of HJ 524 and HJ 525 as devices send them, and which series stand for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hanfeng.commons.devices.reading import series_code
from hanfeng.kernel.api import Property, Series, Unit
from hanfeng.standards.hj212 import Command

MG_AIR, MG_WATER = Unit("milligram per cubic metre", "mg/m³"), Unit("milligram per litre", "mg/L")
KG = Unit("kilogram", "kg")
MINUTES = 600
"""Seconds between two minute values: ten minutes, as HJ 212-2017 has it where a device is told nothing else."""


class Medium(TextChoices):
    AIR = "air", _("to air")
    WATER = "water", _("to water")


class FactorCode(TextChoices):
    """What a licence may limit."""

    SO2 = "a21026", _("sulphur dioxide")
    NOX = "a21002", _("nitrogen oxides")
    DUST = "a34013", _("particulate matter")
    COD = "w01018", _("chemical oxygen demand")
    NH3N = "w21003", _("ammonia nitrogen")
    TP = "w21011", _("total phosphorus")


@dataclass(frozen=True)
class Factor:
    """One thing measured. `converted`: to the reference oxygen; `limited`: licences limit it; `high`: instruments end there."""

    code: str
    zh: str
    en: str
    unit: Unit
    medium: Medium
    high: float
    converted: bool = False
    limited: bool = True
    digits: int = 1

    @property
    def name(self) -> str:
        """Its name in the reader's language."""
        return self.en if (get_language() or "zh").startswith("en") else self.zh

    @property
    def minute(self) -> str:
        """The code of the series of its minute means."""
        return series_code(self.code, "Avg", Command.MINUTE)

    @property
    def total(self) -> str:
        """The code of the series of what the device itself says was emitted in an hour."""
        return series_code(self.code, "Cou", Command.HOUR)

    @property
    def ratio(self) -> str:
        """The code of the series of hourly values over the licensed limit."""
        return f"{self.code}-ratio"

    @property
    def still(self) -> str:
        """The code of the series that tells for how many hours the value has not moved."""
        return f"{self.code}-still"


OXYGEN = Factor("a19001", "烟气含氧量", "oxygen in flue gas", Unit("percent", "%"), Medium.AIR, 25, limited=False)
GAS_FLOW = Factor(
    "a00000", "废气流量", "flow of gas", Unit("cubic metre per hour", "m³/h"), Medium.AIR, 2e6, limited=False, digits=0
)
WATER_FLOW = Factor(
    "w00000", "废水流量", "flow of water", Unit("litre per second", "L/s"), Medium.WATER, 5000, limited=False
)
FACTORS: Mapping[str, Factor] = {
    factor.code: factor
    for factor in (
        Factor("a21026", "二氧化硫", "sulphur dioxide", MG_AIR, Medium.AIR, 1000, converted=True),
        Factor("a21002", "氮氧化物", "nitrogen oxides", MG_AIR, Medium.AIR, 1000, converted=True),
        Factor("a34013", "颗粒物", "particulate matter", MG_AIR, Medium.AIR, 300, converted=True),
        OXYGEN,
        GAS_FLOW,
        Factor("w01018", "化学需氧量", "chemical oxygen demand", MG_WATER, Medium.WATER, 2000),
        Factor("w21003", "氨氮", "ammonia nitrogen", MG_WATER, Medium.WATER, 200, digits=2),
        Factor("w21011", "总磷", "total phosphorus", MG_WATER, Medium.WATER, 50, digits=2),
        WATER_FLOW,
    )
}
LIMITED = tuple(factor for factor in FACTORS.values() if factor.limited)

RATIO = Property("limit-ratio", "小时值与限值之比", "hourly value over its limit")
STILL = Property("still-hours", "数值未变时长", "hours without a change of the value")


def flow_of(medium: str) -> Factor:
    """What tells how much comes out of an outlet."""
    return GAS_FLOW if medium == Medium.AIR else WATER_FLOW


def kilograms(factor: Factor, concentration: float, flow: float) -> float:
    """What is emitted in one hour, in kg: mg/m³ by m³/h, or mg/L by L/s."""
    return concentration * flow / 1e6 * (1 if factor.medium == Medium.AIR else 3600)


def series(medium: str, usual: Mapping[str, float] | None = None, still_minutes: int = 360) -> tuple[Series, ...]:
    """What an outlet's device sends, and what is reckoned from it. `usual` is told to the simulator of a demo."""
    found: list[Series] = []
    for factor in FACTORS.values():
        if factor.medium != medium:
            continue
        observes = Property(factor.code, factor.zh, factor.en)
        more = {"usual": usual[factor.code]} if usual and factor.code in usual else {}
        checks = {"low": 0, "high": factor.high, "stuck_minutes": still_minutes}
        found.append(
            Series(observes, factor.unit, code=factor.minute, interval=MINUTES, checks=checks, properties=more)
        )
        if factor.limited:
            total = f"{factor.zh}小时排放量", f"{factor.en}, emitted in an hour"
            ratio = f"{factor.zh}与限值之比", f"{factor.en} over its limit"
            still = f"{factor.zh}未变时长", f"{factor.en}, hours without a change"
            found += [
                Series(observes, KG, code=factor.total, interval=3600, name=total[0], name_en=total[1]),
                Series(RATIO, Unit("ratio", ""), code=factor.ratio, name=ratio[0], name_en=ratio[1]),
                Series(STILL, Unit("hour", "h"), code=factor.still, name=still[0], name_en=still[1]),
            ]
    return tuple(found)


class Basis(TextChoices):
    """What a limit is compared with."""

    HOUR = "hour", pgettext_lazy("of a limit", "hourly value")
    DAY = "day", pgettext_lazy("of a limit", "daily value")


class Kind(TextChoices):
    """What a firm is asked to explain."""

    HOUR = "hour", _("hourly value over the limit")
    DAY = "day", _("daily value over the limit")
    OUTAGE = "outage", _("no data")
    RATE = "rate", _("too little transmitted")
    DOUBT = "doubt", _("data in doubt")


class Cause(TextChoices):
    """What the check found."""

    EMISSION = "emission", _("emitted too much")
    PLANT = "plant", _("fault of the treatment plant")
    DEVICE = "device", _("fault of the device or the connection")
    STOP = "stop", _("start, stop or calibration")
    FALSE = "false", _("data falsified")
    NONE = "none", _("nothing wrong")
