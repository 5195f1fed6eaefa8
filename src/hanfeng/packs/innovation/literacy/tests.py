"""What is its own: the draw anybody can repeat, weights that meet known totals, an honest interval, answers taken once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone, translation

from hanfeng.commons.people.models import Person
from hanfeng.commons.places.models import Place
from hanfeng.kernel.api import begin, count, go, save, visible
from hanfeng.kernel.pure import Period

from . import sealed, standard
from .estimating import Answered, Drawn, result, result_of
from .flow import survey
from .indicators import change_words, literacy, remarks
from .models import Interviewer, Item, Slot, State, Total, Town, Visit, Wave
from .parameters import Method, points
from .receiving import receive
from .roles import APPROVER, INTERVIEWER, OFFICER
from .seed import WORDS, a_wave, an_item
from .terms import GROUPS, Dwelling, Outcome

HOW = Method(0.95, 30)


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


# --- the arithmetic ---------------------------------------------------------------------------------------------------


def test_four_hundred_interviews_near_fifteen_per_cent_are_good_to_three_and_a_half_points() -> None:
    """Issue 5; 1.96 x sqrt(0.15 x 0.85 / 400) = 0.035 (W. G. Cochran, Sampling Techniques, 3rd ed. 1977, 3.6)."""
    assert round(100 * standard.half_width(0.15, 400), 1) == 3.5
    assert standard.half_width(0.15, 400, deff=4) == pytest.approx(2 * standard.half_width(0.15, 400))


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(5, 2.5706), (10, 2.2281), (18, 2.1009), (30, 2.0423), (120, 1.9799)]
)
def test_the_quantile_is_that_of_the_tables(freedom: int, quantile: float) -> None:
    """Table 26.10 of Abramowitz and Stegun (1964)."""
    assert standard.student(0.95, freedom) == pytest.approx(quantile, abs=0.002)


def test_draws_follow_people_and_leave_no_stratum_with_one() -> None:
    assert standard.allocate({"urban": 300, "rural": 700}, 10) == {"urban": 3, "rural": 7}
    assert standard.allocate({"urban": 10, "rural": 990}, 10) == {"urban": 2, "rural": 8}
    assert sum(standard.allocate({"a": 1, "b": 1, "c": 1}, 10).values()) == 10
    with pytest.raises(ValueError, match="too few"):
        standard.allocate({"a": 5, "b": 5}, 3)


def test_the_draw_can_be_repeated_by_hand() -> None:
    """Sizes 10, 20, 30, 40 and two draws: a step of 50 from a start of 0.5 marks 25 (the second) and 75 (the fourth)."""
    from random import Random

    seed = next(s for s in map(str, range(1000)) if 0.45 < Random(s).random() < 0.55)
    assert standard.draw([10, 20, 30, 40], 2, seed) == [0, 1, 0, 1]
    assert standard.draw([10, 20, 30, 40], 2, seed) == standard.draw([10, 20, 30, 40], 2, seed)
    assert standard.draw([90, 10], 4, seed)[0] >= 3, "a town larger than a step is drawn more than once"


def test_each_town_is_drawn_as_often_as_its_size_says() -> None:
    sizes, draws = [5, 10, 15, 70], 2
    hits = np.mean([standard.draw(sizes, draws, str(seed)) for seed in range(4000)], axis=0)
    assert hits == pytest.approx([draws * size / 100 for size in sizes], abs=0.03)


def test_raking_meets_every_total_and_names_who_is_missing() -> None:
    """A two-way table that settles: both margins are met at once (Deming and Stephan 1940)."""
    sex, age = np.array([0, 0, 1, 1, 1]), np.array([0, 1, 0, 1, 1])
    made = standard.rake(np.ones(5), [sex, age], [np.array([50.0, 50.0]), np.array([30.0, 70.0])])
    assert np.bincount(sex, weights=made) == pytest.approx([50, 50], abs=1e-3)
    assert np.bincount(age, weights=made) == pytest.approx([30, 70], abs=1e-3)
    with pytest.raises(standard.CannotEstimate) as no:
        standard.rake(np.ones(5), [sex, age], [np.array([50.0, 50.0]), np.array([30.0, 60.0, 10.0])])
    assert no.value.what == (1, 2)


def test_with_one_stratum_and_each_person_a_cluster_it_is_the_textbook_variance() -> None:
    """Then the linearised variance is p(1 - p)/(n - 1), the unbiased one of simple random sampling (Cochran 1977, 3.2)."""
    n, passed = 400, np.array([1.0] * 60 + [0.0] * 340)
    found = standard.estimate(passed, np.ones(n), np.zeros(n, dtype=np.intp), np.arange(n), 0.95)
    assert found.share == pytest.approx(0.15)
    assert found.error**2 == pytest.approx(0.15 * 0.85 / (n - 1))
    assert found.deff == pytest.approx(n / (n - 1))
    assert round(100 * found.half, 1) == 3.5


def test_people_alike_within_towns_cost_what_the_design_effect_says() -> None:
    """Twenty towns of twenty who all answer alike are worth twenty interviews: a design effect near twenty (Kish 1965, 5.4)."""
    cluster = np.repeat(np.arange(20), 20)
    passed = np.repeat(np.array([1.0] * 3 + [0.0] * 17), 20)
    found = standard.estimate(passed, np.ones(400), np.zeros(400, dtype=np.intp), cluster, 0.95)
    assert found.deff == pytest.approx(20 * 20 / 19)
    assert found.freedom == 19


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """Six hundred samples of twenty clusters from a district that is known: 95 % intervals, give or take two points."""
    random = np.random.default_rng(7)
    held = 0
    for _turn in range(600):
        towns = random.beta(6, 34, 20)  # the mean of all towns is 0.15
        passed = (random.random((20, 20)) < towns[:, None]).astype(float).ravel()
        found = standard.estimate(
            passed, np.ones(400), np.zeros(400, dtype=np.intp), np.repeat(np.arange(20), 20), 0.95
        )
        held += found.low <= 0.15 <= found.high
    assert 0.92 < held / 600 < 0.98


def test_a_stratum_with_one_town_has_no_interval() -> None:
    with pytest.raises(standard.CannotEstimate):
        standard.estimate(np.array([1.0, 0, 1, 0]), np.ones(4), np.array([0, 0, 0, 1]), np.array([0, 1, 1, 2]), 0.95)


def test_nobody_at_the_mark_gives_no_interval_without_width() -> None:
    places = np.arange(4)
    for passed in (np.zeros(4), np.ones(4)):
        with pytest.raises(standard.CannotEstimate, match="nobody or everybody"):
            standard.estimate(passed, np.ones(4), np.zeros(4, dtype=np.intp), places, 0.95)


def test_a_change_inside_the_noise_is_not_called_real() -> None:
    assert not standard.change((0.10, 0.018, 14), (0.12, 0.018, 14), 0.95).real
    assert standard.change((0.10, 0.010, 14), (0.15, 0.010, 14), 0.95).real


def test_points_are_shared_by_the_items_of_an_area() -> None:
    worth = {"knowledge": 40, "method": 20, "spirit": 20, "use": 20}
    asked = {"knowledge": 8, "method": 4, "spirit": 4, "use": 4}
    assert standard.score(asked, asked, worth) == 100
    assert standard.score({"knowledge": 4, "method": 1}, asked, worth) == 25
    with pytest.raises(ValueError, match="use"):
        standard.score({}, {"knowledge": 8, "method": 4, "spirit": 4}, worth)


def test_weights_follow_the_household_and_the_known_totals() -> None:
    towns = {n: Drawn("urban" if n < 2 else "rural", 1000, 1) for n in range(4)}
    people = [
        Answered(town, {"sex": sex, "age": age, "education": education}, adults, 80 if town == 0 else 40)
        for town in towns
        for sex in GROUPS["sex"].values
        for age in GROUPS["age"].values
        for education, adults in zip(GROUPS["education"].values, (1, 2, 3, 4), strict=True)
    ]
    plain = result_of(people, towns, {}, 70, HOW)
    assert not plain.raked
    assert "missing" in plain.why
    assert plain.weights[1] == pytest.approx(2 * plain.weights[0])
    totals = {c: 100 for kind in GROUPS.values() for c in kind.values}
    totals |= {"male": 250, "female": 250, "urban": 100, "rural": 400}
    raked = result_of(people, towns, totals, 70, HOW, parts=True)
    assert (raked.raked, raked.why) == (True, "")
    assert raked.estimate
    assert raked.estimate.share == pytest.approx(0.1), "town counts for a fifth, and one of its two towns passes"
    urban = next(g for g in raked.groups if g.title == "urban")
    assert urban.estimate
    assert urban.estimate.share == pytest.approx(0.5)


# --- the seal ---------------------------------------------------------------------------------------------------------


def test_only_the_office_opens_what_a_device_sealed_and_only_unchanged() -> None:
    public = sealed.public_key("secret", 1)
    sent = sealed.sealed(public, {"outcome": "absent"}, "mark|1", b"n" * 12)
    assert sealed.opened("secret", 1, sent, "mark|1") == {"outcome": "absent"}
    for secret, wave, bound in (("other", 1, "mark|1"), ("secret", 2, "mark|1"), ("secret", 1, "mark|2")):
        with pytest.raises(sealed.Unreadable):
            sealed.opened(secret, wave, sent, bound)
    for wrong in ({}, {**sent, "key": "AAAA"}, {**sent, "data": sent["data"][:-8] + "AAAAAAA="}, {**sent, "iv": "ü"}):
        with pytest.raises(sealed.Unreadable):
            sealed.opened("secret", 1, wrong, "mark|1")


# --- a wave -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def user(db: None) -> Callable[..., User]:
    def make(name: str, *roles: Any) -> User:
        made = User.objects.create_user(name)
        made.groups.set([Group.objects.get_or_create(name=role.name)[0] for role in roles])
        person = Person(name=name, account=made)
        save(person, None)
        return made

    return make


@pytest.fixture
def items(db: None) -> list[Item]:
    made = [an_item(told, date(2020, 1, 1)) for told in WORDS["items"]]
    for item in made:
        save(item, None)
    return made


@pytest.fixture
def places(db: None) -> list[Place]:
    kinds = [Place.Kind.STREET] * 3 + [Place.Kind.TOWN] * 6
    made = [
        Place(slug=f"t{n}", code=f"00{n}", name=f"Town {n}", name_en=f"Town {n}", kind=k) for n, k in enumerate(kinds)
    ]
    for place in made:
        save(place, None)
    return made


def a_frame(wave: Wave, places: list[Place]) -> None:
    for n, place in enumerate(places):
        kind = Dwelling.URBAN if place.kind == Place.Kind.STREET else Dwelling.RURAL
        save(Town(wave=wave, place=place, stratum=kind, people=1000 + 100 * n), None)


def an_answer(items: list[Item], right: bool, turn: int = 0) -> dict[str, Any]:
    groups = {name: kind.values[turn % len(kind)] for name, kind in GROUPS.items() if name != "dwelling"}
    chosen = {f"item-{i.pk}": i.right if right else 0 for i in items}
    return {"outcome": "complete", "adults": 2, **groups, **chosen}


@pytest.fixture
def fielding(user: Any, items: list[Item], places: list[Place]) -> tuple[Wave, User, User]:
    """A wave in the field: six draws of four addresses, all given to one interviewer."""
    officer, walker = user("officer", OFFICER), user("walker", INTERVIEWER)
    today = timezone.localdate()
    wave = a_wave(today.year, opens=today, closes=today + timedelta(days=9), day=today, draws=6, take=4, demo=False)
    begin(survey, wave, officer)
    a_frame(wave, places)
    wave = go(survey, wave, "draw", officer)
    one = Interviewer(wave=wave, name="Walker", person=Person.objects.get(account=walker))
    save(one, None)
    for town in wave.towns.filter(drawn__gt=0):
        for number in range(1, town.drawn * 4 + 1):
            save(Slot(wave=wave, town=town, number=number, address=f"Road {number}", interviewer=one), None)
    return go(survey, wave, "field", officer), officer, walker


def test_the_draw_is_kept_fixed_and_the_same_seed_draws_the_same(user: Any, places: list[Place]) -> None:
    officer = user("officer", OFFICER)
    wave = a_wave(2025, draws=6, take=4, demo=False)
    begin(survey, wave, officer)
    with pytest.raises(ValidationError, match="List the towns"):
        go(survey, wave, "draw", officer)
    a_frame(wave, places)
    wave = go(survey, wave, "draw", officer)
    first = list(wave.towns.order_by("pk").values_list("drawn", flat=True))
    assert sum(first) == 6
    with pytest.raises(ValidationError, match="take the draw back"):
        save(wave, officer, {"seed": 5})
    with pytest.raises(ValidationError, match="stand as they are"):
        save(wave.towns.first(), officer, {"people": 5})  # type: ignore[arg-type]
    wave = go(survey, wave, "back", officer, "the list was wrong")
    assert not wave.towns.filter(drawn__gt=0).exists()
    wave = go(survey, wave, "draw", officer)
    assert list(wave.towns.order_by("pk").values_list("drawn", flat=True)) == first
    with pytest.raises(ValidationError, match="Addresses are missing"):
        go(survey, wave, "field", officer)


def test_a_visit_arrives_once_and_is_scored_here(fielding: Any, items: list[Item]) -> None:
    wave, _officer, walker = fielding
    slot, mark = wave.slots.first(), uuid4()
    kept, new = receive(walker, slot.pk, mark, an_answer(items, True))
    again, twice = receive(walker, slot.pk, mark, an_answer(items, False))
    assert (new, twice, kept.pk == again.pk, kept.score) == (True, False, True, 100)
    assert Visit.objects.get().score == 100
    assert Slot.objects.get(pk=slot.pk).outcome == Outcome.COMPLETE
    with pytest.raises(ValidationError, match="done already"):
        receive(walker, slot.pk, uuid4(), an_answer(items, True))
    other = wave.slots.exclude(pk=slot.pk).first()
    with pytest.raises(ValidationError, match="another address"):
        receive(walker, other.pk, mark, an_answer(items, True))


def test_nobody_at_home_may_be_visited_again(fielding: Any, items: list[Item]) -> None:
    wave, _officer, walker = fielding
    slot = wave.slots.first()
    receive(walker, slot.pk, uuid4(), {"outcome": "absent", "sex": "male", "item-1": 1})
    first = Visit.objects.get()
    assert (first.sex, first.answers, first.score) == ("", {}, None), "of no interview no answer is kept"
    receive(walker, slot.pk, uuid4(), an_answer(items, False))
    assert list(Visit.objects.order_by("pk").values_list("outcome", "score")) == [("absent", None), ("complete", 0)]


def test_what_is_not_answered_is_told_and_nothing_kept(fielding: Any, items: list[Item]) -> None:
    wave, _officer, walker = fielding
    slot = wave.slots.first()
    told = {**an_answer(items, True), "sex": "x", "adults": "9", f"item-{items[0].pk}": "7"}
    with pytest.raises(ValidationError) as why:
        receive(walker, slot.pk, uuid4(), told)
    assert why.value.messages == [
        "“sex” is not answered.", "Say how many people of 18 to 69 live there.", "1 questions are not answered.",
    ]  # fmt: skip
    with pytest.raises(ValidationError, match="became of the visit"):
        receive(walker, slot.pk, uuid4(), {})
    assert not Visit.objects.exists()


def test_an_address_takes_answers_from_its_own_interviewer_only(fielding: Any, user: Any, items: list[Item]) -> None:
    wave, officer, walker = fielding
    slot = wave.slots.first()
    for stranger in (officer, user("other", INTERVIEWER)):
        with pytest.raises(PermissionDenied):
            receive(stranger, slot.pk, uuid4(), an_answer(items, True))
    save(Interviewer.objects.get(), officer, {"withdrawn": timezone.localdate()})
    with pytest.raises(PermissionDenied):
        receive(walker, slot.pk, uuid4(), an_answer(items, True))


def test_a_telephone_in_strange_hands_reads_no_answer(fielding: Any, items: list[Item]) -> None:
    wave, _officer, walker = fielding
    slot = wave.slots.first()
    receive(walker, slot.pk, uuid4(), an_answer(items, True))
    assert not visible(Visit, walker).exists()
    assert not visible(Item, walker).exists()
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(walker)
    assert browser.get(f"/literacy/visit/{Visit.objects.get().pk}/").status_code == 404
    page = browser.get("/literacy/field/").text
    assert f'<option value="{slot.pk}"' not in page
    assert f'<option value="{wave.slots.exclude(pk=slot.pk).first().pk}"' in page

    def asked() -> list[str]:
        return re.findall(r"<fieldset.*?</fieldset>", browser.get("/literacy/field/").text, re.DOTALL)

    before = asked()
    for item in items:
        save(item, None, {"right": 1 + item.right % 3})
    assert asked() == before, "which choice is right makes no difference on the page"
    assert len(before) == 1 + 4 + len(items)


def test_the_door_for_answers_tells_a_device_what_to_do(fielding: Any, items: list[Item]) -> None:
    wave, _officer, walker = fielding
    slot, mark = wave.slots.first(), str(uuid4())
    public = sealed.public_key(settings.SECRET_KEY, wave.pk)
    seal = sealed.sealed(public, an_answer(items, True), f"{mark}|{slot.pk}", b"n" * 12)
    body = json.dumps({"uuid": mark, "slot": slot.pk, **seal})
    browser = Client(headers={"accept-language": "en"})

    def send(text: str) -> int:
        return int(browser.post("/literacy/field/send/", text, content_type="application/json").status_code)

    assert send(body) == 401
    browser.force_login(walker)
    assert [send(body), send(body)] == [201, 200]
    assert Visit.objects.count() == 1
    changed = json.dumps({"uuid": str(uuid4()), "slot": slot.pk, **seal})
    assert [send(changed), send("{}"), send("["), send("x" * 70_000)] == [422, 400, 400, 413]
    assert send(json.dumps({"uuid": mark, "slot": 999_999, **seal})) == 403


def test_the_form_goes_the_plain_way_too(fielding: Any, items: list[Item]) -> None:
    wave, _officer, walker = fielding
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(walker)
    assert "did not come over HTTPS" in browser.get("/literacy/field/").text
    slot = wave.slots.first()
    told = {**an_answer(items, True), "slot": slot.pk, "uuid": str(uuid4())}
    wrong = browser.post("/literacy/field/", {**told, "sex": ""})
    assert wrong.status_code == 422
    assert "“sex” is not answered." in wrong.text
    assert [browser.post("/literacy/field/", told).status_code for _turn in range(2)] == [302, 302]
    assert Visit.objects.count() == 1


def test_from_the_answers_to_the_released_figure(fielding: Any, user: Any, items: list[Item]) -> None:
    wave, officer, walker = fielding
    approver = user("approver", APPROVER)
    for kind in GROUPS.values():
        for category in kind.values:
            save(Total(category=category, people=1000, starts=date(2020, 1, 1), source="census"), None)
    slots = list(wave.slots.order_by("pk"))
    for turn, slot in enumerate(slots[:-1]):
        receive(walker, slot.pk, uuid4(), an_answer(items, turn % 4 == 0, turn))
    wave = go(survey, wave, "close", officer)
    late, _new = receive(walker, slots[-1].pk, uuid4(), an_answer(items, False, 23))
    assert late.wave_id == wave.pk, "what was asked before the end may come after it"
    year = Period.year(wave.day.year)
    assert count(literacy, year).value is None
    wave = go(survey, wave, "estimate", officer)
    with pytest.raises(ValidationError):
        receive(walker, slots[0].pk, uuid4(), an_answer(items, True))
    assert count(literacy, year).value is None, "what nobody released is no figure"
    _keys, live = result(wave)
    wave = go(survey, wave, "release", approver)
    figure = count(literacy, year)
    assert live.estimate
    assert figure.value == pytest.approx(100 * live.estimate.share, abs=0.01)
    assert float(wave.share) == pytest.approx(figure.value or 0, abs=0.01)
    assert wave.low < wave.share < wave.high
    assert "interviews, design effect" in next(iter(remarks(year)))
    assert not Slot.objects.exclude(address="").exists(), "the addresses are needed no longer"
    assert count(literacy, Period.year(wave.day.year - 1)).value is None


def test_who_began_a_wave_does_not_release_it(fielding: Any) -> None:
    wave, officer, _walker = fielding
    officer.groups.add(Group.objects.get_or_create(name=APPROVER.name)[0])
    save(wave, None, {"state": State.ESTIMATED})
    with pytest.raises(ValidationError, match="Nobody decides on what he filed himself"):
        go(survey, wave, "release", User.objects.get(pk=officer.pk))


@pytest.mark.django_db
def test_between_waves_words_are_careful() -> None:
    def told(year: int, share: float, error: float) -> Wave:
        bounds = {"share": share, "low": share - 2 * error, "high": share + 2 * error, "error": error}
        made = a_wave(year, state=State.RELEASED, freedom=14, valid=400, deff=1, **bounds)
        save(made, None)
        return Wave.objects.get(pk=made.pk)

    first, second, third = told(2020, 8.0, 1.5), told(2022, 10.0, 1.5), told(2024, 18.0, 1.5)
    assert change_words(first) == ""
    assert "no change can be told" in change_words(second)
    assert "a real rise" in change_words(third)


def test_an_item_has_its_choices_in_both_languages_or_in_one() -> None:
    item = an_item(WORDS["items"][0], date(2020, 1, 1))
    item.clean()
    item.choices_en = "one\ntwo"
    with pytest.raises(ValidationError, match="As many lines"):
        item.clean()
    item.choices_en, item.right = "", 4
    with pytest.raises(ValidationError, match="only 3 choices"):
        item.clean()


def test_the_points_of_the_areas_make_a_hundred(db: None) -> None:
    assert sum(points(date(2025, 6, 1)).values()) == 100
