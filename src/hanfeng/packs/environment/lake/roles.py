"""Who works with the water."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Role

OFFICER = Role("lake.officer", _("water monitoring officer"), _("Keeps sites and samples of lake and rivers."))
