"""From the plan's first page down to the story of one firm, by links only; and from a new record up to the plan's figure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from browser_site import PLAN, Open
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

TARGET = f"{PLAN}indicator/high-tech-firms/"
EVER = re.compile(r"^High-tech enterprises, ever recognised")


def ledger_of_card(page: Page) -> int:
    """The ledger value that the card of high-tech enterprises tells on the first page of the plan."""
    page.goto("/")
    card = page.locator(".plan-card", has=page.get_by_role("link", name="High-tech enterprises"))
    told = card.locator(".layers").inner_text()
    found = re.search(r"Ledger\s+([\d,]+)", told)
    assert found, told
    return int(found[1].replace(",", ""))


def ledger_of_figure(page: Page) -> int:
    """The same figure on the page behind it."""
    page.goto(TARGET)
    page.get_by_role("link", name=EVER).click()
    return int(page.locator(".lede b").inner_text().replace(",", ""))


def test_a_figure_leads_to_the_story_of_a_firm(open_as: Open) -> None:
    page = open_as("leader", language="en")
    page.goto("/")
    page.locator(".plan-card").get_by_role("link", name="High-tech enterprises").click()
    expect(page).to_have_url(re.compile(f"{TARGET}$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("High-tech enterprises")
    page.get_by_role("link", name=EVER).click()
    expect(page.locator(".eyebrow")).to_contain_text("Ledger value, counted from rows")
    expect(page.locator("#main")).to_contain_text(re.compile(r"(\d+) of \1 rows are yours to see"))
    row = page.locator("table.ledger tbody tr").first
    firm = row.locator("th a").inner_text()
    row.locator("th a").click()
    page.locator(".facts").get_by_role("link", name=firm).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(firm)
    expect(page.locator("#honours")).to_contain_text("high-tech enterprise")
    page.get_by_role("link", name="Whole story").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Whole story")
    expect(page.locator(".timeline li").first).to_be_visible()


def test_the_rows_of_a_figure_are_cut_to_the_reader(open_as: Open) -> None:
    office, firm = open_as("leader", language="en"), open_as("firm", language="en")
    office.goto(TARGET)
    address = office.get_by_role("link", name=EVER).get_attribute("href") or ""
    for page in (office, firm):
        page.goto(address)
    expect(firm.locator(".lede")).to_have_text(office.locator(".lede").inner_text())
    assert firm.locator("table.ledger tbody tr").count() < office.locator("table.ledger tbody tr").count()


def test_a_new_honour_moves_the_ledger_and_the_plan(open_as: Open) -> None:
    page = open_as("enterprise-officer", language="en")
    before = ledger_of_card(page)
    assert ledger_of_figure(page) == before
    page.goto("/enterprises/enterprise/?status=active&stage=start-up")
    firms = [a.get_attribute("href") for a in page.locator("table.ledger tbody th a").all()]
    for address in firms:
        page.goto(address or "")
        if page.locator("#honours").get_by_text("No honour has been recorded").count():
            break
    else:
        raise AssertionError("every firm of the list holds an honour")
    firm = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("link", name="Record an honour").click()
    page.locator("[name=kind]").select_option(label="high-tech enterprise")
    page.locator("[name=number]").fill("TEST-0001")
    page.locator("[name=valid_from]").fill("2025-03-01")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messages")).to_contain_text("Saved.")
    assert ledger_of_figure(page) == before + 1
    page.goto("/enterprises/honour/?q=TEST-0001")
    expect(page.locator("table.ledger tbody tr")).to_have_count(1)
    expect(page.locator("table.ledger tbody")).to_contain_text(firm)
    # the officer's own page is not the only one that tells it
    assert ledger_of_card(open_as("leader", language="en")) == before + 1


def test_the_plan_leads_to_the_application_that_serves_a_clause(open_as: Open) -> None:
    page = open_as("leader", language="en")
    page.goto(f"{PLAN}trace/?served=yes&q=hte-pool")
    line = page.locator("table.chain tbody tr").first
    line.locator(".ref").click()
    expect(page.locator("#main")).to_contain_text("Cultivation libraries")
    page.locator("#main").get_by_role("link", name="Cultivation libraries").first.click()
    assert urlsplit(page.url).path == "/cultivation/"
