"""What the pages compute, kept in this process until something is written: one query tells whether something was.

The stamp is the newest event with its hash. A transaction that began earlier may commit later than it (PostgreSQL), so
nothing is kept longer than a minute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from time import time
from typing import Any

from django.conf import settings
from django.utils.translation import get_language

from hanfeng.kernel.disclosure.breakdown import OUTSIDE, Sight, sight_of
from hanfeng.kernel.record.models import Event, Reader
from hanfeng.plan.assessed import Evaluation
from hanfeng.plan.evaluate import evaluate
from hanfeng.plan.models import Plan
from hanfeng.plan.plans import Made, made_by
from hanfeng.plan.trace import trace

from .chain import Line, lines
from .passages import Passages, passages

KEPT = 16
SECONDS = 60

Stamp = tuple[int, str, int]


@dataclass(frozen=True)
class State:
    """One plan as it stands when a page is asked for, in the reader's language."""

    plan: Plan
    language: str
    stamp: Stamp
    sight: Sight = OUTSIDE
    """Whose secret rows the reader sees each of: their figures are live for him. Nothing of it may be passed on."""

    @classmethod
    def of(cls, plan: Plan, reader: Reader | None = None) -> State:
        return cls(plan, get_language() or settings.LANGUAGE_CODE, stamp(), sight_of(reader))

    @property
    def made(self) -> Made:
        """The tasks and targets of the plan."""
        return _made(self)

    @property
    def passages(self) -> Passages:
        """Every clause by its code."""
        return _passages(self)

    @property
    def rows(self) -> Sequence[Mapping[str, Any]]:
        """The trace: each commitment with the packs that serve it and the newest figure."""
        return _rows(self)

    def lines(self, day: date) -> tuple[Line, ...]:
        """The commitments with what answers them and who owes them on a day."""
        return _lines(self, day)

    def evaluation(self, day: date) -> Evaluation:
        """The evaluation as known on a day. Raises the faults of `evaluate`."""
        return _evaluation(self, day)


def stamp() -> Stamp:
    """What changes with every write to any record."""
    newest = Event.objects.order_by("-pk").values_list("pk", "hash").first() or (0, "")
    return *newest, int(time() // SECONDS)


@lru_cache(KEPT)
def _made(state: State) -> Made:
    return made_by(state.plan)


@lru_cache(KEPT)
def _passages(state: State) -> Passages:
    return passages(state.plan)


@lru_cache(KEPT)
def _rows(state: State) -> Sequence[Mapping[str, Any]]:
    return trace(state.plan, state.made)


@lru_cache(KEPT)
def _lines(state: State, day: date) -> tuple[Line, ...]:
    return lines(state.plan, day, state.passages, state.rows, state.made)


@lru_cache(KEPT)
def _evaluation(state: State, day: date) -> Evaluation:
    return evaluate(day, state.plan, state.language, state.made, state.sight)
