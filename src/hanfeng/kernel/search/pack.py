"""The room of search: one page for everybody who signs in."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.pack import Pack

pack = Pack(name="search", title=_("Search"), owner=_("plan office"), serves=(), face=None, icon="search")
