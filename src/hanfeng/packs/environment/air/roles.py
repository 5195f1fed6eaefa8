"""Who works with the air."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Role

OFFICER = Role("air.officer", _("air monitoring officer"), _("Keeps air stations and the daily reports of the air."))
