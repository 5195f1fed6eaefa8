"""The figure counted from interviews. The docstring is the published definition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hanfeng.kernel.api import Ratio, Sum, indicator
from hanfeng.kernel.pure import Period

from .estimating import between
from .models import State, Visit, Wave
from .parameters import method
from .terms import Outcome


def released(period: Period) -> QuerySet[Wave]:
    """The waves of a period whose estimate is released."""
    rows: QuerySet[Wave] = Wave.objects.filter(state=State.RELEASED, day__gte=period.start, day__lt=period.end)
    return rows


def last_before(wave: Wave) -> Wave | None:
    """The released wave before one."""
    rows = Wave.objects.filter(state=State.RELEASED, day__lt=wave.day).order_by("-day", "-pk")
    found: Wave | None = rows.first()
    return found


def change_words(wave: Wave) -> str:
    """What may be said of the change since the wave before; empty for the first wave."""
    before = last_before(wave)
    return said_of(before, wave, method(wave.day).confidence) if before else ""


def said_of(before: Wave, wave: Wave, confidence: float) -> str:
    """The change between two waves in words; it is called real only where it is more than the noise."""
    moved = between(before, wave, confidence)
    if moved is None:
        return ""
    told = {"by": f"{100 * moved.by:+.1f}", "half": f"{100 * moved.half:.1f}", "before": before}
    if not moved.real:
        return _("Against “%(before)s” %(by)s points, inside the noise of ±%(half)s: no change can be told.") % told
    if moved.by > 0:
        return _("Against “%(before)s” %(by)s points, more than the noise of ±%(half)s: a real rise.") % told
    return _("Against “%(before)s” %(by)s points, more than the noise of ±%(half)s: a real fall.") % told


def remarks(period: Period) -> Iterator[str]:
    """The wave the figure comes from, its interval, and whether it differs from the wave before."""
    wave = released(period).order_by("-day", "-pk").first()
    if wave is None:
        yield _("No wave of the survey speaks of this period, so there is no figure.")
        return
    yield _("%(wave)s: %(low)s to %(high)s %% with %(n)s interviews, design effect %(deff)s.") % {
        "wave": wave, "low": wave.low, "high": wave.high, "n": wave.valid, "deff": wave.deff,
    }  # fmt: skip
    if words := change_words(wave):
        yield words


def _interviews(period: Period) -> QuerySet[Any]:
    """The interviews of the newest released wave of a period, with the weights its estimate gave them."""
    later = released(period).filter(day__gt=OuterRef("wave__day"))
    rows: QuerySet[Visit] = Visit.objects.filter(wave__in=released(period), outcome=Outcome.COMPLETE)
    return rows.filter(~Exists(later))


@indicator("science-literacy", gettext_lazy("Citizens with scientific literacy"), unit="%", decimals=1, remarks=remarks)
def literacy(period: Period) -> Ratio:
    """Weighted respondents at or above the mark over all weighted respondents, in the newest wave released for the period."""
    rows = _interviews(period)
    return Ratio(Sum(rows, "passing"), Sum(rows, "weight"))


INDICATORS = (literacy,)
