"""Coordination: red tasks become topics, topics go to a meeting, decisions become tasks; reminders and supervision beside."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from hanfeng.kernel.record.local import in_both
from hanfeng.kernel.record.write import save
from hanfeng.kernel.roles import visible
from hanfeng.plan.models import Plan
from hanfeng.plan.roles import OFFICER
from hanfeng.plan.year.ledger import of_plan, standings
from hanfeng.plan.year.models import Decision, LedgerTask, Meeting, Supervision, Topic
from hanfeng.plan.year.models.meetings import SupervisionState, TopicState
from hanfeng.plan.year.parameters import rules
from hanfeng.plan.year.running import current_round

from .frame import for_insiders, found, is_keeper, only_for, plan_asked, tabs, task_line

SHOWN = 12


@for_insiders
@require_safe
def coordination_page(request: HttpRequest) -> HttpResponse:
    """Red tasks without a topic, topics on their way, the last meetings with what became of their decisions, open sheets."""
    plan, today = plan_asked(request), timezone.localdate()
    held = rules(today)
    topics = list(visible(Topic, request.user).filter(plan=plan).select_related("task", "meeting"))
    raised = {topic.task_id for topic in topics if topic.state in ("raised", "listed")}
    round_ = current_round(plan) if plan else None
    tasks = of_plan(plan).filter(closed_on=None).select_related("lead") if plan else []
    red = [
        one for one in standings(tasks, today, held) if one.light == "red" and one.body and one.task.pk not in raised
    ]
    red.sort(key=lambda one: (one.task.due or today, one.task.number))
    context = {
        "title": _("Coordination"),
        "tabs": tabs(request, "coordination/"),
        "plan": plan,
        "red": [{**task_line(one, held), "topic_url": _topic_url(one.task, plan, round_)} for one in red[:SHOWN]],
        "red_count": len(red),
        "topics": [(topic, TopicState(topic.state).label) for topic in topics if topic.state in ("raised", "listed")],
        "meetings": [
            {"meeting": meeting, "decisions": [d for d in meeting.decisions.all() if not d.void]}
            for meeting in _meetings(request, plan)[:4]
        ],
        "sheets": [
            (sheet, SupervisionState(sheet.state).label)
            for sheet in visible(Supervision, request.user)
            .exclude(state__in=("closed", "refused"))
            .select_related("task", "body")[:SHOWN]
        ],
        "keeper": is_keeper(request.user),
    }
    return TemplateResponse(request, "year/coordination.html", context)


def _meetings(request: HttpRequest, plan: Plan | None) -> QuerySet[Meeting]:
    rows = visible(Meeting, request.user).filter(plan=plan)
    return rows.prefetch_related("decisions__task", "decisions__body")


def _topic_url(task: LedgerTask, plan: object, round_: object) -> str:
    asked = {"plan": getattr(plan, "pk", ""), "task": task.pk, "title": task.title, "title_en": task.title_en}
    if round_ is not None:
        asked["round"] = getattr(round_, "pk", "")
    return f"/year/topic/new/?{urlencode(asked)}"


@only_for(OFFICER)
@require_POST
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand a decision to its body: it becomes a task of the ledger, once."""
    found(Decision, request.user, pk)
    with transaction.atomic():
        decision = (
            Decision.objects.select_for_update(of=("self",))
            .select_related("meeting__plan", "topic__task", "body")
            .get(pk=pk)
        )
        if decision.task_id:
            messages.info(request, _("This decision is a task already."))
        elif decision.body is None or decision.due is None:
            messages.error(request, _("Name the body it is handed to and its deadline first."))
        else:
            task = _task_of(decision)
            save(task, request.user, note=in_both(decision.meeting.__str__))
            save(decision, request.user, {"task": task})
            messages.success(request, _("The decision is task %(number)s of the ledger.") % {"number": task.number})
    return redirect(decision.get_absolute_url())


def _task_of(decision: Decision) -> LedgerTask:
    """The task of a decision: numbered after the meeting's day, with the commitments of the task its topic came from."""
    day = decision.meeting.day
    made = LedgerTask.everything.filter(number__startswith=f"D{day:%Y%m%d}-").count()
    of_topic = decision.topic.task if decision.topic else None
    return LedgerTask(
        plan=decision.meeting.plan,
        number=f"D{day:%Y%m%d}-{made + 1}",
        title=decision.title,
        title_en=decision.title_en,
        commitments=of_topic.commitments if of_topic else "",
        lead=decision.body,
        starts=day,
        due=decision.due,
        origin=LedgerTask.Origin.DECISION,
        demo=decision.demo,
    )
