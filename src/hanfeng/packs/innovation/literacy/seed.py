"""Demo waves: released ones of past years, a pilot that waits for its estimate, one in the field, one planned."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from importlib.resources import files
from math import exp
from random import Random
from typing import Any
from uuid import UUID

from django.utils import timezone

from hanfeng.commons.people.models import Person
from hanfeng.commons.places.models import Place

from .estimating import WHO, Answered, Drawn, result_of
from .flow import drawn, figures, weighed
from .models import Interviewer, Item, Slot, State, Total, Town, Visit, Wave
from .parameters import method, pass_mark, points
from .standard import score
from .terms import GROUPS, Age, Area, Dwelling, Education, Outcome, Variable

WORDS: dict[str, Any] = tomllib.loads((files(__package__) / "seed.toml").read_text("utf-8"))
DAY = timedelta(days=1)
KNOWS = {Education.PRIMARY: -0.55, Education.JUNIOR: -0.2, Education.SENIOR: 0.35, Education.COLLEGE: 0.95}
YOUNG = {Age.A18: 0.2, Age.A30: 0.15, Age.A40: 0.0, Age.A50: -0.1, Age.A60: -0.2}
SPREAD, START, YEARLY, APART = 0.6, -0.78, 0.035, 0.16
"""What somebody knows: by schooling and age, with chance; a little more each year, and not the same in every town."""
HARD = {Area.KNOWLEDGE: 0.1, Area.METHOD: -0.35, Area.SPIRIT: 0.05, Area.USE: 0.25}
PEOPLE = 22_000
SMALL = (16, 20)
"""Draws and addresses for each draw in a past wave; the one in the field is larger."""


def a_wave(year: int, **changes: Any) -> Wave:
    """A wave, not yet written."""
    zh, en = (text.format(year=year) for text in WORDS["wave"])
    values = {
        "title": zh, "title_en": en, "day": date(year, 8, 31), "opens": date(year, 8, 1), "closes": date(year, 9, 30),
        "draws": SMALL[0], "take": SMALL[1], "seed": 20_000_000 + year, "state": State.PLANNED, "demo": True,
    }  # fmt: skip
    return Wave(**values | changes)


def an_item(told: Mapping[str, Any], since: date) -> Item:
    """An item, not yet written."""
    zh, en = ("\n".join(choice[n] for choice in told["choices"]) for n in (0, 1))
    return Item(
        area=told["area"], text=told["text"][0], text_en=told["text"][1], choices=zh, choices_en=en, right=told["right"],
        starts=since, demo=True,
    )  # fmt: skip


def fill(demo: Any) -> None:
    """Make and keep the waves."""
    random = demo.random("literacy")
    since = date(demo.base_day.year, 1, 1)
    places = list(Place.objects.exclude(col=None).order_by("code", "slug"))
    sizes = _sizes(places, random)
    items = [an_item(told, since) for told in WORDS["items"]]
    demo.keep(items)
    totals = _totals(sum(sizes.values()), sum(n for p, n in sizes.items() if p.kind == Place.Kind.STREET), since)
    demo.keep(totals)
    known = {total.category: total.people for total in totals}
    base = float(demo.bases.get("science-literacy", 8))
    for year in range(demo.base_day.year, demo.today.year):
        wave = a_wave(year, state=State.RELEASED, goal=_goal(base, year - demo.base_day.year))
        _past(demo, wave, sizes, items, known, random)
    pilot = WORDS["pilot"]
    year = demo.today.year
    tried = a_wave(
        year, title=pilot[0].format(year=year), title_en=pilot[1].format(year=year), draws=4, take=12,
        day=date(year, 4, 30), opens=date(year, 4, 10), closes=date(year, 4, 30), state=State.CLOSED,
    )  # fmt: skip
    _past(demo, tried, sizes, items, known, random)
    _running(demo, sizes, items, random, _goal(base, year - demo.base_day.year))
    later = a_wave(year + 1, draws=20, take=20)
    demo.keep([later])
    demo.keep(_towns(later, sizes))


def _goal(base: float, years: int) -> Decimal:
    """Each year a little more than on the base day."""
    return Decimal(f"{base + years * 0.9:.1f}")


def _sizes(places: Sequence[Place], random: Random) -> dict[Place, int]:
    """People of the age in each town: sub-districts are larger."""
    return {
        place: round(random.uniform(1.6, 4.0) * PEOPLE if place.kind == Place.Kind.STREET else random.uniform(0.4, 1.3) * PEOPLE)
        for place in places
    }  # fmt: skip


def _totals(people: int, urban: int, day: date) -> list[Total]:
    shares = {**WORDS["shares"], Dwelling.URBAN.value: urban / people, Dwelling.RURAL.value: 1 - urban / people}
    return [
        Total(category=name, people=round(share * people), starts=day, source=WORDS["source"])
        for name, share in shares.items()
    ]


def _towns(wave: Wave, sizes: Mapping[Place, int]) -> list[Town]:
    """The frame of a wave; drawn unless it is only planned."""
    kinds = {place: Dwelling.URBAN if place.kind == Place.Kind.STREET else Dwelling.RURAL for place in sizes}
    towns = [Town(wave=wave, place=place, stratum=kinds[place], people=n) for place, n in sizes.items()]
    if wave.state != State.PLANNED and len(set(kinds.values())) and towns:
        for place, times in drawn(wave, towns).items():
            towns[place].drawn = times
    return towns


def _answering(
    random: Random,
    wave: Wave,
    town: Town,
    items: Sequence[Item],
    worth: Mapping[str, float],
    slot: Slot | None,
    at: datetime,
) -> Visit:
    """An interview: who answers follows the town, what is known follows schooling and age."""
    shares, urban = WORDS["shares"], town.stratum == Dwelling.URBAN
    who = {
        name: random.choices(kind.values, [_met(shares[c.value], name, c.value, urban) for c in kind])[0]
        for name, kind in GROUPS.items()
        if name != Variable.DWELLING
    }
    able = START + YEARLY * (wave.day.year - 2020) + KNOWS[Education(who["education"])] + YOUNG[Age(who["age"])]
    able += random.gauss(0, SPREAD) + (0.12 if urban else 0.0) + Random(town.place.slug).gauss(0, APART)
    answers: dict[str, int] = {}
    right: dict[str, int] = {}
    for item in items:
        knows = random.random() < 1 / (1 + exp(-1.7 * (able + HARD[Area(item.area)])))
        wrong = [n for n in range(len(item.choices.splitlines()) + 1) if n != item.right]
        answers[str(item.pk)] = item.right if knows else random.choice(wrong)
        right[item.area] = right.get(item.area, 0) + knows
    asked = {area: sum(item.area == area for item in items) for area in right}
    return Visit(
        uuid=UUID(int=random.getrandbits(128), version=4), wave=wave, town=town, slot=slot, outcome=Outcome.COMPLETE,
        interviewer=slot.interviewer if slot else None, taken_at=at, answers=answers,
        adults=random.choices((1, 2, 3, 4, 5), (18, 45, 22, 11, 4))[0], score=score(right, asked, worth), **who,
    )  # fmt: skip


def _met(share: float, name: str, category: str, urban: bool) -> float:
    """The chance to meet somebody: older people are at home more often, schooling is higher in town."""
    if name == Variable.AGE:
        return share * {"18-29": 0.6, "30-39": 0.8}.get(category, 1.15)
    if name == Variable.EDUCATION and urban:
        return share * {"primary": 0.45, "junior": 0.95, "senior": 1.5, "college": 2.1}[category]
    return share


def _past(
    demo: Any, wave: Wave, sizes: Mapping[Place, int], items: Sequence[Item], known: Mapping[str, int], random: Random
) -> None:
    """A wave whose interviews are in: weighed and estimated as the move does it, unless it only closed."""
    towns = _towns(wave, sizes)
    if not any(town.drawn for town in towns):
        return
    visits, worth = [], points(wave.day)
    for town in towns:
        for _place in range(town.drawn * wave.take):
            if random.random() < 0.8:
                at = _at(wave.opens + random.randrange((wave.closes - wave.opens).days) * DAY, random)
                visits.append(_answering(random, wave, town, items, worth, None, at))
    if wave.state == State.RELEASED:
        _weigh(wave, towns, visits, known)
    demo.keep([wave])
    for town in towns:
        town.wave = wave
    demo.keep(towns)
    for visit in visits:
        visit.wave, visit.town = wave, visit.town
    demo.keep(visits)


def _weigh(wave: Wave, towns: Sequence[Town], visits: Sequence[Visit], known: Mapping[str, int]) -> None:
    people = [
        Answered(id(v.town), {name: getattr(v, name) for name in WHO}, v.adults or 1, v.score or 0.0) for v in visits
    ]
    frame = {id(t): Drawn(t.stratum, t.people, t.drawn) for t in towns}
    mark = pass_mark(wave.day)
    found = result_of(people, frame, known, mark, method(wave.day))
    for visit, weight in zip(visits, found.weights, strict=True):
        for name, value in weighed(visit.score, weight, mark).items():
            setattr(visit, name, value)
    for name, value in figures(found).items():
        setattr(wave, name, value)


def _running(demo: Any, sizes: Mapping[Place, int], items: Sequence[Item], random: Random, goal: Decimal) -> None:
    """The wave in the field today: two thirds of its days are over, some interviewers are behind, some doors stayed shut."""
    today: date = demo.today
    opens, closes = today - 28 * DAY, today + 14 * DAY
    wave = a_wave(
        today.year, draws=20, take=20, day=closes, opens=opens, closes=closes, goal=goal, state=State.FIELDING
    )
    wave.entered_at = _at(opens, random)
    towns = _towns(wave, sizes)
    if not any(town.drawn for town in towns):
        return
    demo.keep([wave])
    for town in towns:
        town.wave = wave
    demo.keep(towns)
    person = Person.objects.filter(demo=True, account__groups__name="literacy.interviewer").first()
    people = [
        Interviewer(wave=wave, name=name, person=person if place == 0 else None)
        for place, name in enumerate(WORDS["interviewers"])
    ]
    demo.keep(people)
    slots = []
    mine = [town for town in towns if town.drawn]
    for place, town in enumerate(mine):
        for number in range(1, town.drawn * wave.take + 1):
            address = WORDS["address"].format(
                town=town.place.name, street=random.randrange(1, 60), door=random.randrange(101, 633)
            )
            one = people[0] if place < 2 else people[1 + place % (len(people) - 1)]
            slots.append(Slot(wave=wave, town=town, number=number, address=address, interviewer=one))
    pace = {one.pk: (0.35, 0.7, 0.75, 0.3, 0.66, 0.8, 0.62)[place] for place, one in enumerate(people)}
    for slot in slots:
        slot.outcome = Outcome.OPEN
        if random.random() < pace[slot.interviewer.pk]:  # type: ignore[union-attr]
            slot.outcome = random.choices(
                (Outcome.COMPLETE, Outcome.REFUSED, Outcome.ABSENT, Outcome.UNFIT), (70, 14, 11, 5)
            )[0]
    demo.keep(slots)
    visits, worth = [], points(wave.day)
    for slot in slots:
        if slot.outcome == Outcome.OPEN:
            continue
        at = _at(opens + random.randrange(27) * DAY, random)
        if slot.outcome == Outcome.COMPLETE:
            visits.append(_answering(random, wave, slot.town, items, worth, slot, at))
        else:
            visits.append(
                Visit(
                    uuid=UUID(int=random.getrandbits(128), version=4), wave=wave, town=slot.town, slot=slot,
                    interviewer=slot.interviewer, outcome=slot.outcome, taken_at=at,
                )
            )  # fmt: skip
    demo.keep(visits)


def _at(day: date, random: Random) -> datetime:
    return datetime.combine(day, time(random.randrange(9, 19), random.randrange(60)), timezone.get_current_timezone())
