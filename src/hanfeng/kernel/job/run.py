"""How a job is started, claimed, run, stopped, and taken over when its worker fell."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, connections, transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from .models import Job

LEASE = timedelta(seconds=60)
MOST_FALLS = 5  # after so many workers fell at it a job is not taken up by itself any more
log = logging.getLogger("hanfeng.jobs")


class Stopped(Exception):
    """Somebody asked the job to stop."""


class Paused(Exception):
    """The worker itself stops; the job goes on when a worker is there again."""


class Lost(Exception):
    """Another worker has the job by now: this one must write nothing more."""


@dataclass(frozen=True)
class JobKind:
    """A kind of long work: its name, what it does with a Run, and whether it goes on from its cursor after a fall."""

    name: str
    run: Callable[[Run], None]
    resumes: bool = True


@dataclass
class Run:
    """A job in the hands of a worker."""

    job: Job
    pausing: threading.Event = field(default_factory=threading.Event)
    stopping: bool = False

    @property
    def asked(self) -> Mapping[str, Any]:
        """What the job was started with."""
        return self.job.asked  # type: ignore[no-any-return]

    def step(self, done: int, *, steps: int | None = None, message: str | None = None, cursor: Any = None) -> None:
        """Write down how far it is, and renew the lease. In a transaction with the effect it holds for good.

        Raises Lost when another worker has the job, so that the transaction is taken back.
        """
        said: dict[str, Any] = {"done": done, "lease": timezone.now() + LEASE}
        for name, value in (("steps", steps), ("message", message), ("cursor", cursor)):
            if value is not None:
                said[name] = value[:300] if isinstance(value, str) else value
        mine = Job.objects.filter(pk=self.job.pk, token=self.job.token, state=Job.State.RUNNING)
        if not mine.update(**said):
            raise Lost
        for name, value in said.items():
            setattr(self.job, name, value)
        self.stopping = mine.values_list("stop_asked", flat=True).get()

    def check(self) -> None:
        """Between two steps: raises Stopped or Paused when the job is to end here."""
        if self.stopping:
            raise Stopped
        if self.pausing.is_set():
            raise Paused

    def keep(self, path: Path, name: str) -> None:
        """The file that the job made, and the name under which it is handed out."""
        self.job.result, self.job.result_name = path.name, name[:200]
        Job.objects.filter(pk=self.job.pk, token=self.job.token).update(result=path.name, result_name=name[:200])


def folder() -> Path:
    """Where the files that jobs make lie: for the site's owner only."""
    path = Path(settings.HOME) / "jobs"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def kinds() -> dict[str, JobKind]:
    """The kinds of jobs that rooms and packs declare."""
    from hanfeng.kernel.pack import catalogue

    return {kind.name: kind for pack in catalogue() for kind in pack.jobs}


def start(kind: JobKind, owner: Any, title: str, *, steps: int = 0, back: str = "", **asked: Any) -> Job:
    """Put a job before the worker. `back` is the page from which it was started."""
    user = owner if getattr(owner, "pk", None) else None
    language = translation.get_language() or settings.LANGUAGE_CODE
    return Job.objects.create(
        kind=kind.name, owner=user, title=title[:200], language=language, asked=asked, steps=steps, back=back
    )


def resume(job: Job) -> bool:
    """Let a job that ended before its end go on from there; False when it is not such a job."""
    ended = Job.objects.filter(pk=job.pk, state__in=(Job.State.STOPPED, Job.State.FAILED))
    return bool(
        ended.update(
            state=Job.State.WAITING, stop_asked=False, attempts=0, error="", ended_at=None, lease=None, token=""
        )
    )


def ask_stop(job: Job) -> None:
    """Ask a running job to end at its next step; one that still waits ends at once."""
    now = timezone.now()
    waiting = Job.objects.filter(pk=job.pk, state=Job.State.WAITING)
    if not waiting.update(state=Job.State.STOPPED, ended_at=now):
        Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(stop_asked=True)


