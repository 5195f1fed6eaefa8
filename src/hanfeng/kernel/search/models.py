"""The index: one row a passage, the files read or still to be read, and what must be indexed again."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hanfeng.kernel.record.models import Attachment


class Passage(models.Model):
    """What is searched: a record, or one paragraph of an attached file, in its plain form.

    `place` says which: the kind, then the key of the record or file, then the paragraph (see places.py). Beside this table
    stands `search_index`, a full-text table of SQLite, or on PostgreSQL the column `words` of this one.
    """

    place = models.BigIntegerField(primary_key=True)
    record = models.BigIntegerField()
    title = models.TextField(blank=True)
    body = models.TextField(blank=True)
    text = models.TextField(blank=True)
    """A paragraph as it was written; empty for a record, whose fields hold it."""

    class Meta:
        db_table = "search_passage"

    def __str__(self) -> str:
        return self.title


class FileText(models.Model):
    """Whether the text of an attached file could be read, or waits for the worker."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waits to be read")
        READ = "read", pgettext_lazy("text of a file", "read")
        NONE = "none", _("holds no text that can be read")
        FAILED = "failed", _("could not be read")

    file = models.OneToOneField(Attachment, models.PROTECT, primary_key=True, related_name="text")
    state = models.CharField(max_length=8, choices=State.choices)
    passages = models.PositiveIntegerField(default=0)
    cut = models.BooleanField(default=False)
    """Whether the file held more than is kept."""
    why = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "search_file_text"
        indexes = (models.Index(fields=("state",), condition=models.Q(state="waiting"), name="search_waiting"),)

    def __str__(self) -> str:
        return f"{self.file_id} {self.state}"


class Late(models.Model):
    """Records that take their words from one that changed, too many to be indexed again at once: the worker goes on."""

    kind = models.CharField(max_length=80)
    lookup = models.CharField(max_length=200)
    key = models.BigIntegerField()
    after = models.BigIntegerField(default=0)

    class Meta:
        db_table = "search_late"

    def __str__(self) -> str:
        return f"{self.kind} {self.lookup}={self.key}"
