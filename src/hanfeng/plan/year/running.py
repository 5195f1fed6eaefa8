"""Running a round: its period and last day, opening it with an entry for each task, who is late, and the text of last time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.flow.flow import begin
from hanfeng.kernel.pure import Calendar, Clock, Limit
from hanfeng.kernel.record.write import save_many
from hanfeng.kernel.rule.calendar import calendar
from hanfeng.plan.duties import standing
from hanfeng.plan.models import Plan

from .ledger import of_plan
from .models import Entry, LedgerTask, Round
from .models.rounds import EntryState, RoundState
from .parameters import Rules, rules

FILLED = ("progress", "figure", "problem", "next_step", "no_progress", "reason", "reached", "asks_closing")
"""What the contact writes."""

AGAIN = ("progress", "problem", "next_step")
"""What the form offers again from last time."""

DAY = timedelta(days=1)


def period_of(day: date, months: int) -> tuple[date, date]:
    """The period of so many months, counted from January, in which a day lies: its first and its last day."""
    first = (day.month - 1) // months * months + 1
    after = first + months
    ends = date(day.year + (after > 12), (after - 1) % 12 + 1, 1) - DAY
    return date(day.year, first, 1), ends


def closing_day(ends: date, held: Rules) -> date:
    """The last day for filing of a period: that day of the next month, or the first working day after it."""
    return calendar().on_workday((ends + DAY).replace(day=int(held.closing_day)))


def opening_day(ends: date, held: Rules) -> date | None:
    """The day on which the round of a period opens by itself; None where the plan office opens it."""
    if not held.opens_before:
        return None
    day, left = ends, int(held.opens_before)
    while left:
        left -= calendar().is_workday(day)
        day -= DAY
    return day + DAY


def proposed(plan: Plan, today: date) -> tuple[date, date, date]:
    """What the plan office is offered to open: the newest period without a round, and its last day for filing."""
    held = rules(today)
    starts, ends = period_of(today, int(held.round_months))
    before = period_of(starts - DAY, int(held.round_months))
    if not Round.objects.filter(plan=plan, starts=before[0]).exists() and before[0] >= plan.starts:
        starts, ends = before
    return starts, ends, max(closing_day(ends, held), calendar().on_workday(today + DAY))


def open_round(
    plan: Plan, starts: date, ends: date, closes: date, by: Any, *, note: str = "", today: date | None = None
) -> Round:
    """Open a round and ask for an entry on each open task of the ledger that a body leads.

    Raises ValidationError where the period has a round, or nobody leads anything.
    """
    today = today or timezone.localdate()
    round_ = Round(plan=plan, starts=starts, ends=ends, opened=today, closes=closes, note=note)
    if not asked(round_):
        raise ValidationError(nobody_asked())
    from .flow import rounds
    from .reminding import tell_opened

    begin(rounds, round_, by)
    add_entries(round_, by)
    tell_opened(round_)
    return round_


def nobody_asked() -> str:
    """Why no round can be opened where no body leads an open task."""
    return _("No open task of the ledger has a lead body: assign the bodies first.")


def asked(round_: Round) -> list[LedgerTask]:
    """The tasks that a round asks about: begun by its last day, not closed, led by a body."""
    open_ = of_plan(round_.plan).filter(closed_on=None).exclude(lead=None)
    return [task for task in open_ if task.starts is None or task.starts <= round_.ends]


def add_entries(round_: Round, by: Any) -> int:
    """The entries that a round lacks; returns how many. Doing it again adds what a fall left out, or a task made since."""
    kept = set(Entry.everything.filter(round=round_).values_list("task", flat=True))
    tasks = [task for task in asked(round_) if task.pk not in kept]
    bodies = standing(Body.everything.filter(pk__in={task.lead_id for task in tasks}))
    now, due = timezone.now(), end_of(round_)
    new = [
        Entry(
            round=round_, task=task, body=bodies[task.lead_id or 0].on(round_.opened), state=EntryState.DUE, entered_at=now,
            due_at=due, demo=task.demo or round_.demo,
        )
        for task in tasks
    ]  # fmt: skip
    if not new:
        return 0
    outcome = save_many(new, by, title=_("Round of %(period)s") % {"period": round_}, verb="begin")
    return int(outcome.batch.created)


def end_of(round_: Round) -> datetime:
    """The last moment for filing in time."""
    return calendar().end_of(round_.closes)


def open_due(now: datetime) -> int:
    """Open by themselves the rounds whose day has come; what the timer runs. Returns how many were opened."""
    today, opened = timezone.localtime(now).date(), 0
    held = rules(today)
    starts, ends = period_of(today, int(held.round_months))
    day = opening_day(ends, held)
    if day is None or today < day:
        return 0
    for plan in Plan.objects.filter(outline=False, starts__lte=ends, ends__gte=starts):
        kept = Round.everything.filter(plan=plan, starts=starts, ends=ends).first()
        if kept is not None:
            add_entries(kept, None)
        elif LedgerTask.objects.filter(plan=plan, closed_on=None).exclude(lead=None).exists():
            open_round(plan, starts, ends, closing_day(ends, held), None, today=today)
            opened += 1
    return opened


def current_round(plan: Plan) -> Round | None:
    """The round that is being run, else the newest."""
    found = list(Round.objects.filter(plan=plan).order_by("-starts", "-pk")[:6])
    running = [r for r in found if r.state != RoundState.ISSUED]
    return next(iter(running or found), None)


def last_time(entry: Entry) -> Entry | None:
    """What was filed for the task in the round before this one."""
    before = Entry.everything.filter(task=entry.task_id, round__starts__lt=entry.round.starts, void=False)
    found: Entry | None = before.exclude(filed_at=None).select_related("round").order_by("-round__starts").first()
    return found


def untouched(entry: Entry) -> bool:
    """Whether nobody has written in an entry yet."""
    return not any(getattr(entry, name) for name in FILLED)


def is_late(entry: Entry, end: datetime, now: datetime) -> bool:
    """Whether it was filed after the last day, or is not filed and the last day has passed."""
    return (entry.filed_at or now) > end


def days_late(closes: date, filed: date, days: Calendar | None = None) -> int:
    """Working days between the last day for filing and the day of filing."""
    days = days or calendar()
    return sum(days.is_workday(closes + timedelta(days=n)) for n in range(1, (filed - closes).days + 1))


def late_bodies(entries: Iterable[Entry], end: datetime, now: datetime) -> dict[Body, int]:
    """The bodies that have not filed although the last day has passed, with how many entries they owe."""
    found: dict[Body, int] = {}
    for entry in entries:
        if entry.filed_at is None and now > end:
            found[entry.body] = found.get(entry.body, 0) + 1
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0].slug)))


def days_left(closes: date, today: date) -> float:
    """Working days from today to the last day for filing; negative when it has passed."""
    days = calendar()
    if closes < today:
        return -days_late(closes, today)
    return Limit(1, Clock.WORKING_DAY).used(days.end_of(today), days.end_of(closes), days)
