"""Who gets in, who does not, and what each is told."""

from __future__ import annotations

import re

import pytest
from browser_site import Open, Site, sign_in
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_wrong_password_is_told_and_the_right_one_opens_the_page_asked_for(site: Site, open_as: Open) -> None:
    page = open_as(language="en")
    page.goto("/enterprises/")
    expect(page).to_have_url(re.compile(r"/sign-in/\?next=/enterprises/$"))
    page.get_by_label("Username").fill("enterprise-officer")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("correct username and password")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Username")).to_have_value("enterprise-officer")
    page.get_by_label("Password").fill(site.passwords["enterprise-officer"])
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{site.url}/enterprises/")
    expect(page.locator(".me")).to_contain_text("Wu (demo)")


def test_signing_out_closes_the_house(site: Site, open_as: Open) -> None:
    page = open_as(language="en")
    sign_in(page, "leader", site.passwords["leader"])
    expect(page).to_have_url(f"{site.url}/me/")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{site.url}/portal/")
    page.goto("/me/")
    expect(page).to_have_url(re.compile("/sign-in/"))


def test_a_refusal_says_why_in_words(open_as: Open) -> None:
    page = open_as("leader", language="en")
    forbidden = page.goto("/enterprises/enterprise/new/")
    assert forbidden
    assert forbidden.status == 403
    expect(page.get_by_role("heading", level=1)).to_have_text("This is not open to you")
    lost = page.goto("/enterprises/enterprise/999999/")
    assert lost
    assert lost.status == 404
    expect(page.locator("body")).to_contain_text("There is no such record, or it is not yours to see.")
    page.get_by_role("link", name="To the front page").click()
    expect(page.locator("main")).to_be_visible()


def test_the_account_of_a_firm_sees_its_own_file_and_no_other(site: Site, open_as: Open) -> None:
    office, firm = open_as("enterprise-officer", language="en"), open_as("firm", language="en")
    firm.goto("/enterprises/enterprise/")
    rows = firm.locator("table.ledger tbody tr")
    expect(rows).to_have_count(1)
    rows.locator("th a").click()
    own = firm.url.removeprefix(site.url)
    expect(firm.get_by_role("heading", level=1)).not_to_be_empty()
    office.goto("/enterprises/enterprise/?q=&sort=entered")
    others = [a.get_attribute("href") or "" for a in office.locator("table.ledger tbody th a").all()]
    other = next(address for address in others if address != own)
    for address in (other, f"{other}history/"):
        answer = firm.goto(address)
        assert answer
        assert answer.status == 404
    for address in (f"{other}edit/", f"{own}edit/"):
        answer = firm.goto(address)
        assert answer
        assert answer.status == 403
    assert office.request.get(f"{site.url}{other}").status == 200
