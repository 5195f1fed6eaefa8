"""The big screen turns, can be held, and says of which day it speaks."""

from __future__ import annotations

import re

import pytest
from browser_site import Open
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_the_screen_turns_by_itself_and_can_be_held(open_as: Open) -> None:
    page = open_as("leader", language="en", reduced_motion="no-preference", viewport={"width": 1920, "height": 1080})
    page.clock.install()
    page.goto("/screen/")
    slides = page.locator(".slide")
    shown = page.locator(".slide.on")
    assert slides.count() > 1
    expect(page.locator(".slide.on h2")).to_contain_text(re.compile(r"As of .*20\d\d"))
    first = shown.locator("h2").inner_text()
    page.clock.fast_forward(21_000)
    expect(shown.locator("h2")).not_to_have_text(first)
    second = shown.locator("h2").inner_text()
    page.get_by_role("button", name="Hold").click()
    page.clock.fast_forward(60_000)
    expect(shown.locator("h2")).to_have_text(second)
    page.get_by_role("button", name="Go on turning").click()
    page.clock.fast_forward(21_000)
    expect(shown.locator("h2")).not_to_have_text(second)
    page.locator(".screen-dots button").first.click()
    expect(shown.locator("h2")).to_have_text(first)


def test_every_slide_fits_its_screen(open_as: Open) -> None:
    page = open_as("leader", viewport={"width": 1920, "height": 1080})
    page.goto("/screen/")
    for dot in page.locator(".screen-dots button").all():
        dot.click()
        over = page.locator(".slide.on").evaluate(
            "slide => Math.max(...[...slide.querySelectorAll('*')].map(e => e.getBoundingClientRect().bottom)) - "
            "document.querySelector('.screen-foot').getBoundingClientRect().top"
        )
        assert over <= 1, f"{over} px below the slide"


def test_the_screen_is_for_those_who_work_here(open_as: Open) -> None:
    nobody, firm = open_as(language="en"), open_as("firm", language="en")
    nobody.goto("/screen/")
    expect(nobody).to_have_url(re.compile("/portal/"))
    refused = firm.goto("/screen/")
    assert refused
    assert refused.status == 403
    expect(firm.locator("body")).to_contain_text("The screen is for those who work for the district.")
