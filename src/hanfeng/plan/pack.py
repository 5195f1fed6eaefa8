"""The plan at the office: what is kept of it, and who may write it. Its pages are its own."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.desk.desk import Column, Desk
from hanfeng.kernel.indicator.models import Reading, Source
from hanfeng.kernel.pack import Pack
from hanfeng.kernel.public import Public

from .models import Cause, Contradiction, Duty, Revision, Target, Task
from .parameters import PARAMETERS
from .roles import CONTACT, LEADER, OFFICER
from .vocabulary import measures


def _measure(record: Any) -> str:
    """The name of what a target or a reading measures; its id where the vocabulary no longer has it."""
    known = measures().get(record.measure)
    return known.name() if known else str(record.measure)


MEASURE = Column("measure", _("measure"), _measure)

pack = Pack(
    name="plan",
    title=_("Records of the plan"),
    owner=_("plan office"),
    serves=("plan-monitor-eval", "plan-task-tracker"),
    face=None,
    icon="plan",
    about=_("Targets, tasks, duties, causes: the records behind the pages of the plan."),
    roles=(LEADER, OFFICER, CONTACT),
    public=(
        Public(
            _("What the plan says"), "/portal/plan/", "plan", _("Every chapter and every box, in a few words each.")
        ),
    ),
    desks=(
        Desk(
            Target,
            columns=("name", MEASURE, "shape", "base", "goal", "unit", "ends", "plan"),
            filters=("plan", "shape", "nature"),
            search=("name", "name_en", "measure"),
            form=(
                "name",
                "name_en",
                "note",
                "note_en",
            ),
            facts=(
                "plan",
                "slug",
                MEASURE,
                "name",
                "nature",
                "shape",
                "base",
                "base_date",
                "goal",
                "starts",
                "ends",
                "comparison",
                "note",
            ),
            write=(OFFICER,),
            order=("plan", "no", "pk"),
            files=True,
        ),
        Desk(
            Revision,
            columns=("target", "starts", "goal", "goal_high", "ends", "basis"),
            search=("target__name", "target__name_en", "basis"),
            facts=("target", "starts", "goal", "goal_high", "ends", "basis"),
            order=("-starts", "-pk"),
        ),
        Desk(
            Task,
            columns=("commitment", "home", "plan"),
            filters=("plan",),
            search=("commitment",),
            facts=("plan", "commitment", "home"),
            order=("plan", "home__order", "pk"),
        ),
        Desk(
            Duty,
            columns=(
                Column("item", _("task or target"), lambda d: d.task or d.target, "link"),
                "role",
                "body",
                "starts",
                "ends",
                "basis",
            ),
            filters=("plan", "role"),
            search=("body__name", "task__commitment", "target__name"),
            form=("plan", "task", "target", "role", "body", "starts", "ends", "basis"),
            write=(OFFICER,),
            order=("plan", "role", "pk"),
        ),
        Desk(
            Cause,
            columns=("target", "body", "day", "text"),
            filters=("plan",),
            search=("text", "target__name", "body__name"),
            form=("plan", "target", "body", "day", "text", "text_en"),
            write=(OFFICER, CONTACT),
            order=("-day", "-pk"),
            files=True,
        ),
        Desk(
            Contradiction,
            columns=("title", "kind", "plan"),
            filters=("plan", "kind"),
            search=("title", "text"),
            facts=("plan", "title", "kind", "text"),
            order=("plan", "order"),
        ),
        Desk(
            Reading,
            columns=(MEASURE, "period", "low", "high", "unit", "place", "kind", "as_of", "source"),
            filters=("layer", "kind", "place"),
            search=("measure", "period", "note", "source__title"),
            form=(
                "slug",
                "measure",
                "layer",
                "kind",
                "series",
                "period",
                "as_of",
                "place",
                "low",
                "high",
                "about",
                "numerator",
                "denominator",
                "unit",
                "unit_en",
                "source",
                "inferred",
                "note",
                "note_en",
            ),
            write=(OFFICER,),
            order=("measure", "as_of", "pk"),
            files=True,
        ),
        Desk(
            Source,
            columns=("title", "publisher", "published", "trust", "address"),
            filters=("trust",),
            search=("title", "title_en", "publisher"),
            form=(
                "slug",
                "title",
                "title_en",
                "publisher",
                "publisher_en",
                "published",
                "address",
                "trust",
                "reason",
                "reason_en",
            ),
            write=(OFFICER,),
            order=("slug",),
            files=True,
        ),
    ),
    parameters=PARAMETERS,
)
