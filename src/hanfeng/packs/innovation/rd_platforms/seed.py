"""Demo institutions from the base day's counts up to today, with reviews in every state; every row is marked as demo data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from random import Random
from typing import Any

from django.utils import timezone

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.places.models import Place
from hanfeng.kernel.api import calendar

from .flow import GOOD, PASS, yearly
from .models import CountingRule, Equipment, Institution, Recognition, Review, State
from .terms import SERVICE, Ending, Field, Kind, Rank

WORDS: dict[str, Any] = tomllib.loads((files(__package__) / "seed.toml").read_text("utf-8"))
DAY = timedelta(days=1)
YEARLY = 13  # institutions added in a usual year


@dataclass
class Plan:
    """One institution while the district is being made up."""

    kind: Kind
    since: date
    rank: Rank
    pinned: int = 0  # days from today to the end of its recognition
    gone: date | None = None
    raised: date | None = None


def an_institution(body: Body, kind: Kind = Kind.ENTERPRISE, **changes: Any) -> Institution:
    """An institution, not yet written."""
    field = changes.pop("field", Field.GENERAL)
    ending, told = WORDS["kinds"].get(kind.value, WORDS["words"]["new_type"])[:2], WORDS["fields"][str(field)]
    values = {
        "body": body, "field": field, "name": f"{body.name[:6]}{told[0]}{ending[0]}",
        "name_en": f"{body.name_en.split(' Co.')[0]} {told[1]} {ending[1]}"[:160], "demo": True,
    }  # fmt: skip
    return Institution(**values | changes)


def a_recognition(institution: Institution | None, kind: Kind, rank: Rank, since: date, **changes: Any) -> Recognition:
    """A recognition, not yet written."""
    values = {"institution": institution, "kind": kind, "rank": rank, "valid_from": since, "demo": True}
    return Recognition(**values | changes)


def fill(demo: Any) -> None:
    """Make and keep the district's institutions."""
    random = demo.random("rd_platforms")
    plans = _plans(demo, random)
    hosts = _hosts(demo, random)
    towns = list(Place.objects.exclude(col=None).order_by("slug"))
    institutions = [_institution(p, hosts[i % len(hosts)], towns, random, i) for i, p in enumerate(plans)]
    demo.keep(institutions)
    demo.keep([r for p, made in zip(plans, institutions, strict=True) for r in _recognitions(p, made, demo, random)])
    demo.keep([CountingRule(kind=Kind.JOINT_BASE, starts=demo.base_day, source=WORDS["words"]["source"])])
    standing = [(p, made) for p, made in zip(plans, institutions, strict=True) if not p.gone]
    demo.keep([review for p, made in standing for review in _reviews(p, made, demo, random)])
    demo.keep([e for p, made in standing for e in _instruments(p, made, demo, random)])


