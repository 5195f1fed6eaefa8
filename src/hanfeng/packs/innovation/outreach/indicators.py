"""The figure counted from venues. Its docstring is the published definition."""

from django.db.models import Q
from django.utils.translation import pgettext_lazy

from hanfeng.kernel.api import Count, indicator
from hanfeng.kernel.pure import Period

from .models import Venue


@indicator(
    "science-museum-zones", pgettext_lazy("figure", "Zones of the science museum"), unit=pgettext_lazy("unit", "zones")
)
def museum_zones(period: Period) -> Count:
    """Zones of the science museum that are open on the last day of the period."""
    still = Q(closed=None) | Q(closed__gt=period.last)
    return Count(Venue.objects.filter(still, kind=Venue.Kind.ZONE, opened__lte=period.last))


INDICATORS = (museum_zones,)
