"""The figures counted from patents. Each docstring is the published definition."""

from datetime import date

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hanfeng.commons.series.kinds import RESIDENTS
from hanfeng.commons.series.models import SeriesValue
from hanfeng.commons.series.reading import standing
from hanfeng.kernel.api import Count, Dimension, Ratio, Sum, indicator
from hanfeng.kernel.pure import Period

from .force import granted_in, inventions
from .parameters import limits
from .value import high_value

PATENTS = pgettext_lazy("unit", "patents")
EACH = _("per 10,000 people")
TOWN = Dimension("town__name", _("town or sub-district"))
SECTION = Dimension("section", _("IPC section"))
KIND = Dimension("kind", _("kind of patent"))


def residents(day: date) -> Sum:
    """Residents in units of 10,000 at the last year's end up to a day, in the newest vintage."""
    year = day.year if (day.month, day.day) == (12, 31) else day.year - 1
    rows = standing(RESIDENTS).filter(quarter=None, year__lte=year)
    later = SeriesValue.objects.filter(series=RESIDENTS.name, quarter=None, year__gt=OuterRef("year"), year__lte=year)
    return Sum(rows.filter(~Exists(later)), of="value")


@indicator("invention-patents-valid", _("Invention patents in force"), unit=PATENTS, by=(SECTION, TOWN))
def inventions_in_force(period: Period) -> Count:
    """Inventions in force on the last day of the period whose first holder is in the district, each once."""
    return Count(inventions(period.last))


@indicator("invention-patents-per-10000", _("Invention patents per 10,000 residents"), unit=EACH, decimals=2)
def inventions_per_10000(period: Period) -> Ratio:
    """Inventions in force on the last day of the period over the residents, in 10,000, of the last year's end up to that day."""
    return Ratio(Count(inventions(period.last)), residents(period.last), factor=1.0)


@indicator("patents-granted", _("Patents granted"), unit=PATENTS, by=(KIND, TOWN))
def patents_granted(period: Period) -> Count:
    """Patents of all three kinds granted within the period whose first holder is in the district."""
    return Count(granted_in(period))


@indicator(
    "high-value-patents-per-10000", _("High-value invention patents per 10,000 residents"), unit=EACH, decimals=2
)
def high_value_per_10000(period: Period) -> Ratio:
    """Inventions in force that are known to meet at least one of the five classes, each once, per 10,000 residents."""
    rows = inventions(period.last).filter(high_value(period.last, limits(period.last)))
    return Ratio(Count(rows), residents(period.last), factor=1.0)


INDICATORS = (inventions_in_force, inventions_per_10000, patents_granted, high_value_per_10000)
