"""Timers: small duties of packs that come round by themselves, carried out by the worker."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from .models import TimerRun

LEASE = timedelta(minutes=10)  # renewed while a timer runs; past it another worker takes over
FIRST_WAIT = timedelta(minutes=1)
_running: set[str] = set()  # the tokens of what this process runs now
log = logging.getLogger("hanfeng.timers")


@dataclass(frozen=True)
class Timer:
    """A duty that comes round: its name, how often, and what it does with the moment at which it runs.

    It must bear being run twice for one round, for a worker may fall in the middle. Long work it starts as a job.
    """

    name: str
    every: timedelta
    run: Callable[[datetime], Any]


def timers() -> tuple[Timer, ...]:
    """Every timer that rooms and packs declare."""
    from hanfeng.kernel.pack import catalogue

    return tuple(timer for pack in catalogue() for timer in pack.timers)


def run_due(declared: Iterable[Timer] | None = None) -> int:
    """Run the timers that are due; how many ran well. Rounds that were missed are caught up by one run.

    One that fails is told in the log and in `/healthz` and tried again, later each time but within its own round.
    """
    given = tuple(timers() if declared is None else declared)
    known = {run.name: run for run in TimerRun.objects.filter(name__in=[timer.name for timer in given])}
    now = timezone.now()
    return sum(_run(timer) for timer in given if timer.name not in known or known[timer.name].next_at <= now)


def _run(timer: Timer) -> bool:
    now = timezone.now()
    TimerRun.objects.get_or_create(name=timer.name, defaults={"due_at": now, "next_at": now})
    token = secrets.token_hex(16)
    free = TimerRun.objects.filter(Q(lease=None) | Q(lease__lt=now), name=timer.name, next_at__lte=now)
    if not free.update(token=token, lease=now + LEASE, started_at=now):
        return False  # another worker has it, or has just had it
    _running.add(token)
    try:
        return _carry_out(timer, now, TimerRun.objects.filter(name=timer.name, token=token))
    finally:
        _running.discard(token)


def _carry_out(timer: Timer, now: datetime, mine: QuerySet[TimerRun]) -> bool:
    try:
        timer.run(timezone.localtime(now))
    except Exception as why:  # whatever a timer raises, the others run
        log.exception("The timer %s failed", timer.name)
        failures = (mine.values_list("failures", flat=True).first() or 0) + 1
        wait = min(FIRST_WAIT * 2 ** min(failures - 1, 20), timer.every)
        mine.update(failures=failures, error=repr(why)[:2000], next_at=now + wait, lease=None, token="")
        return False
    due = mine.values_list("due_at", flat=True).first()
    if due is None:
        return False  # it took longer than its lease and another worker has it
    after = following(due, timer.every, now)
    mine.update(
        due_at=after, next_at=after, failures=0, error="", ended_at=timezone.now(), runs=F("runs") + 1,
        lease=None, token="",
    )  # fmt: skip
    return True


def following(due: datetime, every: timedelta, now: datetime) -> datetime:
    """The next round after now in the rhythm that began at `due`: missed ones are not run one by one."""
    return due + every * ((now - due) // every + 1)


def renew() -> None:
    """Keep what this process runs now from being taken over; called by the worker while its timers run."""
    TimerRun.objects.filter(token__in=list(_running)).update(lease=timezone.now() + LEASE)


def failing() -> list[str]:
    """The names of the timers whose last run failed."""
    return list(TimerRun.objects.filter(failures__gt=0).order_by("name").values_list("name", flat=True))
