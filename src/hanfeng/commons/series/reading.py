"""Reading a series: the vintage that stood on a day, and what a later one changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet

from hanfeng.kernel.pure import Period

from .kinds import SeriesKind
from .models import SeriesValue


def standing(
    kinds: SeriesKind | Iterable[SeriesKind], as_of: date | None = None, basis: str | None = None
) -> QuerySet[SeriesValue]:
    """The values of series, yearly and quarterly, each in the newest vintage, or in the newest that was out on a day."""
    names = [kind.name for kind in ((kinds,) if isinstance(kinds, SeriesKind) else kinds)]
    rows = SeriesValue.objects.filter(series__in=names)
    same = {"series": OuterRef("series"), "basis": OuterRef("basis"), "year": OuterRef("year")}
    later = SeriesValue.objects.filter(**same, quarter=None, vintage__gt=OuterRef("vintage"))
    later_quarter = SeriesValue.objects.filter(**same, quarter=OuterRef("quarter"), vintage__gt=OuterRef("vintage"))
    if as_of:
        rows, later = rows.filter(vintage__lte=as_of), later.filter(vintage__lte=as_of)
        later_quarter = later_quarter.filter(vintage__lte=as_of)
    if basis is not None:
        rows = rows.filter(basis=basis)
    found: QuerySet[SeriesValue] = rows.exclude(Exists(later), quarter=None).exclude(
        Exists(later_quarter), quarter__isnull=False
    )
    return found


def of_years(
    kind: SeriesKind, period: Period, as_of: date | None = None, basis: str | None = None
) -> QuerySet[SeriesValue]:
    """The yearly values of the whole years that lie in a period; of a part of a year nothing is known."""
    first, after = whole_years(period)
    return standing(kind, as_of, basis).filter(quarter=None, year__gte=first, year__lt=after)


def whole_years(period: Period) -> tuple[int, int]:
    """The first whole year in a period, and the first year after its whole years."""
    return period.start.year + (period.start > date(period.start.year, 1, 1)), period.end.year


def yearly(kind: SeriesKind, as_of: date | None = None, basis: str | None = None) -> Mapping[int, Decimal]:
    """Every yearly value of a series by year."""
    return dict(standing(kind, as_of, basis).filter(quarter=None).values_list("year", "value"))


def value_of(kind: SeriesKind, year: int, as_of: date | None = None) -> float | None:
    """The value of one year, or None where none is kept."""
    found = standing(kind, as_of).filter(quarter=None, year=year).values_list("value", flat=True).first()
    return None if found is None else float(found)


@dataclass(frozen=True)
class Revision:
    """A year's value as first published and as it stands now."""

    first: SeriesValue
    last: SeriesValue

    @property
    def factor(self) -> float:
        """By what the revision multiplied the value."""
        return float(self.last.value) / float(self.first.value)


def revisions(kind: SeriesKind, basis: str | None = None) -> dict[int, Revision]:
    """The years whose value was revised since it was first published; one query."""
    rows = SeriesValue.objects.filter(series=kind.name, quarter=None)
    if basis is not None:
        rows = rows.filter(basis=basis)
    by_year: dict[int, list[SeriesValue]] = {}
    for row in rows.order_by("year", "vintage", "pk"):
        by_year.setdefault(row.year, []).append(row)
    pairs = {year: Revision(found[0], found[-1]) for year, found in by_year.items() if len(found) > 1}
    return {year: pair for year, pair in pairs.items() if pair.first.value and pair.first.value != pair.last.value}
