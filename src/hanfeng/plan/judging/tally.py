"""How many goals stand where: expected (market-led) and binding (promised) goals apart, never one score."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hanfeng.plan.judging.result import Judgement
from hanfeng.plan.judging.terms import Verdict


@dataclass(frozen=True)
class Tally:
    """Counts of each verdict, zeros included. There is no total over both kinds, on purpose."""

    expected: Mapping[Verdict, int]
    binding: Mapping[Verdict, int]


def tally(judgements: Iterable[Judgement]) -> Tally:
    """Count the verdicts of each kind of goal."""
    counts = {binding: dict.fromkeys(Verdict, 0) for binding in (False, True)}
    for judgement in judgements:
        counts[judgement.goal.binding][judgement.verdict] += 1
    return Tally(expected=counts[False], binding=counts[True])
