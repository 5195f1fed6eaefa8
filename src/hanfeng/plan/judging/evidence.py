"""Which points may judge, and which are only shown: leads in the annex, ledger values and other kinds beside.

The confirmed value judges and the ledger value explains. A point dated or published after the day of judging is not
known yet. A part of the place is a lower bound where values add up, and says nothing where they do not.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from hanfeng.kernel.pure import Bound
from hanfeng.plan.judging.method import Method
from hanfeng.plan.judging.reasons import Reason
from hanfeng.plan.judging.terms import Goal, Point, Shape, Trust

LEVELS = frozenset({"level", "subset", "derived"})
KINDS: dict[Shape, frozenset[str]] = {
    Shape.GROWTH: LEVELS | {"average", "rate"},
    Shape.SUM: LEVELS | {"increment", "cumulative"},
    Shape.HOLD: LEVELS | {"increment"},
}
"""The kinds that judge a shape; LEVELS for the rest. For a SUM a level is the sum so far, an increment one year's flow."""

TARGETS = frozenset({"plan_baseline", "plan_target"})
"""Kinds that repeat the plan itself; the goal holds them, so they are no readings."""

WHY_UNUSED = {
    "increment": "increment-not-stock",
    "component": "component-not-whole",
    "other_definition": "other-definition",
    "context": "other-place",
}

_RANK = {Trust.OFFICIAL: 0, Trust.PRESS: 1, Trust.LEDGER: 2, Trust.LEAD: 3}


@dataclass(frozen=True)
class Evidence:
    """The points known on a day: those that judge (one of the whole and one of parts a day, oldest first) and the others."""

    usable: tuple[Point, ...]
    leads: tuple[str, ...]
    beside: tuple[str, ...]
    ledger: tuple[Point, ...]
    reasons: tuple[Reason, ...]


def gather(
    goal: Goal, points: Iterable[Point], as_of: date, method: Method, kinds: Collection[str] | None = None
) -> Evidence:
    """Sort the points known on `as_of`; `kinds` replaces the kinds that judge."""
    known = [point for point in points if point.at <= as_of and (point.known or point.at) <= as_of]
    known.sort(key=lambda point: (point.at, point.id))
    leads = tuple(point.id for point in known if point.trust is Trust.LEAD)
    body = [point for point in known if point.trust is not Trust.LEAD and point.kind not in TARGETS]
    ledger = tuple(point for point in body if point.trust is Trust.LEDGER and not method.ledger_judges)
    confirmed = [point for point in body if point not in ledger]
    usable, reasons = _sift(goal, confirmed, method, KINDS.get(goal.shape, LEVELS) if kinds is None else kinds)
    best, differ = _best(usable)
    if leads:
        reasons.append(Reason("lead-annex", {"points": leads}))
    used = {point.id for point in best}
    beside = tuple(point.id for point in body if point.id not in used)
    return Evidence(tuple(best), leads, beside, ledger, (*differ, *reasons))


def _sift(goal: Goal, points: list[Point], method: Method, kinds: Collection[str]) -> tuple[list[Point], list[Reason]]:
    """The points that can judge, parts turned to bounds; the others by why they cannot."""
    usable: list[Point] = []
    refused: dict[str, list[str]] = {}
    for point in points:
        reading = _reading(goal, point)
        if point.kind not in kinds:
            refused.setdefault(WHY_UNUSED.get(point.kind, "kind-unused"), []).append(point.id)
        elif point.trust is Trust.PRESS and not method.press_judges:
            refused.setdefault("press-unused", []).append(point.id)
        elif reading is None:
            refused.setdefault("part-says-nothing", []).append(point.id)
        else:
            usable.append(reading)
    return usable, [Reason(code, {"points": tuple(ids)}) for code, ids in refused.items()]


def _reading(goal: Goal, point: Point) -> Point | None:
    """The point as it speaks of the goal's whole place; None where it does not."""
    if not point.is_part:
        return point
    if not goal.adds_up or point.value.low is None or point.kind in ("average", "rate"):
        return None
    return replace(point, value=Bound(point.value.low, None, point.value.about), whole=False)


def _best(points: Sequence[Point]) -> tuple[list[Point], list[Reason]]:
    """One point of the whole and one of parts for each day, kind group and year, and where published values differ."""
    groups: dict[tuple[object, ...], list[Point]] = {}
    for point in points:
        kind = "" if point.kind in LEVELS else point.kind
        groups.setdefault((point.at, point.of_year, point.whole, kind), []).append(point)
    best = [min(group, key=_preference) for group in groups.values()]
    differ = [
        _differ(group) for group in groups.values() if group[0].whole and len({point.value for point in group}) > 1
    ]
    return sorted(best, key=lambda point: (point.at, point.whole, point.id)), differ


def _preference(point: Point) -> tuple[object, ...]:
    """The competent body before the press, the newest edition, one figure before a bound, the highest bound of a part."""
    low = float("-inf") if point.value.low is None else point.value.low
    strength = 0.0 if point.whole else -low
    known = point.known or point.at
    return strength, _RANK[point.trust], -known.toordinal(), point.single is None, point.id


def _differ(group: list[Point]) -> Reason:
    return Reason("values-differ", {"at": group[0].at, "points": tuple(point.id for point in group)})
