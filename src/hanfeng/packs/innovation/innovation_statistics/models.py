"""The approval of an own survey, one call for returns, a firm's return, and the projects in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.bodies.terms import Industry, Stage
from hanfeng.commons.facts import kinds
from hanfeng.commons.people.models import bodies_of
from hanfeng.commons.places.models import Place
from hanfeng.kernel.api import EVERYBODY, NOBODY, Case, Reader, Record, ask, calendar, holds, local, signed_in
from hanfeng.kernel.pure import Period

from . import standard, wording
from .roles import AUDITOR, FIRM, OFFICER
from .terms import Activity, Mode, Origin, State


def reach(user: Reader, path: str) -> Q:
    """Those who make the statistics see every return, a firm its own. Nobody else, whatever his rank: Statistics Law."""
    if holds(user, OFFICER, AUDITOR):
        return EVERYBODY
    return Q(**{f"{path}__in": bodies_of(user)}) if holds(user, FIRM) else NOBODY


class Approval(Record):
    """What lets the district survey at all: the table's number, who issued it, under which approval, until when."""

    title = models.CharField(_("title"), max_length=120)
    table = models.CharField(_("table number"), max_length=40)
    issuer = models.CharField(_("issuing body"), max_length=120)
    number = models.CharField(_("approval number"), max_length=80)
    starts = models.DateField(_("valid from"))
    ends = models.DateField(_("valid until"), help_text=_("The last day on which the forms may be used."))

    class Meta(Record.Meta):
        verbose_name = _("approval of a survey")
        verbose_name_plural = _("approvals of surveys")
        ordering: ClassVar = ("-starts", "-pk")

    def __str__(self) -> str:
        return f"{self.table} · {self.number}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return signed_in(user)

    def covers(self, day: date) -> bool:
        return self.starts <= day <= self.ends

    def clean(self) -> None:
        if self.starts and self.ends and self.ends < self.starts:
            raise ValidationError({"ends": _("It must end after it starts.")})


class Call(Record):
    """One call for the returns of a year: in which mode, on which day, and by which day they are due."""

    year = models.PositiveSmallIntegerField(
        _("year of the returns"), validators=(MinValueValidator(1990), MaxValueValidator(2100))
    )
    mode = models.CharField(_("mode"), max_length=8, choices=Mode.choices, default=Mode.IMPORT)
    approval = models.ForeignKey(
        Approval, models.PROTECT, verbose_name=_("approval"), null=True, blank=True, related_name="calls"
    )
    called = models.DateField(_("called on"))
    due = models.DateField(
        _("due day"), help_text=_("A day that is no working day gives way to the first one after it.")
    )

    class Meta(Record.Meta):
        verbose_name = _("call for returns")
        verbose_name_plural = _("calls for returns")
        ordering: ClassVar = ("-year", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("year",), condition=Q(void=False), name="call_once"),
            models.CheckConstraint(condition=~Q(mode=Mode.OWN) | Q(approval__isnull=False), name="call_own_approved"),
        )

    def __str__(self) -> str:
        return f"{self.year} · {self.get_mode_display()}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return signed_in(user)

    @property
    def ends(self) -> datetime:
        """The last moment in time."""
        days = calendar()
        return days.end_of(days.on_workday(self.due))

    def clean(self) -> None:
        faults = {}
        if self.called and self.due and self.due <= self.called:
            faults["due"] = _("It must lie after the day of the call.")
        if self.year and self.called and self.called <= date(self.year, 12, 1):
            faults["called"] = _("The year of the returns is not over yet.")
        if self.mode == Mode.OWN and self.approval is None:
            faults["approval"] = _(
                "An own survey is off until its table number, issuing body, approval number and validity are entered."
            )
        elif (
            self.mode == Mode.OWN
            and self.approval
            and not all(self.approval.covers(day) for day in (self.called, self.due) if day)
        ):
            faults["approval"] = _("The approval does not hold from the call to the day the returns are due.")
        if faults:
            raise ValidationError(faults)


def _thousand(title: Any) -> models.PositiveBigIntegerField[Any, Any]:
    return models.PositiveBigIntegerField(title, null=True, blank=True)


