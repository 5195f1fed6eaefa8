"""The words of the survey: areas of the questionnaire, groups of people, what became of a visit."""

from __future__ import annotations

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Area(TextChoices):
    """The four areas whose points make 100 (see parameters.toml)."""

    KNOWLEDGE = "knowledge", _("scientific knowledge")
    METHOD = "method", _("scientific method")
    SPIRIT = "spirit", _("scientific spirit and thought")
    USE = "use", _("using science")


class Sex(TextChoices):
    MALE = "male", _("male")
    FEMALE = "female", _("female")


class Age(TextChoices):
    """Bands, not birthdays: no more is needed for the weights."""

    A18 = "18-29", _("18–29 years")
    A30 = "30-39", _("30–39 years")
    A40 = "40-49", _("40–49 years")
    A50 = "50-59", _("50–59 years")
    A60 = "60-69", _("60–69 years")


class Education(TextChoices):
    PRIMARY = "primary", _("primary school or less")
    JUNIOR = "junior", _("junior secondary school")
    SENIOR = "senior", _("senior secondary or vocational school")
    COLLEGE = "college", _("college or university")


class Dwelling(TextChoices):
    URBAN = "urban", pgettext_lazy("where somebody lives", "urban")
    RURAL = "rural", pgettext_lazy("where somebody lives", "rural")


class Variable(TextChoices):
    """By what the sample is put in proportion."""

    SEX = "sex", _("sex")
    AGE = "age", _("age")
    EDUCATION = "education", _("education")
    DWELLING = "dwelling", _("town or country")


GROUPS: dict[str, type[TextChoices]] = {
    Variable.SEX.value: Sex, Variable.AGE.value: Age, Variable.EDUCATION.value: Education, Variable.DWELLING.value: Dwelling,
}  # fmt: skip
CATEGORIES = [(Variable(name).label, [(c.value, c.label) for c in kind]) for name, kind in GROUPS.items()]
VARIABLE_OF = {c.value: name for name, kind in GROUPS.items() for c in kind}


class Outcome(TextChoices):
    """What became of a visit, and so of an address; `open` is an address that nobody visited."""

    OPEN = "open", _("to be visited")
    COMPLETE = "complete", _("interviewed")
    ABSENT = "absent", _("nobody met")
    REFUSED = "refused", pgettext_lazy("an interview", "refused")
    UNFIT = "unfit", _("nobody of the age lives there")


TOLD = (Outcome.COMPLETE, Outcome.ABSENT, Outcome.REFUSED, Outcome.UNFIT)
"""What an interviewer may report."""
AGAIN = (Outcome.OPEN, Outcome.ABSENT)
"""Addresses that may be visited (again)."""


class Household(IntegerChoices):
    """How many people of the age live at the address; five stands for five and more."""

    ONE = 1, "1"
    TWO = 2, "2"
    THREE = 3, "3"
    FOUR = 4, "4"
    FIVE = 5, "5+"
