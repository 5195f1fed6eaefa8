"""What counts as digital economy: a stated definition, replaced by another from a year on, never changed under the figures."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Reader, Record, local, signed_in


class Scope(models.TextChoices):
    """How wide a definition is: the two lie far apart and must not be compared."""

    CORE = "core", _("core digital industries only")
    WIDE = "wide", _("core digital industries and the digitised part of other industries")


class DigitalDefinition(Record):
    """One definition of the digital economy and the years whose figure follows it."""

    slug = models.SlugField(_("id"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("English title"), max_length=160, blank=True)
    width = models.CharField(_("how wide"), max_length=5, choices=Scope.choices)
    text = models.TextField(_("what is counted"))
    text_en = models.TextField(_("what is counted, in English"), blank=True)
    source = models.CharField(_("source document"), max_length=200)
    first = models.PositiveSmallIntegerField(
        _("first year"), validators=(MinValueValidator(1990), MaxValueValidator(2100))
    )
    last = models.PositiveSmallIntegerField(
        _("last year"), null=True, blank=True, validators=(MinValueValidator(1990), MaxValueValidator(2100))
    )

    class Meta(Record.Meta):
        verbose_name = _("definition of the digital economy")
        verbose_name_plural = _("definitions of the digital economy")
        ordering: ClassVar = ("-first", "-pk")

    def __str__(self) -> str:
        return str(local(self, "title"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return signed_in(user)

    def clean(self) -> None:
        """Two definitions never hold for one year."""
        if self.first and self.last and self.last < self.first:
            raise ValidationError({"last": _("It must end after it starts.")})
        others = DigitalDefinition.objects.exclude(pk=self.pk).filter(Q(last=None) | Q(last__gte=self.first or 0))
        if self.last:
            others = others.filter(first__lte=self.last)
        if other := others.first():
            raise ValidationError(
                {"first": _("“%(title)s” holds for the same years: give it a last year first.") % {"title": other}}
            )
