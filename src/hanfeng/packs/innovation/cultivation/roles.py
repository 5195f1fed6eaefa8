"""Who does what in the cultivation libraries."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Role

OFFICER = Role(
    "cultivation.officer",
    _("cultivation officer"),
    _("Proposes enterprises for a library, screens them, follows their plans."),
)
APPROVER = Role(
    "cultivation.approver", _("cultivation approver"), _("Decides on entry and on the end of what others proposed.")
)
