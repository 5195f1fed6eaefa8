"""What is published of R&D statistics, taken together as somebody from outside gets it, tells no firm's amount."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from io import StringIO
from random import Random
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import translation
from kept_database import standing_on
from scipy.optimize import linprog

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.bodies.terms import Industry, Stage
from hanfeng.commons.people.roles import OFFICER as PEOPLE_OFFICER
from hanfeng.commons.places.models import Place
from hanfeng.commons.series.kinds import GDP
from hanfeng.commons.series.models import SeriesValue
from hanfeng.commons.series.reading import yearly
from hanfeng.kernel import roles
from hanfeng.kernel.api import draft_edition, find, local, release_edition, save, save_many
from hanfeng.kernel.base import disclosure
from hanfeng.kernel.disclosure import editions
from hanfeng.kernel.disclosure.models import Edition
from hanfeng.kernel.portal.flow import APPROVER, EDITOR
from hanfeng.kernel.pure import Period
from hanfeng.packs.innovation.innovation_statistics.models import Call, Filing
from hanfeng.packs.innovation.innovation_statistics.roles import AUDITOR, OFFICER
from hanfeng.packs.innovation.innovation_statistics.seed import a_filing
from hanfeng.packs.innovation.innovation_statistics.terms import State
from hanfeng.plan import loading
from hanfeng.plan.roles import OFFICER as PLAN_OFFICER

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district")]
PACK, WIDTH, TINY = "innovation_statistics", 0.05, 1e-6
YEAR, FIRMS, LATE = 2025, 44, 5
"""The newest year, of which the last firms hand in late."""
PLAN = "/plans/innovation-2021-2025/"
INTENSITY, GROWTH, INDUSTRY = (
    "R&D intensity", "Growth of R&D spending", "R&D of industry above designated size in its revenue",
)  # fmt: skip
SAID = "/innovation_statistics/published/"
OUTSIDE = (
    "/innovation_statistics/", SAID, *(f"{SAID}?year={y}" for y in (YEAR, YEAR - 1)), f"{SAID}{YEAR}.csv",
    *(f"/figures/{name}/?period={y}" for name in ("rd_intensity", "rd_spending_growth", "industry_rd_ratio")
      for y in (YEAR, YEAR - 1)),
    PLAN, f"{PLAN}indicator/", f"{PLAN}indicator/rd-intensity/", f"{PLAN}evaluation/", "/screen/", "/portal/",
    f"{PLAN}evaluation/report/json/?as_of={YEAR}-12-31",
    "/api/v1/indicator/reading?limit=500", "/api/v1/disclosure/edition?limit=500", "/api/sdmx/2.1/data/READINGS",
    "/api/sdmx/2.1/data/TARGETS",
)  # fmt: skip
"""Where the figures of R&D, their breakdowns and their charts stand: pages, tables to take away, REST and SDMX."""


Firm = int
Part = tuple[str, str]
"""A dimension and a value of it as published; both empty for the whole."""
Sum = frozenset[Any]
"""Amounts that are added up, each by its key."""


@dataclass(frozen=True)
class Told:
    """What the public reads of a year: each figure by each part, None where it was left out; and who had handed in by then."""

    year: int
    numbers: dict[tuple[str, Part], float | None]
    returns: tuple[tuple[Filing, frozenset[Part]], ...]


def accepted(*years: int) -> tuple[tuple[Filing, frozenset[Part]], ...]:
    """Who stands in which part is no secret: the attacker knows it of every firm."""
    rows = Filing.objects.filter(state=State.ACCEPTED, year__in=years).select_related("town").order_by("pk")
    with translation.override("en"):
        return tuple((filing, frozenset(parts_of(filing))) for filing in rows)


def read(public: Client, year: int) -> Told:
    answer = public.get(f"/innovation_statistics/published/{year}.csv", headers={"accept-language": "en"})
    assert answer.status_code == 200
    numbers = {
        (row["figure"], (row["by"], row["part"])): float(row["value"]) if row["value"] else None
        for row in csv.DictReader(StringIO(answer.content.decode("utf-8-sig")))
    }
    return Told(year, numbers, accepted(year, year - 1))


def parts_of(filing: Filing) -> Iterator[Part]:
    yield "", ""
    yield "town or sub-district", str(local(filing.town, "name")) if filing.town else "not stated"
    yield "industry", str(filing.get_industry_display()) or "not stated"
    yield "stage", str(filing.get_stage_display()) or "not stated"


class Attacker:
    """Knows every number published, exactly though it is rounded, that none is negative, and who is in which part.

    Written apart from the product's program: an unknown for each amount that a firm stated, no atoms, no aims.
    """

    def __init__(self, published: Iterable[Told]) -> None:
        self.amount: dict[Any, float] = {}
        self.firm: dict[Any, Firm] = {}
        self.known: set[Sum] = set()
        self.secret: set[Sum] = set()
        """What was left out, and every sum that by the rules may not be told, whether it was or not. Of a sum that an earlier
        edition told, what came to it since."""
        self.told: dict[Any, Sum] = {}
        for told in published:
            self._learn(told)
        self.groups = self._groups()

    def _learn(self, told: Told) -> None:
        for (figure, part), number in told.numbers.items():
            sides = self._sides(told, figure, part)
            self.secret |= {side for side in sides if self._sensitive(side)}
            if number is not None:
                self._agrees(told, figure, number, sides)
                self.known |= set(sides)
                before = self.told.get((told.year, figure, part), frozenset())
                since = {side - before for side in sides[:1] if before}
                self.secret |= {side for side in since if self._sensitive(side)}
                self.told[told.year, figure, part] = sides[0] if sides else frozenset()
            elif figure == INTENSITY:
                self.secret.add(sides[0] - self.told.get((told.year, figure, part), frozenset()))

    def _sides(self, told: Told, figure: str, part: Part) -> list[Sum]:
        wanted = [("internal", told.year, False)]
        if figure == GROWTH:
            wanted += [("internal", told.year - 1, False)]
        elif figure == INDUSTRY:
            wanted = [("internal", told.year, True), ("revenue", told.year, True)]
        elif figure != INTENSITY:
            return []  # a count of firms
        return [self._sum(told, item, year, part, industrial) for item, year, industrial in wanted]

    def _sum(self, told: Told, item: str, year: int, part: Part, industrial: bool) -> Sum:
        keys = []
        for filing, parts in told.returns:
            if filing.year == year and (filing.above_scale or not industrial) and part in parts:
                amount = float(getattr(filing, item) or 0)
                keys.append((item, filing.pk, amount))
                self.amount[keys[-1]], self.firm[keys[-1]] = amount, filing.body_id
        return frozenset(keys)

    def _agrees(self, told: Told, figure: str, number: float, sides: list[Sum]) -> None:
        """What was read is what the returns say: else a number that is told would be taken for another."""
        amounts = [sum(self.amount[key] for key in side) for side in sides]
        if figure == INTENSITY:
            assert number == pytest.approx(0.001 * amounts[0] / float(yearly(GDP)[told.year]), abs=0.00501)
        elif sides:
            less, half = (100, 0.0501) if figure == GROWTH else (0, 0.00501)
            assert number == pytest.approx(100 * amounts[0] / amounts[1] - less, abs=half)

    def _sensitive(self, side: Sum) -> bool:
        """Fewer than three firms, one with more than 80 %, or a rest that leaves the second largest less than 10 % of doubt."""
        each = sorted((self.amount[key] for key in side if self.amount[key]), reverse=True)
        return bool(side) and (len(each) < 3 or each[0] > 0.8 * sum(each) or sum(each[2:]) < 0.1 * each[0])

    def _groups(self) -> dict[Any, list[Sum]]:
        """Published sums by the item and the returns' year they are of: no sum mixes two."""
        years = dict(Filing.objects.values_list("pk", "year"))
        groups: dict[Any, list[Sum]] = {}
        self.of = {key: (key[0], years[key[1]]) for key in self.amount}
        for side in self.known:
            groups.setdefault(self.of[next(iter(side))], []).append(side)
        return groups

    def bounds(self, target: Sum, own: Firm | None = None) -> tuple[float, float]:
        """The least and the most that a sum can be; `own` is a firm that knows what it stated itself."""
        group = self.of[next(iter(target))]
        keys = [key for key in self.amount if self.of[key] == group]
        known = self.groups.get(group, [])
        rows = np.array([[key in side for key in keys] for side in known], dtype=float)
        sums = [sum(self.amount[key] for key in side) for side in known]
        aim = np.array([key in target for key in keys], dtype=float)
        limits = [(self.amount[key],) * 2 if self.firm[key] == own else (0.0, None) for key in keys]
        ends = []
        for sign in (1.0, -1.0):
            found = linprog(
                sign * aim, A_eq=rows if known else None, b_eq=sums or None, bounds=limits, method="highs-ds"
            )
            ends.append(sign * found.fun if found.status == 0 else -sign * np.inf)
        return ends[0], ends[1]

    def tightest(self) -> float:
        """How closely a number that was left out can be told, or the largest amount in it, the second largest firm looking on."""
        found = np.inf
        for side in self.secret:
            by_size = sorted((key for key in side if self.amount[key]), key=lambda key: -self.amount[key])
            if not by_size:
                continue
            largest = frozenset(by_size[:1])
            for target, own in ((side, None), (largest, None), *((largest, self.firm[key]) for key in by_size[1:2])):
                true = sum(self.amount[key] for key in target)
                low, high = self.bounds(target, own)
                found = min(found, (true - low) / true, (high - true) / true)
        return float(found)