def _plans(demo: Any, random: Random) -> list[Plan]:
    """On the base day as many of each class as the base says; then a dozen a year, and the first new-type one in the third."""
    weights = {k: WORDS["kinds"][k.value][2] for k in Kind if k.value in WORDS["kinds"]}
    research = [k for k in weights if k.value not in SERVICE and k != Kind.JOINT_BASE]
    service = [k for k in weights if k.value in SERVICE]
    found = []
    for kinds, measure in ((research, "professional-rd-institutions"), (service, "technology-service-institutions")):
        for kind in random.choices(kinds, [weights[k] for k in kinds], k=demo.base(measure, 6)):
            since = demo.base_day - timedelta(days=random.randrange(5 * 365))
            found.append(Plan(kind, since, _rank(random)))
    for year in range(demo.base_day.year + 1, demo.today.year + 1):
        last = min(date(year, 12, 31), demo.today)
        days = max((last - date(year, 1, 1)).days, 1)
        for kind in random.choices(
            [*research, *service], [weights[k] for k in (*research, *service)], k=max(YEARLY * days // 364, 1)
        ):
            found.append(Plan(kind, date(year, 1, 1) + random.randrange(days) * DAY, _rank(random)))
    first_new = date(demo.base_day.year + 3, 6, 18)
    if first_new < demo.today:
        found.append(Plan(Kind.NEW_TYPE, first_new, Rank.MUNICIPAL))
    found += [Plan(Kind.JOINT_BASE, demo.base_day - 300 * DAY, Rank.DISTRICT) for _i in range(3)]
    for place, plan in enumerate(found):
        plan.pinned = (12, 30, 55, 80, -20)[place] if place < 5 else 0
        fate, after = random.random(), plan.since + random.randrange(400, 1200) * DAY
        if place >= 5 and max(after, demo.base_day) < demo.today and plan.kind != Kind.NEW_TYPE:
            after = max(after, demo.base_day + DAY)
            plan.gone = after if fate < 0.05 else None
            plan.raised = after if fate > 0.93 and plan.rank == Rank.DISTRICT else None
    return found


def _rank(random: Random) -> Rank:
    return random.choices((Rank.NATIONAL, Rank.MUNICIPAL, Rank.DISTRICT), (1, 14, 15))[0]


def _hosts(demo: Any, random: Random) -> list[Body]:
    """Demo enterprises; the one that the demo account belongs to first. Where none are kept, bodies of our own."""
    hosts = list(Body.objects.filter(kind=Body.Kind.ENTERPRISE, demo=True, ends=None).order_by("slug")[:150])
    if not hosts:
        own = [
            Body(slug=f"demo-host-{n}", name=f"演示单位{n}", name_en=f"Demo Body {n}", kind=Body.Kind.INSTITUTE)
            for n in range(9)
        ]
        demo.keep(own)
        return own
    return [hosts[0], *random.sample(hosts[1:], len(hosts) - 1)]


def _institution(plan: Plan, host: Body, towns: list[Place], random: Random, number: int) -> Institution:
    field = random.choice(list(Field))
    body_kind = plan.kind in {Kind.NEW_TYPE, Kind.INSTITUTE} or plan.kind.value in SERVICE
    name = an_institution(host, plan.kind, field=field)
    return an_institution(
        host, plan.kind, field=field, name=f"{name.name}{number // 150 + 1 if number >= 150 else ''}",
        town=random.choice(towns) if towns else None, independent=body_kind and random.random() < 0.5,
        founded=plan.since - random.randrange(60, 900) * DAY, closed=plan.gone, researchers=random.randrange(4, 60),
    )  # fmt: skip


def _recognitions(plan: Plan, made: Institution, demo: Any, random: Random) -> list[Recognition]:
    """One recognition, or two when it was raised; five years where it has an end, some ending about now."""
    number = WORDS["words"]["number"].format(year=plan.since.year, n=random.randrange(1, 90))
    if plan.pinned:
        until = demo.today + plan.pinned * DAY
        return [a_recognition(made, plan.kind, plan.rank, plan.since, valid_until=until, number=number)]
    if plan.gone:
        return [
            a_recognition(made, plan.kind, plan.rank, plan.since, ended=plan.gone, why=Ending.DISSOLVED, number=number)
        ]
    if plan.raised:
        first = a_recognition(
            made, plan.kind, plan.rank, plan.since, ended=plan.raised, why=Ending.UPGRADED, number=number
        )
        return [first, a_recognition(made, plan.kind, Rank.MUNICIPAL, plan.raised, number=f"{number}-2")]
    return [a_recognition(made, plan.kind, plan.rank, plan.since, number=number)]


def _reviews(plan: Plan, made: Institution, demo: Any, random: Random) -> list[Review]:
    """Reviews of the years before last are done; that of last year stands somewhere in the procedure."""
    last = demo.today.year - 1
    rows = []
    for year in range(max(plan.since.year, last - 2), last + 1):
        if year < last:
            score = min(round(random.gauss(78, 11)), 100)
            state = State.GOOD if score >= GOOD else State.PASSED if score >= PASS else State.FAILED
        else:
            state = random.choices(
                (State.CALLED, State.FILED, State.RETURNED, State.EXAMINED, State.PASSED, State.GOOD),
                (14, 16, 4, 8, 40, 18),
            )[0]
            score = round(random.uniform(GOOD, 98) if state == State.GOOD else random.uniform(PASS, GOOD - 1))
        rows.append(_review(made, year, state, score, random, demo.today))
    return rows


def _review(made: Institution, year: int, state: State, score: int, random: Random, today: date) -> Review:
    told = state not in {State.CALLED}
    judged = state in {State.EXAMINED, State.PASSED, State.GOOD, State.FAILED}
    limit = yearly.limits.get(state)
    done = datetime.combine(min(date(year + 1, 4, 20), today), time(15), timezone.get_current_timezone())
    entered = timezone.now() - timedelta(days=random.uniform(1, 40)) if limit else done
    staff = made.researchers or 10
    return Review(
        institution=made, year=year, state=state, entered_at=entered,
        due_at=limit.due(entered, calendar()) if limit else None,
        staff=staff if told else None, spending=staff * random.randrange(8, 22) if told else None,
        projects=random.randrange(1, 9) if told else None, patents=random.randrange(7) if told else None,
        served=random.randrange(40) if told else None, income=random.randrange(600) if told else None,
        text=WORDS["words"]["report"] if told else "", score=score if judged else None,
        finding=WORDS["words"]["finding"] if judged else "", demo=True,
    )  # fmt: skip


def _instruments(plan: Plan, made: Institution, demo: Any, random: Random) -> list[Equipment]:
    rows = []
    for what in random.sample(WORDS["instruments"], random.choice((0, 0, 1, 1, 2))):
        hours = random.randrange(200, 1800)
        shared = random.random() < 0.6
        bought = plan.since + random.randrange(10, 300) * DAY
        rows.append(
            Equipment(
                institution=made, name=what["name"][0], name_en=what["name"][1], model=what["name"][2],
                price=what["price"], bought=bought if bought < demo.today else None, hours=hours,
                outside_hours=round(hours * random.uniform(0.05, 0.5)) if shared else 0, demo=True,
                shared_from=min(bought + 90 * DAY, demo.today) if shared else None,
                terms=WORDS["words"]["terms"] if shared else "",
            )
        )  # fmt: skip
    return rows
