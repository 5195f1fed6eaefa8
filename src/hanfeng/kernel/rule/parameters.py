"""Reading parameters: what a pack declares is the first version; an officer's later versions come from the records."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from hanfeng.kernel.base.parameter import Confidence, NoParameter, Parameter
from hanfeng.kernel.base.words import gettext_noop as noop
from hanfeng.kernel.record.write import save_many

from .models import Setting


def load(declared: Iterable[tuple[Parameter[Any], str, str]], by: Any = None) -> int:
    """Write the declared parameters (value, zh title, en title) that are not kept yet; returns how many."""
    known = set(Setting.everything.values_list("name", flat=True))
    new = [_row(p, zh, en) for p, zh, en in declared if p.name not in known]
    with override(settings.LANGUAGE_CODE):  # stored words are in the language of the site
        title = _("parameters")
    return save_many(new, by, title=title, verb="load").batch.created if new else 0


def _row(parameter: Parameter[Any], zh: str, en: str) -> Setting:
    return Setting(
        name=parameter.name,
        value=parameter.value,
        unit=parameter.unit,
        title=zh,
        title_en=en,
        source=parameter.source,
        clause=parameter.clause,
        starts=parameter.valid_from,
        ends=parameter.valid_to,
        confidence=parameter.confidence,
        note=parameter.note,
    )


def values_on(declared: Iterable[tuple[Parameter[Any], str, str]], day: date | None = None) -> dict[str, Any]:
    """The values of a system's declared parameters by name on a day (today when none is given), in one query.

    Where the site keeps no version for the day the declared value stands: a site without its parameters still computes.
    """
    values = {each.name: each.value for each, _zh, _en in declared}
    held = Setting.objects.filter(*_in_force(day or timezone.localdate()), name__in=values)
    return {**values, **dict(held.values_list("name", "value"))}


def _in_force(on: date) -> tuple[Q, Q]:
    return Q(starts=None) | Q(starts__lte=on), Q(ends=None) | Q(ends__gt=on)


def parameter(name: str, day: date | None = None) -> Parameter[Any]:
    """The version of a parameter that holds on a day (today when none is given). Raises NoParameter, which says why."""
    on = day or timezone.localdate()
    held = Setting.objects.filter(*_in_force(on), name=name).first()
    if held is None:
        raise NoParameter(
            "no_parameter",
            noop("No value of %(name)s is in force on %(day)s: add the version of that day."),
            {"name": name, "day": on},
        )
    return Parameter(
        name=held.name,
        value=held.value,
        unit=held.unit,
        source=held.source,
        clause=held.clause,
        valid_from=held.starts,
        valid_to=held.ends,
        confidence=Confidence(held.confidence),
        note=held.note,
    )
