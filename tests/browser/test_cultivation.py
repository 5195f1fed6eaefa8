"""A firm walks through a library: closed moves say why, a refusal wants its reason, nobody decides on his own."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from browser_site import Open
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def propose(page: Page, plan: str = "") -> str:
    """Propose a firm that stands in no library and holds no title; the address of its case."""
    page.goto("/enterprises/enterprise/?stage=&status=active")
    names = [row.strip() for row in page.locator("tbody th a").all_inner_texts()]
    for name in names:
        page.goto("/cultivation/poolentry/new/?library=high-tech")
        page.locator("[name=body__text]").fill(name)
        page.locator("[name=library]").select_option("high-tech")
        page.get_by_label("one-to-one cultivation plan").fill(plan)
        page.get_by_role("button", name="Save").click()
        page.wait_for_load_state()
        if not page.url.endswith("/new/?library=high-tech") and page.get_by_role("button", name="Screen").count():
            return page.url
    raise AssertionError("no firm could be proposed")


def state(page: Page, words: str) -> None:
    """The case stands at this state, as its eyebrow says."""
    expect(page.locator(".eyebrow")).to_contain_text(words)


def test_a_case_walks_to_cultivation(open_as: Open) -> None:
    officer, head = open_as("science-officer", language="en"), open_as("cultivation-approver", language="en")
    case = propose(officer)
    state(officer, "proposed")
    officer.get_by_role("button", name="Screen").click()
    state(officer, "being screened")
    closed = officer.locator(".moves-closed")
    expect(closed).to_contain_text("Only for: cultivation approver.")

    head.goto(case)
    expect(head.locator(".moves-closed")).to_contain_text("Write the one-to-one cultivation plan first.")
    expect(head.get_by_role("button", name="Take in", exact=True)).to_have_count(0)

    officer.get_by_role("link", name="Change").click()
    officer.get_by_label("one-to-one cultivation plan").fill("Two patents and a research account within a year.")
    officer.get_by_role("button", name="Save").click()
    expect(officer.locator(".messages")).to_contain_text("Saved.")

    head.reload()
    head.get_by_role("button", name="Take in", exact=True).click()
    state(head, "being cultivated")
    expect(head.locator(".timeline")).to_contain_text("Take in")

    officer.goto("/todo/")
    officer.locator(f"#main a[href='{urlsplit(case).path}']").click()
    officer.get_by_role("button", name="Title applied for").click()
    state(officer, "title applied for")
    head.goto(case)
    expect(head.locator(".moves-closed")).to_contain_text("No register says yet that the enterprise holds the title.")


def test_a_refusal_wants_its_reason(open_as: Open) -> None:
    officer, head = open_as("science-officer", language="en"), open_as("cultivation-approver", language="en")
    case = propose(officer)
    head.goto(case)
    box = head.locator(".moves details", has_text="Do not take in")
    box.locator("summary").click()
    box.get_by_role("button", name="Confirm: Do not take in").click()
    reason = box.get_by_label("Reason")
    expect(reason).to_have_js_property("validity.valid", False)
    reason.fill("   ")
    box.get_by_role("button", name="Confirm: Do not take in").click()
    expect(head.locator(".messages")).to_contain_text("Give the reason: it is kept with the decision.")
    state(head, "proposed")
    box = head.locator(".moves details", has_text="Do not take in")
    box.locator("summary").click()
    box.get_by_label("Reason").fill("Its product lies outside the fields of the register.")
    box.get_by_role("button", name="Confirm: Do not take in").click()
    state(head, "not taken in")
    expect(head.locator(".timeline")).to_contain_text("Its product lies outside the fields of the register.")


def test_nobody_decides_on_what_he_filed_himself(open_as: Open) -> None:
    page = open_as("both-hats", language="en")
    propose(page, plan="A plan of his own.")
    page.get_by_role("button", name="Screen").click()
    state(page, "being screened")
    expect(page.locator(".moves-closed")).to_contain_text("Nobody decides on what he filed himself.")
    expect(page.get_by_role("button", name=re.compile("Take in"))).to_have_count(0)
    # the same from outside the page: the address of the move answers with the same words and changes nothing
    token = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    page.request.post(f"{page.url}move/accept/", form={"csrfmiddlewaretoken": token}, headers={"Referer": page.url})
    page.reload()
    state(page, "being screened")
