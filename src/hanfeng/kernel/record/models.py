"""What is kept: records, the events that changed them, and what makes tampering show."""

from __future__ import annotations

import json
from typing import Any, ClassVar, NoReturn, TypeVar, cast

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.base.words import is_chinese

NOBODY = Q(pk__in=())
"""The scope of a model that declares none: no row at all."""

Reader = AbstractBaseUser | AnonymousUser
R = TypeVar("R", bound=models.Model)


class Rows(models.QuerySet[R]):
    """Rows that can be read but not written past the history: writing is `save`, `save_many`, and nothing else."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Records are written by save() and save_many() only, so that every change leaves an event.")

    update = delete = create = bulk_create = bulk_update = get_or_create = update_or_create = _refuse


class Everything(models.Manager.from_queryset(Rows)):  # type: ignore[misc]
    """All rows, withdrawn ones too: for history and audit."""


class Standing(models.Manager.from_queryset(Rows)):  # type: ignore[misc]
    """The rows that stand: what lists show and figures count."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return cast("models.QuerySet[Any]", super().get_queryset().filter(void=False))


class Record(models.Model):
    """One thing kept. `version` counts its events, so a cut-off history shows; `void` withdraws it, nothing deletes it."""

    personal: ClassVar[tuple[str, ...]] = ()
    """Fields that hold personal data: masked on pages, and kept in the history as salted digests that can be erased."""

    named_by: ClassVar[tuple[str, ...]] = ()
    """Relations that the name of a record is read from: lists and choices ask for them at once."""

    version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("recorded at"), default=timezone.now, editable=False)
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now, editable=False)
    void = models.BooleanField(_("withdrawn"), default=False, editable=False)
    demo = models.BooleanField(_("demo data"), default=False, editable=False)

    objects = Standing()
    everything = Everything()

    class Meta:
        abstract = True
        base_manager_name = "everything"
        default_manager_name = "objects"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        """Which rows this reader may see. A model that does not say is seen by nobody."""
        return NOBODY

    def get_absolute_url(self) -> str:
        """The page of this record on the desk of its pack."""
        return f"/{self._meta.app_label}/{self._meta.model_name}/{self.pk}/"

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Write a record with record.save(), which checks it and leaves an event.")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("A record is never deleted: void it.")


def kind_of(model: type[models.Model] | models.Model) -> str:
    """The name of a kind of record in the history, such as `enterprises.enterprise`."""
    return model._meta.label_lower


class Batch(models.Model):
    """One run of save_many: an import, a seed, a correction or the undoing of one."""

    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=80)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    undoes = models.ForeignKey("self", models.PROTECT, null=True, related_name="undone_by")

    def __str__(self) -> str:
        return self.said

    @property
    def said(self) -> str:
        """What the batch is, in the reader's language: its title holds names only, such as that of a file."""
        return gettext("Undo: %(what)s") % {"what": self.title} if self.undoes_id else self.title


class Seal(models.Model):
    """A Merkle root over the events of about a minute, keyed and written to a file outside the database too."""

    at = models.DateTimeField()
    count = models.PositiveIntegerField()
    root = models.CharField(max_length=64)
    prev = models.CharField(max_length=64)
    mac = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"#{self.pk}"


ENGLISH = "@note_en"
"""Under this name an event keeps the English of its note, beside the changes and hashed with them."""


class Event(models.Model):
    """Who did what to which record, when. Chained to the last event of the same record; never changed, never deleted."""

    kind = models.CharField(max_length=80)
    key = models.BigIntegerField()
    seq = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now, db_index=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)
    who = models.CharField(max_length=150, blank=True)
    verb = models.CharField(max_length=40)
    note = models.TextField(blank=True)
    data = models.TextField(default="{}")
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="events")
    prev = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    seal = models.ForeignKey(Seal, models.PROTECT, null=True, related_name="events")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("kind", "key", "seq"), name="event_chain"),)
        indexes = (models.Index(fields=("id",), condition=Q(seal=None), name="event_unsealed"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.key} · {self.seq} · {self.verb}"

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("An event is never deleted.")

    @property
    def said(self) -> str:
        """Its note in the reader's language, where it was kept in both; else as it was written."""
        if ENGLISH not in self.data or is_chinese(get_language() or "zh"):
            return self.note
        change = json.loads(self.data).get(ENGLISH)  # the words may also stand in what somebody wrote
        return str(change[1]) if change else self.note


class Secret(models.Model):
    """The personal value behind a digest in an event. Erasing it leaves the chain valid."""

    event = models.ForeignKey(Event, models.PROTECT, related_name="secrets")
    field = models.CharField(max_length=60)
    salt = models.CharField(max_length=32, blank=True)
    data = models.TextField(blank=True)
    erased_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.event_id} {self.field}"


class Attachment(models.Model):
    """A file that belongs to a record; kept by its content, served by a view that asks for the record's scope."""

    kind = models.CharField(max_length=80)
    key = models.BigIntegerField()
    name = models.CharField(max_length=200)
    media = models.CharField(max_length=120)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)

    class Meta:
        indexes = (models.Index(fields=("kind", "key")),)

    def __str__(self) -> str:
        return self.name


class LinkRun(models.Model):
    """One meeting of two packs still to be carried out, or done: written with the event that calls for it."""

    link = models.CharField(max_length=80)
    event = models.ForeignKey(Event, models.PROTECT, related_name="links")
    done_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    error = models.TextField(blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("link", "event"), name="link_once"),)
        indexes = (models.Index(fields=("next_at",), condition=Q(done_at=None), name="link_due"),)

    def __str__(self) -> str:
        return f"{self.link} {self.event_id}"
