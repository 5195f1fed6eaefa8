"""Invented series of a district: growth with a weak year, a census that revised GDP; every value is marked as demo data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from hanfeng.commons.series.kinds import (
    CAPITAL_GROWTH,
    DIGITAL,
    GDP,
    GDP_GROWTH,
    LABOUR_GROWTH,
    RESIDENTS,
    SeriesKind,
)  # fmt: skip
from hanfeng.commons.series.models import SeriesValue, Stage

from .models import DigitalDefinition, Scope

SOURCE = "演示统计公报"
GROWTH = (4.0, 8.4, 3.1, 6.3, 6.0, 5.8)
CAPITAL = (6.0, 6.6, 5.4, 5.2, 5.0, 4.9)
LABOUR = (-0.4, 0.9, 0.1, 0.6, 0.3, 0.2)
CENSUS = 1.042
"""How much more the census found, of the third year after the base."""


def fill(demo: Any) -> None:
    """The base year and the five after it, as far as they are over."""
    first = demo.base_day.year
    years = [year for year in range(first, first + len(GROWTH)) if date(year + 1, 3, 20) <= demo.today]
    core = DigitalDefinition(
        slug="demo-core",
        title="演示口径：数字经济核心产业", title_en="Demo definition: core digital industries", width=Scope.CORE,
        text="演示数据：只计数字产品制造、数字产品服务、数字技术应用、数字要素驱动四类核心产业，不计产业数字化部分。",
        text_en="Demo data: the four classes of core digital industries; the digitised part of other industries is left out.",
        source="演示口径说明", first=first,
    )  # fmt: skip
    demo.keep([core])
    demo.keep(list(_values(demo, years)))


def _values(demo: Any, years: list[int]) -> Iterator[SeriesValue]:
    level, share = 512.0, demo.bases.get("digital-economy-share", 2.0)
    for place, year in enumerate(years):
        level *= 1 + (GROWTH[place] + 1.4) / 100 if place else 1.0
        yield _value(GDP, year, level, date(year + 1, 2, 1))
        if date(year + 1, 12, 30) <= demo.today:
            census = place == 3
            level *= CENSUS if census else 1.0
            yield _value(
                GDP, year, level * (1.0 if census else 1.003), date(year + 1, 12, 30),
                stage=Stage.CENSUS if census else Stage.VERIFIED, confirmed=True,
            )  # fmt: skip
        yield _value(DIGITAL, year, level * (share + 0.17 * place) / 100, date(year + 1, 3, 15), basis="demo-core")
        yield _value(RESIDENTS, year, 121.4 - 0.6 * place, date(year + 1, 3, 15), confirmed=True)
        for kind, rates in ((GDP_GROWTH, GROWTH), (CAPITAL_GROWTH, CAPITAL), (LABOUR_GROWTH, LABOUR)):
            yield _value(kind, year, rates[place], date(year + 1, 3, 15))
    now = demo.today
    for quarter in (1, 2, 3):
        out = date(now.year, 3 * quarter + 1, 25)
        if out <= now:
            yield _value(GDP, now.year, level * 1.07 * quarter / 4.1, out, quarter=quarter)


def _value(kind: SeriesKind, year: int, value: float, vintage: date, **more: Any) -> SeriesValue:
    return SeriesValue(
        series=kind.name, year=year, value=Decimal(f"{value:.2f}"), vintage=vintage, source=SOURCE, **more
    )
