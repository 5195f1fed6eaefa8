"""The interface for other systems: its pages belong to the whole house."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.pack import Pack

pack = Pack(
    name="rest",
    title=_("Interface for other systems"),
    owner=_("plan office"),
    serves=(),
    face=None,
    icon="link",
)
