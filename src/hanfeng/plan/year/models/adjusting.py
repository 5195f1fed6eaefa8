"""The adjustment of a target: proposed and argued here, decided by the authority that made the plan."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, TextChoices
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.flow.models import Case
from hanfeng.kernel.record.models import Reader
from hanfeng.kernel.roles import EVERYBODY, NOBODY
from hanfeng.plan.models import Plan, Target
from hanfeng.plan.year.roles import inside


class AdjustmentState(TextChoices):
    PROPOSED = "proposed", pgettext_lazy("adjustment", "proposed: basis")
    ARGUED = "argued", pgettext_lazy("adjustment", "proposed: argued by experts")
    CONSULTED = "consulted", pgettext_lazy("adjustment", "proposed: opinions heard")
    DELIBERATED = "deliberated", pgettext_lazy("adjustment", "proposed: deliberated")
    ISSUED = "issued", pgettext_lazy("adjustment", "issued, in force")
    RECORDED = "recorded", pgettext_lazy("adjustment", "put on record")
    REFUSED = "refused", pgettext_lazy("adjustment", "not adjusted")


ENDS = frozenset({AdjustmentState.RECORDED, AdjustmentState.REFUSED})
OPEN = tuple(str(state.value) for state in AdjustmentState if state not in ENDS | {AdjustmentState.ISSUED})

DECIDED = ("plan_id", "target_id", "goal", "goal_high", "ends", "effective", "decided_by_id", "meeting", "decided_on",
           "number", "issued_on", "basis", "experts", "opinions")  # fmt: skip
"""What no form changes once the decision is entered."""


class Adjustment(Case):
    """A proposal to change what a target wants. Until the authority's decision is entered it changes nothing.

    The files of the record are the papers of each step; the deciding document is one of them.
    """

    named_by: ClassVar[tuple[str, ...]] = ("target",)

    plan = models.ForeignKey(Plan, models.PROTECT, verbose_name=_("plan"), related_name="adjustments")
    target = models.ForeignKey(Target, models.PROTECT, verbose_name=_("target"), related_name="adjustments")
    goal = models.FloatField(_("new target"), null=True, blank=True)
    goal_high = models.FloatField(_("new upper target"), null=True, blank=True)
    ends = models.DateField(_("new last day"), null=True, blank=True)
    effective = models.DateField(_("to hold from"))
    basis = models.TextField(_("basis of evaluation"))
    basis_en = models.TextField(_("basis of evaluation, in English"), blank=True)
    experts = models.TextField(_("argument of the experts"), blank=True)
    opinions = models.TextField(_("opinions heard and how each was taken"), blank=True)
    decided_by = models.ForeignKey(
        Body, models.PROTECT, verbose_name=_("decided by"), null=True, blank=True, related_name="+"
    )
    meeting = models.CharField(_("meeting that decided"), max_length=160, blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    number = models.CharField(_("document number"), max_length=60, blank=True)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    recorded_with = models.ForeignKey(
        Body, models.PROTECT, verbose_name=_("put on record with"), null=True, blank=True, related_name="+"
    )
    recorded_on = models.DateField(_("put on record on"), null=True, blank=True)

    class Meta(Case.Meta):
        verbose_name = _("adjustment of a target")
        verbose_name_plural = _("adjustments of targets")
        ordering: ClassVar = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("target",), condition=Q(void=False, state__in=OPEN), name="adjustment_open_once",
                violation_error_message=_("An adjustment of this target is under way already."),
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.target} · {self._meta.verbose_name}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return EVERYBODY if inside(user) else NOBODY

    def clean(self) -> None:
        """The target belongs to the plan, something changes, and what was decided stays as it was decided."""
        if self.target_id and self.plan_id and self.target.plan_id != self.plan_id:
            raise ValidationError({"target": gettext("The target belongs to another plan.")})
        if self.goal is None and self.goal_high is None and self.ends is None:
            raise ValidationError(
                {"goal": gettext("Say what is to change: the target, its upper end or its last day.")}
            )
        if self.pk and self.state not in OPEN:
            kept = type(self).everything.filter(pk=self.pk).values(*DECIDED).first() or {}
            if any(getattr(self, name) != value for name, value in kept.items()):
                raise ValidationError(gettext("What was decided stays as it was decided."))
        if self.goal is not None and self.goal_high is not None and self.goal_high < self.goal:
            raise ValidationError({"goal_high": gettext("The upper target lies below the target.")})
