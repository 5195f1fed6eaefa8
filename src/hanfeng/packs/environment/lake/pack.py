"""Lake and rivers: the pack as one value."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Desk, Pack

from . import pages, seed
from .alarms import ALARMS, EVENTS
from .models import Sample, Site
from .roles import OFFICER

pack = Pack(
    name="lake",
    title=_("Lake and rivers"),
    owner=_("ecology and environment bureau"),
    serves=("lake-eutrophication",),
    face=pages.face,
    icon="flask",
    about=_("The class of the water at each site, the trophic state of the lake, and signs of a bloom."),
    roles=(OFFICER,),
    desks=(
        Desk(
            Site,
            columns=("thing", "water", "target", "town", "source"),
            filters=("water", "target", "town"),
            search=("thing__name", "thing__name_en", "thing__code"),
            form=("thing", "water", "target", "town", "order", "source", "source_en"),
            facts=("thing", "water", "target", "town", "order", "source"),
            write=(OFFICER,),
            order=("order", "pk"),
            template="lake/site_record.html",
            tail=pages.site_tail,
        ),
        Desk(
            Sample,
            columns=("site", "taken", "ph", "do", "codmn", "nh3n", "tp", "tn", "chla", "sd"),
            filters=("site",),
            search=("number", "laboratory", "site__thing__name"),
            form=(
                "site", "taken", "number", "laboratory", "laboratory_en", "temperature", "ph", "do", "codmn", "nh3n", "tp", "tn",
                "chla", "sd",
            ),
            facts=("site", "taken", "number", "laboratory", "temperature", "ph", "do", "codmn", "nh3n", "tp", "tn", "chla", "sd"),
            write=(OFFICER,),
            order=("-taken", "-pk"),
            files=True,
        ),
    ),
    pages=(path("points.json", pages.points, name="lake-points"),),
    alarms=ALARMS,
    events=EVENTS,
    live=seed.LIVE,
    seed=seed.fill,
)  # fmt: skip
