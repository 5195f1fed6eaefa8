"""Where two packs meet: a title that is recorded ends the cultivation towards it, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.api import Event, begin, save
from hanfeng.kernel.record.models import LinkRun
from hanfeng.kernel.record.outbox import links, run_due
from hanfeng.packs.innovation.cultivation.flow import cultivation
from hanfeng.packs.innovation.cultivation.models import Library, PoolEntry, State
from hanfeng.packs.innovation.enterprises.seed import a_body, a_firm, an_honour
from hanfeng.packs.innovation.enterprises.terms import Kind

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture
def firm(db: None) -> Any:
    body: Body = a_body(1, "500101")
    save(body, None)
    file = a_firm(body)
    save(file, None)
    return file


def entry(body: Body, library: Library) -> PoolEntry:
    made = PoolEntry(body=body, library=library, plan="A plan.")
    begin(cultivation, made, None)
    return made


def state(case: PoolEntry) -> str:
    return str(PoolEntry.objects.get(pk=case.pk).state)


def test_every_link_has_a_name_of_its_own() -> None:
    assert len({link.name for link in links()}) == len(links()) > 0


def test_a_recorded_title_ends_the_entry_of_its_library_only(firm: Any) -> None:
    high, sci = entry(firm.body, Library.HIGH_TECH), entry(firm.body, Library.SCI_TECH)
    save(an_honour(firm, Kind.HIGH_TECH, TODAY, number="GR-1", valid_until=TODAY + timedelta(days=1000)), None)
    assert state(high) == State.PROPOSED  # only after commit, by the worker
    assert run_due() == 1
    assert (state(high), state(sci)) == (State.GRADUATED, State.PROPOSED)
    told = Event.objects.filter(kind="cultivation.poolentry", key=high.pk).latest("seq")
    assert (told.verb, told.by) == ("graduate", None)
    assert "GR-1" in told.note


def test_it_happens_once_however_often_it_runs(firm: Any) -> None:
    case = entry(firm.body, Library.HIGH_TECH)
    event = save(an_honour(firm, Kind.HIGH_TECH, TODAY, valid_until=TODAY + timedelta(days=1000)), None)
    assert (run_due(), run_due()) == (1, 0)
    (link,) = (link for link in links() if link.name == "honour-to-cultivation")
    assert event
    link.then(event)
    assert PoolEntry.objects.get(pk=case.pk).version == 2
    again = entry(firm.body, Library.HIGH_TECH)
    assert run_due() == 0
    assert state(again) == State.PROPOSED


@pytest.mark.parametrize(
    ("kind", "start", "end"),
    [
        (Kind.TECH_SME, TODAY, None),
        (Kind.HIGH_TECH, TODAY + timedelta(days=1), TODAY + timedelta(days=1000)),
        (Kind.HIGH_TECH, TODAY - timedelta(days=1000), TODAY),
    ],
    ids=["another title", "not yet", "no longer"],
)
def test_what_is_no_title_today_ends_nothing(firm: Any, kind: Kind, start: Any, end: Any) -> None:
    case = entry(firm.body, Library.HIGH_TECH)
    save(an_honour(firm, kind, start, valid_until=end), None)
    run_due()
    assert state(case) == State.PROPOSED
    assert not LinkRun.objects.filter(done_at=None).exists()


def test_a_title_of_a_firm_outside_the_libraries_is_nobodys_business(firm: Any) -> None:
    save(an_honour(firm, Kind.SCI_TECH, TODAY), None)
    assert run_due() == 1
    assert not LinkRun.objects.exclude(error="").exists()
