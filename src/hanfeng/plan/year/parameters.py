"""The parameters of the year, declared in `parameters.toml`, and what is read from them for one day."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language

from hanfeng.kernel.desk.status import SHOWN, TONES, Shown
from hanfeng.kernel.flow.flow import dated_limits
from hanfeng.kernel.pure import Fault, declared_parameters, is_chinese
from hanfeng.kernel.pure import gettext_noop as _
from hanfeng.kernel.rule.models import Setting

PARAMETERS = declared_parameters(__package__ or "")
"""What the year declares: (parameter, Chinese title, English title)."""
LIMITS = dated_limits(PARAMETERS)
"""The limits of the steps, by the name of their parameter; the flows read them."""
MARK = re.compile(r"[^\W\d]{1,12}")
"""What may stand before the year of a document number (GB/T 9704-2012, 7.2.5): words, no digit and no bracket."""
_VALUES = {declared.name: declared.value for declared, _zh, _en in PARAMETERS}


class BadParameter(Fault):
    """A parameter of the year holds a value that nothing can be done with."""


@dataclass(frozen=True)
class Rules:
    """The parameters as they held on one day."""

    round_months: int
    closing_day: int
    opens_before: int
    least_correction: int
    sign_days: int
    review_days: int
    reply_days: int
    order_days: int
    sheet_mark: str
    remind_days: float
    near_days: int
    late_days: int
    figure_at_risk: float
    figure_late: float
    lights: Mapping[str, Sequence[str]]
    grades: Sequence[Sequence[Any]]
    weight_timeliness: float
    points_late_day: float
    points_return: float
    points_no_evidence: float
    points_no_progress: float

    def shown(self, light: str) -> Shown:
        """How this place shows a light: its colour (else the declared one), the icon of its grade, its name."""
        known = (named[2] for named in (self.lights[light], _VALUES["year.lights"][light]) if len(named) > 2)
        return Shown(next(known), SHOWN[light].icon, self.light_name(light))

    def light_name(self, light: str) -> str:
        """What this place calls a light, in the reader's language."""
        named = self.lights.get(light, (light, light))
        return str(named[0] if is_chinese(get_language() or "zh") else named[1])

    def grade(self, points: float) -> str:
        """The grade of so many points, in the reader's language."""
        reached = next((row for row in self.grades if points >= float(row[0])), self.grades[-1])
        return str(reached[1] if is_chinese(get_language() or "zh") else reached[-1])


def rules(day: date) -> Rules:
    """The parameters that hold on a day, the declared ones where no record does. One query. Raises BadParameter."""
    held = Q(starts=None) | Q(starts__lte=day), Q(ends=None) | Q(ends__gt=day)
    kept = dict(Setting.objects.filter(*held, name__in=_VALUES).values_list("name", "value"))
    values = {_field(name): _usable(name, kept.get(name, value)) for name, value in _VALUES.items()}
    return Rules(**values)


def _field(name: str) -> str:
    return name.partition(".")[2].replace("-", "_")


def _is_light(told: Any) -> bool:
    """Whether a light has its two names, and a colour of the style sheet if it has one."""
    words = isinstance(told, list) and all(isinstance(word, str) and word.strip() for word in told)
    return words and (len(told) == 2 or (len(told) == 3 and told[2] in TONES))


def _usable(name: str, value: Any) -> Any:
    """The value if it has the shape of the declared one."""
    wanted = _VALUES[name]
    if isinstance(wanted, int | float):
        fits = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        fits = fits and (name != "year.round-months" or value in (1, 2, 3, 4, 6, 12))
        fits = fits and (name != "year.closing-day" or 1 <= value <= 28)
    elif isinstance(wanted, str):
        fits = isinstance(value, str) and bool(MARK.fullmatch(value))
    elif isinstance(wanted, dict):
        fits = isinstance(value, dict) and set(value) == set(wanted) and all(map(_is_light, value.values()))
    else:
        fits = isinstance(value, list) and bool(value) and all(isinstance(v, list) and len(v) == 3 for v in value)
    if not fits:
        fault = _("“%(value)s” is no value for %(name)s: see its note under Parameters.")
        raise BadParameter("value", fault, {"name": name, "value": value})
    return value
