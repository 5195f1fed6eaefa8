"""The report as a Word document: A4, the fonts of official documents named for Word to find, charts where they can be drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from hanfeng.kernel.pure import is_chinese
from hanfeng.plan.charts import draw
from hanfeng.plan.fonts import NoFont, fonts

from .blocks import Block, Grid, Heading, Items, Picture, Report, Text

LATIN, TITLE, BODY, BLACK, KAI = "Times New Roman", "FZXiaoBiaoSong-B05S", "FangSong", "SimHei", "KaiTi"
"""Latin text; the title, the body, headings of the first and of the second level as official documents set them."""

PAGE, MARGINS = (Mm(210), Mm(297)), (Mm(37), Mm(26), Mm(35), Mm(28))  # top, right, bottom, left: GB/T 9704-2012, 5.2
SIZES = {"title": 20, "subtitle": 14, "body": 14, "note": 10.5, "table": 9, 1: 16, 2: 15}
ALIGN = {"l": WD_ALIGN_PARAGRAPH.LEFT, "c": WD_ALIGN_PARAGRAPH.CENTER, "r": WD_ALIGN_PARAGRAPH.RIGHT}


def docx_bytes(report: Report, as_of: date) -> bytes:
    """The document; the same report gives the same bytes."""
    paper = _Paper(report, as_of)
    for block in report.blocks:
        paper.add(block)
    return paper.bytes()


class _Paper:
    """A document being written, and whether its page lies on its side."""

    def __init__(self, report: Report, as_of: date) -> None:
        self.doc: Any = Document()
        self.report, self.wide = report, False
        self.moment = datetime(as_of.year, as_of.month, as_of.day)  # noqa: DTZ001 - a day, told as Word tells it
        self.fonts = _has_fonts()
        _properties(self.doc, report, self.moment)
        _styles(self.doc, is_chinese(report.language))
        _page(self.doc.sections[0], wide=False)
        _running(self.doc.sections[0], report)
        self._line("\n".join(report.lines), "Title")
        self._line(report.subtitle, "Subtitle")
        if report.mark:
            self._line(report.mark, "Note")

    def add(self, block: Block) -> None:
        """Write one block, on a page turned if it needs one."""
        self._turn(isinstance(block, Grid) and block.wide)
        writers: dict[type, Callable[[Any], None]] = {
            Heading: self._heading, Text: self._text, Items: self._items, Grid: self._grid, Picture: self._picture,
        }  # fmt: skip
        writers[type(block)](block)

    def _turn(self, wide: bool) -> None:
        if wide != self.wide:
            _page(self.doc.add_section(WD_SECTION.NEW_PAGE), wide)
            self.wide = wide

    def _line(self, text: str, style: str) -> Any:
        return self.doc.add_paragraph(text, style=style)

    def _heading(self, block: Heading) -> None:
        self._line(block.text, f"Heading {block.level}")

    def _text(self, block: Text) -> None:
        paragraph = self._line("", "Note" if block.style == "note" else "Normal")
        if block.lead:
            paragraph.add_run(block.lead).bold = True
        paragraph.add_run(block.text)

    def _items(self, block: Items) -> None:
        for text in block.items:
            self._line(text, "List Bullet")

    def _grid(self, block: Grid) -> None:
        self._line(block.caption, "Caption").paragraph_format.keep_with_next = True
        table = self.doc.add_table(rows=1, cols=len(block.head), style="Table Grid")
        table.autofit = False
        room = (PAGE[1] if block.wide else PAGE[0]) - MARGINS[1] - MARGINS[3]
        widths = [int(room * share) for share in block.widths]
        _row(table.rows[0], block.head, "c" * len(block.head), widths, bold=True)
        _repeat(table.rows[0])
        for texts in block.rows:
            _row(table.add_row(), texts, block.align, widths)
        self._line("", "Note")

    def _picture(self, block: Picture) -> None:
        if not self.fonts:
            return  # no font to draw with; the figures stand in the text
        picture = (
            self.doc.add_paragraph(style="Picture")
            .add_run()
            .add_picture(BytesIO(draw(block.chart, "png")), width=Mm(140))
        )
        picture._inline.docPr.set("descr", block.words)
        picture._inline.docPr.set("name", block.caption)
        self._line(block.caption, "Caption")

    def bytes(self) -> bytes:
        """The file, its parts dated by the day of the report and not by the clock."""
        made, settled = BytesIO(), BytesIO()
        self.doc.save(made)
        with ZipFile(made) as source, ZipFile(settled, "w", ZIP_DEFLATED) as target:
            for name in source.namelist():
                part = ZipInfo(name, (max(self.moment.year, 1980), self.moment.month, self.moment.day, 0, 0, 0))
                part.compress_type = ZIP_DEFLATED
                target.writestr(part, source.read(name))
        return settled.getvalue()


def _has_fonts() -> bool:
    try:
        return bool(fonts())
    except NoFont:
        return False


def _properties(doc: Any, report: Report, moment: datetime) -> None:
    properties = doc.core_properties
    properties.title, properties.subject, properties.language = report.title, report.subtitle, report.language
    properties.author = properties.comments = properties.last_modified_by = ""
    properties.created = properties.modified = moment


def _styles(doc: Any, chinese: bool) -> None:
    """The styles of an official document; Chinese indents the first line by two signs."""
    given = {
        "Normal": (BODY, SIZES["body"]), "Title": (TITLE, SIZES["title"]), "Subtitle": (KAI, SIZES["subtitle"]),
        "Heading 1": (BLACK, SIZES[1]), "Heading 2": (KAI, SIZES[2]),
        "List Bullet": (BODY, SIZES["body"]), "Caption": (BLACK, SIZES["note"]),
    }  # fmt: skip
    for name in ("Note", "Picture", "Cell"):
        doc.styles.add_style(name, 1)
    given |= {"Note": (KAI, SIZES["note"]), "Picture": (BODY, SIZES["note"]), "Cell": (BODY, SIZES["table"])}
    for name, (family, size) in given.items():
        _style(doc.styles[name], family, size)
    for name in ("Title", "Subtitle", "Caption", "Picture"):
        doc.styles[name].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    normal = doc.styles["Normal"].paragraph_format
    normal.line_spacing, normal.space_after = 1.5, Pt(0 if chinese else 6)
    if chinese:
        normal.first_line_indent = Pt(2 * SIZES["body"])
        for spoken in doc.styles.element.iter(qn("w:lang")):  # Word breaks lines and checks words by it
            spoken.set(qn("w:eastAsia"), "zh-CN")
    for name in ("Title", "Subtitle", "Heading 1", "Heading 2", "Caption", "Picture", "Cell", "List Bullet"):
        doc.styles[name].paragraph_format.first_line_indent = Pt(0)
    doc.styles["Cell"].paragraph_format.line_spacing = 1.1


def _style(style: Any, family: str, size: float) -> None:
    style.font.name, style.font.size, style.font.bold, style.font.italic = LATIN, Pt(size), False, False
    style.font.color.rgb = RGBColor(0, 0, 0)
    fonts_of = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts_of.attrib.pop(qn(f"w:{theme}"), None)
    fonts_of.set(qn("w:eastAsia"), family)
    fonts_of.set(qn("w:hAnsi"), LATIN)
    borders = style.element.find(f"{qn('w:pPr')}/{qn('w:pBdr')}")
    if borders is not None:
        borders.getparent().remove(borders)


def _page(page: Any, wide: bool) -> None:
    """A4, upright or turned, with the margins of an official document."""
    short, long = PAGE
    page.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    page.page_width, page.page_height = (long, short) if wide else (short, long)
    page.top_margin, page.right_margin, page.bottom_margin, page.left_margin = MARGINS


def _running(page: Any, report: Report) -> None:
    """Title above, page number below; later sections repeat them."""
    head = page.header.paragraphs[0]
    head.style, head.text = "Caption", " · ".join(part for part in (report.title, report.subtitle) if part)
    foot = page.footer.paragraphs[0]
    foot.style = "Caption"
    foot.add_run("— ")
    _field(foot.add_run(), "PAGE")
    foot.add_run(" —")


def _field(run: Any, code: str) -> None:
    for kind in ("begin", "", "end"):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = code
        run._r.append(element)


def _row(row: Any, texts: Sequence[str], align: str, widths: Sequence[int], bold: bool = False) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for cell, text, where, width in zip(row.cells, texts, align, widths, strict=True):
        cell.width = width
        paragraph = cell.paragraphs[0]
        paragraph._p.style, paragraph.alignment = "Cell", ALIGN[where]  # by its id: looking it up for each cell is slow
        paragraph.add_run(text).bold = bold
        if bold:
            _shade(cell)


def _shade(cell: Any) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", "E8EEF3")):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _repeat(row: Any) -> None:
    """The heading of a table stands again on each page."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
