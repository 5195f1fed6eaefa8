"""The face of the series: the two figures, the years with what revisions moved, the band beside what was stated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from hanfeng.commons.series.kinds import GDP, GDP_GROWTH, RESIDENTS
from hanfeng.commons.series.models import SeriesValue
from hanfeng.commons.series.pack import KEEPER
from hanfeng.commons.series.reading import revisions, yearly
from hanfeng.kernel.api import Layer, Reading, holds

from . import indicators, standard
from .models import DigitalDefinition

YEARS = 6


def face(request: HttpRequest) -> HttpResponse:
    """What GDP is and was, how wide the digital economy is, between which numbers the contribution lies, what was confirmed."""
    gdp = yearly(GDP)
    last = max(gdp, default=timezone.localdate().year - 1)
    span = range(last - YEARS + 1, last + 1)
    found = indicators.accounted(indicators.growths(last).values_list(*indicators.GROWTH_FIELDS))
    context = {
        "now": timezone.now(),
        "last": last,
        "may_write": holds(request.user, KEEPER),
        "demo": SeriesValue.objects.filter(demo=True).exists(),
        "rows": list(_rows(span)),
        "digital": indicators.shares(last, last)[last][1],
        "definition": indicators.definition_of(last),
        "definitions": DigitalDefinition.objects.order_by("-first"),
        "band": found.band() if found else None,
        "accounting": found,
        "tried": [(alpha, found.at(alpha)) for alpha in standard.TRIED] if found else [],
        "from_year": last - standard.YEARS + 1,
        "confirmed": [_confirmed(reading, found) for reading in _readings()],
    }
    return TemplateResponse(request, "macro/face.html", context)


def _rows(span: range) -> Iterator[dict[str, Any]]:
    gdp, growth, residents, revised = yearly(GDP), yearly(GDP_GROWTH), yearly(RESIDENTS), revisions(GDP)
    shares = indicators.shares(span[0], span[-1])
    for year in reversed(span):
        before, now = shares[year]
        yield {
            "year": year, "gdp": gdp.get(year), "revised": revised.get(year), "growth": growth.get(year),
            "residents": residents.get(year), "share": now, "share_before": before if year in revised else None,
        }  # fmt: skip


def _readings() -> Any:
    rows = Reading.objects.filter(measure="science-contribution-rate", layer=Layer.CONFIRMED).select_related("source")
    return rows.order_by("-as_of", "-pk")[:YEARS]


def _confirmed(reading: Reading, found: standard.Accounting | None) -> dict[str, Any]:
    """A stated value, and the capital share that would make it of this district's growth."""
    value = reading.bound.value
    alpha = found.alpha_for(value) if found and value is not None else None
    return {
        "reading": reading,
        "value": reading.bound,
        "alpha": alpha,
        "usual": alpha is not None and standard.LOW <= alpha <= standard.HIGH,
    }
