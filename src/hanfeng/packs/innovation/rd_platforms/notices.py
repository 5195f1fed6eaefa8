"""Who is told of reviews: the host before and after its report is due, the officers when the bureau itself is late."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hanfeng.commons.people.models import accounts_of
from hanfeng.kernel.api import Notice, tell

from .models import OPEN, Review, State
from .roles import HOST, OFFICER

NEAR = timedelta(days=7)
WITH_HOST = (State.CALLED, State.RETURNED)

DUE = Notice(
    "rd_platforms.report-due",
    _("Yearly report due by %(due)s: %(name)s"),
    _("The report of %(name)s for %(year)s is to be filed by %(due)s."),
)
LATE = Notice(
    "rd_platforms.report-late",
    _("Yearly report overdue: %(name)s"),
    _("The report of %(name)s for %(year)s was to be filed by %(due)s."),
    urgent=True,
)
WAITING = Notice(
    "rd_platforms.review-late",
    _("Review over its limit: %(name)s"),
    _("The review of %(name)s for %(year)s should have been dealt with by %(due)s."),
)
NOTICES = (DUE, LATE, WAITING)


def remind(now: datetime) -> None:
    """Tell once for each review, state and standing."""
    officers = list(User.objects.filter(is_active=True, groups__name=OFFICER.name).order_by("pk"))
    rows = Review.objects.filter(state__in=OPEN, due_at__lt=now + NEAR).select_related("institution").order_by("pk")
    for review in rows:
        late = review.due_at is not None and review.due_at < now
        if review.state in WITH_HOST:
            _tell(LATE if late else DUE, accounts_of([review.institution.body_id], HOST), review)
        elif late:
            _tell(WAITING, officers, review)


def _tell(notice: Notice, people: list[User], review: Review) -> None:
    due = timezone.localtime(review.due_at).date() if review.due_at else ""
    once = f"{review.pk}:{review.state}:{due}"
    tell(notice, people, about=review, once=once, name=review.institution.name, year=review.year, due=due)
