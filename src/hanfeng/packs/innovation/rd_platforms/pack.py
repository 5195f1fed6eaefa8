"""R&D platforms and service institutions: the pack as one value."""

from datetime import timedelta

from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.roles import OFFICER as DISTRICT
from hanfeng.kernel.api import Column, Desk, Pack, Panel, Timer

from . import indicators, notices, pages, seed
from .flow import yearly
from .models import REPORT, CountingRule, Equipment, Institution, Recognition, Review
from .roles import APPROVER, HOST, OFFICER

YEAR = Column("year", _("year of the review"), lambda review: str(review.year), "code")

pack = Pack(
    name="rd_platforms",
    title=_("R&D platforms and service institutions"),
    owner=_("science and technology bureau"),
    serves=(
        "rd-platform-registry", "new-type-rd-org", "service-institution-registry", "key-lab-plan",
        "collab-centre-sharing",
    ),
    face=pages.face,
    icon="flask",
    about=_("Institutions of every kind, the rank they hold and until when, their yearly reviews, and instruments they share."),
    roles=(OFFICER, APPROVER, HOST),
    desks=(
        Desk(
            Institution,
            columns=("name", "body", "field", "town", "independent", "founded", "closed"),
            filters=("field", "town", "independent"),
            search=("name", "name_en", "body__name", "body__name_en"),
            form=(
                "name", "name_en", "body", "town", "field", "independent", "founded", "closed", "researchers", "partners",
                "address",
            ),
            facts=(
                "name", "body", "town", "field", "independent", "founded", "closed", "researchers", "partners", "address",
            ),
            write=(OFFICER,),
            files=True,
            template="rd_platforms/institution_record.html",
            tail=pages.institution_tail,
        ),
        Desk(
            Recognition,
            columns=("institution", "kind", "rank", "number", "valid_from", "valid_until", "ended", "why"),
            filters=("kind", "rank", "why"),
            search=("institution__name", "institution__name_en", "number"),
            form=("institution", "kind", "rank", "number", "valid_from", "valid_until", "ended", "why", "document"),
            write=(OFFICER,),
            order=("-valid_from", "-pk"),
            files=True,
        ),
        Desk(
            Review,
            columns=("institution", YEAR, "state", "entered_at", "due_at", "score"),
            filters=("year", "state"),
            search=("institution__name", "institution__name_en"),
            form=("institution", "year", "score", "finding"),
            facts=("institution", YEAR, *REPORT, "score", "finding"),
            write=(OFFICER,),
            flow=yearly,
            order=("due_at", "-pk"),
            files=True,
            template="rd_platforms/review_record.html",
            tail=pages.review_tail,
        ),
        Desk(
            Equipment,
            columns=("name", "institution", "model", "price", "shared_from", "hours", "outside_hours"),
            search=("name", "name_en", "model", "institution__name"),
            form=(
                "institution", "name", "name_en", "model", "bought", "price", "shared_from", "shared_until", "terms", "hours",
                "outside_hours",
            ),
            write=(OFFICER,),
        ),
        Desk(
            CountingRule,
            columns=("kind", "lowest", "starts", "ends", "source"),
            filters=("kind",),
            form=("kind", "lowest", "starts", "ends", "source"),
            write=(OFFICER,),
            order=("kind", "-starts"),
        ),
    ),
    indicators=indicators.INDICATORS,
    panels=(
        Panel(
            name="rd_institutions",
            on=Body,
            title=_("R&D and service institutions that hold a recognition"),
            head=(
                _("institution"), _("rank"), pgettext_lazy("of an institution", "kind"), _("recognised on"), _("valid until"),
            ),
            rows=pages.panel,
            read=(DISTRICT, OFFICER, APPROVER),
        ),
    ),
    provides=(pages.RANK,),
    timers=(Timer("rd_platforms.reviews", every=timedelta(hours=6), run=notices.remind),),
    notices=notices.NOTICES,
    pages=(
        path("call/", pages.call, name="rd_platforms-call"),
        path("report/<int:pk>/", pages.report, name="rd_platforms-report"),
    ),
    seed=seed.fill,
)  # fmt: skip
