"""The words of the register: what an institution is for, its kinds and ranks, why a recognition ended."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(TextChoices):
    """Kinds of recognition. The first group does research, the second serves those who do."""

    KEY_LAB = "key-lab", _("key laboratory")
    TECHNOLOGY = "technology", _("technology innovation centre")
    ENGINEERING = "engineering", _("engineering research centre")
    ENTERPRISE = "enterprise", _("enterprise technology centre")
    INDUSTRIAL = "industrial", _("industrial technology innovation centre")
    COLLABORATIVE = "collaborative", _("industry collaborative innovation centre")
    MANUFACTURING = "manufacturing", _("manufacturing innovation centre")
    INDUSTRY = "industry", _("industry innovation centre")
    NEW_TYPE = "new-type", _("new-type R&D institution")
    INSTITUTE = "institute", _("research institute or its branch")
    ACADEMICIAN = "academician", _("academician and expert workstation")
    POSTDOC = "postdoc", _("post-doctoral workstation")
    JOINT_BASE = "joint-base", _("industry-university-research base")
    S_RESEARCH = "s-research", _("specialised R&D service")
    S_CONSULTING = "s-consulting", _("technical consulting service")
    S_TESTING = "s-testing", _("inspection, testing and certification service")
    S_ASSESSMENT = "s-assessment", _("technology assessment service")
    S_TRADING = "s-trading", _("technology trading service")
    S_IP = "s-ip", _("intellectual property service")
    S_TRANSFER = "s-transfer", _("technology transfer service")
    S_FINANCE = "s-finance", _("science finance service")


SERVICE = tuple(kind.value for kind in Kind if kind.value.startswith("s-"))
RESEARCH = tuple(kind.value for kind in Kind if kind.value not in SERVICE)


class Rank(IntegerChoices):
    """Who recognised it; the lower the number, the higher the rank."""

    NATIONAL = 1, pgettext_lazy("rank of recognition", "national")
    MUNICIPAL = 2, pgettext_lazy("rank of recognition", "municipal")
    DISTRICT = 3, pgettext_lazy("rank of recognition", "district")


class Field(TextChoices):
    """Fields of work, as a district speaks of its industries and of what is no industry."""

    ELECTRONICS = "electronics", _("electronics and information")
    BIOMEDICINE = "biomedicine", _("biomedicine")
    EQUIPMENT = "equipment", _("equipment manufacturing")
    HOME = "home", _("home and building materials")
    ENERGY = "energy", _("energy and environmental protection")
    FARMING = "farming", _("farming and food")
    HEALTH = "health", _("health and Chinese medicine")
    GENERAL = "general", _("no single field")


class Ending(TextChoices):
    """Why a recognition ended early."""

    UPGRADED = "upgraded", _("raised to a higher rank")
    MERGED = "merged", _("merged with another")
    FAILED = "failed", _("failed its review")
    WITHDRAWN = "withdrawn", _("withdrawn by the authority")
    DISSOLVED = "dissolved", _("institution dissolved")
