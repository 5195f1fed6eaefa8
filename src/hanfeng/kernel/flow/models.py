"""A case: a record that moves through a flow and must arrive in time."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.record.models import Record


class Case(Record):
    """A record with a state. `spent` keeps what each state has used of its limit, so that a stopped clock carries on."""

    state = models.CharField(_("state"), max_length=24, editable=False)
    entered_at = models.DateTimeField(_("in this state since"), null=True, editable=False)
    due_at = models.DateTimeField(_("due"), null=True, editable=False)
    spent = models.JSONField(default=dict, editable=False)
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("filed by"),
    )

    class Meta(Record.Meta):
        abstract = True
