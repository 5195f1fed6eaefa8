"""Sheets on their way in, and what people decided about their columns and names. What went out is told in the log (watch)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from hanfeng.kernel.job.models import Job
from hanfeng.kernel.record.models import Batch


class Upload(models.Model):
    """A sheet that somebody takes in, from the file to the rows it became. The file lies by its digest under HOME/sheets.

    `columns` is {place of a column: name of a field}, `names` {field: {text: key, "new" or ""}} as decided by its owner.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    body = models.BigIntegerField(null=True)
    pack = models.CharField(max_length=60)
    desk = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    sheet = models.CharField(max_length=120, blank=True)
    first = models.PositiveIntegerField(default=0)
    depth = models.PositiveSmallIntegerField(default=0)
    columns = models.JSONField(default=dict)
    names = models.JSONField(default=dict)
    survey = models.JSONField(default=dict)
    job = models.ForeignKey(Job, models.PROTECT, null=True, related_name="+")
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="+")
    parts = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="+")
    undone = models.BooleanField(default=False)
    unchanged = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = (models.Index(fields=("owner", "pack", "desk", "-id"), name="upload_own"),)

    def __str__(self) -> str:
        return self.name

    @property
    def url(self) -> str:
        """The address of its pages."""
        from hanfeng.kernel.pack import find

        pack = find(self.pack)
        desk = (
            pack.desk(self.desk) if pack else None
        )  # a pack may show records of another app, under that one's address
        return f"{desk.url if desk else f'/{self.pack}/{self.desk}/'}sheets/{self.pk}/"


class Refusal(models.Model):
    """A line of a sheet that did not go in, and why in words; written with the lines that did."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="refusals")
    line = models.PositiveIntegerField()
    why = models.TextField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("upload", "line"), name="refusal_once"),)

    def __str__(self) -> str:
        return f"{self.line}: {self.why}"


class KnownColumn(models.Model):
    """Which field a heading meant the last time, for one body and one desk (`body` None: whoever has none)."""

    desk = models.CharField(max_length=121)
    body = models.BigIntegerField(null=True)
    heading = models.CharField(max_length=200)
    field = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = (models.Index(fields=("desk", "heading"), name="known_column"),)

    def __str__(self) -> str:
        return f"{self.heading} → {self.field}"


class KnownName(models.Model):
    """Which record a text meant the last time, for one kind of record and one body."""

    kind = models.CharField(max_length=80)
    body = models.BigIntegerField(null=True)
    text = models.CharField(max_length=200)
    key = models.BigIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = (models.Index(fields=("kind", "text"), name="known_name"),)

    def __str__(self) -> str:
        return f"{self.text} → {self.key}"


class RowKey(models.Model):
    """The digest of an imported line and the record it became, where the kind of record has no key of its own."""

    kind = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)
    key = models.BigIntegerField()
    upload = models.ForeignKey(Upload, models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("kind", "digest"), name="row_key"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
