"""The ledger of tasks: what is to be done, by whom, by when, and by which steps."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Person
from hanfeng.kernel.record.local import local
from hanfeng.kernel.record.models import Reader, Record
from hanfeng.kernel.roles import EVERYBODY, NOBODY
from hanfeng.plan.models import Plan
from hanfeng.plan.vocabulary import commitments, measures
from hanfeng.plan.year.roles import inside


class OfLedger(Record):
    """What everybody reads who works for the district."""

    class Meta(Record.Meta):
        abstract = True

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return EVERYBODY if inside(user) else NOBODY


class LedgerTask(OfLedger):
    """One line of the ledger. Its commitments lead to the clauses of every plan that makes them: one task serves several plans.

    `lead` is the body of the day the line was written. Who answers today is `lead.on(day)`; the history keeps the old name.
    """

    class Origin(models.TextChoices):
        PLAN = "plan", _("from the plan")
        DECISION = "decision", _("from a decision")
        OTHER = "other", _("entered by hand or from a sheet")

    named_by: ClassVar[tuple[str, ...]] = ()

    plan = models.ForeignKey(Plan, models.PROTECT, verbose_name=_("plan"), related_name="ledgertasks")
    number = models.CharField(_("number"), max_length=24, blank=True)
    title = models.CharField(_("task"), max_length=160)
    title_en = models.CharField(_("English name of the task"), max_length=240, blank=True)
    commitments = models.CharField(
        _("commitments"), max_length=400, blank=True, help_text=_("Ids of the vocabulary, with blanks between them.")
    )
    measure = models.SlugField(_("measure"), max_length=80, blank=True)
    goal = models.FloatField(_("figure to be reached"), null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=40, blank=True)
    lead = models.ForeignKey(
        Body, models.PROTECT, verbose_name=_("lead body"), null=True, blank=True, related_name="ledgertasks"
    )
    leader = models.ForeignKey(
        Person, models.PROTECT, verbose_name=_("leader in charge"), null=True, blank=True, related_name="+"
    )
    contact = models.ForeignKey(
        Person, models.PROTECT, verbose_name=_("contact"), null=True, blank=True, related_name="+"
    )
    starts = models.DateField(_("from"), null=True, blank=True)
    due = models.DateField(_("deadline"), null=True, blank=True)
    origin = models.CharField(
        pgettext_lazy("ledger", "origin"), max_length=8, choices=Origin.choices, default=Origin.OTHER
    )
    closed_on = models.DateField(_("closed on"), null=True, blank=True, editable=False)

    class Meta(Record.Meta):
        verbose_name = _("ledger task")
        verbose_name_plural = _("ledger tasks")
        ordering: ClassVar = ("plan", "number", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("plan", "number"), condition=Q(void=False) & ~Q(number=""), name="ledgertask_once",
                violation_error_message=_("The ledger of this plan has a task of this number already."),
            ),
        )  # fmt: skip
        indexes = (models.Index(fields=("plan", "number", "id"), name="ledgertask_list"),)

    def __str__(self) -> str:
        return str(local(self, "title"))

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of its commitments."""
        return tuple(self.commitments.split())

    def clean(self) -> None:
        """Commitments and measure are words of the vocabulary; a span ends after it begins."""
        known = commitments()
        if lost := [word for word in self.ids if word not in known]:
            said = gettext("The vocabulary has no commitment “%(words)s”.")
            raise ValidationError({"commitments": said % {"words": " ".join(lost)}})
        self.commitments = " ".join(dict.fromkeys(self.ids))
        if self.measure and self.measure not in measures():
            said = gettext("The vocabulary has no measure “%(word)s”.")
            raise ValidationError({"measure": said % {"word": self.measure}})
        if self.starts and self.due and self.due < self.starts:
            raise ValidationError({"due": gettext("The deadline lies before the start.")})


class Partner(OfLedger):
    """A body that shares a task without leading it."""

    named_by: ClassVar[tuple[str, ...]] = ("task", "body")

    task = models.ForeignKey(LedgerTask, models.PROTECT, verbose_name=_("ledger task"), related_name="partners")
    body = models.ForeignKey(Body, models.PROTECT, verbose_name=_("responsible body"), related_name="+")

    class Meta(Record.Meta):
        verbose_name = _("responsible body of a task")
        verbose_name_plural = _("responsible bodies of tasks")
        ordering: ClassVar = ("task", "pk")
        constraints = (models.UniqueConstraint(fields=("task", "body"), condition=Q(void=False), name="partner_once"),)

    def __str__(self) -> str:
        return f"{self.body} · {self.task}"


class Milestone(OfLedger):
    """What a task must have reached by a day; `reached_on` is set when an entry that says so was accepted."""

    named_by: ClassVar[tuple[str, ...]] = ("task",)

    task = models.ForeignKey(LedgerTask, models.PROTECT, verbose_name=_("ledger task"), related_name="milestones")
    due = models.DateField(_("due on"))
    title = models.CharField(_("milestone"), max_length=160)
    title_en = models.CharField(_("milestone in English"), max_length=240, blank=True)
    figure = models.FloatField(_("planned figure"), null=True, blank=True)
    reached_on = models.DateField(_("reached on"), null=True, blank=True, editable=False)

    class Meta(Record.Meta):
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering: ClassVar = ("task", "due", "pk")
        indexes = (models.Index(fields=("task", "due"), name="milestone_due"),)

    def __str__(self) -> str:
        return str(local(self, "title"))
