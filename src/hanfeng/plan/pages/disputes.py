"""Where a plan disagrees with itself: each place with its sum, computed from the kept figures; and the sums that agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hanfeng.plan.assessed import Evaluation
from hanfeng.plan.contradictions import Found
from hanfeng.plan.models import Contradiction, Plan

from . import filters
from .filters import Choice
from .frame import context, for_officers, of_plan
from .passages import Passages, named
from .state import State


@require_safe
@of_plan
@for_officers
def contradictions_page(request: HttpRequest, plan: Plan) -> HttpResponse:
    """The contradictions of a plan, and the checks of its figures."""
    state = State.of(plan)
    evaluation = state.evaluation(timezone.localdate())
    choices = _choices(evaluation.contradictions)
    found = filters.chosen(evaluation.contradictions, request.GET, choices)
    found = [row for row in found if _says(row, filters.words(request.GET))]
    filtered = filters.in_force(request.GET, choices)
    told = {
        **context(request, plan, "contradictions", _("Contradictions")),
        "rows": [_row(row, evaluation, state.passages) for row in found],
        "checks": [] if filtered else [_row(row, evaluation, state.passages) for row in evaluation.checks],
        "total": len(evaluation.contradictions),
        "items": _counts(evaluation.contradictions),
        "filters": filters.shown(request.GET, choices),
        "q": request.GET.get("q", ""),
        "searchable": True,
        "nothing": filters.nothing(
            filtered,
            _("No contradiction is recorded of this plan"),
            _("Nobody has recorded one; that does not say there is none."),
        ),
    }
    return TemplateResponse(request, "plan/contradictions.html", told)


def _kinds(rows: Sequence[Found]) -> list[tuple[str, str]]:
    present = {row.kind for row in rows}
    return [(str(value), str(label)) for value, label in Contradiction.Kind.choices if value in present]


def _choices(rows: Sequence[Found]) -> list[Choice[Found]]:
    sums = filters.yes_no("sum", _("sum"), _("with a sum"), _("without"), lambda row: bool(row.sums))
    return [Choice("kind", _("kind"), _kinds(rows), lambda row, value: row.kind == value), sums]


def _says(row: Found, words: list[str]) -> bool:
    text = " ".join([row.title, row.text, *(each.text for each in row.sums)]).casefold()
    return all(word in text for word in words)


def _counts(rows: Sequence[Found]) -> list[dict[str, Any]]:
    return [{"value": kind, "title": title, "count": sum(row.kind == kind for row in rows)} for kind, title in _kinds(rows)]


def _row(row: Found, evaluation: Evaluation, known: Passages) -> dict[str, Any]:
    bitten = [target for target in evaluation.targets if target.slug in row.targets]
    return {
        "found": row,
        "kind": Contradiction.Kind(row.kind).label,
        "passages": named(row.clauses, known),
        "targets": [{"title": target.name, "url": target.target.url, "kind": target.verdict.value} for target in bitten],
    }
