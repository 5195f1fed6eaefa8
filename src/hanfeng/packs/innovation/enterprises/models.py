"""The file of an enterprise, the honours it was granted, its figures year by year."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.documents.models import Document
from hanfeng.commons.people.models import bodies_of, is_officer
from hanfeng.commons.places.models import Place
from hanfeng.kernel.api import EVERYBODY, NOBODY, Reader, Record, holds, local

from .parameters import later, years_valid
from .roles import FIRM, OFFICER
from .terms import Ending, Industry, Kind, Stage, Status


def reach(user: Reader, path: str) -> Q:
    """Officers see every firm; the account of an enterprise sees its own. `path` leads to the body."""
    if is_officer(user) or holds(user, OFFICER):
        return EVERYBODY
    return Q(**{f"{path}__in": bodies_of(user)}) if holds(user, FIRM) else NOBODY


class Enterprise(Record):
    """What the district keeps of a firm. Its name and code stand with its body, which the file does not own."""

    personal: ClassVar = ("contact", "phone")
    named_by: ClassVar = ("body",)

    body = models.OneToOneField(Body, models.PROTECT, verbose_name=_("enterprise"), related_name="enterprise_file")
    town = models.ForeignKey(
        Place, models.PROTECT, verbose_name=_("town or sub-district"), null=True, blank=True, related_name="+"
    )
    industry = models.CharField(_("industry"), max_length=12, choices=Industry.choices)
    section = models.CharField(
        _("section of GB/T 4754"),
        max_length=1,
        blank=True,
        validators=(RegexValidator("^[A-T]$"),),
        help_text=_("One letter, A to T."),
    )
    stage = models.CharField(_("stage"), max_length=8, choices=Stage.choices, blank=True)
    stage_on = models.DateField(_("stage stated on"), null=True, blank=True)
    founded = models.DateField(_("founded on"), null=True, blank=True)
    entered = models.DateField(_("entered the park on"), null=True, blank=True)
    moved_in = models.DateField(_("moved into the district on"), null=True, blank=True)
    above_scale = models.BooleanField(_("above designated size"), default=False)
    status = models.CharField(_("operation"), max_length=6, choices=Status.choices, default=Status.ACTIVE)
    left = models.DateField(_("closed or moved out on"), null=True, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    contact = models.CharField(_("contact"), max_length=60, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    lat = models.FloatField(
        _("latitude"), null=True, blank=True, validators=(MinValueValidator(-90), MaxValueValidator(90))
    )
    lon = models.FloatField(
        _("longitude"), null=True, blank=True, validators=(MinValueValidator(-180), MaxValueValidator(180))
    )

    class Meta(Record.Meta):
        verbose_name = _("enterprise file")
        verbose_name_plural = _("enterprise files")
        ordering: ClassVar = ("-pk",)
        indexes = (
            models.Index(fields=("industry", "-id"), name="enterprise_industry"),
            models.Index(fields=("stage", "-id"), name="enterprise_stage"),
            models.Index(fields=("status", "-id"), name="enterprise_status"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(status=Status.ACTIVE) ^ Q(left__isnull=False), name="enterprise_left_when_gone"
            ),
        )

    def __str__(self) -> str:
        return str(local(self.body, "name"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return reach(user, "body")

    def clean(self) -> None:
        if self.body_id and self.body.kind != Body.Kind.ENTERPRISE:
            raise ValidationError({"body": _("Only a body of the kind enterprise has a file here.")})
        if (self.status == Status.ACTIVE) != (self.left is None):
            raise ValidationError(
                {"left": _("Give the day for a firm that has closed or moved out, and for no other.")}
            )
        if self.founded and self.left and self.left < self.founded:
            raise ValidationError({"left": _("It lies before the day of founding.")})
        if bool(self.stage) != bool(self.stage_on):
            raise ValidationError({"stage_on": _("State the stage together with the day on which it was judged.")})


class Honour(Record):
    """One title granted to a firm for a time. `valid_until` and `ended` are the first days on which it no longer holds."""

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, verbose_name=_("enterprise"), related_name="honours")
    kind = models.CharField(_("kind of honour"), max_length=16, choices=Kind.choices)
    number = models.CharField(_("certificate number"), max_length=60, blank=True)
    granted = models.DateField(_("announced on"), null=True, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(
        _("valid until"),
        null=True,
        blank=True,
        help_text=_("The first day on which it no longer holds; empty by rule or without end."),
    )
    ended = models.DateField(_("ended early on"), null=True, blank=True)
    why = models.CharField(_("why it ended early"), max_length=8, choices=Ending.choices, blank=True)
    batch = models.CharField(_("batch"), max_length=80, blank=True)
    document = models.ForeignKey(
        Document, models.PROTECT, verbose_name=_("source document"), null=True, blank=True, related_name="+"
    )

    class Meta(Record.Meta):
        verbose_name = _("honour")
        verbose_name_plural = _("honours")
        ordering: ClassVar = ("-valid_from", "-pk")
        indexes = (
            models.Index(fields=("-valid_from", "-id"), name="honour_list"),
            models.Index(fields=("kind", "valid_from", "valid_until"), name="honour_valid"),
            models.Index(fields=("valid_until",), name="honour_ending"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("enterprise", "kind", "valid_from"), condition=Q(void=False), name="honour_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=models.F("valid_from")), name="honour_lasts"
            ),
            models.CheckConstraint(condition=Q(ended=None) ^ ~Q(why=""), name="honour_ended_why"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}".strip()

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return reach(user, "enterprise__body")

    @property
    def end(self) -> date | None:
        """The first day on which it no longer holds; None while no end is known."""
        return self.ended or self.valid_until

    def clean(self) -> None:
        """Ends after it begins, by the rule of its kind where none is given, and beside no other of its kind."""
        if not self.valid_from:
            return
        if self._state.adding and not self.valid_until and (years := years_valid(self.kind, self.valid_from)):
            self.valid_until = later(self.valid_from, years)
        if self.valid_until and self.valid_until <= self.valid_from:
            raise ValidationError({"valid_until": _("It must end after it begins.")})
        if bool(self.ended) != bool(self.why):
            raise ValidationError({"why": _("Give the day and the reason of an early end together.")})
        if self.ended and not self.valid_from <= self.ended <= (self.valid_until or date.max):
            raise ValidationError({"ended": _("An early end lies between the first and the last day.")})
        if self.enterprise_id and (other := self._beside()):
            text = _("The firm holds %(kind)s from %(from)s until %(until)s already: end that one first.")
            raise ValidationError(
                text, params={"kind": other.get_kind_display(), "from": other.valid_from, "until": other.end or "…"}
            )

    def _beside(self) -> Honour | None:
        """Another honour of the same kind and firm that holds on one of the same days."""
        others = Honour.objects.filter(enterprise=self.enterprise_id, kind=self.kind).exclude(pk=self.pk)
        open_after = Q(ended=None) & (Q(valid_until=None) | Q(valid_until__gt=self.valid_from)) | Q(
            ended__gt=self.valid_from
        )
        others = others.filter(open_after)
        found: Honour | None = (others.filter(valid_from__lt=self.end) if self.end else others).first()
        return found


class Figures(Record):
    """What a firm states of one year. Money in 10,000 yuan; an empty field was not stated, which is not zero."""

    named_by: ClassVar = ("enterprise__body",)

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, verbose_name=_("enterprise"), related_name="figures")
    year = models.PositiveSmallIntegerField(_("year"), validators=(MinValueValidator(1990), MaxValueValidator(2100)))
    employees = models.PositiveIntegerField(_("employees at year end"), null=True, blank=True)
    tech_staff = models.PositiveIntegerField(_("sci-tech staff at year end"), null=True, blank=True)
    revenue = models.DecimalField(_("revenue (10,000 yuan)"), max_digits=14, decimal_places=2, null=True, blank=True)
    rd_spending = models.DecimalField(
        _("R&D spending (10,000 yuan)"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    patents = models.PositiveIntegerField(_("valid invention patents at year end"), null=True, blank=True)
    source = models.CharField(_("stated in"), max_length=120, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("figures of a year")
        verbose_name_plural = _("yearly figures")
        ordering: ClassVar = ("-year", "-pk")
        indexes = (models.Index(fields=("-year", "-id"), name="figures_list"),)
        constraints = (
            models.UniqueConstraint(fields=("enterprise", "year"), condition=Q(void=False), name="figures_once"),
            models.CheckConstraint(condition=Q(revenue=None) | Q(revenue__gte=0), name="figures_revenue"),
            models.CheckConstraint(condition=Q(rd_spending=None) | Q(rd_spending__gte=0), name="figures_rd"),
        )

    def __str__(self) -> str:
        return f"{self.enterprise} {self.year}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return reach(user, "enterprise__body")
