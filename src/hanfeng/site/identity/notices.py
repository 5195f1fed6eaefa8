"""What people are told of their own accounts."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.notify.notice import Notice

LOCKED = Notice(
    "identity.locked",
    _("Sign-in to your account was locked"),
    _(
        "There were too many failed tries. It opens again in %(minutes)s minutes. "
        "If this was not you, tell the security administrator."
    ),
    urgent=True,
)
PASSWORD = Notice(
    "identity.password",
    _("Your password was changed"),
    _("All sessions of your account have ended. If this was not you, tell the security administrator at once."),
    urgent=True,
)
FACTOR = Notice(
    "identity.factor",
    _("The second factor of your account was changed"),
    _("If this was not you, tell the security administrator at once."),
    urgent=True,
)
ROLES = Notice(
    "identity.roles",
    _("Your roles were changed"),
    _("The security administrator changed what you may do here: %(roles)s."),
)
NOTICES = (LOCKED, PASSWORD, FACTOR, ROLES)
