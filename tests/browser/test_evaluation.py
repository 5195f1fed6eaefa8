"""The evaluation speaks of the day asked for and leaves the house as a report."""

from __future__ import annotations

import json
import re

import pytest
from browser_site import PLAN, Open
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_the_evaluation_of_a_past_day(open_as: Open) -> None:
    page = open_as("plan-office", language="en")
    page.goto(f"{PLAN}evaluation/")
    today = page.locator(".state-sentence").inner_text()
    page.get_by_label("As known on").fill("2022-12-31")
    expect(page).to_have_url(re.compile("as_of=2022-12-31"))
    sentence = page.locator(".state-sentence")
    expect(sentence).to_contain_text("2022")
    assert sentence.inner_text() != today
    # each way out of the page keeps the day
    for link in page.get_by_role("link", name=re.compile("^(PDF|Word|JSON)$")).all():
        assert "as_of=2022-12-31" in (link.get_attribute("href") or "")
    page.get_by_role("link", name="Today").click()
    expect(sentence).to_have_text(today)


def test_a_day_that_is_none_is_told(open_as: Open) -> None:
    page = open_as("plan-office", language="en")
    for asked in ("2022-02-30", "yesterday", "9999-12-31"):
        answer = page.goto(f"{PLAN}evaluation/?as_of={asked}")
        assert answer
        assert answer.status == 200
        expect(page.locator("#main .note, #main .attention, #main [role=note]").first).to_be_visible()


@pytest.mark.parametrize(("name", "head"), [("PDF", b"%PDF-"), ("Word", b"PK"), ("JSON", b"{")])
def test_the_report_leaves_the_house(name: str, head: bytes, open_as: Open) -> None:
    page = open_as("plan-office")
    page.goto(f"{PLAN}evaluation/?as_of=2023-06-30")
    with page.expect_download() as download:
        page.get_by_role("link", name=name, exact=True).click()
    assert re.fullmatch(
        r"evaluation-innovation-2021-2025-2023-06-30\.(pdf|docx|json)", download.value.suggested_filename
    )
    content = download.value.path().read_bytes()
    assert content.startswith(head)
    if name == "JSON":
        assert json.loads(content)["as_of"] == "2023-06-30"


def test_the_targets_can_be_cut_to_one_verdict(open_as: Open) -> None:
    page = open_as("plan-office", language="en")
    page.goto(f"{PLAN}evaluation/")
    every = page.locator("details.chapter").count()
    page.locator(".tally a").first.click()
    expect(page).to_have_url(re.compile("verdict="))
    assert 0 < page.locator("details.chapter").count() < every
    first = page.locator("details.chapter").first
    first.locator("summary").click()
    expect(first.locator(".why li").first).to_be_visible()
