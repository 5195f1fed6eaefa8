"""Two people change one record: nobody's words are lost and nobody overwrites what he has not seen."""

from __future__ import annotations

import pytest
from browser_site import Open
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_the_second_to_save_is_shown_both_versions(open_as: Open) -> None:
    first, second = open_as("enterprise-officer", language="en"), open_as("second-officer", language="en")
    first.goto("/enterprises/enterprise/?status=active&stage=growth")
    address = first.locator("table.ledger tbody th a").first.get_attribute("href") or ""
    for page in (first, second):
        page.goto(f"{address}edit/")
    first.get_by_label("address").fill("1 Riverside Road")
    second.get_by_label("address").fill("2 Hillside Road")
    second.get_by_label("stage stated on").fill("2026-01-31")
    first.get_by_role("button", name="Save").click()
    expect(first.locator(".messages")).to_contain_text("Saved.")

    second.get_by_role("button", name="Save").click()
    expect(second.get_by_role("heading", level=1)).to_have_text("Somebody else changed this meanwhile")
    table = second.locator("table.ledger")
    for words in ("1 Riverside Road", "2 Hillside Road", "2026-01-31"):
        expect(table).to_contain_text(words)
    second.get_by_role("radio", name="address: 2 Hillside Road").check()
    second.get_by_role("button", name="Save this choice").click()
    expect(second.locator(".messages")).to_contain_text("Saved.")
    expect(second.locator("#main")).to_contain_text("2 Hillside Road")
    expect(second.locator("#main")).to_contain_text("2026-01-31")

    first.goto(f"{address}history/")
    story = first.locator(".timeline")
    expect(story).to_contain_text("1 Riverside Road")
    expect(story).to_contain_text("2 Hillside Road")


def test_the_second_may_keep_what_the_first_wrote(open_as: Open) -> None:
    first, second = open_as("enterprise-officer", language="en"), open_as("second-officer", language="en")
    first.goto("/enterprises/enterprise/?status=active&stage=mature")
    address = first.locator("table.ledger tbody th a").first.get_attribute("href") or ""
    for page in (first, second):
        page.goto(f"{address}edit/")
    first.get_by_label("address").fill("3 Orchard Road")
    second.get_by_label("address").fill("4 Market Road")
    second.get_by_label("stage stated on").fill("2026-02-01")
    first.get_by_role("button", name="Save").click()
    expect(first.locator(".messages")).to_contain_text("Saved.")
    second.get_by_role("button", name="Save").click()
    second.get_by_role("radio", name="address: 3 Orchard Road").check()
    second.get_by_role("button", name="Save this choice").click()
    expect(second.locator(".messages")).to_contain_text("Saved.")
    expect(second.locator("#main")).to_contain_text("3 Orchard Road")
    expect(second.locator("#main")).to_contain_text("2026-02-01")
    expect(second.locator(".timeline").first).not_to_contain_text("4 Market Road")
