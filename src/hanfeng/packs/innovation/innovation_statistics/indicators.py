"""The figures counted from accepted returns. Each docstring is the published definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Count as CountOf
from django.db.models import Q, QuerySet
from django.db.models import Sum as SumOf
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hanfeng.commons.series.kinds import GDP
from hanfeng.commons.series.reading import of_years, revisions, whole_years, yearly
from hanfeng.kernel.api import Count, Dimension, Ratio, Sum, indicator
from hanfeng.kernel.pure import Period

from .models import Filing
from .terms import State
from .wording import number

BY = (
    Dimension("town__name", gettext_lazy("town or sub-district")),
    Dimension("industry", gettext_lazy("industry")),
    Dimension("stage", gettext_lazy("stage")),
)
WHO = "body"
PER_CENT = 100 * 1_000 / 100_000_000
"""Thousand yuan over hundred million yuan, in per cent."""


def of(first: int, after: int) -> QuerySet[Filing]:
    """The returns of these years, in whatever state."""
    one = after == first + 1  # an index is read further by an equal year than by a span
    rows: QuerySet[Filing] = Filing.objects.filter(
        **({"year": first} if one else {"year__gte": first, "year__lt": after})
    )
    return rows


def accepted(period: Period, back: int = 0) -> QuerySet[Filing]:
    """The accepted returns of the whole years of a period, or of as many years `back`."""
    first, after = whole_years(period)
    return of(first - back, after - back).filter(state=State.ACCEPTED)


def spending(rows: QuerySet[Filing]) -> Sum:
    return Sum(rows, "internal", secret=WHO)


def remarks(period: Period) -> Iterator[str]:
    """How many firms the figure stands on, and what a revised GDP did to it."""
    yield from coverage(period)
    first, after = whole_years(period)
    for year, found in revisions(GDP).items():
        if first == year == after - 1:
            told = {
                "year": year, "before": number(float(found.first.value)), "now": number(float(found.last.value)),
                "day": found.last.vintage, "times": f"{1 / found.factor:.3f}",
            }  # fmt: skip
            text = _(
                "GDP of %(year)s was revised from %(before)s to %(now)s on %(day)s: that alone makes the intensity "
                "%(times)s times what it was."
            )
            yield text % told


def coverage(period: Period) -> Iterator[str]:
    """How many of the firms that were called are counted; nothing is guessed for the others."""
    first, after = whole_years(period)
    told = of(first, after).exclude(state=State.EXCUSED).aggregate(
        called=CountOf("pk"), accepted=CountOf("pk", filter=Q(state=State.ACCEPTED)), missing=CountOf("pk", filter=Q(filed=None))
    )  # fmt: skip
    if told["called"]:
        text = ngettext(
            "%(accepted)s of %(called)s return is accepted and counted; %(missing)s was never filled; "
            "nothing is estimated for it.",
            "%(accepted)s of %(called)s returns are accepted and counted; %(missing)s were never "
            "filled; nothing is estimated for them.",
            told["called"],
        )
        yield text % told


@indicator("rd-intensity", gettext_lazy("R&D intensity"), unit="%", by=BY, decimals=2, remarks=remarks)
def rd_intensity(period: Period) -> Ratio:
    """Internal R&D spending of accepted returns of the year over GDP of the year in its newest vintage."""
    return Ratio(spending(accepted(period)), Sum(of_years(GDP, period), "value"), PER_CENT, of_all=True)


@indicator("rd-spending-growth", gettext_lazy("Growth of R&D spending"), unit="%", by=BY, decimals=1, remarks=coverage)
def rd_spending_growth(period: Period) -> Ratio:
    """Internal R&D spending of accepted returns of the year over that of the year before, less 100%, at current prices."""
    return Ratio(spending(accepted(period)), spending(accepted(period, back=1)), less=100.0)


@indicator(
    "industry-rd-ratio", gettext_lazy("R&D of industry above designated size in its revenue"), unit="%", by=BY[:2],
    decimals=2, remarks=coverage,
)  # fmt: skip
def industry_rd_ratio(period: Period) -> Ratio:
    """Internal R&D spending of industrial firms above designated size over their operating revenue, by accepted returns."""
    rows = accepted(period).filter(above_scale=True)
    return Ratio(spending(rows), Sum(rows, "revenue", secret=WHO))


@indicator(
    "rd-activity-coverage", gettext_lazy("Industrial firms with R&D activity"), unit="%", decimals=1, remarks=coverage
)
def rd_activity_coverage(period: Period) -> Ratio:
    """Industrial firms above designated size with R&D spending in an accepted return, over all called and not excused."""
    first, after = whole_years(period)
    called = of(first, after).filter(above_scale=True).exclude(state=State.EXCUSED)
    return Ratio(Count(called.filter(state=State.ACCEPTED, internal__gt=0)), Count(called))


def history(first: int, last: int) -> dict[int, dict[str, Any]]:
    """Each figure of each year, and what it stands on; all years in one query and GDP in another."""
    done, industry = Q(state=State.ACCEPTED), Q(above_scale=True)
    due = ~Q(state=State.EXCUSED)
    rows = of(first - 1, last + 1).order_by().values_list("year").annotate(
        a=CountOf("pk", filter=due), b=CountOf("pk", filter=done), c=CountOf("pk", filter=due & Q(filed=None)),
        d=SumOf("internal", filter=done), e=SumOf("internal", filter=done & industry),
        f=SumOf("revenue", filter=done & industry), g=CountOf("pk", filter=done & industry & Q(internal__gt=0)),
        h=CountOf("pk", filter=due & industry),
    )  # fmt: skip
    names = ("called", "accepted", "never", "internal", "industrial", "revenue", "active", "firms")
    told: dict[int, dict[str, Any]] = {year: dict(zip(names, numbers, strict=True)) for year, *numbers in rows}
    gdp = yearly(GDP)
    for year, row in told.items():
        before = told.get(year - 1, {}).get("internal")
        row[rd_intensity.name] = _over(row["internal"], gdp.get(year), PER_CENT)
        growth = _over(row["internal"], before)
        row[rd_spending_growth.name] = None if growth is None else growth - 100
        row[industry_rd_ratio.name] = _over(row["industrial"], row["revenue"])
        row[rd_activity_coverage.name] = _over(row["active"], row["firms"])
    return told


def as_published(told: Mapping[int, Mapping[str, Any]], editions: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    """The same for who may not see every return: the newest edition of each year, and how many firms returned."""
    kept = ("called", "accepted", "never", rd_activity_coverage.name)
    secret = [found.name for found in INDICATORS if found is not rd_activity_coverage]
    said = {year: editions[str(year)].content if str(year) in editions else {} for year in told}
    return {
        year: {name: row.get(name) for name in kept} | {name: said[year].get(name, {}).get("value") for name in secret}
        for year, row in told.items()
    }


def _over(part: Any, whole: Any, factor: float = 100.0) -> float | None:
    return None if part is None or not whole else factor * float(part) / float(whole)


INDICATORS = (rd_intensity, rd_spending_growth, industry_rd_ratio, rd_activity_coverage)
