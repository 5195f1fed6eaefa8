"""What is its own: full-time equivalents, the checks, the guard of units, the way of a return, who is late, what is published."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Person, Post
from hanfeng.commons.places.models import Place
from hanfeng.commons.series.kinds import GDP
from hanfeng.commons.series.models import SeriesValue
from hanfeng.kernel.api import Role, breakdowns, count, draft_edition, find, go, release_edition, save, visible
from hanfeng.kernel.pure import Period

from . import calibres, calling, exported, indicators, pages, standard, wording
from .flow import open_filing, returns
from .models import Approval, Call, Filing
from .roles import AUDITOR, FIRM, OFFICER
from .seed import a_filing, a_project
from .terms import Mode, State

PACK = "innovation_statistics"
APPROVER = Role("portal.approver", "publication approver")
Day: Any = apps.get_model("rule", "Day")
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


# --- rules --------------------------------------------------------------------------------------------------------------


def test_full_time_equivalents_by_the_ninety_ten_rule() -> None:
    """国统字〔2019〕47号: the two worked examples of training material on the rule, 3.2 person-years and 7 person-months."""
    assert standard.full_time_equivalent((0.9, 1, 0.2, 0.3, 0.7)) == pytest.approx(3.2)
    assert standard.equivalent_of([(3, 160 / 176), (5, 0.80), (8, 16 / 176)]) == pytest.approx(7.0)
    assert pytest.approx(0.80, abs=0.005) == 140 / 176, "the example rounds the share to 0.80"
    assert standard.full_time_equivalent((0.0999, 0.1, 0.8999)) == pytest.approx(0.9999)


def a_call(year: int = 2024, **more: Any) -> Call:
    return Call(**{"year": year, "called": date(year + 1, 1, 12), "due": date(year + 1, 3, 10)} | more)


def values_of(internal: int = 10_000, revenue: int = 500_000, **more: Any) -> dict[str, Any]:
    return a_filing(a_call(), Body(pk=1), internal, revenue).values | more


def failed(
    values: dict[str, Any], projects: Any = ({"name": "x", "spending": 5000, "months": 12, "people": 2},), **more: Any
) -> list[str]:
    return [f.check.id for f in standard.findings(standard.Filed(values, projects, 2024, **more))]


def test_a_return_that_fits_together_fails_no_check() -> None:
    assert failed(values_of()) == []
    assert len({check.id for check in standard.CHECKS}) == len(standard.CHECKS) >= 25


@pytest.mark.parametrize(
    ("wrong", "check"),
    [
        ({"costs": 20_000}, "107-2/costs"),
        ({"internal": 10_020, "experimental": 9_620, "from_enterprise": 9_520}, "107-2/internal"),
        ({"basic": 500}, "107-2/activity"),
        ({"from_abroad": 500}, "107-2/source"),
        ({"external": 1}, "107-2/external"),
        ({"rd_people": 5_000}, "107-2/people"),
        ({"fte": Decimal(900)}, "107-2/fte-people"),
        ({"effort": [[3, 0.95], [5, 0.5]]}, "107-2/fte"),
        ({"fte": None}, "107-2/spending-people"),
        ({"fte": Decimal("2.0"), "rd_people": 10}, "107-2/wage"),
        ({"revenue": 9_000}, "107-2/revenue"),
    ],
)
def test_each_check_is_failed_by_its_fault(wrong: dict[str, Any], check: str) -> None:
    assert check in failed(values_of() | wrong)


@pytest.mark.parametrize(
    ("project", "check"),
    [
        ({"spending": 11_000}, "107-1/spending"),
        ({"spending": 100, "government": 200}, "107-1/part"),
        ({"starts": date(2024, 5, 1), "ends": date(2024, 4, 1)}, "107-1/dates"),
        ({"starts": date(2022, 1, 1), "ends": date(2023, 12, 31)}, "107-1/year"),
        ({"people": 1, "months": 13}, "107-1/people"),
        ({"people": 99, "months": 900}, "107-1/months"),
    ],
)
def test_projects_are_checked_for_themselves_and_against_the_form(project: dict[str, Any], check: str) -> None:
    assert check in failed(values_of(), [{"name": "x", **project}])
    assert failed(values_of(), []) == ["107-1/empty"]


def test_every_finding_speaks_in_both_languages() -> None:
    filed = standard.Filed(
        values_of(costs=1, basic=9, fte=Decimal(9999), internal=3), (), 2024, {"internal": 900}, 77.0
    )
    for language in ("en", "zh-hans"):
        with translation.override(language):
            told = wording.all_said(standard.findings(filed))
            assert len(told) > 5
            assert all("%(" not in each["text"] and each["mend"] for each in told)


def times(values: dict[str, Any], factor: float) -> dict[str, Any]:
    return {n: round(v * factor) if n in standard.MONEY and v is not None else v for n, v in values.items()}


@pytest.mark.parametrize(
    ("factor", "unit"), [(1000, standard.YUAN), (0.1, standard.TEN_THOUSAND), (1e-5, standard.HUNDRED_MILLION)]
)
@pytest.mark.parametrize("beside", ["last", "known", "alone"])
def test_a_return_in_another_unit_is_caught(factor: float, unit: str, beside: str) -> None:
    values = values_of(internal=40_000, revenue=2_000_000)
    last = {"internal": 36_000, "revenue": 1_800_000} if beside == "last" else None
    known = 2_050_000.0 if beside == "known" else None
    doubt = standard.doubt_unit(standard.Filed(times(values, factor), (), 2024, last, known))
    if unit == standard.HUNDRED_MILLION and beside == "alone":
        return  # a firm of 20 in units of 100 million says nothing at all once it is rounded
    assert doubt
    assert doubt.unit == unit
    assert standard.doubt_unit(standard.Filed(values, (), 2024, last, known)) is None


def test_a_firm_that_shrinks_to_a_tenth_is_not_taken_for_a_wrong_unit() -> None:
    values = values_of(internal=10_000, revenue=60_000)
    last = {"internal": 11_000, "revenue": 640_000}
    assert standard.doubt_unit(standard.Filed(values, (), 2024, last)) is None


def test_the_total_in_yuan_over_items_in_thousand_is_caught() -> None:
    values = values_of()
    doubt = standard.doubt_unit(standard.Filed(values | {"costs": values["costs"] * 1000}, (), 2024))
    assert doubt
    assert doubt.unit == standard.YUAN


def test_the_caps_of_the_calibres() -> None:
    """Worked examples: items of 900 allow other costs of 100 at 10 %, 800 allow 200 at 20 %; 300 at home allow 200 abroad."""
    assert calibres.other_cap(900, 0.1) == pytest.approx(100)
    assert calibres.other_cap(800, 0.2) == pytest.approx(200)
    told = {c.key: c for c in calibres.calibres({"staff": 300, "outsourced": 300, "external_abroad": 300})}
    assert told[calibres.TAX].result == pytest.approx(300 + 200), (
        "300 abroad: 80 % are 240, two thirds of 300 at home are 200"
    )


def test_the_four_numbers_are_explained_item_by_item() -> None:
    values = values_of() | {"other_costs": 9_000, "costs": None}
    told = {c.key: c for c in calibres.calibres(values)}
    accounts = sum(values[name] for name in standard.COSTS)
    assert all(c.start == accounts for c in told.values())
    statistics = told[calibres.STATISTICS]
    assert statistics.result == pytest.approx(values["internal"]), "the last step is what nothing explains"
    assert [s.source for s in statistics.steps][-1] == ""
    assert all(s.source for key in (calibres.HIGH_TECH, calibres.TAX) for s in told[key].steps)
    assert told[calibres.TAX].result < told[calibres.HIGH_TECH].result < accounts


# --- exported forms -----------------------------------------------------------------------------------------------------


def a_book(unit: str = "千元", factor: float = 1.0) -> BytesIO:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet
    sheet.append(["企业研究开发活动及相关情况", "", "", "表号：107-2表"])
    sheet.append(["", "", "", f"计量单位：{unit}"])
    sheet.append(["指标名称", "计量单位", "代码", "本年"])
    for number, (label, value) in enumerate(
        [("（一）研究开发费用合计", 11_200), ("1.人员人工费用", 5_200), ("2.直接投入费用", 3_600),
         ("3.折旧费用与长期待摊费用", 700), ("4.无形资产摊销费用", 200), ("5.设计费用", 200), ("6.装备调试费用与试验费用", 100),
         ("7.委托外部研究开发费用", 800), ("8.其他费用", 400),
         ("R&D经费内部支出", 10_000), ("其中：人员劳务费", 5_000)]
    ):  # fmt: skip
        sheet.append([label, unit, number + 1, round(value * factor)])
    sheet.append(["R&D人员折合全时当量", "人年", 40, 42.4])
    sheet.append(["从来没有的指标", "人年", 41, 7])
    projects = book.create_sheet("107-1")
    projects.append(
        [
            "序号",
            "项目名称",
            "项目起始日期",
            "项目完成日期",
            "参加项目人员（人）",
            "项目人员实际工作时间（人月）",
            "项目经费支出（千元）",
            "其中：政府资金（千元）",
        ]
    )
    projects.append(["甲", "乙", "1", "2", "3", "4", "5", "6"])
    projects.append([1, "智能检测产线", "202301", "202506", 12, 88.5, 6_000, 300])
    kept = BytesIO()
    book.save(kept)
    kept.seek(0)
    return kept


def test_exported_forms_are_read_by_the_names_of_their_items() -> None:
    read = exported.read(a_book())
    assert read.values["costs"] == 11_200
    assert (read.values["staff"], read.values["daily_staff"], read.values["fte"]) == (5_200, 5_000, 42.4)
    assert read.unit == ""
    assert read.skipped == ["从来没有的指标"]
    (project,) = [p for p in read.projects if p["name"] == "智能检测产线"]
    assert (project["starts"], project["months"], project["government"]) == (date(2023, 1, 1), 88.5, 300)


def test_a_sheet_that_names_another_unit_says_so_and_no_book_is_said_to_be_none() -> None:
    assert exported.read(a_book("万元")).unit == standard.TEN_THOUSAND
    with pytest.raises(exported.NotAForm, match="workbook"):
        exported.read(BytesIO(b"not a workbook"))


# --- the way of a return ------------------------------------------------------------------------------------------------

pytest_db = pytest.mark.django_db


@pytest.fixture
def user() -> Callable[..., User]:
    def make(name: str, *roles: Any, body: Body | None = None) -> User:
        made = User.objects.create_user(name)
        made.groups.set([Group.objects.get_or_create(name=role.name)[0] for role in roles])
        if body:
            someone = Person(name=name, account=made)
            save(someone, None)
            save(Post(person=someone, body=body), None)
        return made

    return make


def a_firm(number: int) -> Body:
    body = Body(slug=f"firm-{number}", name=f"Firm {number}", kind=Body.Kind.ENTERPRISE)
    save(body, None)
    return body


def a_kept(call: Call, body: Body, internal: int = 10_000, revenue: int = 500_000, **more: Any) -> Filing:
    filing = a_filing(call, body, internal, revenue, demo=False, filed=timezone.now(), **more)
    save(filing, None)
    save(a_project(filing, 0, 0.5), None)
    return filing


@pytest.fixture
def call(db: None) -> Call:
    made = a_call()
    save(made, None)
    return made


@pytest_db
def test_the_whole_way_with_a_return(call: Call, user: Any, client: Any) -> None:
    body = a_firm(1)
    officer, auditor, clerk = user("o", OFFICER), user("a", AUDITOR), user("f", FIRM, body=body)
    filing = open_filing(call, Filing(body=body), officer)
    assert timezone.localtime(filing.due_at).date() == call.due
    with pytest.raises(ValidationError, match="empty"):
        go(returns, filing, "file", clerk)
    wrong = values_of(costs=1)
    save(filing, clerk, wrong)
    with pytest.raises(ValidationError, match=r"errors? of the form"):
        go(returns, filing, "file", clerk)
    save(filing, clerk, values_of())
    save(a_project(filing, 0, 0.5), clerk)
    filing = go(returns, filing, "file", clerk)
    first = filing.filed
    assert first
    with pytest.raises(ValidationError, match="reason"):
        go(returns, filing, "return", officer)
    filing = go(returns, filing, "return", officer, "Equipment is missing.")
    client.force_login(clerk)
    page = client.get(f"/innovation_statistics/fill/{filing.pk}/", headers={"accept-language": "en"})
    assert "Equipment is missing." in page.content.decode()
    filing = go(returns, filing, "file", clerk)
    assert filing.filed == first, "a mended return keeps the day on which it came"
    filing = go(returns, filing, "check", officer)
    filing = go(returns, filing, "audit", auditor)
    assert count(indicators.industry_rd_ratio, Period.year(2024)).value is None
    go(returns, filing, "accept", auditor)


@pytest_db
def test_who_calls_does_not_accept_and_others_see_nothing(call: Call, user: Any) -> None:
    both, clerk, leader = user("b", OFFICER, AUDITOR), user("f", FIRM, body=a_firm(2)), user("l")
    filing = open_filing(call, Filing(body=a_firm(1)), both)
    save(filing, None, {**values_of(), "state": State.AUDITED})
    with pytest.raises(ValidationError, match="himself"):
        go(returns, filing, "accept", both)
    assert not visible(Filing, clerk).exists()
    assert not visible(Filing, leader).exists()


@pytest_db
def test_an_own_survey_is_off_without_an_approval_and_closes_with_it(user: Any, client: Any) -> None:
    with pytest.raises(ValidationError, match="is off until"):
        save(a_call(mode=Mode.OWN), None)
    today = timezone.localdate()
    approval = Approval(
        title="Survey", table="KZ-1", issuer="Bureau", number="[2026] 1", starts=today - timedelta(days=90),
        ends=today + timedelta(days=30),
    )  # fmt: skip
    save(approval, None)
    year = today.year - 1
    own = a_call(
        year, mode=Mode.OWN, approval=approval, called=today - timedelta(days=9), due=today + timedelta(days=9)
    )
    save(own, None)
    with pytest.raises(ValidationError) as both:
        a_call(today.year, mode=Mode.OWN, called=None).full_clean()
    assert both.value.message_dict["approval"][0].startswith("An own survey is off"), (
        "in words, not by the constraint's name"
    )
    with pytest.raises(ValidationError, match="does not hold"):
        a_call(year, mode=Mode.OWN, approval=approval, called=None, due=today + timedelta(days=40)).full_clean()
    body = a_firm(1)
    filing = a_kept(own, body, state=State.CALLED)
    clerk = user("f", FIRM, body=body)
    client.force_login(clerk)
    page = client.get(f"/innovation_statistics/fill/{filing.pk}/", headers={"accept-language": "en"}).content.decode()
    assert "KZ-1" in page
    assert "[2026] 1" in page
    save(approval, None, {"ends": today - timedelta(days=1)})
    assert (
        "form is closed"
        in client.get(f"/innovation_statistics/fill/{filing.pk}/", headers={"accept-language": "en"}).content.decode()
    )
    with pytest.raises(ValidationError, match="ended on"):
        go(returns, filing, "file", clerk)
    assert client.post(f"/innovation_statistics/fill/{filing.pk}/", {"do": "save"}).status_code == 403


@pytest_db
def test_late_is_told_across_a_holiday_and_a_make_up_day(user: Any) -> None:
    """The notice on the holidays of 2026: 15 to 23 February off, 14 and 28 February, both Saturdays, worked."""
    for day in range(15, 24):
        save(Day(date=date(2026, 2, day), kind=Day.Kind.HOLIDAY, name="x"), None)
    save(Day(date=date(2026, 1, 1), kind=Day.Kind.HOLIDAY, name="x"), None)
    for day in (14, 28):
        save(Day(date=date(2026, 2, day), kind=Day.Kind.WORKDAY, name="x"), None)
    # 20 working days from 2 February: 3-6, 9-13, the Saturday 14, then 24-27, the Saturday 28, and 2-6 March
    assert calling.due_day(date(2026, 2, 2)) == date(2026, 3, 6)
    call = a_call(2025, called=date(2026, 2, 2), due=date(2026, 2, 20))  # due within the holiday
    save(call, None)
    assert call.ends.date() == date(2026, 2, 24)
    officer = user("o", OFFICER)
    slow, prompt = a_firm(1), a_firm(2)
    open_filing(call, Filing(body=slow), officer)
    a_kept(call, prompt)
    at = datetime(2026, 2, 24, 23, 0, tzinfo=SHANGHAI)
    assert list(calling.late(officer, 2025, at)) == []
    (over,) = calling.late(officer, 2025, at + timedelta(hours=2))
    assert over.body == slow
    days = pages.calendar()
    assert pages._workdays(date(2026, 2, 24), date(2026, 3, 1), days) == 4, "25, 26, 27 and the Saturday 28"


@pytest_db
def test_a_return_in_yuan_is_refused_with_what_speaks_against_it(call: Call) -> None:
    body = a_firm(1)
    filing = a_filing(call, body, 10_000, 500_000)
    for name, value in times(filing.values, 1000).items():
        setattr(filing, name, value)
    with pytest.raises(ValidationError, match=r"seem to be in yuan.*Nothing was taken over"):
        save(filing, None)
    assert not Filing.objects.exists()
    filing.unit_checked = True
    save(filing, None)


@pytest_db
def test_the_page_adds_up_without_a_script_and_an_upload_keeps_nothing(call: Call, user: Any, client: Any) -> None:
    body = a_firm(1)
    filing = open_filing(call, Filing(body=body), None)
    client.force_login(user("f", FIRM, body=body))
    address = f"/innovation_statistics/fill/{filing.pk}/"
    page = client.post(
        address, {"do": "add", "staff": "100", "direct": "50", "p0-name": "", "effort": "3 x 91%, 5 x 80%"}
    )
    assert page.context["form"].initial["costs"] == 150
    assert page.context["form"].initial["fte"] == 7.0
    a = client.post(f"{address}upload/", {"file": _named(a_book())})
    assert a.context["form"].initial["costs"] == 11_200
    assert next(line[0].initial for line in a.context["lines"]) == "智能检测产线"
    refused = client.post(f"{address}upload/", {"file": _named(a_book("万元", 0.1))}, headers={"accept-language": "en"})
    assert refused.status_code == 422
    assert "10,000 yuan, where thousand yuan is due" in refused.content.decode()
    silent = client.post(f"{address}upload/", {"file": _named(a_book("千元", 1000))}, headers={"accept-language": "en"})
    assert silent.status_code == 422
    assert "seem to be in yuan" in silent.content.decode()
    filing.refresh_from_db()
    assert filing.costs is None
    assert not filing.projects.exists()
    bad = client.post(address, {"do": "save", "effort": "three people"}, headers={"accept-language": "en"})
    assert bad.status_code == 422
    assert "write people x share" in bad.content.decode()


def _named(kept: BytesIO) -> BytesIO:
    kept.name = "forms.xlsx"
    return kept


# --- figures and what is published --------------------------------------------------------------------------------------


@pytest.fixture
def county(call: Call, user: Any) -> list[Filing]:
    """Thirty firms in four towns, two of them alone in theirs; and the GDP of the year with a revision."""
    towns = [Place(slug=f"t{n}", name=f"Town {n}", kind=Place.Kind.TOWN) for n in range(5)]
    for town in towns:
        save(town, None)
    for value, day in (("600", date(2025, 2, 1)), ("640", date(2025, 12, 30))):
        save(SeriesValue(series=GDP.name, year=2024, value=Decimal(value), vintage=day, source="x"), None)
    made = []
    for n in range(30):
        town = towns[4] if n == 0 else towns[3] if n == 1 else towns[n % 3]
        made.append(
            a_kept(
                call, a_firm(n), 9_000 + 700 * n, 500_000 + 40_000 * n, town=town, above_scale=n % 2 == 0,
                industry=("food", "home", "equipment")[n % 3], stage=("growth", "mature")[n % 2],
            )
        )  # fmt: skip
    return made


YEAR = Period.year(2024)


@pytest_db
def test_the_figures_count_accepted_returns_over_the_newest_gdp(county: list[Filing]) -> None:
    whole = sum(filing.internal or 0 for filing in county)
    assert count(indicators.rd_intensity, YEAR).value == pytest.approx(100 * whole * 1_000 / (640 * 1e8))
    parts = indicators.rd_intensity.compute(YEAR).plainly_by("town__name")  # type: ignore[union-attr]
    assert sum(map(float, parts.values())) == pytest.approx(count(indicators.rd_intensity, YEAR).value)
    said = list(indicators.remarks(YEAR))
    assert "30 of 30 returns are accepted" in said[0]
    assert "GDP of 2024 was revised from 600 to 640" in said[1]
    save(county[0], None, {"state": State.CHECKED})
    assert count(indicators.rd_intensity, YEAR).value == pytest.approx(100 * (whole - 9_000) * 1_000 / (640 * 1e8))


@pytest_db
def test_the_years_of_the_face_are_the_figures(county: list[Filing]) -> None:
    told = indicators.history(2023, 2024)[2024]
    for found in indicators.INDICATORS:
        value = count(found, YEAR).value
        assert told[found.name] == (value if value is None else pytest.approx(value))


@pytest_db
def test_breakdowns_are_for_those_who_see_every_return_and_others_read_the_edition(
    county: list[Filing], user: Any, client: Any
) -> None:
    officer, leader, auditor, approver = user("o", OFFICER), user("l"), user("a", AUDITOR), user("p", APPROVER)
    by_town = indicators.BY[0]

    def told(reader: Any) -> Any:
        return breakdowns(PACK, indicators.rd_intensity, YEAR, reader)[by_town]

    assert len(told(officer).parts) == 5
    assert told(leader).waiting
    assert told(leader).parts == ()
    assert indicators.rd_intensity.compute(YEAR).by("town__name") == {}
    pack = find(PACK)
    assert pack
    edition = draft_edition(pack, YEAR, date(2025, 10, 1), auditor)
    assert told(leader).waiting, "a draft is read by nobody"
    for reader, sees in ((leader, False), (approver, True)):
        client.force_login(reader)
        page = client.get(edition.get_absolute_url(), headers={"accept-language": "en"}).content.decode()
        assert ("Town 0" in page) is sees, "but by who releases it"
    with pytest.raises(Exception, match=r"himself|Only for"):
        release_edition(edition, auditor)
    release_edition(edition, approver)
    out = {part.key for part in told(leader).parts if part.out}
    assert {"Town 3", "Town 4"} <= out
    assert all(part.value is None for part in told(leader).parts if part.out)
    assert told(None).parts == told(leader).parts
    assert str(county[0].internal) not in str(edition.content)


@pytest_db
def test_the_public_page_leaves_out_what_would_tell(county: list[Filing], user: Any, client: Any) -> None:
    pack = find(PACK)
    assert pack
    assert client.get("/innovation_statistics/published/").status_code == 200
    release_edition(draft_edition(pack, YEAR, date(2025, 10, 1), user("a", AUDITOR)), user("p", APPROVER))
    page = client.get("/innovation_statistics/published/", headers={"accept-language": "en"}).content.decode()
    assert "left out" in page
    assert "Town 0" in page
    table = client.get("/innovation_statistics/published/2024.csv", headers={"accept-language": "en"}).content.decode()
    lines = [line for line in table.splitlines() if "Town 4" in line]
    assert lines
    assert all(",,%" in line and "left out" in line for line in lines)
    assert client.get("/innovation_statistics/published/2019.csv").status_code == 404


@pytest_db
def test_an_edition_that_would_tell_one_changed_firm_leaves_its_numbers_out(county: list[Filing], user: Any) -> None:
    pack, auditor, approver = find(PACK), user("a", AUDITOR), user("p", APPROVER)
    assert pack
    release_edition(draft_edition(pack, YEAR, date(2025, 10, 1), auditor), approver)
    save(county[5], None, {"internal": 99_000})
    second = draft_edition(pack, YEAR, date(2026, 3, 1), auditor)
    assert second.content["rd_intensity"]["out"] == "difference"
    assert second.content["rd_intensity"]["value"] is None
    third = draft_edition(pack, YEAR, date(2026, 3, 2), auditor)
    release_edition(second, approver)
    with pytest.raises(ValidationError, match="draft it anew"):
        release_edition(third, approver)


@pytest_db
def test_the_face_asks_the_database_as_often_with_many_returns(county: list[Filing], user: Any, client: Any) -> None:
    from django.db import connection

    client.force_login(user("o", OFFICER))
    client.get("/innovation_statistics/")
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/innovation_statistics/").status_code == 200
    assert len(asked) <= 30
