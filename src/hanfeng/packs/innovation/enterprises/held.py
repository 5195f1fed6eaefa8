"""Which honours count on a day: those of firms that were here, from the first day of validity up to the end."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from hanfeng.kernel.pure import Period

from .models import Honour
from .terms import Kind

_ALIVE_ON_ARRIVAL = (Q(valid_until=None) | Q(valid_until__gt=F("enterprise__moved_in"))) & (
    Q(ended=None) | Q(ended__gt=F("enterprise__moved_in"))
)


def _arrived(day: date) -> Q:
    """The firm was here by a day; a title brought along counts when it still held on arrival."""
    return Q(enterprise__moved_in=None) | (Q(enterprise__moved_in__lte=day) & _ALIVE_ON_ARRIVAL)


def unended(day: date) -> Q:
    """Neither expired nor ended early on a day."""
    return (Q(valid_until=None) | Q(valid_until__gt=day)) & (Q(ended=None) | Q(ended__gt=day))


def ever(kind: Kind, day: date) -> QuerySet[Honour]:
    """Honours of a kind granted to firms of the district up to a day, ended or not."""
    rows: QuerySet[Honour] = Honour.objects.filter(_arrived(day), kind=kind, valid_from__lte=day)
    return rows


def valid(kind: Kind, day: date) -> QuerySet[Honour]:
    """Honours of a kind that hold on a day for firms that are here on that day."""
    here = Q(enterprise__left=None) | Q(enterprise__left__gt=day)
    return ever(kind, day).filter(unended(day), here)


def first_counted(kind: Kind, period: Period) -> QuerySet[Honour]:
    """Honours up to the end of a period of firms that had none before it: recognised first, or moved in with the title."""
    before: Any = ever(kind, period.start - timedelta(days=1)).values("enterprise")
    return ever(kind, period.last).exclude(enterprise__in=before)


def first_granted(kind: Kind, period: Period) -> QuerySet[Honour]:
    """Honours of a kind granted in a period to firms that never held one before."""
    earlier = Honour.objects.filter(enterprise=OuterRef("enterprise"), kind=kind, valid_from__lt=period.start)
    granted: QuerySet[Honour] = Honour.objects.filter(
        kind=kind, valid_from__gte=period.start, valid_from__lt=period.end
    )
    return granted.filter(_arrived(period.last)).exclude(Exists(earlier))


def renewed() -> Exists:
    """Whether the firm holds a later honour of the same kind: then the end of this one asks for nothing."""
    later = Honour.objects.filter(
        enterprise=OuterRef("enterprise"), kind=OuterRef("kind"), valid_from__gt=OuterRef("valid_from")
    )
    return Exists(later)


def ending(start: date, end: date) -> QuerySet[Honour]:
    """Honours of active firms whose validity ends from `start` up to but without `end` and that have no successor yet."""
    runs_out = Q(ended=None, valid_until__gte=start, valid_until__lt=end) | Q(ended__gte=start, ended__lt=end)
    rows: QuerySet[Honour] = Honour.objects.filter(runs_out, enterprise__status="active")
    return rows.exclude(renewed()).order_by("valid_until", "pk")
