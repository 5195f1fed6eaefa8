"""One enterprise in one cultivation library."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Person, bodies_of, is_officer
from hanfeng.kernel.api import EVERYBODY, Case, Reader, holds, local

from .roles import APPROVER, OFFICER


class Library(TextChoices):
    """The two libraries, named after the title they lead to."""

    SCI_TECH = "sci-tech", _("sci-tech enterprise library")
    HIGH_TECH = "high-tech", _("high-tech enterprise library")


class State(TextChoices):
    PROPOSED = "proposed", _("proposed")
    SCREENING = "screening", _("being screened")
    CULTIVATING = "cultivating", _("being cultivated")
    MATERIAL = "material", _("material is lacking")
    APPLIED = "applied", _("title applied for")
    GRADUATED = "graduated", _("title won")
    LEFT = "left", _("left the library")
    REFUSED = "refused", _("not taken in")


ENDS = frozenset({State.GRADUATED, State.LEFT, State.REFUSED})
OPEN = tuple(str(state.value) for state in State if state not in ENDS)


class PoolEntry(Case):
    """An enterprise on its way through a library, with the plan made for it alone. Its papers are attached to the record."""

    named_by: ClassVar = ("body",)

    body = models.ForeignKey(Body, models.PROTECT, verbose_name=_("enterprise"), related_name="pool_entries")
    library = models.CharField(_("library"), max_length=10, choices=Library.choices)
    needs = models.TextField(_("technical needs and gaps"), blank=True)
    plan = models.TextField(_("one-to-one cultivation plan"), blank=True)
    aim = models.PositiveSmallIntegerField(
        _("year of application aimed at"),
        null=True,
        blank=True,
        validators=(MinValueValidator(2000), MaxValueValidator(2100)),
    )
    advisor = models.ForeignKey(
        Person, models.PROTECT, verbose_name=_("advisor"), null=True, blank=True, related_name="+"
    )

    class Meta(Case.Meta):
        verbose_name = _("library entry")
        verbose_name_plural = _("library entries")
        ordering: ClassVar = ("due_at", "-pk")
        indexes = (
            models.Index(fields=("due_at", "-id"), name="poolentry_list"),
            models.Index(fields=("library", "state"), name="poolentry_funnel"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("body", "library"), condition=Q(void=False, state__in=OPEN), name="poolentry_open_once",
                violation_error_message=_("The enterprise stands in this library already."),
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{local(self.body, 'name')} · {self.get_library_display()}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        """Officers see every entry; the people of an enterprise see its own."""
        if is_officer(user) or holds(user, OFFICER, APPROVER):
            return EVERYBODY
        return Q(body__in=bodies_of(user))

    def clean(self) -> None:
        if self.body_id and self.body.kind != Body.Kind.ENTERPRISE:
            raise ValidationError({"body": _("Only an enterprise can stand in a library.")})
