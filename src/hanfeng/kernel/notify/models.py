"""What was told: the message, a letter for each receiver, a delivery for each way out of the house, and preferences."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _


class Message(models.Model):
    """One telling. `said` holds title and text in each language of the site; `once` makes a second telling the same one."""

    notice = models.CharField(max_length=80)
    once = models.CharField(max_length=160, null=True)  # noqa: DJ001  None, unlike "", is never equal to another
    said = models.JSONField()
    kind = models.CharField(max_length=80, blank=True)
    key = models.BigIntegerField(null=True)
    url = models.CharField(max_length=300, blank=True)
    urgent = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("notice", "once"), name="message_once"),)

    def __str__(self) -> str:
        return self.title()

    def title(self, language: str | None = None) -> str:
        """The title in a language; in the reader's own when none is named."""
        return self._in(language)[0]

    def text(self, language: str | None = None) -> str:
        """The text in a language; in the reader's own when none is named."""
        return self._in(language)[1]

    def _in(self, language: str | None) -> tuple[str, str]:
        said = self.said.get(language or get_language()) or self.said[settings.LANGUAGE_CODE]
        return said[0], said[1]


class Letter(models.Model):
    """A message for one person: there the moment it is told, read when he says so."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="letters")
    receiver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="letters")
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("message", "receiver"), name="letter_once"),)
        indexes = (
            models.Index(fields=("receiver", "-id"), name="letter_own"),
            models.Index(fields=("receiver",), condition=models.Q(read_at=None), name="letter_unread"),
        )

    def __str__(self) -> str:
        return str(self.message)


class Hook(models.Model):
    """An address of another system that is told too: every message, or those whose notice begins with a word."""

    title = models.CharField(_("title"), max_length=80)
    url = models.CharField(_("address"), max_length=300)
    secret = models.CharField(max_length=64)
    notices = models.CharField(_("notices that begin with"), max_length=80, blank=True)
    active = models.BooleanField(_("in use"), default=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering: ClassVar = ("title", "pk")

    def __str__(self) -> str:
        return self.title


class Delivery(models.Model):
    """One way out of the house for a message: to a person by a channel, or to a webhook. Sent after commit, each once.

    `token` and `lease` name the worker that is sending it; past the lease another may try.
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("delivery", "waiting")
        SENT = "sent", pgettext_lazy("delivery", "sent")
        DELIVERED = "delivered", pgettext_lazy("delivery", "delivered")
        FAILED = "failed", pgettext_lazy("delivery", "failed")

    message = models.ForeignKey(Message, models.CASCADE, related_name="deliveries")
    letter = models.ForeignKey(Letter, models.CASCADE, null=True, related_name="deliveries")
    hook = models.ForeignKey(Hook, models.PROTECT, null=True, related_name="deliveries")
    channel = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    token = models.CharField(max_length=32, blank=True)
    lease = models.DateTimeField(null=True)
    reference = models.CharField(max_length=200, blank=True)
    error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("letter", "channel"), condition=models.Q(hook=None), name="delivery_person_once"
            ),
            models.UniqueConstraint(
                fields=("message", "hook"), condition=models.Q(letter=None), name="delivery_hook_once"
            ),
        )
        indexes = (
            models.Index(fields=("next_at",), condition=models.Q(state="waiting"), name="delivery_due"),
            models.Index(fields=("channel", "reference"), name="delivery_reference"),
        )

    def __str__(self) -> str:
        return f"{self.message_id} · {self.channel} · {self.state}"


class Preference(models.Model):
    """How a person wants to be told, and in which language. Whoever has none is told as the site tells everybody."""

    class Wanted(models.TextChoices):
        ALL = "all", _("everything")
        URGENT = "urgent", _("only what is urgent")
        NONE = "none", _("nothing")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="preference")
    language = models.CharField(_("language"), max_length=10, blank=True)
    email = models.CharField(_("by e-mail"), max_length=6, choices=Wanted.choices, default=Wanted.ALL)
    sms = models.CharField(_("by text message"), max_length=6, choices=Wanted.choices, default=Wanted.URGENT)

    def __str__(self) -> str:
        return str(self.user)

    def wants(self, channel: str, urgent: bool) -> bool:
        """Whether this person wants a message by this channel."""
        wanted = getattr(self, channel, self.Wanted.NONE)
        return bool(wanted == self.Wanted.ALL or (urgent and wanted == self.Wanted.URGENT))


def language_of(user: Any) -> str:
    """The language a person reads; the site's when he never said."""
    kept = Preference.objects.filter(user=user.pk).values_list("language", flat=True).first()
    return kept or settings.LANGUAGE_CODE


def remember_language(user: Any, language: str) -> None:
    """Keep the language that a person chose."""
    Preference.objects.update_or_create(user=user, defaults={"language": language})
