"""Annuities that fall due: how much, until when, what lateness costs, and who is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hanfeng.commons.people.models import accounts_of
from hanfeng.kernel.api import Notice, tell
from hanfeng.standards.cn_patents import GRACE_MONTHS, annuity, months_after, surcharge, year_of

from .force import falling_due, standing
from .models import Patent
from .parameters import Tariff, tariff
from .roles import HOLDER, OFFICER

SOON = timedelta(days=90)
NEAR = timedelta(days=30)
MOST = 2000  # patents looked at by one round of the timer


@dataclass(frozen=True)
class Fee:
    """The next annuity of a patent. `stage` is soon, near, late (with a surcharge or the grace of the first month) or over."""

    patent: Any
    year: int
    due: date
    last: date
    amount: int | None
    extra: float
    stage: str


def next_fee(patent: Any, today: date, costs: Tariff) -> Fee:
    """What has to be paid for a patent with its `due` day."""
    year = year_of(patent.filed, patent.due)
    amount, last = annuity(costs.scales[patent.kind], year), months_after(patent.due, GRACE_MONTHS)
    extra = surcharge(amount, patent.due, today, costs.rate) if amount is not None else 0.0
    left = patent.due - today
    stage = "over" if today > last else "late" if left < timedelta(0) else "near" if left <= NEAR else "soon"
    return Fee(patent, year, patent.due, last, amount, extra or 0.0, stage)


SOON_NOTICE = Notice(
    "ip.fee-due",
    _("Annuity due by %(due)s: %(title)s"),
    _("The annuity of year %(year)s of patent %(number)s is due by %(due)s: %(amount)s yuan before any reduction."),
)
LATE_NOTICE = Notice(
    "ip.fee-late",
    _("Annuity overdue: %(title)s"),
    _(
        "The annuity of year %(year)s of patent %(number)s was due on %(due)s. Until %(last)s it can be paid with a surcharge."
    ),
    urgent=True,
)
NOTICES = (SOON_NOTICE, LATE_NOTICE)


def warn(now: datetime) -> None:
    """Tell the holders, and of late ones the officers too, once for each patent, year and stage."""
    today = timezone.localdate(now)
    rows = falling_due(standing(today), today + SOON).select_related("holder")[:MOST]
    officers = list(User.objects.filter(is_active=True, groups__name=OFFICER.name).order_by("pk"))
    costs = tariff(today)
    for patent in rows:
        fee = next_fee(patent, today, costs)
        if fee.stage != "over":
            _tell(patent, fee, officers)


def _tell(patent: Patent, fee: Fee, officers: list[User]) -> None:
    late = fee.stage == "late"
    people = [*accounts_of([patent.holder_id], HOLDER), *(officers if late else ())]
    tell(
        LATE_NOTICE if late else SOON_NOTICE, people, about=patent, once=f"{patent.pk}:{fee.year}:{fee.stage}",
        title=patent.title, number=patent.number, year=fee.year, due=fee.due, last=fee.last,
        amount="—" if fee.amount is None else f"{fee.amount:,}",
    )  # fmt: skip
