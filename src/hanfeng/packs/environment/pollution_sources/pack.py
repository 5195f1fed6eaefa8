"""Sources of pollution: the pack as one value."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Desk, Pack, Timer

from . import pages, seed
from .alarms import ALARMS, EVENTS
from .deriving import derive
from .flow import NOTICES, handling
from .models import Limit, Outlet, SourceNotice
from .parameters import PARAMETERS
from .roles import CHIEF, FIRM, OFFICER

pack = Pack(
    name="pollution_sources",
    title=_("Sources of pollution"),
    owner=_("ecology and environment bureau"),
    serves=("source-auto-monitor",),
    face=pages.face,
    icon="factory",
    about=_(
        "Outlets watched by their devices: what exceeds its licence, what is not transmitted, what firms must explain."
    ),
    roles=(OFFICER, CHIEF, FIRM),
    desks=(
        Desk(
            Outlet,
            columns=("body", "number", "medium", "facility", "permit", "town"),
            filters=("medium", "town"),
            search=("body__name", "body__name_en", "number", "permit", "facility", "facility_en", "thing__code"),
            form=("thing", "body", "number", "permit", "medium", "facility", "facility_en", "oxygen", "town"),
            facts=("body", "number", "permit", "medium", "facility", "oxygen", "town", "thing"),
            write=(OFFICER,),
            order=("body", "number"),
            template="pollution_sources/outlet_record.html",
            tail=pages.outlet_tail,
        ),
        Desk(
            Limit,
            columns=("outlet", "factor", "basis", "value", "starts", "ends", "source"),
            filters=("factor", "basis"),
            search=("outlet__body__name", "outlet__number", "source"),
            form=("outlet", "factor", "basis", "value", "starts", "ends", "source", "source_en"),
            facts=("outlet", "factor", "basis", "value", "starts", "ends", "source"),
            write=(OFFICER,),
            order=("outlet", "factor", "basis", "-starts"),
            files=True,
        ),
        Desk(
            SourceNotice,
            columns=("outlet", "kind", "factor", "state", "began", "due_at", "cause"),
            filters=("kind", "state", "cause"),
            search=("outlet__body__name", "outlet__body__name_en", "outlet__number", "facts"),
            form=(
                "outlet",
                "kind",
                "factor",
                "began",
                "ended",
                "facts",
                "facts_en",
                "explanation_en",
                "finding",
                "finding_en",
                "cause",
            ),
            facts=("outlet", "kind", "factor", "began", "ended", "facts", "explanation", "finding", "cause"),
            write=(OFFICER,),
            flow=handling,
            order=("due_at", "-pk"),
            files=True,
            template="pollution_sources/notice_record.html",
            tail=pages.notice_tail,
        ),
    ),
    pages=pages.ADDRESSES,
    parameters=PARAMETERS,
    timers=(Timer("pollution_sources.derive", timedelta(minutes=5), derive),),
    notices=NOTICES,
    alarms=ALARMS,
    events=EVENTS,
    seed=seed.fill,
    live=seed.LIVE,
)
