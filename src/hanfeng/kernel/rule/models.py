"""Parameters and public holidays as records: changed by an officer with a source, never in code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.base.words import is_chinese
from hanfeng.kernel.record.local import local
from hanfeng.kernel.record.models import Reader, Record
from hanfeng.kernel.roles import signed_in


class Confidence(models.TextChoices):
    CONFIRMED = "confirmed", _("confirmed")
    UNCONFIRMED = "unconfirmed", _("unconfirmed")
    OURS = "ours", _("set by this platform")
    EXAMPLE = "example", _("example")


UNITS = {
    "year": pgettext_lazy("unit of a parameter", "years"),
    "month": pgettext_lazy("unit of a parameter", "months"),
    "day": pgettext_lazy("unit of a parameter", "days"),
    "working_day": pgettext_lazy("unit of a parameter", "working days"),
    "count": pgettext_lazy("unit of a parameter", "number"),
    "ratio": pgettext_lazy("unit of a parameter", "ratio"),
    "share": pgettext_lazy("unit of a parameter", "share (1 is all)"),
    "yes-no": pgettext_lazy("unit of a parameter", "yes or no"),
    "hour": pgettext_lazy("unit of a parameter", "hours"),
    "second": pgettext_lazy("unit of a parameter", "seconds"),
    "local time": pgettext_lazy("unit of a parameter", "local time"),
    "day of the month": pgettext_lazy("unit of a parameter", "day of the month"),
    "tries": pgettext_lazy("unit of a parameter", "tries"),
    "levels": pgettext_lazy("unit of a parameter", "levels"),
    "points": pgettext_lazy("unit of a parameter", "points"),
    "words": pgettext_lazy("unit of a parameter", "words"),
    "share of the annuity a month": pgettext_lazy("unit of a parameter", "share of the annuity for each month"),
}
"""The units that packs declare, in words; an officer may enter another."""


class Setting(Record):
    """One version of one parameter: its value, where it comes from, and the days on which it holds (half-open)."""

    name = models.CharField(_("parameter"), max_length=80)
    value = models.JSONField(_("value"))
    unit = models.CharField(_("unit"), max_length=40, blank=True)
    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("English title"), max_length=120, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    clause = models.CharField(_("clause"), max_length=80, blank=True)
    starts = models.DateField(_("valid from"), null=True, blank=True)
    ends = models.DateField(_("valid until"), null=True, blank=True)
    confidence = models.CharField(_("confidence"), max_length=12, choices=Confidence.choices, default=Confidence.OURS)
    note = models.TextField(_("note"), blank=True)

    class Meta(Record.Meta):
        verbose_name = _("parameter")
        verbose_name_plural = _("parameters")
        ordering: ClassVar = ("name", "starts")
        constraints = (
            models.UniqueConstraint(fields=("name", "starts"), name="setting_once"),
            models.UniqueConstraint(fields=("name",), condition=models.Q(starts=None), name="setting_first_once"),
        )

    def __str__(self) -> str:
        return str(local(self, "title"))

    @property
    def unit_title(self) -> str:
        """Its unit in the reader's language."""
        return str(UNITS.get(self.unit, self.unit))

    @property
    def value_title(self) -> Any:
        """Its value as it is read: words that are kept in both languages in one of them."""
        return _told(self.value)

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return signed_in(user)

    def clean(self) -> None:
        """Two versions of one parameter never hold on the same day."""
        if self.starts and self.ends and self.starts >= self.ends:
            raise ValidationError({"ends": _("It must end after it starts.")})
        others = Setting.objects.filter(name=self.name).exclude(pk=self.pk)
        if self.ends:
            others = others.filter(Q(starts=None) | Q(starts__lt=self.ends))
        if self.starts:
            others = others.filter(Q(ends=None) | Q(ends__gt=self.starts))
        if other := others.first():
            raise ValidationError(
                _("Overlaps the version valid from %(from)s until %(to)s: end that one first.")
                % {"from": other.starts or "…", "to": other.ends or "…"}
            )


def _told(value: Any) -> Any:
    """Words that are kept in both languages, as lists that end with (zh, en), in the reader's; all else as it is."""
    if isinstance(value, dict) and all(_both(each) for each in value.values()):
        return _joined(value.values())
    if isinstance(value, list) and value and all(_both(each) for each in value):
        return _joined(value)
    return value


def _both(value: Any) -> bool:
    words = value[-2:] if isinstance(value, list) else ()
    return len(words) == 2 and all(isinstance(each, str) for each in words) and not words[0].isascii()


def _joined(values: Iterable[Any]) -> str:
    chinese = is_chinese(get_language() or "zh")
    rows = (" ".join(map(str, (*each[:-2], each[-2] if chinese else each[-1]))) for each in values)
    return pgettext("list", ", ").join(rows)


class Day(Record):
    """A public holiday, or a weekend day that is worked in exchange (调休)."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", _("holiday")
        WORKDAY = "workday", _("make-up working day")

    date = models.DateField(_("date"), unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=60, blank=True)
    name_en = models.CharField(_("English name"), max_length=60, blank=True)
    source = models.CharField(_("source"), max_length=120, blank=True)
    confidence = models.CharField(
        _("confidence"), max_length=12, choices=Confidence.choices, default=Confidence.CONFIRMED
    )

    class Meta(Record.Meta):
        verbose_name = _("holiday or make-up day")
        verbose_name_plural = _("holidays and make-up days")
        ordering: ClassVar = ("date",)

    def __str__(self) -> str:
        return f"{self.date} {self.name}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return signed_in(user)
