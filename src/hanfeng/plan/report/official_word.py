"""A draft as a Word document by GB/T 9704-2012, its links kept as content controls, so that an edited copy brings them back.

Geometry, typefaces and numbering come from `hanfeng.standards.gbt9704`. Typefaces are named, never embedded; where one is
missing, the reader's program takes another and the lines stay, because their height is fixed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.enum.table import WD_ALIGN_VERTICAL
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor, Twips

from hanfeng.kernel.pure import is_chinese
from hanfeng.standards import gbt9704 as gb

from .linked import Draft, Linked, Paragraph, Runs, Table

LATIN = "Times New Roman"
TAG = "hf"
"""Begins the tag of a content control, hf:<edition>:<number of the link>, and the name of the bookmark around it, with `_`."""

CENTRED = ("title", "draft", "annex_title", "number", "caption")
HEADINGS = {"level1": 1, "level2": 2, "level3": 3, "level4": 4}
TABLES = {
    "HF Table Head": (gb.BLACK, gb.SIZES["小五"]), "HF Table Cell": (gb.FANGSONG, gb.SIZES["小五"]),
    "HF Form Name": (gb.BLACK, gb.SIZES["四号"]), "HF Form Cell": (gb.FANGSONG, gb.SIZES["四号"]),
}  # fmt: skip
"""The type of what stands in a table and in a form, by its style (the standard leaves both open)."""
ALIGN = {"l": WD_ALIGN_PARAGRAPH.LEFT, "c": WD_ALIGN_PARAGRAPH.CENTER, "r": WD_ALIGN_PARAGRAPH.RIGHT}
STYLES = {
    "title": "Title", "draft": "HF Draft", "number": "HF Number", "body": "Normal", "level1": "Heading 1", "level2": "Heading 2",
    "level3": "Heading 3", "level4": "Heading 4", "annex_note": "HF Annex Note", "signature": "HF Signature", "date": "HF Date",
    "annex_label": "HF Annex Label", "annex_title": "HF Annex Title", "note": "HF Note", "caption": "Caption",
}  # fmt: skip
"""The style of each kind of paragraph in the document; what an edited copy is read by."""


@dataclass(frozen=True)
class Marks:
    """What a copy says of itself: the edition its links belong to, the name of the draft under the title, its number."""

    edition: int = 0
    draft: str = ""
    number: str = ""


def official_docx(draft: Draft, as_of: date, marks: Marks | None = None) -> bytes:
    """The document; the same draft gives the same bytes."""
    marks = marks or Marks()
    doc: Any = Document()
    moment = datetime(as_of.year, as_of.month, as_of.day)  # noqa: DTZ001 - a day, told as Word tells it
    _properties(doc, draft, moment)
    _styles(doc, is_chinese(draft.language))
    _page(doc)
    writer = _Writer(doc, marks.edition)
    if marks.number:
        writer.paragraph(Paragraph("number", (marks.number,)))
    for block in draft.blocks:
        if isinstance(block, Table):
            (writer.table if block.head else writer.form)(block)
            continue
        writer.paragraph(block)
        if block.style == "title" and marks.draft:
            writer.paragraph(Paragraph("draft", (marks.draft,)))
        if block.style in ("title", "annex_title"):
            writer.paragraph(Paragraph("body", ()))
    return _settled(doc, moment)


class _Writer:
    """A document being written; counts the links in their order."""

    def __init__(self, doc: Any, edition: int) -> None:
        self.doc, self.edition, self.next = doc, edition, 0

    def paragraph(self, block: Paragraph) -> None:
        place = self.doc.add_paragraph(style=STYLES.get(block.style, "Normal"))
        if block.style == "title":
            self._title(place, block.runs)
        else:
            self.runs(place._p, block.runs)

    def _title(self, place: Any, runs: Runs) -> None:
        """A title breaks where its words end (7.3.1)."""
        text = "".join(run if isinstance(run, str) else run.text for run in runs)
        lines = gb.title_lines(text) if len(text) < 90 and any(ord(sign) > 0x2E80 for sign in text) else (text,)
        if len(runs) != 1 or isinstance(runs[0], str):
            self.runs(place._p, runs)
            return
        self._control(place._p, runs[0], lines)

    def runs(self, where: Any, runs: Iterable[str | Linked]) -> None:
        for run in runs:
            if isinstance(run, str):
                where.append(_run(run))
            else:
                self._control(where, run, (run.text,))

    def _control(self, where: Any, link: Linked, lines: Sequence[str]) -> None:
        """A content control that carries the key of its reading; it shows no frame until it is touched."""
        number, self.next = self.next, self.next + 1
        control = parse_xml(
            f'<w:sdt {nsdecls("w")} xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml"><w:sdtPr>'
            f'<w:alias/><w:tag w:val="{TAG}:{self.edition}:{number}"/><w:id w:val="{_id(self.edition, number)}"/>'
            f'<w15:appearance w15:val="hidden"/></w:sdtPr><w:sdtContent/></w:sdt>'
        )
        control[0][0].set(qn("w:val"), link.key)
        for place, line in enumerate(lines):
            run = _run(line)
            if place:
                run.insert(0, OxmlElement("w:br"))
            control[1].append(run)
        # a bookmark beside it: some word processors keep the control and drop its tag
        mark = str(_id(self.edition, number))
        start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        start.set(qn("w:id"), mark)
        start.set(qn("w:name"), f"{TAG}_{self.edition}_{number}")
        end.set(qn("w:id"), mark)
        for element in (start, control, end):
            where.append(element)

    def table(self, block: Table) -> None:
        table = self.doc.add_table(rows=1, cols=len(block.head), style="Table Grid")
        table.autofit = False
        room = gb.twips(gb.TEXT_WIDTH)
        widths = [int(room * share) for share in block.widths or [1 / len(block.head)] * len(block.head)]
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Twips(width)
        for cell, text, width in zip(table.rows[0].cells, block.head, widths, strict=True):
            self._cell(cell, (text,), "c", width, "HF Table Head")
        head = table.rows[0]._tr.get_or_add_trPr()
        head.append(OxmlElement("w:cantSplit"))
        head.append(OxmlElement("w:tblHeader"))  # the head stands again on each page
        for row in block.rows:
            line = table.add_row()
            line._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
            for cell, runs, align, width in zip(line.cells, row, block.align or "l" * len(row), widths, strict=True):
                self._cell(cell, runs, align, width, "HF Table Cell")
        self.paragraph(Paragraph("note", ()))

    def form(self, block: Table) -> None:
        """A form: the name of each field at the left in the type of headings, what it holds beside it in that of the text."""
        table = self.doc.add_table(rows=0, cols=2, style="Table Grid")
        table.autofit = False
        widths = [int(gb.twips(gb.TEXT_WIDTH) * share) for share in block.widths]
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Twips(width)
        for label, held in block.rows:
            name, value = table.add_row().cells
            name.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
            self._cell(name, label, "c", widths[0], "HF Form Name")
            for n, text in enumerate("".join(run if isinstance(run, str) else run.text for run in held).split("\n")):
                if n:
                    value.add_paragraph()
                self._cell(value, (text,), "l", widths[1], "HF Form Cell")

    def _cell(self, cell: Any, runs: Runs, align: str, width: int, style: str) -> None:
        cell.width = Twips(width)
        place = cell.paragraphs[-1]
        place._p.style, place.alignment = style.replace(" ", ""), ALIGN[align]
        self.runs(place._p, runs)


def _id(edition: int, number: int) -> int:
    """An id that is unique in the document and stays below 2**31."""
    return (edition % 20_000) * 100_000 + number + 1


def _run(text: str) -> Any:
    run, words = OxmlElement("w:r"), OxmlElement("w:t")
    words.text = text
    words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    run.append(words)
    return run


# --- styles and page ------------------------------------------------------------------------------------------------------


def _styles(doc: Any, chinese: bool) -> None:
    """The elements of the standard as styles: what an officer sees in the list of styles of his word processor."""
    named = {style: kind for kind, style in STYLES.items()}
    known = {style.name for style in doc.styles}
    for name in (*STYLES.values(), *TABLES):
        if name not in known:
            doc.styles.add_style(name, 1)
    normal = doc.styles["Normal"]
    if chinese:
        for spoken in doc.styles.element.iter(qn("w:lang")):
            spoken.set(qn("w:eastAsia"), "zh-CN")
    for name, kind in named.items():
        style = doc.styles[name]
        setting = gb.TYPES.get(kind) or gb.TYPES["body"]  # type: ignore[call-overload]
        _type(style, setting.face, setting.size if kind != "note" else gb.SIZES["小四"])
        _lines(style, kind)
        words = gb.INDENT.get(kind, 0)
        _indent(style, words)
        style.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER if kind in CENTRED else WD_ALIGN_PARAGRAPH.JUSTIFY
        style.quick_style = True
        if kind in HEADINGS or kind in ("title", "annex_label", "annex_title", "caption"):
            style.paragraph_format.keep_with_next = True  # no heading is left alone at the foot of a page
    _placed(doc)
    for name, (face, size) in TABLES.items():
        style = doc.styles[name]
        _type(style, face, size, condensed=False)
        style.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
        style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(1)
        snap = OxmlElement("w:snapToGrid")
        snap.set(qn("w:val"), "0")  # rows of a table are not lines of the page
        style.element.get_or_add_pPr().append(snap)
        _indent(style, 0)
    normal.paragraph_format.widow_control = False  # lines fill the page: no line is pushed on for a neighbour's sake


def _type(style: Any, face: str, size: float, condensed: bool = True) -> None:
    style.font.name, style.font.size, style.font.bold, style.font.italic = LATIN, Pt(size), False, False
    style.font.color.rgb = RGBColor(0, 0, 0)
    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), face)
    for old in properties.findall(qn("w:spacing")):
        properties.remove(old)
    close = OxmlElement("w:spacing")
    close.set(qn("w:val"), str(gb.condensed() if condensed and size == gb.SIZES["三号"] else 0))
    properties._insert_spacing(close) if hasattr(properties, "_insert_spacing") else properties.insert_element_before(
        close, "w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:highlight", "w:u", "w:effect", "w:lang"
    )
    borders = style.element.find(f"{qn('w:pPr')}/{qn('w:pBdr')}")
    if borders is not None:
        borders.getparent().remove(borders)


def _lines(style: Any, kind: str) -> None:
    """Every line has the height of 1/22 of the text area; a title of 22 points needs a little more."""
    lines = style.paragraph_format
    lines.space_before = lines.space_after = Pt(0)
    lines.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    large = kind in ("title", "annex_title")
    lines.line_spacing = Twips(gb.line_pitch() if not large else 640)
    if kind == "note":
        lines.line_spacing = Twips(400)


def _indent(style: Any, words: int) -> None:
    """The first line moved in by words, told in hundredths of a word as Chinese word processors do, with a length beside."""
    places = style.element.get_or_add_pPr()
    for old in places.findall(qn("w:ind")):
        places.remove(old)
    indent = places.get_or_add_ind()
    indent.set(qn("w:firstLineChars"), str(words * 100))
    indent.set(qn("w:firstLine"), str(round(words * gb.character_width() * 20)))
    indent.set(qn("w:left"), "0")


def _placed(doc: Any) -> None:
    """Signature and date at the right (7.3.5), the label of an annex at the edge of a new page (7.3.7)."""
    word = gb.character_width()
    for name, words in (("HF Signature", 2), ("HF Date", gb.DATE_RIGHT)):
        form = doc.styles[name].paragraph_format
        form.alignment, form.right_indent = WD_ALIGN_PARAGRAPH.RIGHT, Pt(words * word)
    doc.styles["HF Signature"].paragraph_format.space_before = Twips(gb.line_pitch())
    doc.styles["HF Signature"].paragraph_format.keep_with_next = True
    doc.styles["HF Annex Label"].paragraph_format.page_break_before = True
    doc.styles["HF Annex Label"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.LEFT
    doc.styles["HF Annex Note"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.LEFT


def _page(doc: Any) -> None:
    """A4, the text area, the grid of lines, and the page number outside: odd pages right, even pages left (5.2, 7.5)."""
    page = doc.sections[0]
    page.page_width, page.page_height = Mm(gb.PAGE_WIDTH), Mm(gb.PAGE_HEIGHT)
    page.top_margin, page.bottom_margin = Mm(gb.TOP), Mm(gb.BOTTOM)
    page.left_margin, page.right_margin = Mm(gb.LEFT), Mm(gb.RIGHT)
    page.header_distance, page.footer_distance = Mm(15), Mm(gb.footer_distance())
    for old in page._sectPr.findall(qn("w:docGrid")):
        page._sectPr.remove(old)
    grid = OxmlElement("w:docGrid")
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), str(gb.line_pitch()))
    page._sectPr.append(grid)
    doc.settings.odd_and_even_pages_header_footer = True
    for footer, number in ((page.footer, 1), (page.even_page_footer, 2)):
        footer.is_linked_to_previous = False
        _number(footer.paragraphs[0], gb.number_side(number))


def _number(place: Any, side: str) -> None:
    setting = gb.TYPES["page_number"]
    form = place.paragraph_format
    form.alignment = WD_ALIGN_PARAGRAPH.RIGHT if side == "right" else WD_ALIGN_PARAGRAPH.LEFT
    form.right_indent = Pt(setting.size) if side == "right" else Pt(0)
    form.left_indent, form.first_line_indent = (Pt(0) if side == "right" else Pt(setting.size)), Pt(0)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(setting.size)
    form.space_before = form.space_after = Pt(0)
    for text, field in (("— ", ""), ("", "begin"), ("", "PAGE"), ("", "separate"), ("1", ""), ("", "end"), (" —", "")):
        run = place.add_run(text)
        run.font.size, run.font.name = Pt(setting.size), setting.face
        run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), setting.face)
        if field == "PAGE":
            code = OxmlElement("w:instrText")
            code.text = field
            run._r.append(code)
        elif field:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), field)
            run._r.append(mark)


def _properties(doc: Any, draft: Draft, moment: datetime) -> None:
    properties = doc.core_properties
    properties.title, properties.language = draft.title, draft.language
    properties.author = properties.comments = properties.last_modified_by = ""
    properties.created = properties.modified = moment


def _settled(doc: Any, moment: datetime) -> bytes:
    """The file, its parts dated by the day of the report and not by the clock."""
    made, settled = BytesIO(), BytesIO()
    doc.save(made)
    with ZipFile(made) as source, ZipFile(settled, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = ZipInfo(name, (max(moment.year, 1980), moment.month, moment.day, 0, 0, 0))
            part.compress_type = ZIP_DEFLATED
            target.writestr(part, source.read(name))
    return settled.getvalue()
