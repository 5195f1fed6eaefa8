"""Plans as records: clauses, tasks, targets, what the plan says of the past, where it disagrees with itself, who owes what."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.base.period import Period
from hanfeng.kernel.record.local import local
from hanfeng.kernel.record.models import Reader, Record
from hanfeng.kernel.roles import EVERYBODY, signed_in

from .vocabulary import commitments


class Plan(Record):
    """One plan. Several live at once; each is traced through the vocabulary of commitments and measures."""

    class Kind(models.TextChoices):
        OUTLINE = "outline", _("outline of the five-year plan")
        CITY = "city", _("plan of the city")
        SPECIAL = "special", _("special plan")
        ACTION = "action", _("action plan")
        YEARLY = "yearly", _("yearly work plan")
        DECISION = "decision", _("decision")

    slug = models.SlugField(_("id"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=160)
    title_en = models.CharField(_("English title"), max_length=200, blank=True)
    short = models.CharField(_("short title"), max_length=60, blank=True)
    short_en = models.CharField(_("short English title"), max_length=80, blank=True)
    issuer = models.ForeignKey(Body, models.PROTECT, verbose_name=_("issued by"), null=True, blank=True)
    number = models.CharField(_("document number"), max_length=60, blank=True)
    issued = models.DateField(_("issued on"), null=True, blank=True)
    starts = models.DateField(_("first day"))
    ends = models.DateField(_("last day"))
    address = models.CharField(_("web address"), max_length=400, blank=True)
    under = models.JSONField(_("rests on"), default=list, blank=True)
    outline = models.BooleanField(_("only its frame is kept"), default=False)

    class Meta(Record.Meta):
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        ordering: ClassVar = ("starts", "slug")

    def __str__(self) -> str:
        return str(local(self, "short") or local(self, "title"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return EVERYBODY

    def get_absolute_url(self) -> str:
        return f"/plans/{self.slug}/"

    @property
    def period(self) -> Period:
        """The plan's time as a half-open period."""
        return Period(self.starts, self.ends + timedelta(days=1))


class OfPlan(Record):
    """What belongs to a plan is as public as the plan."""

    named_by: ClassVar[tuple[str, ...]] = ("plan",)

    plan = models.ForeignKey(Plan, models.PROTECT, verbose_name=_("plan"), related_name="%(class)ss")

    class Meta(Record.Meta):
        abstract = True

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return EVERYBODY


