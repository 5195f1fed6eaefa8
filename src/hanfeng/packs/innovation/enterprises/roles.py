"""Who does what with the files of enterprises."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Role

OFFICER = Role(
    "enterprises.officer", _("enterprise officer"), _("Keeps the files, honours and yearly figures of enterprises.")
)
FIRM = Role(
    "enterprises.firm", _("enterprise account"), _("Reads the file of the account's own enterprise, nothing else.")
)
