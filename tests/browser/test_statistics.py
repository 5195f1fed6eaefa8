"""A firm files its return, is sent back, mends it; officers accept: figure, breakdown and plan page change."""

from __future__ import annotations

import re

import pytest
from browser_site import PHONE, PLAN, Open
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

FIGURE = "/figures/rd_intensity/?period=2025"
MINE = "/innovation_statistics/mine/"


def number(page: Page, address: str, place: str) -> str:
    """The first number of a place on a page."""
    page.goto(address)
    found = re.search(r"\d+\.\d+", page.locator(place).first.inner_text())
    assert found
    return found[0]


def told(page: Page) -> list[str]:
    """The figure by industry as its page breaks it down."""
    page.goto(FIGURE)
    return page.get_by_role("region", name=re.compile("^industry", re.I)).get_by_role("row").all_inner_texts()


def item(page: Page, name: str) -> Locator:
    """The field of an item of the form."""
    return page.locator(f"[data-item={name}]")


def mend(firm: Page) -> None:
    """Put in order what the checks say: spending of a size that shows, and totals left to be added up."""
    firm.goto(MINE)
    firm.get_by_role("link", name=re.compile("^(Mend|Fill) it")).first.click()
    typed = {
        "daily_staff": 90_000, "daily_other": 60_000, "assets_equipment": 0, "assets_building": 0, "assets_other": 0,
        "internal": "", "basic": 0, "applied": 0, "experimental": 150_000, "from_government": 7_000,
        "from_enterprise": 143_000, "from_abroad": 0, "from_other": 0, "staff": 95_000, "direct": 60_000, "costs": "",
        "rd_people": 900, "employees": 2_000, "revenue": 3_000_000, "fte": 800,
    }  # fmt: skip
    for name, amount in typed.items():
        item(firm, name).fill(str(amount))
    expect(firm.locator("[data-sum=internal] output")).to_have_text("150,000")
    firm.locator("[name=unit_checked]").check()


def test_a_return_from_the_firm_to_the_plan_page(open_as: Open) -> None:
    firm = open_as("firm", language="en", viewport=PHONE)
    officer = open_as("stat-officer", language="en")
    auditor = open_as("stat-auditor", language="en")
    before, parts = number(officer, FIGURE, ".lede"), told(officer)
    plan = f"{PLAN}indicator/rd-intensity/"
    on_plan = number(officer, plan, "[aria-labelledby=ledger-title] td.n")

    mend(firm)
    case = "/innovation_statistics/filing/" + re.findall(r"/fill/(\d+)/", firm.url)[0] + "/"
    firm.get_by_role("button", name="Save and hand over").click()
    expect(firm.locator(".messages")).to_contain_text("Handed over.")

    officer.goto(case)
    box = officer.locator(".moves details", has_text="Send back")
    box.locator("summary").click()
    box.get_by_label("Reason").fill("Equipment bought is missing.")
    box.get_by_role("button", name="Confirm: Send back").click()
    expect(officer.locator(".eyebrow")).to_contain_text("sent back")

    firm.goto(MINE)
    firm.get_by_role("link", name=re.compile("^Mend it")).first.click()
    expect(firm.get_by_role("region", name="Sent back")).to_contain_text("Equipment bought is missing.")
    item(firm, "assets_equipment").fill("20000")
    item(firm, "internal").fill("")
    item(firm, "experimental").fill("170000")
    item(firm, "from_enterprise").fill("163000")
    firm.get_by_role("button", name="Save and hand over").click()
    expect(firm.locator(".messages")).to_contain_text("Handed over.")

    officer.goto(case)
    officer.get_by_role("button", name="Check", exact=True).click()
    expect(officer.locator(".eyebrow")).to_contain_text("checked")
    assert number(officer, FIGURE, ".lede") == before, "what is not accepted does not count"
    auditor.goto(case)
    auditor.get_by_role("button", name="Audit", exact=True).click()
    auditor.get_by_role("button", name="Accept", exact=True).click()
    expect(auditor.locator(".eyebrow")).to_contain_text("accepted")

    assert float(number(officer, FIGURE, ".lede")) > float(before)
    assert told(officer) != parts
    assert float(number(officer, plan, "[aria-labelledby=ledger-title] td.n")) > float(on_plan)


def test_what_a_leader_and_the_public_read_leaves_firms_out(open_as: Open) -> None:
    leader, public = open_as("leader", language="en"), open_as("", language="en")
    leader.goto("/figures/rd_intensity/?period=2024")
    expect(leader.get_by_role("status").first).to_contain_text("0 of")
    expect(leader.get_by_text(re.compile(r"^\d+ left out$")).first).to_be_visible()
    public.goto("/innovation_statistics/published/?year=2024")
    expect(public.get_by_text(re.compile(r"^\d+ left out$")).first).to_be_visible()
    expect(public.get_by_role("link", name="CSV")).to_be_visible()


def test_the_form_adds_up_without_a_script(open_as: Open) -> None:
    firm = open_as("firm", language="en", java_script_enabled=False)
    firm.goto(MINE)
    links = firm.get_by_role("link", name=re.compile("^(Mend|Fill) it"))
    if links.count():
        links.first.click()
        item(firm, "costs").fill("")
        firm.get_by_role("button", name="Add up and check").click()
        assert item(firm, "costs").input_value() != ""


def test_the_late_list_across_a_holiday_and_a_make_up_day(open_as: Open) -> None:
    """National Day of 2026: 1 to 7 October off, the Saturday 10 October worked (notice of the State Council, 2025-11-04)."""
    officer = open_as("stat-officer", language="en")
    late = {}
    for year, due, stands in ((2017, "2026-10-03", "8 October 2026"), (2018, "2026-10-10", "10 October 2026")):
        officer.goto("/innovation_statistics/call/new/")
        officer.locator("[name=year]").fill(str(year))
        officer.locator("[name=called]").fill("2026-09-14")
        officer.locator("[name=due]").fill(due)
        officer.locator("main form button[type=submit]").last.click()
        officer.get_by_role("button", name=re.compile("^Call [0-9]+ firm")).click()
        officer.goto(f"/innovation_statistics/late/{year}/")
        expect(officer.locator(".lede")).to_contain_text(f"Due at the end of {stands}")
        over = officer.get_by_role("region", name="Due and not handed over")
        late[year] = {int(n) for n in re.findall(r"(\d+) working days?", over.inner_text())}
    (slow,), (prompt,) = late[2017], late[2018]
    assert slow - prompt == 2, "Friday the 9th and the Saturday"
