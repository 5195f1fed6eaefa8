"""A browser of 2022 knows nothing of what stands inside `@supports`: the pages must read well without it."""

from __future__ import annotations

import re

import pytest
from browser_checks import axe_faults, look, shape_faults
from browser_site import DESKTOP, PHONE, PLAN, Open
from playwright.sync_api import Page, Route

pytestmark = pytest.mark.browser

PLANS = ("/", *(f"{PLAN}{part}/" for part in ("indicator/high-tech-firms", "trace", "evaluation")))
PAGES = (*PLANS, "/enterprises/", "/enterprises/enterprise/")


def without_supports(css: str) -> str:
    """A style sheet as a browser reads it that fails every `@supports` question."""
    out, at = [], 0
    for found in re.finditer(r"@supports[^{]*\{", css):
        if found.start() < at:
            continue
        out.append(css[at : found.start()])
        depth, at = 1, found.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(css[at], 0)
            at += 1
    return "".join([*out, css[at:]])


def cut(page: Page) -> list[str]:
    """Serve every style sheet without them from now on; the list fills with the names of those that had any."""
    had: list[str] = []

    def serve(route: Route) -> None:
        answer = route.fetch()
        before = answer.text()
        after = without_supports(before)
        if after != before:
            had.append(route.request.url)
        route.fulfill(response=answer, body=after)

    page.route(re.compile(r"\.css$"), serve)
    return had


def test_cutting_takes_the_whole_block_and_nothing_else() -> None:
    css = "a{b:c}@supports (d:e){@media print{f{g:h}}i{j:k}}l{m:n}@supports not (o:p){q{r:s}}"
    assert without_supports(css) == "a{b:c}l{m:n}"


@pytest.mark.parametrize("address", PAGES)
def test_the_page_reads_well_without_newer_css(address: str, open_as: Open) -> None:
    page = open_as("plan-office")
    had = cut(page)
    page.goto(address)
    page.wait_for_load_state("networkidle")
    assert had
    faults = []
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        found = (*shape_faults(page, "zh-hans"), *axe_faults(page, ("color-contrast",)), *look(page, "overlap"))
        faults += [f"{size['width']}: {fault}" for fault in found]
    assert not faults, "\n".join(faults)


def test_the_first_screen_holds_without_newer_css(open_as: Open) -> None:
    page = open_as("leader")
    cut(page)
    page.goto("/")
    for part in ("h1", "ol.worst > li:last-child", "ol.due > li:last-child"):
        box = page.locator(part).bounding_box()
        assert box
        assert box["y"] + box["height"] <= DESKTOP["height"], f"{part} ends at {box['y'] + box['height']:.0f}"
