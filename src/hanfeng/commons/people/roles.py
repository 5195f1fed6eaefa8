"""The roles of the house itself."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Role

OFFICER = Role("people.officer", _("officer"), _("Works for the district: sees its bodies and registers."))
REGISTRAR = Role("people.registrar", _("registrar"), _("Keeps people, bodies and places."))
SYSTEM = Role("people.system", _("system administrator"), _("Runs the installation; decides on no business."))
SECURITY = Role("people.security", _("security administrator"), _("Gives and takes roles."))
AUDIT = Role("people.audit", _("audit administrator"), _("Reads the history and the access log; changes nothing."))
