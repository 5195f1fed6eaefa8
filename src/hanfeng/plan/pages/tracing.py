"""The chain of evidence as a page: chapter by chapter what the plan commits to, which systems serve it, what nobody serves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hanfeng.plan.models import Plan

from . import filters
from .chain import KINDS, Line, standing_counts
from .filters import Choice
from .frame import context, of_plan
from .passages import Passage, Passages
from .state import State


@require_safe
@of_plan
def trace_page(request: HttpRequest, plan: Plan) -> HttpResponse:
    """Clause, commitment, systems, figure: what the plan says and what answers it."""
    state = State.of(plan)
    lines, known = state.lines(timezone.localdate()), state.passages
    choices = choices_of(known)
    filtered = filters.in_force(request.GET, choices)
    found = [line for line in filters.chosen(lines, request.GET, choices) if line.says(filters.words(request.GET))]
    told = {
        **context(request, plan, "trace", _("Clauses and commitments")),
        "counts": counts(lines),
        "chapters": _chapters(found, known, filtered),
        "found": len(found),
        "filtered": filtered,
        "filters": filters.shown(request.GET, choices),
        "q": request.GET.get("q", ""),
        "searchable": True,
        "nothing": filters.nothing(
            filtered,
            _("No commitment is kept of this plan"),
            _("Its clauses and commitments are loaded with its folder."),
        ),
    }
    return TemplateResponse(request, "plan/trace.html", told)


def choices_of(known: Passages) -> list[Choice[Line]]:
    """What commitments can be filtered by: chapter, kind, served, assigned."""
    chapters = [(p.code, p.name) for p in known.values() if p.kind == "chapter"]
    return [
        Choice("chapter", _("chapter"), chapters, lambda line, value: line.chapter == value),
        Choice("kind", _("kind"), [(k, str(t)) for k, t in KINDS.items()], lambda line, value: line.kind == value),
        filters.yes_no("served", _("applications"), _("served"), _("unserved"), lambda line: line.served),
        filters.yes_no("assigned", _("division of work"), _("assigned"), _("unassigned"), lambda line: line.assigned),
    ]


def counts(lines: Sequence[Line]) -> dict[str, Any]:
    """How many commitments there are, are served, are assigned, and have a figure; by standing and by kind."""
    by_kind = [(title, [line for line in lines if line.kind == kind]) for kind, title in KINDS.items()]
    return {
        "total": len(lines),
        "served": sum(line.served for line in lines),
        "unserved": sum(not line.served for line in lines),
        "assigned": sum(line.assigned for line in lines),
        "unassigned": sum(not line.assigned for line in lines),
        "items": standing_counts(line.state for line in lines),
        "kinds": [
            {"title": title, "total": len(mine), "served": sum(line.served for line in mine)}
            for title, mine in by_kind
            if mine
        ],
    }


def _chapters(lines: Sequence[Line], known: Passages, filtered: bool) -> list[dict[str, Any]]:
    """The lines found, by chapter in the order of the text; opened when something was filtered."""
    by_chapter: dict[str, list[Line]] = {}
    for line in lines:
        by_chapter.setdefault(line.chapter, []).append(line)
    return [
        {
            "passage": known.get(code),
            "lines": list(_grouped(mine)),
            "total": len(mine),
            "served": sum(line.served for line in mine),
            "assigned": sum(line.assigned for line in mine),
            "items": standing_counts(line.state for line in mine),
            "open": filtered or len(by_chapter) == 1,
        }
        for code, mine in sorted(by_chapter.items(), key=lambda pair: _order(known.get(pair[0])))
    ]


def _order(passage: Passage | None) -> int:
    return passage.order if passage else 0


def _grouped(lines: Sequence[Line]) -> Any:
    """Each line with its clause, which is told once where several lines share it."""
    before = None
    for line in sorted(lines, key=lambda line: _order(line.home)):
        yield {"line": line, "first": line.home != before}
        before = line.home
