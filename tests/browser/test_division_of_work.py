"""A division of work comes in from a sheet: looked at first, taken over in part, told on the plan's page, taken back."""

from __future__ import annotations

import io
import re

import pytest
from browser_site import PLAN, Open
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def worst(page: Page) -> list[str]:
    """The names of the targets that most need attention."""
    page.goto("/")
    expect(page.locator("ol.worst > li")).to_have_count(3)
    return page.locator("ol.worst .name a").all_inner_texts()


def filled(template: bytes, bodies: dict[str, str]) -> bytes:
    """The form with a lead body written beside some tasks and targets."""
    book = load_workbook(io.BytesIO(template))
    sheet = book.worksheets[0]
    head = {cell.value: cell.column for cell in sheet[1]}
    left = dict(bodies)
    for row in sheet.iter_rows(min_row=2):
        if (body := left.pop(row[2].value, None)) is not None:
            sheet.cell(row[0].row, head["Lead body"], body)
    assert not left
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_division_of_work_is_looked_at_taken_over_and_taken_back(open_as: Open) -> None:
    page = open_as("plan-office", language="en")
    names = worst(page)
    expect(page.locator("ol.worst > li").first).to_contain_text("not assigned yet")

    page.goto(f"{PLAN}duties/sheet/")
    with page.expect_download() as download:
        page.locator("#main").get_by_role("link", name="Sheet to fill in").click()
    template = download.value.path().read_bytes()
    bodies = dict.fromkeys(names, "science-bureau") | {"Start-up seed fund": "Bureau of Dragons"}
    page.locator("#upload-file").set_input_files(
        {"name": "division.xlsx", "mimeType": "application/octet-stream", "buffer": filled(template, bodies)}
    )
    page.get_by_role("button", name="Read it").click()
    wrong = page.locator("tr.changed")
    expect(wrong).to_have_count(1)
    expect(wrong).to_contain_text("Start-up seed fund")
    expect(wrong).to_contain_text("Bureau of Dragons” is no body of this site.")
    expect(wrong).to_contain_text(re.compile(r"Line\s*\d+"))
    # nothing is written by looking
    assert worst(page) == names
    expect(page.locator("ol.worst > li").first).to_contain_text("not assigned yet")

    page.go_back()
    page.get_by_role("button", name=re.compile("Take over")).click()
    expect(page.locator(".messages")).to_contain_text("3 duties were written.")
    expect(page.locator("#main table.ledger tbody tr")).to_have_count(3)
    batch = page.url
    assert worst(page) == names
    for item in page.locator("ol.worst > li").all():
        expect(item).to_contain_text(re.compile("Lead: .*Science", re.IGNORECASE))
    page.goto(f"{PLAN}duties/")
    expect(page.locator("#main")).to_contain_text("3 new, 0 changed")

    page.goto(batch)
    page.locator("details summary", has_text="Take back what it wrote").click()
    page.get_by_role("button", name="Take back what it wrote").click()
    expect(page.locator(".messages")).to_contain_text("Taken back: what it wrote is as it was before.")
    worst(page)
    expect(page.locator("ol.worst > li").first).to_contain_text("not assigned yet")


def test_a_file_that_is_no_sheet_is_refused_in_words(open_as: Open) -> None:
    page = open_as("plan-office", language="en")
    page.goto(f"{PLAN}duties/sheet/")
    page.locator("#upload-file").set_input_files(
        {"name": "photo.csv", "mimeType": "text/csv", "buffer": b"\x89PNG\0\0\0"}
    )
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_role("alert")).to_contain_text("The file is neither a workbook nor a CSV file.")
    expect(page.get_by_role("alert")).to_be_focused()
    page.locator("#upload-file").set_input_files({"name": "list.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"})
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_role("alert")).to_contain_text("No line of headings was found")


def test_only_those_who_keep_the_plan_may_bring_one(open_as: Open) -> None:
    page = open_as("leader", language="en")
    page.goto(f"{PLAN}duties/")
    expect(page.get_by_role("link", name="Take in a sheet")).to_have_count(0)
    answer = page.goto(f"{PLAN}duties/sheet/")
    assert answer
    assert answer.status == 403
    firm = open_as("firm", language="en")
    for address in (f"{PLAN}duties/", f"{PLAN}duties/sheet/", f"{PLAN}evaluation/"):
        refused = firm.goto(address)
        assert refused
        assert refused.status in {403, 404}
