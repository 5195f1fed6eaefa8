"""A round: the plan office asks, the bodies answer for their tasks, the plan office accepts or returns."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, TextChoices
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.flow.models import Case
from hanfeng.kernel.pure import Period
from hanfeng.kernel.record.local import local
from hanfeng.kernel.record.models import Reader, Record
from hanfeng.kernel.roles import EVERYBODY, NOBODY
from hanfeng.plan.models import Plan
from hanfeng.plan.year.roles import answering, inside, oversees

from .ledger import LedgerTask

MOST_WORDS = 300
"""How many characters a field of an entry may have: a round is read by people with little time (ours)."""

LIGHTS = ("red", "yellow", "green", "blue", "grey")


class RoundState(TextChoices):
    OPEN = "open", pgettext_lazy("round", "open")
    CLOSED = "closed", pgettext_lazy("round", "filing closed")
    ISSUED = "issued", pgettext_lazy("round", "bulletin issued")


class Round(Case):
    """One period for which the bodies file. `told` is its bulletin as issued."""

    named_by: ClassVar[tuple[str, ...]] = ("plan",)

    plan = models.ForeignKey(Plan, models.PROTECT, verbose_name=_("plan"), related_name="rounds")
    starts = models.DateField(_("first day of the period"))
    ends = models.DateField(_("last day of the period"))
    opened = models.DateField(_("opened on"))
    closes = models.DateField(_("last day for filing"))
    note = models.CharField(_("what is asked for"), max_length=300, blank=True)
    told = models.JSONField(_("bulletin as issued"), default=dict, blank=True, editable=False)

    class Meta(Case.Meta):
        verbose_name = pgettext_lazy("of the plan office", "round")
        verbose_name_plural = pgettext_lazy("of the plan office", "rounds")
        ordering: ClassVar = ("-starts", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("plan", "starts", "ends"), condition=Q(void=False), name="round_once",
                violation_error_message=_("There is a round of this period already."),
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return period_words(self.starts, self.ends)

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return EVERYBODY if inside(user) else NOBODY

    @property
    def period(self) -> Period:
        """The time it asks about."""
        return Period(self.starts, self.ends + timedelta(days=1))

    def clean(self) -> None:
        if self.ends < self.starts:
            raise ValidationError({"ends": gettext("It must end after it starts.")})
        if self.closes < self.opened:
            raise ValidationError({"closes": gettext("The last day for filing lies before the round opens.")})


def period_words(starts: date, ends: date) -> str:
    """The name of a period: a quarter, a half-year, a year, a month, or its days."""
    months = 12 * (ends.year - starts.year) + ends.month - starts.month + 1
    whole = starts.day == 1 and (ends + timedelta(days=1)).day == 1
    told: dict[str, Any] = {"year": starts.year, "n": (starts.month - 1) // max(months, 1) + 1, "month": starts.month}
    if whole and months == 3 and starts.month % 3 == 1:
        return gettext("quarter %(n)s of %(year)s") % told
    if whole and months == 6 and starts.month % 6 == 1:
        return gettext("half-year %(n)s of %(year)s") % told
    if whole and months == 12 and starts.month == 1:
        return gettext("the year %(year)s") % told
    if whole and months == 1:
        return gettext("month %(month)s of %(year)s") % told
    return f"{starts.isoformat()}/{ends.isoformat()}"


class EntryState(TextChoices):
    DUE = "due", pgettext_lazy("entry", "to be filed")
    FILED = "filed", pgettext_lazy("entry", "to be signed")
    SIGNED = "signed", pgettext_lazy("entry", "to be reviewed")
    RETURNED = "returned", pgettext_lazy("entry", "returned")
    CORRECTED = "corrected", pgettext_lazy("entry", "corrected, to be signed")
    ACCEPTED = "accepted", pgettext_lazy("entry", "accepted")


def _english(name: str) -> property:
    """A text of an entry in English, where somebody translated it."""
    return property(lambda entry: entry.english.get(getattr(entry, name), ""))


class Entry(Case):
    """What a body files for one task in one round. `body` answered for the task when the round opened; its name stays.

    `used` is how many working days of the time for filing were used when it was filed: a returned entry carries on from there.
    """

    named_by: ClassVar[tuple[str, ...]] = ("task", "round")

    round = models.ForeignKey(Round, models.PROTECT, verbose_name=Round._meta.verbose_name, related_name="entries")
    task = models.ForeignKey(LedgerTask, models.PROTECT, verbose_name=_("ledger task"), related_name="entries")
    body = models.ForeignKey(Body, models.PROTECT, verbose_name=_("body"), related_name="+")
    progress = models.CharField(_("progress"), max_length=MOST_WORDS, blank=True)
    figure = models.FloatField(_("figure reached"), null=True, blank=True)
    problem = models.CharField(_("problem"), max_length=MOST_WORDS, blank=True)
    next_step = models.CharField(_("next step"), max_length=MOST_WORDS, blank=True)
    no_progress = models.BooleanField(_("no progress in this period"), default=False)
    reason = models.CharField(_("why there was no progress"), max_length=MOST_WORDS, blank=True)
    reached = models.JSONField(_("milestones reached"), default=list, blank=True)
    asks_closing = models.BooleanField(_("asks for the task to be closed"), default=False)
    filed_at = models.DateTimeField(_("filed at"), null=True, editable=False)
    returned = models.PositiveSmallIntegerField(_("times returned"), default=0, editable=False)
    used = models.FloatField(_("working days used for filing"), default=0, editable=False)
    light = models.CharField(_("light as computed"), max_length=8, blank=True, editable=False)
    override = models.CharField(_("light set by hand"), max_length=8, blank=True, editable=False)
    override_reason = models.CharField(
        _("why the light was set by hand"), max_length=MOST_WORDS, blank=True, editable=False
    )
    closed = models.BooleanField(_("the task was closed with it"), default=False, editable=False)
    english = models.JSONField(default=dict, blank=True, editable=False)
    """Its texts in English, by the text itself: one that was changed since has none."""

    progress_en, problem_en, next_step_en, reason_en, override_reason_en = map(
        _english, ("progress", "problem", "next_step", "reason", "override_reason")
    )

    class Meta(Case.Meta):
        verbose_name = pgettext_lazy("of a round", "entry")
        verbose_name_plural = pgettext_lazy("of a round", "entries")
        ordering: ClassVar = ("round", "due_at", "pk")
        constraints = (models.UniqueConstraint(fields=("round", "task"), condition=Q(void=False), name="entry_once"),)
        indexes = (
            models.Index(fields=("round", "state"), name="entry_board"),
            models.Index(fields=("body", "state", "due_at"), name="entry_mine"),
            models.Index(fields=("task", "round"), name="entry_story"),
        )

    def __str__(self) -> str:
        return f"{self.task} · {self.round}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return scope_of_entries(user)

    def clean(self) -> None:
        """No progress needs its reason, and progress is not claimed beside it."""
        if self.no_progress and not self.reason.strip():
            raise ValidationError({"reason": gettext("Say why there was no progress.")})
        if self.no_progress and self.asks_closing:
            raise ValidationError({"asks_closing": gettext("A task without progress cannot be closed.")})


def scope_of_entries(user: Reader, prefix: str = "") -> Q:
    """The plan office and the leaders see every entry, the others those of the bodies they answer for."""
    if oversees(user):
        return EVERYBODY
    return Q(**{f"{prefix}body__in": answering(user)}) if inside(user) else NOBODY


class Evidence(Record):
    """What an entry rests on beside its files: a record of a pack, or a figure counted from its rows on a day."""

    named_by: ClassVar[tuple[str, ...]] = ("entry__task", "entry__round")

    entry = models.ForeignKey(Entry, models.PROTECT, verbose_name=Entry._meta.verbose_name, related_name="evidence")
    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("English title"), max_length=200, blank=True)
    kind = models.CharField(_("kind of record"), max_length=80, blank=True)
    key = models.BigIntegerField(_("key of the record"), null=True, blank=True)
    indicator = models.SlugField(pgettext_lazy("evidence", "figure counted"), max_length=80, blank=True)
    value = models.FloatField(_("count"), null=True, blank=True)
    address = models.CharField(_("address"), max_length=200)

    class Meta(Record.Meta):
        verbose_name = _("record as evidence")
        verbose_name_plural = _("records as evidence")
        ordering: ClassVar = ("entry", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("entry", "address"), condition=Q(void=False), name="evidence_once",
                violation_error_message=_("This is linked already."),
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return str(local(self, "title"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return scope_of_entries(user, "entry__")
