"""A believable county of invented firms, grown from the counts of the base day; every row is marked as demo data."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files
from random import Random
from typing import Any

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.places.models import Place
from hanfeng.kernel.pure import make_uscc

from .models import Enterprise, Figures, Honour
from .parameters import later
from .terms import Ending, Kind, Stage, Status

WORDS: dict[str, Any] = tomllib.loads((files(__package__) / "seed.toml").read_text("utf-8"))
DAY = timedelta(days=1)
PINNED = 14  # certificates that end about now, so that the face has something to say on any day


@dataclass
class Firm:
    """One firm while the county is being made up."""

    number: int
    industry: str
    founded: date
    sci_tech: date | None = None
    high_tech: date | None = None
    pinned: bool = False
    moved_in: date | None = None
    left: date | None = None
    closed: bool = False
    honours: list[Honour] = field(default_factory=list)


def a_body(number: int, code: str = "000000", **changes: Any) -> Body:
    """The body of a demo firm, not yet written: a name of the cycle, a code with right check characters and a serial of zeros."""
    industry = WORDS["industries"][changes.pop("industry", "electronics")]
    stem, branch = WORDS["stems"][number % 10], WORDS["branches"][number % 12]
    thing = WORDS["things"][number // 60 % 12]
    tail = str(number // 720) if number >= 720 else ""
    values = {
        "slug": f"demo-firm-{number:04d}",
        "name": f"{stem[0]}{branch[0]}{thing[0]}{tail}{industry[0]}{WORDS['company'][0]}",
        "name_en": f"{stem[1]}{branch[1]} {thing[1]}{tail} {industry[1]} {WORDS['company'][1]}",
        "kind": Body.Kind.ENTERPRISE,
        "code": make_uscc(code, f"{number:08d}"),
        "demo": True,
    }
    return Body(**values | changes)


def a_firm(body: Body, **changes: Any) -> Enterprise:
    """The file of a firm, not yet written. No telephone number begins with 100."""
    values = {
        "body": body,
        "industry": "electronics",
        "section": "C",
        "contact": "",
        "phone": "10000000000",
        "demo": True,
    }
    return Enterprise(**values | changes)


def an_honour(enterprise: Enterprise | None, kind: Kind, start: date, **changes: Any) -> Honour:
    """An honour, not yet written."""
    return Honour(
        **{"enterprise": enterprise, "kind": kind, "granted": start, "valid_from": start, "demo": True} | changes
    )


def fill(demo: Any) -> None:
    """Make and keep the county. `demo` tells today, the base counts and their day, the division code, and keeps records."""
    firms = list(_county(demo, demo.random("enterprises")))
    random = demo.random("files")
    towns = list(Place.objects.exclude(col=None).order_by("slug"))
    bodies = [
        a_body(f.number, demo.code, industry=f.industry, starts=f.founded, ends=f.left if f.closed else None)
        for f in firms
    ]
    demo.keep(bodies)
    kept = [_file(f, b, towns, demo.today, random) for f, b in zip(firms, bodies, strict=True)]
    demo.keep(kept)
    for firm, enterprise in zip(firms, kept, strict=True):
        for honour in firm.honours:
            honour.enterprise = enterprise
    demo.keep([honour for firm in firms for honour in firm.honours])
    demo.keep([row for f, e in zip(firms, kept, strict=True) for row in _figures(f, e, demo.today.year - 1, random)])


def _county(demo: Any, random: Random) -> Iterator[Firm]:
    """Firms with their honours: on the base day as many as the base says, then growth, renewal, lapse and departure."""
    base, sci, high = demo.base_day, demo.base("sci-tech-firms", 20), demo.base("high-tech-firms", 5)
    numbers = random.sample(range(2, 3 * sci + 9), 3 * sci + 7)
    numbers.insert(5, 1)  # the firm that the demo account belongs to is one whose certificate ends soon
    weights = [row[3] for row in WORDS["industries"].values()]
    pool = (Firm(n, random.choices(list(WORDS["industries"]), weights)[0], date(base.year, 1, 1)) for n in numbers)
    firms = [next(pool) for _i in range(sci)]
    for place, firm in enumerate(firms):
        firm.sci_tech = base - timedelta(days=random.randrange(4 * 365))
        if place < high:
            firm.pinned = place < min(PINNED, high // 3)
            firm.high_tech = (
                _pinned(demo, place) if firm.pinned else _autumn(random, base.year - random.randrange(3), base)
            )
    for year in range(base.year + 1, demo.today.year + 1):
        _grow(demo, random, year, firms, pool, sci, high)
    firms += list(pool)
    for firm in firms:
        first = min((d for d in (firm.sci_tech, firm.high_tech) if d), default=demo.today)
        firm.founded = first - timedelta(days=400 + int(random.expovariate(1 / 1800)))
        firm.left = _leaves(random, firm, demo)
        firm.honours = [h for h in _honours(firm, demo, random) if not firm.left or h.valid_from < firm.left]
        firm.closed = firm.left is not None and random.random() < 0.7
        _end_with(firm)
    return iter(firms)


def _grow(demo: Any, random: Random, year: int, firms: list[Firm], pool: Iterator[Firm], sci: int, high: int) -> None:
    """A year's newcomers: to the register, to the high-tech list from among them, and every second year one from outside."""
    last = min(date(year, 12, 31), demo.today)
    share = (last - date(year, 1, 1)).days / 364
    for _i in range(round(sci * random.uniform(0.2, 0.3) * share)):
        firm = next(pool)
        firm.sci_tech = date(year, 1, 1) + timedelta(days=random.randrange(max((last - date(year, 1, 1)).days, 1)))
        firms.append(firm)
    ready = [f for f in firms if not f.high_tech and f.sci_tech and f.sci_tech.year < year]
    for firm in random.sample(ready, min(round(high * random.uniform(0.15, 0.32) * share), len(ready))):
        firm.high_tech = _autumn(random, year, last)
    if year % 2 == 0 and last.month > 6:
        firm = next(pool)
        firm.moved_in, firm.high_tech = date(year, 6, 1), _autumn(random, year - 1, last)
        firms.append(firm)


