"""The facts of the register's rule gathered from whoever tells them, and the rule run for one firm and for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from hanfeng.commons.facts import kinds
from hanfeng.commons.people.models import is_officer
from hanfeng.kernel.api import FactKind, Told, ask, ask_all, holds, parameter, visible
from hanfeng.kernel.pure import NoParameter, Parameter, Period

from .held import valid
from .models import Enterprise
from .parameters import PARAMETERS
from .roles import OFFICER
from .standard import Facts, Judgement, Limits, between, judge
from .terms import Kind

RULE = "enterprises.register"
MOST = 300
NUMBERS: Mapping[str, FactKind] = {
    "employees": kinds.EMPLOYEES, "tech_staff": kinds.TECH_STAFF, "revenue": kinds.REVENUE, "rd_spending": kinds.RD_SPENDING,
    "inventions": kinds.INVENTIONS,
}  # fmt: skip
NAMES: Mapping[str, Any] = {
    **{name: kind.title for name, kind in NUMBERS.items()},
    "high_tech": kinds.HIGH_TECH.title,
    "here": gettext_lazy("in operation in the district"),
}
"""What each fact is called where it is missing."""


def rule(day: date) -> Parameter[Any]:
    """The version of the rule in force on a day: the kept one, else what the pack declares."""
    try:
        return parameter(RULE, day)
    except NoParameter:
        return next(declared for declared, _zh, _en in PARAMETERS if declared.name == RULE)


def limits(held: Parameter[Any]) -> Limits:
    """The numbers of a version of the rule."""
    told = held.value
    return Limits(float(told["staff_share"]), float(told["rd_share"]), float(told["inventions"]), int(told["needed"]))


def last_year(today: date) -> Period:
    """The last whole year: the one of which a firm has figures."""
    return Period.year(today.year - 1)


def judge_one(firm: Enterprise, today: date) -> Judgement:
    """The rule for one firm, by the figures of the last whole year and the certificates of today."""
    year = last_year(today)
    numbers = {name: between(_sources(ask(kind, firm.body, year))) for name, kind in NUMBERS.items()}
    titled = {told.value for told in ask(kinds.HIGH_TECH, firm.body, Period(today, today + timedelta(days=1)))}
    facts = Facts(here=_here(firm), high_tech=True in titled if titled else None, **numbers)
    return judge(facts, limits(rule(today)))


def _sources(told: tuple[Told, ...]) -> dict[str, float]:
    return {each.provider: float(each.value) for each in told if isinstance(each.value, int | float)}


def _here(firm: Enterprise) -> bool:
    return firm.status == "active"


def judge_all(today: date) -> Iterator[tuple[Enterprise, Judgement]]:
    """The rule for every firm that has a file; each kind of fact is asked once for all of them."""
    year, day = last_year(today), Period(today, today + timedelta(days=1))
    numbers = {name: _by_body(ask_all(kind, year)) for name, kind in NUMBERS.items()}
    titled = _by_body(ask_all(kinds.HIGH_TECH, day))
    held = limits(rule(today))
    for firm in Enterprise.objects.select_related("body", "town").order_by("pk"):
        said = titled.get(firm.body_id)
        found = {name: between(told.get(firm.body_id, {})) for name, told in numbers.items()}
        facts = Facts(here=_here(firm), high_tech=any(said.values()) if said else None, **found)
        yield firm, judge(facts, held)


def _by_body(told: Mapping[str, Mapping[int, Any]]) -> dict[int, dict[str, float]]:
    """{body: {provider: value}} of what each provider tells of all bodies."""
    found: dict[int, dict[str, float]] = {}
    for provider, values in told.items():
        for body, value in values.items():
            found.setdefault(body, {})[provider] = float(value)
    return found


@dataclass(frozen=True)
class Gap:
    """What the rule and the register say of a firm where they differ."""

    firm: Enterprise
    judgement: Judgement


@login_required
@require_GET
def register_page(request: HttpRequest) -> HttpResponse:
    """Whom the rule would let in and who is not in, who is in and would not be, and which facts are missing most."""
    if not (is_officer(request.user) or holds(request.user, OFFICER)):
        raise PermissionDenied(_("Your roles do not let you read this."))
    today = timezone.localdate()
    inside = set(valid(Kind.SCI_TECH, today).values_list("enterprise", flat=True))
    candidates, doubtful, missing, verdicts = [], [], Counter[str](), Counter[str]()
    for firm, found in judge_all(today):
        if firm.status != "active":
            continue
        verdicts[found.answer.verdict.value] += 1
        missing += Counter(found.answer.missing)
        if found.answer.is_yes and firm.pk not in inside:
            candidates.append(Gap(firm, found))
        elif found.answer.is_no and firm.pk in inside:
            doubtful.append(Gap(firm, found))
    held = rule(today)
    context = {
        "today": today, "year": today.year - 1, "rule": held, "limits": limits(held), "inside": len(inside),
        "verdicts": {name: verdicts[name] for name in ("yes", "no", "unknown")},
        "missing": [(NAMES.get(name, name), n) for name, n in missing.most_common()],
        "parts": (
            (_("Meet the conditions and are not in the register"), candidates[:MOST], len(candidates)),
            (_("Are in the register and do not meet the conditions"), doubtful[:MOST], len(doubtful)),
        ),
    }  # fmt: skip
    return TemplateResponse(request, "enterprises/register.html", context)


@login_required
@require_GET
def firm_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The rule for one firm, condition by condition."""
    firm = visible(Enterprise, request.user).select_related("body").filter(pk=pk).first()
    if firm is None:
        raise Http404(_("There is no such record, or it is not yours to see."))
    today = timezone.localdate()
    found, held = judge_one(firm, today), rule(today)
    context = {
        "firm": firm, "today": today, "year": today.year - 1, "found": found, "rule": held, "limits": limits(held),
        "inside": valid(Kind.SCI_TECH, today).filter(enterprise=firm).exists(),
        "missing": [NAMES.get(name, name) for name in sorted(found.answer.missing)],
    }  # fmt: skip
    return TemplateResponse(request, "enterprises/judged.html", context)
