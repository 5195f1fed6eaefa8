"""The role that papers add: whoever checks a text before the leader signs it."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.roles import Role

REVIEWER = Role(
    "papers.reviewer", _("reviewer of papers"), _("Checks a paper before it is signed; never one he wrote himself.")
)
