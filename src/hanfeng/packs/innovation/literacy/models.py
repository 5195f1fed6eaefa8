"""Waves of the survey, the towns they are drawn from, interviewers, addresses, visits with their answers, items, known totals."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hanfeng.commons.people.models import Person, is_officer
from hanfeng.commons.places.models import Place
from hanfeng.kernel.api import EVERYBODY, NOBODY, Case, Reader, Record, holds, local

from .roles import APPROVER, INTERVIEWER, OFFICER
from .terms import CATEGORIES, TOLD, Age, Area, Dwelling, Education, Household, Outcome, Sex

DESIGN = ("day", "draws", "take", "seed")
"""What the sample follows from: fixed once it is drawn."""


def of_survey(user: Reader) -> bool:
    """Whether somebody runs the survey."""
    return holds(user, OFFICER, APPROVER)


def own(user: Reader) -> Q:
    """Interviewers that this account is, as a condition on Interviewer."""
    return Q(person__account=user.pk, withdrawn=None) if holds(user, INTERVIEWER) else NOBODY


class State(TextChoices):
    PLANNED = "planned", pgettext_lazy("of a survey", "planned")
    DRAWN = "drawn", _("sample drawn")
    FIELDING = "fielding", _("in the field")
    CLOSED = "closed", _("field work closed")
    ESTIMATED = "estimated", _("estimated")
    RELEASED = "released", pgettext_lazy("of a survey", "released")
    DROPPED = "dropped", _("given up")


class Wave(Case):
    """One survey: when, how large, how drawn, and what came of it. Shares are in per cent, the error in points."""

    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("English title"), max_length=160, blank=True)
    day = models.DateField(_("reference day"), help_text=_("The day the figure speaks of."))
    opens = models.DateField(_("field work from"))
    closes = models.DateField(_("field work until"))
    draws = models.PositiveSmallIntegerField(
        _("draws of towns"), validators=(MinValueValidator(4), MaxValueValidator(400))
    )
    take = models.PositiveSmallIntegerField(
        _("addresses for each draw"), validators=(MinValueValidator(2), MaxValueValidator(500))
    )
    seed = models.PositiveIntegerField(
        _("seed of the draw"), help_text=_("Any number, best drawn in public; with it anybody can repeat the draw.")
    )
    goal = models.DecimalField(
        _("goal for that day (%)"), max_digits=5, decimal_places=2, null=True, blank=True,
        validators=(MaxValueValidator(100),), help_text=_("What the plan asks for, so that the estimate can be set against it."),
    )  # fmt: skip
    share = models.DecimalField(_("estimate (%)"), max_digits=5, decimal_places=2, null=True, editable=False)
    low = models.DecimalField(_("interval from (%)"), max_digits=5, decimal_places=2, null=True, editable=False)
    high = models.DecimalField(_("interval to (%)"), max_digits=5, decimal_places=2, null=True, editable=False)
    error = models.DecimalField(_("standard error (points)"), max_digits=6, decimal_places=3, null=True, editable=False)
    freedom = models.PositiveSmallIntegerField(_("degrees of freedom"), null=True, editable=False)
    deff = models.DecimalField(_("design effect"), max_digits=5, decimal_places=2, null=True, editable=False)
    valid = models.PositiveIntegerField(_("valid interviews"), null=True, editable=False)

    class Meta(Case.Meta):
        verbose_name = _("wave of the survey")
        verbose_name_plural = _("waves of the survey")
        ordering: ClassVar = ("-day", "-pk")
        indexes = (models.Index(fields=("-day", "-id"), name="literacy_wave_list"),)
        constraints = (
            models.UniqueConstraint(fields=("title",), condition=Q(void=False), name="literacy_wave_once"),
            models.CheckConstraint(condition=Q(closes__gte=models.F("opens")), name="literacy_wave_lasts"),
        )  # fmt: skip

    def __str__(self) -> str:
        return str(local(self, "title"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        if is_officer(user) or of_survey(user):
            return EVERYBODY
        mine = Interviewer.objects.filter(own(user)).values("wave")
        return Q(pk__in=mine, state=State.FIELDING) if holds(user, INTERVIEWER) else NOBODY

    def clean(self) -> None:
        if self.opens and self.closes and self.closes < self.opens:
            raise ValidationError({"closes": _("It must end after it begins.")})
        if self.pk and self.state != State.PLANNED:
            kept = Wave.everything.filter(pk=self.pk).values(*DESIGN).first() or {}
            if changed := [name for name in DESIGN if kept and kept[name] != getattr(self, name)]:
                raise ValidationError(dict.fromkeys(changed, _("The sample is drawn by it: take the draw back first.")))


class Town(Record):
    """A town as a wave draws from it: its people of the age, whether it counts as urban, and how often it was drawn."""

    named_by: ClassVar = ("place",)

    wave = models.ForeignKey(Wave, models.PROTECT, verbose_name=_("wave of the survey"), related_name="towns")
    place = models.ForeignKey(Place, models.PROTECT, verbose_name=_("town or sub-district"), related_name="+")
    stratum = models.CharField(_("stratum"), max_length=8, choices=Dwelling.choices)
    people = models.PositiveIntegerField(_("people of 18 to 69"), validators=(MinValueValidator(1),))
    drawn = models.PositiveSmallIntegerField(_("times drawn"), default=0, editable=False)

    class Meta(Record.Meta):
        verbose_name = _("town of the sample")
        verbose_name_plural = _("towns of the sample")
        ordering: ClassVar = ("-wave", "place")
        constraints = (
            models.UniqueConstraint(fields=("wave", "place"), condition=Q(void=False), name="literacy_town_once"),
        )

    def __str__(self) -> str:
        return str(self.place)

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return EVERYBODY if is_officer(user) or of_survey(user) else NOBODY

    def clean(self) -> None:
        if not self.wave_id or not Town.objects.filter(wave=self.wave_id, drawn__gt=0).exists():
            return
        kept = Town.everything.filter(pk=self.pk).values("stratum", "people").first() if self.pk else None
        if kept is None or (kept["stratum"], kept["people"]) != (self.stratum, self.people):
            raise ValidationError(_("The sample of this wave is drawn: its towns stand as they are."))


class Interviewer(Record):
    """Somebody who visits addresses of one wave. Withdrawn, for a lost phone or a leaving, he can send nothing any more."""

    named_by: ClassVar = ("wave",)

    wave = models.ForeignKey(Wave, models.PROTECT, verbose_name=_("wave of the survey"), related_name="interviewers")
    name = models.CharField(_("name"), max_length=40)
    person = models.ForeignKey(
        Person, models.PROTECT, verbose_name=_("person with an account"), null=True, blank=True, related_name="+",
        help_text=_("Who signs in with this person's account fills in for this interviewer."),
    )  # fmt: skip
    withdrawn = models.DateField(_("withdrawn on"), null=True, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("interviewer")
        verbose_name_plural = _("interviewers")
        ordering: ClassVar = ("-wave", "name")
        constraints = (
            models.UniqueConstraint(fields=("wave", "name"), condition=Q(void=False), name="literacy_interviewer_once"),
            models.UniqueConstraint(
                fields=("wave", "person"), condition=Q(void=False, withdrawn=None), name="literacy_interviewer_person"
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return EVERYBODY if is_officer(user) or of_survey(user) else own(user)


class Slot(Record):
    """One address of the sample. Its text is personal: masked, and erased when the wave is released."""

    personal: ClassVar = ("address",)
    named_by: ClassVar = ("town__place",)

    wave = models.ForeignKey(Wave, models.PROTECT, verbose_name=_("wave of the survey"), related_name="slots")
    town = models.ForeignKey(Town, models.PROTECT, verbose_name=_("town of the sample"), related_name="slots")
    number = models.PositiveSmallIntegerField(_("number in the town"), validators=(MinValueValidator(1),))
    address = models.CharField(_("address"), max_length=160, blank=True)
    interviewer = models.ForeignKey(
        Interviewer, models.PROTECT, verbose_name=_("interviewer"), null=True, blank=True, related_name="slots"
    )
    outcome = models.CharField(
        _("what became of it"), max_length=10, choices=Outcome.choices, default=Outcome.OPEN, editable=False
    )

    class Meta(Record.Meta):
        verbose_name = _("address of the sample")
        verbose_name_plural = _("addresses of the sample")
        ordering: ClassVar = ("-wave", "town", "number")
        indexes = (models.Index(fields=("interviewer", "outcome"), name="literacy_slot_of"),)
        constraints = (
            models.UniqueConstraint(fields=("town", "number"), condition=Q(void=False), name="literacy_slot_once"),
        )

    def __str__(self) -> str:
        return f"{self.town} {self.number}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        if of_survey(user):
            return EVERYBODY
        if not holds(user, INTERVIEWER):
            return NOBODY
        return Q(interviewer__in=Interviewer.objects.filter(own(user)).values("pk"), wave__state=State.FIELDING)

    def clean(self) -> None:
        if self.town_id and self.wave_id and self.town.wave_id != self.wave_id:
            raise ValidationError({"town": _("This town belongs to another wave.")})
        if self.interviewer and self.interviewer.wave_id != self.wave_id:
            raise ValidationError({"interviewer": _("This interviewer belongs to another wave.")})


class Item(Record):
    """One question with its choices, a line each. Which one is right is told to those who run the survey only."""

    area = models.CharField(_("area"), max_length=10, choices=Area.choices)
    text = models.CharField(_("question"), max_length=240)
    text_en = models.CharField(_("question in English"), max_length=320, blank=True)
    choices = models.TextField(_("choices, one a line"))
    choices_en = models.TextField(_("choices in English, one a line"), blank=True)
    right = models.PositiveSmallIntegerField(_("number of the right choice"), validators=(MinValueValidator(1),))
    starts = models.DateField(_("in use from"))
    ends = models.DateField(_("in use until"), null=True, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("item of the questionnaire")
        verbose_name_plural = _("items of the questionnaire")
        ordering: ClassVar = ("area", "pk")
        constraints = (models.UniqueConstraint(fields=("text",), condition=Q(void=False), name="literacy_item_once"),)

    def __str__(self) -> str:
        return str(local(self, "text"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return EVERYBODY if of_survey(user) else NOBODY

    @property
    def offered(self) -> list[str]:
        """The choices in the reader's language."""
        return str(local(self, "choices")).splitlines()

    def clean(self) -> None:
        lines, english = self.choices.strip().splitlines(), self.choices_en.strip().splitlines()
        if len(lines) < 2:
            raise ValidationError({"choices": _("A question needs two choices or more, each on a line of its own.")})
        if english and len(english) != len(lines):
            raise ValidationError({"choices_en": _("As many lines as the choices have.")})
        if self.right and self.right > len(lines):
            raise ValidationError({"right": _("There are only %(n)s choices.") % {"n": len(lines)}})
        if self.starts and self.ends and self.ends <= self.starts:
            raise ValidationError({"ends": _("It must end after it starts.")})


