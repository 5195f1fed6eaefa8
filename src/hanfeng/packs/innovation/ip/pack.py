"""The patent register: the pack as one value."""

from datetime import timedelta

from django.urls import path
from django.utils.translation import gettext_lazy as _

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.roles import OFFICER as DISTRICT
from hanfeng.kernel.api import Column, Desk, Pack, Panel, Timer

from . import fees, indicators, pages, seed, sheets
from .models import LegalEvent, Patent, Payment, Share
from .parameters import PARAMETERS
from .roles import HOLDER, OFFICER

YEAR = Column("year", _("year of the patent"), lambda row: str(row.year), "code")
PART = Column("part", _("share"), lambda row: f"{row.part / 100:g} %")
HIGH = ("strategic", "families", "pledged", "awarded")

pack = Pack(
    name="ip",
    title=_("Patents"),
    owner=_("market regulation bureau (intellectual property)"),
    serves=("ip-holdings", "hv-patent", "ip-analysis-warning"),
    face=pages.face,
    icon="key",
    about=_("Patents with their legal state on any day, fees that fall due, the high-value classes, each holder's portfolio."),
    roles=(OFFICER, HOLDER),
    desks=(
        Desk(
            Patent,
            columns=("number", "title", "kind", "holder", "filed", "granted", "section"),
            filters=("kind", "section", "town", "inside", "strategic"),
            search=("number", "title", "title_en", "publication", "holder__name", "holder__name_en"),
            form=(
                "number", "kind", "title", "title_en", "holder", "others", "inside", "town", "filed", "published", "publication",
                "granted", "closed", "ipc", *HIGH,
            ),
            facts=(
                Column("number", _("application number"), lambda p: p.number, "code"), "kind", "title", "holder", "others",
                "inside", "town", "filed", "published", "publication", "granted", "closed", "term_ends", "ipc", "section", *HIGH,
            ),
            write=(OFFICER,),
            order=("-granted", "-pk"),
            files=True,
            template="ip/patent_record.html",
            tail=pages.patent_tail,
            exchange=sheets.PATENTS,
        ),
        Desk(
            LegalEvent,
            columns=("patent", "kind", "on", "to", "to_name", "inside"),
            filters=("kind", "inside"),
            search=("patent__number", "patent__title"),
            form=("patent", "kind", "on", "to", "to_name", "inside", "source"),
            write=(OFFICER,),
            order=("-on", "-pk"),
            exchange=sheets.EVENTS,
        ),
        Desk(
            Payment,
            columns=("patent", YEAR, "paid", "amount", "surcharge", "covers_until"),
            search=("patent__number", "patent__title"),
            form=("patent", "year", "paid", "amount", "surcharge"),
            facts=("patent", YEAR, "paid", "amount", "surcharge", "covers_until"),
            write=(OFFICER,),
            order=("-paid", "-pk"),
            exchange=sheets.PAYMENTS,
        ),
        Desk(
            Share,
            columns=("patent", "body", "name", PART, "inside", "starts", "ends"),
            filters=("inside",),
            search=("patent__number", "patent__title", "name"),
            form=("patent", "body", "name", "part", "inside", "starts", "ends"),
            facts=("patent", "body", "name", PART, "inside", "starts", "ends"),
            write=(OFFICER,),
        ),
    ),
    indicators=indicators.INDICATORS,
    panels=(
        Panel(
            name="patents",
            on=Body,
            title=_("Patents in force"),
            head=(_("kind of patent"), _("in force"), _("fees due within 90 days")),
            rows=pages.panel,
            read=(DISTRICT, OFFICER, HOLDER),
        ),
    ),
    provides=(pages.HELD,),
    parameters=PARAMETERS,
    timers=(Timer("ip.fees", every=timedelta(hours=12), run=fees.warn),),
    notices=fees.NOTICES,
    pages=(
        path("fees/<slug:which>/", pages.fees_page, name="ip-fees"),
        path("holder/<int:pk>/", pages.portfolio, name="ip-portfolio"),
    ),
    seed=seed.fill,
)  # fmt: skip
