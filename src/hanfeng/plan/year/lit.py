"""The tasks of a plan by light, for the first page of the plan: counted once for each state of the records."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from hanfeng.plan.models import Plan

from .ledger import of_plan, standings
from .lights import ORDER
from .parameters import rules

KEPT = 16


def lights(plan: Plan, day: date, stamp: Any) -> dict[str, Any] | None:
    """How many tasks of the ledger show which light, and how many nobody leads; None where the ledger has none.

    `stamp` changes with every write: what was counted under it is not counted again.
    """
    counts, total, unled, demo = _counts(plan, day, stamp)
    if not total:
        return None
    held = rules(day)
    url = f"/year/ledger/?plan={plan.slug}"
    return {
        "total": total,
        "unled": unled,
        "demo": demo,
        "url": url,
        "items": [
            {
                "kind": held.shown(key),
                "count": counts.get(key, 0),
                "title": held.light_name(key),
                "url": f"{url}&light={key}",
            }
            for key in ORDER
        ],
    }


@lru_cache(KEPT)
def _counts(plan: Plan, day: date, stamp: Any) -> tuple[dict[str, int], int, int, bool]:
    shown = standings(of_plan(plan), day)
    counts: dict[str, int] = {}
    for one in shown:
        counts[one.light] = counts.get(one.light, 0) + 1
    return counts, len(shown), sum(one.body is None for one in shown), any(one.task.demo for one in shown)