class Visit(Record):
    """One visit as the interviewer sent it: the mark his device gave it, what became of it, and of an interview the answers.

    `answers` is the number of the choice for each item, 0 where somebody did not know. No name, no birthday, no address: the
    address stands on the slot until it is erased, and `slot` is empty where the list of addresses is gone.
    """

    named_by: ClassVar = ("town__place",)

    uuid = models.UUIDField(_("mark given by the device"), unique=True, default=uuid.uuid4)
    wave = models.ForeignKey(Wave, models.PROTECT, verbose_name=_("wave of the survey"), related_name="visits")
    town = models.ForeignKey(Town, models.PROTECT, verbose_name=_("town of the sample"), related_name="visits")
    slot = models.ForeignKey(
        Slot, models.PROTECT, verbose_name=_("address of the sample"), null=True, blank=True, related_name="visits"
    )
    interviewer = models.ForeignKey(
        Interviewer, models.PROTECT, verbose_name=_("interviewer"), null=True, blank=True, related_name="visits"
    )
    taken_at = models.DateTimeField(_("visited at"))
    outcome = models.CharField(_("what became of it"), max_length=10, choices=[(o.value, o.label) for o in TOLD])
    sex = models.CharField(_("sex"), max_length=8, choices=Sex.choices, blank=True)
    age = models.CharField(_("age"), max_length=8, choices=Age.choices, blank=True)
    education = models.CharField(_("education"), max_length=10, choices=Education.choices, blank=True)
    adults = models.PositiveSmallIntegerField(
        _("people of 18 to 69 at the address"), choices=Household.choices, null=True, blank=True
    )
    answers = models.JSONField(_("answers"), default=dict, blank=True)
    score = models.FloatField(_("points"), null=True, blank=True)
    weight = models.DecimalField(_("weight"), max_digits=12, decimal_places=3, null=True, blank=True)
    passing = models.DecimalField(
        _("weight if it reaches the mark"), max_digits=12, decimal_places=3, null=True, blank=True
    )

    class Meta(Record.Meta):
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering: ClassVar = ("-taken_at", "-pk")
        indexes = (
            models.Index(fields=("-taken_at", "-id"), name="literacy_visit_list"),
            models.Index(fields=("wave", "outcome"), name="literacy_visit_wave"),
            models.Index(fields=("slot",), name="literacy_visit_slot"),
        )
        constraints = (
            models.CheckConstraint(
                condition=~Q(outcome="complete") | (~Q(sex="") & ~Q(age="") & ~Q(education="") & Q(adults__gte=1, score__gte=0)),
                name="literacy_visit_whole",
            ),
            models.UniqueConstraint(
                fields=("slot",), condition=Q(void=False, outcome="complete") & ~Q(slot=None), name="literacy_visit_interviewed"
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.town} · {self.taken_at:%Y-%m-%d}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        """Those who run the survey; never an interviewer, so that a phone in strange hands tells nothing."""
        return EVERYBODY if of_survey(user) else NOBODY


class Total(Record):
    """People of 18 to 69 in one category, as a census or a register counts them: what weights are brought to."""

    category = models.CharField(_("category"), max_length=10, choices=CATEGORIES)
    people = models.PositiveIntegerField(_("people of 18 to 69"))
    starts = models.DateField(_("as counted on"))
    source = models.CharField(_("source"), max_length=200)

    class Meta(Record.Meta):
        verbose_name = _("known total")
        verbose_name_plural = _("known totals")
        ordering: ClassVar = ("-starts", "pk")
        constraints = (
            models.UniqueConstraint(fields=("category", "starts"), condition=Q(void=False), name="literacy_total_once"),
        )

    def __str__(self) -> str:
        return f"{self.get_category_display()} · {self.starts}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return EVERYBODY if is_officer(user) or of_survey(user) else NOBODY


def interviewers_of(user: Any) -> Q:
    """The interviewers an account is, as a condition on a relation named `interviewer`."""
    return Q(interviewer__in=Interviewer.objects.filter(own(user)).values("pk"))