class Filing(Case):
    """What a firm returns of one year. Money in thousand yuan; an empty field was not stated, which is not zero."""

    named_by: ClassVar = ("body",)

    call = models.ForeignKey(Call, models.PROTECT, verbose_name=_("call for returns"), related_name="filings")
    body = models.ForeignKey(Body, models.PROTECT, verbose_name=_("enterprise"), related_name="rd_filings")
    year = models.PositiveSmallIntegerField(_("year"), editable=False)
    filed = models.DateTimeField(_("filled on"), null=True, blank=True, editable=False)
    town = models.ForeignKey(
        Place, models.PROTECT, verbose_name=_("town or sub-district"), null=True, blank=True, related_name="+"
    )
    industry = models.CharField(_("industry"), max_length=12, choices=Industry.choices, blank=True)
    stage = models.CharField(_("stage"), max_length=8, choices=Stage.choices, blank=True)
    above_scale = models.BooleanField(_("industrial firm above designated size"), default=False)

    employees = models.PositiveIntegerField(_("employees, mean of the year"), null=True, blank=True)
    revenue = _thousand(_("operating revenue"))
    rd_people = models.PositiveIntegerField(_("people in R&D"), null=True, blank=True)
    effort = models.JSONField(_("working time given to R&D"), default=list, blank=True)
    fte = models.DecimalField(
        _("full-time equivalent (person-years)"), max_digits=9, decimal_places=2, null=True, blank=True,
        validators=(MinValueValidator(0),),
    )  # fmt: skip

    staff = _thousand(_("1 staff"))
    direct = _thousand(_("2 direct input"))
    depreciation = _thousand(_("3 depreciation and long-term prepaid costs"))
    amortisation = _thousand(_("4 amortisation of intangible assets"))
    design = _thousand(_("5 design"))
    trial = _thousand(_("6 adjusting and testing equipment"))
    outsourced = _thousand(_("7 R&D given to others"))
    other_costs = _thousand(_("8 other costs"))
    costs = _thousand(_("R&D costs in all"))
    capitalised = _thousand(_("of which capitalised"))

    daily_staff = _thousand(_("labour costs of R&D people"))
    daily_other = _thousand(_("other daily spending"))
    assets_equipment = _thousand(_("instruments and equipment bought"))
    assets_building = _thousand(_("building"))
    assets_other = _thousand(_("software, patents and other assets bought"))
    internal = _thousand(_("internal R&D spending"))

    basic = _thousand(_("basic research"))
    applied = _thousand(_("applied research"))
    experimental = _thousand(_("experimental development"))
    from_government = _thousand(_("money from government"))
    from_enterprise = _thousand(_("money of enterprises"))
    from_abroad = _thousand(_("money from abroad"))
    from_other = _thousand(_("other money"))

    external_institutes = _thousand(_("to institutes"))
    external_universities = _thousand(_("to universities"))
    external_firms = _thousand(_("to enterprises"))
    external_abroad = _thousand(_("to bodies abroad"))
    external = _thousand(_("external R&D spending"))

    unit_checked = models.BooleanField(
        _("the amounts are in thousand yuan"), default=False,
        help_text=_("Tick it only when the amounts were doubted and are right as they stand."),
    )  # fmt: skip
    remark = models.CharField(_("remark"), max_length=400, blank=True)

    class Meta(Case.Meta):
        verbose_name = _("R&D return")
        verbose_name_plural = _("R&D returns")
        ordering: ClassVar = ("-year", "-pk")
        indexes = (
            models.Index(fields=("-year", "-id"), name="filing_list"),
            # what the figures add up stands in the index itself, and whether some of it is invented in a small one
            models.Index(
                fields=("year", "state", "above_scale", "internal", "revenue"),
                condition=Q(void=False),
                name="filing_counted",
            ),
            models.Index(fields=("year", "state"), condition=Q(demo=True, void=False), name="filing_demo"),
            models.Index(fields=("due_at",), name="filing_due"),
        )
        constraints = (models.UniqueConstraint(fields=("body", "year"), condition=Q(void=False), name="filing_once"),)

    def __str__(self) -> str:
        return f"{local(self.body, 'name')} {self.year}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return reach(user, "body")

    @property
    def values(self) -> dict[str, Any]:
        """What is stated, by the names of the fields."""
        return {name: getattr(self, name) for name in VALUES}

    def last_year(self) -> Mapping[str, Any] | None:
        """The accepted return of the year before."""
        found = Filing.objects.filter(body=self.body_id, year=self.year - 1, state=State.ACCEPTED)
        told: Mapping[str, Any] | None = found.values(*standard.MONEY, "fte", "employees").first()
        return told

    def checked(self, projects: list[dict[str, Any]] | None = None) -> standard.Filed:
        """The return as its checks see it."""
        told = ask(kinds.REVENUE, self.body, Period.year(self.year)) if self.revenue else ()
        known = next((10 * float(one.value) for one in told if isinstance(one.value, int | float)), None)
        rows = projects if projects is not None else (list(self.projects.values(*PROJECT)) if self.pk else [])
        return standard.Filed(self.values, rows, self.year, self.last_year(), known)

    def clean(self) -> None:
        """Of the year of its call, and in thousand yuan: what is clearly in another unit is refused and explained."""
        if self.call_id:
            self.year = self.call.year
        if self.body_id and self.body.kind != Body.Kind.ENTERPRISE:
            raise ValidationError({"body": _("Only an enterprise returns these forms.")})
        stated = self.body_id and (self.costs or self.internal or self.revenue)
        doubt = standard.doubt_unit(self.checked([])) if stated and not self.unit_checked else None
        if doubt:
            raise ValidationError({"costs" if self.costs else "internal": wording.unit_sentence(doubt)})


VALUES = ("employees", "rd_people", "fte", "effort", *standard.MONEY)
PROJECT = ("name", "origin", "activity", "starts", "ends", "people", "months", "spending", "government")


class Project(Record):
    """One line of form 107-1."""

    named_by: ClassVar = ("filing__body",)

    filing = models.ForeignKey(Filing, models.PROTECT, verbose_name=_("R&D return"), related_name="projects")
    name = models.CharField(_("name of the project"), max_length=160)
    origin = models.CharField(_("origin of the project"), max_length=12, choices=Origin.choices, default=Origin.OWN)
    activity = models.CharField(
        _("kind of activity"), max_length=12, choices=Activity.choices, default=Activity.EXPERIMENTAL
    )
    starts = models.DateField(_("starts"), null=True, blank=True)
    ends = models.DateField(_("ends"), null=True, blank=True)
    people = models.PositiveIntegerField(_("people taking part"), null=True, blank=True)
    months = models.DecimalField(
        _("person-months worked"),
        max_digits=9,
        decimal_places=1,
        null=True,
        blank=True,
        validators=(MinValueValidator(0),),
    )
    spending = _thousand(_("internal spending (thousand yuan)"))
    government = _thousand(_("of which government money"))

    class Meta(Record.Meta):
        verbose_name = _("R&D project of a return")
        verbose_name_plural = _("R&D projects of returns")
        ordering: ClassVar = ("filing", "pk")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def scope(cls, user: Reader) -> Q:
        return reach(user, "filing__body")