class Clause(OfPlan):
    """One place in the plan's text, restated in a few words."""

    class Kind(models.TextChoices):
        CHAPTER = "chapter", _("chapter")
        INTRO = "intro", _("introduction")
        SECTION = "section", _("section")
        BOX = "box", _("box")
        ITEM = "item", pgettext_lazy("clause", "item")
        SUBITEM = "subitem", _("sub-item")
        ROW = "row", _("row of a table")

    code = models.CharField(_("clause"), max_length=24)
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("part of"), null=True, blank=True, related_name="parts"
    )
    order = models.PositiveIntegerField(_("order"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    number = models.CharField(_("printed number"), max_length=24, blank=True)
    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("English title"), max_length=200, blank=True)
    text = models.TextField(_("text"), blank=True)
    text_en = models.TextField(_("English text"), blank=True)

    class Meta(Record.Meta):
        verbose_name = _("clause")
        verbose_name_plural = _("clauses")
        ordering: ClassVar = ("plan", "order")
        constraints = (models.UniqueConstraint(fields=("plan", "code"), name="clause_once"),)

    def __str__(self) -> str:
        return f"{self.number} {local(self, 'title')}".strip()

    def get_absolute_url(self) -> str:
        return f"/plans/{self.plan.slug}/clause/{self.code.replace('#', '-')}/"


class Task(OfPlan):
    """A commitment of the vocabulary, as this plan makes it: what the ledger follows and a division of work assigns."""

    commitment = models.SlugField(_("commitment"), max_length=60)
    home = models.ForeignKey(Clause, models.PROTECT, verbose_name=_("clause"), related_name="tasks")
    clauses = models.JSONField(_("clauses"), default=list)

    class Meta(Record.Meta):
        verbose_name = _("plan task")
        verbose_name_plural = _("plan tasks")
        ordering: ClassVar = ("plan", "home__order", "pk")
        constraints = (models.UniqueConstraint(fields=("plan", "commitment"), name="task_once"),)

    def __str__(self) -> str:
        word = commitments().get(self.commitment)
        return word.name() if word else self.commitment

    def get_absolute_url(self) -> str:
        return f"/plans/{self.plan.slug}/task/{self.commitment}/"


class Target(OfPlan):
    """A figure the plan wants reached: its measure, its shape, where it starts, where it should arrive, by when."""

    class Nature(models.TextChoices):
        EXPECTED = "expected", _("expected")
        BINDING = "binding", _("binding")

    class Shape(models.TextChoices):
        LEVEL = "level", pgettext_lazy("shape", "level")
        STOCK = "stock", _("stock at the end of the period")
        GROWTH = "growth", _("average growth a year")
        SUM = "sum", _("sum over the period")
        HOLD = "hold", _("to be kept in every year")
        RANGE = "range", _("range")
        MULTIPLE = "multiple", _("multiple of the base")
        COVERAGE = "coverage", _("coverage")
        STATE = "state", _("to be created")
        AMOUNT = "amount", _("amount")

    slug = models.SlugField(_("id"), max_length=80)
    measure = models.SlugField(_("measure"), max_length=80)
    no = models.PositiveSmallIntegerField(_("row in the table of indicators"), null=True, blank=True)
    clauses = models.JSONField(_("clauses"), default=list)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    nature = models.CharField(_("nature"), max_length=8, choices=Nature.choices)
    shape = models.CharField(_("shape"), max_length=10, choices=Shape.choices)
    base = models.FloatField(_("base value"), null=True, blank=True)
    base_date = models.DateField(_("base date"), null=True, blank=True)
    goal = models.FloatField(_("target"), null=True, blank=True)
    goal_high = models.FloatField(_("upper target"), null=True, blank=True)
    starts = models.DateField(_("from"), null=True, blank=True)
    ends = models.DateField(_("by"), null=True, blank=True)
    comparison = models.CharField(_("comparison"), max_length=6, default="ge")
    cumulative = models.BooleanField(_("cumulative"), default=False)
    unit = models.CharField(_("unit"), max_length=40, blank=True)
    unit_en = models.CharField(_("English unit"), max_length=40, blank=True)
    place = models.SlugField(_("place"), max_length=60)
    path = models.JSONField(_("planned path"), default=list, blank=True)
    note = models.TextField(_("note"), blank=True)
    note_en = models.TextField(_("note in English"), blank=True)

    class Meta(Record.Meta):
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        ordering: ClassVar = ("plan", "no", "pk")
        constraints = (models.UniqueConstraint(fields=("plan", "slug"), name="target_once"),)

    def __str__(self) -> str:
        return str(local(self, "name"))

    def get_absolute_url(self) -> str:
        return f"/plans/{self.plan.slug}/indicator/{self.slug}/"


class Revision(Record):
    """A later version of a target, decided by the authority that made the plan. A reading is judged by the version of its day.

    What a version leaves empty stays as it was.
    """

    named_by: ClassVar[tuple[str, ...]] = ("target",)

    target = models.ForeignKey(Target, models.PROTECT, verbose_name=_("target"), related_name="revisions")
    starts = models.DateField(_("holds from"))
    goal = models.FloatField(_("target"), null=True, blank=True)
    goal_high = models.FloatField(_("upper target"), null=True, blank=True)
    ends = models.DateField(_("by"), null=True, blank=True)
    path = models.JSONField(_("planned path"), default=list, blank=True)
    basis = models.CharField(_("basis"), max_length=240)

    class Meta(Record.Meta):
        verbose_name = _("version of a target")
        verbose_name_plural = _("versions of targets")
        ordering: ClassVar = ("target", "starts", "pk")
        constraints = (
            models.UniqueConstraint(fields=("target", "starts"), condition=Q(void=False), name="revision_once"),
        )

    def __str__(self) -> str:
        return f"{self.target} · {self.starts.isoformat()}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return EVERYBODY


class Baseline(OfPlan):
    """A number the plan states of its starting year."""

    slug = models.SlugField(_("id"), max_length=80)
    measure = models.SlugField(_("measure"), max_length=80)
    value = models.FloatField(_("value"))
    unit = models.CharField(_("unit"), max_length=40, blank=True)
    unit_en = models.CharField(_("English unit"), max_length=40, blank=True)
    date = models.DateField(_("day"))
    clauses = models.JSONField(_("clauses"), default=list)
    repeated = models.JSONField(_("repeated in"), default=list, blank=True)
    note = models.TextField(_("note"), blank=True)
    note_en = models.TextField(_("note in English"), blank=True)

    class Meta(Record.Meta):
        verbose_name = _("baseline")
        verbose_name_plural = _("baselines")
        ordering: ClassVar = ("plan", "pk")
        constraints = (models.UniqueConstraint(fields=("plan", "slug"), name="baseline_once"),)

    def __str__(self) -> str:
        return self.slug


class Previous(OfPlan):
    """One row of what the plan reports of the period before it."""

    no = models.PositiveSmallIntegerField(_("row"))
    measure = models.SlugField(_("measure"), max_length=80)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    unit = models.CharField(_("unit"), max_length=40, blank=True)
    unit_en = models.CharField(_("English unit"), max_length=40, blank=True)
    nature = models.CharField(_("nature"), max_length=8, choices=Target.Nature.choices)
    goal = models.FloatField(_("target"))
    actual = models.FloatField(_("reached"))
    cumulative = models.BooleanField(_("cumulative"), default=False)
    clauses = models.JSONField(_("clauses"), default=list)

    class Meta(Record.Meta):
        verbose_name = _("result of the period before")
        verbose_name_plural = _("results of the period before")
        ordering: ClassVar = ("plan", "no")
        constraints = (models.UniqueConstraint(fields=("plan", "no"), name="previous_once"),)

    def __str__(self) -> str:
        return str(local(self, "name"))


class Contradiction(OfPlan):
    """A place where the plan disagrees with itself, with what to compute; or a check, a sum of its figures that agrees."""

    class Kind(models.TextChoices):
        ARITHMETIC = "arithmetic", _("arithmetic")
        DEFINITION = "definition", _("definition")
        NAMING = "naming", _("naming")
        TIMING = "timing", _("timing")
        SCOPE = "scope", _("scope")
        WORDING = "wording", _("wording")
        CHECK = "check", _("a sum that agrees")

    slug = models.SlugField(_("id"), max_length=80)
    order = models.PositiveSmallIntegerField(_("order"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    clauses = models.JSONField(_("clauses"), default=list, blank=True)
    measures = models.JSONField(_("measures"), default=list, blank=True)
    targets = models.JSONField(_("targets"), default=list, blank=True)
    title = models.CharField(_("title"), max_length=120, blank=True)
    title_en = models.CharField(_("English title"), max_length=200, blank=True)
    text = models.TextField(_("text"))
    text_en = models.TextField(_("English text"), blank=True)
    compute = models.JSONField(_("computation"), default=list, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("contradiction of the plan")
        verbose_name_plural = _("contradictions of the plan")
        ordering: ClassVar = ("plan", "order")
        constraints = (models.UniqueConstraint(fields=("plan", "slug"), name="contradiction_once"),)

    def __str__(self) -> str:
        return str(local(self, "title") or self.slug)


class Duty(OfPlan):
    """Who owes what, from a division of work (分工方案): a body leads, shares or gives data for a task or a target."""

    class Role(models.TextChoices):
        LEAD = "lead", _("lead body")
        RESPONSIBLE = "responsible", _("responsible body")
        DATA = "data", _("data-providing body")

    named_by: ClassVar[tuple[str, ...]] = ("plan", "body", "task__plan", "target__plan")

    task = models.ForeignKey(
        Task, models.PROTECT, verbose_name=_("plan task"), null=True, blank=True, related_name="duties"
    )
    target = models.ForeignKey(
        Target, models.PROTECT, verbose_name=_("target"), null=True, blank=True, related_name="duties"
    )
    role = models.CharField(pgettext_lazy("duty", "part"), max_length=12, choices=Role.choices)
    body = models.ForeignKey(Body, models.PROTECT, verbose_name=_("body"), related_name="duties")
    starts = models.DateField(_("from"), null=True, blank=True)
    ends = models.DateField(_("last day"), null=True, blank=True)
    clauses = models.JSONField(_("clauses"), default=list, blank=True)
    basis = models.CharField(_("basis"), max_length=200, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("duty")
        verbose_name_plural = _("duties")
        ordering: ClassVar = ("plan", "role", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(task=None) ^ Q(target=None), name="duty_of_one"),
            models.UniqueConstraint(fields=("task", "role", "body"), condition=Q(void=False), name="duty_of_task_once"),
            models.UniqueConstraint(
                fields=("target", "role", "body"), condition=Q(void=False), name="duty_of_target_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.body}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return signed_in(user)

    def clean(self) -> None:
        if (self.task is None) == (self.target is None):
            raise ValidationError(_("Name either a task or a target."))


class Cause(OfPlan):
    """Why a figure was not reached, and the body that says so."""

    target = models.ForeignKey(Target, models.PROTECT, verbose_name=_("target"), related_name="causes")
    body = models.ForeignKey(Body, models.PROTECT, verbose_name=_("given by"))
    day = models.DateField(_("day"))
    text = models.TextField(_("cause"))
    text_en = models.TextField(_("cause in English"), blank=True)

    class Meta(Record.Meta):
        verbose_name = _("cause")
        verbose_name_plural = _("causes")
        ordering: ClassVar = ("-day", "-pk")

    def __str__(self) -> str:
        return self.text[:60]

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return signed_in(user)
