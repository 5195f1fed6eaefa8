"""Draft figures of the next plan: three options where there is a course, else a refusal that says what to ask."""

from __future__ import annotations

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
    # the line through 1.50 (2020) and the five values, carried on five years by hand: slope 0.0991 a year
    assert trend.value == pytest.approx(2.51, abs=0.03)
    assert trend.yearly == pytest.approx((trend.value - 2.0) / 5, abs=0.005)
    assert all(option.method and option.reason and option.rests for option in found.options)


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
