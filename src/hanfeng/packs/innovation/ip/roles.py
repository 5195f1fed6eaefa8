"""Who does what with patents."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Role

OFFICER = Role("ip.officer", _("patent officer"), _("Keeps the register of patents, their legal events and fees."))
HOLDER = Role("ip.holder", _("patent holder"), _("Reads the patents of its own body and is warned of their fees."))
