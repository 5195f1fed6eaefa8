"""What is its own: days of validity, the two series, who was added, early ends, moves, and what the file suggests."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.facts import kinds
from hanfeng.kernel.api import ask, ask_all, count, save, save_many
from hanfeng.kernel.pure import Between, Period

from . import indicators
from .dossier import bars, tone, year
from .held import ending
from .judged import judge_all, judge_one
from .models import Enterprise, Figures, Honour
from .parameters import later
from .seed import a_body, a_firm, an_honour
from .standard import Facts, Limits, judge
from .terms import Ending, Kind, Stage, Status
from .years import by_year, spans

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def firm() -> Any:
    """firm(**changes) -> a kept file on a body of its own."""
    made = iter(range(1, 1000))

    def make(**changes: Any) -> Enterprise:
        body = a_body(next(made), "500101", demo=False)
        save(body, None)
        file = a_firm(body, demo=False, **changes)
        save(file, None)
        return file

    return make


def honour(firm: Enterprise, kind: Kind, start: date, **changes: Any) -> Honour:
    made = an_honour(firm, kind, start, demo=False, **changes)
    save(made, None)
    return made


def counts(found: Any, *years: int) -> list[float | None]:
    return [count(found, Period.year(y)).value for y in years]


def test_an_honour_counts_on_its_first_day_and_no_longer_on_its_last(firm: Any) -> None:
    honour(firm(), Kind.HIGH_TECH, date(2020, 12, 31), valid_until=date(2023, 12, 31))
    assert counts(indicators.high_tech_valid, 2019, 2020, 2022, 2023) == [0, 1, 1, 0]
    assert counts(indicators.high_tech_ever, 2019, 2020, 2022, 2023, 2030) == [0, 1, 1, 1, 1]


def test_an_early_end_ends_the_count_but_not_the_record(firm: Any) -> None:
    honour(
        firm(),
        Kind.HIGH_TECH,
        date(2020, 5, 1),
        valid_until=date(2023, 5, 1),
        ended=date(2021, 12, 31),
        why=Ending.REVOKED,
    )
    assert counts(indicators.high_tech_valid, 2020, 2021) == [1, 0]
    assert counts(indicators.high_tech_ever, 2021) == [1]


def test_a_firm_is_counted_once_however_often_it_is_recognised(firm: Any) -> None:
    one = firm()
    for start in (2015, 2018, 2021):
        honour(one, Kind.HIGH_TECH, date(start, 6, 1), valid_until=date(start + 3, 6, 1))
    assert counts(indicators.high_tech_ever, 2021) == [1]
    assert counts(indicators.high_tech_new, 2015, 2018, 2021) == [1, 0, 0]


def test_a_firm_that_left_is_no_longer_valid_and_stays_recognised(firm: Any) -> None:
    honour(firm(status=Status.CLOSED, left=date(2022, 3, 1)), Kind.SCI_TECH, date(2020, 1, 1))
    assert counts(indicators.sci_tech_valid, 2021, 2022) == [1, 0]
    assert counts(indicators.sci_tech_ever, 2021, 2022) == [1, 1]


def test_a_firm_that_moves_in_with_its_title_counts_from_then(firm: Any) -> None:
    newcomer = firm(moved_in=date(2022, 7, 1))
    honour(newcomer, Kind.HIGH_TECH, date(2021, 10, 1), valid_until=date(2024, 10, 1))
    honour(newcomer, Kind.SCI_TECH, date(2019, 10, 1))
    assert counts(indicators.high_tech_valid, 2021, 2022) == [0, 1]
    assert counts(indicators.high_tech_new, 2021, 2022, 2023) == [0, 1, 0]
    assert counts(indicators.sci_tech_ever, 2021, 2022) == [0, 1]
    assert counts(indicators.sci_tech_new, 2019, 2022) == [0, 0]


def test_a_title_that_had_lapsed_before_the_move_is_not_the_districts(firm: Any) -> None:
    honour(firm(moved_in=date(2022, 7, 1)), Kind.HIGH_TECH, date(2016, 10, 1), valid_until=date(2019, 10, 1))
    assert counts(indicators.high_tech_ever, 2022, 2023) == [0, 0]


def test_a_withdrawn_record_counts_nowhere(firm: Any) -> None:
    wrong = honour(firm(), Kind.HIGH_TECH, date(2020, 5, 1), valid_until=date(2023, 5, 1))
    save(wrong, None, {"void": True}, verb="void")
    assert counts(indicators.high_tech_ever, 2021) == [0]


def test_what_was_added_is_what_ever_recognised_grew_by(firm: Any) -> None:
    for start in (date(2019, 3, 1), date(2020, 3, 1), date(2020, 9, 1), date(2022, 2, 28)):
        honour(firm(), Kind.HIGH_TECH, start, valid_until=later(start, 3))
    ever = counts(indicators.high_tech_ever, 2018, 2019, 2020, 2021, 2022)
    assert counts(indicators.high_tech_new, 2019, 2020, 2021, 2022) == [b - a for a, b in pairwise(ever)]


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "fits"), [(date(2022, 4, 30), False), (date(2022, 5, 1), True), (date(2016, 1, 1), False)]
)
def test_two_honours_of_one_kind_do_not_overlap(firm: Any, start: date, fits: bool) -> None:
    one = firm()
    honour(one, Kind.HIGH_TECH, date(2019, 5, 1), valid_until=date(2022, 5, 1))
    if fits:
        honour(one, Kind.HIGH_TECH, start, valid_until=date(2026, 1, 1))
    else:
        with pytest.raises(ValidationError, match="already"):
            honour(one, Kind.HIGH_TECH, start, valid_until=date(2026, 1, 1))
    honour(one, Kind.SCI_TECH, start)


def test_renewal_before_the_end_ends_the_one_before(firm: Any) -> None:
    one = firm()
    first = honour(one, Kind.HIGH_TECH, date(2019, 11, 21), valid_until=date(2022, 11, 21))
    save(first, None, {"ended": date(2022, 10, 12), "why": Ending.RENEWED})
    honour(one, Kind.HIGH_TECH, date(2022, 10, 12), valid_until=date(2025, 10, 12))
    assert counts(indicators.high_tech_valid, 2021, 2022, 2024) == [1, 1, 1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"valid_until": date(2019, 1, 1)},
        {"ended": date(2021, 1, 1)},
        {"why": Ending.REVOKED},
        {"ended": date(2030, 1, 1), "why": Ending.REVOKED},
        {"ended": date(2018, 1, 1), "why": Ending.REVOKED},
    ],
)
def test_dates_that_cannot_be_are_refused(firm: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        honour(firm(), Kind.HIGH_TECH, date(2020, 1, 1), **({"valid_until": date(2023, 1, 1)} | wrong))


@pytest.mark.parametrize(
    "wrong",
    [{"left": date(2022, 1, 1)}, {"status": Status.CLOSED}, {"stage": Stage.GROWTH}, {"section": "Z"}, {"lat": 91.0}],
)
def test_a_file_that_cannot_be_is_refused(firm: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        firm(**wrong)


def test_only_an_enterprise_has_a_file() -> None:
    office = Body(slug="office", name="Office", kind=Body.Kind.DEPARTMENT)
    save(office, None)
    with pytest.raises(ValidationError, match="Only a body"):
        save(a_firm(office), None)


def test_the_database_itself_refuses_a_second_certificate_of_the_same_day(firm: Any) -> None:
    one = firm()
    rows = [an_honour(one, Kind.SCI_TECH, date(2020, 1, 1)) for _i in range(2)]
    done = save_many(rows, None, title="sheet")
    assert (done.batch.created, [place for place, _why in done.errors]) == (1, [1])


# --- what is told to others -------------------------------------------------------------------------------------------


def test_facts_are_yes_no_or_unknown(firm: Any) -> None:
    titled, plain = firm(), firm()
    bare = Body(slug="bare", name="Bare", kind=Body.Kind.ENTERPRISE)
    save(bare, None)
    honour(titled, Kind.HIGH_TECH, date(2020, 1, 1), valid_until=date(2023, 1, 1))
    year_2021, year_2023 = Period.year(2021), Period.year(2023)
    assert [t.value for t in ask(kinds.HIGH_TECH, titled.body, year_2021)] == [True]
    assert [t.value for t in ask(kinds.HIGH_TECH, titled.body, year_2023)] == [False]
    assert [t.value for t in ask(kinds.HIGH_TECH, plain.body, year_2021)] == [False]
    assert ask(kinds.HIGH_TECH, bare, year_2021) == ()
    assert ask_all(kinds.HIGH_TECH, year_2021)["enterprises"] == {titled.body_id: True, plain.body_id: False}


def test_one_and_all_tell_the_same(firm: Any) -> None:
    for number in range(3):
        file = firm(stage=Stage.GROWTH, stage_on=date(2021, 1 + number, 1))
        save(Figures(enterprise=file, year=2021, employees=10 * number, revenue=number, rd_spending=None), None)
    period = Period.year(2021)
    for kind in (kinds.EMPLOYEES, kinds.REVENUE, kinds.RD_SPENDING, kinds.LIFE_STAGE, kinds.SCI_TECH):
        every = ask_all(kind, period)["enterprises"]
        for file in Enterprise.objects.all():
            said = [every[file.body_id]] if file.body_id in every else []
            assert [t.value for t in ask(kind, file.body, period)] == said, kind


def test_a_figure_of_a_year_is_no_figure_of_a_quarter(firm: Any) -> None:
    file = firm()
    save(Figures(enterprise=file, year=2021, revenue=100), None)
    assert [t.value for t in ask(kinds.REVENUE, file.body, Period.year(2021))] == [100.0]
    assert ask(kinds.REVENUE, file.body, Period.quarter(2021, 1)) == ()


def test_a_stage_is_not_told_before_it_was_stated(firm: Any) -> None:
    file = firm(stage=Stage.MATURE, stage_on=date(2022, 6, 1))
    assert ask(kinds.LIFE_STAGE, file.body, Period.year(2021)) == ()
    assert [t.value for t in ask(kinds.LIFE_STAGE, file.body, Period.year(2022))] == ["mature"]


# --- the municipal register -------------------------------------------------------------------------------------------

LIMITS = Limits(staff_share=10, rd_share=3, inventions=1, needed=2)


def known(**numbers: float | tuple[float, float]) -> dict[str, Between]:
    return {n: Between(*v) if isinstance(v, tuple) else Between(v, v) for n, v in numbers.items()}


@pytest.mark.parametrize(
    ("numbers", "verdict", "met", "missing"),
    [
        (
            {"employees": 100, "tech_staff": 10, "revenue": 1000, "rd_spending": 30, "inventions": 0},
            "yes",
            (2, 2),
            set(),
        ),
        ({"employees": 100, "tech_staff": 9, "revenue": 1000, "rd_spending": 30, "inventions": 0}, "no", (1, 1), set()),
        ({"employees": 100, "revenue": 1000, "rd_spending": 30, "inventions": 0}, "unknown", (1, 2), {"tech_staff"}),
        ({"employees": 100, "revenue": 1000, "rd_spending": 30, "inventions": 1}, "yes", (2, 3), set()),
        ({"revenue": 1000, "rd_spending": 29, "inventions": 0}, "no", (0, 1), set()),
        ({"revenue": 0, "rd_spending": 5, "inventions": 1}, "unknown", (1, 3), {"revenue", "employees", "tech_staff"}),
        (
            {"employees": 100, "tech_staff": 12, "revenue": 1000, "rd_spending": 1, "inventions": (0, 2)},
            "unknown",
            (1, 2),
            set(),
        ),
        (
            {"employees": 100, "tech_staff": 12, "revenue": (1000, 1100), "rd_spending": 40, "inventions": 0},
            "yes",
            (2, 2),
            set(),
        ),
    ],
)
def test_the_rule_says_yes_no_or_what_is_missing(numbers: Any, verdict: str, met: Any, missing: set[str]) -> None:
    """The example limits: staff from 10 %, R&D from 3 % of revenue, one invention; two of the three are needed."""
    told = judge(Facts(here=True, high_tech=False, **known(**numbers)), LIMITS)
    assert (told.answer.verdict, told.met.low, told.met.high) == (verdict, *met)
    assert told.answer.missing == missing


def test_a_certificate_stands_for_the_rest_and_who_left_meets_nothing() -> None:
    assert judge(Facts(here=True, high_tech=True), LIMITS).answer.is_yes
    assert judge(Facts(here=False, high_tech=True), LIMITS).answer.is_no
    assert judge(Facts(here=True, high_tech=False), LIMITS).answer.is_unknown


def test_one_firm_and_all_firms_are_judged_alike(firm: Any) -> None:
    today = timezone.localdate()
    for number in range(5):
        file = firm()
        save(
            Figures(
                enterprise=file, year=today.year - 1, employees=100, tech_staff=8 + number, revenue=100, rd_spending=number,
                patents=None if number == 4 else number // 2,
            ),
            None,
        )  # fmt: skip
    every = {file.pk: found for file, found in judge_all(today)}
    assert {found.answer.verdict.value for found in every.values()} == {"yes", "no"}
    for file in Enterprise.objects.select_related("body"):
        assert judge_one(file, today) == every[file.pk]


def test_the_balance_of_the_years_is_that_of_the_figures(firm: Any) -> None:
    honour(firm(), Kind.HIGH_TECH, date(2019, 5, 1), valid_until=date(2022, 5, 1))
    one = firm()
    honour(one, Kind.HIGH_TECH, date(2019, 5, 1), valid_until=date(2022, 5, 1))
    honour(one, Kind.HIGH_TECH, date(2022, 5, 1), valid_until=date(2025, 5, 1))
    revoked = {"ended": date(2021, 2, 1), "why": Ending.REVOKED}
    honour(firm(), Kind.HIGH_TECH, date(2020, 5, 1), valid_until=date(2023, 5, 1), **revoked)
    honour(
        firm(status=Status.MOVED, left=date(2021, 9, 1)), Kind.HIGH_TECH, date(2020, 5, 1), valid_until=date(2023, 5, 1)
    )
    honour(firm(moved_in=date(2022, 7, 1)), Kind.HIGH_TECH, date(2021, 5, 1), valid_until=date(2024, 5, 1))
    honour(firm(moved_in=date(2022, 7, 1)), Kind.HIGH_TECH, date(2016, 5, 1), valid_until=date(2019, 5, 1))
    rows = by_year(spans(Kind.HIGH_TECH), date(2025, 12, 31), 7)
    assert [row.valid for row in rows] == counts(indicators.high_tech_valid, *range(2025, 2018, -1))
    assert all(row.valid == row.before + row.came - row.lost for row in rows)
    assert {row.year: sorted(row.went) for row in rows if row.went} == {
        2021: ["moved", "revoked"], 2022: ["expired"], 2024: ["expired"], 2025: ["expired"],
    }  # fmt: skip


# --- pages ------------------------------------------------------------------------------------------------------------


def test_what_ends_soon_leaves_out_what_was_followed_or_belongs_to_the_gone(firm: Any) -> None:
    start, end, until = date(2026, 1, 1), date(2026, 4, 1), date(2026, 2, 1)
    asked = honour(firm(), Kind.HIGH_TECH, date(2023, 2, 1), valid_until=until)
    followed = firm()
    honour(followed, Kind.HIGH_TECH, date(2023, 2, 1), valid_until=until)
    honour(followed, Kind.HIGH_TECH, until, valid_until=date(2029, 2, 1))
    honour(firm(status=Status.MOVED, left=date(2025, 1, 1)), Kind.HIGH_TECH, date(2023, 2, 1), valid_until=until)
    honour(firm(), Kind.HIGH_TECH, date(2023, 4, 1), valid_until=end)
    assert list(ending(start, end)) == [asked]


def test_honours_stand_on_one_axis(firm: Any) -> None:
    one, today = firm(), date(2024, 1, 1)
    honour(one, Kind.HIGH_TECH, date(2014, 1, 1), valid_until=date(2017, 1, 1))
    honour(one, Kind.SCI_TECH, date(2019, 1, 1))
    first, second = bars(list(Honour.objects.order_by("valid_from")), today)
    assert (first["x"], second["now"]) == (0, 200)
    assert second["x"] + second["width"] == pytest.approx(200)
    assert first["width"] == pytest.approx(60, abs=0.5)
    assert [tone(h, today) for h in Honour.objects.order_by("valid_from")] == ["info", "ok"]


def test_growth_is_told_only_against_the_year_before() -> None:
    rows = [Figures(year=y, revenue=r, rd_spending=s) for y, r, s in ((2020, 100, 5), (2021, 150, None), (2023, 90, 9))]
    told = [year(row, was) for row, was in zip(rows, [None, *rows], strict=False)]
    assert [t["growth"] for t in told] == [None, 50, None]
    assert [t["share"] for t in told] == [5, None, 10]


def test_the_face_opens_on_a_day_with_everything_on_it(firm: Any, client: Any, django_user_model: Any) -> None:
    from django.contrib.auth.models import Group

    today = timezone.localdate()
    file = firm()
    honour(file, Kind.SCI_TECH, date(2020, 1, 1))
    honour(file, Kind.HIGH_TECH, later(today, -3), valid_until=date.fromordinal(today.toordinal() + 30))
    for offset, revenue in ((2, 100), (1, 70)):
        save(Figures(enterprise=file, year=today.year - offset, revenue=revenue), None)
    officer = django_user_model.objects.create_user("officer")
    officer.groups.set([Group.objects.get_or_create(name="enterprises.officer")[0]])
    client.force_login(officer)
    page = client.get("/enterprises/", headers={"accept-language": "en"}).text
    assert str(file.body.name_en) in page
    assert "−30.0%" in page
    assert client.get("/enterprises/certificates/expiring/").context["count"] == 1
    assert client.get("/enterprises/certificates/nonsense/").status_code == 404