def claim(pk: int | None = None) -> Job | None:
    """Take the next job that waits, or that fell from the hands of its worker; None when there is none."""
    with transaction.atomic():
        now = timezone.now()
        due = Job.objects.filter(Q(state=Job.State.WAITING) | Q(state=Job.State.RUNNING, lease__lt=now))
        due = due.filter(pk=pk) if pk else due
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        job = due.order_by("pk").first()
        if job is None:
            return None
        fallen = job.state == Job.State.RUNNING
        if fallen and (why := _why_not_again(job)):
            _end(job, Job.State.FAILED, why)
            return None
        job.state, job.token, job.lease = Job.State.RUNNING, secrets.token_hex(16), now + LEASE
        job.started_at, job.attempts = job.started_at or now, job.attempts + fallen
        job.save(update_fields=("state", "token", "lease", "started_at", "attempts"))
        return job


def _why_not_again(job: Job) -> str:
    """Why a job whose worker fell is not taken up again by itself; empty when it is."""
    with translation.override(job.language):
        kind = kinds().get(job.kind)
        if kind and not kind.resumes:
            return _("The worker fell at step %(done)s of %(steps)s. Start it again: what is done stays done.") % {
                "done": job.done, "steps": job.steps or "?",
            }  # fmt: skip
        if job.attempts >= MOST_FALLS:
            return _("The worker fell %(n)s times at this job, last at step %(done)s.") % {
                "n": job.attempts + 1, "done": job.done,
            }  # fmt: skip
    return ""


def _end(job: Job, state: str, error: str = "") -> None:
    now = timezone.now()
    mine = Job.objects.filter(pk=job.pk, token=job.token)
    mine.update(state=state, error=error[:2000], ended_at=now, lease=None, stop_asked=False)
    job.state, job.error, job.ended_at = state, error, now


def carry_out(job: Job, pausing: threading.Event | None = None) -> Job:
    """Run a claimed job to its end, or until it is stopped, paused, lost or fails; the record says which."""
    run = Run(job, pausing or threading.Event())
    with translation.override(job.language):
        try:
            kind = kinds().get(job.kind)
            if kind is None:
                raise ValidationError(_("This site does not know this kind of job."))
            kind.run(run)
            _end(job, Job.State.DONE)
        except Stopped:
            _end(job, Job.State.STOPPED)
        except Paused:
            Job.objects.filter(pk=job.pk, token=job.token).update(state=Job.State.WAITING, lease=None, token="")
        except Lost:
            log.warning("job %s is in other hands", job.pk)
        except ValidationError as why:
            _end(job, Job.State.FAILED, "; ".join(why.messages))
        except Exception as why:  # whatever a job raises is told on its page, and the worker goes on
            log.exception("job %s", job.pk)
            told = _("It broke off at step %(done)s: %(why)s") % {"done": job.done, "why": repr(why)}
            _end(job, Job.State.FAILED, told)
    job.refresh_from_db()
    return job


def now(job: Job) -> Job:
    """Run a small job at once, in this process."""
    claimed = claim(job.pk)
    return carry_out(claimed) if claimed else Job.objects.get(pk=job.pk)


def _small_cache() -> None:
    """Long work writes once and seldom looks back: on SQLite 8 MB of cache serve it as well as 64."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA cache_size=-8192")


class Hand:
    """The worker's hand for long work: one job at a time in a thread of its own, so that seals and links go on."""

    def __init__(self) -> None:
        self.thread: threading.Thread | None = None
        self.pausing = threading.Event()

    def look(self) -> int:
        """Take up the next job when the hand is free; how many were taken."""
        if self.thread and self.thread.is_alive():
            return 0
        job = claim()
        if job is None:
            return 0
        self.thread = threading.Thread(target=self._work, args=(job,), name=f"job {job.pk}", daemon=True)
        self.thread.start()
        return 1

    def _work(self, job: Job) -> None:
        try:
            _small_cache()
            carry_out(job, self.pausing)
        finally:
            connections.close_all()

    def rest(self, seconds: float = 20.0) -> None:
        """Let the job that runs come to its next step and give it back; called when the worker ends."""
        self.pausing.set()
        if self.thread:
            self.thread.join(seconds)


def stale_files(keep: timedelta = timedelta(days=30)) -> int:
    """Delete result files that nobody will fetch any more; returns how many."""
    old = Job.objects.filter(ended_at__lt=timezone.now() - keep).exclude(result="")
    count = 0
    for job in old[:200]:
        (folder() / job.result).unlink(missing_ok=True)
        count += Job.objects.filter(pk=job.pk).update(result="")
    return count
