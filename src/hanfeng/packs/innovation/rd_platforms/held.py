"""Which recognitions count on a day, and which one of an institution stands for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from hanfeng.kernel.pure import Period

from .models import CountingRule, Recognition


def unended(day: date) -> Q:
    """Neither expired nor ended early on a day, at an institution that still stands."""
    return (
        (Q(valid_until=None) | Q(valid_until__gt=day))
        & (Q(ended=None) | Q(ended__gt=day))
        & (Q(institution__closed=None) | Q(institution__closed__gt=day))
    )


def _left_out(day: date) -> Exists:
    """Whether a rule in force on the day leaves out this kind, or this rank of it."""
    rules = CountingRule.objects.filter(Q(ends=None) | Q(ends__gt=day), kind=OuterRef("kind"), starts__lte=day)
    return Exists(rules.filter(Q(lowest=None) | Q(lowest__lt=OuterRef("rank"))))


def ever(day: date, kinds: Sequence[str] = ()) -> QuerySet[Recognition]:
    """Recognitions granted up to a day that the rules of that day count, ended or not."""
    rows: QuerySet[Recognition] = Recognition.objects.filter(~_left_out(day), valid_from__lte=day)
    return rows.filter(kind__in=kinds) if kinds else rows


def valid(day: date, kinds: Sequence[str] = ()) -> QuerySet[Recognition]:
    """Those that hold on a day."""
    return ever(day, kinds).filter(unended(day))


def leading(rows: QuerySet[Recognition]) -> QuerySet[Recognition]:
    """One recognition for each institution among these: that of the highest rank, of equal ones the earliest."""
    same = rows.filter(institution=OuterRef("institution"))
    higher = Q(rank__lt=OuterRef("rank"))
    earlier = Q(rank=OuterRef("rank"), valid_from__lt=OuterRef("valid_from"))
    first = Q(rank=OuterRef("rank"), valid_from=OuterRef("valid_from"), pk__lt=OuterRef("pk"))
    return rows.filter(~Exists(same.filter(higher | earlier | first)))


def first_granted(period: Period) -> QuerySet[Recognition]:
    """The first recognition of each institution that had none before the period and got one within it."""
    before = ever(period.start - timedelta(days=1)).filter(institution=OuterRef("institution"))
    within = ever(period.last).filter(valid_from__gte=period.start)
    return leading(within.filter(~Exists(before)))


def ending(start: date, end: date) -> QuerySet[Recognition]:
    """Recognitions that run out from `start` up to but without `end`, of standing institutions, without a successor."""
    later = Recognition.objects.filter(
        institution=OuterRef("institution"), kind=OuterRef("kind"), valid_from__gt=OuterRef("valid_from")
    )
    rows: QuerySet[Recognition] = Recognition.objects.filter(
        ~Exists(later), ended=None, institution__closed=None, valid_until__gte=start, valid_until__lt=end
    )
    return rows.order_by(F("valid_until"), "pk")
