"""The words of a plan: all its clauses as a tree, and one clause with what it asks for and what answers it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hanfeng.plan.models import Clause, Plan

from .chain import Line
from .frame import context, of_plan, plan_url
from .passages import Passage, Passages
from .state import State
from .targets import row_of


@require_safe
@of_plan
def clauses_page(request: HttpRequest, plan: Plan) -> HttpResponse:
    """All clauses of a plan as a tree, each with how many of its commitments are served."""
    state = State.of(plan)
    lines = state.lines(timezone.localdate())
    told = {**context(request, plan, "trace", _("Words of the plan")), "nodes": tree(state.passages, lines)}
    return TemplateResponse(request, "plan/clauses.html", told)


@require_safe
@of_plan
def clause_page(request: HttpRequest, plan: Plan, code: str) -> HttpResponse:
    """One clause: its words, its place, what it commits to and who answers it, its targets, where it disagrees."""
    state, today = State.of(plan), timezone.localdate()
    known = state.passages
    passage = known.get(code.replace("-", "#"))
    if passage is None:
        raise Http404(_("There is no such clause in this plan."))
    lines, evaluation = state.lines(today), state.evaluation(today)
    above = list(_above(passage, known))
    order = list(known.values())
    place = order.index(passage)
    told = {
        **context(request, plan, "trace", passage.name, (_words(plan), *((p.ref, p.url) for p in above))),
        "passage": passage,
        "kind": Clause.Kind(passage.kind).label,
        "lines": [line for line in lines if passage in line.passages],
        "parts": tree(known, lines, passage.code),
        "beside": [p for p in order if p.parent == passage.parent],
        "above": above[-1] if above else None,
        "targets": [row_of(row) for row in evaluation.targets if passage.code in row.target.clauses],
        "contradictions": [row for row in evaluation.contradictions if passage.code in row.clauses],
        "before": order[place - 1] if place else None,
        "after": order[place + 1] if place + 1 < len(order) else None,
    }
    return TemplateResponse(request, "plan/clause.html", told)


def _words(plan: Plan) -> tuple[str, str]:
    return _("Words of the plan"), plan_url(plan.slug, "clause")


def _above(passage: Passage, known: Passages) -> Iterator[Passage]:
    """What a clause is part of, the outermost first."""
    parent = known.get(passage.parent)
    if parent is not None:
        yield from _above(parent, known)
        yield parent


def tree(known: Passages, lines: Sequence[Line], top: str = "") -> list[dict[str, Any]]:
    """The clauses below one (or all) as nodes of desk/parts/tree.html; the count tells served commitments of all."""
    parts: dict[str, list[Passage]] = {}
    for passage in known.values():
        parts.setdefault(passage.parent, []).append(passage)
    return [_node(passage, parts, lines) for passage in parts.get(top, [])]


def _node(passage: Passage, parts: dict[str, list[Passage]], lines: Sequence[Line]) -> dict[str, Any]:
    codes = set(_codes(passage, parts))
    mine = [line for line in lines if any(p.code in codes for p in line.passages)]
    count = _("%(served)s of %(total)s served") % {"served": sum(line.served for line in mine), "total": len(mine)}
    nodes = [_node(part, parts, lines) for part in parts.get(passage.code, [])]
    return {
        "title": passage.title,
        "url": passage.url,
        "ref": passage.ref,
        "count": count if mine else None,
        "nodes": nodes,
    }


def _codes(passage: Passage, parts: dict[str, list[Passage]]) -> Iterator[str]:
    yield passage.code
    for part in parts.get(passage.code, []):
        yield from _codes(part, parts)
