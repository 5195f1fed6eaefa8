"""The thresholds of the evaluation as dated parameters: declared in `parameters.toml`, changed by an officer's records.

No document sets them. A threshold stays "ours" in every report until a version with another confidence holds.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from math import isfinite
from typing import Any

from django.db.models import Q

from hanfeng.kernel.pure import Confidence, Fault, Parameter, Words
from hanfeng.kernel.pure import gettext_noop as _
from hanfeng.kernel.rule.models import Setting

from .judging import Method

_DECLARED: dict[str, dict[str, Any]] = tomllib.loads((files(__package__) / "parameters.toml").read_text("utf-8"))
_FIELDS = {name: row["field"] for name, row in _DECLARED.items()}


def _parameter(name: str, row: Mapping[str, Any]) -> Parameter[Any]:
    return Parameter(name, row["value"], row["unit"], "", confidence=Confidence.OURS, note=row["note"])


PARAMETERS: tuple[tuple[Parameter[Any], str, str], ...] = tuple(
    (_parameter(name, row), row["zh"], row["en"]) for name, row in _DECLARED.items()
)
"""What the pack of the plan declares: (parameter, Chinese title, English title)."""


ALWAYS_OURS = ("exceed", "step", "tolerances")
"""Settings of the method that are no parameters: they change no verdict, or only the sensitivity beside it."""


class BadThreshold(Fault):
    """A parameter of the evaluation holds a value that no method can use."""


@dataclass(frozen=True)
class Threshold:
    """One parameter as it held: its field in the method, value, unit (ratio, share, day, month, count, yes-no) and doubt."""

    name: str
    field: str
    title: Words
    value: float | int | bool
    unit: str
    confidence: str
    source: str
    clause: str

    @property
    def ours(self) -> bool:
        return self.confidence == Confidence.OURS


@dataclass(frozen=True)
class Rules:
    """The method of one day and the thresholds it was made of."""

    method: Method
    thresholds: tuple[Threshold, ...]


def rules(day: date) -> Rules:
    """The thresholds that hold on a day, the declared ones where no record does. One query. Raises BadThreshold."""
    held = Q(starts=None) | Q(starts__lte=day), Q(ends=None) | Q(ends__gt=day)
    kept = {row.name: row for row in Setting.objects.filter(*held, name__in=_DECLARED)}
    thresholds = tuple(_kept(kept[row[0].name]) if row[0].name in kept else _declared(*row) for row in PARAMETERS)
    values: dict[str, Any] = {threshold.field: _usable(threshold) for threshold in thresholds}
    ours = (*(threshold.field for threshold in thresholds if threshold.ours), *ALWAYS_OURS)
    try:
        return Rules(Method(**values, ours=ours), thresholds)
    except ValueError as error:
        fault = _("The thresholds of %(day)s cannot be used together (%(why)s): correct them under Parameters.")
        raise BadThreshold("together", fault, {"day": day, "why": error}) from error


def _declared(parameter: Parameter[Any], zh: str, en: str) -> Threshold:
    return Threshold(
        parameter.name, _FIELDS[parameter.name], Words(zh, en), parameter.value, parameter.unit, parameter.confidence, "", ""
    )  # fmt: skip


def _kept(row: Setting) -> Threshold:
    words = Words(row.title, row.title_en)
    return Threshold(
        row.name, _FIELDS[row.name], words, row.value, _DECLARED[row.name]["unit"], row.confidence, row.source, row.clause
    )  # fmt: skip


def _usable(threshold: Threshold) -> float | int | bool | None:
    """The value in the type the method wants; a tolerance of 0 is none."""
    value, wanted = threshold.value, _DECLARED[threshold.name]["value"]
    if isinstance(wanted, bool):
        fits = isinstance(value, bool)
    else:
        fits = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value >= 0
    if not fits or (threshold.unit in ("day", "month", "count") and value != int(value)):
        fault = _(
            "“%(value)s” is no value for %(name)s: enter a number of 0 or more (whole for days), or true or false."
        )
        raise BadThreshold("value", fault, {"name": threshold.name, "value": value})
    if threshold.field == "tolerance":
        return value or None
    return int(value) if threshold.unit in ("day", "month", "count") else value
