"""Scientific literacy of citizens: the pack as one value."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import Column, Desk, Pack

from . import indicators, pages, seed
from .flow import survey
from .models import Interviewer, Item, Slot, Total, Town, Visit, Wave
from .parameters import PARAMETERS
from .roles import APPROVER, INTERVIEWER, OFFICER

SIZE = Column("size", _("addresses planned"), lambda wave: wave.draws * wave.take, "num")
FOUND = ("share", "low", "high", "error", "deff", "valid")


def cut(text: str) -> str:
    """The beginning of an address: enough to tell the place, not the door."""
    return f"{text[:4]}…" if text else ""


pack = Pack(
    name="literacy",
    title=_("Scientific literacy"),
    owner=_("association for science and technology"),
    serves=("literacy-survey",),
    face=pages.face,
    icon="question",
    about=_("A sample survey in waves: drawn by lot, asked on a telephone that needs no network, told with its interval."),
    roles=(OFFICER, APPROVER, INTERVIEWER),
    desks=(
        Desk(
            Wave,
            columns=("title", "state", "day", SIZE, "share", "low", "high", "valid", "due_at"),
            filters=("state",),
            search=("title", "title_en"),
            form=("title", "title_en", "day", "opens", "closes", "draws", "take", "seed", "goal"),
            facts=("title", "day", "opens", "closes", "draws", "take", SIZE, "seed", "goal", *FOUND),
            write=(OFFICER,),
            flow=survey,
            order=("-day", "-pk"),
            files=True,
            template="literacy/wave_record.html",
            tail=pages.wave_tail,
        ),
        Desk(
            Town,
            columns=("wave", "place", "stratum", "people", "drawn"),
            filters=("wave", "stratum"),
            search=("place__name", "place__name_en"),
            form=("wave", "place", "stratum", "people"),
            facts=("wave", "place", "stratum", "people", "drawn"),
            write=(OFFICER,),
            order=("-wave", "place"),
        ),
        Desk(
            Slot,
            columns=("wave", "town", "number", "address", "interviewer", "outcome"),
            filters=("wave", "town", "interviewer", "outcome"),
            form=("wave", "town", "number", "address", "interviewer"),
            facts=("wave", "town", "number", "address", "interviewer", "outcome"),
            write=(OFFICER,),
            masks=(("address", cut),),
            order=("-wave", "town", "number"),
        ),
        Desk(
            Interviewer,
            columns=("wave", "name", "person", "withdrawn"),
            filters=("wave",),
            search=("name",),
            form=("wave", "name", "person", "withdrawn"),
            write=(OFFICER,),
        ),
        Desk(
            Visit,
            columns=("taken_at", "wave", "town", "interviewer", "outcome", "score", "weight"),
            filters=("wave", "outcome", "interviewer"),
            facts=(
                "wave", "town", "slot", "interviewer", "taken_at", "outcome", "sex", "age", "education", "adults", "score",
                "weight", "uuid",
            ),
            order=("-taken_at", "-pk"),
        ),
        Desk(
            Item,
            columns=("text", "area", "starts", "ends"),
            filters=("area",),
            search=("text", "text_en"),
            form=("area", "text", "text_en", "choices", "choices_en", "right", "starts", "ends"),
            write=(OFFICER,),
            order=("area", "pk"),
        ),
        Desk(
            Total,
            columns=("category", "people", "starts", "source"),
            filters=("category",),
            form=("category", "people", "starts", "source"),
            write=(OFFICER,),
            order=("-starts", "pk"),
        ),
    ),
    indicators=indicators.INDICATORS,
    parameters=PARAMETERS,
    pages=(
        path("field/", pages.field, name="literacy-field"),
        path("field/worker.js", pages.worker, name="literacy-worker"),
        path("field/send/", pages.send, name="literacy-send"),
    ),
    seed=seed.fill,
)  # fmt: skip