@pytest.fixture(scope="module")
def district(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A plan, and firms few to a town, one of them larger than all others of its town together; taken back at the end."""
    with django_db_blocker.unblock(), standing_on("statistics", _filled):
        yield


def _filled() -> None:
    roles.ensure()
    loading.load()
    random, towns = Random(7), list(Place.objects.filter(kind=Place.Kind.TOWN).order_by("slug")[:9])
    bodies = [Body(slug=f"f{n}", name=f"Firm {n}", kind=Body.Kind.ENTERPRISE) for n in range(FIRMS)]
    save_many(bodies, None, title="test")
    sizes = [40_000 * random.lognormvariate(0, 1.2) for _body in bodies]
    sizes[0] = 1_500_000
    where = [(0 if n == 0 else random.randrange(9), random.randrange(5), random.randrange(3)) for n in range(FIRMS)]
    years = range(YEAR - 3, YEAR + 1)
    values = [
        SeriesValue(series=GDP.name, year=y, value=700 + y % 7, vintage=date(y + 1, 2, 1), source="x") for y in years
    ]
    calls = [Call(year=y, called=date(y + 1, 1, 12), due=date(y + 1, 3, 10)) for y in years]
    save_many(values, None, title="test")
    save_many(calls, None, title="test")
    for call in calls:
        filings = []
        for n, (body, size, (town, industry, stage)) in enumerate(zip(bodies, sizes, where, strict=True)):
            internal = round(size * random.uniform(0.9, 1.2))
            late = call.year == YEAR and n >= FIRMS - LATE
            filings.append(
                a_filing(
                    call, body, internal, round(internal / random.uniform(0.015, 0.024)), town=towns[town],
                    industry=Industry.values[industry], stage=Stage.values[stage], above_scale=n % 4 > 0,
                    state=State.AUDITED if late else State.ACCEPTED, demo=False,
                )
            )  # fmt: skip
        save_many(filings, None, title="test")


@pytest.fixture
def public() -> Client:
    return Client(headers={"accept-language": "en"})


def late_returns() -> list[Filing]:
    return list(Filing.objects.filter(year=YEAR, state=State.AUDITED).order_by("-internal"))


def publish(year: int, person: Any) -> Edition:
    pack = find(PACK)
    assert pack
    edition = draft_edition(pack, Period.year(year), date(YEAR + 1, 12, 1), person(AUDITOR))
    return release_edition(edition, person(APPROVER))


def test_no_number_left_out_is_told_by_all_that_is_published(public: Client, person: Any) -> None:
    """Three years, and a second edition of the newest once the late firms were accepted."""
    published = []
    for year in (YEAR - 2, YEAR - 1, YEAR):
        publish(year, person)
        published.append(read(public, year))
    for filing in late_returns():
        save(filing, None, {"state": State.ACCEPTED})
    publish(YEAR, person)
    attacker = Attacker([*published, read(public, YEAR)])
    assert len(attacker.known) > 30
    assert len(attacker.secret) > 30
    assert attacker.tightest() >= WIDTH - TINY


@pytest.mark.parametrize("judged", ["nothing", "single cells only"])
def test_the_same_attack_finds_firms_where_too_little_is_left_out(
    judged: str, public: Client, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if judged == "nothing":
        monkeypatch.setattr(editions, "protect", lambda cells, rule: disclosure.Protected())
    else:
        monkeypatch.setattr(disclosure, "_spread", lambda problem, out: set())
    publish(YEAR, person)
    assert Attacker([read(public, YEAR)]).tightest() == pytest.approx(0.0, abs=TINY)


def numbers(page: str) -> list[str]:
    """Every number of a page with a point in it, which counts of firms do not have."""
    return re.findall(r"\d+\.\d+", re.sub(r"<script.*?</script>|nonce=\S+|\d+\.\d+\.\d+", "", page, flags=re.DOTALL))


def test_no_figure_for_others_moves_when_one_firm_is_accepted(public: Client, person: Any, browser_of: Any) -> None:
    """Else the difference of two days would be its amount. For those who see every return it moves at once."""
    leader, officer = (
        browser_of(person(PLAN_OFFICER, EDITOR, PEOPLE_OFFICER)),
        browser_of(person(OFFICER, PEOPLE_OFFICER)),
    )
    readers = {"public": public, "leader": leader, "officer": officer}

    def seen() -> dict[tuple[str, str], list[str]]:
        found = {}
        for (name, reader), address in ((each, url) for each in readers.items() for url in OUTSIDE):
            answer = reader.get(address)
            assert answer.status_code == 200 or reader is public, (name, address, answer.status_code)
            if answer.status_code == 200:
                found[name, address] = numbers(answer.content.decode())
        return found

    for year in (YEAR - 1, YEAR):
        publish(year, person)
    large = late_returns()[0]
    save(large, None, {"above_scale": False})  # how many industrial firms have R&D is no amount, and moves
    before = seen()
    save(large, None, {"internal": 9_000_000, "state": State.ACCEPTED})
    after = seen()
    moved = {each for each in before if before[each] != after[each]}
    assert not {each for each in moved if each[0] != "officer"}
    live = (f"/figures/rd_intensity/?period={YEAR}", "/innovation_statistics/", f"{PLAN}indicator/rd-intensity/")
    assert {("officer", address) for address in live} <= moved
    assert before["leader", f"{PLAN}indicator/rd-intensity/"], "the leader's page tells numbers at all"
