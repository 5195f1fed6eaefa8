"""The room of stations and their values, as one value."""

from datetime import timedelta

from django.urls import path
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.base.parameter import Confidence, Parameter
from hanfeng.kernel.desk.desk import Desk
from hanfeng.kernel.job.timers import Timer
from hanfeng.kernel.pack import Pack

from . import archiving, live, pages, seed
from .models import Datastream, Thing
from .scope import DEVICE, KEEPER, READER
from .tidy import PARAMETERS, remove_old_frames

pack = Pack(
    name="sense",
    title=_("Stations and values"),
    owner=_("plan office"),
    serves=(),
    face=pages.face,
    icon="target",
    about=_("Every station, what it measures, its last values, and how complete and how good they are."),
    roles=(KEEPER, READER, DEVICE),
    desks=(
        Desk(
            Thing,
            columns=("name", "code", "kind", "pack"),
            filters=("kind",),
            search=("name", "name_en", "code"),
            form=("name", "name_en", "code", "kind", "description"),
            facts=("name", "code", "kind", "pack", "description"),
            write=(KEEPER,),
            order=("name", "pk"),
        ),
        Desk(
            Datastream,
            columns=("thing", "name", "code", "interval"),
            search=("name", "name_en", "code"),
            facts=("thing", "name", "code", "sensor", "observed_property", "interval", "description"),
            order=("thing", "pk"),
        ),
    ),
    pages=(
        path("things/<int:pk>/", pages.thing, name="sense-thing"),
        path("datastreams/<int:pk>/", pages.datastream, name="sense-datastream"),
    ),
    parameters=(
        *PARAMETERS,
        (
            Parameter(
                archiving.MONTHS, 13, "month", "", confidence=Confidence.OURS,
                note="Whole months that stay in the table; older ones move to the archive. 0: none moves by itself.",
            ),
            "观测值在库月数", "Months of observations kept in the table",
        ),
    ),
    jobs=(archiving.ARCHIVE,),
    timers=(
        Timer("sense.raw", timedelta(hours=1), remove_old_frames),
        Timer("sense.live", timedelta(seconds=10), live.feed),
        Timer("sense.archive", timedelta(days=1), archiving.look),
    ),
    live=seed.LIVE,
    verbs={"place": _("put in its place")},
    seed=seed.fill,
)  # fmt: skip
