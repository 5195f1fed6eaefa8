"""From the answers of a wave to weights and an estimate: which rows, which known totals, which groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from .models import Total, Town, Visit, Wave
from .parameters import Method, method, pass_mark
from .standard import CannotEstimate, Change, Estimate, change, design_weights, estimate, rake
from .terms import GROUPS, VARIABLE_OF, Outcome, Variable

FEW = 5
"""As many at the least must reach the mark, and miss it, for the interval of a group (the usual rule of n p >= 5)."""
WHO = tuple(name for name in GROUPS if name != Variable.DWELLING)
"""The variables told by the respondent; the last one, town or country, is that of his town."""


@dataclass(frozen=True)
class Answered:
    """One interview as the estimate needs it; `town` is any key of the town."""

    town: Any
    who: Mapping[str, str]
    adults: int
    score: float


@dataclass(frozen=True)
class Drawn:
    """A town of the sample: its stratum, its people, how often it was drawn."""

    stratum: str
    people: int
    times: int


@dataclass(frozen=True)
class Group:
    """An estimate for some of the people; None where too few of them were asked, or too few towns."""

    variable: str
    title: str
    n: int
    estimate: Estimate | None


@dataclass(frozen=True)
class Result:
    """What a wave tells: the estimate, its weights in the order of the interviews, and why something is missing."""

    estimate: Estimate | None = None
    weights: tuple[float, ...] = ()
    raked: bool = False
    why: str = ""
    groups: tuple[Group, ...] = field(default_factory=tuple)


def result_of(
    people: Sequence[Answered],
    towns: Mapping[Any, Drawn],
    totals: Mapping[str, int],
    mark: float,
    how: Method,
    *,
    parts: bool = False,
) -> Result:
    """Weigh the interviews and estimate. Without known totals, or where a category has nobody, weights are those of the draw."""
    if not people:
        return Result(why=_("No interview has arrived yet."))
    index = {key: place for place, key in enumerate(towns)}
    strata = sorted({town.stratum for town in towns.values()})
    of_stratum = {s: sum(t.people for t in towns.values() if t.stratum == s) for s in strata}
    draws = {s: sum(t.times for t in towns.values() if t.stratum == s) for s in strata}
    stands_for = np.array(
        [of_stratum[t.stratum] * t.times / max(draws[t.stratum], 1) for t in towns.values()], dtype=np.float64
    )
    cluster = np.array([index[p.town] for p in people], dtype=np.intp)
    stratum = np.array([strata.index(towns[p.town].stratum) for p in people], dtype=np.intp)
    weights = design_weights(stands_for, cluster, np.array([p.adults for p in people], dtype=np.float64))
    told = {name: [p.who[name] for p in people] for name in WHO}
    told[Variable.DWELLING.value] = [towns[p.town].stratum for p in people]
    weights, raked, why = _raked(weights, told, totals)
    passed = np.array([p.score >= mark for p in people], dtype=np.float64)
    try:
        found = estimate(passed, weights, stratum, cluster, how.confidence)
    except CannotEstimate as no:
        short = _("Interviews from two towns of each stratum are needed for an interval.")
        same = _("So far nobody or everybody reaches the mark: no interval can be told.")
        return Result(None, tuple(weights.tolist()), raked, short if no.what else same)
    groups = _groups(passed, weights, stratum, cluster, told, how) if parts else ()
    return Result(found, tuple(weights.tolist()), raked, why, groups)


def _raked(weights: Any, told: Mapping[str, Sequence[str]], totals: Mapping[str, int]) -> tuple[Any, bool, str]:
    """The weights brought to the known totals; those of the draw, with the reason, where that cannot be done."""
    names = [name for name in GROUPS if all(c.value in totals for c in GROUPS[name])]
    if missing := [name for name in GROUPS if name not in names]:
        words = _(", ").join(str(Variable(name).label) for name in missing)
        return weights, False, _("Not weighted to known totals: they are missing for %(what)s.") % {"what": words}
    values = {name: GROUPS[name].values for name in names}
    groups = [np.array([values[name].index(v) for v in told[name]], dtype=np.intp) for name in names]
    targets = [np.array([totals[v] for v in values[name]], dtype=np.float64) for name in names]
    try:
        return rake(weights, groups, targets), True, ""
    except CannotEstimate as no:
        if not no.what:
            return weights, False, _("Not weighted to known totals: the weights do not settle.")
        variable, category = no.what
        label = list(GROUPS[names[variable]])[category].label
        return (
            weights,
            False,
            _("Not weighted to known totals: nobody of “%(what)s” has answered yet.") % {"what": label},
        )


def _groups(
    passed: Any, weights: Any, stratum: Any, cluster: Any, told: Mapping[str, Sequence[str]], how: Method
) -> tuple[Group, ...]:
    found = []
    for name, kind in GROUPS.items():
        for category in kind:
            inside = np.array([v == category.value for v in told[name]], dtype=bool)
            n = int(inside.sum())
            made = None
            few = min(int((passed * inside).sum()), int(((1 - passed) * inside).sum()))
            if n >= how.least and few >= FEW:
                # town and country are strata: of the other stratum nothing is needed
                kept = inside if name == Variable.DWELLING else np.ones(len(passed), dtype=bool)
                try:
                    made = estimate(
                        passed[kept], weights[kept], stratum[kept], cluster[kept], how.confidence, inside[kept]
                    )
                except CannotEstimate:
                    made = None
            found.append(Group(str(Variable(name).label), str(category.label), n, made))
    return tuple(found)


def known_totals(day: date) -> dict[str, int]:
    """The newest known total of each category counted up to a day; of later ones the first, where none is so old."""
    found: dict[str, int] = {}
    rows = list(Total.objects.order_by("starts", "pk").values_list("category", "people", "starts"))
    for category, people, starts in rows:
        if starts <= day or category not in found:
            found[category] = people
    return {category: people for category, people in found.items() if category in VARIABLE_OF}


def towns_of(wave: Wave) -> dict[int, Drawn]:
    """The drawn towns of a wave and all others of its strata, by key."""
    rows = Town.objects.filter(wave=wave).order_by("pk").values_list("pk", "stratum", "people", "drawn")
    return {pk: Drawn(stratum, people, drawn) for pk, stratum, people, drawn in rows}


def interviews(wave: Wave) -> Iterable[tuple[int, Answered]]:
    """The interviews of a wave with their keys."""
    rows = Visit.objects.filter(wave=wave, outcome=Outcome.COMPLETE).order_by("pk")
    for pk, town, sex, age, education, adults, score in rows.values_list(
        "pk", "town", "sex", "age", "education", "adults", "score"
    ):
        yield pk, Answered(town, dict(zip(WHO, (sex, age, education), strict=True)), adults, score)


def result(wave: Wave, *, parts: bool = False) -> tuple[list[int], Result]:
    """The keys of the interviews of a wave, and what they tell as things stand."""
    rows = list(interviews(wave))
    people = [answered for _pk, answered in rows]
    made = result_of(people, towns_of(wave), known_totals(wave.day), pass_mark(wave.day), method(wave.day), parts=parts)
    return [pk for pk, _answered in rows], made


def told(wave: Wave) -> tuple[float, float, int] | None:
    """Share, standard error (both 0 to 1) and degrees of freedom of a wave as kept; None while it has no estimate."""
    if wave.share is None or wave.error is None or wave.freedom is None:
        return None
    return float(wave.share) / 100, float(wave.error) / 100, wave.freedom


def between(before: Wave, after: Wave, confidence: float) -> Change | None:
    """The change between two waves; None while one of them has no estimate."""
    one, two = told(before), told(after)
    return change(one, two, confidence) if one and two else None
