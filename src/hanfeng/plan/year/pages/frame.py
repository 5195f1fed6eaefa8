"""What the pages of the year share: who may open them, the tabs, and a task as it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hanfeng.kernel.desk.wording import local_text
from hanfeng.kernel.record.models import Reader
from hanfeng.kernel.roles import Role, holds, visible
from hanfeng.plan.models import Plan
from hanfeng.plan.plans import default_plan
from hanfeng.plan.roles import CONTACT, OFFICER
from hanfeng.plan.year.ledger import Standing, sentences
from hanfeng.plan.year.lights import ORDER
from hanfeng.plan.year.parameters import Rules
from hanfeng.plan.year.roles import HEAD, inside

Page = Callable[..., HttpResponse]


def for_insiders(page: Page) -> Page:
    """A page for those who work for the district."""

    @login_required
    @wraps(page)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not inside(request.user):
            raise PermissionDenied(_("Only for officers of the district."))
        return page(request, *args, **kwargs)

    return opened


def only_for(*roles: Role) -> Callable[[Page], Page]:
    """An act of these roles."""

    def wrapped(page: Page) -> Page:
        @login_required
        @wraps(page)
        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not holds(request.user, *roles):
                named = _(", ").join(str(role.title) for role in roles)
                raise PermissionDenied(_("Only for: %(roles)s.") % {"roles": named})
            return page(request, *args, **kwargs)

        return opened

    return wrapped


def found(model: Any, user: Reader, pk: int, *related: str) -> Any:
    """A record if this reader may see it; else 404, which does not tell that it exists."""
    record = visible(model, user).select_related(*related).filter(pk=pk).first()
    if record is None:
        raise Http404(_("There is no such record, or it is not yours to see."))
    return record


def plan_asked(request: HttpRequest) -> Plan | None:
    """The plan that the address names, else the default one."""
    slug = request.GET.get("plan", "")
    named = Plan.objects.filter(slug=slug).first() if slug else None
    return named or default_plan()


def files_for(user: Reader) -> bool:
    """Whether somebody files or signs for a body."""
    return holds(user, CONTACT, HEAD)


def tabs(request: HttpRequest, here: str) -> list[dict[str, Any]]:
    """The pages of the year, for whoever reads them."""
    named = [("", _("Overview")), ("ledger/", pgettext("year", "Ledger")), ("coordination/", _("Coordination"))]
    if files_for(request.user):
        named.insert(0, ("mine/", _("My items")))
    named.insert(-1, ("round/", _("Rounds")))
    named.append(("adjusting/", _("Adjustment")))
    return [{"title": title, "url": f"/year/{part}", "count": None, "current": part == here} for part, title in named]


def is_keeper(user: Reader) -> bool:
    """Whether somebody keeps the ledger and runs the rounds."""
    return holds(user, OFFICER)


def task_line(one: Standing, held: Rules, clauses: Mapping[int, Iterable[Any]] | None = None) -> dict[str, Any]:
    """A task as the lists draw it."""
    task = one.task
    return {
        "pk": task.pk,
        "number": task.number,
        "title": local_text(task, "title"),
        "url": task.get_absolute_url(),
        "body": local_text(one.body) if one.body else "",
        "named": local_text(task.lead) if one.passed_on and task.lead else "",
        "due": task.due,
        "light": one.light,
        "shown": held.shown(one.light),
        "light_name": held.light_name(one.light),
        "computed": one.computed.key,
        "computed_name": held.light_name(one.computed.key),
        "override": one.override,
        "override_reason": one.override_reason,
        "why": sentences(one.why),
        "problem": local_text(one.entry, "problem") if one.entry else "",
        "next": local_text(one.entry, "next_step") if one.entry else "",
        "demo": task.demo,
        "steps": len(one.steps),
        "reached": sum(step.reached_on is not None for step in one.steps),
        "clauses": [] if clauses is None else [
            {"ref": row.home.code, "url": row.get_absolute_url(), "plan": str(row.plan)}
            for row in clauses.get(task.pk, ())
        ],
    }  # fmt: skip


def tally(lines: Iterable[Standing], held: Rules, url: str) -> list[dict[str, Any]]:
    """How many tasks show which light, the worst first; each leads to its list."""
    counts: dict[str, int] = {}
    for one in lines:
        counts[one.light] = counts.get(one.light, 0) + 1
    return [
        {
            "kind": held.shown(key),
            "count": counts.get(key, 0),
            "title": held.light_name(key),
            "url": f"{url}light={key}",
        }
        for key in ORDER
    ]
