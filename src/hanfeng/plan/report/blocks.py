"""What a report consists of, whatever it is printed on: headings, text, tables, charts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import get_language, pgettext

from hanfeng.kernel.pure import is_chinese


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 (section) or 2 (part of one), with its number."""

    level: int
    text: str


@dataclass(frozen=True)
class Text:
    """A paragraph. `style`: body; note, set smaller; label, a name before its words in `lead`."""

    text: str
    style: str = "body"
    lead: str = ""


@dataclass(frozen=True)
class Items:
    """Short points, one under another."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """A table: `widths` are shares of the line, `align` a letter for each column (l, c, r); `wide`: on a page turned sideways."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    align: str
    wide: bool = False

    def __post_init__(self) -> None:
        if not {len(self.head), len(self.widths), len(self.align)} | {len(row) for row in self.rows} == {
            len(self.head)
        }:
            raise ValueError(f"{self.caption}: each row, the widths and the alignment fit the {len(self.head)} columns")


@dataclass(frozen=True)
class Picture:
    """A chart as a Vega-Lite specification, with its words for those who cannot see it."""

    chart: dict[str, Any]
    words: str
    caption: str


Block = Heading | Text | Items | Grid | Picture


@dataclass(frozen=True)
class Report:
    """A whole report in one language. Its title stands on two lines; `mark` says that it holds demo data, where it does."""

    title: str
    lines: tuple[str, str]
    subtitle: str
    mark: str
    language: str
    blocks: tuple[Block, ...]


def numeral(number: int) -> str:
    """A number as sections are counted: 1, 2 ... or the Chinese numerals up to 99."""
    words = pgettext("numerals", "1 2 3 4 5 6 7 8 9 10").split()
    if number <= len(words):
        return words[number - 1]
    if not is_chinese(get_language() or "zh"):
        return str(number)
    tens, ones = divmod(number, 10)
    return (words[tens - 1] if tens > 1 else "") + words[9] + (words[ones - 1] if ones else "")


def section(number: int, title: str) -> Heading:
    """A numbered section."""
    return Heading(1, pgettext("section", "%(number)s. %(title)s") % {"number": numeral(number), "title": title})


def part(number: int, title: str) -> Heading:
    """A numbered part of a section."""
    return Heading(
        2, pgettext("part of a section", "(%(number)s) %(title)s") % {"number": numeral(number), "title": title}
    )


def annex(number: int, title: str) -> Heading:
    """A numbered annex."""
    return Heading(1, pgettext("annex", "Annex %(number)s: %(title)s") % {"number": number, "title": title})


def captioned(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks with their tables and charts numbered."""
    counts = {Grid: 0, Picture: 0}
    for block in blocks:
        if isinstance(block, Grid | Picture):
            counts[type(block)] += 1
            form = (
                pgettext("caption", "Table %(number)s: %(title)s")
                if isinstance(block, Grid)
                else pgettext("caption", "Chart %(number)s: %(title)s")
            )
            block = replace(block, caption=form % {"number": counts[type(block)], "title": block.caption})
        yield block


def sentence(text: str) -> str:
    """Words with their full stop."""
    return pgettext("sentence", "%(text)s.") % {"text": text}


def label(words: str) -> str:
    """A name before its text."""
    return pgettext("label before a text", "%(label)s: ") % {"label": words}


def clauses(parts: Iterable[str]) -> str:
    """The parts of a sentence."""
    return pgettext("between the parts of a sentence", "; ").join(parts)
