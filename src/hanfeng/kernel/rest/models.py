"""Clients of the interface and their tokens; answers kept so that a repeated request does nothing twice."""

from __future__ import annotations

import secrets
from datetime import datetime
from hashlib import sha256
from ipaddress import ip_network
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.record.models import Reader, Record
from hanfeng.kernel.roles import EVERYBODY, NOBODY, holds

from .room import room

SIGN = "hf"
PREFIX = 8  # signs of a token that are kept and shown, so that it can be told from others


class Client(Record):
    """Another system that reads or writes here: whose it is, what for, what it may do, until when.

    `body` is the key of the body it acts for: it sees what somebody of that body with these roles sees. `scopes` are
    pairs such as `bodies.body:read`: what is not named is closed, whatever the roles allow.
    """

    personal: ClassVar = ("contact",)

    name = models.CharField(_("name"), max_length=80)
    purpose = models.CharField(_("purpose"), max_length=240)
    contact = models.CharField(
        _("contact"), max_length=120, help_text=_("Who answers for it when something goes wrong.")
    )
    body = models.BigIntegerField(_("body"))
    body_name = models.CharField(_("name of the body"), max_length=160)
    roles = models.JSONField(_("roles"), default=list, blank=True)
    scopes = models.JSONField(_("what it may do"), default=list)
    expires = models.DateField(_("holds until"), help_text=_("The first day on which it no longer holds."))
    rate = models.PositiveIntegerField(
        _("requests a minute"), default=300, validators=(MinValueValidator(1), MaxValueValidator(60_000))
    )
    addresses = models.JSONField(_("allowed addresses"), default=list, blank=True)
    revoked = models.BooleanField(_("revoked"), default=False)
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("account"), editable=False, related_name="rest_client"
    )

    class Meta(Record.Meta):
        verbose_name = _("client of the interface")
        verbose_name_plural = _("clients of the interface")
        ordering: ClassVar = ("name", "pk")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def scope(cls, user: Reader) -> Q:
        """Those who keep clients see them all; nobody else sees any."""
        return EVERYBODY if holds(user, *room.keepers) else NOBODY

    def get_absolute_url(self) -> str:
        """The page of its keepers."""
        return f"/api/clients/{self.pk}/"

    def clean(self) -> None:
        for text in self.addresses:
            try:
                ip_network(text, strict=False)
            except ValueError as bad:
                told = _t("“%(text)s” is no address or network; write it like 10.1.2.3 or 10.1.0.0/16.")
                raise ValidationError({"addresses": told % {"text": text}}) from bad

    def holds_on(self, now: datetime) -> bool:
        """Whether it is neither revoked nor past its day."""
        return not self.revoked and timezone.localdate(now) < self.expires


class Token(Record):
    """What a client shows to be known. Only its digest is kept: 256 random bits cannot be guessed from it."""

    client = models.ForeignKey(Client, models.PROTECT, verbose_name=_("client of the interface"), related_name="tokens")
    prefix = models.CharField(_("begins with"), max_length=16)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    revoked = models.BooleanField(_("revoked"), default=False)

    class Meta(Record.Meta):
        verbose_name = _("token")
        verbose_name_plural = _("tokens")
        ordering: ClassVar = ("-pk",)

    def __str__(self) -> str:
        return f"{self.prefix}…"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return Client.scope(user)


def new_token() -> tuple[str, str, str]:
    """A new token, what is shown of it, and its digest. The token itself is told once and kept nowhere."""
    secret = secrets.token_urlsafe(32)
    token = f"{SIGN}_{secret}"
    return token, token[: len(SIGN) + 1 + PREFIX], digest_of(token)


def digest_of(token: str) -> str:
    """The SHA-256 of a token. No slow hash is needed: it guards words that people choose, not random bits."""
    return sha256(token.encode()).hexdigest()


class Kept(models.Model):
    """The answer to a request with an Idempotency-Key, written in the transaction of its effect."""

    owner = models.CharField(max_length=24)
    key = models.CharField(max_length=200)
    asked = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=b"")
    expires = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("owner", "key"), name="kept_once"),)

    def __str__(self) -> str:
        return f"{self.owner} {self.key}"


def account_for(name: str) -> Any:
    """A new account that only stands in the history for a client: it has no password and cannot sign in."""
    from django.contrib.auth import get_user_model

    model = get_user_model()
    account = model(username=f"client-{secrets.token_hex(6)}", first_name=name[:150])
    account.set_unusable_password()
    account.save()
    return account
