"""Outlets, what they may emit, and the notices that ask firms to explain."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import bodies_of, is_officer
from hanfeng.commons.places.models import Place
from hanfeng.kernel.api import EVERYBODY, Case, Reader, Record, Thing, holds, local

from .roles import CHIEF, OFFICER
from .terms import FACTORS, LIMITED, Basis, Cause, Factor, FactorCode, Kind, Medium


def reach(user: Reader, path: str) -> Q:
    """Officers of the district see every outlet; the people of a firm see its own."""
    if is_officer(user) or holds(user, OFFICER, CHIEF):
        return EVERYBODY
    return Q(**{f"{path}__in": bodies_of(user)})


class Outlet(Record):
    """An outlet (排放口) of a firm with the device that watches it."""

    named_by: ClassVar = ("thing", "body")

    thing = models.OneToOneField(
        Thing, models.PROTECT, verbose_name=_("monitoring station"), related_name="source_outlet"
    )
    body = models.ForeignKey(Body, models.PROTECT, verbose_name=_("firm"), related_name="source_outlets")
    number = models.CharField(_("number of the outlet"), max_length=20)
    permit = models.CharField(_("pollution permit"), max_length=40, blank=True)
    medium = models.CharField(_("emits"), max_length=5, choices=Medium.choices)
    facility = models.CharField(_("facility"), max_length=120, blank=True)
    facility_en = models.CharField(_("facility, in English"), max_length=160, blank=True)
    oxygen = models.DecimalField(
        _("reference oxygen (%)"), max_digits=4, decimal_places=1, null=True, blank=True,
        validators=(MinValueValidator(0), MaxValueValidator(20)),
        help_text=_("Empty: concentrations are compared as they are measured."),
    )  # fmt: skip
    town = models.ForeignKey(
        Place, models.PROTECT, verbose_name=_("town or sub-district"), null=True, blank=True, related_name="+"
    )

    class Meta(Record.Meta):
        verbose_name = _("outlet")
        verbose_name_plural = _("outlets")
        ordering: ClassVar = ("body", "number")
        constraints = (models.UniqueConstraint(fields=("body", "number"), condition=Q(void=False), name="outlet_once"),)

    def __str__(self) -> str:
        return f"{local(self.body, 'name')} · {self.number}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return reach(user, "body")

    @property
    def factors(self) -> list[Factor]:
        """What a licence may limit here."""
        return [factor for factor in LIMITED if factor.medium == self.medium]


class Limit(Record):
    """One licensed limit: of a factor, for hourly or daily values, from one day to another, with its document."""

    named_by: ClassVar = ("outlet__body",)

    outlet = models.ForeignKey(Outlet, models.PROTECT, verbose_name=_("outlet"), related_name="limits")
    factor = models.CharField(pgettext_lazy("of pollution", "factor"), max_length=10, choices=FactorCode.choices)
    basis = models.CharField(_("holds for the"), max_length=4, choices=Basis.choices, default=Basis.HOUR)
    value = models.DecimalField(_("limit"), max_digits=10, decimal_places=3, validators=(MinValueValidator(0.001),))
    starts = models.DateField(_("in force from"))
    ends = models.DateField(_("in force until"), null=True, blank=True, help_text=_("That day itself no more."))
    source = models.CharField(_("document"), max_length=200)
    source_en = models.CharField(_("document, in English"), max_length=260, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("licensed limit")
        verbose_name_plural = _("licensed limits")
        ordering: ClassVar = ("outlet", "factor", "basis", "-starts")
        indexes = (models.Index(fields=("outlet", "factor", "basis", "-starts"), name="limit_list"),)

    def __str__(self) -> str:
        return f"{self.outlet} · {FACTORS[self.factor].name} {self.value:g}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return reach(user, "outlet__body")

    def clean(self) -> None:
        if self.ends and self.starts and self.ends <= self.starts:
            raise ValidationError({"ends": _("It must end after it starts.")})
        if self.outlet_id and self.factor and FACTORS[self.factor].medium != self.outlet.medium:
            raise ValidationError({"factor": _("This outlet does not emit that.")})
        if self.outlet_id and self.starts:
            others = Limit.objects.filter(
                Q(ends=None) | Q(ends__gt=self.starts), outlet=self.outlet_id, factor=self.factor
            )
            others = others.filter(basis=self.basis).exclude(pk=self.pk)
            if self.ends:
                others = others.filter(starts__lt=self.ends)
            if others.exists():
                raise ValidationError({"starts": _("Another limit is in force then: end it first.")})


class State(TextChoices):
    DRAFTED = "drafted", pgettext_lazy("of a notice", "drafted")
    SENT = "sent", pgettext_lazy("of a notice", "with the firm")
    EXPLAINED = "explained", pgettext_lazy("of a notice", "explained")
    CHECKED = "checked", pgettext_lazy("of a notice", "checked")
    CLOSED = "closed", pgettext_lazy("of a notice", "closed")
    WITHDRAWN = "withdrawn", pgettext_lazy("of a notice", "withdrawn")


ENDS = frozenset({State.CLOSED, State.WITHDRAWN})
OPEN = tuple(str(state.value) for state in State if state not in ENDS)


class SourceNotice(Case):
    """What a firm is asked to explain about an outlet, its explanation, and what the check found."""

    named_by: ClassVar = ("outlet__body",)

    outlet = models.ForeignKey(Outlet, models.PROTECT, verbose_name=_("outlet"), related_name="notices")
    kind = models.CharField(_("about"), max_length=8, choices=Kind.choices)
    factor = models.CharField(
        pgettext_lazy("of pollution", "factor"), max_length=10, choices=FactorCode.choices, blank=True
    )
    began = models.DateTimeField(_("since"))
    ended = models.DateTimeField(_("until"), null=True, blank=True)
    facts = models.TextField(_("what was seen"))
    facts_en = models.TextField(_("what was seen, in English"), blank=True)
    explanation = models.TextField(_("explanation of the firm"), blank=True)
    explanation_en = models.TextField(_("explanation of the firm, in English"), blank=True)
    finding = models.TextField(_("what the check found"), blank=True)
    finding_en = models.TextField(_("what the check found, in English"), blank=True)
    cause = models.CharField(_("cause"), max_length=10, choices=Cause.choices, blank=True)

    class Meta(Case.Meta):
        verbose_name = _("notice to a firm")
        verbose_name_plural = _("notices to firms")
        ordering: ClassVar = ("due_at", "-pk")
        indexes = (models.Index(fields=("due_at", "-id"), name="sourcenotice_list"),)
        constraints = (
            models.UniqueConstraint(
                fields=("outlet", "kind", "factor"), condition=Q(void=False, state__in=OPEN), name="sourcenotice_open_once",
                violation_error_message=_("Such a notice about this outlet is open already."),
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.outlet} · {self.get_kind_display()}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        """A firm sees what was sent to it, not what is still a draft or was taken back."""
        found = reach(user, "outlet__body")
        if found == EVERYBODY:
            return found
        return found & ~Q(state__in=(State.DRAFTED, State.WITHDRAWN))

    def clean(self) -> None:
        if self.ended and self.began and self.ended < self.began:
            raise ValidationError({"ended": _("It must end after it starts.")})
