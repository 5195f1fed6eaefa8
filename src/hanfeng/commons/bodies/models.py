"""Bodies and what becomes of them."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Reader, Record, local, signed_in
from hanfeng.kernel.pure import CodeError, check_uscc


class Body(Record):
    """An organisation. When a reform ends it, its successor takes over what it owed; its history keeps its name."""

    class Kind(models.TextChoices):
        GOVERNMENT = "government", _("government")
        DEPARTMENT = "department", _("department")
        MECHANISM = "mechanism", _("leading group or joint meeting")
        ZONE = "zone", _("zone administration")
        TOWN = "town", _("town or sub-district office")
        ASSOCIATION = "association", _("association")
        INSTITUTE = "institute", _("institute")
        HOSPITAL = "hospital", _("hospital")
        ENTERPRISE = "enterprise", _("enterprise")
        BANK = "bank", _("bank")

    slug = models.SlugField(_("id"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=160, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    code = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    starts = models.DateField(_("exists from"), null=True, blank=True)
    ends = models.DateField(_("exists until"), null=True, blank=True)
    successor = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("successor"), null=True, blank=True, related_name="predecessors"
    )
    source = models.CharField(_("source"), max_length=200, blank=True)
    note = models.CharField(_("note"), max_length=240, blank=True)
    note_en = models.CharField(_("note in English"), max_length=240, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("body")
        verbose_name_plural = _("bodies")
        ordering: ClassVar = ("kind", "slug")
        indexes = (
            models.Index(fields=("name",), name="body_name"),
            models.Index(fields=("kind", "slug"), name="body_list"),
        )
        constraints = (models.UniqueConstraint(fields=("code",), condition=~Q(code=""), name="body_code"),)

    def __str__(self) -> str:
        return str(local(self, "name"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        """Every officer sees every body; an enterprise's people see public bodies and their own."""
        from hanfeng.commons.people.models import bodies_of, is_officer

        if is_officer(user):
            return signed_in(user)
        return signed_in(user) & (~Q(kind=cls.Kind.ENTERPRISE) | Q(pk__in=bodies_of(user)))

    def clean(self) -> None:
        if self.code:
            try:
                self.code = check_uscc(self.code)
            except CodeError as why:
                raise ValidationError({"code": gettext(why.template) % why.params}) from why
        if self.starts and self.ends and self.starts >= self.ends:
            raise ValidationError({"ends": _("It must end after it starts.")})
        if self.successor_id and self.successor_id == self.pk:
            raise ValidationError({"successor": _("A body does not succeed itself.")})

    def stands(self, day: date) -> bool:
        """Whether the body exists on a day."""
        return (self.starts is None or self.starts <= day) and (self.ends is None or day < self.ends)

    def on(self, day: date) -> Body:
        """Who answers for this body on a day: itself, or the successor that stands then."""
        body, seen = self, {self.pk}
        while not body.stands(day) and body.successor and body.successor_id not in seen:
            body = body.successor
            seen.add(body.pk)
        return body
