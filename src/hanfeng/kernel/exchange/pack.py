"""The room of sheets: its pages belong to every desk."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.pack import Pack

from .exporting import EXPORT
from .importing import SURVEY, TAKE, TAKE_BACK

pack = Pack(
    name="exchange",
    title=_("Sheets in and out"),
    owner=_("plan office"),
    serves=(),
    face=None,
    icon="table",
    jobs=(SURVEY, TAKE, TAKE_BACK, EXPORT),
)
