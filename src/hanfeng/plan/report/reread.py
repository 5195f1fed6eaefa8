"""An edited copy read back: the text with its links, and what was done to the figures.

Content controls carry the links through Word, WPS and LibreOffice. What was changed in words is simply the new text. What was
changed in figures is told finding by finding: a number altered by hand, a link taken off, a number that no reading backs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from io import BytesIO
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile

from docx import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn

from hanfeng.kernel.pure import Fault, gettext_noop

from .linked import NUMBER, Block, Draft, Linked, Paragraph, Run, Runs, Table, bare_numbers, joined, numbers_in, text_of
from .official_word import STYLES, TAG

CHANGED, UNLINKED, BARE, STRANGE, DROPPED = "changed", "unlinked", "bare", "strange", "dropped"
"""A number differs from its reading; its link was taken off; a number has no reading; a link of another paper; a figure gone."""

OPEN = (CHANGED, UNLINKED, BARE, STRANGE)
"""Findings that somebody has to settle before the paper goes on."""

MOST_BYTES = 20 * 1024 * 1024
MOST_UNPACKED = 200 * 1024 * 1024

SHOWN = frozenset({"draft", "number"})
"""Paragraphs that a copy is given on its way out and that are no part of its text."""


class NotACopy(Fault):
    """The file cannot be read as an edited copy; the sentence says why and what to do."""


@dataclass(frozen=True)
class Finding:
    """What was done to one figure: in which block, which words stand there now, which the reading has."""

    kind: str
    place: int
    key: str = ""
    found: str = ""
    expected: str = ""
    around: str = ""

    @property
    def is_open(self) -> bool:
        return self.kind in OPEN

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Reread:
    """The text of an edited copy, what happened to its figures, and how many links came back by their words alone."""

    draft: Draft
    findings: tuple[Finding, ...]
    relinked: int = 0


def reread(file: BinaryIO, origin: Draft, edition: int) -> Reread:
    """Read an edited copy of `origin`, which was given out as `edition`. Raises NotACopy."""
    document = _opened(file)
    reader = _Reader(origin, edition)
    blocks = [block for block in reader.blocks(document) if not _is_shown(block)]
    blocks = _trimmed(blocks)
    if not reader.tags:
        fault = gettext_noop("The file holds no link of this paper: edit the copy that was downloaded from its page.")
        raise NotACopy("no_links", fault, {})
    healed, relinked = _relinked(blocks, origin, reader.seen)
    draft = Draft(origin.language, tuple(healed), origin.title)
    return Reread(draft, tuple(_findings(draft, origin, reader)), relinked)


def edition_in(file: BinaryIO) -> int | None:
    """The edition that most links of a copy belong to; None where it has none. Raises NotACopy."""
    counts: Counter[int] = Counter()
    for element in _opened(file).element.body.iter(qn("w:tag"), qn("w:bookmarkStart")):
        name = element.get(qn("w:val"), "") or element.get(qn("w:name"), "")
        parts = name.replace("_", ":").split(":")
        if len(parts) == 3 and parts[0] == TAG and parts[1].isdecimal():
            counts[int(parts[1])] += 1
    return counts.most_common(1)[0][0] if counts else None


def _opened(file: BinaryIO) -> Any:
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        fault = gettext_noop("The file is larger than %(most)s MB: take the pictures out or save it again.")
        raise NotACopy("too_large", fault, {"most": MOST_BYTES // 1024**2})
    fault = gettext_noop("The file cannot be read as a Word document (.docx): save it in that form and try again.")
    try:
        with ZipFile(BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise NotACopy("unreadable", fault, {})
        return Document(BytesIO(content))
    except (BadZipFile, PackageNotFoundError, KeyError, ValueError, OSError, SyntaxError) as why:
        raise why if isinstance(why, NotACopy) else NotACopy("unreadable", fault, {}) from why


def _is_shown(block: Block) -> bool:
    return isinstance(block, Paragraph) and block.style in SHOWN


def _trimmed(blocks: Sequence[Block]) -> list[Block]:
    """Without the empty paragraphs that only keep distance."""
    return [block for block in blocks if isinstance(block, Table) or block.text.strip()]


@dataclass(frozen=True)
class _Mark:
    """One end of a bookmark: the start has a name."""

    id: str
    name: str = ""


class _Reader:
    """Walks a document; remembers which links it met, and which tags are not of this edition."""

    def __init__(self, origin: Draft, edition: int) -> None:
        self.links, self.edition = origin.links, edition
        self.tables = [block for block in origin.blocks if isinstance(block, Table)]
        self.seen: set[int] = set()
        self.changed: list[tuple[Linked, str]] = []
        self.strange: list[str] = []
        self.tags = 0

    def blocks(self, document: Any) -> Iterator[Block]:
        names = {style.style_id: style.name for style in document.styles}
        kinds = {style: kind for kind, style in STYLES.items()}
        for element in _flat(document.element.body):
            if element.tag == qn("w:p"):
                style = element.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
                named = names.get(style.get(qn("w:val")), "") if style is not None else "Normal"
                yield Paragraph(_kind(named, kinds), self._runs(element))
            elif element.tag == qn("w:tbl"):
                yield self._table(element)

    def _table(self, element: Any) -> Table:
        lines = [[self._cell(cell) for cell in _cells(row)] for row in element.iterchildren(qn("w:tr"))]
        head = tuple(text_of(cell) for cell in lines[0]) if lines else ()
        rows = tuple(tuple(row) for row in lines[1:])
        like = next((t for t in self.tables if t.head == head), None) or next(
            (t for t in self.tables if len(t.head) == len(head)), None
        )
        if like is None:
            return Table(head, rows, (1 / max(len(head), 1),) * len(head), "l" * len(head))
        return Table(head, rows, like.widths, like.align)

    def _cell(self, cell: Any) -> Runs:
        parts = [self._runs(p) for p in cell.iter(qn("w:p"))]
        return joined([part for part in parts if part], " ")

    def _runs(self, paragraph: Any) -> Runs:
        return joined([self._marked(list(self._pieces(paragraph)))])

    def _marked(self, pieces: Sequence[Run | _Mark]) -> Iterator[Run]:
        """The runs, words between the two ends of a bookmark of ours linked where no control linked them already."""
        place = 0
        while place < len(pieces):
            piece = pieces[place]
            if isinstance(piece, _Mark):
                end = next((n for n in range(place + 1, len(pieces)) if pieces[n] == _Mark(piece.id)), None)
                number = self._number(piece.name.replace("_", ":"))
                inside = (
                    [] if end is None else [each for each in pieces[place + 1 : end] if not isinstance(each, _Mark)]
                )
                if (
                    number is not None
                    and end is not None
                    and number not in self.seen
                    and all(isinstance(e, str) for e in inside)
                ):
                    yield from self._linked(number, text_of(inside))
                    place = end
            else:
                yield piece
            place += 1

    def _pieces(self, element: Any) -> Iterator[Run | _Mark]:
        for child in element.iterchildren():
            if child.tag == qn("w:sdt"):
                yield from self._control(child)
            elif child.tag == qn("w:r"):
                yield _words(child)
            elif child.tag in (qn("w:bookmarkStart"), qn("w:bookmarkEnd")):
                name = child.get(qn("w:name"), "")
                if not name or name.startswith(f"{TAG}_"):
                    yield _Mark(child.get(qn("w:id"), ""), name)
            elif child.tag not in (qn("w:del"), qn("w:moveFrom"), qn("w:pPr")):  # what was struck out is no text
                yield from self._pieces(child)

    def _control(self, control: Any) -> Iterator[Run | _Mark]:
        tag = control.find(f"{qn('w:sdtPr')}/{qn('w:tag')}")
        content = control.find(qn("w:sdtContent"))
        pieces = list(self._pieces(content)) if content is not None else []
        number = self._number("" if tag is None else tag.get(qn("w:val"), ""))
        if number is None:
            yield from pieces
        else:
            yield from self._linked(number, text_of(each for each in pieces if not isinstance(each, _Mark)))

    def _linked(self, number: int, text: str) -> Iterator[Run]:
        """The words of a link as they came back; emptied ones are gone."""
        link = self.links[number]
        self.tags += 1
        self.seen.add(number)
        if not text.strip():
            return
        if numbers_in(text) != link.numbers:
            self.changed.append((link, text))
        yield replace(link, text=text)

    def _number(self, tag: str) -> int | None:
        """The number of the link that a tag names; None for controls of others, and for those of another paper."""
        parts = tag.split(":")
        if parts[0] != TAG or len(parts) != 3:
            return None
        if not (parts[1].isdecimal() and parts[2].isdecimal()) or int(parts[1]) != self.edition:
            self.strange.append(tag)
            return None
        number = int(parts[2])
        if number >= len(self.links):
            self.strange.append(tag)
            return None
        return number


def _flat(body: Any) -> Iterator[Any]:
    """Paragraphs and tables in their order, those inside block-level controls and tracked insertions too."""
    for child in body.iterchildren():
        if child.tag in (qn("w:p"), qn("w:tbl")):
            yield child
        elif child.tag == qn("w:sdt"):
            yield from (part for content in child.iterchildren(qn("w:sdtContent")) for part in _flat(content))
        elif child.tag in (qn("w:ins"), qn("w:moveTo"), qn("w:customXml")):
            yield from _flat(child)


def _cells(row: Any) -> Iterator[Any]:
    for child in row.iterchildren():
        if child.tag == qn("w:tc"):
            yield child
        elif child.tag == qn("w:sdt"):
            yield from (cell for content in child.iterchildren(qn("w:sdtContent")) for cell in _cells(content))


def _words(run: Any) -> str:
    parts = []
    for child in run.iterchildren():
        if child.tag == qn("w:t"):
            parts.append(child.text or "")
        elif child.tag == qn("w:tab"):
            parts.append(" ")
        elif child.tag == qn("w:noBreakHyphen"):
            parts.append("-")
    return "".join(parts)


def _kind(named: str, kinds: Mapping[str, str]) -> str:
    """The kind of paragraph a style stands for; word processors write its name in small letters at times."""
    known = {style.lower(): kind for style, kind in kinds.items()}
    return known.get(named.lower(), "body")


# --- what was done to the figures -----------------------------------------------------------------------------------------


def _relinked(blocks: Sequence[Block], origin: Draft, seen: set[int]) -> tuple[list[Block], int]:
    """Links that were lost while their words stayed in the same paragraph come back; returns how many did."""
    lost = {n: link for n, link in enumerate(origin.links) if n not in seen and link.numbers}
    found, count = list(blocks), 0
    for number, link in sorted(lost.items()):
        for place, block in enumerate(found):
            if isinstance(block, Paragraph) and _neighbours(origin, number) & _keys(block.runs):
                runs = _put_back(block.runs, link)
                if runs is not None:
                    found[place], count = replace(block, runs=runs), count + 1
                    seen.add(number)
                    break
    return found, count


def _neighbours(origin: Draft, number: int) -> set[str]:
    """The keys of the links that stood in the paragraph of a link."""
    first = 0
    for runs in origin.every_runs():
        mine = [run for run in runs if isinstance(run, Linked)]
        if first <= number < first + len(mine):
            return {link.key for link in mine} - {mine[number - first].key}
        first += len(mine)
    return set()


def _keys(runs: Runs) -> set[str]:
    return {run.key for run in runs if isinstance(run, Linked)}


def _put_back(runs: Runs, link: Linked) -> Runs | None:
    """The runs with the words of a link linked again; None where the words do not stand there once and whole."""
    for place, run in enumerate(runs):
        if isinstance(run, str) and run.count(link.text) == 1:
            before, after = run.split(link.text)
            if _breaks(before[-1:], link.text[:1]) and _breaks(link.text[-1:], after[:1]):
                return joined([runs[:place], (before, link, after), runs[place + 1 :]])
    return None


def _breaks(left: str, right: str) -> bool:
    """Whether no number runs across this place."""
    return not (left[-1:].isdigit() and right[:1].isdigit())


def _findings(draft: Draft, origin: Draft, reader: _Reader) -> Iterator[Finding]:
    wrong = {(link.key, text): link for link, text in reader.changed}
    for place, block in enumerate(draft.blocks):
        for runs in _parts(block):
            for run in runs:
                if isinstance(run, Linked) and (run.key, run.text) in wrong:
                    expected = wrong[run.key, run.text].text
                    yield Finding(CHANGED, place, run.key, run.text, expected, text_of(runs)[:160])
    lost = [link for n, link in enumerate(origin.links) if n not in reader.seen and link.numbers]
    lost_numbers = {number: link for link in lost for number in link.numbers}
    for bare in bare_numbers(draft.blocks):
        link = lost_numbers.get(bare.number)
        if link is not None:
            yield Finding(UNLINKED, bare.place, link.key, bare.number, link.text, bare.around)
        else:
            yield Finding(BARE, bare.place, "", bare.number, "", bare.around)
    yield from (Finding(STRANGE, 0, "", tag) for tag in dict.fromkeys(reader.strange))
    kept = {link.key for link in draft.links}
    gone = {link.key: link for link in lost if link.key not in kept}
    yield from (Finding(DROPPED, 0, key, "", link.text) for key, link in gone.items())


def _parts(block: Block) -> Iterable[Runs]:
    return (block.runs,) if isinstance(block, Paragraph) else (cell for row in block.rows for cell in row)


# --- settling -------------------------------------------------------------------------------------------------------------


def restored(draft: Draft, finding: Finding, origin: Draft) -> Draft:
    """The text with the words of the reading put back where a number was altered or its link taken off."""
    link = next((each for each in origin.links if each.key == finding.key and each.text == finding.expected), None)
    if link is None:
        return draft
    return _replaced(draft, finding, link)


def answered_for(draft: Draft, finding: Finding, who: str, reason: str) -> Draft:
    """The text with a number that no reading backs linked to the officer who answers for it, and why."""
    link = Linked(f"stated:{who}", "stated", finding.found, source=reason)
    return _replaced(draft, finding, link)


def _replaced(draft: Draft, finding: Finding, link: Linked) -> Draft:
    blocks = list(draft.blocks)
    block = blocks[finding.place]
    if isinstance(block, Paragraph):
        blocks[finding.place] = replace(block, runs=_fixed(block.runs, finding, link))
    else:
        rows = tuple(tuple(_fixed(cell, finding, link) for cell in row) for row in block.rows)
        blocks[finding.place] = replace(block, rows=rows)
    return replace(draft, blocks=tuple(blocks))


def _fixed(runs: Runs, finding: Finding, link: Linked) -> Runs:
    done: list[Run] = []
    for run in runs:
        if isinstance(run, Linked) and finding.kind == CHANGED and (run.key, run.text) == (finding.key, finding.found):
            done.append(replace(link, text=finding.expected) if link.kind != "stated" else replace(link, text=run.text))
        elif isinstance(run, str) and finding.kind in (BARE, UNLINKED):
            done += _first_number(run, finding.found, link)
        else:
            done.append(run)
    return joined([done])


def _first_number(text: str, number: str, link: Linked) -> list[Run]:
    """The words with the first place of a number linked; the words of the reading where they stand there whole."""
    if link.kind != "stated" and link.text in text:
        before, after = text.split(link.text, 1)
        return [before, link, after]
    for match in _matches(text):
        if numbers_in(match) == (number,):
            before, after = text.split(match, 1)
            return [before, replace(link, text=match if link.kind == "stated" else link.text), after]
    return [text]


def _matches(text: str) -> Iterator[str]:
    yield from (found.group() for found in NUMBER.finditer(text))


def still_open(draft: Draft, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that the text still bears out."""
    bare = {(b.place, b.number) for b in bare_numbers(draft.blocks)}
    linked = {(place, run.key, run.text) for place, block in enumerate(draft.blocks) for runs in _parts(block) for run in runs
              if isinstance(run, Linked)}  # fmt: skip
    kept = []
    for each in findings:
        if each.kind == CHANGED:
            stands = (each.place, each.key, each.found) in linked
        elif each.kind in (BARE, UNLINKED):
            stands = (each.place, each.found) in bare
        else:
            stands = each.kind != STRANGE
        if stands:
            kept.append(each)
    return tuple(kept)
