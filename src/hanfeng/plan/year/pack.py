"""The year of the plan office: its desks, its faces, its parameters, as one value."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.desk.desk import Column, Desk
from hanfeng.kernel.exchange.declare import Sheet
from hanfeng.kernel.job.timers import Timer
from hanfeng.kernel.pack import Pack
from hanfeng.plan.roles import OFFICER
from hanfeng.plan.vocabulary import commitments

from . import flow, seed
from .models import (
    Adjustment,
    Decision,
    Entry,
    Evidence,
    LedgerTask,
    Meeting,
    Milestone,
    Partner,
    Round,
    Supervision,
    Topic,
)
from .pages import adjusting, front, tails
from .parameters import PARAMETERS
from .reminding import NOTICES, remind_due
from .roles import HEAD
from .running import open_due
from .urls import PAGES

FORM = (
    "plan", "number", "title", "title_en", "commitments", "measure", "goal", "unit", "lead", "leader", "contact", "starts",
    "due",
)  # fmt: skip

COMMITMENTS = Column(
    "commitments",
    _("commitments"),
    lambda task: "; ".join(commitments()[word].name() if word in commitments() else word for word in task.ids),
)

pack = Pack(
    name="year",
    title=_("Ledger and rounds"),
    owner=_("plan office"),
    serves=("plan-task-tracker", "cross-dept-coordination"),
    face=front.face,
    icon="flag",
    about=_("The tasks of the plan through the year: who owes what by when, what the bodies file, what is decided."),
    roles=(HEAD,),
    desks=(
        Desk(
            LedgerTask,
            columns=("number", "title", "lead", "due", "closed_on", "plan"),
            filters=("plan", "lead", "origin"),
            search=("number", "title", "title_en", "commitments"),
            form=FORM,
            facts=(*FORM[:3], COMMITMENTS, *FORM[5:], "origin", "closed_on"),
            write=(OFFICER,),
            order=("plan", "number", "pk"),
            files=True,
            template="year/task.html",
            tail=tails.of_task,
            exchange=Sheet(key=("plan", "number")),
        ),
        Desk(
            Milestone,
            columns=("task", "due", "title", "figure", "reached_on"),
            search=("title", "title_en", "task__title"),
            form=("task", "due", "title", "title_en", "figure"),
            facts=("task", "due", "title", "figure", "reached_on"),
            write=(OFFICER,),
            order=("due", "pk"),
            exchange=Sheet(key=("task", "due", "title")),
        ),
        Desk(
            Partner,
            columns=("task", "body"),
            search=("task__title", "body__name"),
            form=("task", "body"),
            write=(OFFICER,),
            order=("task", "pk"),
        ),
        Desk(
            Round,
            columns=("plan", Column("period", _("period"), str), "opened", "closes", "state"),
            filters=("plan", "state"),
            facts=("plan", "starts", "ends", "opened", "closes", "note"),
            flow=flow.rounds,
            template="year/round.html",
            order=("-starts", "-pk"),
            files=True,
        ),
        Desk(
            Entry,
            columns=("task", "body", "round", "state", "due_at", "returned"),
            filters=("round", "state", "no_progress"),
            search=("task__title", "task__title_en", "progress", "problem"),
            facts=(
                "round", "task", "body", "progress", "figure", "problem", "next_step", "no_progress", "reason", "asks_closing",
                "filed_at", "returned", "light", "override", "override_reason",
            ),
            flow=flow.filing,
            template="year/entry.html",
            tail=tails.of_entry,
            order=("-round__starts", "due_at", "pk"),
        ),
        Desk(
            Evidence,
            columns=("title", "entry", "value"),
            search=("title",),
            facts=("title", "entry", "indicator", "value", "address"),
        ),
        Desk(
            Meeting,
            columns=("title", "body", "day", "place"),
            filters=("plan",),
            search=("title", "title_en", "minutes"),
            form=("plan", "body", "title", "title_en", "day", "place", "minutes"),
            facts=("plan", "body", "title", "day", "place", "minutes"),
            write=(OFFICER,),
            order=("-day", "-pk"),
            files=True,
        ),
        Desk(
            Topic,
            columns=("title", "task", "state", "meeting"),
            filters=("plan", "state"),
            search=("title", "title_en", "facts", "question"),
            form=("plan", "task", "round", "title", "title_en", "facts", "facts_en", "question", "question_en", "meeting"),
            facts=("plan", "task", "round", "title", "facts", "question", "meeting"),
            write=(OFFICER,),
            flow=flow.topics,
            files=True,
        ),
        Desk(
            Decision,
            columns=("title", "meeting", "body", "due", "task"),
            search=("title", "title_en", "text"),
            form=("meeting", "topic", "title", "title_en", "text", "body", "due"),
            facts=("meeting", "topic", "title", "text", "body", "due", "task"),
            write=(OFFICER,),
            files=True,
            template="year/decision.html",
            tail=tails.of_decision,
        ),
        Desk(
            Supervision,
            columns=("kind", "task", "body", "state", "due_at"),
            filters=("kind", "state"),
            search=("number", "text", "task__title", "body__name"),
            form=("task", "round", "body", "kind", "number", "basis", "basis_en", "text", "text_en"),
            facts=("task", "round", "body", "kind", "number", "basis", "text"),
            write=(OFFICER,),
            flow=flow.supervision,
            order=("due_at", "-pk"),
            template="year/supervision.html",
            files=True,
        ),
        Desk(
            Adjustment,
            columns=("target", "goal", "ends", "effective", "state"),
            filters=("plan", "state"),
            search=("target__name", "target__name_en", "number", "basis"),
            form=(
                "plan", "target", "goal", "goal_high", "ends", "effective", "basis", "basis_en", "experts", "opinions",
                "decided_by", "meeting", "decided_on", "number", "issued_on", "recorded_with", "recorded_on",
            ),
            facts=(
                "plan", "target", "goal", "goal_high", "ends", "effective", "basis", "experts", "opinions", "decided_by",
                "meeting", "decided_on", "number", "issued_on", "recorded_with", "recorded_on",
            ),
            write=(OFFICER,),
            flow=flow.adjustment,
            template="year/adjustment.html",
            tail=adjusting.of_adjustment,
            files=True,
        ),
    ),
    parameters=PARAMETERS,
    pages=PAGES,
    notices=NOTICES,
    timers=(
        Timer("year.open", timedelta(hours=1), open_due),
        Timer("year.remind", timedelta(hours=6), remind_due),
    ),
    seed=seed.fill,
)  # fmt: skip
