"""Timers: each round once, missed ones caught up by one run, a failure told and tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from hanfeng.kernel.api import Timer
from hanfeng.kernel.job import timers
from hanfeng.kernel.job.models import TimerRun

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_it_runs_at_once_and_then_with_each_round():
    ran = []
    timer = Timer("t", DAY, ran.append)
    assert (timers.run_due([timer]), timers.run_due([timer])) == (1, 0)
    kept = TimerRun.objects.get()
    assert kept.runs == len(ran) == 1
    assert kept.next_at == kept.due_at > timezone.now() + timedelta(hours=23)
    assert ran[0].tzinfo


def test_missed_rounds_are_caught_up_by_one_run_in_the_old_rhythm():
    ran = []
    began = timezone.now() - timedelta(days=3, hours=2)
    TimerRun.objects.create(name="t", due_at=began, next_at=began)
    assert timers.run_due([Timer("t", DAY, ran.append)]) == 1
    assert timers.run_due([Timer("t", DAY, ran.append)]) == 0
    assert TimerRun.objects.get().due_at == began + timedelta(days=4)


def test_what_another_worker_runs_is_not_run_twice():
    ran = []
    now = timezone.now()
    TimerRun.objects.create(name="t", due_at=now, next_at=now, token="other", lease=now + timedelta(minutes=5))
    timer = Timer("t", DAY, ran.append)
    assert timers.run_due([timer]) == 0
    TimerRun.objects.update(lease=now - timedelta(seconds=1))
    assert timers.run_due([timer]) == 1
    assert len(ran) == 1


def test_a_timer_that_begins_while_it_runs_is_not_begun_again():
    ran = []

    def again(now):
        ran.append(now)
        assert timers.run_due([timer]) == 0
        timers.renew()
        assert TimerRun.objects.get().lease > timezone.now() + timers.LEASE - timedelta(seconds=30)

    timer = Timer("t", DAY, again)
    assert timers.run_due([timer]) == 1
    assert len(ran) == 1


def test_a_failure_is_told_and_tried_again_and_the_others_run(caplog, client):
    ran = []

    def fail(now):
        raise OSError("no disk")

    bad, good = Timer("bad", DAY, fail), Timer("good", DAY, ran.append)
    assert timers.run_due([bad, good]) == 1
    assert "The timer bad failed" in caplog.text
    assert timers.failing() == ["bad"]
    assert client.get("/healthz").json()["timers"] == {"ok": False, "failing": ["bad"]}
    kept = TimerRun.objects.get(name="bad")
    assert "no disk" in kept.error
    assert timedelta(0) < kept.next_at - kept.due_at < timedelta(minutes=5)
    TimerRun.objects.filter(name="bad").update(next_at=timezone.now())
    assert timers.run_due([Timer("bad", DAY, ran.append)]) == 1
    assert timers.failing() == []
    assert TimerRun.objects.get(name="bad").due_at == kept.due_at + DAY
