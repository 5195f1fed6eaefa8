"""Editions at the office."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.desk.desk import Desk
from hanfeng.kernel.pack import Pack

from . import pages
from .flow import release
from .models import Edition
from .parameters import PARAMETERS

pack = Pack(
    name="disclosure",
    title=_("Statistical editions"),
    owner=_("statistics bureau"),
    serves=(),
    face=None,
    icon="eye",
    about=_("Breakdowns of secret figures as they may be published, with what had to be left out."),
    desks=(
        Desk(
            Edition,
            columns=("title", "period", "as_of", "left_out", "state", "filed_by"),
            filters=("state", "pack", "period"),
            search=("title", "title_en"),
            facts=("title", "period", "as_of", "left_out", "state", "filed_by"),
            flow=release,
            order=("-as_of", "-pk"),
            template="disclosure/edition_record.html",
            tail=pages.tail,
        ),
    ),
    parameters=PARAMETERS,
)
