"""What every page of a plan shares: who may open it, where it stands, and the day it speaks of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from hanfeng.commons.people.roles import OFFICER as PEOPLE_OFFICER
from hanfeng.kernel.desk.wording import fault_text, local_text
from hanfeng.kernel.pure import Fault
from hanfeng.kernel.record.models import Reader
from hanfeng.kernel.roles import holds, visible
from hanfeng.plan.models import Plan
from hanfeng.plan.plans import card
from hanfeng.plan.roles import CONTACT, LEADER, OFFICER

Page = Callable[..., HttpResponse]

PORTAL = "/portal/"
INTERNAL = ("duties", "contradictions", "evaluation")
"""Pages that judge or keep records: for those who work for the district, until a snapshot was approved."""


def inside(user: Reader) -> bool:
    """Whether somebody works for the district; others read what the plan says and what was published."""
    return holds(user, PEOPLE_OFFICER, LEADER, OFFICER, CONTACT)


def opens(page: str, user: Reader) -> bool:
    """Whether a page of a plan, by the first part of its address, is open to somebody who is signed in."""
    return page not in INTERNAL or inside(user)


def may_write(user: Reader) -> bool:
    """Whether somebody keeps the plan."""
    return holds(user, OFFICER)


def signed_in(page: Page) -> Page:
    """A page for whoever is signed in; others are sent to the public pages."""

    @wraps(page)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return page(request, *args, **kwargs)
        asked = request.get_full_path()
        return redirect(PORTAL if asked == "/" else f"{PORTAL}?{urlencode({'next': asked})}")

    return opened


def of_plan(page: Page) -> Page:
    """A page of one plan, which is named by the address. A fault in what is kept of it is told in words."""

    @signed_in
    @wraps(page)
    def opened(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
        plan = plans_for(request).filter(slug=slug).first()
        if plan is None:
            raise Http404(_("There is no such plan."))
        return told_of(plan, page, request, *args, **kwargs)

    return opened


def plans_for(request: HttpRequest) -> QuerySet[Plan]:
    """The plans that whoever asks may read, each with who issued it."""
    return visible(Plan, request.user).select_related("issuer")


def told_of(plan: Plan, page: Page, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """The page of a plan, or what is wrong with what is kept of it."""
    try:
        return page(request, plan, *args, **kwargs)
    except Fault as why:
        told = {"fault": fault_text(why), **context(request, plan, "", _("This cannot be shown"))}
        return TemplateResponse(request, "plan/fault.html", told, status=409)


def for_officers(page: Page) -> Page:
    """A page for those who work for the district."""

    @wraps(page)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not inside(request.user):
            raise PermissionDenied(_("Only for officers of the district."))
        return page(request, *args, **kwargs)

    return opened


def for_writers(page: Page) -> Page:
    """An act of those who keep the plan."""

    @wraps(page)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_write(request.user):
            raise PermissionDenied(_("Only for: %(roles)s.") % {"roles": OFFICER.title})
        return page(request, *args, **kwargs)

    return opened


# --- addresses --------------------------------------------------------------------------------------------------------


def plan_url(slug: str, *parts: str) -> str:
    """The address of a page of a plan: plan_url("p", "task", "x") is /plans/p/task/x/."""
    return "/".join(("/plans", slug, *parts, ""))


def clause_url(slug: str, code: str) -> str:
    """The address of a clause; `#` would end an address, so it is written `-`."""
    return plan_url(slug, "clause", code.replace("#", "-"))


def task_url(slug: str, commitment: str) -> str:
    """The address of a task."""
    return plan_url(slug, "task", commitment)


def target_url(slug: str, target: str) -> str:
    """The address of a target."""
    return plan_url(slug, "indicator", target)


# --- the frame of a page ----------------------------------------------------------------------------------------------


def plan_title(plan: Plan) -> str:
    """What a plan is called on its pages."""
    return local_text(plan, "short") or local_text(plan, "title")


def context(
    request: HttpRequest, plan: Plan, key: str, title: str, above: tuple[tuple[str, str], ...] = ()
) -> dict[str, Any]:
    """The context of a page: the plan, the way here (`above`: titles and addresses between plan and page), the tabs."""
    way = [(_("Plans"), "/plans/"), (plan_title(plan), plan_url(plan.slug)), *above, (title, "")]
    if not key and not above:
        way = [way[0], (plan_title(plan), "")]
    return {
        "plan": plan,
        "plan_url": plan_url(plan.slug),
        "title": title,
        "crumbs": [{"title": text, "url": url} for text, url in way],
        "tabs": tabs(request, plan, key),
        "inside": inside(request.user),
        "may_write": may_write(request.user),
    }


def tabs(request: HttpRequest, plan: Plan, key: str) -> list[dict[str, Any]]:
    """The pages of a plan. The side leads to those of the default plan; one of which only the frame is kept has no others."""
    if plan.outline or plan.slug == card().get("default_plan"):
        return []
    named = [
        ("", _("Overview")),
        ("trace", _("Clauses and commitments")),
        ("indicator", _("Indicators")),
        ("task", _("Tasks")),
        ("duties", _("Division of work")),
        ("contradictions", _("Contradictions")),
        ("evaluation", _("Evaluation")),
    ]
    return [
        {"title": title, "url": plan_url(plan.slug, *filter(None, [part])), "count": None, "current": part == key}
        for part, title in named
        if opens(part, request.user)
    ]


@dataclass(frozen=True)
class Day:
    """The day a page speaks of: asked for with `?as_of=`, else today. `fault` says why another was not taken."""

    day: date
    asked: bool = False
    fault: str = ""


def day_of(request: HttpRequest) -> Day:
    """The day asked for. A day to come, or no day at all, gives today and says so."""
    today, text = timezone.localdate(), request.GET.get("as_of", "").strip()
    if not text:
        return Day(today)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return Day(today, fault=_("“%(value)s” is not a day. Today is shown instead.") % {"value": text[:40]})
    if day > today:
        return Day(today, fault=_("Nothing is known yet of a day to come. Today is shown instead."))
    return Day(day, asked=True)
