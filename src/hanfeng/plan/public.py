"""What the public sees of a plan: its words at once, its progress once a snapshot was approved."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hanfeng.kernel.desk.wording import bound_words, with_unit
from hanfeng.kernel.flow.flow import begin
from hanfeng.kernel.portal.flow import publication, published
from hanfeng.kernel.portal.models import Snapshot
from hanfeng.kernel.public import services
from hanfeng.kernel.record.local import local

from .assessed import Assessed, Evaluation
from .evaluate import evaluate, find_plan
from .models import Clause, Plan
from .pages.passages import printed

LANGUAGES = tuple(code for code, _title in settings.LANGUAGES)


def snapshot_name(plan: Plan) -> str:
    """The name under which a plan's progress is published."""
    return f"plan-{plan.slug}"[:80]


def draft(plan: Plan, as_of: date, by: Any, demo: bool = False) -> Snapshot:
    """Draft the public state of a plan for approval: judged values only, in each language; nothing counted from registers."""
    content = {code: content_of(evaluate(as_of, plan.slug, code)) for code in LANGUAGES}
    snapshot = Snapshot(
        name=snapshot_name(plan),
        title=plan.short or plan.title,
        title_en=plan.short_en or plan.title_en,
        as_of=as_of,
        content=content,
        demo=demo,
    )
    begin(publication, snapshot, by)
    return snapshot


def content_of(evaluation: Evaluation) -> dict[str, Any]:
    """The public part of an evaluation: no ledger value, no lead, no duty; every figure with its source."""
    return {
        "headline": evaluation.headline,
        "as_of": evaluation.as_of.isoformat(),
        "method": evaluation.method_title,
        "thresholds": [{"title": t.title, "value": t.value, "ours": t.ours} for t in evaluation.thresholds],
        "targets": [_target(row) for row in evaluation.targets],
        "tasks": {"total": evaluation.tasks.total, "served": evaluation.tasks.served},
    }


def _target(row: Assessed) -> dict[str, Any]:
    value, target = row.judged_by, row.target
    source = value.source if value else None
    return {
        "slug": target.slug,
        "no": target.no,
        "name": target.name,
        "nature": target.nature_title,
        "base": target.base,
        "goal": target.goal,
        "verdict": row.verdict.value,
        "verdict_title": row.verdict_title,
        "value": with_unit(bound_words(value.bound, "", value.decimals), value.unit) if value else "",
        "at": value.at.isoformat() if value else "",
        "place": value.place_name if value and not value.whole else "",
        "source": {"title": source.title, "address": source.address, "trust": source.trust_title} if source else None,
        "attainment": _middle(row.judgement.attainment),
        "progress": _middle(row.judgement.progress),
        "elapsed": row.judgement.elapsed,
        "why": list(row.why),
    }


def _middle(bound: Any) -> float | None:
    """An exact ratio; a bound is told in words only."""
    return bound.value if bound is not None and bound.is_exact else None


def _plan() -> Plan:
    try:
        return find_plan()
    except ValueError as why:
        raise Http404(_("No plan has been loaded yet.")) from why


@require_safe
def progress_page(request: HttpRequest) -> HttpResponse:
    """The public front: where the plan stands, as last approved."""
    plan = _plan()
    snapshot = published(snapshot_name(plan))
    content = (
        (snapshot.content.get(get_language() or "") or next(iter(snapshot.content.values()), None))
        if snapshot
        else None
    )
    targets = content["targets"] if content else []
    for target in targets:
        target["at"] = date.fromisoformat(target["at"]) if target["at"] else None
    context = {
        "plan": plan,
        "plan_title": local(plan, "title"),
        "snapshot": snapshot,
        "content": content,
        "main": [t for t in targets if t["no"]],
        "other": [t for t in targets if not t["no"]],
        "services": services(),
    }
    return TemplateResponse(request, "plan/portal_progress.html", context)


@require_safe
def words_page(request: HttpRequest) -> HttpResponse:
    """The public reading of the plan: chapter by chapter, restated in a few words."""
    plan = _plan()
    clauses = list(Clause.objects.filter(plan=plan).order_by("order"))
    parts: dict[int | None, list[Clause]] = {}
    for clause in clauses:
        parts.setdefault(clause.parent_id, []).append(clause)
    chapters = [{"clause": c, "ref": printed(c), "parts": list(_below(c, parts, 0))} for c in parts.get(None, [])]
    context = {"plan": plan, "plan_title": local(plan, "title"), "chapters": chapters}
    return TemplateResponse(request, "plan/portal_words.html", context)


def _below(clause: Clause, parts: dict[int | None, list[Clause]], depth: int) -> Any:
    for part in parts.get(clause.pk, []):
        yield {"clause": part, "ref": printed(part), "depth": depth}
        yield from _below(part, parts, depth + 1)
