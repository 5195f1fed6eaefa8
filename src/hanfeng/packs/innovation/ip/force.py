"""Which patents are in force on a day, whose they are, and when the next fee is due."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import DateField, Exists, F, Max, OuterRef, Q, QuerySet, Subquery

from hanfeng.kernel.pure import Period

from .models import STATES, Happened, Kind, LegalEvent, Patent, Payment


def _last(day: date, kinds: tuple[str, ...]) -> QuerySet[LegalEvent]:
    """The newest event of these kinds on a patent up to a day."""
    rows: QuerySet[LegalEvent] = LegalEvent.objects.filter(patent=OuterRef("pk"), kind__in=kinds, on__lte=day)
    return rows.order_by("-on", "-pk")


def inside(rows: QuerySet[Patent], day: date) -> QuerySet[Patent]:
    """Those whose first holder on the day is in the district: the last one it was transferred to, else the one it began with."""
    moved = Subquery(_last(day, (Happened.TRANSFERRED.value,)).values("inside")[:1])
    return rows.annotate(moved_inside=moved).filter(Q(moved_inside=True) | Q(moved_inside=None, inside=True))


def standing(day: date) -> QuerySet[Patent]:
    """Patents of all holders kept here that are in force on a day: granted, within their term, not ended or restored since."""
    rows: QuerySet[Patent] = Patent.objects.filter(granted__lte=day, term_ends__gt=day)
    rows = rows.annotate(last_state=Subquery(_last(day, STATES).values("kind")[:1]))
    return rows.filter(Q(last_state=None) | Q(last_state=Happened.RESTORED))


def in_force(day: date) -> QuerySet[Patent]:
    """Patents of the district in force on a day."""
    return inside(standing(day), day)


def inventions(day: date) -> QuerySet[Patent]:
    """Inventions of the district in force on a day."""
    return in_force(day).filter(kind=Kind.INVENTION)


def granted_in(period: Period) -> QuerySet[Patent]:
    """Patents granted within a period whose first holder then was in the district."""
    rows: QuerySet[Patent] = Patent.objects.filter(granted__gte=period.start, granted__lt=period.end)
    return inside(rows, period.last)


def lost_in(period: Period) -> QuerySet[LegalEvent]:
    """What ended inventions within a period and was not undone within it."""
    undone = LegalEvent.objects.filter(
        patent=OuterRef("patent"), kind=Happened.RESTORED, on__gte=OuterRef("on"), on__lt=period.end
    )
    ends = [state for state in STATES if state != Happened.RESTORED]
    rows: QuerySet[LegalEvent] = LegalEvent.objects.filter(
        ~Exists(undone), kind__in=ends, patent__kind=Kind.INVENTION, on__gte=period.start, on__lt=period.end
    )
    return rows.order_by("-on", "-pk")


def with_due(rows: QuerySet[Patent]) -> QuerySet[Any]:
    """Patents with `due`, the day before which the next annuity must be paid; None where no payment is kept."""
    covered = Payment.objects.filter(patent=OuterRef("pk")).values("patent").annotate(last=Max("covers_until"))
    return rows.annotate(due=Subquery(covered.values("last")[:1], output_field=DateField()))


def falling_due(rows: QuerySet[Patent], before: date) -> QuerySet[Any]:
    """Those whose next annuity is due before a day and within the term, the longest overdue first."""
    return with_due(rows).filter(Q(due__lt=F("term_ends")), due__lt=before).order_by("due", "pk")
