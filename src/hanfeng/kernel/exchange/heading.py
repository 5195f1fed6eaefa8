"""Where the headings of a sheet stand, and what each column is called: titles above and merged cells are seen through."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Any

from django.utils.translation import gettext as _

from .book import Book, Row, cell_text
from .words import SheetError, plain, plain_set
from .xlsx import Merge

WITHIN = 25  # rows from the top in which headings are looked for
MOST_DEPTH = 4


@dataclass(frozen=True)
class Headings:
    """The first row of the headings (from 0), how many rows they take, and the name of each column, levels joined."""

    first: int
    depth: int
    names: tuple[str, ...]


def top(book: Book, sheet: str, most: int = WITHIN) -> list[list[Any]]:
    """The first rows of a sheet; rows that the file leaves out are empty."""
    found: list[list[Any]] = []
    for number, row in islice(takewhile(lambda r: r[0] < most, book.rows(sheet)), most):
        found += [[] for _gap in range(number - len(found))]
        found.append(row)
    return found


def guess(book: Book, sheet: str, known: Collection[str]) -> Headings:
    """The headings as they seem to stand. `known` are the plain names of the fields wanted. Raises SheetError."""
    rows, merges = top(book, sheet), book.merged(sheet)
    scores = [_score(row, known) for row in rows]
    if not any(scores):
        raise SheetError(_("The sheet “%(name)s” holds no line of headings.") % {"name": sheet})
    first = scores.index(max(scores))
    while first and _spans(merges, first - 1, rows) and scores[first - 1]:
        first -= 1  # the row above groups the columns of this one
    return headings(book, sheet, first, _depth(merges, first, rows))


def _score(row: Sequence[Any], known: Collection[str]) -> float:
    texts = [cell for cell in row if isinstance(cell, str) and cell.strip()]
    if len(set(texts)) < 2:
        return 0.0
    return 5.0 * sum(plain(t) in known for t in set(texts)) + len(texts) / (1 + len(row)) - 0.001


def _spans(merges: Sequence[Merge], row: int, rows: Sequence[Sequence[Any]]) -> bool:
    """Whether a row has a merged cell over some of its columns, but not over all: then it groups those below."""
    width = max((len(r) for r in rows), default=0)
    return any(t <= row <= b and r > c and r - c + 1 < width - 1 for t, c, b, r in merges)


def _depth(merges: Sequence[Merge], first: int, rows: Sequence[Sequence[Any]]) -> int:
    tall = max((b - t + 1 for t, _c, b, _r in merges if t == first), default=1)
    wide = 2 if _spans([m for m in merges if m[0] == first and m[2] == first], first, rows) else 1
    return min(max(tall, wide), MOST_DEPTH, max(len(rows) - first, 1))


def headings(book: Book, sheet: str, first: int, depth: int) -> Headings:
    """The headings in given rows: merged ones filled over their columns, levels joined, each said once."""
    rows, merges = top(book, sheet, first + depth), book.merged(sheet)
    rows = (rows + [[] for _i in range(first + depth)])[first : first + depth]
    width = max((len(r) for r in rows), default=0)
    grid = [[cell_text(r[c]) if c < len(r) else "" for c in range(width)] for r in rows]
    for t, c, b, r in merges:
        for row in range(max(t, first), min(b, first + depth - 1) + 1):
            for column in range(c, min(r, width - 1) + 1):
                grid[row - first][column] = grid[max(t, first) - first][c]
    names = (" ".join(dict.fromkeys(" ".join(g[c].split()) for g in grid if g[c])) for c in range(width))
    return Headings(first, depth, tuple(names))


def data(book: Book, sheet: str, head: Headings) -> Iterator[Row]:
    """The lines below the headings; blank ones, repeated headings and lines of totals are no lines."""
    totals, longest = plain_set("cells", "totals"), 12
    names = list(head.names)
    first = next((text for text in names if text), "")
    for number, row in book.rows(sheet):
        if number < head.first + head.depth:
            continue
        said = next((cell for cell in row if cell is not None and cell != ""), "")
        if isinstance(said, str):
            said = said.strip() or next((text for cell in row if (text := cell_text(cell))), "")
            if not said or (len(said) <= longest and plain(said) in totals):
                continue
            if said == first and [cell_text(cell) for cell in row[: len(names)]] == names:
                continue
        yield number, row
