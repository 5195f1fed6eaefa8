"""Workbooks for the tests, as offices make them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from openpyxl import Workbook


def workbook(rows: Iterable[Sequence[Any]], merge: Sequence[str] = ()) -> bytes:
    """An XLSX file with these rows and merged cells."""
    book = Workbook()
    page = book.worksheets[0]
    for row in rows:
        page.append(list(row))
    for cells in merge:
        page.merge_cells(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@contextmanager
def read_out(answer: Any) -> Iterator[Any]:
    """An answer whose file is closed at the end; closing the answer itself would close the database of the test."""
    try:
        yield answer
    finally:
        for close in getattr(answer, "_resource_closers", ()):
            close()
