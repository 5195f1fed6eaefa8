"""What is its own: the legal state on any day, whose a patent is, the five classes, fees and warnings, numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.utils import timezone, translation

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Person, Post
from hanfeng.commons.series.kinds import RESIDENTS
from hanfeng.commons.series.models import SeriesValue
from hanfeng.kernel.api import count, save
from hanfeng.kernel.pure import CodeError, Period, Verdict
from hanfeng.standards import cn_patents as cn

from . import indicators
from .fees import next_fee
from .force import falling_due, inventions, lost_in, standing
from .models import Happened, Kind, LegalEvent, Patent, Payment, Share
from .parameters import tariff
from .roles import HOLDER, OFFICER
from .seed import a_patent
from .value import Class, Limits, classes, high_value, is_high_value

pytestmark = pytest.mark.django_db
LIMITS = Limits(10, Decimal(1000))


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
def holder() -> Body:
    body = Body(slug="holder", name="Holder", name_en="Holder", kind=Body.Kind.ENTERPRISE)
    save(body, None)
    return body


@pytest.fixture
def patent(holder: Body) -> Callable[..., Patent]:
    made = iter(range(1, 999))

    def make(kind: Kind = Kind.INVENTION, **changes: Any) -> Patent:
        filed = changes.pop("filed", date(2015, 6, 10))
        kept = a_patent(
            changes.pop("holder", holder), next(made), kind, filed, demo=False,
            **({"granted": date(2018, 3, 1)} | changes),
        )  # fmt: skip
        save(kept, None)
        return kept

    return make


def happen(patent: Patent, kind: Happened, on: date, **changes: Any) -> None:
    save(LegalEvent(patent=patent, kind=kind, on=on, **changes), None)


def pay(patent: Patent, year: int) -> None:
    save(Payment(patent=patent, year=year, paid=date(2018, 1, 1), amount=900), None)


def on_days(*days: date) -> list[int]:
    return [inventions(day).count() for day in days]


# --- the standard -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number",
    ["202010566088.9", "201510958772.0", "200510096239.4", "202322865413.3", "202510942578.7", "201811564288.X"],
)
def test_published_patent_numbers_have_the_right_check_digit(number: str) -> None:
    """Numbers of granted patents as their holders print them on public pages; each other digit is refused."""
    assert cn.application_number(f"ZL {number}").text == number
    assert cn.application_number(number.replace(".", "")).text == number
    for other in set("0123456789X") - {number[-1]}:
        with pytest.raises(CodeError, match="check digit"):
            cn.application_number(number[:-1] + other)


def test_a_wrong_digit_or_two_exchanged_ones_are_caught() -> None:
    """Modulus 11 with weights 2 to 9 sees every single slip and every exchange of neighbours."""
    body = "202010566088"
    for place in range(12):
        for digit in set("0123456789") - {body[place]}:
            with pytest.raises(CodeError):
                cn.application_number(f"{body[:place]}{digit}{body[place + 1 :]}.9")
    for place in range(11):
        if body[place] != body[place + 1]:
            with pytest.raises(CodeError):
                cn.application_number(f"{body[:place]}{body[place + 1]}{body[place]}{body[place + 2 :]}.9")


def test_kind_year_and_shape_of_a_number() -> None:
    told = cn.application_number("ZL2023 2 2865413.3")
    assert (told.year, told.kind, told.international) == (2023, cn.Kind.UTILITY, False)
    for wrong in ("", "2020105660", "20204056608X9", "2020A05660889"):
        with pytest.raises(CodeError):
            cn.application_number(wrong)
    assert cn.publication_number("cn 111639679b") == "CN111639679B"
    assert cn.ipc("h01m10/0525(2010.01)") == "H01M 10/0525"
    for wrong in ("I01M 10/05", "H1M", ""):
        with pytest.raises(CodeError):
            cn.ipc(wrong)


def test_terms_by_article_42_of_the_patent_law_of_2020() -> None:
    """20 years, 10 years, and for designs 15 when filed since 2021-06-01."""
    day = date(2020, 2, 29)
    assert cn.term_ends(cn.Kind.INVENTION, day) == date(2040, 2, 29)
    assert cn.term_ends(cn.Kind.UTILITY, day) == date(2030, 2, 28)
    assert cn.term_ends(cn.Kind.DESIGN, date(2021, 5, 31)) == date(2031, 5, 31)
    assert cn.term_ends(cn.Kind.DESIGN, date(2021, 6, 1)) == date(2036, 6, 1)


def test_the_surcharge_grows_by_the_month_and_ends_after_six() -> None:
    """Implementing regulations: six months, 5 % for each month after the first; scale 900 yuan for the years 1 to 3."""
    due = date(2024, 6, 3)
    days = (date(2024, 7, 3), date(2024, 7, 4), date(2024, 8, 4), date(2024, 12, 3), date(2024, 12, 4))
    assert [cn.surcharge(900, due, day) for day in days] == [0, 45, 90, 225, None]
    assert [cn.annuity([[1, 3, 900], [4, 6, 1200]], year) for year in (1, 3, 4, 7)] == [900, 900, 1200, None]
    assert cn.annuity_due(date(2021, 6, 3), 4) == due


# --- in force on a day ------------------------------------------------------------------------------------------------


def test_a_patent_is_in_force_from_its_grant_to_its_term(patent: Any) -> None:
    patent(filed=date(2003, 11, 3), granted=date(2006, 5, 5))
    days = (date(2006, 5, 4), date(2006, 5, 5), date(2023, 11, 2), date(2023, 11, 3))
    assert on_days(*days) == [0, 1, 1, 0]


def test_lapse_and_restoration_are_right_at_every_past_day(patent: Any) -> None:
    one = patent()
    happen(one, Happened.LAPSED, date(2021, 6, 10))
    happen(one, Happened.RESTORED, date(2021, 12, 1))
    happen(one, Happened.LAPSED, date(2024, 6, 10))
    days = (date(2021, 6, 9), date(2021, 6, 10), date(2021, 11, 30), date(2021, 12, 1), date(2024, 6, 10))
    assert on_days(*days) == [1, 0, 0, 1, 0]
    assert lost_in(Period.year(2021)).count() == 0
    assert lost_in(Period.year(2024)).count() == 1


def test_an_event_recorded_late_changes_the_days_it_speaks_of(patent: Any) -> None:
    one, day = patent(), date(2022, 12, 31)
    assert on_days(day) == [1]
    happen(one, Happened.INVALIDATED, date(2022, 3, 1))
    assert on_days(date(2022, 2, 28), day) == [1, 0]


def test_a_transfer_moves_a_patent_into_and_out_of_the_district(patent: Any) -> None:
    happen(patent(), Happened.TRANSFERRED, date(2020, 1, 1), inside=False, to_name="Elsewhere")
    happen(patent(inside=False), Happened.TRANSFERRED, date(2022, 1, 1), inside=True)
    assert on_days(date(2019, 12, 31), date(2020, 1, 1), date(2022, 1, 1)) == [1, 0, 1]
    assert standing(date(2021, 1, 1)).count() == 2


def test_applications_and_other_kinds_are_no_inventions_in_force(patent: Any) -> None:
    patent(granted=None)
    patent(Kind.UTILITY, filed=date(2017, 6, 1))
    assert on_days(date(2020, 1, 1)) == [0]
    assert count(indicators.patents_granted, Period.year(2018)).value == 1


def test_per_10000_residents_by_the_newest_vintage_of_the_last_years_end(patent: Any) -> None:
    """The formula of the measure: valid inventions at the year's end over residents at the year's end in 10,000."""
    for _i in range(126):
        patent()
    for value, vintage in ((120.0, date(2021, 4, 1)), (120.5, date(2021, 9, 1))):
        save(SeriesValue(series=RESIDENTS.name, year=2020, value=value, vintage=vintage, source="Bulletin"), None)
    told = count(indicators.inventions_per_10000, Period.year(2020))
    assert (told.numerator, told.denominator) == (126, 120.5)
    assert told.value == pytest.approx(1.0456, abs=1e-4)
    mid = Period(date(2021, 1, 1), date(2021, 7, 1))
    assert count(indicators.inventions_per_10000, mid).denominator == 120.5
    assert count(indicators.inventions_per_10000, Period.year(2019)).value is None


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "202010566088.8"},
        {"filed": date(2016, 1, 1), "number": cn.make_application_number(2015, cn.Kind.INVENTION, 9_999_000)},
        {"kind": Kind.DESIGN, "number": cn.make_application_number(2015, cn.Kind.INVENTION, 9_999_001)},
        {"granted": date(2015, 1, 1)},
        {"closed": date(2019, 1, 1)},
        {"ipc": "Z99"},
        {"publication": "US123"},
    ],
)
def test_patents_that_cannot_be_are_refused(holder: Body, wrong: dict[str, Any]) -> None:
    values = {"kind": Kind.INVENTION, "filed": date(2015, 6, 10), "granted": date(2018, 3, 1)} | wrong
    made = Patent(
        **(
            {"number": cn.make_application_number(2015, cn.Kind.INVENTION, 9_999_002), "title": "A", "holder": holder}
            | values
        )
    )
    with pytest.raises(ValidationError):
        save(made, None)


def test_a_number_is_kept_once_in_one_form(patent: Any, holder: Body) -> None:
    one = patent()
    with pytest.raises(ValidationError, match="already"):
        save(Patent(number=f"ZL{one.number}", title="Twin", holder=holder, filed=one.filed), None)


def test_shares_never_pass_the_whole_on_any_day(patent: Any, holder: Body) -> None:
    one = patent()
    save(Share(patent=one, body=holder, part=6000, starts=date(2018, 1, 1), ends=date(2020, 1, 1)), None)
    save(Share(patent=one, name="University", part=4000, inside=False, starts=date(2018, 1, 1)), None)
    with pytest.raises(ValidationError, match="4000 of 10,000"):
        save(Share(patent=one, name="Third", part=6001, starts=date(2020, 1, 1)), None)
    save(Share(patent=one, name="Third", part=6000, starts=date(2020, 1, 1)), None)
    with pytest.raises(ValidationError, match="not both"):
        save(Share(patent=one, body=holder, name="Two", part=1, starts=date(2018, 1, 1)), None)


# --- high value -------------------------------------------------------------------------------------------------------


def test_each_class_says_yes_no_or_unknown(patent: Any) -> None:
    one = patent(strategic=None, families=0, pledged=Decimal(999), awarded=False)
    told = classes(one, date(2024, 12, 31), LIMITS)
    assert {name.value: answer.verdict for name, answer in told.items()} == {
        "strategic": Verdict.UNKNOWN, "abroad": Verdict.NO, "maintained": Verdict.NO, "pledged": Verdict.NO,
        "awarded": Verdict.NO,
    }  # fmt: skip
    assert is_high_value(one, date(2024, 12, 31), LIMITS).missing == {"strategic"}
    assert classes(one, date(2025, 6, 10), LIMITS)[Class.MAINTAINED].is_no  # ten years to the day are not more than ten
    assert is_high_value(one, date(2025, 6, 11), LIMITS).is_yes


def test_one_and_all_judge_alike(patent: Any) -> None:
    facts = [
        (s, f, p, a)
        for s in (True, False, None)
        for f in (0, 2, None)
        for p in (0, 1000, None)
        for a in (True, False, None)
    ]
    made = [patent(strategic=s, families=f, pledged=p, awarded=a) for s, f, p, a in facts]
    for day in (date(2024, 1, 1), date(2025, 6, 10), date(2025, 6, 11)):
        found = set(Patent.objects.filter(high_value(day, LIMITS)).values_list("pk", flat=True))
        assert found == {p.pk for p in made if is_high_value(p, day, LIMITS).is_yes}


# --- fees -------------------------------------------------------------------------------------------------------------


def test_the_next_fee_follows_the_last_one_paid(patent: Any) -> None:
    """Filed 2015-06-10, years 1 to 8 paid: the ninth is due by 2023-06-10, 2,000 yuan, until 2023-12-10 with a surcharge."""
    one = patent()
    pay(one, 4)
    pay(one, 8)
    (found,) = falling_due(standing(date(2023, 5, 20)), date(2023, 7, 1))
    costs = tariff(date(2023, 5, 20))
    told = [next_fee(found, day, costs) for day in (date(2023, 5, 20), date(2023, 8, 20), date(2023, 12, 11))]
    assert [(f.year, f.due, f.amount, f.extra, f.stage) for f in told] == [
        (9, date(2023, 6, 10), 2000, 0, "near"),
        (9, date(2023, 6, 10), 2000, 200, "late"),
        (9, date(2023, 6, 10), 2000, 0, "over"),
    ]
    assert told[0].last == date(2023, 12, 10)


def test_no_fee_is_due_for_what_ended_or_ends_first(patent: Any) -> None:
    lapsed, ending, unknown = patent(), patent(filed=date(2004, 6, 10), granted=date(2008, 1, 1)), patent()
    pay(lapsed, 8)
    pay(ending, 20)
    happen(lapsed, Happened.LAPSED, date(2023, 6, 10))
    day = date(2024, 5, 20)
    assert not falling_due(standing(day), date(2024, 12, 31)).exists()
    assert unknown in standing(day)


# --- pages ------------------------------------------------------------------------------------------------------------


def test_the_portfolio_weighs_joint_patents_and_is_closed_to_others(
    patent: Any, holder: Body, user: Any, client: Any
) -> None:
    joint = patent()
    patent()
    save(Share(patent=joint, body=holder, part=2500, starts=date(2018, 1, 1)), None)
    save(Share(patent=joint, name="University", part=7500, inside=False, starts=date(2018, 1, 1)), None)
    client.force_login(user("mine", HOLDER, body=holder))
    page = client.get(f"/ip/holder/{holder.pk}/")
    assert page.status_code == 200
    assert page.context["by_share"] == 1.25
    client.force_login(user("other", HOLDER))
    assert client.get(f"/ip/holder/{holder.pk}/").status_code == 404


def test_the_face_says_what_the_figure_falls_to(patent: Any, user: Any, client: Any) -> None:
    today = timezone.localdate()
    paid, open_one = patent(), patent(filed=cn.months_after(today, -12 * 9), granted=today - timedelta(days=1900))
    pay(paid, 20)
    pay(open_one, 9)  # covers until today
    save(SeriesValue(series=RESIDENTS.name, year=today.year - 1, value=2, vintage=today, source="Bulletin"), None)
    client.force_login(user("officer", OFFICER))
    fall = client.get("/ip/").context["fall"]
    assert (fall["unpaid"], fall["value"]) == (1, 0.5)
    assert client.get("/ip/fees/soon/").context["count"] == 1
    assert client.get("/ip/fees/none/").status_code == 404
