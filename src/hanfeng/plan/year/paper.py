"""The bulletin as a Word document, on the page of official documents (GB/T 9704-2012, 5.2): A4, margins 37, 26, 35, 28 mm."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from hanfeng.kernel.desk.wording import day_text, number_text
from hanfeng.kernel.pure import is_chinese

from .bulletin import method_texts, told, why_text, words_of
from .models import Round

TITLE, BODY, BLACK = "方正小标宋简体", "仿宋_GB2312", "黑体"
SIZES = {"Title": 22, "Normal": 16, "Heading 1": 16, "Caption": 14}
"""Points: 二号 for the title, 三号 for the text (GB/T 9704-2012, 7.3)."""


def bulletin_docx(round_: Round) -> bytes:
    """The document in the reader's language."""
    bulletin, document = told(round_), Document()
    _page(document)
    _styles(document)
    for text in bulletin_lines(round_, bulletin):
        document.add_paragraph(text[1], style=text[0])
        if text[0] == "Heading 1" and text[2]:
            _table(document, *text[2])
    made = BytesIO()
    document.save(made)
    return made.getvalue()


Grid = tuple[Sequence[str], Sequence[Sequence[str]], Sequence[float]]


def bulletin_lines(round_: Round, bulletin: dict[str, Any]) -> list[tuple[str, str, Grid | None]]:
    """The bulletin as paragraphs (style, text, table after a heading): what the document is made of."""
    lang = "zh" if is_chinese(get_language() or "zh") else "en"
    body, name = f"body_{lang}", lang
    colon = pgettext("between a name and its value", ": ")
    title = _("Bulletin on the tasks of the plan, %(period)s") % {"period": round_}
    summary = _(
        "%(filed)s of %(entries)s entries were filed, %(in_time)s of them in time; %(accepted)s were accepted, %(returned)s were "
        "returned at least once. %(red)s tasks are red, %(closed)s were closed."
    ) % {**bulletin, "red": len(bulletin["red"]), "closed": len(bulletin["closed"])}  # fmt: skip
    rank: Grid = (
        [_("place"), _("body"), _("due"), _("filed late"), _("not filed"), _("returned"), _("timeliness"), _("quality"),
         _("points"), _("grade")],
        [
            [str(row["place"]), row[body], str(row["due"]), str(row["late"]), str(row["missing"]), str(row["returned"]),
             number_text(row["timeliness"], 1), number_text(row["quality"], 1), number_text(row["points"], 1),
             row["grade"][0 if lang == "zh" else -1]]
            for row in bulletin["rank"]
        ],
        (0.07, 0.27, 0.08, 0.08, 0.08, 0.08, 0.09, 0.09, 0.08, 0.08),
    )  # fmt: skip
    found: list[tuple[str, str, Grid | None]] = [("Title", title, None)]
    if bulletin["demo"]:
        found.append(("Caption", _("Demo data"), None))
    found += [("Normal", summary, None), ("Heading 1", _("1. Ranking of the bodies"), rank)]
    found += [("Caption", text, None) for text in method_texts(bulletin)]
    found.append(("Heading 1", _("2. Tasks with a red light"), None))
    for row in bulletin["red"]:
        words = words_of(row, "reason") if row["override"] == "red" else why_text(row)
        found.append(("Normal", f"{row['number']} {row[name]} ({row[body] or '—'}){colon}{words}", None))
    found.append(("Heading 1", _("3. Tasks that were closed"), None))
    found += [("Normal", f"{row['number']} {row[name]} ({row[body]})", None) for row in bulletin["closed"]]
    if bulletin["overridden"]:
        found.append(("Heading 1", _("4. Lights set by hand"), None))
        for row in bulletin["overridden"]:
            said = _("computed %(computed)s, set to %(override)s") % row
            found.append(("Normal", f"{row['number']} {row[name]}{colon}{said}. {words_of(row, 'reason')}", None))
    day = timezone_day(bulletin["day"])
    return [*found, ("Right", day, None)]


def timezone_day(text: str) -> str:
    """The day of the bulletin in words."""
    from datetime import date

    return day_text(date.fromisoformat(text))


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    foot.add_run("— ")
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = foot.add_run()
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)
    foot.add_run(" —")


def _styles(document: Any) -> None:
    right = document.styles.add_style("Right", 1)
    right.base_style = document.styles["Normal"]
    right.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for name, font in (("Normal", BODY), ("Title", TITLE), ("Heading 1", BLACK), ("Caption", BODY)):
        style = document.styles[name]
        style.font.name, style.font.size = "Times New Roman", Pt(SIZES[name])
        style.font.bold = style.font.italic = False
        style.font.color.rgb = None
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    normal = document.styles["Normal"].paragraph_format
    normal.line_spacing, normal.space_after, normal.first_line_indent = Pt(28), Pt(0), Pt(32)
    document.styles["Title"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for name in ("Title", "Heading 1", "Caption", "Right"):
        document.styles[name].paragraph_format.first_line_indent = Pt(0)


def _table(document: Any, head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]) -> None:
    table = document.add_table(rows=1, cols=len(head), style="Table Grid")
    table.autofit = False
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(mark)
    for texts in (head, *rows):
        cells = table.rows[0].cells if texts is head else table.add_row().cells
        for cell, text, share in zip(cells, texts, widths, strict=True):
            cell.width = int(Mm(156) * share)
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.first_line_indent, paragraph.paragraph_format.line_spacing = Pt(0), Pt(14)
            paragraph.add_run(text).font.size = Pt(10)
