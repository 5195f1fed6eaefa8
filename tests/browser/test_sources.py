"""An outlet over its licence, from the officer's face to a notice that the firm explains on a phone and the chief closes."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from browser_checks import axe_faults, chinese_left, english_left, shape_faults
from browser_site import DESKTOP, PHONE, Open
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

FACE = "/pollution_sources/"
EXPLANATION, FINDING = "脱硝喷枪堵塞，已更换，恢复正常。", "现场检查属实，更换后连续达标。"


def state(page: Page, words: str) -> None:
    """The notice stands at this state."""
    expect(page.locator(".eyebrow")).to_contain_text(words)


def move(page: Page, title: str) -> None:
    """Make a move that asks for no reason."""
    page.locator(".moves").get_by_role("button", name=title, exact=True).click()


def faults(page: Page, language: str, *sizes: dict[str, int]) -> list[str]:
    """What is wrong with the page shown now, in these sizes."""
    page.wait_for_load_state("networkidle")
    found = english_left(page) if language == "zh-hans" else chinese_left(page)
    for size in sizes:
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        found += [*shape_faults(page, language), *axe_faults(page)]
    return [f"{page.url} {language}: {fault}" for fault in found]


def test_an_exceedance_from_the_face_to_the_closed_notice(open_as: Open) -> None:
    told: list[str] = []
    officer = open_as("source-officer", language="en")
    officer.goto(FACE)
    finding = officer.get_by_role("region", name="Over the limit now").locator("li", has_text="nitrogen oxides")
    expect(finding).to_contain_text(re.compile(r"1\.\d\d times the limit"))
    told += faults(officer, "en", DESKTOP)
    finding.get_by_role("link").first.click()

    # the outlet: limits with the document they stand in, hours as a chart and a table, which days are valid
    row = officer.get_by_role("region", name="Now", exact=True).get_by_role("row", name="nitrogen oxides")
    expect(row).to_contain_text(re.compile(r"over.*150\.0.*demonstration permit\s*since \d{4}-\d\d-\d\d", re.DOTALL))
    hours = officer.get_by_role("region", name="nitrogen oxides", exact=True)
    hours.scroll_into_view_if_needed()
    expect(hours.locator("[data-chart] svg").first).to_be_visible()
    hours.get_by_role("button", name="Table").click()
    expect(hours.locator("[data-view=table] tbody tr").first).to_contain_text("150.0")
    yesterday = hours.get_by_role("table", name="Daily values").locator("tbody tr").first.locator("td")
    assert int(yesterday.last.inner_text()) >= 20, "hours that count"
    assert float(yesterday.first.inner_text()) > 0, "so the day has a value"
    told += faults(officer, "en", DESKTOP)

    # drafted from the finding, read over and sent: only then is it the firm's
    officer.get_by_role("button", name=re.compile("^Draft a notice: .*nitrogen oxides$")).click()
    expect(officer.locator(".messages")).to_contain_text("Drafted.")
    expect(officer.locator("dl.facts")).to_contain_text(re.compile(r"limit[^.]* 150\.0"))
    notice = urlsplit(officer.url).path
    firm = open_as("firm", viewport=PHONE)
    assert firm.request.get(notice).status == 404
    move(officer, "Send to the firm")
    state(officer, "with the firm")

    # the firm explains on a phone, with a paper
    firm.goto(FACE)
    asked = firm.get_by_role("region", name="待说明").locator("li", has_text="小时值超标")
    expect(asked).to_contain_text("氮氧化物")
    told += faults(firm, "zh-hans", PHONE)
    asked.get_by_role("link").click()
    firm.locator("[name=explanation]").fill(EXPLANATION)
    paper = {"name": "检修记录.txt", "mimeType": "text/plain", "buffer": "喷枪更换记录".encode()}
    firm.locator("[name=papers]").set_input_files([paper])
    told += faults(firm, "zh-hans", PHONE)
    firm.get_by_role("button", name="提交情况说明").click()
    expect(firm.locator(".messages")).to_contain_text("情况说明已提交。")

    # checked only with what was found and why; closed by another
    officer.reload()
    state(officer, "explained")
    expect(officer.locator("dl.facts")).to_contain_text(EXPLANATION)
    expect(officer.get_by_role("link", name="检修记录.txt")).to_be_visible()
    expect(officer.locator(".moves-closed")).to_contain_text("Write what the check found and choose the cause first.")
    officer.get_by_role("link", name="Change").click()
    officer.locator("[name=finding]").fill(FINDING)
    officer.locator("[name=cause]").select_option("plant")
    officer.get_by_role("button", name="Save").click()
    move(officer, "Checked")
    state(officer, "checked")
    expect(officer.locator(".moves").get_by_role("button", name="Close")).to_have_count(0)

    chief = open_as("source-chief")
    chief.goto(FACE)
    waiting = chief.get_by_role("region", name="企业督办单").locator("li", has_text="小时值超标")
    waiting.get_by_role("link").click()
    told += faults(chief, "zh-hans", DESKTOP, PHONE)
    move(chief, "办结")
    state(chief, "已办结")
    firm.goto(notice)
    state(firm, "已办结")
    expect(firm.locator("dl.facts")).to_contain_text(FINDING)
    assert not told, "\n".join(told)
