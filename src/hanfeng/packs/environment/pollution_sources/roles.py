"""Who works with the sources of pollution."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Role

OFFICER = Role(
    "pollution_sources.officer",
    _("pollution control officer"),
    _("Keeps outlets and licensed limits, sends notices to firms and checks their explanations."),
)
CHIEF = Role("pollution_sources.chief", _("head of pollution control"), _("Closes what the officers have checked."))
FIRM = Role(
    "pollution_sources.firm", _("environment officer of a firm"), _("Sees the firm's own outlets and explains notices.")
)
