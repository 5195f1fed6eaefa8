"""What is its own: entry once and by two people, the clock that stands still, the title that some register must tell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.utils import timezone, translation

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.facts.kinds import POOL_STAGE
from hanfeng.kernel.api import Told, ask, ask_all, begin, go, save
from hanfeng.kernel.pure import Period

from . import flow
from .flow import cultivation
from .models import Library, PoolEntry, State
from .roles import APPROVER, OFFICER

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def user() -> Callable[..., User]:
    def make(name: str, *roles: Any) -> User:
        made = User.objects.create_user(name)
        made.groups.set([Group.objects.get_or_create(name=role.name)[0] for role in roles])
        return made

    return make


@pytest.fixture
def firm() -> Body:
    body = Body(slug="firm", name="Firm", kind=Body.Kind.ENTERPRISE)
    save(body, None)
    return body


def told(monkeypatch: pytest.MonkeyPatch, *values: object) -> None:
    """Let the registers tell these values of whoever is asked for."""
    monkeypatch.setattr(flow, "ask", lambda kind, body, period: tuple(Told("register", v) for v in values))


def entry(firm: Body, by: User, **changes: Any) -> PoolEntry:
    made = PoolEntry(body=firm, library=Library.HIGH_TECH, plan="First the ledger of R&D costs.")
    begin(cultivation, made, by, changes)
    return made


def test_the_whole_way(user: Any, firm: Body, monkeypatch: pytest.MonkeyPatch) -> None:
    officer, approver = user("officer", OFFICER), user("approver", APPROVER)
    told(monkeypatch, False)
    case: Any = entry(firm, officer)
    for move, by in (("screen", officer), ("accept", approver), ("apply", officer)):
        case = go(cultivation, case, move, by)
    with pytest.raises(ValidationError, match="No register says yet"):
        go(cultivation, case, "graduate", approver)
    told(monkeypatch, True)
    assert go(cultivation, case, "graduate", approver).state == State.GRADUATED


def test_one_register_that_says_yes_is_enough_and_silence_is_not(
    user: Any, firm: Body, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = entry(firm, user("officer", OFFICER))
    told(monkeypatch)
    assert flow.has_title(case)
    told(monkeypatch, False, True)
    assert flow.has_title(case) is None
    assert flow.has_no_title(case)


def test_nobody_takes_in_what_he_proposed(user: Any, firm: Body, monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, False)
    both = user("both", OFFICER, APPROVER)
    case = go(cultivation, entry(firm, both), "screen", both)
    with pytest.raises(ValidationError, match="himself"):
        go(cultivation, case, "accept", both)


def test_no_entry_without_a_plan(user: Any, firm: Body, monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, False)
    officer = user("officer", OFFICER)
    case = go(cultivation, entry(firm, officer, plan=" "), "screen", officer)
    with pytest.raises(ValidationError, match="plan first"):
        go(cultivation, case, "accept", user("approver", APPROVER))


def test_the_clock_stands_still_while_material_is_lacking(
    user: Any, firm: Body, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(monkeypatch, False)
    officer = user("officer", OFFICER)
    case: Any = go(cultivation, entry(firm, officer), "screen", officer)
    case = go(cultivation, case, "accept", user("approver", APPROVER))
    save(case, None, {"entered_at": timezone.now() - timedelta(days=70)}, verb="test")
    case = go(cultivation, case, "ask", officer, "the ledger of R&D costs")
    assert case.due_at is None
    used = case.spent[State.CULTIVATING]
    assert 40 < used < 60
    save(case, None, {"entered_at": timezone.now() - timedelta(days=400)}, verb="test")
    case = go(cultivation, case, "supply", officer)
    assert timezone.now() + timedelta(days=240) < case.due_at < timezone.now() + timedelta(days=320)


def test_an_enterprise_stands_once_in_a_library_and_may_come_back(user: Any, firm: Body) -> None:
    officer = user("officer", OFFICER)
    first = entry(firm, officer)
    entry(firm, officer, library=Library.SCI_TECH)
    with pytest.raises(ValidationError, match="already"):
        entry(firm, officer)
    go(cultivation, first, "refuse", user("approver", APPROVER), "not eligible")
    assert entry(firm, officer).pk


def test_only_an_enterprise_stands_in_a_library(user: Any) -> None:
    office = Body(slug="office", name="Office", kind=Body.Kind.DEPARTMENT)
    save(office, None)
    with pytest.raises(ValidationError, match="Only an enterprise"):
        entry(office, user("officer", OFFICER))


def test_the_place_in_the_library_is_told_from_the_day_it_was_reached(user: Any, firm: Body) -> None:
    officer, today = user("officer", OFFICER), timezone.localdate()
    entry(firm, officer, library=Library.SCI_TECH)
    entry(firm, officer)
    now, before = Period(today, today + timedelta(days=1)), Period(today - timedelta(days=9), today)
    assert [t.value for t in ask(POOL_STAGE, firm, now)] == ["high-tech/proposed"]
    assert ask_all(POOL_STAGE, now)["cultivation"] == {firm.pk: "high-tech/proposed"}
    assert ask(POOL_STAGE, firm, before) == ()


def test_the_face_tells_who_is_stuck_and_who_is_due(user: Any, firm: Body, client: Any) -> None:
    officer = user("officer", OFFICER)
    case = entry(firm, officer)
    client.force_login(officer)
    assert client.get("/cultivation/").context["due"]["count"] == 1
    save(case, None, {"due_at": timezone.now() - timedelta(days=1)}, verb="test")
    page = client.get("/cultivation/").context
    assert (page["stuck"]["count"], page["due"]["count"]) == (1, 0)
    assert sum(cell["count"] for row in page["funnel"] for cell in row["cells"]) == 1
