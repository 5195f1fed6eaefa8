"""What the pages compute, kept in this process until something is written: one query tells whether something was.

The stamp is the newest event with its hash. A transaction that began earlier may commit later than it (PostgreSQL), so
nothing is kept longer than a minute.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from time import time

from django.conf import settings
from django.utils.translation import get_language

from hanfeng.kernel.record.models import Event
from hanfeng.plan.assessed import Evaluation
from hanfeng.plan.evaluate import evaluate
from hanfeng.plan.models import Plan

from .chain import Line, lines

KEPT = 16
SECONDS = 60

Stamp = tuple[int, str, int]


def stamp() -> Stamp:
    """What changes with every write to any record."""
    newest = Event.objects.order_by("-pk").values_list("pk", "hash").first() or (0, "")
    return *newest, int(time() // SECONDS)


def evaluation_of(plan: Plan, day: date) -> Evaluation:
    """The state of a plan as known on a day, in the reader's language. Raises the faults of `evaluate`."""
    return _evaluation(plan.slug, day, _language(), stamp())


def lines_of(plan: Plan, day: date) -> tuple[Line, ...]:
    """The commitments of a plan with what answers them, in the reader's language."""
    return _lines(plan.slug, day, _language(), stamp())


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


@lru_cache(KEPT)
def _evaluation(slug: str, day: date, language: str, _stamp: Stamp) -> Evaluation:
    return evaluate(day, slug, language)


@lru_cache(KEPT)
def _lines(slug: str, day: date, _language: str, _stamp: Stamp) -> tuple[Line, ...]:
    return lines(Plan.objects.get(slug=slug), day)
