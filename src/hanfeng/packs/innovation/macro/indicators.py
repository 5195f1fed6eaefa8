"""The figures made of series. Each docstring is the published definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hanfeng.commons.series.kinds import CAPITAL_GROWTH, DIGITAL, GDP, GDP_GROWTH, LABOUR_GROWTH
from hanfeng.commons.series.models import SeriesValue
from hanfeng.commons.series.reading import of_years, revisions, standing, whole_years, yearly
from hanfeng.kernel.api import Band, Ratio, Sum, indicator, local
from hanfeng.kernel.pure import Period

from . import standard
from .models import DigitalDefinition

GROWTHS = (GDP_GROWTH, CAPITAL_GROWTH, LABOUR_GROWTH)


def definition_of(year: int) -> DigitalDefinition | None:
    """The definition of the digital economy that holds for a year."""
    found: DigitalDefinition | None = _holding(year, year + 1).first()
    return found


def _holding(first: int, after: int) -> QuerySet[DigitalDefinition]:
    rows: QuerySet[DigitalDefinition] = DigitalDefinition.objects.filter(Q(last=None) | Q(last__gte=after - 1))
    return rows.filter(first__lte=first)


def digital_remarks(period: Period) -> Iterator[str]:
    """By which definition the figure is made, and what a revised GDP did to it."""
    first, after = whole_years(period)
    found = definition_of(first)
    if found:
        text = _("Definition: %(title)s (%(width)s), %(source)s.")
        yield text % {"title": local(found, "title"), "width": found.get_width_display(), "source": found.source}
    else:
        yield _("No definition of the digital economy is stated for this year, so there is no figure.")
    revised = revisions(GDP).get(first) if first == after - 1 else None
    added = Sum(_digital(period), "value").value() if revised else None
    if revised and added:
        before, now = (100 * float(added) / float(v.value) for v in (revised.first, revised.last))
        told = {"year": first, "day": revised.last.vintage, "before": f"{before:.2f}", "now": f"{now:.2f}"}
        yield _("GDP of %(year)s was revised on %(day)s: the share went from %(before)s%% to %(now)s%%.") % told


def _digital(period: Period) -> QuerySet[SeriesValue]:
    """Values by the one definition that holds for the whole period: of two definitions nothing is added up."""
    return of_years(DIGITAL, period).filter(basis__in=_holding(*whole_years(period)).values("slug"))


@indicator(
    "digital-economy-share", gettext_lazy("Digital economy in GDP"), unit="%", decimals=1, remarks=digital_remarks
)
def digital_economy_share(period: Period) -> Ratio:
    """Value added of the digital economy, by the definition of the year, over GDP of the year in its newest vintage."""
    return Ratio(Sum(_digital(period), "value"), Sum(of_years(GDP, period), "value"))


def growths(last: int) -> QuerySet[SeriesValue]:
    """The yearly growth of output, capital and labour in the five years up to one, each in its newest vintage."""
    return standing(GROWTHS).filter(quarter=None, year__gt=last - standard.YEARS, year__lte=last)


GROWTH_FIELDS = ("series", "year", "value")


def accounted(rows: Iterable[tuple[Any, ...]]) -> standard.Accounting | None:
    """Mean growth from those fields of such rows; None when a year is missing."""
    told: dict[str, dict[int, float]] = {kind.name: {} for kind in GROWTHS}
    for series, year, value in rows:
        told[series][year] = float(value)
    last = max((year for rates in told.values() for year in rates), default=0)
    return standard.accounting(told[GDP_GROWTH.name], told[CAPITAL_GROWTH.name], told[LABOUR_GROWTH.name], last)


def between(rows: Iterable[tuple[Any, ...]]) -> tuple[float, float] | None:
    found = accounted(rows)
    return found.band() if found else None


def contribution_remarks(period: Period) -> Iterator[Any]:
    """Why there is no single number."""
    yield _(
        "A band over the capital share from 0.30 to 0.60: any single number would be a choice of "
        "that share. No public series of the district's capital stock exists; its growth is an "
        "estimate. Not for comparing districts."
    )


@indicator(
    "science-contribution-rate", gettext_lazy("Contribution of science and technology to growth"), unit="%", decimals=1,
    remarks=contribution_remarks,
)  # fmt: skip
def science_contribution(period: Period) -> Band:
    """What growth of capital and labour leaves unexplained over five years, between the capital shares 0.30 and 0.60."""
    _first, after = whole_years(period)
    return Band(growths(after - 1), GROWTH_FIELDS, between)


def shares(first: int, last: int) -> dict[int, tuple[float | None, float | None]]:
    """Digital share of each year with GDP as first published and as it stands: what revisions moved."""
    gdp, revised = yearly(GDP), revisions(GDP)
    told = {}
    for year in range(first, last + 1):
        added = Sum(_digital(Period.year(year)), "value").value()
        now = float(gdp[year]) if year in gdp else None
        before = float(revised[year].first.value) if year in revised else now
        told[year] = tuple(100 * float(added) / each if added and each else None for each in (before, now))
    return told  # type: ignore[return-value]


INDICATORS = (digital_economy_share, science_contribution)
