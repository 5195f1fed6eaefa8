"""Who does what with the platforms."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Role

OFFICER = Role(
    "rd_platforms.officer",
    _("platform officer"),
    _("Keeps the register of R&D and service institutions, calls and examines their yearly reviews."),
)
APPROVER = Role(
    "rd_platforms.approver", _("platform approver"), _("Decides on the result of a review that others examined.")
)
HOST = Role(
    "rd_platforms.host",
    _("platform host"),
    _("Files the yearly report of the institutions of its own body, nothing else."),
)
