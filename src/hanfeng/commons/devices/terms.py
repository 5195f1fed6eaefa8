"""Kinds of systems and of commands, as HJ 212 numbers them."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hanfeng.standards.hj212 import Command


class System(TextChoices):
    """ST, the kind of system a device belongs to."""

    SURFACE_WATER = "21", _("21 surface water")
    AIR = "22", _("22 ambient air")
    NOISE = "23", _("23 noise")
    GROUND_WATER = "24", _("24 ground water")
    VOC = "27", _("27 volatile organic compounds")
    STACK = "31", _("31 emissions to air")
    OUTFALL = "32", _("32 discharges to water")
    DUST = "39", _("39 dust of building sites")
    POWER = "44", _("44 use of electricity")
    CONDITION = "45", _("45 key conditions of operation")


class Kind(TextChoices):
    """What a device can be told."""

    READ_CLOCK = "read-clock", _("read the clock")
    SET_CLOCK = "set-clock", _("set the clock")
    READ_INTERVAL = "read-interval", _("read the interval of real-time data")
    SET_INTERVAL = "set-interval", _("set the interval of real-time data")
    READ_MINUTES = "read-minutes", _("read the interval of minute data")
    SET_MINUTES = "set-minutes", _("set the interval of minute data")
    START = "start", _("begin to send real-time data")
    STOP = "stop", _("stop sending real-time data")
    MINUTES = "minutes", _("send minute data again")
    HOURS = "hours", _("send hourly data again")
    DAYS = "days", _("send daily data again")


NUMBERS: Mapping[str, Command] = {
    Kind.READ_CLOCK: Command.READ_TIME,
    Kind.SET_CLOCK: Command.SET_TIME,
    Kind.READ_INTERVAL: Command.READ_INTERVAL,
    Kind.SET_INTERVAL: Command.SET_INTERVAL,
    Kind.READ_MINUTES: Command.READ_MINUTE_INTERVAL,
    Kind.SET_MINUTES: Command.SET_MINUTE_INTERVAL,
    Kind.START: Command.REAL_TIME,
    Kind.STOP: Command.STOP_REAL_TIME,
    Kind.MINUTES: Command.MINUTE,
    Kind.HOURS: Command.HOUR,
    Kind.DAYS: Command.DAY,
}
"""CN of each kind of command."""

AGAIN = frozenset({Kind.MINUTES, Kind.HOURS, Kind.DAYS})
"""Kinds that ask for what was measured in a span of time."""

WITH_AMOUNT = frozenset({Kind.SET_INTERVAL, Kind.SET_MINUTES})
"""Kinds that set an interval: seconds for real-time data, minutes for minute data."""


class Stage(TextChoices):
    """How far a command has come."""

    WAITING = "waiting", pgettext_lazy("of a command", "waits for the device")
    SENT = "sent", pgettext_lazy("of a command", "sent")
    ACCEPTED = "accepted", pgettext_lazy("of a command", "the device is at it")
    DONE = "done", pgettext_lazy("of a command", "done")
    REFUSED = "refused", pgettext_lazy("of a command", "refused by the device")
    FAILED = "failed", pgettext_lazy("of a command", "failed")
    EXPIRED = "expired", pgettext_lazy("of a command", "not carried out in time")


OPEN = (Stage.WAITING, Stage.SENT, Stage.ACCEPTED)
