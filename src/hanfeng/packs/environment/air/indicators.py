"""The figures counted from daily reports. Each docstring is the published definition."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as told
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Count, Ratio, indicator
from hanfeng.kernel.pure import Period

from .models import AirDay

GOOD, EXCELLENT = 100, 50
DAYS = _("days")


def judged(period: Period) -> QuerySet[AirDay]:
    """The days of a period that have an index."""
    rows: QuerySet[AirDay] = AirDay.objects.filter(day__gte=period.start, day__lt=period.end, aqi__isnull=False)
    return rows


def _lacking(period: Period) -> Iterator[Any]:
    lacking = AirDay.objects.filter(day__gte=period.start, day__lt=period.end, aqi=None).count()
    if lacking:
        yield told("%(n)s days have no valid index and do not count.") % {"n": lacking}


@indicator("good-air-days", _("Days of good or excellent air"), unit=DAYS, remarks=_lacking)
def good_air_days(period: Period) -> Count:
    """Days of the period whose index of the whole district is at most 100, by the edition of HJ 633 that holds on each day."""
    return Count(judged(period).filter(aqi__lte=GOOD))


@indicator("excellent-air-days", _("Days of excellent air"), unit=DAYS, remarks=_lacking)
def excellent_air_days(period: Period) -> Count:
    """Days of the period whose index of the whole district is at most 50, by the edition of HJ 633 that holds on each day."""
    return Count(judged(period).filter(aqi__lte=EXCELLENT))


@indicator("good-air-share", _("Share of days of good or excellent air"), unit="%", decimals=1, remarks=_lacking)
def good_air_share(period: Period) -> Ratio:
    """Days whose index is at most 100, divided by all days of the period that have a valid index."""
    return Ratio(Count(judged(period).filter(aqi__lte=GOOD)), Count(judged(period)))


INDICATORS = (good_air_days, excellent_air_days, good_air_share)
