"""Reading, searching, sorting, paging and changing the language need no script."""

from __future__ import annotations

import re

import pytest
from browser_site import PLAN, Open
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def plain(open_as: Open, account: str, language: str = "en") -> Page:
    return open_as(account, language=language, java_script_enabled=False)


def test_a_register_can_be_read(open_as: Open) -> None:
    page = plain(open_as, "enterprise-officer")
    page.goto("/enterprises/enterprise/")
    rows = page.locator("table.ledger tbody tr")
    expect(rows).to_have_count(50)
    total = page.locator(".lede b").inner_text()

    page.locator("[name=industry]").select_option("electronics")
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile("industry=electronics"))
    assert page.locator(".lede b").inner_text() != total
    for cell in page.locator("td[data-label='industry']").all_inner_texts():
        assert cell == "electronics and information"

    page.get_by_role("link", name="Clear all").click()
    page.get_by_label("Words").fill("Biomedicine")
    page.get_by_role("button", name="Filter").click()
    expect(rows.first).to_contain_text("Biomedicine")
    page.get_by_role("link", name=re.compile("Take away")).click()
    expect(page.locator(".lede b")).to_have_text(total)

    entered = page.locator("td[data-label='entered the park on']")
    page.get_by_role("columnheader", name="entered the park on").get_by_role("link").click()
    up = [text for text in entered.all_inner_texts() if text != "—"]
    assert up == sorted(up)
    page.get_by_role("columnheader", name="entered the park on").get_by_role("link").click()
    down = [text for text in entered.all_inner_texts() if text != "—"]
    assert down == sorted(down, reverse=True)
    assert down != up

    first = rows.first.inner_text()
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".pager [aria-current=page]")).to_contain_text("2")
    assert rows.first.inner_text() != first


def test_the_language_changes_and_stays(open_as: Open) -> None:
    page = plain(open_as, "leader", "zh-hans")
    page.goto(f"{PLAN}indicator/")
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    page.get_by_role("button", name="English").first.click()
    expect(page).to_have_url(re.compile(f"{PLAN}indicator/$"))
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Indicators")
    page.goto("/todo/")
    expect(page.get_by_role("heading", level=1)).to_have_text("To-do")


def test_the_plan_can_be_read_and_filtered(open_as: Open) -> None:
    page = plain(open_as, "plan-office")
    page.goto("/")
    expect(page.locator("ol.worst > li")).to_have_count(3)
    page.goto(f"{PLAN}trace/")
    page.locator("[name=served]").select_option("yes")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("table.chain tbody tr").first).to_be_visible()
    page.goto(f"{PLAN}evaluation/")
    page.get_by_label("As known on").fill("2022-12-31")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".state-sentence")).to_contain_text("2022")
    reasons = page.locator("details.chapter").first
    reasons.locator("summary").click()
    expect(reasons.locator(".why li").first).to_be_visible()
    # beside each drawing stands its table
    page.goto(f"{PLAN}indicator/high-tech-firms/")
    expect(page.get_by_role("table").first).to_be_visible()
    expect(page.locator(".js-only:visible")).to_have_count(0)


def test_another_packs_panel_is_a_link(open_as: Open) -> None:
    page = plain(open_as, "enterprise-officer")
    page.goto("/enterprises/certificates/expiring/")
    page.locator("table.ledger tbody th a").first.click()
    page.get_by_role("link", name="The body").click()
    page.get_by_role("link", name="Open Honours that hold today").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Honours that hold today")
    expect(page.get_by_role("table")).to_be_visible()


def test_a_sheet_of_the_phone_opens_by_its_link(open_as: Open) -> None:
    page = open_as("leader", language="en", java_script_enabled=False, viewport={"width": 390, "height": 844})
    page.goto("/")
    page.locator(".menu-link").click()
    page.locator("nav.side").get_by_role("link", name="Evaluation").click()
    expect(page).to_have_url(re.compile("/evaluation/$"))