def _autumn(random: Random, year: int, last: date) -> date:
    """A day of the months in which certificates are usually dated, not after `last`."""
    return min(date(year, 9, 15) + timedelta(days=random.randrange(100)), last)


def _pinned(demo: Any, place: int) -> date:
    """A first certificate of the three years up to the base day whose later ones, of three years each, end about now."""
    end: date = demo.today + timedelta(days=-20 + place * 8)
    while end > demo.base_day:
        end = later(end, -3)
    return end


def _leaves(random: Random, firm: Firm, demo: Any) -> date | None:
    if firm.pinned or random.random() > 0.05:
        return None
    day = demo.base_day + timedelta(days=random.randrange(200, max((demo.today - demo.base_day).days, 201)))
    return day if day > (firm.moved_in or firm.founded) + 365 * DAY and day <= demo.today else None


def _honours(firm: Firm, demo: Any, random: Random) -> Iterator[Honour]:
    if firm.sci_tech:
        gives_up = (
            random.random() < 0.05
            and firm.sci_tech + 500 * DAY < demo.today
            and demo.base_day < firm.sci_tech + 500 * DAY
        )
        ended = {"ended": firm.sci_tech + 500 * DAY, "why": Ending.GIVEN_UP} if gives_up else {}
        yield an_honour(None, Kind.SCI_TECH, firm.sci_tech, number=f"DEMO-KJ-{firm.number:05d}", **ended)
    if firm.high_tech:
        yield from _certificates(firm, firm.high_tech, demo, random)
    others = (
        (Kind.TECH_SME, 0.03, 0),
        (Kind.INNOVATIVE, 0.05, 3),
        (Kind.SPECIALISED, 0.04, 3),
        (Kind.GIANT, 0.006, 3),
        (Kind.IP_ADVANTAGE, 0.01, 3),
    )
    for kind, share, years in others:
        if firm.sci_tech and random.random() < share:
            year = demo.today.year - random.randrange(1, 3) if years else demo.today.year
            start = max(date(year, 5, 20), firm.sci_tech)
            if start < demo.today:
                until = later(start, years) if years else date(year + 1, 1, 1)
                yield an_honour(
                    None, kind, start, valid_until=until, number=f"DEMO-{kind.value[:2].upper()}-{firm.number:05d}"
                )


