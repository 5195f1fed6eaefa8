"""Air: the pack as one value."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Column, Desk, Pack, Searched

from . import pages, seed
from .alarms import ALARMS, EVENTS
from .counting import TIMERS
from .indicators import INDICATORS
from .models import AirDay, Site
from .parameters import PARAMETERS
from .roles import OFFICER
from .terms import SIGNS

PRIMARY = Column("causes", _("primary pollutants"), lambda day: " ".join(SIGNS[p] for p in day.primary))

pack = Pack(
    name="air",
    title=_("Air quality"),
    owner=_("ecology and environment bureau"),
    serves=("env-monitor-system",),
    face=pages.face,
    icon="globe",
    about=_("The air now, where and why; days of good air; what heavy pollution orders."),
    roles=(OFFICER,),
    desks=(
        Desk(
            Site,
            columns=("thing", "control", "counts", "area_class", "town"),
            filters=("control", "town"),
            search=("thing__name", "thing__name_en", "thing__code"),
            form=("thing", "control", "counts", "area_class", "town", "order"),
            write=(OFFICER,),
            order=("order", "pk"),
            template="air/site_record.html",
            tail=pages.site_tail,
        ),
        Desk(
            AirDay,
            columns=("day", "aqi", "level", PRIMARY, "pm25", "pm10", "o3", "no2", "so2", "co", "stations", "origin"),
            filters=("level", "origin"),
            search=("document",),
            facts=(
                "day",
                "aqi",
                "level",
                PRIMARY,
                "pm25",
                "pm10",
                "o3",
                "no2",
                "so2",
                "co",
                "stations",
                "document",
                "origin",
            ),
            form=("day", "pm25", "pm10", "o3", "no2", "so2", "co", "stations", "origin"),
            write=(OFFICER,),
            order=("-day",),
            files=True,
            searched=Searched(off=True),
        ),
    ),
    pages=(path("points.json", pages.points, name="air-points"),),
    indicators=INDICATORS,
    parameters=PARAMETERS,
    alarms=ALARMS,
    events=EVENTS,
    timers=TIMERS,
    live=seed.LIVE,
    seed=seed.fill,
)
