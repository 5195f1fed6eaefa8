"""R&D statistics of enterprises: the pack as one value."""

from datetime import timedelta

from django.urls import path
from django.utils.translation import gettext_lazy as _

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.api import Column, Desk, Pack, Panel, Public, Timer

from . import calling, indicators, pages, public, seed
from .filling import fill, upload
from .flow import returns
from .models import Approval, Call, Filing, Project
from .notices import NOTICES
from .parameters import PARAMETERS
from .roles import AUDITOR, FIRM, OFFICER

YEAR = Column("year", _("year"), lambda row: str(row.year), "code")
ITEMS = (
    "employees", "revenue", "rd_people", "fte", "staff", "direct", "depreciation", "amortisation", "design", "trial",
    "outsourced", "other_costs", "costs", "capitalised", "daily_staff", "daily_other", "assets_equipment", "assets_building",
    "assets_other", "internal", "basic", "applied", "experimental", "from_government", "from_enterprise", "from_abroad",
    "from_other", "external_institutes", "external_universities", "external_firms", "external_abroad", "external",
)  # fmt: skip

pack = Pack(
    name="innovation_statistics",
    title=_("R&D statistics of enterprises"),
    owner=_("statistics bureau"),
    serves=("sti-stat-monitor", "ent-innov-stat-db", "ent-rd-intensity"),
    face=pages.face,
    icon="chart",
    about=_("Returns of firms' R&D: called, filled, checked, audited, accepted; counted, and "
        "published without telling on anyone."),
    roles=(OFFICER, AUDITOR, FIRM),
    public=(
        Public(
            _("R&D in figures"), "/innovation_statistics/published/", "chart",
            _("What enterprises spend on R&D, by industry and size, as released."),
        ),
    ),
    desks=(
        Desk(
            Filing,
            columns=("body", YEAR, "state", "due_at", "filed", "fte", "costs", "internal"),
            filters=("year", "state", "town", "industry", "above_scale"),
            search=("body__name", "body__name_en", "body__code"),
            form=("call", "body", "town", "industry", "stage", "above_scale", *ITEMS, "unit_checked", "remark"),
            facts=("body", YEAR, "call", "town", "industry", "stage", "above_scale", "filed", *ITEMS, "unit_checked", "remark"),
            write=(OFFICER,),
            flow=returns,
            order=("-year", "-pk"),
            files=True,
            template="innovation_statistics/filing_record.html",
            tail=pages.beside_record,
        ),
        Desk(
            Project,
            columns=("filing", "name", "origin", "activity", "people", "months", "spending", "government"),
            filters=("origin", "activity"),
            search=("name", "filing__body__name"),
            form=("filing", "name", "origin", "activity", "starts", "ends", "people", "months", "spending", "government"),
            write=(OFFICER,),
        ),
        Desk(
            Call,
            columns=(YEAR, "mode", "called", "due", "approval"),
            filters=("mode",),
            form=("year", "mode", "approval", "called", "due"),
            facts=(YEAR, "mode", "approval", "called", "due"),
            write=(OFFICER,),
            order=("-year", "-pk"),
            template="innovation_statistics/call_record.html",
            tail=pages.beside_call,
        ),
        Desk(
            Approval,
            columns=("title", "table", "issuer", "number", "starts", "ends"),
            search=("title", "number", "table"),
            form=("title", "table", "issuer", "number", "starts", "ends"),
            write=(AUDITOR,),
            order=("-starts", "-pk"),
            files=True,
        ),
    ),
    indicators=indicators.INDICATORS,
    panels=(
        Panel(
            name="returns",
            on=Body,
            title=_("R&D returns"),
            head=(_("year"), _("state"), _("due"), _("internal R&D spending"), _("full-time equivalent (person-years)")),
            rows=pages.panel,
            read=(OFFICER, AUDITOR, FIRM),
        ),
    ),
    parameters=PARAMETERS,
    pages=(
        path("mine/", pages.mine, name="statistics-mine"),
        path("fill/<int:pk>/", fill, name="statistics-fill"),
        path("fill/<int:pk>/upload/", upload, name="statistics-upload"),
        path("differences/<int:pk>/", pages.differences, name="statistics-differences"),
        path("late/<int:year>/", pages.late_page, name="statistics-late"),
        path("call/<int:pk>/all/", pages.call_everybody, name="statistics-call"),
        path("edition/<int:year>/", pages.draft_edition_page, name="statistics-edition"),
        path("published/", public.published_page, name="statistics-published"),
        path("published/<int:year>.csv", public.published_csv, name="statistics-csv"),
    ),
    timers=(Timer("innovation_statistics.remind", timedelta(hours=6), calling.remind),),
    notices=NOTICES,
    seed=seed.fill,
)  # fmt: skip
