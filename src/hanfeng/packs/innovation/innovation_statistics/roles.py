"""Who does what with R&D statistics."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Role

OFFICER = Role(
    "innovation_statistics.officer",
    _("statistics officer"),
    _("Calls returns, checks them, sends them back with a reason; sees every return."),
)
AUDITOR = Role(
    "innovation_statistics.auditor",
    _("statistics auditor"),
    _("Audits and accepts what others called and checked; drafts editions for publication."),
)
FIRM = Role(
    "innovation_statistics.firm",
    _("statistics clerk of an enterprise"),
    _("Fills and mends the returns of the account's own enterprise, sees nothing else."),
)
