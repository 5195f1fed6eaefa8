"""Calling the returns of a year, and who is late: told from the days, never guessed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.facts import kinds
from hanfeng.commons.people.models import accounts_of
from hanfeng.commons.places.models import Place
from hanfeng.kernel.api import Reader, ask_all, calendar, tell, visible
from hanfeng.kernel.pure import Clock, Limit, Period

from .flow import open_filing
from .models import Call, Filing
from .notices import DUE, LATE
from .parameters import value
from .roles import FIRM
from .terms import State

WAITING = (State.CALLED, State.RETURNED)


@dataclass(frozen=True)
class Frame:
    """What is known of the firms of a year: which are called, and town, industry and stage of each."""

    firms: tuple[int, ...]
    towns: dict[int, str]
    industries: dict[int, str]
    stages: dict[int, str]

    def filing(self, body: int, places: dict[str, int]) -> Filing:
        """A firm's return, not yet written."""
        return Filing(
            body_id=body, town_id=places.get(self.towns.get(body, "")), industry=self.industries.get(body, ""),
            stage=self.stages.get(body, ""), above_scale=True,
        )  # fmt: skip


def frame(year: int) -> Frame:
    """The industrial firms above designated size of a year, as some register tells them."""
    period = Period.year(year)

    def told(kind: Any) -> dict[int, Any]:
        return {pk: value for values in ask_all(kind, period).values() for pk, value in values.items()}

    above = told(kinds.ABOVE_SCALE)
    firms = tuple(sorted(pk for pk, is_above in above.items() if is_above))
    today = timezone.localdate()
    stages = {
        pk: value
        for span in (Period(today, today + timedelta(days=1)), period)  # as judged in the year, else as judged since
        for values in ask_all(kinds.LIFE_STAGE, span).values()
        for pk, value in values.items()
    }
    return Frame(firms, told(kinds.TOWN), told(kinds.INDUSTRY), {pk: str(stage) for pk, stage in stages.items()})


def due_day(called: date) -> date:
    """The day a call of this day proposes: so many working days on, across holidays and make-up days."""
    limit = Limit(int(value("days-to-fill", called)), Clock.WORKING_DAY)
    start = datetime.combine(called, datetime.min.time(), calendar().zone)
    return limit.due(start, calendar()).date()


@transaction.atomic
def call_all(call: Call, by: Any) -> int:
    """Call every firm of the frame that is not called yet; how many are new."""
    known = set(Filing.objects.filter(year=call.year).values_list("body", flat=True))
    found, places = frame(call.year), dict(Place.objects.values_list("slug", "pk"))
    standing = set(Body.objects.filter(pk__in=found.firms).values_list("pk", flat=True))
    new = [pk for pk in found.firms if pk not in known and pk in standing]
    for body in new:
        open_filing(call, found.filing(body, places), by)
    return len(new)


def late(user: Reader, year: int, now: datetime | None = None) -> QuerySet[Filing]:
    """The returns of a year that were due and are not handed over, those that wait longest first."""
    rows = visible(Filing, user).filter(year=year, state__in=WAITING, due_at__lt=now or timezone.now())
    return rows.select_related("body", "town", "call").order_by("due_at", "pk")


def filed_late(user: Reader, year: int) -> Iterator[Filing]:
    """The returns of a year that came, but after their day."""
    rows = visible(Filing, user).filter(year=year).exclude(filed=None).select_related("body", "call", "town")
    return (filing for filing in rows.order_by("-filed", "pk") if filing.filed and filing.filed > filing.call.ends)


def not_called(year: int) -> int:
    """Firms of the frame that nobody called."""
    called = Filing.objects.filter(year=year).values("body")
    return int(Body.objects.filter(pk__in=frame(year).firms).exclude(pk__in=called).count())


def remind(now: datetime) -> int:
    """Tell the firms whose return falls due soon, and those that are over; each once for each day it is due."""
    days = calendar()
    ahead = Limit(int(value("remind-before", now.date())), Clock.WORKING_DAY).due(now, days)
    rows = Filing.objects.filter(state__in=WAITING).filter(Q(due_at__lte=ahead)).select_related("body")
    return sum(_remind(filing, now) for filing in rows.iterator(chunk_size=500))


def _remind(filing: Filing, now: datetime) -> int:
    over = filing.due_at is not None and filing.due_at < now
    day = timezone.localtime(filing.due_at).date() if filing.due_at else now.date()
    once = f"{filing.pk}-{day}-{'late' if over else 'due'}"
    url = f"/innovation_statistics/fill/{filing.pk}/"
    if over and now - datetime.combine(day, datetime.min.time(), now.tzinfo) > timedelta(days=120):
        return 0  # long over: it stands on the list of late firms, a letter does not help
    people = accounts_of([filing.body_id], FIRM)
    return tell(LATE if over else DUE, people, about=filing, url=url, once=once, year=filing.year, day=day)
