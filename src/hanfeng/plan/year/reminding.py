"""Telling the contacts and heads of a body that something is due, came back, or waits for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hanfeng.commons.people.models import accounts_of
from hanfeng.kernel.notify.notice import Notice
from hanfeng.kernel.notify.telling import tell
from hanfeng.plan.roles import CONTACT

from .models import Entry, Round
from .models.rounds import EntryState, RoundState
from .parameters import rules
from .roles import HEAD
from .running import end_of

OPENED = Notice(
    name="year.opened",
    title=_("Round of %(round)s: %(n)s tasks of your body are asked about"),
    text=_("The plan office asks for %(n)s entries by %(day)s."),
)
LATE = Notice(
    name="year.late",
    title=_("Round of %(round)s: %(n)s entries of your body are not filed"),
    text=_("The last day for filing is %(day)s. Entries that are late are listed in the bulletin."),
)
RETURNED = Notice(
    name="year.returned",
    title=_("Returned: %(task)s"),
    text=_("The plan office sent an entry of your body back; the reason stands with it."),
)
NOTICES = (OPENED, LATE, RETURNED)


def _told(notice: Notice, round_: Round, owed: dict[int, int], once: str) -> int:
    """Tell the people of each body how many entries it owes, once under this name."""
    return sum(
        tell(
            notice, accounts_of([body], CONTACT, HEAD), about=round_, url="/year/mine/", once=f"{once}:{body}",
            round=round_, n=n, day=round_.closes.isoformat(),
        )
        for body, n in owed.items()
    )  # fmt: skip


def _owed(entries: Iterable[int]) -> dict[int, int]:
    owed: dict[int, int] = {}
    for body in entries:
        owed[body] = owed.get(body, 0) + 1
    return owed


def tell_opened(round_: Round) -> int:
    """Tell the bodies that a round asks them; a second call tells nobody twice."""
    bodies = Entry.objects.filter(round=round_).values_list("body", flat=True)
    return _told(OPENED, round_, _owed(bodies), f"opened:{round_.pk}")


def remind_late(round_: Round, now: datetime | None = None) -> int:
    """Remind the bodies that have not filed, each person once a day; returns how many people were told."""
    day = timezone.localtime(now or timezone.now()).date()
    waiting = models.Q(state__in=(EntryState.DUE, EntryState.RETURNED))
    bodies = Entry.objects.filter(waiting, round=round_).values_list("body", flat=True)
    return _told(LATE, round_, _owed(bodies), f"late:{round_.pk}:{day.isoformat()}")


def tell_returned(entry: Entry) -> int:
    """Tell the people of a body that an entry came back."""
    people = accounts_of([entry.body_id], CONTACT, HEAD)
    once = f"returned:{entry.pk}:{entry.returned}"
    return tell(RETURNED, people, about=entry, url=f"{entry.get_absolute_url()}fill/", once=once, task=entry.task)


def remind_due(now: datetime) -> int:
    """Remind of the rounds whose last day is near or past; what the timer runs."""
    running = Round.objects.filter(state=RoundState.OPEN, demo=False)
    within = timedelta(days=rules(timezone.localtime(now).date()).remind_days)
    return sum(remind_late(round_, now) for round_ in running if end_of(round_) - now <= within)
