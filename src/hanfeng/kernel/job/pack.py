"""The room of long work: no desk of its own, its pages are for everybody who started some."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.pack import Pack

pack = Pack(name="job", title=_("Jobs"), owner=_("plan office"), serves=(), face=None, icon="clock")
