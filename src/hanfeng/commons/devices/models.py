"""Devices, the commands they are given, and when they were last heard."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Reader, Record, Thing, local, save, visible
from hanfeng.standards.hj212 import REQUEST_WORDS, RESULT_WORDS

from .terms import AGAIN, OPEN, WITH_AMOUNT, Kind, Stage, System


def seen_things(user: Reader) -> Q:
    """What belongs to stations that the user sees."""
    return Q(thing__in=visible(Thing, user).values("pk"))


class Device(Record):
    """A station that speaks HJ 212 for itself. Its MN is the code of the station, PW proves it; an empty one proves nothing."""

    personal: ClassVar = ("password",)
    named_by: ClassVar = ("thing",)

    thing = models.OneToOneField(Thing, models.PROTECT, verbose_name=_("station of the device"), related_name="device")
    system = models.CharField(_("system (ST)"), max_length=2, choices=System.choices)
    password = models.CharField(
        _("password (PW)"), max_length=32, blank=True,
        help_text=_("Empty: whoever knows the number of the device is believed."),
    )  # fmt: skip

    class Meta(Record.Meta):
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        ordering: ClassVar = ("pk",)

    def __str__(self) -> str:
        return str(local(self.thing, "name"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return seen_things(user)

    @property
    def number(self) -> str:
        """MN."""
        return self.thing.code

    def clean(self) -> None:
        if self.thing_id and not self.thing.code:
            told = _("Open the station under “Stations and values” and give it its number (MN) as its code first.")
            raise ValidationError({"thing": told})


class Order(Record):
    """A command to a device, its way and its result. It waits for the device, and is sent again until it is answered."""

    named_by: ClassVar = ("thing",)

    thing = models.ForeignKey(Thing, models.PROTECT, verbose_name=_("station of the device"), related_name="orders")
    kind = models.CharField(pgettext_lazy("of a command", "kind"), max_length=16, choices=Kind.choices)
    amount = models.PositiveIntegerField(
        _("interval"), null=True, blank=True, help_text=_("Seconds for real-time data, minutes for minute data.")
    )
    starts = models.DateTimeField(_("from"), null=True, blank=True)
    ends = models.DateTimeField(_("until"), null=True, blank=True)
    stage = models.CharField(
        pgettext_lazy("of a command", "state"), max_length=10, choices=Stage.choices, default=Stage.WAITING,
        editable=False,
    )  # fmt: skip
    request = models.CharField(_("request (QN)"), max_length=17, blank=True, editable=False)
    tries = models.PositiveSmallIntegerField(_("times sent"), default=0, editable=False)
    sent_at = models.DateTimeField(_("sent at"), null=True, editable=False)
    answered_at = models.DateTimeField(_("answered at"), null=True, editable=False)
    result = models.CharField(_("result"), max_length=300, blank=True, editable=False)

    class Meta(Record.Meta):
        verbose_name = _("command to a device")
        verbose_name_plural = _("commands to devices")
        ordering: ClassVar = ("-pk",)
        indexes = (models.Index(fields=("thing",), condition=Q(stage__in=OPEN), name="order_open"),)

    def __str__(self) -> str:
        return f"{local(self.thing, 'name')} · {self.get_kind_display()}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return seen_things(user)

    @property
    def outcome(self) -> str:
        """What came of it, in words."""
        name, _equals, told = self.result.partition("=")
        if name == "QnRtn":
            return gettext(REQUEST_WORDS.get(int(told), told))
        if name == "ExeRtn":
            return gettext(RESULT_WORDS.get(int(told), told))
        if name == "values":
            return ngettext("%(n)s value came", "%(n)s values came", int(told)) % {"n": told}
        if name == "silent":
            return gettext("the device did not answer, though it was asked %(n)s times") % {"n": told}
        return {
            "late": gettext("the device began but told no result in time"),
            "absent": gettext("the device was not there"),
        }.get(name, self.result)

    def clean(self) -> None:
        if self.thing_id and not Device.objects.filter(thing=self.thing_id).exists():
            raise ValidationError({"thing": _("This station is no device that speaks HJ 212; enter it as one first.")})
        if self.kind in AGAIN and not (self.starts and self.ends and self.starts < self.ends):
            raise ValidationError({"starts": _("Say from when until when it is to be sent again.")})
        if self.kind in WITH_AMOUNT and not self.amount:
            raise ValidationError({"amount": _("Say how long the interval is to be.")})
        if self.kind == Kind.SET_MINUTES and self.amount and 60 % self.amount:
            raise ValidationError({"amount": _("Minutes must divide an hour: 1, 2, 5, 10, 15, 20, 30 or 60.")})


class Contact(models.Model):
    """When a device was last heard, by whom and how. Written by the gateway; `drift` is its clock less ours, in milliseconds."""

    thing = models.OneToOneField(Thing, models.CASCADE, primary_key=True, related_name="contact")
    address = models.CharField(max_length=60)
    since = models.DateTimeField()
    heard = models.DateTimeField()
    left = models.DateTimeField(null=True)
    frames = models.BigIntegerField(default=0)
    faults = models.BigIntegerField(default=0)
    drift = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.thing_id} {self.heard:%Y-%m-%d %H:%M}"


def order(thing: Thing | int, kind: Kind, by: Any, **told: Any) -> Order:
    """Give a device a command (`amount`, or `starts` and `ends`). The same one that still waits is given back, not doubled.

    Raises ValidationError when the command lacks what it needs.
    """
    key = thing if isinstance(thing, int) else thing.pk
    waiting: Order | None = Order.objects.filter(thing=key, kind=kind, stage=Stage.WAITING, **told).first()
    if waiting is not None:
        return waiting
    made = Order(thing_id=key, kind=kind, **told)
    save(made, by)
    return made


def expired(hours: float) -> Q:
    """Commands that have waited too long."""
    return Q(stage__in=OPEN, created_at__lt=timezone.now() - timedelta(hours=hours))