def _certificates(firm: Firm, start: date, demo: Any, random: Random) -> Iterator[Honour]:
    """Certificates of three years, one after the other: renewed a little early, in time, late, or not at all."""
    while True:
        until = later(start, 3)
        following = until if firm.pinned else until + timedelta(days=random.randrange(-45, 20))
        goes_on = (
            following <= demo.today - 60 * DAY if firm.pinned else following <= demo.today and random.random() < 0.82
        )
        early = {"ended": following, "why": Ending.RENEWED} if goes_on and following < until else {}
        batch = WORDS["batch"].format(year=start.year, part=1 if start.month < 11 else 2)
        number = f"DEMO-GR-{start.year}-{firm.number:05d}"
        yield an_honour(None, Kind.HIGH_TECH, start, valid_until=until, number=number, batch=batch, **early)
        if not goes_on:
            return
        start = following


def _end_with(firm: Firm) -> None:
    """What a firm that closes or moves away takes with it."""
    for honour in firm.honours:
        if firm.left and (not honour.end or honour.end > firm.left):
            honour.ended, honour.why = firm.left, Ending.CLOSED if firm.closed else Ending.MOVED


def _file(firm: Firm, body: Body, towns: list[Place], today: date, random: Random) -> Enterprise:
    weight = {Place.Kind.STREET: 6, Place.Kind.TOWN: 2}
    town = random.choices(towns, [weight.get(Place.Kind(t.kind), 1) for t in towns])[0] if towns else None
    section = WORDS["industries"][firm.industry][2]
    years = (today - firm.founded).days / 365
    stage = Stage.START if years < 5 else Stage.GROWTH if years < 10 + random.gauss(0, 2) else Stage.MATURE
    stated = random.random() < 0.95
    lat, lon = (town.lat, town.lon) if town and random.random() < 0.7 else (None, None)
    return a_firm(
        body, town=town, industry=firm.industry, section=section, founded=firm.founded, moved_in=firm.moved_in, left=firm.left,
        status=(Status.CLOSED if firm.closed else Status.MOVED) if firm.left else Status.ACTIVE,
        stage=stage if stated else "", stage_on=max(today - random.randrange(20, 360) * DAY, firm.founded) if stated else None,
        entered=firm.founded + random.randrange(30, 900) * DAY if random.random() < 0.4 else None,
        above_scale=section == "C" and random.random() < 0.3, contact=random.choice(WORDS["surnames"]) + WORDS["given"],
        phone=f"1000000{firm.number:04d}",
        lat=None if lat is None else round(lat + random.gauss(0, 0.012), 5),
        lon=None if lon is None else round(lon + random.gauss(0, 0.014), 5),
    )  # fmt: skip


def _money(amount: float) -> Decimal:
    return Decimal(f"{amount:.2f}")


def _staff(firm: Firm, year: int, revenue: float) -> int | None:
    """Sci-tech staff, which every third firm does not state; without chance, so that what else falls stays as it is."""
    return None if firm.number % 3 == 0 else round((8 + revenue / 45) * (5 + (firm.number + year) % 17) / 100)


def _figures(firm: Firm, enterprise: Enterprise, last: int, random: Random) -> Iterator[Figures]:
    """Figures of the last years: four for high-tech firms, two for some of the others."""
    years = 4 if firm.high_tech else 2 if firm.sci_tech and random.random() < 0.45 else 0
    revenue = WORDS["industries"][firm.industry][4] * random.lognormvariate(0, 0.7)
    for year in range(last - years + 1, last + 1):
        revenue *= random.uniform(0.72, 1.12) if random.random() < 0.25 else random.uniform(1.0, 1.28)
        if firm.founded.year < year and not (firm.left and firm.left.year <= year):
            yield Figures(
                enterprise=enterprise, year=year, employees=round(8 + revenue / 45),
                tech_staff=_staff(firm, year, revenue), revenue=_money(revenue),
                rd_spending=_money(revenue * random.uniform(0.02, 0.08)), patents=random.randrange(12 if firm.high_tech else 3),
                source=WORDS["source"], demo=True,
            )  # fmt: skip
