"""The text of an attached file, paragraph by paragraph: Word, Excel, CSV, text, PDF.

`read` runs in this process for small files of quick kinds; the worker reads the others in a process of their own, with a
limit of time and memory, so that a broken or hostile file costs nobody but itself.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from .places import MOST_PARAGRAPHS

QUICK_BYTES = 500_000  # a file of a quick kind that is not larger is read at once
SECONDS, MEMORY = 60, 1 << 30  # what the worker gives one file
SHORT, LONG = 200, 1200  # paragraphs shorter than this are put together, longer ones cut
MOST_CHARACTERS = 2_000_000  # of one file
ENCODINGS = ("utf-8-sig", "gb18030")

Found = dict[str, Any]
"""paragraphs: list of text; cut: whether there was more; why: what went wrong, empty when nothing did."""


def word(path: Path) -> Iterator[str]:
    """The paragraphs and the rows of tables of a Word document, in their order."""
    from docx import Document
    from docx.table import Table

    with path.open("rb") as file:
        document = Document(file)
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                yield "\t".join(dict.fromkeys(cell.text.strip() for cell in row.cells if cell.text.strip()))
        else:
            yield block.text


def sheet(path: Path) -> Iterator[str]:
    """The lines of each sheet of a workbook, its name before them."""
    from python_calamine import CalamineWorkbook

    with path.open("rb") as file:
        book = CalamineWorkbook.from_filelike(file)
        for name in book.sheet_names:
            yield name
            for line in book.get_sheet_by_name(name).iter_rows():
                yield "\t".join(str(value) for value in line if value not in ("", None))


def text(path: Path) -> Iterator[str]:
    """The lines of a text or CSV file, in UTF-8 or GB 18030."""
    content = path.read_bytes()[: MOST_CHARACTERS * 4]
    for encoding in ENCODINGS:
        try:
            yield from content.decode(encoding).splitlines()
            return
        except UnicodeDecodeError as why:
            if why.start > len(content) - 4:  # a character cut by the limit
                yield from content[: why.start].decode(encoding).splitlines()
                return
    raise ValueError("neither UTF-8 nor GB 18030")


def pdf(path: Path) -> Iterator[str]:
    """The blocks of text of a PDF, page by page. A page that is a picture holds none."""
    from pdfminer.high_level import extract_pages
    from pdfminer.layout import LTTextContainer

    for page in extract_pages(str(path)):
        for block in page:
            if isinstance(block, LTTextContainer):
                yield _unbroken(block.get_text())


def _unbroken(text: str) -> str:
    """The lines of a block as one text: a line ends where the page does, in Chinese within a word."""
    lines = text.splitlines()
    return "".join(line + ("" if line[-1:] > "\u2e80" else " ") for line in lines)


READERS: dict[str, Callable[[Path], Iterable[str]]] = {
    ".docx": word, ".xlsx": sheet, ".xls": sheet, ".xlsb": sheet, ".ods": sheet,
    ".txt": text, ".csv": text, ".md": text, ".pdf": pdf,
}  # fmt: skip
QUICK = frozenset({".docx", ".xlsx", ".txt", ".csv", ".md"})


def readable(name: str) -> bool:
    """Whether a file of this name holds text that can be read."""
    return Path(name).suffix.lower() in READERS


def quick(name: str, size: int) -> bool:
    """Whether it is read while its owner waits."""
    return Path(name).suffix.lower() in QUICK and size <= QUICK_BYTES


def read(path: Path, name: str) -> Found:
    """What a file says. A file that cannot be read says why; nothing is raised."""
    reader = READERS.get(Path(name).suffix.lower())
    if reader is None:
        return {"paragraphs": [], "cut": False, "why": ""}
    try:
        found = list(islice(_joined(_limited(reader(path))), MOST_PARAGRAPHS + 1))
    except Exception as why:  # whatever a library makes of a broken file
        return {"paragraphs": [], "cut": False, "why": f"{type(why).__name__}: {why}"[:200]}
    whole = sum(len(p) for p in found)
    return {
        "paragraphs": found[:MOST_PARAGRAPHS],
        "cut": len(found) > MOST_PARAGRAPHS or whole >= MOST_CHARACTERS,
        "why": "",
    }


def _limited(lines: Iterable[str]) -> Iterator[str]:
    left = MOST_CHARACTERS
    for line in lines:
        tidy = " ".join(line.replace("\x00", "").split(" ")).strip()
        if tidy:
            yield tidy[:left]
            left -= len(tidy)
        if left <= 0:
            return


def _joined(lines: Iterable[str]) -> Iterator[str]:
    """Short lines together, long ones cut, so that a passage is something to read."""
    held = ""
    for line in lines:
        if held and len(held) + len(line) > LONG:
            yield held
            held = ""
        held = f"{held}\n{line}" if held else line
        while len(held) > LONG:
            yield held[:LONG]
            held = held[LONG - 40 :]  # a word that the cut would part stands whole in the next
        if len(held) >= SHORT:
            yield held
            held = ""
    if held:
        yield held


# --- in a process of its own ------------------------------------------------------------------------------------------


def read_apart(path: Path, name: str, seconds: int = SECONDS) -> Found:
    """`read` in another process that may use so much time and memory and no more."""
    command = [sys.executable, "-m", "hanfeng.kernel.search.reading", str(path), name]
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return {"paragraphs": [], "cut": False, "why": f"took longer than {seconds} s"}
    if done.returncode:
        return {"paragraphs": [], "cut": False, "why": "needed more memory or time than one file may use"}
    found: Found = json.loads(done.stdout)
    return found


def _main(path: str, name: str) -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    except ImportError:  # not on Windows
        pass
    json.dump(read(Path(path), name), sys.stdout)


if __name__ == "__main__":
    _main(*sys.argv[1:])
