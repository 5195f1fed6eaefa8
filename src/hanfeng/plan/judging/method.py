"""The parameters of a judgement. No document gives official numbers for them: all are ours, and named so in `ours`."""

from dataclasses import dataclass, fields
from math import isfinite
from typing import Any, Self

from hanfeng.kernel.pure import Fault
from hanfeng.kernel.pure import gettext_noop as noop

_NAMES = ("name", "version", "ours")


@dataclass(frozen=True)
class Method:
    """How goals are judged; a judgement carries its method, and `to_dict()` is what a report prints.

    ahead, on, red: the pace (progress over planned progress) from which a goal is ahead or on schedule, and below which it
    is far behind.
    tolerance: the share of the planned change that may lack for "nearly met"; None leaves that verdict unused.
    exceed: how far past the goal, as a share of it, counts as exceeded; 0 is anything above.
    slack: the width of "about", as a share. max_age_days: from which age a value is called old.
    release_months: how long after the end a figure may still come when no release date is known.
    after_end_days: how late a value may be dated and still stand for the end.
    press_judges, ledger_judges: whether such values judge. straight: leave paths unused and plan by a straight line.
    forecast_level, forecast_points: the probability of the band, and the least number of values for one.
    step, tolerances: the settings tried in the sensitivity.
    """

    name: str = "elapsed-share"
    version: str = "1"
    ahead: float = 1.1
    on: float = 0.9
    red: float = 0.7
    tolerance: float | None = None
    exceed: float = 0.0
    slack: float = 0.05
    max_age_days: int = 640
    release_months: int = 9
    after_end_days: int = 31
    press_judges: bool = True
    ledger_judges: bool = False
    straight: bool = False
    forecast_level: float = 0.8
    forecast_points: int = 3
    step: float = 0.05
    tolerances: tuple[float, ...] = (0.05, 0.1)
    ours: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        named = self.ours or tuple(field.name for field in fields(self) if field.name not in _NAMES)
        object.__setattr__(self, "ours", named)
        if not 0 <= self.red <= self.on <= self.ahead or not isfinite(self.ahead):
            text = noop("red, on and ahead rise from 0: not %(red)s, %(on)s, %(ahead)s")
            raise Fault("pace", text, {"red": self.red, "on": self.on, "ahead": self.ahead})
        shares = (
            self.exceed,
            self.slack,
            self.step,
            *self.tolerances,
            *([] if self.tolerance is None else [self.tolerance]),
        )
        if not all(0 <= share < 1 for share in shares):
            raise Fault("share", noop("tolerance, tolerances, exceed, slack and step are shares from 0 to below 1"), {})
        if not 0 < self.forecast_level < 1 or self.forecast_points < 3:
            raise Fault("forecast", noop("a forecast has a level between 0 and 1 and at least 3 points"), {})
        if min(self.max_age_days, self.release_months, self.after_end_days) < 0:
            raise Fault("days", noop("days and months of the method are not negative"), {})

    def to_dict(self) -> dict[str, Any]:
        """Plain values for storing and printing; `Method.from_dict` reads them back."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Self:
        """Raises TypeError for a parameter that this version does not know."""
        parameters: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()
        }
        return cls(**parameters)
