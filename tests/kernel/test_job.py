"""Jobs: claimed once, stopped, paused, taken over, failed in words, seen by their owner."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone, translation
from exchange_sheets import read_out

from hanfeng.commons.people.roles import OFFICER, SYSTEM
from hanfeng.kernel.job import run as jobs
from hanfeng.kernel.job.models import Job
from hanfeng.kernel.job.run import JobKind, Lost, Run, ask_stop, carry_out, claim, now, resume, start

pytestmark = pytest.mark.django_db


def work(run: Run) -> None:
    for n in range(run.job.done, int(run.asked["steps"])):
        run.check()
        run.step(n + 1, cursor={"n": n + 1})
        if n + 1 == run.asked.get("stop_at"):
            ask_stop(run.job)
            run.step(n + 1)
        if n + 1 == run.asked.get("fail_at"):
            raise OSError("disk full")
        if n + 1 == run.asked.get("refuse_at"):
            raise ValidationError("Not like this.")


KIND = JobKind("test.work", work)
FRAGILE = JobKind("test.fragile", work, resumes=False)


@pytest.fixture(autouse=True)
def _kinds(monkeypatch):
    monkeypatch.setattr(jobs, "kinds", lambda: {KIND.name: KIND, FRAGILE.name: FRAGILE})
    with translation.override("en"):
        yield


def test_a_job_runs_to_its_end_once():
    job = start(KIND, None, "count", steps=3)
    job.asked["steps"] = 3
    job.save()
    taken = claim()
    assert taken == job
    assert claim() is None
    done = carry_out(taken)
    assert (done.state, done.done, done.cursor, done.share) == ("done", 3, {"n": 3}, 1.0)
    assert claim() is None


def begun(**asked):
    job = start(KIND, None, "count", steps=5)
    job.asked = {"steps": 5, **asked}
    job.save()
    return job


def test_a_stopped_job_goes_on_from_where_it_ended():
    job = now(begun(stop_at=2))
    assert (job.state, job.done, job.resumable) == ("stopped", 2, True)
    Job.objects.filter(pk=job.pk).update(asked={"steps": 5})
    assert resume(job)
    assert (now(job).state, Job.objects.get().cursor) == ("done", {"n": 5})
    assert not resume(job)


def test_a_waiting_job_stops_at_once():
    job = begun()
    ask_stop(job)
    assert claim() is None
    assert Job.objects.get().state == "stopped"


def test_a_failure_is_told_with_its_step():
    job = now(begun(fail_at=3))
    assert job.state == "failed"
    assert "step 3" in job.error
    assert "disk full" in job.error


def test_a_refusal_is_told_in_its_own_words():
    assert now(begun(refuse_at=1)).error == "Not like this."


def test_an_unknown_kind_fails_in_words():
    job = begun()
    Job.objects.update(kind="gone")
    assert "does not know" in now(job).error


def test_the_worker_that_stops_gives_its_job_back():
    pausing = threading.Event()
    pausing.set()
    begun()
    job = carry_out(claim(), pausing)
    assert (job.state, job.lease, job.token) == ("waiting", None, "")
    assert now(job).state == "done"


def fall(job):
    """As a worker that was killed leaves it: running, its lease over."""
    taken = claim(job.pk)
    Job.objects.filter(pk=job.pk).update(lease=timezone.now() - timedelta(seconds=1), done=2, cursor={"n": 2})
    return taken


def test_a_job_whose_worker_fell_is_taken_over_and_the_fallen_writes_no_more():
    job = begun()
    fallen = Run(fall(job))
    other = claim()
    assert (other.pk, other.attempts, other.done) == (job.pk, 1, 2)
    with pytest.raises(Lost):
        fallen.step(3)
    assert carry_out(other).state == "done"


def test_a_job_that_does_not_resume_fails_with_the_step():
    job = begun()
    Job.objects.update(kind=FRAGILE.name)
    fall(job)
    assert claim() is None
    job.refresh_from_db()
    assert job.state == "failed"
    assert "step 2 of 5" in job.error


def test_a_job_at_which_workers_fall_again_and_again_is_left():
    job = begun()
    for _turn in range(jobs.MOST_FALLS + 1):
        assert fall(job)
    assert claim() is None
    job.refresh_from_db()
    assert "6 times" in job.error


def test_only_the_owner_and_who_runs_the_site_see_a_job(account):
    owner = account("owner", OFFICER)
    job = start(KIND, owner, "my work")
    codes = {}
    for name, user in (("owner", owner), ("other", account("other", OFFICER)), ("system", account("system", SYSTEM))):
        client = Client()
        client.force_login(user)
        codes[name] = client.get(job.get_absolute_url()).status_code
        assert ("my work" in client.get("/jobs/").content.decode()) == (name != "other")
    assert codes == {"owner": 200, "other": 404, "system": 200}
    assert Client().get(job.get_absolute_url()).status_code == 302


def test_the_page_renews_itself_and_ends_that_with_the_job(account):
    owner = account("owner", OFFICER)
    client = Client(headers={"HX-Request": "true"})
    client.force_login(owner)
    job = start(KIND, owner, "my work", steps=1)
    answer = client.get(job.get_absolute_url())
    assert b"data-hx-trigger" in answer.content
    assert b"<html" not in answer.content
    assert client.post(f"{job.get_absolute_url()}stop/").status_code == 302
    answer = client.get(job.get_absolute_url())
    assert b"data-hx-trigger" not in answer.content
    assert answer["HX-Refresh"] == "true"
    assert client.post(f"{job.get_absolute_url()}resume/").status_code == 302
    assert Job.objects.get().state == "waiting"


def test_the_file_is_its_owners_only(account):
    owner, system = account("owner", OFFICER), account("system", SYSTEM)
    job = now(start(JobKind("test.work", work), owner, "x"))
    Job.objects.update(result="1.txt", result_name="名单.txt")
    (jobs.folder() / "1.txt").write_text("rows")
    for user, code in ((owner, 200), (system, 404)):
        client = Client()
        client.force_login(user)
        with read_out(client.get(f"{job.get_absolute_url()}result/")) as answer:
            assert answer.status_code == code
    Job.objects.update(ended_at=timezone.now() - timedelta(days=31))
    assert jobs.stale_files() == 1
    assert not (jobs.folder() / "1.txt").exists()


def test_a_job_is_never_deleted():
    with pytest.raises(TypeError):
        begun().delete()
