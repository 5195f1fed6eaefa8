"""One enterprise, one file: the pack as one value."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.roles import OFFICER as DISTRICT
from hanfeng.kernel.api import Column, Desk, Pack, Panel, Part, Sheet
from hanfeng.kernel.pure import mask_phone

from . import dossier, indicators, judged, pages, seed, sheets, told, years
from .models import Enterprise, Figures, Honour
from .parameters import PARAMETERS
from .roles import FIRM, OFFICER

YEAR = Column("year", _("year"), lambda figures: str(figures.year), "code")  # a year has no thousands

pack = Pack(
    name="enterprises",
    title=_("One enterprise, one file"),
    owner=_("science and technology bureau"),
    serves=("one-enterprise-one-file", "tech-ent-growth-monitor"),
    face=pages.face,
    icon="factory",
    about=_("Files of enterprises with their stage, their honours and until when these hold, and their figures year by year."),
    roles=(OFFICER, FIRM),
    desks=(
        Desk(
            Enterprise,
            columns=("body", "town", "industry", "stage", "above_scale", "status", "entered"),
            filters=("town", "industry", "stage", "status", "above_scale"),
            search=("body__name", "body__name_en", "body__code"),
            form=(
                "body", "town", "industry", "section", "stage", "stage_on", "founded", "entered", "moved_in", "above_scale",
                "status", "left", "address", "contact", "phone", "lat", "lon",
            ),
            facts=(
                "body", Column("code", _("unified social credit code"), lambda f: f.body.code, "code"), "town", "industry",
                "section", "stage", "stage_on", "founded", "entered", "moved_in", "above_scale", "status", "left", "address",
                "contact", "phone",
            ),
            write=(OFFICER,),
            masks=(("phone", mask_phone),),
            files=True,
            template="enterprises/enterprise_record.html",
            tail=dossier.dossier,
            exchange=Sheet(parts=(Part("body", Body, ("name", "code"), sheets.body_of_firm),)),
        ),
        Desk(
            Honour,
            columns=("enterprise", "kind", "number", "valid_from", "valid_until", "ended", "why"),
            filters=("kind", "why"),
            search=("enterprise__body__name", "enterprise__body__name_en", "number", "batch"),
            form=("enterprise", "kind", "number", "granted", "valid_from", "valid_until", "ended", "why", "batch", "document"),
            write=(OFFICER,),
            order=("-valid_from", "-pk"),
            files=True,
        ),
        Desk(
            Figures,
            columns=("enterprise", YEAR, "employees", "revenue", "rd_spending", "patents"),
            filters=("year",),
            search=("enterprise__body__name", "enterprise__body__name_en"),
            facts=("enterprise", YEAR, "employees", "tech_staff", "revenue", "rd_spending", "patents", "source"),
            form=("enterprise", "year", "employees", "tech_staff", "revenue", "rd_spending", "patents", "source"),
            write=(OFFICER,),
            order=("-year", "-pk"),
            files=True,
        ),
    ),
    indicators=indicators.INDICATORS,
    panels=(
        Panel(
            name="honours",
            on=Body,
            title=_("Honours that hold today"),
            head=(_("kind of honour"), _("certificate number"), _("valid from"), _("valid until")),
            rows=dossier.panel,
            read=(DISTRICT, OFFICER, FIRM),
        ),
    ),
    provides=told.FACTS,
    parameters=PARAMETERS,
    pages=(
        path("certificates/<slug:which>/", pages.certificates, name="enterprises-certificates"),
        path("register/", judged.register_page, name="enterprises-register"),
        path("register/<int:pk>/", judged.firm_page, name="enterprises-judged"),
        path("years/", years.years_page, name="enterprises-years"),
        path("map/", pages.map_page, name="enterprises-map"),
        path("map/points.json", pages.points, name="enterprises-points"),
    ),
    seed=seed.fill,
)  # fmt: skip
