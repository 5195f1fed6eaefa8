"""Demo patents from the base day up to today: granted, lapsed, restored, transferred, pending, with fees in every stage."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files
from random import Random
from typing import Any

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.places.models import Place
from hanfeng.commons.series.kinds import RESIDENTS
from hanfeng.commons.series.models import SeriesValue
from hanfeng.commons.series.reading import value_of
from hanfeng.standards import cn_patents
from hanfeng.standards.cn_patents import annuity, annuity_due, months_after, year_of

from .models import Happened, Kind, LegalEvent, Patent, Payment, Share
from .parameters import Tariff, tariff

WORDS: dict[str, Any] = tomllib.loads((files(__package__) / "seed.toml").read_text("utf-8"))
DAY = timedelta(days=1)
PINNED = (-230, -120, -50, -12, 4, 11, 19, 27, 38, 52, 66, 80)
"""Days from today to the next annuity of the first patents, so that the face has something to say on any day."""


@dataclass
class Plan:
    """One patent while the district is being made up."""

    kind: Kind
    filed: date
    granted: date | None
    lapses: date | None = None
    restored: date | None = None
    due: date | None = None
    moved: tuple[date, bool] | None = None
    inside: bool = True


def a_patent(
    holder: Body, number: int = 1, kind: Kind = Kind.INVENTION, filed: date = date(2018, 5, 8), **changes: Any
) -> Patent:
    """A patent, not yet written; its number is right and was never given."""
    values = {
        "number": cn_patents.make_application_number(filed.year, cn_patents.Kind(kind.value), 9_990_000 + number),
        "title": "演示专利", "title_en": "Demo patent", "holder": holder, "filed": filed, "ipc": "H01M 10/0525", "demo": True,
    }  # fmt: skip
    return Patent(**values | changes)


def fill(demo: Any) -> None:
    """Make and keep the district's patents."""
    random = demo.random("ip")
    _residents(demo)
    plans = list(_plans(demo, random))
    holders = list(Body.objects.filter(kind=Body.Kind.ENTERPRISE, demo=True, ends=None).order_by("slug")[:60]) or _own(
        demo
    )
    towns = list(Place.objects.exclude(col=None).order_by("slug"))
    patents = [_patent(i, p, holders, towns, random) for i, p in enumerate(plans)]
    demo.keep(patents)
    pairs = list(zip(plans, patents, strict=True))
    demo.keep([event for plan, made in pairs for event in _events(plan, made)])
    costs = tariff(demo.today)
    demo.keep([paid for plan, made in pairs for paid in _payments(plan, made, demo.today, costs)])
    demo.keep([share for _plan, made in pairs if made.others for share in _shares(made, random)])


def _own(demo: Any) -> list[Body]:
    bodies = [
        Body(slug=f"demo-holder-{n}", name=f"演示权利人{n}", name_en=f"Demo holder {n}", kind=Body.Kind.ENTERPRISE)
        for n in range(5)
    ]
    demo.keep(bodies)
    return bodies


def _residents(demo: Any) -> None:
    """Invented residents for the years that no series tells; marked as such."""
    first = demo.base_day.year
    years = [(first + i, v) for i, v in enumerate(WORDS["residents"]) if first + i < demo.today.year]
    demo.keep(
        [
            SeriesValue(
                series=RESIDENTS.name, year=year, value=Decimal(str(value)), vintage=date(year + 1, 4, 1),
                source=WORDS["residents_source"],
            )
            for year, value in years
            if value_of(RESIDENTS, year) is None
        ]
    )  # fmt: skip


