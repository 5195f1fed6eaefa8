"""What is its own: the last seat goes once, seats given back are free again, the count says how it was made, the public page."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone, translation

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.api import Event, count, save, visible
from hanfeng.kernel.pure import Period

from . import indicators
from .booking import book, free_seats, give_back
from .models import Activity, Booking, Entry, Venue
from .roles import OFFICER
from .seed import an_activity

pytestmark = pytest.mark.django_db
PHONE = "10000000001"


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def officer() -> User:
    made = User.objects.create_user("officer")
    made.groups.set([Group.objects.get_or_create(name=OFFICER.name)[0]])
    return made


@pytest.fixture
def activity() -> Any:
    body = Body(slug="association", name="Association", kind=Body.Kind.ASSOCIATION)
    save(body, None)

    def make(days: float = 3, **changes: Any) -> Activity:
        kept = an_activity(body, timezone.now() + timedelta(days=days), **({"demo": False, "capacity": 4} | changes))
        save(kept, None)
        return kept

    return make


def test_seats_run_out_and_come_back(activity: Any) -> None:
    one = activity()
    first = book(one, "A", PHONE, 3)
    with pytest.raises(ValidationError, match="Only 1 seats"):
        book(one, "B", "10000000002", 2)
    book(one, "B", "10000000002", 1)
    with pytest.raises(ValidationError, match="All seats are taken"):
        book(one, "C", "10000000003", 1)
    give_back(first.code.lower())
    assert free_seats(one) == 3
    with pytest.raises(ValidationError, match="No booking"):
        give_back(first.code)
    assert book(one, "A", PHONE, 2).code != first.code


@pytest.mark.django_db(transaction=True)
def test_the_last_seats_go_once_to_those_who_ask_at_the_same_time(activity: Any) -> None:
    """Eight at once, each on a connection of its own, for three seats: three get one, five hear that all are taken."""
    one, started, told = activity(capacity=3), Barrier(8), []

    def ask(number: int) -> None:
        started.wait(20)
        try:
            with translation.override("en"):
                told.append(book(one, "A", f"1000000{number:04d}", 1).code)
        except ValidationError as why:
            told.append(" ".join(why.messages))
        finally:
            connection.close()

    asking = [Thread(target=ask, args=(n,)) for n in range(8)]
    for each in asking:
        each.start()
    for each in asking:
        each.join(60)
    assert sorted(word == "All seats are taken." for word in told) == [False] * 3 + [True] * 5
    assert free_seats(one) == 0
    assert Booking.objects.count() == 3


def test_one_phone_books_an_activity_once(activity: Any) -> None:
    one = activity()
    book(one, "A", PHONE, 1)
    with pytest.raises(ValidationError, match="booked already"):
        book(one, "A", PHONE, 1)


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"cancelled": True}, "cancelled"), ({"capacity": None}, "come along"), ({"days": -1}, "begun")],
)
def test_what_cannot_be_booked_says_why(activity: Any, changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        book(activity(**changes), "A", PHONE, 1)


def test_seats_are_not_cut_below_what_is_booked(activity: Any, officer: User) -> None:
    one = activity()
    book(one, "A", PHONE, 3)
    with pytest.raises(ValidationError, match="3 seats"):
        save(one, officer, {"capacity": 2})


def test_a_count_says_how_it_was_made_and_only_contests_have_entries(activity: Any, officer: User) -> None:
    one = activity(days=-2)
    with pytest.raises(ValidationError, match="how they were counted"):
        save(one, officer, {"reached": 30})
    with pytest.raises(ValidationError, match="Only a contest"):
        save(Entry(activity=one, team="T", school="S", level="district"), officer)


def test_the_public_books_and_the_officer_counts(activity: Any, officer: User, client: Any) -> None:
    one = activity()
    assert "seats left" in client.get("/outreach/open/", headers={"accept-language": "en"}).text
    address = f"/outreach/open/{one.pk}/"
    assert client.post(address, {"name": "A", "phone": "123", "seats": "1"}).status_code == 422
    page = client.post(address, {"name": "Ann", "phone": PHONE, "seats": "2"})
    made = Booking.objects.get()
    assert made.code in page.text
    assert (made.name, made.seats) == ("Ann", 2)
    assert client.post(address, {"name": "B", "phone": "10000000002", "seats": "3"}).status_code == 422
    assert client.get(f"/outreach/attendance/{one.pk}/").status_code == 302
    client.force_login(officer)
    client.post(f"/outreach/attendance/{one.pk}/", {"came": [str(made.pk)]})
    assert Booking.objects.get().state == Booking.State.BOOKED, "who comes is not known before it begins"
    save(Activity.objects.get(), officer, {"starts": timezone.now() - timedelta(minutes=1)})
    client.post(f"/outreach/attendance/{one.pk}/", {"came": [str(made.pk)], "walk_ins": "5"})
    one = Activity.objects.get()
    assert (one.reached, Booking.objects.get().state) == (7, Booking.State.CAME)
    assert one.counted


def test_what_is_over_hidden_or_missing_is_not_on_the_public_page(activity: Any, client: Any) -> None:
    for one in (activity(days=-2), activity(public=False)):
        assert client.get(f"/outreach/open/{one.pk}/").status_code == 404
    assert client.get("/outreach/open/999/").status_code == 404
    assert client.post("/outreach/open/give-back/", {"code": "x\x00"}).status_code == 302


def test_names_and_phones_are_for_officers_and_digests_in_the_history(activity: Any, officer: User) -> None:
    made = book(activity(), "Ann", PHONE, 1)
    reader = User.objects.create_user("reader")
    assert visible(Booking, officer).get() == made
    assert not visible(Booking, reader).exists()
    kept = Event.objects.filter(kind="outreach.booking").values_list("data", flat=True)
    assert kept
    assert not any(PHONE in str(text) or "Ann" in str(text) for text in kept)


def test_zones_of_the_museum_by_day(activity: Any) -> None:
    body = activity().body
    day = timezone.localdate().replace(month=1, day=1)
    save(
        Venue(
            name="Hall", kind=Venue.Kind.ZONE, body=body, opened=day.replace(year=2021), closed=day.replace(year=2023)
        ),
        None,
    )
    assert [count(indicators.museum_zones, Period.year(y)).value for y in (2020, 2021, 2022, 2023)] == [0, 1, 1, 0]
