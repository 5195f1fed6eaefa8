"""Official documents."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import is_officer
from hanfeng.kernel.api import EVERYBODY, NOBODY, Reader, Record, local


class Document(Record):
    """A document with its number (发文字号), issuer and day; its file is an attachment of the record."""

    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("English title"), max_length=240, blank=True)
    number = models.CharField(_("document number"), max_length=60, blank=True)
    issuer = models.ForeignKey(Body, models.PROTECT, verbose_name=_("issued by"), null=True, blank=True)
    issued = models.DateField(_("issued on"), null=True, blank=True)
    address = models.CharField(_("web address"), max_length=400, blank=True)
    public = models.BooleanField(_("public"), default=False)

    class Meta(Record.Meta):
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering: ClassVar = ("-issued", "-pk")

    def __str__(self) -> str:
        return str(local(self, "title"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        """Public documents for everybody who signs in, the others for officers."""
        if is_officer(user):
            return EVERYBODY
        return Q(public=True) if user.is_authenticated else NOBODY
