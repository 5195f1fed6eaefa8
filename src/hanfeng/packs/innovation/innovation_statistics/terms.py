"""The words of the returns: how they come, and what a project is."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Mode(TextChoices):
    """Whether returns are copies of the statutory survey, or a survey of the district's own under an approval."""

    IMPORT = "import", _("copies of the statutory forms, coached before filing")
    OWN = "own", _("own survey under an approval")


class State(TextChoices):
    CALLED = "called", _("called")
    FILLED = "filled", _("filled")
    CHECKED = "checked", _("checked")
    AUDITED = "audited", _("audited")
    ACCEPTED = "accepted", _("accepted")
    RETURNED = "returned", pgettext_lazy("state of a return", "sent back")
    EXCUSED = "excused", _("not due")


class Origin(TextChoices):
    """Where a project comes from, as form 107-1 asks."""

    NATIONAL = "national", _("national programme")
    LOCAL = "local", _("programme of the city or the district")
    OTHER_FIRM = "other-firm", _("commissioned by another enterprise")
    OWN = "own", _("chosen by the firm itself")
    ABROAD = "abroad", _("from abroad")
    OTHER = "other", pgettext_lazy("origin of a project", "other")


class Activity(TextChoices):
    BASIC = "basic", _("basic research")
    APPLIED = "applied", _("applied research")
    EXPERIMENTAL = "experimental", _("experimental development")
