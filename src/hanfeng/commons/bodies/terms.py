"""The words in which many packs speak of firms: industries and stages of life."""

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
