"""The figures counted from recognitions. Each docstring is the published definition."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hanfeng.kernel.api import Count, Dimension, indicator
from hanfeng.kernel.pure import Period

from .held import ever, first_granted, leading, valid
from .terms import RESEARCH, SERVICE, Kind, Rank

UNIT = pgettext_lazy("unit", "institutions")
RANK = Dimension("rank", _("rank"))
KIND = Dimension("kind", pgettext_lazy("of an institution", "kind"))
TOWN = Dimension("institution__town__name", _("town or sub-district"))
FIELD = Dimension("institution__field", _("field"))
ALL = (RANK, KIND, FIELD, TOWN)


@indicator("rd-and-service-institutions", _("R&D and service institutions, valid"), unit=UNIT, series="valid", by=ALL)
def institutions_valid(period: Period) -> Count:
    """Institutions with a recognition valid on the last day, once each by highest rank, less what rules of counting leave out."""
    return Count(leading(valid(period.last)))


@indicator(
    "rd-and-service-institutions", _("R&D and service institutions, ever recognised"), unit=UNIT, series="ever", by=ALL
)
def institutions_ever(period: Period) -> Count:
    """Institutions recognised up to the last day, ended or not, each once by highest rank, less what rules leave out."""
    return Count(leading(ever(period.last)))


@indicator("rd-and-service-institutions-new", _("R&D and service institutions added"), unit=UNIT, by=ALL)
def institutions_new(period: Period) -> Count:
    """Institutions that were recognised for the first time within the period, each once."""
    return Count(first_granted(period))


@indicator("professional-rd-institutions", _("Professional R&D institutions"), unit=UNIT, series="valid", by=ALL)
def research_valid(period: Period) -> Count:
    """Institutions with a recognition as an R&D institution that holds on the last day of the period, each once."""
    return Count(leading(valid(period.last, RESEARCH)))


@indicator("technology-service-institutions", _("Technology-service institutions"), unit=UNIT, series="valid", by=ALL)
def service_valid(period: Period) -> Count:
    """Institutions with a recognition as a service institution that holds on the last day of the period, each once."""
    return Count(leading(valid(period.last, SERVICE)))


@indicator("rd-platforms-municipal", _("R&D platforms of municipal rank or above"), unit=UNIT, series="valid", by=ALL)
def municipal_valid(period: Period) -> Count:
    """R&D institutions with a national or municipal recognition that holds on the last day of the period, each once."""
    return Count(leading(valid(period.last, RESEARCH).filter(rank__lte=Rank.MUNICIPAL)))


@indicator("new-type-rd-institutions", _("New-type R&D institutions"), unit=UNIT, by=(RANK, FIELD, TOWN))
def new_type(period: Period) -> Count:
    """Institutions recognised as new-type R&D institutions on the last day of the period; a name plate alone does not count."""
    return Count(leading(valid(period.last, (Kind.NEW_TYPE.value,))))


INDICATORS = (
    institutions_valid, institutions_ever, institutions_new, research_valid, service_valid, municipal_valid, new_type,
)  # fmt: skip
