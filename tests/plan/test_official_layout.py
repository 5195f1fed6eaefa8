"""GB/T 9704-2012 proved on paper: the document as LibreOffice sets it, measured in the PDF; and the copy it saves."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date
from io import BytesIO
from itertools import pairwise

import pdfplumber
import pytest

from hanfeng.plan.evaluate import find_plan
from hanfeng.plan.report.official import material_of, official
from hanfeng.plan.report.official_word import Marks, official_docx
from hanfeng.plan.report.reread import reread
from hanfeng.standards import gbt9704 as gb

SOFFICE = shutil.which("soffice")
END, EDITION = date(2025, 12, 31), 3
MM = 72 / 25.4

pytestmark = [pytest.mark.django_db, pytest.mark.skipif(SOFFICE is None, reason="no LibreOffice on this machine")]


@pytest.fixture(scope="module")
def draft(county):
    return official(material_of(find_plan(), END, "zh-hans"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("papers")


def converted(folder, content, form, out):
    (folder / "paper.docx").write_bytes(content)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    done = subprocess.run(
        [str(SOFFICE), "--headless", profile, "--convert-to", form, "--outdir", str(folder / out), str(folder / "paper.docx")],
        capture_output=True, timeout=180, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return folder / out


@pytest.fixture(scope="module")
def pages(draft, folder):
    """Per page: the characters, and the lines of the text area and below it."""
    out = converted(folder, official_docx(draft, END, Marks(EDITION, "（征求意见稿）")), "pdf", "pdf")
    with pdfplumber.open(out / "paper.pdf") as pdf:
        yield [(page.width / MM, page.height / MM, page.chars, page.extract_text_lines()) for page in pdf.pages]


@pytest.fixture(scope="module")
def body_pages(pages):
    """The pages before the annexes."""
    first = next(n for n, page in enumerate(pages) if page[3][0]["text"].startswith("附件"))
    return pages[:first]


def is_number(line):
    return line["top"] / MM > gb.PAGE_HEIGHT - gb.BOTTOM


def test_the_paper_is_a4(pages):
    assert all(
        w == pytest.approx(gb.PAGE_WIDTH, abs=0.2) and h == pytest.approx(gb.PAGE_HEIGHT, abs=0.2) for w, h, *_ in pages
    )


def test_each_figure_is_printed_as_its_reading_has_it(draft, pages):
    """The text of the PDF, read back, holds each published value that the draft links."""
    told = "".join("".join(c["text"] for c in chars) for _w, _h, chars, _l in pages)
    printed = "".join(told.split())
    readings = [link for link in draft.links if link.kind == "reading" and link.key.startswith("reading:")]
    assert len(readings) > 5
    assert [link.text for link in readings if "".join(link.text.split()) not in printed] == []


def test_the_text_keeps_to_the_margins_of_5_2_1(body_pages):
    for _w, _h, chars, lines in body_pages:
        inside = [c for c in chars if c["bottom"] / MM < gb.PAGE_HEIGHT - gb.BOTTOM + 1 and c["text"].strip()]
        assert min(c["x0"] for c in inside) / MM >= gb.LEFT - gb.TOLERANCE
        # a full-width mark at the end of a line may hang over the edge
        words = [c for c in inside if c["text"] not in "，。、；：）》”"]
        assert max(c["x1"] for c in words) / MM <= gb.PAGE_WIDTH - gb.RIGHT + gb.TOLERANCE
        assert lines[0]["top"] / MM >= gb.TOP - gb.TOLERANCE
    left = min(c["x0"] for _w, _h, chars, _l in body_pages for c in chars if c["text"].strip()) / MM
    assert left == pytest.approx(gb.LEFT, abs=gb.TOLERANCE)


def test_a_full_page_has_22_lines(body_pages):
    texts = [[line["text"].strip() for line in lines if not is_number(line)] for _w, _h, _c, lines in body_pages]
    assert len(texts) > 4
    # the first has a title of larger type, the last ends where the text ends; a heading goes on to the page of its text
    for page, following in pairwise(texts[1:]):
        moved = 1 if gb.level_of(following[0]) in (1, 2) else 0
        moved += 1 if moved and gb.level_of(following[1]) in (1, 2) else 0
        assert gb.LINES - moved <= len(page) <= gb.LINES
    assert sum(len(page) == gb.LINES for page in texts[1:-1]) > 2


def test_lines_stand_evenly(body_pages):
    """From the first line of a full page to its last there are 21 steps of the pitch of the standard."""
    for _w, _h, _c, lines in body_pages[1:-1]:
        text = [line for line in lines if not is_number(line)]
        pitch = (text[-1]["bottom"] - text[0]["bottom"]) / (len(text) - 1)
        assert pitch * 20 == pytest.approx(gb.line_pitch(), abs=4)


def test_a_line_of_chinese_has_28_characters(folder):
    from hanfeng.plan.report.linked import Draft, Paragraph

    text = "规" * (26 + 28 * 60)
    plain = Draft("zh-hans", (Paragraph("body", (text,)),))
    out = converted(folder, official_docx(plain, END), "pdf", "plain")
    with pdfplumber.open(out / "paper.pdf") as pdf:
        lines = [
            len(line["text"].strip()) for page in pdf.pages for line in page.extract_text_lines() if not is_number(line)
        ]
        assert sum(not is_number(line) for line in pdf.pages[0].extract_text_lines()) == gb.LINES
    assert lines[0] == gb.CHARACTERS - 2
    assert set(lines[1:]) == {gb.CHARACTERS}


def test_page_numbers_stand_outside_between_dashes(pages):
    for number, (_w, _h, _chars, lines) in enumerate(pages, 1):
        (line,) = [line for line in lines if is_number(line)]
        assert line["text"] == gb.page_number(number)
        dash = next(c for c in line["chars"] if c["text"] == "—")
        size = gb.TYPES["page_number"].size
        assert {round(c["size"], 1) for c in line["chars"]} == {size}
        # a dash is drawn about 0.3 em above the line its letters stand on
        height = gb.PAGE_HEIGHT - dash["matrix"][5] / MM - 0.3 * size / MM
        assert height == pytest.approx(gb.PAGE_HEIGHT - gb.BOTTOM + gb.NUMBER_BELOW, abs=0.5)
        word = size / MM
        if gb.number_side(number) == "right":
            assert line["x1"] / MM == pytest.approx(gb.PAGE_WIDTH - gb.RIGHT - word, abs=gb.TOLERANCE)
        else:
            assert line["x0"] / MM == pytest.approx(gb.LEFT + word, abs=gb.TOLERANCE)


def test_no_heading_is_left_at_the_foot_of_a_page(body_pages):
    for _w, _h, _c, lines in body_pages:
        last = [line["text"].strip() for line in lines if not is_number(line)][-1]
        assert gb.level_of(last) not in (1, 2)


def test_the_head_of_a_table_stands_on_each_of_its_pages(pages):
    firsts = [lines[0]["text"].replace(" ", "") for _w, _h, _c, lines in pages]
    start = firsts.index("附件2")
    end = firsts.index("附件3")
    assert end - start > 2
    assert all(first.startswith("任务") for first in firsts[start + 1 : end])


def test_a_copy_that_libreoffice_saved_brings_every_link_back(draft, folder):
    out = converted(folder, official_docx(draft, END, Marks(EDITION)), "docx:MS Word 2007 XML", "saved")
    back = reread(BytesIO((out / "paper.docx").read_bytes()), draft, EDITION)
    assert back.findings == ()
    assert back.draft == draft
