"""Returns of the invented county's industrial firms since the base year, in every state; every row is marked as demo data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.facts import kinds
from hanfeng.commons.places.models import Place
from hanfeng.commons.series.kinds import GDP
from hanfeng.commons.series.reading import yearly
from hanfeng.kernel.api import ask_all, calendar, draft_edition, find, release_edition
from hanfeng.kernel.pure import Period

from . import standard
from .calling import due_day, frame
from .flow import returns
from .models import Call, Filing, Project
from .roles import AUDITOR
from .terms import Activity, Mode, Origin, State

MOST, YEARS, PUBLISHED = 110, 6, 3
NAMES = (
    "节能装备改造",
    "轻量化零部件",
    "智能检测产线",
    "生物提取工艺",
    "环保涂层材料",
    "特色食品加工",
    "低功耗控制模块",
)
LAST = (
    (State.ACCEPTED, 84),
    (State.AUDITED, 3),
    (State.CHECKED, 4),
    (State.FILLED, 5),
    (State.RETURNED, 4),
    (State.CALLED, 8),
    (State.EXCUSED, 2),
)
"""How many returns of the newest year stand where."""


def a_filing(call: Call, body: Body, internal: int, revenue: int, **changes: Any) -> Filing:
    """A return that fits together, not yet written: everything follows from internal spending and revenue."""
    costs = {
        "staff": round(internal * 0.52),
        "direct": round(internal * 0.36),
        "depreciation": round(internal * 0.07),
        "amortisation": round(internal * 0.02),
        "design": round(internal * 0.02),
        "trial": round(internal * 0.01),
        "outsourced": round(internal * 0.08),
        "other_costs": round(internal * 0.04),
    }
    spent = {
        "daily_staff": round(internal * 0.5),
        "assets_equipment": round(internal * 0.09),
        "assets_building": 0,
        "assets_other": round(internal * 0.02),
    }
    spent["daily_other"] = internal - sum(spent.values())
    years = Decimal(f"{max(spent['daily_staff'] / 118, 0.5):.1f}")
    external = {
        "external_institutes": 0,
        "external_universities": costs["outsourced"],
        "external_firms": 0,
        "external_abroad": 0,
    }
    values = {
        "call": call,
        "body": body,
        "year": call.year,
        "employees": max(round(revenue / 900), round(float(years) * 1.6) + 6),
        "revenue": revenue,
        "rd_people": round(float(years) * 1.3) + 1,
        "fte": years,
        **costs,
        "costs": sum(costs.values()),
        **spent,
        "internal": internal,
        "basic": 0,
        "applied": round(internal * 0.04),
        "experimental": internal - round(internal * 0.04),
        "from_government": round(internal * 0.05),
        "from_enterprise": internal - round(internal * 0.05),
        "from_abroad": 0,
        "from_other": 0,
        **external,
        "external": costs["outsourced"],
        "state": State.ACCEPTED,
        "demo": True,
    }
    return Filing(**values | changes)


def a_project(filing: Filing, place: int, share: float) -> Project:
    """A project of such a return, not yet written."""
    spending = round((filing.internal or 0) * share)
    return Project(
        filing=filing,
        name=f"{NAMES[(filing.body_id + place) % len(NAMES)]}（演示{place + 1}）",
        origin=Origin.OWN if place else Origin.LOCAL,
        activity=Activity.EXPERIMENTAL,
        starts=date(filing.year, 1, 10),
        ends=date(filing.year + 1, 6, 30),
        people=3,
        months=Decimal(f"{min(float(filing.fte or 0) * 12 * share * 0.9, 36):.1f}"),
        spending=spending,
        government=round(spending * 0.04),
        demo=True,
    )


def fill(demo: Any) -> None:
    """Calls of the years since the base, and what came of them."""
    random = demo.random("innovation-statistics")
    first, gdp = demo.base_day.year, yearly(GDP)
    years = [year for year in range(first, first + YEARS) if due_day(date(year + 1, 1, 12)) < demo.today]
    if not years:
        return
    found = frame(years[-1])
    ours = set(Body.objects.filter(slug="demo-firm-0001").values_list("pk", flat=True))
    chosen = [*ours, *(pk for pk in found.firms if pk not in ours)][:MOST]
    bodies = Body.objects.in_bulk(chosen)
    towns, known = dict(Place.objects.values_list("slug", "pk")), _known(years)
    calls = [Call(year=y, mode=Mode.IMPORT, called=date(y + 1, 1, 12), due=due_day(date(y + 1, 1, 12))) for y in years]
    demo.keep(calls)
    weights = {pk: random.lognormvariate(0, 0.75) for pk in chosen}
    for place, call in enumerate(calls):
        share = (demo.bases.get("rd-intensity", 1.5) + 0.085 * place) / 100
        total = float(gdp.get(call.year, 500)) * 100_000 * share
        rows = []
        told = {pk: known[pk, call.year] for pk in chosen if known.get((pk, call.year))}
        rest = total - sum(told.values()) * 0.045
        heavy = sum(weight for pk, weight in weights.items() if pk not in told)
        for number, pk in enumerate(pk for pk in chosen if pk in bodies):
            if pk in told:
                revenue, internal = told[pk], max(round(told[pk] * random.uniform(0.03, 0.06)), 40)
            else:
                internal = max(round(rest * weights[pk] / heavy * random.uniform(0.9, 1.1)), 40)
                revenue = round(internal / random.uniform(0.015, 0.024))
            filing = a_filing(
                call,
                bodies[pk],
                internal,
                revenue,
                town_id=towns.get(found.towns.get(pk, "")),
                industry=found.industries.get(pk, ""),
                stage=found.stages.get(pk, ""),
                above_scale=pk in found.firms,
            )
            _stand(filing, call, number, pk in ours, call is calls[-1], demo, random)
            rows.append(filing)
        demo.keep(rows)
        if len(calls) - place <= 2:
            demo.keep([p for filing in rows if filing.internal for p in _projects(filing)])
    for year in years[-PUBLISHED:]:
        _publish(year)


def _publish(year: int) -> None:
    """An edition of a year, the newest of them of few returns; drafted by one demo account and released by another, if any."""
    pack = find("innovation_statistics")
    author, approver = (
        User.objects.filter(groups__name=name, is_active=True).first() for name in (AUDITOR.name, "portal.approver")
    )
    if pack and author and approver:
        edition = draft_edition(pack, Period.year(year), timezone.localdate(), author, demo=True)
        release_edition(edition, approver)


def _known(years: list[int]) -> dict[tuple[int, int], int]:
    """Revenue that a register tells, in thousand yuan."""
    told: dict[tuple[int, int], int] = {}
    for year in years:
        for values in ask_all(kinds.REVENUE, Period.year(year)).values():
            told |= {
                (pk, year): round(10 * float(value)) for pk, value in values.items() if isinstance(value, int | float)
            }
    return told


def _projects(filing: Filing) -> Iterator[Project]:
    yield a_project(filing, 0, 0.6)
    if filing.body_id % 3 == 0:
        yield a_project(filing, 1, 0.3)


def _stand(filing: Filing, call: Call, number: int, ours: bool, newest: bool, demo: Any, random: Random) -> None:
    """Where a return stands, when it came, and what is wrong with it."""
    state = State.RETURNED if ours and newest else _state(number, newest)
    came = call.ends - timedelta(days=random.choice((1, 2, 3, 5, 9, 14)), hours=random.randrange(1, 8))
    if number % 13 == 5 and not newest:
        came = call.ends + timedelta(days=random.choice((2, 4, 9, 20)))  # late, but it came
    filing.state, filing.filed, filing.entered_at = state, came, came
    if state in (State.CALLED, State.EXCUSED):
        filing.filed, filing.entered_at = None, _moment(call.called)
        for name in (*standard.MONEY, "employees", "rd_people", "fte"):
            setattr(filing, name, None)
        filing.due_at = call.ends if state == State.CALLED else None
    elif limit := returns.limits.get(state):
        filing.entered_at = timezone.now() - timedelta(days=random.randrange(1, 6), hours=3)
        filing.due_at = limit.due(filing.entered_at, calendar())
        _spoil(filing, number)


def _state(number: int, newest: bool) -> State:
    if not newest:
        return State.CALLED if number % 29 == 7 else State.EXCUSED if number % 31 == 9 else State.ACCEPTED
    for state, count in LAST:
        if number < count:
            return state
        number -= count
    return State.ACCEPTED


def _spoil(filing: Filing, number: int) -> None:
    """Faults such as firms make: a total that does not add up, more person-years than people, depreciation counted as spent."""
    if filing.state == State.RETURNED or number % 2:
        match number % 3:
            case 0:
                filing.costs = (filing.costs or 0) + 1200
            case 1:
                filing.rd_people = max(int(filing.fte or 1) - 3, 0)
            case _:
                filing.experimental = (filing.experimental or 0) + 900


def _moment(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(9)))
