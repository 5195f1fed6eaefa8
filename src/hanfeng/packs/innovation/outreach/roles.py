"""Who does what with popular science."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Role

OFFICER = Role(
    "outreach.officer",
    _("science outreach officer"),
    _("Keeps venues, activities and contests, sees who booked, records who came."),
)
