"""Parameters and the calendar at the office."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.desk.desk import Column, Desk
from hanfeng.kernel.pack import Pack
from hanfeng.kernel.roles import Role

from .models import Day, Setting

KEEPER = Role("rule.keeper", _("keeper of parameters"), _("Enters new versions of parameters and the yearly calendar."))
VALUE = Column("value", _("value"), lambda setting: setting.value_title)
UNIT = Column("unit", _("unit"), lambda setting: setting.unit_title)

pack = Pack(
    name="rule",
    title=_("Parameters"),
    owner=_("plan office"),
    serves=(),
    face=None,
    icon="sliders",
    roles=(KEEPER,),
    desks=(
        Desk(
            Setting,
            columns=("title", VALUE, UNIT, "starts", "ends", "confidence", "source"),
            filters=("confidence",),
            search=("title", "title_en", "name", "source"),
            form=(
                "name",
                "title",
                "title_en",
                "value",
                "unit",
                "starts",
                "ends",
                "source",
                "clause",
                "confidence",
                "note",
            ),
            write=(KEEPER,),
            order=("name", "starts"),
            files=True,
        ),
        Desk(
            Day,
            columns=("date", "kind", "name", "source", "confidence"),
            filters=("kind", "confidence"),
            search=("name", "source"),
            form=("date", "kind", "name", "name_en", "source", "confidence"),
            write=(KEEPER,),
            order=("-date",),
        ),
    ),
)
