"""Stations of the air, and the daily report of the district, a row a day, from which days of good air are counted."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import IntegerChoices, Q, TextChoices
from django.utils.translation import gettext as told
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hanfeng.commons.people.models import is_officer
from hanfeng.commons.places.models import Place
from hanfeng.kernel.api import EVERYBODY, NOBODY, Reader, Record, Thing, holds, local
from hanfeng.kernel.pure import Fault
from hanfeng.standards import hj633

from .roles import OFFICER
from .terms import OF_DAY, Control


def reach(user: Reader) -> Q:
    """Officers of the district see the state of the air; nobody else sees more than what is published."""
    return EVERYBODY if is_officer(user) or holds(user, OFFICER) else NOBODY


class Site(Record):
    """A station of the air. The mean of the district is taken over the stations that count for it."""

    named_by: ClassVar = ("thing",)

    thing = models.OneToOneField(Thing, models.PROTECT, verbose_name=_("station"), related_name="air_site")
    control = models.CharField(_("kept by"), max_length=8, choices=Control.choices, default=Control.DISTRICT)
    counts = models.BooleanField(_("counts for the district"), default=True)
    area_class = models.PositiveSmallIntegerField(
        _("class of the area"), default=2, validators=(MinValueValidator(1), MaxValueValidator(2)),
        help_text=_("GB 3095: 1 protected areas, 2 all others."),
    )  # fmt: skip
    town = models.ForeignKey(
        Place, models.PROTECT, verbose_name=_("town or sub-district"), null=True, blank=True, related_name="+"
    )
    order = models.PositiveSmallIntegerField(_("order"), default=1)

    class Meta(Record.Meta):
        verbose_name = _("air station")
        verbose_name_plural = _("air stations")
        ordering: ClassVar = ("order", "pk")

    def __str__(self) -> str:
        return str(local(self.thing, "name"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return reach(user)


class Level(IntegerChoices):
    EXCELLENT = 1, pgettext_lazy("level of the air", "excellent")
    GOOD = 2, pgettext_lazy("level of the air", "good")
    LIGHT = 3, _("light pollution")
    MODERATE = 4, _("moderate pollution")
    HEAVY = 5, _("heavy pollution")
    SEVERE = 6, _("severe pollution")


class Origin(TextChoices):
    RECKONED = "reckoned", _("reckoned from the stations")
    ENTERED = "entered", _("entered")


def _mean(title: Any, digits: int = 0) -> Any:
    return models.DecimalField(
        title, max_digits=7, decimal_places=digits, null=True, blank=True, validators=(MinValueValidator(0),)
    )


class AirDay(Record):
    """The air of the whole district on one day: the six values in µg/m³ (CO mg/m³), the index, what decided it.

    Without an index the day does not count: an item was missing, or too few stations had a valid day.
    """

    day = models.DateField(_("day"))
    aqi = models.PositiveSmallIntegerField(
        _("air quality index"), null=True, blank=True, editable=False, validators=(MaxValueValidator(500),)
    )
    level = models.PositiveSmallIntegerField(
        _("level of the air"), choices=Level.choices, null=True, blank=True, editable=False
    )
    primary = models.JSONField(_("primary pollutants"), default=list, blank=True, editable=False)
    pm25 = _mean(_("PM2.5"))
    pm10 = _mean(_("PM10"))
    o3 = _mean(_("ozone, 8 hours"))
    no2 = _mean(_("NO₂"))
    so2 = _mean(_("SO₂"))
    co = _mean(_("CO"), 1)
    stations = models.PositiveSmallIntegerField(_("stations with a valid day"), default=0)
    document = models.CharField(_("by the edition"), max_length=40, blank=True, editable=False)
    origin = models.CharField(
        _("origin"), max_length=8, choices=Origin.choices, default=Origin.ENTERED,
        help_text=_("What is entered is not reckoned over."),
    )  # fmt: skip

    class Meta(Record.Meta):
        verbose_name = _("daily report of the air")
        verbose_name_plural = _("daily reports of the air")
        ordering: ClassVar = ("-day",)
        constraints = (models.UniqueConstraint(fields=("day",), condition=Q(void=False), name="airday_once"),)

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return reach(user)

    def clean(self) -> None:
        """The index, its level and what decided it follow from the six values, by the edition of the day."""
        if not self.day:
            return
        given = {item: getattr(self, p) for p, item in OF_DAY.items()}
        try:
            found = hj633.aqi({item: None if v is None else float(v) for item, v in given.items()}, self.day)
        except Fault as why:
            raise ValidationError({"day": told(why.template) % why.params}) from why
        self.aqi, self.level = found.value, found.level.number if found.level else None
        self.primary = [item.split("_")[0] for item in found.primary]
        self.document = found.document
