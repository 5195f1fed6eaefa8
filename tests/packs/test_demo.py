"""The demo county: it starts at what the plan says, comes out the same each time, is invented and says so."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Person, Post
from hanfeng.kernel.api import catalogue, count
from hanfeng.kernel.pack import find
from hanfeng.kernel.pure import Period, check_uscc
from hanfeng.kernel.record import audit
from hanfeng.packs.innovation.enterprises.indicators import (
    high_tech_ever,
    high_tech_valid,
    sci_tech_ever,
    sci_tech_valid,
)
from hanfeng.packs.innovation.enterprises.models import Enterprise, Honour
from hanfeng.plan.models import Baseline
from hanfeng.site import demo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("county")]
ADMINISTRATORS = {"people.system", "people.security", "people.audit"}


COUNTED = {"sci-tech-firms": (sci_tech_ever, sci_tech_valid), "high-tech-firms": (high_tech_ever, high_tech_valid)}


@pytest.mark.parametrize(("measure", "indicators"), COUNTED.items(), ids=list(COUNTED))
def test_it_starts_at_what_the_plan_says_of_its_base_day(measure: str, indicators: Any) -> None:
    base = Baseline.objects.get(measure=measure)
    for found in indicators:
        assert (
            count(found, Period(base.date, base.date.replace(year=base.date.year + 1, month=1, day=1))).value
            == base.value
        )


def test_it_grows_lapses_and_is_renewed() -> None:
    first = Baseline.objects.get(measure="high-tech-firms").date.year
    years = [Period.year(y) for y in range(first, first + 6)]
    ever = [count(high_tech_ever, year).value or 0 for year in years]
    valid = [count(high_tech_valid, year).value or 0 for year in years]
    assert ever == sorted(ever)
    assert len(set(ever)) == 6
    assert all(v <= e for v, e in zip(valid, ever, strict=True))
    assert valid[-1] < ever[-1]
    assert set(Honour.objects.values_list("why", flat=True)) >= {"", "renewed", "closed", "moved", "given-up"}
    assert set(Enterprise.objects.values_list("status", flat=True)) == {"active", "closed", "moved"}


def test_no_firm_holds_two_honours_of_one_kind_at_once() -> None:
    rows: dict[Any, list[Honour]] = {}
    for honour in Honour.objects.order_by("valid_from"):
        rows.setdefault((honour.enterprise_id, honour.kind), []).append(honour)
    pairs = [pair for held in rows.values() for pair in pairwise(held)]
    assert [pair for pair in pairs if pair[0].end is None or pair[0].end > pair[1].valid_from] == []


def test_every_row_is_what_its_history_says() -> None:
    assert list(audit.verify()) == []


def test_the_same_county_comes_out_each_time() -> None:
    """Two makings with the same day give the same firms, told by what they hold."""
    from hanfeng.packs.innovation.enterprises.seed import _county

    told = demo.prepared()
    one, two = (
        [(f.number, f.founded, f.left, len(f.honours)) for f in _county(told, told.random("enterprises"))]
        for _i in range(2)
    )
    assert one == two
    assert len(one) == len({number for number, *_rest in one})


def test_every_firm_has_a_right_code_and_a_number_that_no_telephone_has() -> None:
    bodies = Body.objects.filter(kind=Body.Kind.ENTERPRISE)
    assert 500 < bodies.count() < 700
    assert all(check_uscc(code) == code for code in bodies.values_list("code", flat=True))
    assert len(set(bodies.values_list("name", flat=True))) == bodies.count()
    assert all(phone.startswith("1000000") for phone in Enterprise.objects.values_list("phone", flat=True))


def test_the_people_hold_every_role_and_no_two_administrators_are_one() -> None:
    held = {role for persona in demo.personas() for role in persona.roles}
    assert held == {role.name for pack in catalogue() for role in pack.roles}
    assert all(len(ADMINISTRATORS & set(persona.roles)) <= 1 for persona in demo.personas())
    assert not any(ADMINISTRATORS & set(p.roles) and set(p.roles) - ADMINISTRATORS for p in demo.personas())
    assert Post.objects.filter(demo=True).count() == Person.objects.filter(demo=True).count() == len(demo.personas())


def test_people_get_the_accounts_that_are_there() -> None:
    """Accounts are made before the demo is filled; filling again adds nobody."""
    told = dict(Person.objects.filter(demo=True).values_list("name", "account__username"))
    assert told == {persona.name: persona.username for persona in demo.personas()}
    before = Person.objects.count()
    demo._people(demo.prepared())
    assert Person.objects.count() == before


def test_a_seed_whose_records_are_refused_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(demo.Spoiled, match="Body"):
        demo.prepared().keep([Body(slug="x", name="X", kind="no kind")])


def test_each_pack_is_found_by_its_name() -> None:
    assert all(find(pack.name) is pack for pack in catalogue())
