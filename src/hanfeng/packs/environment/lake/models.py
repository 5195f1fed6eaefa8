"""Sites on lake and rivers, and the samples that laboratories take beside the instruments."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hanfeng.commons.people.models import is_officer
from hanfeng.commons.places.models import Place
from hanfeng.kernel.api import EVERYBODY, NOBODY, Reader, Record, Thing, holds, local

from .roles import OFFICER
from .terms import Water


def reach(user: Reader) -> Q:
    """Officers of the district see the state of the water; nobody else sees more than what is published."""
    return EVERYBODY if is_officer(user) or holds(user, OFFICER) else NOBODY


class Site(Record):
    """A section of a river or a point of a lake with its station. The target is the class it must keep, 1 to 5."""

    named_by: ClassVar = ("thing",)

    thing = models.OneToOneField(Thing, models.PROTECT, verbose_name=_("station"), related_name="lake_site")
    water = models.CharField(_("water body"), max_length=5, choices=Water.choices)
    target = models.PositiveSmallIntegerField(
        _("target class"), default=3, validators=(MinValueValidator(1), MaxValueValidator(5))
    )
    town = models.ForeignKey(
        Place, models.PROTECT, verbose_name=_("town or sub-district"), null=True, blank=True, related_name="+"
    )
    order = models.PositiveSmallIntegerField(_("order"), default=1)
    source = models.CharField(_("source of the target"), max_length=200, blank=True)
    source_en = models.CharField(_("source of the target, in English"), max_length=260, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("monitoring site")
        verbose_name_plural = _("monitoring sites")
        ordering: ClassVar = ("order", "pk")

    def __str__(self) -> str:
        return str(local(self.thing, "name"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return reach(user)

    @property
    def is_lake(self) -> bool:
        return self.water == Water.LAKE


def _amount(title: Any, digits: int = 4) -> Any:
    return models.DecimalField(
        title, max_digits=10, decimal_places=digits, null=True, blank=True, validators=(MinValueValidator(0),)
    )


class Sample(Record):
    """What a laboratory found in one sample. mg/L but for chlorophyll a (µg/L) and transparency (m); empty was not measured."""

    named_by: ClassVar = ("site__thing",)

    site = models.ForeignKey(Site, models.PROTECT, verbose_name=_("monitoring site"), related_name="samples")
    taken = models.DateField(_("taken on"))
    number = models.CharField(_("number of the sample"), max_length=60, blank=True)
    laboratory = models.CharField(_("laboratory"), max_length=120, blank=True)
    laboratory_en = models.CharField(_("laboratory, in English"), max_length=160, blank=True)
    temperature = models.DecimalField(
        _("water temperature (°C)"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    ph = models.DecimalField(
        _("pH value"), max_digits=4, decimal_places=2, null=True, blank=True,
        validators=(MinValueValidator(0), MaxValueValidator(14)),
    )  # fmt: skip
    do = _amount(_("dissolved oxygen"))
    codmn = _amount(_("permanganate index"))
    nh3n = _amount(_("ammonia nitrogen"))
    tp = _amount(_("total phosphorus"))
    tn = _amount(_("total nitrogen"))
    chla = _amount(_("chlorophyll a (µg/L)"))
    sd = _amount(_("transparency (m)"), 2)

    class Meta(Record.Meta):
        verbose_name = _("sample")
        verbose_name_plural = _("samples")
        ordering: ClassVar = ("-taken", "-pk")
        indexes = (models.Index(fields=("site", "-taken"), name="sample_site"),)
        constraints = (
            models.UniqueConstraint(fields=("site", "taken", "number"), condition=Q(void=False), name="sample_once"),
        )

    def __str__(self) -> str:
        return f"{self.site} {self.taken}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return reach(user)
