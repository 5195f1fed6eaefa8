"""What judging returns, and the light it shows."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any, Literal

from hanfeng.kernel.pure import Bound
from hanfeng.plan.judging.doubt import Sensitivity
from hanfeng.plan.judging.method import Method
from hanfeng.plan.judging.reasons import Reason
from hanfeng.plan.judging.series import Year
from hanfeng.plan.judging.terms import Goal, Point, Verdict
from hanfeng.plan.judging.trend import Forecast

Scale = Literal["running", "final"]
Light = Literal["green", "blue", "amber", "red", "grey"]

LIGHTS: dict[Verdict, Light] = {
    Verdict.EARLY: "blue",
    Verdict.AHEAD: "green",
    Verdict.ON: "green",
    Verdict.BEHIND: "amber",
    Verdict.UNJUDGED: "grey",
    Verdict.EXCEEDED: "blue",
    Verdict.MET: "green",
    Verdict.NEARLY: "amber",
    Verdict.MISSED: "red",
    Verdict.NOT_OUT: "grey",
    Verdict.UNKNOWN: "grey",
}
"""BEHIND turns red below the method's `red`."""


@dataclass(frozen=True)
class Judgement:
    """One goal judged on one day by one method.

    `point` is the value judged by as published, `value` the same on the scale of the goal (a sum, an amount compounded from
    rates). `elapsed` and `expected` belong to the date of the data, `elapsed_today` to `as_of`; without an end they are None.
    `target` is the goal in the unit of `value`; `possible` all verdicts the known values allow. `gap` is target minus value.
    `needed` is the yearly change still needed, for growth in per cent a year. `used` are the ids judged by or forecast from,
    `beside` other published or ledger values, `leads` for the annex only. `years` lists a sum's or a held line's years.
    """

    goal: Goal
    as_of: date
    method: Method
    scale: Scale
    verdict: Verdict
    light: Light
    possible: tuple[Verdict, ...]
    point: Point | None
    value: Bound | None
    data_at: date | None
    elapsed: float | None
    elapsed_today: float | None
    target: float | None
    expected: float | None
    attainment: Bound | None
    progress: Bound | None
    pace: Bound | None
    needed: float | None
    gap: Bound | None
    forecast: Forecast | None
    sensitivity: tuple[Sensitivity, ...]
    reasons: tuple[Reason, ...]
    used: tuple[str, ...]
    leads: tuple[str, ...]
    beside: tuple[str, ...]
    years: tuple[Year, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the reasons, in their order."""
        return tuple(reason.code for reason in self.reasons)

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold, for a stored evaluation."""
        plain: dict[str, Any] = _plain(self)
        return plain


def light_of(verdict: Verdict, pace: Bound | None, method: Method) -> Light:
    """The light of a verdict; red for a pace that is surely below the method's limit."""
    far = pace is not None and pace.high is not None and pace.high < method.red
    return "red" if verdict is Verdict.BEHIND and far else LIGHTS[verdict]


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple | list | frozenset) else value
