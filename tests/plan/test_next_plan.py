"""Draft figures of the next plan: three options where there is a course, else a refusal that says what to ask."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from plan_cases import publish

from hanfeng.plan.evaluate import evaluate, find_plan
from hanfeng.plan.papers.models import Paper, newest
from hanfeng.plan.report.linked import Paragraph, Table, bare_numbers
from hanfeng.plan.report.next_paper import next_paper
from hanfeng.plan.report.next_plan import next_term, proposals

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 30)
YEARS = {2021: 1.58, 2022: 1.71, 2023: 1.79, 2024: 1.92, 2025: 2.0}


def one(slug, day=DAY, language="en"):
    return next(p for p in proposals(evaluate(day, language=language)) if p.row.slug == slug)


@pytest.fixture
def known(county):
    for year, value in YEARS.items():
        publish("rd-intensity", value, date(year, 12, 31))


def test_the_next_plan_follows_this_one_and_is_as_long(county):
    term = next_term(evaluate(DAY, language="en"))
    assert (term.starts, term.ends, term.years) == (date(2026, 1, 1), date(2030, 12, 31), 5)


def test_too_few_values_are_refused_with_what_to_ask_from_whom(county):
    refused = one("rd-intensity")
    assert refused.options == ()
    assert "Too few" in refused.why_not
    assert all(str(year) in refused.ask for year in YEARS)
    assert "2020" not in refused.ask, "the base of the plan is known"
    assert "the statistics bureau" in refused.ask


def test_invented_values_and_leads_are_no_course(county):
    for year in YEARS:
        publish("rd-intensity", 1.0, date(year, 12, 31), demo=True)
        publish("rd-intensity", 9.0, date(year, 12, 31), trust="lead")
    assert one("rd-intensity").options == ()


def test_three_options_follow_one_another(known):
    found = one("rd-intensity")
    prudent, trend, ambitious = found.options
    assert prudent.value < trend.value < ambitious.value
    assert found.trend.low <= prudent.value + 0.005
    assert trend.value == pytest.approx(found.trend.mid, abs=0.005)
    assert trend.yearly == pytest.approx((trend.value - 2.0) / 5, abs=0.005)
    assert all(option.method and option.reason and option.rests for option in found.options)


def test_the_band_is_that_of_the_line_worked_by_hand(known):
    """Years 0 to 5, values 1.50 1.58 1.71 1.79 1.92 2.00: mean 1.75, slope 1.8 / 17.5, squared residuals 0.000857 over 4 degrees
    of freedom; 7.5 years from the middle the error of one new value is 0.014639 √(1 + 1/6 + 7.5² / 17.5) = 0.030639, and the t
    that leaves a tenth above it is 1.533206."""
    found = one("rd-intensity")
    assert [(day.year, figure) for day, figure, _value in found.history] == [(2020, 1.5), *YEARS.items()]
    mid, half = 1.75 + 1.8 / 17.5 * 7.5, 1.533206 * 0.030639
    assert found.trend.mid == pytest.approx(mid, abs=1e-5)
    assert (found.trend.low, found.trend.high) == pytest.approx((mid - half, mid + half), abs=2e-5)
    # the plan wanted 0.1 a year, which comes to 2.5: less than the far edge of the band
    assert [option.value for option in found.options] == [2.47, 2.52, 2.57]
    years = (date(2030, 12, 31) - date(2025, 12, 31)).days / 365.25
    assert [option.yearly for option in found.options] == pytest.approx([(v - 2.0) / years for v in (2.47, 2.52, 2.57)])


def test_a_rate_is_worked_from_the_first_value_to_the_last(county):
    """51 firms in 2020 and a fifth more each year: the line through the logarithms is exact, its band has no width."""
    for n, year in enumerate(range(2021, 2026), 1):
        publish("high-tech-firms", 51 * 1.2**n, date(year, 12, 31))
    found = one("high-tech-firms")
    assert found.history[0][:2] == (date(2020, 12, 31), 51.0)
    assert found.trend.mid == pytest.approx(51 * 1.2**10, rel=1e-6)  # 315.8
    prudent, trend, _ambitious = found.options
    assert (prudent.value, trend.value) == (316, 316)
    assert trend.yearly == pytest.approx(20.0, abs=0.05)


def test_places_of_another_size_are_told_and_not_compared(county):
    for n, year in enumerate(range(2021, 2026), 1):
        publish("sci-tech-firms", 204 + 20 * n, date(year, 12, 31))
    publish("sci-tech-firms", 67286, date(2024, 12, 31), place="chongqing", kind="context")
    found = one("sci-tech-firms")
    assert "chongqing" in [value.place for value in found.peers]
    assert found.options[2].value < 1000
    assert not {value.id for value in found.peers} & set(found.options[2].rests)
    draft = next_paper(evaluate(DAY, language="en"))
    assert "told only, for their size differs: Chongqing 67,286" in text_of_paper(draft)


def test_a_value_older_than_the_course_is_no_peer(known):
    publish("rd-intensity", 9.9, date(2019, 12, 31), place="chongqing", kind="context")
    assert one("rd-intensity").peers == ()


def test_nothing_is_proposed_that_lies_behind_what_was_reached(county):
    """A course that rises and varies widely: the edge of the band lies below the newest value."""
    for year, value in {2021: 2.4, 2022: 1.6, 2023: 2.8, 2024: 1.9, 2025: 2.6}.items():
        publish("rd-intensity", value, date(year, 12, 31))
    found = one("rd-intensity")
    assert found.trend.low < 2.6 < found.trend.mid
    assert found.options[0].value == 2.6
    assert found.options[0].yearly == 0
    assert "newest confirmed value" in found.options[0].method
    assert found.options[0].rests == (found.history[-1][2].id,)


def test_a_change_of_definition_breaks_the_series_and_is_told(known):
    other = publish("rd-intensity", 7.7, date(2023, 12, 31), kind="other_definition")
    found = one("rd-intensity")
    assert [value.id for value in found.other] == [other.slug]
    assert 7.7 not in [figure for _day, figure, _value in found.history]
    assert all(other.slug not in option.rests for option in found.options)
    draft = next_paper(evaluate(DAY, language="en"))
    (said,) = re.findall("Under another definition[^.]*[.][^.]*[.]", text_of_paper(draft))
    assert said == "Under another definition, so left out: Kaizhou 7.70 (31 December 2023)."
    assert f"reading:{other.slug}" in [link.key for link in draft.links]


def test_the_furthest_way_is_told_as_such(known):
    publish("rd-intensity", 4.1, date(2024, 12, 31), place="chongqing", kind="context")
    found = one("rd-intensity")
    assert [value.place for value in found.peers] == ["chongqing"]
    assert found.options[2].value == pytest.approx(4.1)
    assert "other places" in found.options[2].method
    assert found.options[2].rests == (found.peers[0].id,)


def test_a_stock_grows_by_a_rate(county):
    for year, value in {2021: 60, 2022: 72, 2023: 85, 2024: 101, 2025: 120}.items():
        publish("high-tech-firms", value, date(year, 12, 31))
    trend = one("high-tech-firms").options[1]
    assert trend.compound
    assert trend.yearly == pytest.approx(18.3, abs=1.5)
    assert trend.value == round(trend.value)


def text_of_paper(draft):
    return "\n".join(block.text for block in draft.blocks)


def test_the_paper_links_every_number(known):
    for language in ("zh-hans", "en"):
        draft = next_paper(evaluate(DAY, language=language))
        assert not list(bare_numbers(draft.blocks))
        assert any(isinstance(block, Table) for block in draft.blocks)
        assert next(b.style for b in draft.blocks if isinstance(b, Paragraph)) == "title"


def test_the_page_and_the_paper(known):
    user = User.objects.create_user("planner", password="x")
    user.groups.set([Group.objects.get_or_create(name=n)[0] for n in ("people.officer", "plan.officer")])
    browser = Client()
    browser.force_login(user)
    browser.cookies["django_language"] = "en"
    url = f"/papers/next/{find_plan().slug}/"
    page = browser.get(url, {"as_of": "2026-06-30"}).content.decode()
    for words in ("Prudent", "Ambitious", "Too few confirmed values", "Whom to ask"):
        assert words in page
    answer = browser.post(f"{url}draft/", {"as_of": "2026-06-30"})
    paper = Paper.objects.latest("pk")
    assert answer["Location"] == paper.get_absolute_url()
    assert paper.kind == Paper.Kind.NEXT_PLAN
    assert newest(paper).draft.links
    assert browser.get(f"{answer['Location']}docx/1/").content.startswith(b"PK")
    stranger = Client()
    stranger.force_login(User.objects.create_user("stranger"))
    assert stranger.get(url).status_code == 403
