"""A judged target as one line of a table."""

from __future__ import annotations

from typing import Any

from hanfeng.kernel.base.bound import Bound
from hanfeng.plan import wording
from hanfeng.plan.assessed import Assessed
from hanfeng.plan.judging import Shape


def row_of(row: Assessed) -> dict[str, Any]:
    """A line of plan/parts/target_rows.html; `value` is None where nothing published can be used."""
    judgement, judged = row.judgement, row.judged_by
    return {
        "title": row.name,
        "url": row.target.url,
        "no": row.target.no,
        "kind": row.verdict.value,
        "verdict": row.verdict_title,
        "goal": row.target.goal,
        "value": shown_value(row),
        "unit": row.target.unit,
        "decimals": row.target.decimals,
        "as_of": judgement.data_at,
        "scope": judged.place_name if judged and not judged.whole else "",
        "source": wording.source_text(judged) if judged else "",
        "attainment": judgement.attainment,
        "progress": judgement.progress,
        "elapsed": judgement.elapsed,
        "leads": row.owed_by("lead"),
        "why": row.why,
        "ask": row.ask,
    }


def shown_value(row: Assessed) -> Bound | None:
    """The value in the unit of the target: of growth the published rate, else what was judged."""
    judged = row.judged_by
    if row.judgement.goal.shape is Shape.GROWTH:
        return judged.bound if judged else None
    return row.judgement.value
