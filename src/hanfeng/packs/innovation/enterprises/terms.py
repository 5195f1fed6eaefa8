"""The words a file is written in: industries, stages, kinds of honour."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Industry(TextChoices):
    """Industries as a district speaks of them; coarser than the national classification, which stands beside it."""

    ELECTRONICS = "electronics", _("electronics and information")
    BIOMEDICINE = "biomedicine", _("biomedicine")
    EQUIPMENT = "equipment", _("equipment manufacturing")
    HOME = "home", _("home and building materials")
    ENERGY = "energy", _("energy and environmental protection")
    FOOD = "food", _("food and farm-product processing")
    FARMING = "farming", _("farming")
    SOFTWARE = "software", _("software and information services")
    SERVICES = "services", _("other services")
    OTHER = "other", pgettext_lazy("industry", "other")


class Stage(TextChoices):
    """The three stages by which firms are guided."""

    START = "start-up", _("start-up stage")
    GROWTH = "growth", _("growth stage")
    MATURE = "mature", _("mature stage")


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
