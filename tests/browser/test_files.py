"""Evidence goes to a record, comes back as it was, and to nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser_site import Open, Site
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PAPER = b"%PDF-1.4\n% an agreement, for the test\n%%EOF\n"


def test_a_paper_is_kept_and_given_only_to_those_who_see_the_record(site: Site, open_as: Open, tmp_path: Path) -> None:
    firm, page = open_as("firm", language="en"), open_as("enterprise-officer", language="en")
    firm.goto("/enterprises/enterprise/")
    own = firm.locator("table.ledger tbody th a").get_attribute("href")
    page.goto("/enterprises/enterprise/?status=active&sort=-entered")
    addresses = [a.get_attribute("href") or "" for a in page.locator("table.ledger tbody th a").all()]
    page.goto(next(address for address in addresses if address != own))
    page.get_by_label("Add a file").set_input_files(
        {"name": "agreement.pdf", "mimeType": "application/pdf", "buffer": PAPER}
    )
    page.get_by_role("button", name="Upload").click()
    link = page.get_by_role("link", name="agreement.pdf")
    expect(link).to_be_visible()
    expect(page.locator(".timeline").first).to_contain_text("file added")
    file = link.get_attribute("href") or ""
    answer = page.request.get(file)
    assert answer.body() == PAPER
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert firm.request.get(file).status == 404
    nobody = open_as(language="en")
    assert "/sign-in/" in nobody.request.get(file).url


def test_what_a_browser_could_run_is_downloaded(open_as: Open) -> None:
    page = open_as("enterprise-officer", language="en")
    page.goto("/enterprises/enterprise/?status=active&industry=electronics")
    page.locator("table.ledger tbody th a").first.click()
    text = b"<script>document.title = 'run'</script>"
    page.get_by_label("Add a file").set_input_files({"name": "notes.html", "mimeType": "text/html", "buffer": text})
    page.get_by_role("button", name="Upload").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="notes.html").click()
    assert download.value.suggested_filename == "notes.html"
    assert Path(download.value.path()).read_bytes() == text


def test_sending_no_file_is_told(open_as: Open) -> None:
    page = open_as("enterprise-officer", language="en")
    page.goto("/enterprises/enterprise/?status=active&industry=electronics")
    page.locator("table.ledger tbody th a").nth(1).click()
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_label("Add a file")).to_have_js_property("validity.valueMissing", True)
    page.get_by_label("Add a file").evaluate("input => input.removeAttribute('required')")
    page.get_by_role("button", name="Upload").click()
    expect(page.locator(".messages")).to_contain_text("Choose a file first.")
