"""The worker's round: what is due runs, a failing duty stops nothing, the heartbeat goes on."""

import threading

import pytest

from hanfeng.site.commands import work


def test_each_duty_has_its_own_rhythm(tmp_path):
    ran = []
    duties = [work.Task("often", lambda: ran.append("often"), 5), work.Task("seldom", lambda: ran.append("seldom"), 60)]
    for now in (100, 103, 105, 160, 161):
        work.once(tmp_path, duties, now, threading.Event())
    assert ran == ["often", "seldom", "often", "often", "seldom"]
    assert work.beat_age(tmp_path) is not None


def test_a_failing_duty_is_told_and_tried_again_and_the_rest_goes_on(tmp_path, caplog):
    ran = []

    def fail():
        ran.append("failing")
        raise OSError("disk full")

    duties = [work.Task("bad", fail, 5), work.Task("good", lambda: ran.append("good"), 5)]
    assert work.once(tmp_path, duties, 1, threading.Event()) == 1
    assert work.once(tmp_path, duties, 7, threading.Event()) == 1
    assert ran == ["failing", "good", "failing", "good"]
    assert "The duty bad failed" in caplog.text
    assert "disk full" in caplog.text


def test_a_full_load_of_jobs_is_followed_by_the_next(tmp_path):
    loads = iter([work.MOST_JOBS, 3, 0])
    task = work.Task("jobs", lambda: next(loads), 5)
    work.once(tmp_path, [task], 10, threading.Event())
    assert task.due == 10
    work.once(tmp_path, [task], 10, threading.Event())
    assert task.due == 15


def test_nothing_new_begins_after_a_stop(tmp_path):
    stop, ran = threading.Event(), []
    stop.set()
    work.once(tmp_path, [work.Task("any", lambda: ran.append(1), 5)], 1, stop)
    assert ran == []


@pytest.mark.django_db
def test_the_duties_of_the_site_run():
    assert [task.name for task in work.tasks()] == ["jobs", "seals", "long work", "search", "old results"]
    assert [task.run() for task in work.tasks()] == [0, None, 0, 0, 0]
