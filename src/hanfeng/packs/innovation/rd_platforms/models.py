"""Institutions, the recognitions they hold, their yearly reviews, their equipment, and what the plan's figure leaves out."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.documents.models import Document
from hanfeng.commons.people.models import bodies_of, is_officer
from hanfeng.commons.places.models import Place
from hanfeng.kernel.api import EVERYBODY, NOBODY, Case, Reader, Record, holds, local

from .roles import APPROVER, HOST, OFFICER
from .terms import Ending, Field, Kind, Rank


def reach(user: Reader, path: str) -> Q:
    """Officers see every institution; the people of a host body see those of their own. `path` leads to the body."""
    if is_officer(user) or holds(user, OFFICER, APPROVER):
        return EVERYBODY
    return Q(**{f"{path}__in": bodies_of(user)}) if holds(user, HOST) else NOBODY


class Institution(Record):
    """An R&D or service institution: a legal person itself, or a part of the body that hosts it."""

    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=160, blank=True)
    body = models.ForeignKey(Body, models.PROTECT, verbose_name=_("host body"), related_name="rd_institutions")
    town = models.ForeignKey(
        Place, models.PROTECT, verbose_name=_("town or sub-district"), null=True, blank=True, related_name="+"
    )
    field = models.CharField(_("field"), max_length=12, choices=Field.choices)
    independent = models.BooleanField(_("legal person of its own"), default=False)
    founded = models.DateField(_("founded on"), null=True, blank=True)
    closed = models.DateField(_("dissolved on"), null=True, blank=True)
    researchers = models.PositiveIntegerField(_("R&D staff"), null=True, blank=True)
    partners = models.CharField(_("universities and institutes that take part"), max_length=240, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("institution")
        verbose_name_plural = _("institutions")
        ordering: ClassVar = ("-pk",)
        indexes = (models.Index(fields=("field", "-id"), name="institution_field"),)
        constraints = (
            models.UniqueConstraint(fields=("body", "name"), condition=Q(void=False), name="institution_once"),
            models.CheckConstraint(
                condition=Q(closed=None) | Q(founded=None) | Q(closed__gt=models.F("founded")),
                name="institution_lives",
            ),
        )

    def __str__(self) -> str:
        return str(local(self, "name"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return reach(user, "body")

    def clean(self) -> None:
        if self.founded and self.closed and self.closed <= self.founded:
            raise ValidationError({"closed": _("It lies before the day of founding.")})


class Recognition(Record):
    """One kind and rank granted to an institution for a time. `valid_until` and `ended` are the first days without it."""

    named_by: ClassVar = ("institution",)

    institution = models.ForeignKey(
        Institution, models.PROTECT, verbose_name=_("institution"), related_name="recognitions"
    )
    kind = models.CharField(pgettext_lazy("of an institution", "kind"), max_length=16, choices=Kind.choices)
    rank = models.PositiveSmallIntegerField(_("rank"), choices=Rank.choices)
    number = models.CharField(_("document number"), max_length=60, blank=True)
    valid_from = models.DateField(_("recognised on"))
    valid_until = models.DateField(
        _("valid until"),
        null=True,
        blank=True,
        help_text=_("The first day on which it no longer holds; empty: without end."),
    )
    ended = models.DateField(_("ended early on"), null=True, blank=True)
    why = models.CharField(_("why it ended early"), max_length=10, choices=Ending.choices, blank=True)
    document = models.ForeignKey(
        Document, models.PROTECT, verbose_name=_("source document"), null=True, blank=True, related_name="+"
    )

    class Meta(Record.Meta):
        verbose_name = _("recognition")
        verbose_name_plural = _("recognitions")
        ordering: ClassVar = ("-valid_from", "-pk")
        indexes = (
            models.Index(fields=("-valid_from", "-id"), name="recognition_list"),
            models.Index(fields=("institution", "rank", "valid_from"), name="recognition_rank"),
            models.Index(fields=("valid_until",), name="recognition_ending"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("institution", "kind", "rank", "valid_from"), condition=Q(void=False), name="recognition_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=models.F("valid_from")), name="recognition_lasts"
            ),
            models.CheckConstraint(condition=Q(ended=None) ^ ~Q(why=""), name="recognition_ended_why"),
        )

    def __str__(self) -> str:
        return f"{self.institution} · {self.get_rank_display()} · {self.get_kind_display()}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return reach(user, "institution__body")

    @property
    def end(self) -> date | None:
        """The first day on which it no longer holds; None while no end is known."""
        return self.ended or self.valid_until

    def clean(self) -> None:
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise ValidationError({"valid_until": _("It must end after it begins.")})
        if bool(self.ended) != bool(self.why):
            raise ValidationError({"why": _("Give the day and the reason of an early end together.")})
        if self.ended and self.valid_from and not self.valid_from <= self.ended <= (self.valid_until or date.max):
            raise ValidationError({"ended": _("An early end lies between the first and the last day.")})


class CountingRule(Record):
    """What a district's figure leaves out from a day on: a kind altogether, or below a rank. Without a rule all counts."""

    kind = models.CharField(pgettext_lazy("of an institution", "kind"), max_length=16, choices=Kind.choices)
    lowest = models.PositiveSmallIntegerField(
        _("lowest rank that counts"),
        choices=Rank.choices,
        null=True,
        blank=True,
        help_text=_("Empty: this kind does not count at all."),
    )
    starts = models.DateField(_("in force from"))
    ends = models.DateField(_("in force until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=200)

    class Meta(Record.Meta):
        verbose_name = _("rule of counting")
        verbose_name_plural = _("rules of counting")
        ordering: ClassVar = ("kind", "-starts")
        constraints = (
            models.UniqueConstraint(fields=("kind", "starts"), condition=Q(void=False), name="countingrule_once"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.starts}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return EVERYBODY if is_officer(user) or holds(user, OFFICER, APPROVER) else NOBODY

    def clean(self) -> None:
        if self.starts and self.ends and self.ends <= self.starts:
            raise ValidationError({"ends": _("It must end after it starts.")})


class State(TextChoices):
    CALLED = "called", _("report called for")
    FILED = "filed", _("report filed")
    RETURNED = "returned", _("sent back to the host")
    EXAMINED = "examined", _("examined")
    GOOD = "good", _("excellent")
    PASSED = "passed", pgettext_lazy("review", "passed")
    FAILED = "failed", pgettext_lazy("review", "not passed")


ENDS = frozenset({State.GOOD, State.PASSED, State.FAILED})
OPEN = tuple(str(state.value) for state in State if state not in ENDS)
REPORT = ("staff", "spending", "projects", "patents", "served", "income", "text")
"""What the host states; once filed it changes only by being sent back."""


class Review(Case):
    """The review of an institution for one year: what its host states, what the officer found. Money in 10,000 yuan."""

    named_by: ClassVar = ("institution",)

    institution = models.ForeignKey(Institution, models.PROTECT, verbose_name=_("institution"), related_name="reviews")
    year = models.PositiveSmallIntegerField(
        _("year of the review"), validators=(MinValueValidator(2000), MaxValueValidator(2100))
    )
    staff = models.PositiveIntegerField(_("R&D staff"), null=True, blank=True)
    spending = models.DecimalField(
        _("R&D spending of the year (10,000 yuan)"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    projects = models.PositiveIntegerField(_("projects in hand"), null=True, blank=True)
    patents = models.PositiveIntegerField(_("patents granted in the year"), null=True, blank=True)
    served = models.PositiveIntegerField(_("enterprises served"), null=True, blank=True)
    income = models.DecimalField(
        _("income from services (10,000 yuan)"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    text = models.TextField(_("work report"), blank=True)
    score = models.PositiveSmallIntegerField(
        _("score of the examination"), null=True, blank=True, validators=(MaxValueValidator(100),)
    )
    finding = models.TextField(_("finding"), blank=True)

    class Meta(Case.Meta):
        verbose_name = _("yearly review")
        verbose_name_plural = _("yearly reviews")
        ordering: ClassVar = ("due_at", "-pk")
        indexes = (
            models.Index(fields=("due_at", "-id"), name="review_list"),
            models.Index(fields=("year", "state"), name="review_year"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("institution", "year"), condition=Q(void=False), name="review_once",
                violation_error_message=_("The review of this year has been called already."),
            ),
            models.CheckConstraint(condition=Q(spending=None) | Q(spending__gte=0), name="review_spending"),
            models.CheckConstraint(condition=Q(income=None) | Q(income__gte=0), name="review_income"),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.institution} {self.year}"

    @property
    def state_title(self) -> str:
        """The state in words."""
        return str(State(self.state).label)

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return reach(user, "institution__body")

    def clean(self) -> None:
        """What was filed stands: the report changes only while it is with the host."""
        if self._state.adding:
            return
        kept = Review.everything.get(pk=self.pk)
        with_host = {State.CALLED, State.RETURNED}
        if kept.state not in with_host and any(getattr(self, n) != getattr(kept, n) for n in REPORT):
            raise ValidationError(_("The report was filed: send it back, then its host can change it."))


class Equipment(Record):
    """An instrument of an institution, and how far it is open to others."""

    named_by: ClassVar = ("institution",)

    institution = models.ForeignKey(
        Institution, models.PROTECT, verbose_name=_("institution"), related_name="equipment"
    )
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=160, blank=True)
    model = models.CharField(_("model"), max_length=80, blank=True)
    bought = models.DateField(_("bought on"), null=True, blank=True)
    price = models.DecimalField(
        _("original value (10,000 yuan)"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    shared_from = models.DateField(_("open to others from"), null=True, blank=True)
    shared_until = models.DateField(_("open to others until"), null=True, blank=True)
    terms = models.CharField(_("terms of use"), max_length=240, blank=True)
    hours = models.PositiveIntegerField(_("hours run last year"), null=True, blank=True)
    outside_hours = models.PositiveIntegerField(_("of these for others"), null=True, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("instrument")
        verbose_name_plural = _("instruments")
        ordering: ClassVar = ("-pk",)
        constraints = (
            models.CheckConstraint(condition=Q(price=None) | Q(price__gte=0), name="equipment_price"),
            models.CheckConstraint(
                condition=Q(outside_hours=None) | Q(outside_hours__lte=models.F("hours")), name="equipment_hours"
            ),
        )

    def __str__(self) -> str:
        return str(local(self, "name"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return reach(user, "institution__body")

    def clean(self) -> None:
        if self.outside_hours is not None and (self.hours is None or self.outside_hours > self.hours):
            raise ValidationError({"outside_hours": _("It cannot exceed the hours run.")})
        if self.shared_until and (not self.shared_from or self.shared_until <= self.shared_from):
            raise ValidationError({"shared_until": _("It must end after it starts.")})
