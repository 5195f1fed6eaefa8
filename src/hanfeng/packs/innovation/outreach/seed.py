"""Demo venues and six years of activities, some not counted yet, some to come with seats booked; every row is marked."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from random import Random
from typing import Any

from django.utils import timezone

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.places.models import Place

from .models import Activity, Booking, Entry, Venue

WORDS: dict[str, Any] = tomllib.loads((files(__package__) / "seed.toml").read_text("utf-8"))
A_YEAR = 46
COMING = (2, 3, 5, 8, 11, 14, 19, 26)
"""Days from today of the activities to come."""


def an_activity(body: Body, starts: datetime, **changes: Any) -> Activity:
    """An activity of two hours, not yet written."""
    values = {
        "title": "演示讲座", "title_en": "Demo lecture", "kind": Activity.Kind.LECTURE, "audience": Activity.Audience.EVERYBODY,
        "body": body, "starts": starts, "ends": starts + timedelta(hours=2), "demo": True,
    }  # fmt: skip
    return Activity(**values | changes)


def fill(demo: Any) -> None:
    """Make and keep the venues, activities, bookings and contest entries."""
    random = demo.random("outreach")
    body = _organiser(demo)
    towns = list(Place.objects.exclude(col=None).order_by("slug"))
    venues = list(_venues(body, towns, demo, random))
    demo.keep(venues)
    activities = [
        a
        for year in range(demo.base_day.year, demo.today.year + 1)
        for a in _year(year, body, venues, towns, demo, random)
    ]
    coming = [_coming(place, days, body, venues, demo) for place, days in enumerate(COMING)]
    demo.keep([*activities, *coming])
    demo.keep([b for a in coming if a.capacity for b in _bookings(a, random)])
    contests = [a for a in activities if a.kind == Activity.Kind.CONTEST]
    demo.keep([e for a in contests for e in _entries(a, random)])


def _organiser(demo: Any) -> Body:
    """The association, where the county's files have one; else a body of our own."""
    found: Body | None = Body.objects.filter(kind=Body.Kind.ASSOCIATION).order_by("slug").first()
    if found is None:
        found = Body(slug="demo-association", name="演示科协", name_en="Demo association", kind=Body.Kind.ASSOCIATION)
        demo.keep([found])
    return found


def _venues(body: Body, towns: list[Place], demo: Any, random: Random) -> Iterator[Venue]:
    for kind, words in ((Venue.Kind.ZONE, WORDS["zones"]), (Venue.Kind.BASE, WORDS["bases"])):
        for place, (zh, en) in enumerate(words):
            opened = date(demo.base_day.year + place, 5, 20)
            if opened <= demo.today:
                rank = "" if kind == Venue.Kind.ZONE else random.choice(Venue.Rank.values[1:])
                town = random.choice(towns) if towns else None
                yield Venue(name=zh, name_en=en, kind=kind, rank=rank, body=body, town=town, opened=opened, demo=True)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), timezone.get_current_timezone())


def _year(
    year: int, body: Body, venues: list[Venue], towns: list[Place], demo: Any, random: Random
) -> Iterator[Activity]:
    """A year's activities up to yesterday; of those of the last weeks some are not counted yet."""
    for _i in range(A_YEAR):
        day = date(year, 1, 1) + timedelta(days=random.randrange(365))
        what = random.choice(WORDS["activities"])
        came = round(what["usual"] * random.uniform(0.5, 1.5))
        cancelled, late = random.random() < 0.03, day > demo.today - timedelta(days=45) and random.random() < 0.6
        if day >= demo.today:
            continue
        told = not cancelled and not late
        yield an_activity(
            body, _at(day, random.choice((9, 14, 19))), title=what["title"][0], title_en=what["title"][1], kind=what["kind"],
            audience=what["audience"], venue=random.choice(venues) if what["kind"] == "visit" and venues else None,
            town=random.choice(towns) if towns and random.random() < 0.9 else None, cancelled=cancelled,
            reached=came if told else None, counted=WORDS["counted"] if told else "",
        )  # fmt: skip


def _coming(place: int, days: int, body: Body, venues: list[Venue], demo: Any) -> Activity:
    what = WORDS["activities"][(3, 4, 6, 2)[place % 4]]
    return an_activity(
        body, _at(demo.today + timedelta(days=days), 14), title=what["title"][0], title_en=what["title"][1], kind=what["kind"],
        audience=what["audience"], capacity=what["seats"] or None, venue=venues[place % len(venues)] if venues else None,
    )  # fmt: skip


def _bookings(activity: Activity, random: Random) -> Iterator[Booking]:
    """Bookings up to somewhere below the seats; the numbers begin with 100, which no telephone has."""
    taken, most = 0, round((activity.capacity or 0) * random.uniform(0.3, 1))
    for number in range(60):
        seats = random.choice((1, 1, 2, 3))
        if taken + seats > most:
            return
        taken += seats
        name = random.choice(WORDS["surnames"]) + WORDS["given"]
        yield Booking(
            activity=activity,
            name=name,
            phone=f"100{activity.pk:04d}{number:04d}"[:11],
            seats=seats,
            booked_at=timezone.now(),
            demo=True,
        )


def _entries(activity: Activity, random: Random) -> Iterator[Entry]:
    for number in range(4):
        yield Entry(
            activity=activity, team=f"演示作品{number + 1}", school=random.choice(WORDS["schools"]),
            members=random.randrange(1, 4), prize=random.choice(Entry.Prize.values), level=random.choice(Venue.Rank.values),
            demo=True,
        )  # fmt: skip
