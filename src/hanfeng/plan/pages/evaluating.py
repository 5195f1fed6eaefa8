"""The evaluation of a plan on a day: how the targets of each kind stand and why, by which method, as a page and as a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from hanfeng.kernel.portal.flow import EDITOR
from hanfeng.kernel.roles import holds
from hanfeng.plan import report
from hanfeng.plan.assessed import Evaluation
from hanfeng.plan.judging import Verdict
from hanfeng.plan.models import Plan, Target
from hanfeng.plan.public import draft
from hanfeng.plan.summary import ORDER
from hanfeng.plan.wording import verdict_title

from . import filters
from .frame import context, day_of, for_officers, of_plan, plan_url
from .indicators import as_of_context, choices_of
from .state import State
from .targets import row_of

FORMS = (("pdf", "PDF"), ("docx", "Word"), ("json", "JSON"), (report.OFFICIAL, gettext_lazy("Official form")))


@require_safe
@of_plan
@for_officers
def evaluation_page(request: HttpRequest, plan: Plan) -> HttpResponse:
    """The evaluation as known on the day asked for."""
    day = day_of(request)
    evaluation = State.of(plan, request.user).evaluation(day.day)
    choices = choices_of(evaluation.targets)
    found = filters.chosen(evaluation.targets, request.GET, choices)
    url = plan_url(plan.slug, "evaluation")
    told = {
        **context(request, plan, "evaluation", _("Evaluation")),
        **as_of_context(day),
        "evaluation": evaluation,
        "tallies": tallies(evaluation),
        "rows": [{**row_of(row), "row": row} for row in found],
        "filters": filters.shown(request.GET, choices),
        "forms": [{"title": title, "url": f"{url}report/{form}/?as_of={day.day}"} for form, title in FORMS],
        "publish_url": f"{url}publish/" if holds(request.user, EDITOR) else "",
        "nothing": filters.nothing(
            filters.in_force(request.GET, choices),
            _("No target is kept of this plan"),
            _("Its targets are loaded with its folder."),
        ),
    }
    return TemplateResponse(request, "plan/evaluation.html", told)


def tallies(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Expected and binding targets apart, each with how many stand how; a kind that the plan does not use says so."""
    kinds = ((Target.Nature.EXPECTED, evaluation.expected), (Target.Nature.BINDING, evaluation.binding))
    return [_tally(str(kind.value), str(kind.label), counts) for kind, counts in kinds]


def _tally(nature: str, title: str, counts: Mapping[Verdict, int]) -> dict[str, Any]:
    items = [
        {"kind": v.value, "title": verdict_title(v), "count": counts[v], "url": f"?nature={nature}&verdict={v.value}"}
        for v in ORDER
        if counts.get(v)
    ]
    return {"title": title, "total": sum(counts.values()), "items": items}


@require_safe
@of_plan
@for_officers
def report_file(request: HttpRequest, plan: Plan, form: str) -> HttpResponse:
    """The evaluation as a file. A form that cannot be made here (no font, say) is told in words."""
    if form not in report.MEDIA:
        raise Http404(_("There is no report of this form."))
    day = day_of(request).day
    content = report.render(State.of(plan).evaluation(day), form)
    name = report.file_name(f"evaluation-{plan.slug}-{day}", form)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=report.MEDIA[form], headers=headers)


@require_POST
@of_plan
@for_officers
def publish(request: HttpRequest, plan: Plan) -> HttpResponse:
    """Draft what the public will see of this day's state; another person releases it."""
    if not holds(request.user, EDITOR):
        raise PermissionDenied(_("Only for: %(roles)s.") % {"roles": EDITOR.title})
    try:
        day = date.fromisoformat(request.POST.get("as_of", ""))
    except ValueError:
        messages.error(request, _("Choose the day that the public state speaks of."))
        return redirect(plan_url(plan.slug, "evaluation"))
    snapshot = draft(plan, day, request.user)
    messages.success(request, _("Drafted. It waits for somebody else to release it."))
    return redirect(snapshot.get_absolute_url())
