"""Venues, activities, bookings and the results of contests."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.places.models import Place
from hanfeng.kernel.api import EVERYBODY, NOBODY, Reader, Record, holds, local, signed_in

from .roles import OFFICER

MOST_SEATS = 6
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Signs that nobody reads for another."""


def new_code() -> str:
    """A booking code that cannot be guessed (10 signs of 31: 49 bits)."""
    return "".join(secrets.choice(ALPHABET) for _place in range(10))


class Venue(Record):
    """A place where science is shown: a base, a zone of the science museum, a mobile exhibition."""

    class Kind(TextChoices):
        ZONE = "zone", _("zone of the science museum")
        BASE = "base", _("popular-science base")
        SCHOOL = "school", _("school laboratory open to others")
        COMMUNITY = "community", _("community science house")
        MOBILE = "mobile", _("mobile exhibition")

    class Rank(TextChoices):
        NATIONAL = "national", pgettext_lazy("rank of recognition", "national")
        MUNICIPAL = "municipal", pgettext_lazy("rank of recognition", "municipal")
        DISTRICT = "district", pgettext_lazy("rank of recognition", "district")

    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=160, blank=True)
    kind = models.CharField(pgettext_lazy("of a venue", "kind"), max_length=10, choices=Kind.choices)
    rank = models.CharField(_("rank"), max_length=10, choices=Rank.choices, blank=True)
    body = models.ForeignKey(Body, models.PROTECT, verbose_name=_("run by"), related_name="+")
    town = models.ForeignKey(
        Place, models.PROTECT, verbose_name=_("town or sub-district"), null=True, blank=True, related_name="+"
    )
    address = models.CharField(_("address"), max_length=200, blank=True)
    opened = models.DateField(_("open since"))
    closed = models.DateField(_("closed on"), null=True, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("science venue")
        verbose_name_plural = _("science venues")
        ordering: ClassVar = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=("body", "name"), condition=Q(void=False), name="outreach_venue_once"),
            models.CheckConstraint(
                condition=Q(closed=None) | Q(closed__gt=models.F("opened")), name="outreach_venue_lasts"
            ),
        )

    def __str__(self) -> str:
        return str(local(self, "name"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return signed_in(user)

    def clean(self) -> None:
        if self.opened and self.closed and self.closed <= self.opened:
            raise ValidationError({"closed": _("It must end after it begins.")})


class Activity(Record):
    """One activity: when, where, for whom, how many may book, how many were reached. A count not stated is not zero."""

    class Kind(TextChoices):
        WEEK = "week", _("science week")
        DAY = "day", _("national science day")
        RURAL = "rural", _("science to the countryside")
        LECTURE = "lecture", _("lecture")
        VISIT = "visit", _("visit to a base or the museum")
        CONTEST = "contest", _("contest")
        TRAINING = "training", _("training of advisors")
        ONLINE = "online", _("new media")

    class Audience(TextChoices):
        """The key groups of the national outline of scientific literacy (全民科学素质行动规划纲要 2021-2035)."""

        YOUTH = "youth", _("young people")
        FARMERS = "farmers", pgettext_lazy("audience", "farmers")
        WORKERS = "workers", _("industrial workers")
        ELDERLY = "elderly", _("elderly people")
        OFFICIALS = "officials", _("officials and civil servants")
        EVERYBODY = "everybody", pgettext_lazy("audience", "everybody")

    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("English title"), max_length=160, blank=True)
    kind = models.CharField(pgettext_lazy("of an activity", "kind"), max_length=10, choices=Kind.choices)
    audience = models.CharField(_("audience"), max_length=10, choices=Audience.choices)
    body = models.ForeignKey(Body, models.PROTECT, verbose_name=_("organised by"), related_name="+")
    venue = models.ForeignKey(
        Venue, models.PROTECT, verbose_name=_("venue"), null=True, blank=True, related_name="activities"
    )
    town = models.ForeignKey(
        Place, models.PROTECT, verbose_name=_("town or sub-district"), null=True, blank=True, related_name="+"
    )
    starts = models.DateTimeField(_("begins"))
    ends = models.DateTimeField(_("ends"))
    text = models.TextField(_("programme"), blank=True)
    capacity = models.PositiveIntegerField(
        _("seats to book"), null=True, blank=True, help_text=_("Empty: nothing is booked, everybody may come.")
    )
    public = models.BooleanField(_("on the public page"), default=True)
    cancelled = models.BooleanField(_("cancelled"), default=False)
    reached = models.PositiveIntegerField(_("people who came"), null=True, blank=True)
    online = models.PositiveIntegerField(_("people reached online"), null=True, blank=True)
    counted = models.CharField(_("how they were counted"), max_length=120, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering: ClassVar = ("-starts", "-pk")
        indexes = (models.Index(fields=("-starts", "-id"), name="outreach_activity_list"),)
        constraints = (
            models.CheckConstraint(condition=Q(ends__gt=models.F("starts")), name="outreach_activity_lasts"),
            models.CheckConstraint(condition=Q(capacity=None) | Q(capacity__gt=0), name="outreach_activity_capacity"),
        )

    def __str__(self) -> str:
        return str(local(self, "title"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return signed_in(user)

    def clean(self) -> None:
        if self.starts and self.ends and self.ends <= self.starts:
            raise ValidationError({"ends": _("It must end after it begins.")})
        if (self.reached is not None or self.online is not None) and not self.counted.strip():
            raise ValidationError({"counted": _("Say how they were counted: by list, ticket, gate or estimate.")})
        if self.pk and self.capacity is not None and (taken := seats_taken(self.pk)) > self.capacity:
            raise ValidationError({"capacity": _("%(n)s seats are booked already.") % {"n": taken}})


def seats_taken(activity: int) -> int:
    """How many seats of an activity are booked and not given back."""
    rows = Booking.objects.filter(activity=activity).exclude(state=Booking.State.CANCELLED)
    return int(rows.aggregate(n=models.Sum("seats"))["n"] or 0)


class Booking(Record):
    """Seats that somebody booked. Name and phone are personal: masked, and erasable from the history."""

    class State(TextChoices):
        BOOKED = "booked", _("booked")
        CANCELLED = "cancelled", pgettext_lazy("of a booking", "given back")
        CAME = "came", pgettext_lazy("of a booking", "came")
        ABSENT = "absent", _("did not come")

    personal: ClassVar = ("name", "phone")
    named_by: ClassVar = ("activity",)

    activity = models.ForeignKey(Activity, models.PROTECT, verbose_name=_("activity"), related_name="bookings")
    code = models.CharField(_("booking code"), max_length=10, unique=True, default=new_code, editable=False)
    name = models.CharField(_("name"), max_length=40)
    phone = models.CharField(
        _("phone"), max_length=11, validators=(RegexValidator(r"^\d{11}$", _("Eleven digits of a mobile number.")),)
    )
    seats = models.PositiveSmallIntegerField(
        _("seats"), default=1, validators=(MinValueValidator(1), MaxValueValidator(MOST_SEATS))
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.BOOKED)
    booked_at = models.DateTimeField(_("booked at"), null=True, editable=False)

    class Meta(Record.Meta):
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        ordering: ClassVar = ("-pk",)
        indexes = (models.Index(fields=("activity", "state"), name="outreach_booking_seats"),)
        constraints = (
            models.UniqueConstraint(
                fields=("activity", "phone"), condition=Q(void=False) & ~Q(state="cancelled"), name="outreach_booking_once",
                violation_error_message=_("This phone number has booked already."),
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.activity} · {self.code}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return EVERYBODY if holds(user, OFFICER) else NOBODY


class Entry(Record):
    """A team in a contest, and what it won there or at a higher one."""

    class Prize(TextChoices):
        FIRST = "first", _("first prize")
        SECOND = "second", _("second prize")
        THIRD = "third", _("third prize")
        NONE = "none", _("took part")

    named_by: ClassVar = ("activity",)

    activity = models.ForeignKey(Activity, models.PROTECT, verbose_name=_("contest"), related_name="entries")
    team = models.CharField(_("team or work"), max_length=120)
    school = models.CharField(_("school"), max_length=120)
    members = models.PositiveSmallIntegerField(_("number of members"), default=1)
    prize = models.CharField(_("prize"), max_length=8, choices=Prize.choices, default=Prize.NONE)
    level = models.CharField(_("rank of the contest"), max_length=10, choices=Venue.Rank.choices)

    class Meta(Record.Meta):
        verbose_name = _("contest entry")
        verbose_name_plural = _("contest entries")
        ordering: ClassVar = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("activity", "team", "school"), condition=Q(void=False), name="outreach_entry_once"
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.team} · {self.school}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return signed_in(user)

    def clean(self) -> None:
        if self.activity_id and self.activity.kind != Activity.Kind.CONTEST:
            raise ValidationError({"activity": _("Only a contest has entries.")})
