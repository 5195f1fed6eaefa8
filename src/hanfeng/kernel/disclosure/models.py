"""An edition is what is published of a pack's secret figures for one period; its cells, and what stands behind them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.base.period import Period
from hanfeng.kernel.flow.models import Case
from hanfeng.kernel.record.models import Reader
from hanfeng.kernel.roles import signed_in


class Edition(Case):
    """The breakdowns of one period as drafted: `content` is what may be read, numbers left out are not in it."""

    pack = models.CharField(_("pack"), max_length=60)
    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("English title"), max_length=120, blank=True)
    period = models.CharField(_("period"), max_length=24)
    as_of = models.DateField(_("as of"))
    after = models.PositiveIntegerField(default=0, editable=False)
    """The newest published edition of the pack that this one was decided beside; 0 where there was none."""
    left_out = models.PositiveIntegerField(_("cells left out"), default=0)
    content = models.JSONField(_("content"), default=dict, editable=False)

    class Meta(Case.Meta):
        verbose_name = _("statistical edition")
        verbose_name_plural = _("statistical editions")
        ordering: ClassVar = ("-as_of", "-pk")
        indexes = (models.Index(fields=("pack", "period", "-id"), name="edition_newest"),)

    def __str__(self) -> str:
        return f"{self.title} {Period.parse(self.period).start.year} ({self.as_of})"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        """What an edition says may be published: whoever is signed in may read it."""
        return signed_in(user)


class Inside(models.Model):
    """What stands behind one cell of an edition, kept to judge later editions. No page, list, export or interface shows it."""

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="inside")
    cell = models.CharField(max_length=200)
    out = models.CharField(max_length=12, blank=True)
    amounts = models.JSONField(default=list)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("edition", "cell"), name="inside_once"),)

    def __str__(self) -> str:
        return f"{self.edition_id} {self.cell}"
