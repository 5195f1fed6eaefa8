"""The adjustment of targets: what is proposed and how far it has come, and which versions hold because the authority decided."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from hanfeng.kernel.desk.wording import local_text
from hanfeng.kernel.flow.flow import choices
from hanfeng.kernel.record.models import Reader
from hanfeng.kernel.roles import visible
from hanfeng.plan.models import Revision
from hanfeng.plan.revising import revised, revisions
from hanfeng.plan.vocabulary import measures
from hanfeng.plan.wording import goal_text, listed
from hanfeng.plan.year.flow import adjustment
from hanfeng.plan.year.models import Adjustment
from hanfeng.plan.year.models.adjusting import ENDS, AdjustmentState

from .frame import for_insiders, is_keeper, plan_asked, tabs

WAY = tuple(state for state in AdjustmentState if state is not AdjustmentState.REFUSED)
"""The states a proposal passes through, one for each step of the procedure."""


@for_insiders
@require_safe
def adjusting_page(request: HttpRequest) -> HttpResponse:
    """What is proposed, with what each proposal waits for; then what was decided and what was refused."""
    plan = plan_asked(request)
    rows = list(visible(Adjustment, request.user).filter(plan=plan).select_related("target", "plan", "decided_by"))
    context = {
        "title": _("Adjustment of targets"),
        "tabs": tabs(request, "adjusting/"),
        "plan": plan,
        "open": [line(row, request.user) for row in rows if row.state not in ENDS],
        "ended": [line(row, request.user) for row in rows if row.state in ENDS],
        "demo": any(row.demo for row in rows),
        "keeper": is_keeper(request.user),
    }
    return TemplateResponse(request, "year/adjusting.html", context)


def line(case: Adjustment, user: Reader) -> dict[str, Any]:
    """A proposal: what holds and what would hold, the steps behind it, and what the next one waits for."""
    before, after = _goals(case)
    waits = [c for c in choices(adjustment, case, user) if c.move.calls]
    return {
        "case": case,
        "url": case.get_absolute_url(),
        "title": local_text(case.target),
        "target_url": case.target.get_absolute_url(),
        "before": before,
        "after": after,
        "basis": local_text(case, "basis"),
        "state": AdjustmentState(case.state).label,
        "refused": case.state == AdjustmentState.REFUSED,
        "in_force": case.state in (AdjustmentState.ISSUED, AdjustmentState.RECORDED),
        "steps": steps(case),
        "next": [
            {"title": c.move.title, "why_not": c.why_not, "by": listed(str(role.title) for role in c.move.by)}
            for c in waits
        ],
    }


def steps(case: Adjustment) -> list[dict[str, Any]]:
    """The six steps of the procedure, with how many the case has behind it."""
    titles = (
        pgettext("step of an adjustment", "Basis of evaluation"), pgettext("step of an adjustment", "Argument of experts"),
        pgettext("step of an adjustment", "Opinions"), pgettext("step of an adjustment", "Deliberation"),
        pgettext("step of an adjustment", "Issue"), pgettext("step of an adjustment", "Record"),
    )  # fmt: skip
    if case.state == AdjustmentState.REFUSED:
        return []
    done = WAY.index(AdjustmentState(case.state)) + 1
    return [{"title": title, "past": n < done, "current": n == done} for n, title in enumerate(titles)]


def _goals(case: Adjustment) -> tuple[str, str]:
    """What the target wants on the day before the proposal would hold, and what it would want from then."""
    digits = measures()[case.target.measure].decimals if case.target.measure in measures() else 0
    kept = [each for each in revisions([case.target]).get(case.target_id, []) if each.starts < case.effective]
    now = revised(case.target, kept, case.effective)
    wanted = Revision(
        target=case.target, starts=case.effective, goal=case.goal, goal_high=case.goal_high, ends=case.ends
    )
    return goal_text(now, digits), goal_text(revised(case.target, [*kept, wanted], case.effective), digits)


def of_adjustment(request: HttpRequest, case: Adjustment) -> dict[str, Any]:
    """A proposal on its own page."""
    return {"line": line(case, request.user), "tabs": ()}
