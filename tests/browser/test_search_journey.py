"""Searching from the head of any page, by keyboard; choosing one record of many in a form, with a script and without."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_site import PHONE, Open
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def fair(page: Page) -> None:
    """No axe violation on this page, and no wider than the screen."""
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")


def test_from_the_head_of_a_page_to_a_record_by_keyboard(open_as: Open) -> None:
    page = open_as("enterprise-officer")
    page.goto("/todo/")
    page.keyboard.press("/")
    page.keyboard.type("高新技术企业 公司")
    page.keyboard.press("Enter")
    expect(page.locator(".hits mark").first).to_be_visible()
    fair(page)
    page.locator("#search-q").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    second = page.locator(".hits h3 a").nth(1)
    expect(second).to_be_focused()
    address = second.get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{address}")


@pytest.mark.parametrize("look", [{"viewport": PHONE}, {"color_scheme": "dark"}, {"java_script_enabled": False}])
def test_each_look_of_results(open_as: Open, look: dict[str, object]) -> None:
    page = open_as("leader", **look)
    page.goto("/search/")
    page.locator("#search-q").fill("企业")
    page.locator(".search-form button").click()
    expect(page.locator(".hits li").first).to_be_visible()
    page.locator(".found-kinds a").nth(1).click()
    expect(page.locator(".hits li").first).to_be_visible()
    page.goto("/search/?q=没有这样的词语")
    expect(page.locator(".try")).to_be_visible()
    if look.get("java_script_enabled") is not False:
        fair(page)


def test_one_of_many_is_chosen_in_a_box_that_offers(open_as: Open) -> None:
    page = open_as("enterprise-officer")
    page.goto("/enterprises/figures/new/")
    box = page.locator("#id_enterprise")
    box.click()
    box.press_sequentially("科技", delay=30)
    offer = page.locator("#id_enterprise_offers [data-key]").first
    expect(offer).to_contain_text("科技")
    fair(page)
    name = offer.get_attribute("data-name")
    page.keyboard.press("ArrowDown")
    expect(offer).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(box).to_have_value(str(name))
    assert page.locator("#id_enterprise_key").input_value() == offer.get_attribute("data-key")
    box.fill("没有这样的公司")
    page.locator("#id_year").fill("2001")
    page.locator(".form-acts .primary").click()
    expect(page.locator(".field.bad .error").first).to_contain_text("没有这样的公司")
    fair(page)


def test_one_of_many_is_named_without_a_script(open_as: Open) -> None:
    page = open_as("enterprise-officer", java_script_enabled=False)
    page.goto("/enterprises/enterprise/")
    name = page.locator("table.ledger tbody th a").first.inner_text()
    page.goto("/enterprises/figures/new/")
    page.locator("#id_enterprise").fill(name)
    page.locator("#id_year").fill("1991")
    page.locator(".form-acts .primary").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