def _plans(demo: Any, random: Random) -> Iterator[Plan]:
    """As many inventions in force on the base day as its figure says; then grants, lapses and transfers year by year."""
    base, today = demo.base_day, demo.today
    people = value_of(RESIDENTS, base.year) or WORDS["residents"][0]
    number = max(round(demo.bases.get("invention-patents-per-10000", 0.4) * people), 14)
    for place in range(number):
        granted = base - random.randrange(5 * 365) * DAY
        plan = Plan(Kind.INVENTION, months_after(granted, -random.randrange(20, 44)), granted)
        if place < len(PINNED):
            plan.due = today + PINNED[place] * DAY
            plan.filed = _filed_for(plan.due, plan.filed)
        elif random.random() < 0.24:
            plan.lapses = _anniversary_after(plan.filed, base + random.randrange(1, 5 * 365) * DAY)
            plan.lapses = plan.lapses if plan.lapses <= today else None
            if plan.lapses and random.random() < 0.2:
                plan.restored = min(plan.lapses + 90 * DAY, today)
        elif random.random() < 0.03:
            plan.moved = (base + random.randrange(300, 1500) * DAY, False)
        yield plan
    for year in range(base.year + 1, today.year + 1):
        last = min(date(year, 12, 31), today)
        days = max((last - date(year, 1, 1)).days, 1)
        for kind, many, months in ((Kind.INVENTION, 10, 30), (Kind.UTILITY, 26, 8), (Kind.DESIGN, 7, 6)):
            for _i in range(max(many * days // 364, 1)):
                granted = date(year, 1, 1) + random.randrange(days) * DAY
                yield Plan(kind, months_after(granted, -random.randrange(months - 4, months + 8)), granted)
    for _i in range(2):
        yield Plan(
            Kind.INVENTION,
            date(base.year - 3, 3, 3),
            date(base.year - 1, 5, 5),
            moved=(date(base.year + 2, 7, 1), True),
            inside=False,
        )
    for i in range(30):
        yield Plan(Kind.INVENTION if i % 2 else Kind.UTILITY, today - random.randrange(20, 500) * DAY, None)


def _filed_for(due: date, about: date) -> date:
    """A filing day near another one such that an annuity falls due on `due`."""
    return months_after(due, 12 * (about.year - due.year))


def _anniversary_after(filed: date, day: date) -> date:
    return annuity_due(filed, year_of(filed, day) + 1)


def _patent(number: int, plan: Plan, holders: list[Body], towns: list[Place], random: Random) -> Patent:
    ipc, zh, en = random.choice(WORDS["subjects"])
    form = random.choice(WORDS["forms"])
    strategic = random.choices((True, False, None), (25, 60, 15))[0]
    known = plan.kind == Kind.INVENTION
    return a_patent(
        holders[min(int(random.expovariate(1 / 12)), len(holders) - 1)], number, plan.kind, plan.filed,
        title=form[0].format(zh), title_en=form[1].format(en), granted=plan.granted, inside=plan.inside,
        published=months_after(plan.filed, 18) if known and plan.granted else None, ipc=ipc if plan.kind != Kind.DESIGN else "",
        town=random.choice(towns) if towns else None, others=WORDS["university"] if random.random() < 0.1 else "",
        strategic=strategic if known else None, families=random.choices((0, 1, 3, None), (80, 5, 2, 13))[0] if known else None,
        pledged=random.choices((0, 300, 1500, None), (82, 6, 2, 10))[0] if known else None,
        awarded=random.choices((False, True, None), (90, 1, 9))[0] if known else None,
    )  # fmt: skip


def _events(plan: Plan, made: Patent) -> Iterator[LegalEvent]:
    told = {"patent": made, "source": WORDS["source"], "demo": True}
    if plan.lapses:
        yield LegalEvent(kind=Happened.LAPSED, on=plan.lapses, **told)
    if plan.restored:
        yield LegalEvent(kind=Happened.RESTORED, on=plan.restored, **told)
    if plan.moved:
        day, inside = plan.moved
        yield LegalEvent(
            kind=Happened.TRANSFERRED,
            on=day,
            inside=inside,
            to=made.holder if inside else None,
            to_name="" if inside else WORDS["university"],
            **told,
        )


def _payments(plan: Plan, made: Patent, today: date, costs: Tariff) -> Iterator[Payment]:
    """The annuity of the year of the grant and the last one paid."""
    if not plan.granted:
        return
    first = year_of(plan.filed, plan.granted)
    end = plan.due or (plan.lapses if plan.lapses and not plan.restored else None)
    last = year_of(plan.filed, end) - 1 if end else year_of(plan.filed, today)
    for year in sorted({first, max(last, first)}):
        amount = annuity(costs.scales[plan.kind.value], year)
        if amount is not None:
            paid = plan.granted if year == first else annuity_due(plan.filed, year) - 20 * DAY
            yield Payment(patent=made, year=year, paid=min(paid, today), amount=amount, demo=True)


def _shares(made: Patent, random: Random) -> Iterator[Share]:
    part = random.choice((5000, 6000, 7000))
    yield Share(patent=made, body=made.holder, part=part, starts=made.filed, demo=True)
    yield Share(patent=made, name=WORDS["university"], part=10_000 - part, inside=False, starts=made.filed, demo=True)
