"""A value of a series: of which year or quarter, published when, by whom, and whether the competent body confirmed it."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hanfeng.commons.documents.models import Document
from hanfeng.kernel.api import Reader, Record, signed_in

from .kinds import KINDS, NAMED


class Stage(models.TextChoices):
    """How final a vintage is, as statistics name it."""

    PRELIMINARY = "preliminary", _("preliminary accounting")
    VERIFIED = "verified", _("final verification")
    CENSUS = "census", _("revised after a census")


class SeriesValue(Record):
    """One vintage of one value. A revision is a new row with a later day; the earlier one stays, to be read as of its time."""

    series = models.CharField(_("data series"), max_length=40, choices=[(kind.name, kind.title) for kind in KINDS])
    year = models.PositiveSmallIntegerField(_("year"), validators=(MinValueValidator(1949), MaxValueValidator(2100)))
    quarter = models.PositiveSmallIntegerField(
        _("quarter"),
        null=True,
        blank=True,
        validators=(MinValueValidator(1), MaxValueValidator(4)),
        help_text=_("Cumulated from the first of January; empty for the year."),
    )
    value = models.DecimalField(_("value"), max_digits=16, decimal_places=4)
    vintage = models.DateField(_("published on"))
    stage = models.CharField(_("how final"), max_length=12, choices=Stage.choices, default=Stage.PRELIMINARY)
    basis = models.SlugField(
        _("definition"), max_length=60, blank=True, help_text=_("Which definition it follows, where there are several.")
    )
    confirmed = models.BooleanField(_("confirmed by the competent body"), default=False)
    source = models.CharField(_("source"), max_length=240)
    document = models.ForeignKey(
        Document, models.PROTECT, verbose_name=_("source document"), null=True, blank=True, related_name="+"
    )
    note = models.CharField(_("note"), max_length=240, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("value of a series")
        verbose_name_plural = _("values of series")
        ordering: ClassVar = ("series", "-year", "-quarter", "-vintage")
        indexes = (
            models.Index(fields=("series", "year", "quarter", "vintage"), name="seriesvalue_read"),
            models.Index(fields=("-year", "-id"), name="seriesvalue_list"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("series", "basis", "year", "quarter", "vintage"),
                condition=Q(void=False, quarter__isnull=False),
                name="seriesvalue_quarter_once",
            ),
            models.UniqueConstraint(
                fields=("series", "basis", "year", "vintage"),
                condition=Q(void=False, quarter=None),
                name="seriesvalue_year_once",
            ),
        )

    def __str__(self) -> str:
        period = f"{self.year}Q{self.quarter}" if self.quarter else str(self.year)
        return f"{self.get_series_display()} {period} ({self.vintage})"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        """Figures of the whole district name nobody: whoever is signed in sees them."""
        return signed_in(user)

    @property
    def ends(self) -> date:
        """The first day after the year or quarter it speaks of."""
        month = 3 * self.quarter + 1 if self.quarter else 13
        return date(self.year + month // 13, (month - 1) % 12 + 1, 1)

    @property
    def unit(self) -> str:
        return str(NAMED[self.series].unit)

    def clean(self) -> None:
        if self.quarter and self.series in NAMED and not NAMED[self.series].quarterly:
            raise ValidationError({"quarter": _("This series is kept by year.")})
        if self.year and self.vintage and self.vintage < self.ends:
            raise ValidationError(
                {"vintage": _("It was published before the time it speaks of had ended: a plan is not a value.")}
            )
