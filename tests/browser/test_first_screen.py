"""What a leader reads in ten seconds stands on the first screen of an office's ordinary display."""

from __future__ import annotations

import pytest
from browser_site import DESKTOP, PHONE, Open
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_first_screen_tells_the_state_the_worst_the_due_and_the_rank(language: str, open_as: Open) -> None:
    page = open_as("leader", language=language)
    page.goto("/")
    expect(page.locator("ol.worst > li")).to_have_count(3)
    for part in ("h1", "ol.worst > li:last-child", "ol.due > li:last-child", ".rank .body"):
        box = page.locator(part).bounding_box()
        assert box, part
        assert box["y"] + box["height"] <= DESKTOP["height"], f"{part} ends at {box['y'] + box['height']:.0f}"
    expect(page.locator("h1")).to_contain_text("33")


def test_on_a_phone_the_sentence_and_the_worst_come_first(open_as: Open) -> None:
    page = open_as("leader", viewport=PHONE)
    page.goto("/")
    head, worst = page.locator("h1").bounding_box(), page.locator("ol.worst > li").first.bounding_box()
    assert head
    assert worst
    assert head["y"] + head["height"] < worst["y"]
    assert worst["y"] + worst["height"] <= PHONE["height"]
    # the menu is a sheet that opens and closes without losing the page
    page.locator(".menu-link").click()
    expect(page.locator("nav.side")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("nav.side")).not_to_be_visible()
