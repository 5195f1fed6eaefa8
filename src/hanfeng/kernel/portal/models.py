"""What the public may see: snapshots, drafted by an officer and approved by another."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.flow.models import Case
from hanfeng.kernel.record.models import Reader
from hanfeng.kernel.roles import signed_in


class Snapshot(Case):
    """One page's figures, frozen on a day. The portal shows the newest approved one of each name."""

    name = models.SlugField(_("page"), max_length=80)
    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("English title"), max_length=120, blank=True)
    as_of = models.DateField(_("as of"))
    content = models.JSONField(_("content"), default=dict, editable=False)

    class Meta(Case.Meta):
        verbose_name = _("public snapshot")
        verbose_name_plural = _("public snapshots")
        ordering: ClassVar = ("-as_of", "-pk")

    def __str__(self) -> str:
        return f"{self.title} {self.as_of}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return signed_in(user)
