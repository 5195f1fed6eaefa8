"""What a later evaluation says otherwise than an earlier one, computed from both: new values, revised ones, other verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hanfeng.plan.assessed import Assessed, Evaluation

Frozen = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Change:
    """One target that is told otherwise now. `before` is what was frozen of it, None for a target that is new."""

    row: Assessed
    before: Mapping[str, Any] | None
    verdict: bool
    value: bool


def frozen(evaluation: Evaluation) -> dict[str, dict[str, Any]]:
    """What is kept of an evaluation to compare a later one with: of each target its verdict and the value it rests on."""
    return {row.slug: _kept(row) for row in evaluation.targets}


def _kept(row: Assessed) -> dict[str, Any]:
    value = row.judged_by
    return {
        "verdict": row.verdict.value,
        "reading": value.id if value else "",
        "low": value.bound.low if value else None,
        "high": value.bound.high if value else None,
        "unit": value.unit if value else "",
        "decimals": value.decimals if value else 0,
        "at": value.at.isoformat() if value else "",
    }


def changes(before: Frozen, now: Evaluation) -> tuple[Change, ...]:
    """The targets whose verdict or value differs from what was frozen, in the order of the plan."""
    found = []
    for row in now.targets:
        kept, then = _kept(row), before.get(row.slug)
        verdict = then is None or kept["verdict"] != then["verdict"]
        value = then is None or any(kept[name] != then[name] for name in ("reading", "low", "high", "at"))
        if verdict or value:
            found.append(Change(row, then, verdict, value))
    return tuple(found)
