"""The room of the log: its pages are the audit administrator's."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.pack import Pack

pack = Pack(name="watch", title=_("Log"), owner=_("plan office"), serves=(), face=None, icon="shield")
