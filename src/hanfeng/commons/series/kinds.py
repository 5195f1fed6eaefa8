"""Each series, declared once with its unit and its definition, so that its keepers and its readers mean the same thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class SeriesKind:
    """What a series means. `quarterly`: values of quarters are kept too, cumulated from the first of January."""

    name: str
    title: Any
    unit: Any
    definition: Any
    decimals: int = 2
    quarterly: bool = False


GDP = SeriesKind(
    "gdp",
    _("gross domestic product"),
    _("100 million yuan"),
    _("At current prices, of the whole district; revised when the year is verified and when a census says more."),
    quarterly=True,
)
RESIDENTS = SeriesKind(
    "resident-population",
    _("resident population"),
    _("10,000 people"),
    _("People who live in the district at the year's end, not those registered there."),
)
DIGITAL = SeriesKind(
    "digital-value-added",
    _("value added of the digital economy"),
    _("100 million yuan"),
    _("By the stated definition of the year; values by different definitions are different series."),
)
GDP_GROWTH = SeriesKind(
    "gdp-growth", _("real growth of GDP"), "%", _("Against the year before, at comparable prices."), quarterly=True
)
CAPITAL_GROWTH = SeriesKind(
    "capital-growth",
    _("growth of the capital stock"),
    "%",
    _("Estimated from investment by perpetual inventory; no public series of a district's capital stock exists."),
)
LABOUR_GROWTH = SeriesKind(
    "labour-growth", _("growth of employment"), "%", _("People in work at the year's end against the year before.")
)

KINDS = (GDP, RESIDENTS, DIGITAL, GDP_GROWTH, CAPITAL_GROWTH, LABOUR_GROWTH)
NAMED = {kind.name: kind for kind in KINDS}
