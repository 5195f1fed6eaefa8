"""The parts an evaluation is told in: sources, published values, ledger figures, bodies, causes, the lines of plan and target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hanfeng.kernel.pure import Bound

OWN_KINDS = ("level", "subset", "derived")
"""Kinds of readings that are values of the measure itself."""


@dataclass(frozen=True)
class SourceLine:
    """Where a published value stands, and how far it may be used (`trust`: official, press or lead)."""

    slug: str
    title: str
    publisher: str
    published: str
    address: str
    trust: str
    trust_title: str
    reason: str


@dataclass(frozen=True)
class Value:
    """A published value as it was given. `whole`: it speaks of the whole place of the target; `part`: of a place inside it.

    `bound` is the value as published for its own place. `use` is `judges`, `beside` or `lead`.
    """

    id: str
    measure: str
    measure_name: str
    period: str
    at: date
    bound: Bound
    unit: str
    decimals: int
    place: str
    place_name: str
    whole: bool
    part: bool
    kind: str
    series: str
    use: str
    source: SourceLine | None
    inferred: str
    note: str
    demo: bool


@dataclass(frozen=True)
class LedgerFigure:
    """What the registers count. `means_target`: the series the target speaks of (None: the plan does not say).

    `gap` is this figure less the confirmed value, both at `gap_at`; None where no confirmed value of the whole exists.
    `history` are (day, figure, demo) at the ends of the years. A figure that can be told between two numbers only has a `band`
    and no value.
    """

    series: str
    series_title: str
    title: str
    value: float | None
    numerator: float | None
    denominator: float | None
    at: date
    unit: str
    demo: bool
    means_target: bool | None
    definition: str
    version: str
    pack: str
    pack_title: str
    indicator: str
    url: str
    gap: Bound | None
    gap_at: date | None
    history: tuple[tuple[date, float | None, bool], ...]
    band: Bound | None = None


@dataclass(frozen=True)
class Owed:
    """A body and its part in a target or task: lead, responsible or data."""

    role: str
    role_title: str
    body: str
    name: str


@dataclass(frozen=True)
class Given:
    """A cause, and who gave it on which day."""

    text: str
    body: str
    name: str
    day: date


@dataclass(frozen=True)
class Said:
    """One reason in words; `code` is that of the judging engine."""

    code: str
    text: str


@dataclass(frozen=True)
class TargetLine:
    """A target as the plan states it, with the card of its measure. `base` and `goal` are told in words."""

    slug: str
    no: int | None
    name: str
    url: str
    clauses: tuple[str, ...]
    measure: str
    measure_name: str
    meaning: str
    formula: str
    scope: str
    nature: str
    nature_title: str
    shape: str
    shape_title: str
    unit: str
    decimals: int
    place: str
    place_name: str
    base: str
    goal: str
    note: str
    competent: str


@dataclass(frozen=True)
class Tasks:
    """The tasks of the plan: all, with a lead or responsible body, without one, and served by at least one pack."""

    total: int
    assigned: int
    unassigned: int
    served: int
    unserved: int


@dataclass(frozen=True)
class Passed:
    """One indicator of the period before, as this plan reports it."""

    no: int
    name: str
    unit: str
    nature: str
    goal: float
    actual: float
    met: bool


@dataclass(frozen=True)
class Rank:
    """A published rank and the one published before it for the same measure and place; `lead`: to be verified."""

    value: Value
    before: Value | None
    lead: bool


@dataclass(frozen=True)
class ThresholdLine:
    """A threshold of the method as a report prints it; `ours`: no document sets it."""

    name: str
    title: str
    value: str
    ours: bool
    basis: str


@dataclass(frozen=True)
class PlanLine:
    """The plan evaluated."""

    slug: str
    title: str
    short: str
    number: str
    issuer: str
    issued: date | None
    starts: date
    ends: date
    address: str
    url: str
