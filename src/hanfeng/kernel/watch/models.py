"""The lines of the log. Kept apart from the records: writing one never waits for, and never locks, the main database."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class OnlyMore(models.QuerySet[Any]):
    """Lines to which more are added, and nothing else is done."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("The log is only added to.")

    update = delete = bulk_update = update_or_create = bulk_create = _refuse


class Line(models.Model):
    """One thing that happened: in the book of access (who read or took out what) or of security (who came, who was let).

    `by` is the key of the account that acted and `whom` the name of the account it concerns; no foreign keys, for accounts
    are kept elsewhere. Each line is chained to the one before it.
    """

    class Book(models.TextChoices):
        ACCESS = "access", _("reading of personal data and what went out")
        SECURITY = "security", _("accounts and sign-in")

    class What(models.TextChoices):
        SHOWN = "shown", pgettext_lazy("log", "personal data shown")
        FORM = "form", pgettext_lazy("log", "opened for editing")
        FILE = "file", pgettext_lazy("log", "file of a person read")
        EXPORT = "export", pgettext_lazy("log", "went out as a file")
        PRINT = "print", pgettext_lazy("log", "went out on paper")
        IN = "in", pgettext_lazy("log", "signed in")
        OUT = "out", pgettext_lazy("log", "signed out")
        WRONG = "wrong", pgettext_lazy("log", "sign-in failed")
        LOCKED = "locked", pgettext_lazy("log", "locked after failed tries")
        REFUSED = "refused", pgettext_lazy("log", "sign-in refused")
        PASSWORD = "password", pgettext_lazy("log", "password changed")
        FACTOR = "factor", pgettext_lazy("log", "second factor set up")
        NO_FACTOR = "no_factor", pgettext_lazy("log", "second factor removed")
        CODES = "codes", pgettext_lazy("log", "recovery codes made")
        ENDED = "ended", pgettext_lazy("log", "session ended")
        LINKED = "linked", pgettext_lazy("log", "other sign-in connected")
        UNLINKED = "unlinked", pgettext_lazy("log", "other sign-in disconnected")
        ACCOUNT = "account", pgettext_lazy("log", "account made")
        GIVEN = "given", pgettext_lazy("log", "role given")
        TAKEN = "taken", pgettext_lazy("log", "role taken")
        SHUT = "shut", pgettext_lazy("log", "account shut")
        OPENED = "opened", pgettext_lazy("log", "account opened")

    book = models.CharField(max_length=8, choices=Book.choices)
    what = models.CharField(_("what"), max_length=12, choices=What.choices)
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.BigIntegerField(null=True)
    who = models.CharField(_("who"), max_length=150, blank=True)
    whom = models.CharField(_("account"), max_length=150, blank=True)
    kind = models.CharField(max_length=80, blank=True)
    key = models.BigIntegerField(null=True)
    title = models.CharField(_("register"), max_length=120, blank=True)
    form = models.CharField(_("form"), max_length=8, blank=True)
    asked = models.TextField(_("filter"), blank=True)
    fields = models.JSONField(_("fields"), default=list)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    why = models.CharField(_("purpose"), max_length=300, blank=True)
    address = models.CharField(_("from address"), max_length=45, blank=True)
    prev = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    objects = models.Manager.from_queryset(OnlyMore)()

    class Meta:
        verbose_name = _("line of the log")
        verbose_name_plural = _("log")
        ordering: ClassVar = ("-pk",)
        indexes = (
            models.Index(fields=("book", "-id"), name="line_book"),
            models.Index(fields=("whom", "what", "at"), name="line_whom"),
            models.Index(fields=("address", "what", "at"), name="line_address"),
        )

    def __str__(self) -> str:
        return f"{self.who} · {self.get_what_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("The log is only added to.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("The log is only added to.")
