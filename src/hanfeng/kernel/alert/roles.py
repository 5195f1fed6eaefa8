"""Who watches, who decides, who signs."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.roles import Role

DUTY = Role("alert.duty", _("duty officer"), _("Watches alerts, leads incidents, drafts warnings."))
SIGNER = Role("alert.signer", _("signer of warnings"), _("Signs warnings of the levels that the body may issue."))
RELEASER = Role("alert.releaser", _("releaser of warnings"), _("Sends signed warnings out and takes them back."))
KEEPER = Role("alert.keeper", _("keeper of alert rules"), _("Keeps limits and channels; changes leave a history."))
EVERYONE = (DUTY, SIGNER, RELEASER, KEEPER)
