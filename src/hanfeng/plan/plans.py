"""Which plan is meant: the one named, or the one that the county's card puts first."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from .models import Plan, Target, Task


def card() -> dict[str, Any]:
    """The county's card (county.toml): names, codes, default plan."""
    return tomllib.loads((settings.COUNTY / "county.toml").read_text(encoding="utf-8"))


def default_plan(among: QuerySet[Plan] | None = None) -> Plan | None:
    """The plan that the county's card names, else the first of which more than the frame is kept; among all, or these."""
    plans: list[Plan] = list(Plan.objects.all() if among is None else among)
    named = str(card().get("default_plan", ""))
    whole = [plan for plan in plans if not plan.outline]
    return next((plan for plan in plans if plan.slug == named), whole[0] if whole else None)


def plan_of(plan: Plan | str | None) -> Plan | None:
    """A plan by its id, itself, or the default one. Raises Plan.DoesNotExist for an id that no plan has."""
    if not isinstance(plan, str):
        return plan or default_plan()
    found: Plan = Plan.objects.get(slug=plan)
    return found


@dataclass(frozen=True)
class Made:
    """What a plan makes: its tasks with their home clauses in the order of its text, its targets with the table's rows first."""

    tasks: tuple[Task, ...]
    targets: tuple[Target, ...]


def made_by(plan: Plan) -> Made:
    """Tasks and targets of a plan, in two queries: read once for all that is told of it."""
    tasks = tuple(Task.objects.filter(plan=plan).select_related("home"))
    targets = sorted(Target.objects.filter(plan=plan), key=lambda t: (t.no is None, t.no or 0, t.pk))
    for each in (*tasks, *targets):
        each.plan = plan  # the same plan, so that asking for it costs no query
    return Made(tasks, tuple(targets))
