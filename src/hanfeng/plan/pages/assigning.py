"""Who owes what: what nobody is assigned to first, then body by body, and the divisions of work taken in so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.desk.wording import local_text
from hanfeng.kernel.record.models import Batch, Event, kind_of
from hanfeng.plan.duties import owners, unassigned
from hanfeng.plan.models import Duty, Plan, Target, Task
from hanfeng.plan.vocabulary import commitments

from . import filters
from .filters import Choice
from .frame import context, for_officers, of_plan, plan_url, target_url, task_url

SHOWN_BATCHES = 10


@require_safe
@of_plan
@for_officers
def duties_page(request: HttpRequest, plan: Plan) -> HttpResponse:
    """The division of work of a plan as it holds today."""
    today = timezone.localdate()
    owed = list(_owed(plan, today))
    choices = _choices(owed)
    found = [each for each in filters.chosen(owed, request.GET, choices) if _says(each, filters.words(request.GET))]
    filtered = filters.in_force(request.GET, choices)
    told = {
        **context(request, plan, "duties", _("Division of work")),
        "open": unassigned(plan, today),
        "bodies": _by_body(found),
        "found": len(found),
        "opened": filtered,
        "filters": filters.shown(request.GET, choices),
        "q": request.GET.get("q", ""),
        "searchable": True,
        "batches": batches(plan),
        "nothing": filters.nothing(
            filtered,
            _("Nobody is assigned anything yet"),
            _("Take in a division of work from a sheet, or assign bodies one by one."),
        ),
    }
    return TemplateResponse(request, "plan/duties.html", told)


def _owed(plan: Plan, today: date) -> Iterator[dict[str, Any]]:
    """Every part that some body has today, with the body that answers now."""
    items: list[Task | Target] = [*Task.objects.filter(plan=plan), *Target.objects.filter(plan=plan)]
    for item, owed in owners(items, today).items():
        for owner in owed:
            yield {
                **item_link(item, plan.slug),
                "role": owner.role,
                "role_title": owner.duty.get_role_display(),
                "body": owner.body,
                "named": local_text(owner.named) if owner.passed_on else "",
                "starts": owner.duty.starts,
                "ends": owner.duty.ends,
                "basis": owner.duty.basis,
                "duty_url": f"/plan/duty/{owner.duty.pk}/",
            }


def item_link(item: Task | Target | None, slug: str) -> dict[str, str]:
    """What a task or target is called and where its page is."""
    if isinstance(item, Target):
        return {"kind": "target", "title": local_text(item), "url": target_url(slug, item.slug)}
    if item is None:
        return {"kind": "", "title": "—", "url": ""}
    word = commitments().get(item.commitment)
    return {"kind": "task", "title": word.name() if word else item.commitment, "url": task_url(slug, item.commitment)}


def _choices(owed: Sequence[dict[str, Any]]) -> list[Choice[dict[str, Any]]]:
    bodies = {each["body"].slug: local_text(each["body"]) for each in owed}
    roles = [(str(value), str(label)) for value, label in Duty.Role.choices]
    kinds = [("task", _("plan task")), ("target", _("target"))]
    return [
        Choice(
            "body", _("body"), sorted(bodies.items(), key=lambda pair: pair[1]), lambda each, v: each["body"].slug == v
        ),
        Choice("role", _("part"), roles, lambda each, v: each["role"] == v),
        Choice("kind", _("kind"), kinds, lambda each, v: each["kind"] == v),
    ]


def _says(each: dict[str, Any], words: list[str]) -> bool:
    text = f"{each['title']} {local_text(each['body'])} {each['named']}".casefold()
    return all(word in text for word in words)


def _by_body(owed: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The parts by the body that answers, whoever has most first; how many it leads, shares and gives data for."""
    by_body: dict[Body, list[dict[str, Any]]] = {}
    for each in owed:
        by_body.setdefault(each["body"], []).append(each)
    rows = [
        {
            "name": local_text(body),
            "owed": mine,
            "counts": [(str(label), sum(each["role"] == role for each in mine)) for role, label in Duty.Role.choices],
        }
        for body, mine in by_body.items()
    ]
    return sorted(rows, key=lambda row: -len(row["owed"]))


def batches(plan: Plan) -> list[dict[str, Any]]:
    """The newest divisions of work taken in for a plan, each with whether it was taken back."""
    mine = Duty.everything.filter(plan=plan).values("pk")
    touched = Event.objects.filter(kind=kind_of(Duty), key__in=mine, batch__isnull=False).values("batch")
    rows = Batch.objects.filter(kind=kind_of(Duty), pk__in=touched).select_related("by").prefetch_related("undone_by")
    return [batch_line(batch, plan) for batch in rows.order_by("-pk")[:SHOWN_BATCHES]]


def batch_line(batch: Batch, plan: Plan) -> dict[str, Any]:
    """One run of writing duties, as a line of a list."""
    return {
        "title": batch.said,
        "at": batch.at,
        "who": (batch.by.get_full_name() or batch.by.get_username()) if batch.by else _("the platform"),
        "created": batch.created,
        "changed": batch.changed,
        "failed": batch.failed,
        "undone": bool(batch.undone_by.all()),
        "is_undo": batch.undoes_id is not None,
        "url": plan_url(plan.slug, "duties", "batch", str(batch.pk)),
    }
