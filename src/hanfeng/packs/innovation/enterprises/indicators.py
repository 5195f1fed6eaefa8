"""The figures counted from honours. Each docstring is the published definition."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Count, Dimension, indicator
from hanfeng.kernel.pure import Period

from .held import ever, first_counted, first_granted, valid
from .terms import Kind

FIRMS = _("firms")
BY = (
    Dimension("enterprise__town__name", _("town or sub-district")),
    Dimension("enterprise__industry", _("industry")),
    Dimension("enterprise__stage", _("stage")),
)


@indicator("sci-tech-firms", _("Sci-tech enterprises, valid"), unit=FIRMS, series="valid", by=BY)
def sci_tech_valid(period: Period) -> Count:
    """Firms in the municipal register of sci-tech enterprises and in the district on the last day of the period."""
    return Count(valid(Kind.SCI_TECH, period.last), of="enterprise")


@indicator("sci-tech-firms", _("Sci-tech enterprises, ever recognised"), unit=FIRMS, series="ever", by=BY)
def sci_tech_ever(period: Period) -> Count:
    """Firms entered in the municipal register up to the last day of the period, each once; those that left are not taken off."""
    return Count(ever(Kind.SCI_TECH, period.last), of="enterprise")


@indicator("sci-tech-firms-new", _("Sci-tech enterprises added"), unit=FIRMS, by=BY)
def sci_tech_new(period: Period) -> Count:
    """Firms entered in the municipal register for the first time within the period; those that left are not taken off."""
    return Count(first_granted(Kind.SCI_TECH, period), of="enterprise")


@indicator("high-tech-firms", _("High-tech enterprises, valid"), unit=FIRMS, series="valid", by=BY)
def high_tech_valid(period: Period) -> Count:
    """Firms in the district whose certificate has neither expired nor ended early on the last day of the period."""
    return Count(valid(Kind.HIGH_TECH, period.last), of="enterprise")


@indicator("high-tech-firms", _("High-tech enterprises, ever recognised"), unit=FIRMS, series="ever", by=BY)
def high_tech_ever(period: Period) -> Count:
    """Firms recognised up to the last day of the period, each once; those whose certificate lapsed are not taken off."""
    return Count(ever(Kind.HIGH_TECH, period.last), of="enterprise")


@indicator("high-tech-firms-new", _("High-tech enterprises added"), unit=FIRMS, by=BY)
def high_tech_new(period: Period) -> Count:
    """Firms recognised for the first time within the period, and firms that moved in with a certificate still valid."""
    return Count(first_counted(Kind.HIGH_TECH, period), of="enterprise")


INDICATORS = (sci_tech_valid, sci_tech_ever, sci_tech_new, high_tech_valid, high_tech_ever, high_tech_new)
