"""A wrong sheet of 1,000 lines through Chromium: good lines in, bad ones back, nothing twice, taken back; and a logged export."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_site import PHONE, Open
from openpyxl import Workbook, load_workbook
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
DESK = "/enterprises/figures/"
BAD = {n for n in range(1000) if n % 10 == 3}


def wrong_sheet(firms: list[str], first: int) -> bytes:
    """Figures of firms with a title, headings in two rows and merged cells; each tenth line has no number where one belongs."""
    book = Workbook()
    page = book.worksheets[0]
    page.append(["企业年度报表"])
    page.append(["企业名称", "年度", "经济指标", ""])
    page.append(["", "", "营业收入（万元）", "从业人数"])
    for n in range(1000):
        page.append([firms[n % len(firms)], f"{first + n // len(firms)}年", "不详" if n in BAD else f"{n:,}.5", n % 90])
    for cells in ("A1:D1", "A2:A3", "B2:B3", "C2:D2"):
        page.merge_cells(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def fair(page: Page) -> None:
    """No axe violation on this page, and no wider than the screen."""
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")


def take(page: Page, content: bytes) -> None:
    page.goto(f"{DESK}sheets/")
    fair(page)
    page.locator("#sheet-file").set_input_files(
        {"name": "figures.xlsx", "mimeType": "application/octet-stream", "buffer": content}
    )
    for _step in ("file", "headings", "columns"):
        page.locator("form.panel .btn.primary").click()
        page.wait_for_load_state()
        fair(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Preview")
    page.get_by_role("button", name="Take in the good lines").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Taken in")
    fair(page)


def counts(page: Page) -> list[str]:
    return page.locator(".tally b").all_inner_texts()


LOOKS: dict[str, dict[str, object]] = {"desk": {}, "phone": {"viewport": PHONE, "color_scheme": "dark"}}


@pytest.mark.parametrize(("look", "year"), [("desk", 1990), ("phone", 2050)])
def test_a_wrong_sheet(open_as: Open, look: str, year: int) -> None:
    page = open_as("enterprise-officer", language="en", **LOOKS[look])
    page.goto("/enterprises/enterprise/?status=active")
    firms = page.locator("table.ledger tbody th a").all_inner_texts()[:40]
    content = wrong_sheet(firms, year)
    take(page, content)
    first = page.url
    assert counts(page)[0] == "900", counts(page)
    assert counts(page)[3] == "100"
    with page.expect_download() as waiting:
        page.get_by_role("link", name="100 refused lines").click()
    rows = list(load_workbook(io.BytesIO(Path(waiting.value.path()).read_bytes())).worksheets[0].values)
    assert len(rows) == 101
    assert "不详" in str(rows[1][0])
    take(page, content)
    assert counts(page) == ["0", "0", "900", "100"]
    page.goto(first)
    page.locator("details.danger summary").click()
    page.get_by_role("button", name="Take the sheet back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Taken back")
    page.goto(f"{DESK}?year={year + 1}")
    expect(page.locator(".empty")).to_be_visible()


def test_an_export_is_logged(open_as: Open) -> None:
    page = open_as("enterprise-officer", language="en")
    page.goto("/enterprises/enterprise/?status=active")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Excel").click()
    rows = list(load_workbook(io.BytesIO(Path(waiting.value.path()).read_bytes())).worksheets[0].values)
    assert rows[0][-1] == "demo data"
    page.get_by_role("link", name="Print", exact=True).click()
    fair(page)
    page.goto("/jobs/")
    fair(page)
    auditor = open_as("audit", language="en")
    auditor.goto("/exports/")
    expect(auditor.locator("table.ledger")).to_contain_text("status=active")
    fair(auditor)
