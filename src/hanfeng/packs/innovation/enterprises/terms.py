"""The words a file is written in: industries, stages, kinds of honour."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from hanfeng.commons.bodies.terms import Industry, Stage

__all__ = ("Ending", "Industry", "Kind", "Stage", "Status")


class Status(TextChoices):
    """Whether the firm is here."""

    ACTIVE = "active", _("in operation")
    CLOSED = "closed", _("closed")
    MOVED = "moved", _("moved out of the district")


class Kind(TextChoices):
    """Titles a firm may hold. The municipal register of sci-tech enterprises and the national technology SME differ."""

    HIGH_TECH = "high-tech", _("high-tech enterprise")
    SCI_TECH = "sci-tech", _("sci-tech enterprise (municipal register)")
    TECH_SME = "tech-sme", _("technology SME (national evaluation)")
    INNOVATIVE = "innovative-sme", _("innovative SME")
    SPECIALISED = "specialised-sme", _("specialised and sophisticated SME")
    GIANT = "little-giant", _("specialised and sophisticated “little giant”")
    IP_ADVANTAGE = "ip-advantage", _("national IP-advantage enterprise")
    IP_MODEL = "ip-model", _("national IP model enterprise")


class Ending(TextChoices):
    """Why an honour ended before its day."""

    RENEWED = "renewed", _("renewed before its end")
    REVOKED = "revoked", _("revoked")
    GIVEN_UP = "given-up", _("given up or no longer eligible")
    CLOSED = "closed", _("enterprise closed")
    MOVED = "moved", _("enterprise moved out of the district")
