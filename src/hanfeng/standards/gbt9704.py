"""GB/T 9704-2012, layout of official documents of Party and government organs (党政机关公文格式), in force since 2012-07-01.

Lengths are millimetres, sizes of type points, positions in Word twentieths of a point (twips). Each value names its clause. A
"word" (字) is the width and a "line" (行) the height by which the standard measures (3.1, 3.2). What the standard leaves open
(type of tables and of notes) is not here. Functions raise Fault for what cannot be an official document.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from hanfeng.kernel.pure import Fault
from hanfeng.kernel.pure import gettext_noop as noop

TWIPS_PER_MM = 1440 / 25.4
POINTS_PER_MM = 72 / 25.4

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
"""A4, trimmed (5.1)."""

TOP, LEFT = 37.0, 28.0
"""天头 and 订口, each with a tolerance of 1 mm (5.2.1)."""

TEXT_WIDTH, TEXT_HEIGHT = 156.0, 225.0
"""版心 (5.2.1)."""

RIGHT, BOTTOM = PAGE_WIDTH - LEFT - TEXT_WIDTH, PAGE_HEIGHT - TOP - TEXT_HEIGHT
"""What the text area leaves: 26 and 35 mm (5.2.1)."""

TOLERANCE = 1.0
"""mm (5.2.1)."""

LINES, CHARACTERS = 22, 28
"""Lines to a page and characters to a line, which fill the text area (5.2.3)."""

NUMBER_BELOW = 7.0
"""The dash beside the page number stands this far below the text area (7.5)."""

SIZES = {"初号": 42.0, "小初": 36.0, "一号": 26.0, "小一": 24.0, "二号": 22.0, "小二": 18.0, "三号": 16.0, "小三": 15.0,
         "四号": 14.0, "小四": 12.0, "五号": 10.5, "小五": 9.0}  # fmt: skip
"""Chinese sizes of type in points, as Chinese word processors set them (the standard names the sizes, not the points)."""

SONG_TITLE, FANGSONG, BLACK, KAI, SONG = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体"
"""Typefaces by the names under which offices have them installed; named in a document, never shipped with it."""

Element = Literal[
    "title", "number", "draft", "addressee", "body", "level1", "level2", "level3", "level4", "annex_note", "signature", "date",
    "annex_label", "annex_title", "page_number",
]  # fmt: skip


@dataclass(frozen=True)
class Type:
    """How one element is set: its typeface, its size in points, and the clause that says so."""

    face: str
    size: float
    clause: str


TYPES: dict[Element, Type] = {
    "title": Type(SONG_TITLE, SIZES["二号"], "7.3.1"),
    "number": Type(FANGSONG, SIZES["三号"], "7.2.5"),
    "draft": Type(KAI, SIZES["三号"], ""),
    "addressee": Type(FANGSONG, SIZES["三号"], "7.3.2"),
    "body": Type(FANGSONG, SIZES["三号"], "7.3.3"),
    "level1": Type(BLACK, SIZES["三号"], "7.3.3"),
    "level2": Type(KAI, SIZES["三号"], "7.3.3"),
    "level3": Type(FANGSONG, SIZES["三号"], "7.3.3"),
    "level4": Type(FANGSONG, SIZES["三号"], "7.3.3"),
    "annex_note": Type(FANGSONG, SIZES["三号"], "7.3.4"),
    "signature": Type(FANGSONG, SIZES["三号"], "7.3.5"),
    "date": Type(FANGSONG, SIZES["三号"], "7.3.5.4"),
    "annex_label": Type(BLACK, SIZES["三号"], "7.3.7"),
    "annex_title": Type(SONG_TITLE, SIZES["二号"], "7.3.7"),
    "page_number": Type(SONG, SIZES["四号"], "7.5"),
}
"""The elements of a document. `draft`, the name of a draft under the title, is custom and has no clause."""

INDENT = {"body": 2, "level1": 2, "level2": 2, "level3": 2, "level4": 2, "annex_note": 2}
"""Words that the first line is moved in (7.3.3, 7.3.4); what follows starts at the edge."""

DATE_RIGHT = 4
"""Words between the date and the right edge, with a seal and for one issuer (7.3.5.1)."""


def twips(mm: float) -> int:
    """Millimetres as whole twips, the unit of Word."""
    return round(mm * TWIPS_PER_MM)


def line_pitch() -> int:
    """The height of a line in twips, rounded down so that 22 of them fit into the text area (5.2.3)."""
    return int(TEXT_HEIGHT * TWIPS_PER_MM / LINES)


def character_width() -> float:
    """The width of one of the 28 characters of a line in points (5.2.3): 15.79, a little less than a 三号 of 16."""
    return TEXT_WIDTH * POINTS_PER_MM / CHARACTERS


def condensed() -> int:
    """By how many twips each 三号 character is set closer, so that 28 of them fill a line (5.2.3); negative."""
    over = (TYPES["body"].size - character_width()) * 20
    return -int(-(-over // 1))


def footer_distance() -> float:
    """How far the box of the page number stands above the edge of the page, in mm: its dash is 7 mm below the text (7.5)."""
    return BOTTOM - NUMBER_BELOW - TYPES["page_number"].size / POINTS_PER_MM / 2


def page_number(number: int) -> str:
    """A page number between its dashes: "— 1 —" (7.5). Raises Fault below 1."""
    if number < 1:
        raise Fault("page", noop("A page has a number from 1, not %(number)s."), {"number": number})
    return f"— {number} —"


def number_side(number: int) -> Literal["left", "right"]:
    """The outer side: odd pages right, even pages left, each a word from the edge (7.5)."""
    return "right" if number % 2 else "left"


NUMERALS = "一二三四五六七八九"


def chinese_numeral(number: int) -> str:
    """A number from 1 to 99 as headings are counted. Raises Fault beyond."""
    if not 1 <= number <= 99:
        raise Fault("numeral", noop("Headings are counted from 1 to 99, not %(number)s."), {"number": number})
    tens, ones = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else f"{NUMERALS[tens - 1]}十"
    return head + (NUMERALS[ones - 1] if ones else "")


def heading_number(level: int, number: int) -> str:
    """The number of a heading: 一、 （一） 1. （1） (7.3.3). Raises Fault for another level."""
    if level not in (1, 2, 3, 4):
        raise Fault("level", noop("Headings have the levels 1 to 4, not %(level)s."), {"level": level})
    if level < 3:
        said = chinese_numeral(number)
        return f"{said}、" if level == 1 else f"（{said}）"
    return f"{number}." if level == 3 else f"（{number}）"


_LEVELS = (
    (1, re.compile(r"[一二三四五六七八九十]+、")),
    (2, re.compile(r"（[一二三四五六七八九十]+）")),
    (3, re.compile(r"\d+[.．]")),
    (4, re.compile(r"（\d+）")),
)


def level_of(text: str) -> int:
    """The level that a heading's number shows, 0 without one."""
    return next((level for level, pattern in _LEVELS if pattern.match(text.strip())), 0)


