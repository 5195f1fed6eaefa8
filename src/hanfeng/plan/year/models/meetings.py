"""Coordination: topics for the joint meeting, its decisions, and what the plan office reminds bodies of."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.desk.wording import day_text
from hanfeng.kernel.flow.models import Case
from hanfeng.kernel.record.local import local
from hanfeng.kernel.record.models import Reader
from hanfeng.kernel.roles import EVERYBODY, NOBODY
from hanfeng.plan.models import Plan
from hanfeng.plan.year.roles import answering, inside, oversees

from .ledger import LedgerTask, OfLedger
from .rounds import Round


class Meeting(OfLedger):
    """A meeting of the leading group or the joint meeting. Papers and minutes are its files."""

    plan = models.ForeignKey(Plan, models.PROTECT, verbose_name=_("plan"), related_name="meetings")
    body = models.ForeignKey(Body, models.PROTECT, verbose_name=_("meeting of"), related_name="+")
    title = models.CharField(_("title"), max_length=160)
    title_en = models.CharField(_("English title"), max_length=240, blank=True)
    day = models.DateField(_("day"))
    place = models.CharField(_("place of the meeting"), max_length=120, blank=True)
    minutes = models.TextField(_("minutes"), blank=True)

    class Meta(OfLedger.Meta):
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        ordering: ClassVar = ("-day", "-pk")

    def __str__(self) -> str:
        return f"{local(self, 'title')} · {day_text(self.day)}"


class TopicState(TextChoices):
    RAISED = "raised", pgettext_lazy("topic", "raised")
    LISTED = "listed", pgettext_lazy("topic", "on the agenda")
    DECIDED = "decided", pgettext_lazy("topic", "decided")
    DROPPED = "dropped", pgettext_lazy("topic", "not taken up")


class Topic(Case):
    """A question for the meeting, raised from a red task: the facts, and what is to be decided. Its papers are its files."""

    plan = models.ForeignKey(Plan, models.PROTECT, verbose_name=_("plan"), related_name="topics")
    task = models.ForeignKey(
        LedgerTask, models.PROTECT, verbose_name=_("ledger task"), null=True, blank=True, related_name="topics"
    )
    round = models.ForeignKey(
        Round, models.PROTECT, verbose_name=Round._meta.verbose_name, null=True, blank=True, related_name="topics"
    )
    title = models.CharField(_("title"), max_length=160)
    title_en = models.CharField(_("English title"), max_length=240, blank=True)
    facts = models.TextField(_("what is the case"), blank=True)
    facts_en = models.TextField(_("what is the case, in English"), blank=True)
    question = models.TextField(_("what is to be decided"), blank=True)
    question_en = models.TextField(_("what is to be decided, in English"), blank=True)
    meeting = models.ForeignKey(
        Meeting, models.PROTECT, verbose_name=_("meeting"), null=True, blank=True, related_name="topics"
    )

    class Meta(Case.Meta):
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering: ClassVar = ("-pk",)

    def __str__(self) -> str:
        return str(local(self, "title"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return EVERYBODY if inside(user) else NOBODY


class Decision(OfLedger):
    """What a meeting decided on a topic; one that is handed to a body (交办) becomes a task of the ledger."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, verbose_name=_("meeting"), related_name="decisions")
    topic = models.ForeignKey(
        Topic, models.PROTECT, verbose_name=_("topic"), null=True, blank=True, related_name="decisions"
    )
    title = models.CharField(_("decision"), max_length=160)
    title_en = models.CharField(_("decision in English"), max_length=240, blank=True)
    text = models.TextField(_("wording"), blank=True)
    body = models.ForeignKey(Body, models.PROTECT, verbose_name=_("handed to"), null=True, blank=True, related_name="+")
    due = models.DateField(_("deadline"), null=True, blank=True)
    task = models.ForeignKey(
        LedgerTask, models.PROTECT, verbose_name=_("task it became"), null=True, blank=True, editable=False,
        related_name="decisions",
    )  # fmt: skip

    class Meta(OfLedger.Meta):
        verbose_name = _("decision of a meeting")
        verbose_name_plural = _("decisions of meetings")
        ordering: ClassVar = ("-pk",)

    def __str__(self) -> str:
        return str(local(self, "title"))


class SupervisionState(TextChoices):
    DRAFT = "draft", pgettext_lazy("supervision", "drafted")
    PROPOSED = "proposed", pgettext_lazy("supervision", "supervision proposed")
    SENT = "sent", pgettext_lazy("supervision", "waiting for the reply")
    REPLIED = "replied", pgettext_lazy("supervision", "replied")
    CLOSED = "closed", pgettext_lazy("supervision", "settled")
    REFUSED = "refused", pgettext_lazy("supervision", "supervision not ordered")


class Supervision(Case):
    """A reminder (提醒) that the plan office sends, or a supervision sheet (督办单), which it proposes and a leader orders.

    The reply and the opinion on closing are the notes of the steps by which they are given; papers are files of the record.
    """

    class Kind(models.TextChoices):
        REMINDER = "reminder", _("reminder")
        SHEET = "sheet", _("supervision sheet")

    named_by: ClassVar[tuple[str, ...]] = ("body", "task")

    task = models.ForeignKey(LedgerTask, models.PROTECT, verbose_name=_("ledger task"), related_name="supervisions")
    round = models.ForeignKey(
        Round, models.PROTECT, verbose_name=Round._meta.verbose_name, null=True, blank=True, related_name="supervisions"
    )
    body = models.ForeignKey(Body, models.PROTECT, verbose_name=_("body"), related_name="+")
    kind = models.CharField(pgettext_lazy("supervision", "kind"), max_length=8, choices=Kind.choices)
    number = models.CharField(
        _("number of the sheet"), max_length=40, blank=True,
        help_text=_("Left empty, the next one of the year is given when a leader orders the sheet."),
    )  # fmt: skip
    basis = models.TextField(
        _("basis"), blank=True, help_text=_("A decision, an instruction, a document; clauses and light stand by themselves."),
    )  # fmt: skip
    basis_en = models.TextField(_("basis, in English"), blank=True)
    text = models.TextField(_("what is asked"))
    text_en = models.TextField(_("what is asked, in English"), blank=True)

    class Meta(Case.Meta):
        verbose_name = _("reminder or supervision")
        verbose_name_plural = _("reminders and supervision")
        ordering: ClassVar = ("due_at", "-pk")
        indexes = (models.Index(fields=("body", "state"), name="supervision_mine"),)
        constraints = (
            models.UniqueConstraint(
                fields=("number",), condition=Q(void=False) & ~Q(number=""), name="supervision_number_once",
                violation_error_message=_("Another sheet has this number."),
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.task}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        if oversees(user):
            return EVERYBODY
        return Q(body__in=answering(user)) & ~Q(state__in=("draft", "proposed", "refused")) if inside(user) else NOBODY
