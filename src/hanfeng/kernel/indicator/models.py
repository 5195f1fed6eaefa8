"""Readings: what somebody published or what was counted, with its source, its bounds, its place and its day."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.base.bound import Bound
from hanfeng.kernel.record.local import local
from hanfeng.kernel.record.models import Reader, Record
from hanfeng.kernel.roles import signed_in


class Trust(models.TextChoices):
    OFFICIAL = "official", _("official publication")
    PRESS = "press", _("press")
    LEAD = "lead", _("lead, to be verified")
    LEDGER = "ledger", _("counted from the registers")


class Layer(models.TextChoices):
    CONFIRMED = "confirmed", _("confirmed value")
    LEDGER = "ledger", _("ledger value")
    CONTEXT = "context", _("context")


class Source(Record):
    """Where published values stand: a document, a page, an article."""

    slug = models.SlugField(_("id"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=240)
    title_en = models.CharField(_("English title"), max_length=240, blank=True)
    publisher = models.CharField(_("publisher"), max_length=120, blank=True)
    publisher_en = models.CharField(_("English name of the publisher"), max_length=120, blank=True)
    published = models.CharField(_("published"), max_length=40, blank=True)
    address = models.CharField(_("web address"), max_length=400, blank=True)
    trust = models.CharField(_("trust"), max_length=10, choices=Trust.choices)
    reason = models.CharField(_("why it is trusted so"), max_length=240, blank=True)
    reason_en = models.CharField(_("why, in English"), max_length=240, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("source")
        verbose_name_plural = _("sources")

    def __str__(self) -> str:
        return str(local(self, "title"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return signed_in(user)


class Reading(Record):
    """One value of one measure, for a period and a place, as given; `low` equal to `high` is exact, one empty a bound."""

    slug = models.SlugField(_("id"), max_length=120, unique=True)
    measure = models.CharField(_("measure"), max_length=80, db_index=True)
    layer = models.CharField(_("layer"), max_length=10, choices=Layer.choices)
    kind = models.CharField(_("kind"), max_length=24)
    series = models.CharField(_("series"), max_length=24, blank=True)
    period = models.CharField(_("period"), max_length=24)
    as_of = models.DateField(_("as of"))
    place = models.CharField(_("place"), max_length=60)
    low = models.FloatField(_("at least"), null=True, blank=True)
    high = models.FloatField(_("at most"), null=True, blank=True)
    about = models.BooleanField(_("approximate"), default=False)
    numerator = models.FloatField(_("numerator"), null=True, blank=True)
    denominator = models.FloatField(_("denominator"), null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=40, blank=True)
    unit_en = models.CharField(_("English unit"), max_length=40, blank=True)
    source = models.ForeignKey(Source, models.PROTECT, verbose_name=_("source"), null=True, blank=True)
    definition = models.CharField(_("definition"), max_length=80, blank=True)
    inferred = models.CharField(_("inferred"), max_length=200, blank=True)
    note = models.TextField(_("note"), blank=True)
    note_en = models.TextField(_("note in English"), blank=True)

    class Meta(Record.Meta):
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        ordering: ClassVar = ("measure", "as_of", "id")
        indexes = (models.Index(fields=("measure", "place", "as_of"), name="reading_series"),)

    def __str__(self) -> str:
        return f"{self.measure} {self.period}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return signed_in(user)

    @property
    def bound(self) -> Bound:
        """The value as a bound: exact, at least, at most or between."""
        return Bound(self.low, self.high, self.about)

    @property
    def trust(self) -> str:
        """How far the value may be used: a lead never judges."""
        return self.source.trust if self.source else Trust.LEDGER
