"""What is its own: one institution counts once under its highest rank, rules of counting, the review from call to result."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone, translation

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.facts.kinds import RD_PLATFORM_RANK
from hanfeng.commons.people.models import Person, Post
from hanfeng.kernel.api import Told, ask, ask_all, begin, count, go, save
from hanfeng.kernel.pure import Period

from . import indicators
from .flow import yearly
from .models import CountingRule, Equipment, Institution, Recognition, Review, State
from .roles import APPROVER, HOST, OFFICER
from .seed import a_recognition, an_institution
from .terms import Ending, Kind, Rank

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def user() -> Callable[..., User]:
    def make(name: str, *roles: Any, body: Body | None = None) -> User:
        made = User.objects.create_user(name)
        made.groups.set([Group.objects.get_or_create(name=role.name)[0] for role in roles])
        if body:
            person = Person(name=name, account=made)
            save(person, None)
            save(Post(person=person, body=body), None)
        return made

    return make


@pytest.fixture
def host() -> Body:
    body = Body(slug="host", name="Host", name_en="Host", kind=Body.Kind.ENTERPRISE)
    save(body, None)
    return body


@pytest.fixture
def institution(host: Body) -> Callable[..., Institution]:
    made = iter(range(1, 99))

    def make(**changes: Any) -> Institution:
        kept = an_institution(host, demo=False, **({"name": f"Centre {next(made)}"} | changes))
        save(kept, None)
        return kept

    return make


def recognise(at: Institution, kind: Kind, rank: Rank, since: date, **changes: Any) -> Recognition:
    kept = a_recognition(at, kind, rank, since, demo=False, **changes)
    save(kept, None)
    return kept


def counts(found: Any, *years: int) -> list[float | None]:
    return [count(found, Period.year(y)).value for y in years]


# --- counting ---------------------------------------------------------------------------------------------------------


def test_an_institution_counts_once_under_its_highest_rank(institution: Any) -> None:
    one = institution()
    recognise(one, Kind.ENTERPRISE, Rank.DISTRICT, date(2019, 1, 1))
    recognise(one, Kind.S_TESTING, Rank.MUNICIPAL, date(2021, 6, 1))
    assert counts(indicators.institutions_valid, 2018, 2019, 2021) == [0, 1, 1]
    by_rank = [indicators.institutions_valid.compute(Period.year(y)).by("rank") for y in (2020, 2021)]
    assert by_rank == [{Rank.DISTRICT: 1}, {Rank.MUNICIPAL: 1}]
    assert counts(indicators.research_valid, 2021) == counts(indicators.service_valid, 2021) == [1]
    assert counts(indicators.institutions_new, 2019, 2021) == [1, 0]


def test_two_equal_recognitions_still_make_one_institution(institution: Any) -> None:
    one = institution()
    for kind in (Kind.KEY_LAB, Kind.POSTDOC):
        recognise(one, kind, Rank.MUNICIPAL, date(2020, 1, 1))
    assert counts(indicators.institutions_valid, 2020) == [1]


def test_valid_and_ever_part_when_a_recognition_ends(institution: Any) -> None:
    recognise(institution(), Kind.KEY_LAB, Rank.MUNICIPAL, date(2020, 1, 1), valid_until=date(2023, 1, 1))
    recognise(institution(closed=date(2022, 5, 1)), Kind.S_IP, Rank.DISTRICT, date(2020, 1, 1))
    recognise(
        institution(), Kind.INSTITUTE, Rank.DISTRICT, date(2020, 1, 1), ended=date(2021, 12, 31), why=Ending.WITHDRAWN
    )
    assert counts(indicators.institutions_valid, 2020, 2021, 2022, 2023) == [3, 2, 1, 0]
    assert counts(indicators.institutions_ever, 2020, 2023) == [3, 3]


def test_a_rule_of_counting_replaces_the_definition_from_its_day(institution: Any) -> None:
    recognise(institution(), Kind.JOINT_BASE, Rank.DISTRICT, date(2020, 1, 1))
    recognise(institution(), Kind.ENTERPRISE, Rank.DISTRICT, date(2020, 1, 1))
    recognise(institution(), Kind.ENTERPRISE, Rank.MUNICIPAL, date(2020, 1, 1))
    assert counts(indicators.institutions_valid, 2020) == [3]
    save(CountingRule(kind=Kind.JOINT_BASE, starts=date(2021, 1, 1), source="Notice 1"), None)
    save(CountingRule(kind=Kind.ENTERPRISE, lowest=Rank.MUNICIPAL, starts=date(2022, 1, 1), source="Notice 2"), None)
    assert counts(indicators.institutions_valid, 2020, 2021, 2022) == [3, 2, 1]


def test_a_new_type_institution_needs_a_recognition(institution: Any) -> None:
    institution(name="New-type institute")
    assert counts(indicators.new_type, 2023) == [0]
    recognise(institution(), Kind.NEW_TYPE, Rank.MUNICIPAL, date(2023, 6, 18))
    assert counts(indicators.new_type, 2022, 2023) == [0, 1]


def test_the_highest_rank_of_a_host_is_told(institution: Any, host: Body) -> None:
    recognise(institution(), Kind.KEY_LAB, Rank.MUNICIPAL, date(2020, 1, 1))
    recognise(institution(), Kind.POSTDOC, Rank.NATIONAL, date(2022, 1, 1))
    assert [ask(RD_PLATFORM_RANK, host, Period.year(y)) for y in (2019, 2020, 2022)] == [
        (),
        (Told("rd_platforms", "municipal"),),
        (Told("rd_platforms", "national"),),
    ]
    assert ask_all(RD_PLATFORM_RANK, Period.year(2022))["rd_platforms"] == {host.pk: "national"}


@pytest.mark.parametrize(
    "wrong",
    [{"valid_until": date(2019, 1, 1)}, {"ended": date(2021, 1, 1)}, {"why": Ending.FAILED}, {"rank": 7}],
)
def test_recognitions_that_cannot_be_are_refused(institution: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        recognise(institution(), Kind.KEY_LAB, **({"rank": Rank.MUNICIPAL, "since": date(2020, 1, 1)} | wrong))


def test_hours_for_others_are_part_of_the_hours_run(institution: Any) -> None:
    with pytest.raises(ValidationError, match="exceed"):
        save(Equipment(institution=institution(), name="Lathe", hours=10, outside_hours=11), None)


# --- the review -------------------------------------------------------------------------------------------------------

WHOLE = {
    "staff": 9,
    "spending": "120.5",
    "projects": 2,
    "patents": 1,
    "served": 4,
    "income": "30",
    "text": "A year's work.",
}


def test_a_review_from_call_to_result(institution: Any, host: Body, user: Any, client: Any) -> None:
    """The host files in its browser, is sent back with a reason, mends it, and two others examine and decide."""
    officer, approver = user("officer", OFFICER), user("approver", APPROVER)
    file = user("host", HOST, body=host)
    last = timezone.localdate().year - 1
    one = institution()
    recognise(one, Kind.KEY_LAB, Rank.MUNICIPAL, date(2020, 1, 1))
    client.force_login(officer)
    client.post("/rd_platforms/call/")
    client.post("/rd_platforms/call/")
    review: Any = Review.objects.get()
    assert (review.institution, review.year, review.state) == (one, last, State.CALLED)
    client.force_login(file)
    address = f"/rd_platforms/report/{review.pk}/"
    page = client.post(address, {**WHOLE, "income": "", "file": "1"}, headers={"accept-language": "en"})
    assert page.status_code == 422
    assert "income from services" in page.text
    assert client.post(address, {**WHOLE, "file": "1"}).status_code == 302
    review = go(yearly, Review.objects.get(), "return", officer, "the income is not that of the ledger")
    assert "not that of the ledger" in client.get(address).text
    client.post(address, {**WHOLE, "income": "28", "file": "1"})
    review = Review.objects.get()
    assert (review.state, review.income) == (State.FILED, 28)
    with translation.override("en"):
        with pytest.raises(ValidationError, match="send it back"):
            save(review, officer, {"income": 99})
        with pytest.raises(ValidationError, match="score and the finding"):
            go(yearly, review, "examine", officer)
        save(Review.objects.get(), officer, {"score": 71, "finding": "in order"})
        review = go(yearly, review, "examine", officer)
        with pytest.raises(PermissionDenied):
            go(yearly, review, "pass", officer)
        with pytest.raises(ValidationError, match="85 to 100"):
            go(yearly, review, "excel", approver)
        assert go(yearly, review, "pass", approver).state == State.PASSED


def test_a_host_reports_for_no_other_body(institution: Any, user: Any, client: Any) -> None:
    other = Body(slug="other", name="Other", kind=Body.Kind.ENTERPRISE)
    save(other, None)
    review: Any = begin(yearly, Review(institution=institution(), year=2024), user("officer", OFFICER))
    client.force_login(user("stranger", HOST, body=other))
    address = f"/rd_platforms/report/{review.pk}/"
    assert client.get(address).status_code == 404
    assert client.post(address, {**WHOLE, "file": "1"}).status_code == 404
    assert Review.objects.get().state == State.CALLED


def test_only_the_bureau_calls(user: Any, client: Any, host: Body) -> None:
    client.force_login(user("host", HOST, body=host))
    assert client.post("/rd_platforms/call/").status_code == 403
    assert client.get("/rd_platforms/call/").status_code == 405


def test_the_face_tells_what_is_late_and_what_waits(institution: Any, user: Any, client: Any) -> None:
    officer = user("officer", OFFICER)
    review: Any = begin(yearly, Review(institution=institution(), year=2024), officer)
    client.force_login(officer)
    assert client.get("/rd_platforms/").context["late"]["count"] == 0
    save(review, None, {"due_at": timezone.now() - timedelta(days=1)}, verb="test")
    assert client.get("/rd_platforms/").context["late"]["count"] == 1