def skipped_levels(levels: Sequence[int]) -> list[int]:
    """Places in a row of heading levels where one is skipped; the order 一、 （一） 1. （1） is to be kept (7.3.3)."""
    return [place for place, level in enumerate(levels) if level > (levels[place - 1] if place else 0) + 1]


def date_text(day: date) -> str:
    """The date of a document: Arabic numerals, the year in full, month and day without zeros (7.3.5.4)."""
    return f"{day.year}年{day.month}月{day.day}日"


_NUMBER = re.compile(r"(?P<organ>[^\d〔〕\[\]()（）]+)〔(?P<year>\d{4})〕(?P<serial>[1-9]\d*)号")


@dataclass(frozen=True)
class DocumentNumber:
    """发文字号: the organ's short name, the year, the serial number (7.2.5)."""

    organ: str
    year: int
    serial: int

    def __str__(self) -> str:
        return f"{self.organ}〔{self.year}〕{self.serial}号"


def document_number(text: str) -> DocumentNumber:
    """A document number (7.2.5): year in full in 〔〕, no 第, no leading zero. Raises Fault with what is wrong."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        raise Fault("document_number", _number_fault(text), {"text": text.strip()})
    return DocumentNumber(found["organ"], int(found["year"]), int(found["serial"]))


def _number_fault(text: str) -> str:
    if "〔" not in text or "〕" not in text:
        return noop("“%(text)s”: the year of a document number stands in 〔〕 (GB/T 9704-2012, 7.2.5).")
    if "第" in text:
        return noop("“%(text)s”: a document number has no 第 before its serial number (GB/T 9704-2012, 7.2.5).")
    if re.search(r"〕0", text):
        return noop("“%(text)s”: the serial number has no leading zero (GB/T 9704-2012, 7.2.5).")
    return noop("“%(text)s” is no document number: write it as 某府发〔2026〕1号 (GB/T 9704-2012, 7.2.5).")


def annex_note(titles: Sequence[str]) -> tuple[str, ...]:
    """附件说明 after the text (7.3.4): one annex without a number, more with Arabic numbers, no mark after a title."""
    bare = [title.strip().rstrip("。；;，,") for title in titles]
    if len(bare) == 1:
        return (f"附件：{bare[0]}",)
    return tuple(f"{'附件：' if not place else '　　　'}{place + 1}. {title}" for place, title in enumerate(bare))


def annex_label(number: int, of: int) -> str:
    """The words at the head of an annex (7.3.7): a single annex has no number."""
    return "附件" if of == 1 else f"附件{number}"


def _width(text: str) -> float:
    """The width of a text in words: Latin signs take half of one."""
    return sum(0.5 if sign.isascii() else 1.0 for sign in text)


def title_lines(text: str, most: float = 20) -> tuple[str, ...]:
    """A title in lines of at most `most` words, broken where words end and as even as can be (7.3.1)."""
    text = text.strip()
    count = -(-_width(text) // most)
    if count <= 1:
        return (text,)
    places = [m.start() for m in re.finditer(r"(?=[（《])|(?<=[》、，的])(?![）》])", text) if m.start()]
    lines, start = [], 0
    for left in range(int(count), 1, -1):
        ideal = _width(text[start:]) / left
        near = [p for p in places if start < p < len(text) and _width(text[start:p]) <= most]
        cut = min(near, key=lambda p: abs(_width(text[start:p]) - ideal), default=0)
        if not cut or _width(text[cut:]) > most * (left - 1):
            cut = _plain_cut(text, start, ideal)
        lines.append(text[start:cut])
        start = cut
    return (*lines, text[start:])


def _plain_cut(text: str, start: int, ideal: float) -> int:
    """Where nothing better offers itself: near the ideal, but never inside a number or a Latin word."""
    cut = next((p for p in range(start + 1, len(text)) if _width(text[start:p]) >= ideal), len(text) - 1)
    while cut > start + 1 and text[cut - 1].isascii() and text[cut].isascii():
        cut -= 1
    return cut
