"""A job: what is to be done for whom, how far it is, where it goes on after a fall."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Job(models.Model):
    """One piece of long work. `cursor` is what it has done for good, written in the same transaction as its effect.

    `lease` is until when its worker has it for itself; past that any worker may go on with it. `token` names that worker,
    so that one which lost its lease can write nothing more.
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("job", "waiting")
        RUNNING = "running", pgettext_lazy("job", "running")
        DONE = "done", pgettext_lazy("job", "finished")
        STOPPED = "stopped", pgettext_lazy("job", "stopped")
        FAILED = "failed", pgettext_lazy("job", "failed")

    kind = models.CharField(max_length=60)
    title = models.CharField(_("title"), max_length=200)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="jobs")
    language = models.CharField(max_length=10)
    asked = models.JSONField(default=dict)
    cursor = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=300, blank=True)
    error = models.TextField(blank=True)
    back = models.CharField(max_length=300, blank=True)
    result = models.CharField(max_length=200, blank=True)
    result_name = models.CharField(max_length=200, blank=True)
    stop_asked = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    token = models.CharField(max_length=32, blank=True)
    lease = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = (
            models.Index(fields=("id",), condition=models.Q(state__in=("waiting", "running")), name="job_open"),
            models.Index(fields=("owner", "-id"), name="job_own"),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The page that shows how far it is."""
        return f"/jobs/{self.pk}/"

    @property
    def share(self) -> float | None:
        """How much of the whole is done; None while that is not known."""
        if self.state == self.State.DONE:
            return 1.0
        return min(self.done / self.steps, 1.0) if self.steps else None

    @property
    def open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in {self.State.WAITING, self.State.RUNNING}

    @property
    def resumable(self) -> bool:
        """Whether it ended before its end and may go on from there."""
        return self.state in {self.State.STOPPED, self.State.FAILED}

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("A job is never deleted: it says what was done.")


class TimerRun(models.Model):
    """When a timer ran last, when it comes round again, and what went wrong.

    `due_at` keeps the rhythm, `next_at` is when it is tried; `token` and `lease` name the worker that runs it.
    """

    name = models.CharField(max_length=80, unique=True)
    due_at = models.DateTimeField()
    next_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    runs = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    token = models.CharField(max_length=32, blank=True)
    lease = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
