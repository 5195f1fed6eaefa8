"""Places in China's tree of divisions (GB/T 2260, GB/T 10114)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import EVERYBODY, Reader, Record, local


class Place(Record):
    """A place that figures and records are about: the district, its towns, a zone, the city above."""

    class Kind(models.TextChoices):
        COUNTRY = "country", _("country")
        CITY = "city", _("city")
        REGION = "region", _("group of districts")
        DISTRICT = "district", _("district")
        ZONE = "zone", _("zone")
        STREET = "street", _("sub-district")
        TOWN = "town", _("town")
        TOWNSHIP = "township", _("township")

    slug = models.SlugField(_("id"), max_length=60, unique=True)
    code = models.CharField(_("division code"), max_length=12, blank=True)
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    within = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("within"), null=True, blank=True, related_name="parts"
    )
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    col = models.SmallIntegerField(_("tile column"), null=True, blank=True)
    row = models.SmallIntegerField(_("tile row"), null=True, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("place")
        verbose_name_plural = _("places")
        ordering: ClassVar = ("code", "slug")

    def __str__(self) -> str:
        return str(local(self, "name"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return EVERYBODY
