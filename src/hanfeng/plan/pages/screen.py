"""The plan on a big screen: the first page's figures, slide by slide."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hanfeng.plan.plans import default_plan

from .frame import day_of, inside, plan_title, plan_url, signed_in
from .front import figures
from .state import State

SECONDS = 20


@require_safe
@signed_in
def screen_page(request: HttpRequest) -> HttpResponse:
    """The screen of the site's default plan; it says its data date, and turns by itself unless held."""
    if not inside(request.user):
        raise PermissionDenied(_("The screen is for those who work for the district."))
    plan = default_plan()
    if plan is None or plan.outline:
        return TemplateResponse(request, "plan/none.html", {"title": _("Plan")})
    day = day_of(request)
    shown = {"title": plan_title(plan), "back_url": plan_url(plan.slug), "seconds": SECONDS}
    return TemplateResponse(request, "plan/screen.html", {**figures(plan, State.of(plan), day), **shown})
