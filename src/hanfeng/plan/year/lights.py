"""The light of a task: computed from its dates, its milestones and its figure, with the reasons. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from .parameters import Rules

ORDER = ("red", "yellow", "green", "blue", "grey")
"""The worst first."""


@dataclass(frozen=True)
class Step:
    """A milestone as the light sees it."""

    due: date
    reached: date | None
    figure: float | None = None


@dataclass(frozen=True)
class Facts:
    """What is known of a task on a day. `figure` is the newest one accepted, `idle` how many rounds had no progress in a row."""

    starts: date | None
    due: date | None
    closed: date | None
    steps: tuple[Step, ...]
    figure: float | None = None
    idle: int = 0


@dataclass(frozen=True)
class Light:
    """A light with what it rests on: codes and their arguments, the worst first."""

    key: str
    reasons: tuple[tuple[str, dict[str, Any]], ...] = ()


def light(facts: Facts, day: date, rules: Rules) -> Light:
    """The light of a task on a day. What was closed or reached later than the day does not count yet."""
    if facts.closed and facts.closed <= day:
        return Light("blue", (("closed", {"day": facts.closed}),))
    found = [*_deadline(facts, day, rules), *_steps(facts.steps, day, rules), *_figure(facts, day, rules)]
    if facts.idle > 1:
        found.append(("yellow", "idle", {"n": facts.idle}))
    worst = min((ORDER.index(key) for key, _code, _args in found), default=None)
    if worst is not None:
        ordered = sorted(found, key=lambda each: ORDER.index(each[0]))
        return Light(ORDER[worst], tuple((code, args) for _key, code, args in ordered))
    if facts.starts and facts.starts > day:
        return Light("grey", (("not-started", {"day": facts.starts}),))
    if facts.due is None and not facts.steps:
        return Light("grey", (("undated", {}),))
    return Light("green", (("on", {}),))


Found = tuple[str, str, dict[str, Any]]


def _deadline(facts: Facts, day: date, rules: Rules) -> Iterable[Found]:
    if facts.due is None:
        return
    if facts.due < day:
        yield "red", "overdue", {"day": facts.due, "n": (day - facts.due).days}
    elif (facts.due - day).days <= rules.near_days:
        yield "yellow", "near", {"day": facts.due, "n": (facts.due - day).days}


def _steps(steps: Iterable[Step], day: date, rules: Rules) -> Iterable[Found]:
    """The milestone that is longest overdue, else the one that is due next and near."""
    open_ = sorted(step.due for step in steps if step.reached is None or step.reached > day)
    if not open_:
        return
    behind = (day - open_[0]).days
    if behind > 0:
        yield "red" if behind > rules.late_days else "yellow", "step-late", {"day": open_[0], "n": behind}
    elif -behind <= rules.near_days:
        yield "yellow", "step-near", {"day": open_[0], "n": -behind}


def _figure(facts: Facts, day: date, rules: Rules) -> Iterable[Found]:
    """The figure against that planned for the last milestone whose day has come."""
    planned = [step.figure for step in sorted(facts.steps, key=lambda s: s.due) if step.due <= day and step.figure]
    if not planned or facts.figure is None:
        return
    share = facts.figure / planned[-1]
    if share < rules.figure_late:
        yield "red", "figure", {"share": share, "planned": planned[-1]}
    elif share < rules.figure_at_risk:
        yield "yellow", "figure", {"share": share, "planned": planned[-1]}
