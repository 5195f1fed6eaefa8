"""Drawing, weighting and estimating: survey sampling as the textbooks have it. Pure: arrays in, numbers out.

Sources: W. G. Madow, On the theory of systematic sampling II (1949), for the draw with probability proportional to size;
W. E. Deming and F. F. Stephan (1940) for raking; W. G. Cochran, Sampling Techniques, 3rd ed. (1977), 6.13 and 11.9, and
L. Kish, Survey Sampling (1965), 8.2, for the ratio estimate over clusters and the design effect; M. Abramowitz and
I. A. Stegun (1964), 26.7.5, for the quantile of Student's distribution.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
LEAST = 2
"""Draws in a stratum, at the fewest: a variance needs two."""


class CannotEstimate(ValueError):
    """The sample does not bear the estimate; `what` names the stratum or (variable, category) at fault."""

    def __init__(self, text: str, what: tuple[int, ...] = ()) -> None:
        super().__init__(text)
        self.what = what


# --- the draw ---------------------------------------------------------------------------------------------------------


def allocate(people: Mapping[str, int], draws: int) -> dict[str, int]:
    """Draws for each stratum in proportion to its people, by largest remainders, but two at the least.

    Raises ValueError when the draws do not reach for two in each stratum, or a stratum has nobody.
    """
    if not people or min(people.values()) <= 0:
        raise ValueError("each stratum needs people")
    if draws < LEAST * len(people):
        raise ValueError(f"{draws} draws are too few for {len(people)} strata with {LEAST} each")
    total = sum(people.values())
    wanted = {name: max(draws * size / total, float(LEAST)) for name, size in people.items()}
    given = {name: max(int(want), LEAST) for name, want in wanted.items()}
    by_rest = sorted(people, key=lambda name: (given[name] - draws * people[name] / total, name))
    while (left := draws - sum(given.values())) != 0:
        # the one furthest below its share gains; the one furthest above it, that has more than two, gives
        chosen = by_rest[0] if left > 0 else next(name for name in reversed(by_rest) if given[name] > LEAST)
        given[chosen] += 1 if left > 0 else -1
        by_rest.sort(key=lambda name: (given[name] - draws * people[name] / total, name))
    return given


def draw(sizes: Sequence[int], draws: int, seed: str) -> list[int]:
    """How often each unit is drawn, systematically with probability proportional to its size (Madow 1949).

    One random number in [0, 1) from Python's `random.Random(seed)` starts the walk along the cumulated sizes in their given
    order, so that anybody can repeat it by hand. A unit larger than a step is drawn more than once.
    """
    step = sum(sizes) / draws
    start = Random(seed).random()
    marks = (start + np.arange(draws)) * step
    hit = np.searchsorted(np.cumsum(np.asarray(sizes, dtype=np.float64)), marks, side="right")
    return [int(n) for n in np.bincount(np.minimum(hit, len(sizes) - 1), minlength=len(sizes))]


# --- weights ----------------------------------------------------------------------------------------------------------


def design_weights(represented: Floats, cluster: Places, adults: Floats) -> Floats:
    """What each respondent stands for before raking.

    `represented` is what each cluster stands for: people of its stratum times its draws over all draws of the stratum. It is
    shared out among those of the cluster who answered (which spreads refusals within it), in proportion to the adults of
    the household, of whom one was chosen by lot (Kish 1965, 11.3).
    """
    of_cluster = np.bincount(cluster, weights=adults, minlength=len(represented))
    return np.asarray(represented[cluster] * adults / of_cluster[cluster], dtype=np.float64)


def rake(
    weights: Floats, groups: Sequence[Places], targets: Sequence[Floats], *, tolerance: float = 1e-6, most: int = 500
) -> Floats:
    """Weights whose sums meet every target at once (Deming and Stephan 1940).

    `groups[k]` gives each respondent's category of variable k, `targets[k]` the people of each category; all targets are
    brought to one total, that of the first. Raises CannotEstimate naming (k, category) of people without a respondent, or
    when it does not settle.
    """
    total = float(targets[0].sum())
    aims = [np.asarray(t * (total / t.sum()), dtype=np.float64) for t in targets]
    for k, (group, aim) in enumerate(zip(groups, aims, strict=True)):
        empty = (np.bincount(group, minlength=len(aim)) == 0) & (aim > 0)
        if empty.any():
            raise CannotEstimate("nobody answered in a category", (k, int(np.argmax(empty))))
    made = weights * (total / weights.sum())
    for _turn in range(most):
        for group, aim in zip(groups, aims, strict=True):
            sums = np.bincount(group, weights=made, minlength=len(aim))
            made = made * np.divide(aim, sums, out=np.zeros_like(aim), where=sums > 0)[group]
        off = max(
            float(np.abs(np.bincount(group, weights=made, minlength=len(aim)) - aim).max()) / total
            for group, aim in zip(groups, aims, strict=True)
        )
        if off < tolerance:
            return np.asarray(made, dtype=np.float64)
    raise CannotEstimate("the weights do not settle")


# --- the estimate -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Estimate:
    """A share (0 to 1) with its standard error, its interval, the interviews it stands on, and the design effect."""

    share: float
    error: float
    low: float
    high: float
    n: int
    freedom: int
    deff: float

    @property
    def half(self) -> float:
        """Half the width of the interval."""
        return (self.high - self.low) / 2


def estimate(
    passed: Floats, weights: Floats, stratum: Places, cluster: Places, confidence: float, among: NDArray[np.bool_] | None = None
) -> Estimate:  # fmt: skip
    """The weighted share of those who passed, by Taylor linearisation over clusters in strata, as if drawn with replacement.

    `stratum` and `cluster` are numbers for each respondent; a cluster lies in one stratum. `among` marks a group of people:
    the others stay in the sample with nothing to add, as a domain needs. Weights are taken as fixed, which leaves out what
    raking gains: the interval is rather too wide than too narrow. Raises CannotEstimate when a stratum has one cluster only,
    and when nobody or everybody passed: an interval without width would be no honest one.
    """
    inside = np.ones(len(passed), dtype=bool) if among is None else among
    w = np.where(inside, weights, 0.0)
    whole = float(w.sum())
    if whole <= 0:
        raise CannotEstimate("nobody in the group")
    share = float((w * passed).sum()) / whole
    scores = w * (passed - share) / whole
    variance, clusters, strata = 0.0, 0, np.unique(stratum)
    for one in strata:
        here = stratum == one
        _names, place = np.unique(cluster[here], return_inverse=True)
        sums = np.bincount(place, weights=scores[here])
        if len(sums) < LEAST:
            raise CannotEstimate("a stratum has one cluster only", (int(one),))
        clusters += len(sums)
        variance += len(sums) / (len(sums) - 1) * float(((sums - sums.mean()) ** 2).sum())
    if share <= 0 or share >= 1:
        raise CannotEstimate("nobody or everybody passed")
    n, freedom = int(inside.sum()), clusters - len(strata)
    error = variance**0.5
    half = student(confidence, freedom) * error
    simple = share * (1 - share) / n
    return Estimate(share, error, max(share - half, 0.0), min(share + half, 1.0), n, freedom, variance / simple)


def half_width(share: float, n: int, deff: float = 1.0, confidence: float = 0.95) -> float:
    """Half the width to be expected of n interviews: what a plan for a sample is judged by (Cochran 1977, 3.6)."""
    return NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt(deff * share * (1 - share) / n)


def student(confidence: float, freedom: int) -> float:
    """The two-sided quantile of Student's distribution (Abramowitz and Stegun 26.7.5; within 0.002 from 5 degrees on)."""
    z, v = NormalDist().inv_cdf((1 + confidence) / 2), float(max(freedom, 1))
    g1 = (z**3 + z) / 4
    g2 = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    g3 = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    g4 = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160
    return z + g1 / v + g2 / v**2 + g3 / v**3 + g4 / v**4


@dataclass(frozen=True)
class Change:
    """The difference of two independent waves, half the width of its interval, and whether it is more than noise."""

    by: float
    half: float

    @property
    def real(self) -> bool:
        return abs(self.by) > self.half


def change(before: tuple[float, float, int], after: tuple[float, float, int], confidence: float) -> Change:
    """Of two waves, each (share, standard error, degrees of freedom): real only when its interval leaves out zero."""
    error = (before[1] ** 2 + after[1] ** 2) ** 0.5
    return Change(after[0] - before[0], student(confidence, before[2] + after[2]) * error)


# --- the score --------------------------------------------------------------------------------------------------------


def score(right: Mapping[str, int], asked: Mapping[str, int], points: Mapping[str, float]) -> float:
    """Points of one respondent: each area gives its points in proportion to the items answered rightly.

    Raises ValueError when an area with points was not asked.
    """
    if missing := sorted(area for area in points if not asked.get(area)):
        raise ValueError(f"no item of {', '.join(missing)} was asked")
    return round(sum(worth * right.get(area, 0) / asked[area] for area, worth in points.items()), 2)
