"""What the record pages of the year tell beside the facts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.desk.wording import local_text
from hanfeng.kernel.roles import holds, visible
from hanfeng.plan.roles import CONTACT, OFFICER
from hanfeng.plan.year.ledger import served, standings
from hanfeng.plan.year.models import Decision, Entry, LedgerTask
from hanfeng.plan.year.models.rounds import EntryState
from hanfeng.plan.year.parameters import rules
from hanfeng.plan.year.roles import answering

from .filing import EDITABLE, returns
from .frame import task_line


def of_task(request: HttpRequest, task: LedgerTask) -> dict[str, Any]:
    """A task: its light with the reasons, its clauses, its milestones, and every entry filed for it under the body of its day."""
    held = rules(timezone.localdate())
    (one,) = standings([task], timezone.localdate(), held)
    entries = visible(Entry, request.user).filter(task=task).select_related("round", "body").order_by("-round__starts")
    return {
        "light": task_line(one, held, served([task])),
        "milestones": list(task.milestones.filter(void=False).order_by("due", "pk")),
        "partners": list(Body.objects.filter(pk__in=task.partners.filter(void=False).values("body"))),
        "entries": [
            {"entry": e, "round": str(e.round), "body": local_text(e.body), "state": EntryState(e.state).label,
             "shown": held.shown(e.override or e.light) if e.override or e.light else None,
             "computed": held.light_name(e.light) if e.light else ""}
            for e in entries[:24]
        ],
        "keeper": holds(request.user, OFFICER),
    }  # fmt: skip


def of_entry(request: HttpRequest, entry: Entry) -> dict[str, Any]:
    """An entry: its evidence, the reason it came back, and the way to the form for whoever may fill it in."""
    mine = holds(request.user, CONTACT) and entry.body_id in answering(request.user)
    return {
        "fill_url": f"{entry.get_absolute_url()}fill/" if mine and entry.state in EDITABLE else "",
        "board_url": f"{entry.round.get_absolute_url()}board/" if holds(request.user, OFFICER) else "",
        "why_back": returns([entry]).get(entry.pk, ""),
        "evidence": list(entry.evidence.filter(void=False)),
        "claimed": list(entry.task.milestones.filter(pk__in=entry.reached)),
    }


def of_decision(request: HttpRequest, decision: Decision) -> dict[str, Any]:
    """A decision: the task it became, or the button that makes it one."""
    may = holds(request.user, OFFICER) and decision.task_id is None
    return {"assign_url": f"{decision.get_absolute_url()}assign/" if may else "", "assign_title": _("Make it a task")}
