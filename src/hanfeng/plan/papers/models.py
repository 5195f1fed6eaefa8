"""A paper, its editions, and what others say to it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.roles import OFFICER as DISTRICT
from hanfeng.kernel.desk.wording import fault_text
from hanfeng.kernel.flow.models import Case
from hanfeng.kernel.pure import Fault
from hanfeng.kernel.record.models import Reader, Record
from hanfeng.kernel.roles import EVERYBODY, NOBODY, holds
from hanfeng.plan.models import Plan
from hanfeng.plan.report.linked import Draft, draft_of
from hanfeng.plan.report.reread import Finding
from hanfeng.plan.roles import CONTACT, LEADER, OFFICER
from hanfeng.standards import gbt9704

from .roles import REVIEWER


class State(TextChoices):
    DRAFT = "draft", pgettext_lazy("state of a paper", "being drafted")
    COMMENTS = "comments", pgettext_lazy("state of a paper", "out for comments")
    CHECK = "check", pgettext_lazy("state of a paper", "waiting for review")
    SIGN = "sign", pgettext_lazy("state of a paper", "waiting for signature")
    APPROVED = "approved", pgettext_lazy("state of a paper", "approved")
    WITHDRAWN = "withdrawn", pgettext_lazy("state of a paper", "given up")


def readers(user: Reader) -> Q:
    """Papers are for those who work for the district or on the plan."""
    return EVERYBODY if holds(user, DISTRICT, LEADER, OFFICER, CONTACT, REVIEWER) else NOBODY


class Paper(Case):
    """A report on a plan in official form, from its first draft to the signature; `frozen` is the evaluation it states."""

    class Kind(TextChoices):
        EVALUATION = "evaluation", _("evaluation report")
        NEXT_PLAN = "next-plan", _("draft figures of the next plan")

    class Stage(TextChoices):
        PRELIMINARY = "preliminary", pgettext_lazy("stage of an evaluation", "preliminary")
        FINAL = "final", pgettext_lazy("stage of an evaluation", "final")

    named_by: ClassVar = ("plan",)

    plan = models.ForeignKey(Plan, models.PROTECT, verbose_name=_("plan"), related_name="papers")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    stage = models.CharField(pgettext_lazy("paper", "stage"), max_length=12, choices=Stage.choices, blank=True)
    title = models.CharField(_("title"), max_length=240)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    as_of = models.DateField(_("as of"))
    number = models.CharField(_("document number"), max_length=60, blank=True)
    replaces = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("replaces"), null=True, blank=True, related_name="replaced_by"
    )
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("reviewed by"),
        null=True,
        editable=False,
        related_name="+",
    )
    frozen = models.JSONField(default=dict, editable=False)

    class Meta(Case.Meta):
        verbose_name = _("paper")
        verbose_name_plural = _("papers")
        ordering: ClassVar = ("-as_of", "-pk")
        indexes = (models.Index(fields=("-as_of", "-id"), name="paper_list"),)

    def __str__(self) -> str:
        return self.title

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return readers(user)

    def clean(self) -> None:
        if self.number:
            try:
                self.number = str(gbt9704.document_number(self.number))
            except Fault as why:
                raise ValidationError({"number": fault_text(why)}) from why


class OfPaper(Record):
    """What belongs to a paper is seen by those who see papers."""

    named_by: ClassVar[tuple[str, ...]] = ("paper",)

    paper = models.ForeignKey(Paper, models.PROTECT, verbose_name=_("paper"), related_name="%(class)ss")

    class Meta(Record.Meta):
        abstract = True

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return readers(user)


class Edition(OfPaper):
    """One state of the text, never changed: a draft, an edited copy that came back, or what was marked on its way."""

    class Origin(TextChoices):
        DRAFTED = "drafted", pgettext_lazy("origin of an edition", "drafted from the data")
        EDITED = "edited", pgettext_lazy("origin of an edition", "edited copy")
        SETTLED = "settled", pgettext_lazy("origin of an edition", "figures settled")
        MARKED = "marked", pgettext_lazy("origin of an edition", "taken over unchanged")

    class Mark(TextChoices):
        COMMENTS = "comments", _("draft for comments")
        REVIEW = "review", _("draft for approval")
        APPROVED = "approved", _("approved text")

    no = models.PositiveSmallIntegerField(_("edition"), validators=(MinValueValidator(1),))
    origin = models.CharField(_("origin"), max_length=10, choices=Origin.choices)
    mark = models.CharField(_("mark"), max_length=10, choices=Mark.choices, blank=True)
    base = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("made from"), null=True, blank=True, related_name="+"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("author"), null=True, blank=True, related_name="+"
    )
    note = models.CharField(_("note"), max_length=240, blank=True)
    content = models.JSONField(default=dict, editable=False)
    findings = models.JSONField(default=list, editable=False)
    open = models.PositiveSmallIntegerField(_("figures to settle"), default=0)

    class Meta(OfPaper.Meta):
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering: ClassVar = ("paper", "-no")
        constraints = (
            models.UniqueConstraint(
                fields=("paper", "no"), name="edition_once",
                violation_error_message=_("Somebody else has just added an edition: look at it first."),
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return _("%(paper)s, edition %(no)s") % {"paper": self.paper, "no": self.no}

    @property
    def draft(self) -> Draft:
        """The text with its links."""
        return draft_of(self.content)

    @property
    def found(self) -> tuple[Finding, ...]:
        """What was done to its figures."""
        return tuple(Finding(**row) for row in self.findings)

    @property
    def name(self) -> str:
        """What officials call it: by its mark, else by its number."""
        return str(self.get_mark_display()) if self.mark else _("edition %(no)s") % {"no": self.no}


class Opinion(OfPaper):
    """What a body says to a place of the draft, and how it was taken."""

    class Taken(TextChoices):
        ADOPTED = "adopted", pgettext_lazy("how a comment was taken", "adopted")
        PARTLY = "partly", pgettext_lazy("how a comment was taken", "adopted in part")
        REFUSED = "refused", pgettext_lazy("how a comment was taken", "not adopted")

    named_by: ClassVar = ("paper", "body")

    edition = models.ForeignKey(Edition, models.PROTECT, verbose_name=_("edition"), related_name="opinions")
    body = models.ForeignKey(Body, models.PROTECT, verbose_name=_("body"), related_name="+")
    clause = models.CharField(_("place in the text"), max_length=120, blank=True)
    text = models.TextField(_("comment"), max_length=4000)
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("entered by"), null=True, blank=True, related_name="+"
    )
    taken = models.CharField(_("how it was taken"), max_length=8, choices=Taken.choices, blank=True)
    reason = models.TextField(_("reason"), max_length=2000, blank=True)

    class Meta(OfPaper.Meta):
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering: ClassVar = ("paper", "pk")

    def __str__(self) -> str:
        return self.text[:60]

    def clean(self) -> None:
        if self.taken and self.taken != self.Taken.ADOPTED and not self.reason.strip():
            raise ValidationError(
                {"reason": _("Say why the comment is not or not fully adopted: its author reads it.")}
            )


def newest(paper: Any) -> Edition | None:
    """The edition that counts: the last one."""
    found: Edition | None = Edition.objects.filter(paper=paper).order_by("-no").first()
    return found
