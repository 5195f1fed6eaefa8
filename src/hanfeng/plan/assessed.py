"""What an evaluation says: frozen values in the words of one language, complete enough to write every report from.

`to_dict()` gives plain values for JSON, in a stable order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

from hanfeng.kernel.pure import Bound, Words

from .contradictions import Found
from .judging import Judgement, Shape, Verdict
from .parts import (
    OWN_KINDS,
    Given,
    LedgerFigure,
    Owed,
    Passed,
    PlanLine,
    Rank,
    Said,
    SourceLine,
    TargetLine,
    Tasks,
    ThresholdLine,
    Value,
)

__all__ = (
    "OWN_KINDS",
    "Assessed",
    "Evaluation",
    "Given",
    "LedgerFigure",
    "Owed",
    "Passed",
    "PlanLine",
    "Rank",
    "Said",
    "SourceLine",
    "TargetLine",
    "Tasks",
    "ThresholdLine",
    "Value",
)


@dataclass(frozen=True)
class Assessed:
    """One target of the plan on the day of the evaluation.

    `why` says for an open verdict why it cannot be judged, `ask` whom to ask for what; both empty for a decided one.
    `planned` is the planned course as (day, value); `release_on` the day the value of the end is due, where known.
    """

    target: TargetLine
    judgement: Judgement
    verdict_title: str
    values: tuple[Value, ...]
    leads: tuple[Value, ...]
    ledger: tuple[LedgerFigure, ...]
    planned: tuple[tuple[date, float], ...]
    path_basis: str
    release_on: date | None
    release_confidence: str
    bodies: tuple[Owed, ...]
    causes: tuple[Given, ...]
    contradictions: tuple[str, ...]
    reasons: tuple[Said, ...]
    why: tuple[str, ...]
    ask: str

    @property
    def slug(self) -> str:
        return self.target.slug

    @property
    def name(self) -> str:
        return self.target.name

    @property
    def verdict(self) -> Verdict:
        return self.judgement.verdict

    @property
    def main(self) -> bool:
        """Whether it stands in the plan's table of main indicators."""
        return self.target.no is not None

    @property
    def judged_by(self) -> Value | None:
        """The published value the verdict rests on."""
        point = self.judgement.point
        return None if point is None else next((value for value in self.values if value.id == point.id), None)

    @property
    def increase(self) -> Bound | None:
        """The share of the planned increase that was made; None for a line to hold, whose progress counts years."""
        return None if self.judgement.goal.shape is Shape.HOLD else self.judgement.progress

    @property
    def history(self) -> tuple[Value, ...]:
        """The published values of its own measure, of its place or a part of it, oldest first: what a chart shows."""
        return tuple(value for value in self.values if self._is_own(value))

    @property
    def own_leads(self) -> tuple[Value, ...]:
        """The leads that would be such values, were they confirmed."""
        return tuple(lead for lead in self.leads if self._is_own(lead))

    def _is_own(self, value: Value) -> bool:
        kinds = (*OWN_KINDS, "increment") if self.judgement.goal.shape is Shape.HOLD else OWN_KINDS
        here = value.whole or value.part
        return value.measure == self.target.measure and here and value.kind in kinds and not value.demo

    def owed_by(self, role: str) -> tuple[Owed, ...]:
        """The bodies with one part in it: lead, responsible or data."""
        return tuple(owed for owed in self.bodies if owed.role == role)


@dataclass(frozen=True)
class Evaluation:
    """The state of one plan as known on one day, by one method, in one language.

    `expected` and `binding` count each verdict, zeros included, and are never added up. `checks` are the sums of the plan's own
    figures that agree; `leads` all values that only stand in the annex.
    """

    plan: PlanLine
    as_of: date
    language: str
    headline: str
    method: str
    method_version: str
    thresholds: tuple[ThresholdLine, ...]
    targets: tuple[Assessed, ...]
    expected: Mapping[Verdict, int]
    binding: Mapping[Verdict, int]
    tasks: Tasks
    contradictions: tuple[Found, ...]
    checks: tuple[Found, ...]
    previous: tuple[Passed, ...]
    ranks: tuple[Rank, ...]
    leads: tuple[Value, ...]
    sources: tuple[SourceLine, ...]
    demo: bool

    def target(self, slug: str) -> Assessed:
        """The target with this slug. Raises KeyError."""
        for target in self.targets:
            if target.slug == slug:
                return target
        raise KeyError(slug)

    @property
    def main(self) -> tuple[Assessed, ...]:
        """The targets of the plan's table of main indicators, in its order."""
        return tuple(target for target in self.targets if target.main)

    @property
    def other(self) -> tuple[Assessed, ...]:
        """The targets that stand in the prose only."""
        return tuple(target for target in self.targets if not target.main)

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold: the same evaluation gives the same text."""
        plain: dict[str, Any] = _plain(self)
        return plain


def _plain(value: Any) -> Any:
    """Dates as ISO text, mappings with their keys in order, sets sorted; everything else as it is."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Words):
        return {"zh": value.zh, "en": value.en}
    if isinstance(value, Judgement):
        return {name: item for name, item in value.to_dict().items() if name not in ("method", "reasons")}
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(getattr(key, "value", key)): _plain(item) for key, item in sorted(value.items())}
    if isinstance(value, set | frozenset):
        return sorted(map(_plain, value))
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value
