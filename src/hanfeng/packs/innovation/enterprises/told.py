"""What the files tell other packs: facts about a body, for one and for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Q

from hanfeng.commons.facts import kinds
from hanfeng.kernel.api import Fact, FactKind, Record
from hanfeng.kernel.pure import Period

from .held import valid
from .models import Enterprise, Figures
from .terms import Kind

INDUSTRIAL = ("B", "C", "D")
"""The sections of GB/T 4754 that statistics call industry: mining, manufacturing, energy and water."""


def _honour(fact: FactKind, kind: Kind) -> Fact:
    """Whether a title holds on the last day of the period; a body without a file says nothing."""

    def one(body: Record, period: Period) -> bool | None:
        if valid(kind, period.last).filter(enterprise__body=body.pk).exists():
            return True
        return False if Enterprise.objects.filter(body=body.pk).exists() else None

    def every(period: Period) -> Mapping[int, bool]:
        held = set(valid(kind, period.last).values_list("enterprise__body", flat=True))
        return {pk: pk in held for pk in Enterprise.objects.values_list("body", flat=True)}

    return Fact(fact, one, every)


def _of_year(fact: FactKind, field: str, number: Callable[[Any], Any]) -> Fact:
    """A figure of a calendar year; of any other period nothing is known."""

    def rows(period: Period) -> Any:
        year = period.start.year
        asked = Figures.objects.filter(year=year) if period == Period.year(year) else Figures.objects.none()
        return asked.exclude(**{field: None})

    def one(body: Record, period: Period) -> Any:
        found = rows(period).filter(enterprise__body=body.pk).values_list(field, flat=True).first()
        return None if found is None else number(found)

    def every(period: Period) -> Mapping[int, Any]:
        return {pk: number(value) for pk, value in rows(period).values_list("enterprise__body", field)}

    return Fact(fact, one, every)


def _stages(period: Period) -> Any:
    """Stages stated by the last day of the period, of firms that were here on it."""
    here = Q(left=None) | Q(left__gt=period.last)
    return Enterprise.objects.filter(here, stage_on__lte=period.last).exclude(stage="")


def _stage(body: Record, period: Period) -> str | None:
    found: str | None = _stages(period).filter(body=body.pk).values_list("stage", flat=True).first()
    return found


def _every_stage(period: Period) -> Mapping[int, str]:
    return dict(_stages(period).values_list("body", "stage"))


def _on_file(fact: FactKind, field: str, told: Callable[[Any], Any] = lambda value: value) -> Fact:
    """What the file says today of a firm that was here on the last day of the period."""

    def rows(period: Period) -> Any:
        return Enterprise.objects.filter(Q(left=None) | Q(left__gt=period.last)).exclude(**{field: None})

    def one(body: Record, period: Period) -> Any:
        found = rows(period).filter(body=body.pk).values_list(field, flat=True).first()
        return None if found is None else told(found)

    def every(period: Period) -> Mapping[int, Any]:
        return {pk: told(value) for pk, value in rows(period).values_list("body", field)}

    return Fact(fact, one, every)


def _industrial(period: Period) -> Any:
    here = Q(left=None) | Q(left__gt=period.last)
    return Enterprise.objects.filter(here).annotate(industrial=Q(above_scale=True, section__in=INDUSTRIAL))


def _one_industrial(body: Record, period: Period) -> bool | None:
    found: bool | None = _industrial(period).filter(body=body.pk).values_list("industrial", flat=True).first()
    return None if found is None else bool(found)


def _every_industrial(period: Period) -> Mapping[int, bool]:
    return {pk: bool(told) for pk, told in _industrial(period).values_list("body", "industrial")}


FACTS = (
    _on_file(kinds.TOWN, "town__slug"),
    _on_file(kinds.INDUSTRY, "industry"),
    Fact(kinds.ABOVE_SCALE, _one_industrial, _every_industrial),
    Fact(kinds.LIFE_STAGE, _stage, _every_stage),
    _honour(kinds.HIGH_TECH, Kind.HIGH_TECH),
    _honour(kinds.SCI_TECH, Kind.SCI_TECH),
    _of_year(kinds.EMPLOYEES, "employees", int),
    _of_year(kinds.TECH_STAFF, "tech_staff", int),
    _of_year(kinds.INVENTIONS, "patents", int),
    _of_year(kinds.REVENUE, "revenue", float),
    _of_year(kinds.RD_SPENDING, "rd_spending", float),
)
