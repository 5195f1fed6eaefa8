"""The five classes of high-value inventions: as a rule over the facts of one patent, and as a query over all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.pure import Answer, any_of
from hanfeng.standards.cn_patents import months_after


class Class(StrEnum):
    """The classes of the national indicator, in its order."""

    STRATEGIC = "strategic"
    ABROAD = "abroad"
    MAINTAINED = "maintained"
    PLEDGED = "pledged"
    AWARDED = "awarded"


TITLES: Mapping[Class, Any] = {
    Class.STRATEGIC: _("in a strategic emerging industry"),
    Class.ABROAD: _("with family members abroad"),
    Class.MAINTAINED: _("maintained for more years than set"),
    Class.PLEDGED: _("with a high amount of financing by pledge"),
    Class.AWARDED: _("with a national science award or China patent award"),
}


@dataclass(frozen=True)
class Limits:
    """The numbers of the rule on a day: years of maintenance that must be passed, and the amount that counts as high."""

    years: int
    pledged: Decimal


def classes(patent: Any, day: date, limits: Limits) -> dict[Class, Answer]:
    """For each class yes, no, or unknown with the fact that is missing; a patent counts once whatever it has."""
    return {
        Class.STRATEGIC: _said(patent.strategic, "strategic"),
        Class.ABROAD: _said(None if patent.families is None else patent.families > 0, "families"),
        Class.MAINTAINED: _said(months_after(patent.filed, 12 * limits.years) < day, "filed"),
        Class.PLEDGED: _said(None if patent.pledged is None else patent.pledged >= limits.pledged, "pledged"),
        Class.AWARDED: _said(patent.awarded, "awarded"),
    }


def _said(value: bool | None, name: str) -> Answer:
    if value is None:
        return Answer.unknown(name)
    return Answer.yes(name) if value else Answer.no(name)


def is_high_value(patent: Any, day: date, limits: Limits) -> Answer:
    """Whether at least one class holds."""
    return any_of(*classes(patent, day, limits).values())


def conditions(day: date, limits: Limits) -> dict[Class, Q]:
    """Each class as a condition on patents: the same rule, for all at once."""
    return {
        Class.STRATEGIC: Q(strategic=True),
        Class.ABROAD: Q(families__gt=0),
        Class.MAINTAINED: Q(filed__lt=_years_before(day, limits.years)),
        Class.PLEDGED: Q(pledged__gte=limits.pledged),
        Class.AWARDED: Q(awarded=True),
    }


def _years_before(day: date, years: int) -> date:
    """The day such that filing before it means more than `years` years on `day`."""
    return months_after(day, -12 * years)


def high_value(day: date, limits: Limits) -> Q:
    """At least one class, as a condition on patents."""
    found = Q()
    for condition in conditions(day, limits).values():
        found |= condition
    return found


LACKING = Q(strategic=None) | Q(families=None) | Q(pledged=None) | Q(awarded=None)
"""Patents of which a fact is missing: no class that is known to hold makes them count, another might."""
