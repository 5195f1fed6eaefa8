"""A text whose every number is linked: what is said, and for each figure in it the reading, target or count it comes from.

A `Draft` is plain data: it is written to Word, shown on a page, kept as JSON and read back from an edited copy, always with
its links. Text between the links holds no number at all; `bare_numbers` is the proof.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from hanfeng.kernel.pure import Fault, gettext_noop

NUMBER = re.compile(r"[-−–]?\d(?:[\d,，]*\d)?(?:[.．]\d+)?")
"""A figure as officials and word processors write it; \\d takes full-width digits too."""

_SLOT = re.compile(r"%\((\w+)\)s")
_COUNTED = re.compile(r"^\s*(?:\d+[.．]|（\d+）|\(\d+\)|(?:附件：)?　*\d+\. |附件\s?\d+|Annex \d+)")

KINDS = ("reading", "plan", "computed", "count", "day", "name", "quote", "lead", "stated")
"""What a link leads to: a published reading; a figure of the plan; a ratio or gap computed of readings; a count of targets or
tasks; a day; a name that holds a number; words that a body gave; a lead (annex only); a number an officer answers for."""


class Unlinkable(Fault):
    """A figure that may not enter a report on real values."""


@dataclass(frozen=True)
class Linked:
    """Words with a number in them. `key` says where it is from, `rests` the readings behind it, `url` the page to open."""

    key: str
    kind: str
    text: str
    value: float | None = None
    url: str = ""
    rests: tuple[str, ...] = ()
    source: str = ""

    @property
    def numbers(self) -> tuple[str, ...]:
        """The figures in the words, as they are compared."""
        return numbers_in(self.text)


Run = str | Linked
Runs = tuple[Run, ...]


@dataclass(frozen=True)
class Paragraph:
    """`style`: title, draft, body, level1 to level4, annex_label, annex_title, annex_note, signature, date, note, caption."""

    style: str
    runs: Runs

    @property
    def text(self) -> str:
        return text_of(self.runs)


@dataclass(frozen=True)
class Table:
    """`widths` are shares of the line, `align` a letter for each column (l, c, r). Without a head: a form."""

    head: tuple[str, ...]
    rows: tuple[tuple[Runs, ...], ...]
    widths: tuple[float, ...] = ()
    align: str = ""

    @property
    def text(self) -> str:
        return "\n".join("\t".join(text_of(cell) for cell in row) for row in self.rows)


Block = Paragraph | Table


@dataclass(frozen=True)
class Draft:
    """A whole paper. The number of a link is its place among all links, from 0."""

    language: str
    blocks: tuple[Block, ...]
    title: str = ""

    @property
    def links(self) -> tuple[Linked, ...]:
        return tuple(run for runs in self.every_runs() for run in runs if isinstance(run, Linked))

    def every_runs(self) -> Iterator[Runs]:
        """The runs of each paragraph and cell, in the order they are read."""
        for block in self.blocks:
            if isinstance(block, Paragraph):
                yield block.runs
            else:
                yield from (cell for row in block.rows for cell in row)

    @property
    def body(self) -> tuple[Block, ...]:
        """What stands before the first annex."""
        ends = next((n for n, b in enumerate(self.blocks) if is_annex(b)), len(self.blocks))
        return self.blocks[:ends]

    def to_json(self) -> dict[str, Any]:
        """Plain values; equal drafts give equal values."""
        return {"language": self.language, "title": self.title, "blocks": [_block_json(b) for b in self.blocks]}


def is_annex(block: Block) -> bool:
    """Whether an annex begins here."""
    return isinstance(block, Paragraph) and block.style == "annex_label"


def _block_json(block: Block) -> dict[str, Any]:
    if isinstance(block, Paragraph):
        return {"style": block.style, "runs": [_run_json(run) for run in block.runs]}
    rows = [[[_run_json(run) for run in cell] for cell in row] for row in block.rows]
    return {"head": list(block.head), "rows": rows, "widths": list(block.widths), "align": block.align}


def _run_json(run: Run) -> Any:
    if isinstance(run, str):
        return run
    return {name: value for name, value in asdict(run).items() if value not in ("", None, ())}


def draft_of(kept: Mapping[str, Any]) -> Draft:
    """A draft from its JSON."""
    return Draft(kept["language"], tuple(_block_of(row) for row in kept["blocks"]), kept.get("title", ""))


def _block_of(row: Mapping[str, Any]) -> Block:
    if "style" in row:
        return Paragraph(row["style"], _runs_of(row["runs"]))
    rows = tuple(tuple(_runs_of(cell) for cell in line) for line in row["rows"])
    return Table(tuple(row["head"]), rows, tuple(row["widths"]), row["align"])


def _runs_of(runs: Iterable[Any]) -> Runs:
    return tuple(
        run if isinstance(run, str) else Linked(**{**run, "rests": tuple(run.get("rests", ()))}) for run in runs
    )


# --- writing ----------------------------------------------------------------------------------------------------------


def text_of(runs: Iterable[Run]) -> str:
    """The words alone."""
    return "".join(run if isinstance(run, str) else run.text for run in runs)


def say(template: str, **words: Run | Runs) -> Runs:
    """A translated sentence with its links in the places that `%(name)s` marks."""
    runs: list[Run] = []
    for place, piece in enumerate(_SLOT.split(template)):
        word = piece.replace("%%", "%") if place % 2 == 0 else words[piece]
        runs += word if isinstance(word, tuple) else (word,)
    return joined([runs])


def joined(parts: Iterable[Iterable[Run]], between: str = "") -> Runs:
    """Runs one after the other; neighbouring words become one, empty ones none."""
    runs: list[Run] = []
    for place, part in enumerate(parts):
        for run in (*([between] if place and between else []), *part):
            if isinstance(run, str) and runs and isinstance(runs[-1], str):
                runs[-1] += run
            elif run != "":
                runs.append(run)
    return tuple(runs)


# --- numbers ----------------------------------------------------------------------------------------------------------


def numbers_in(text: str) -> tuple[str, ...]:
    """The figures in some words, without grouping and with plain signs, so that 1,234 and 1234 are one figure."""
    return tuple(_plain(found) for found in NUMBER.findall(text))


def _plain(figure: str) -> str:
    bare = "".join(str(int(sign)) if sign.isdigit() else sign for sign in figure if sign not in ",，")
    return bare.replace("．", ".").replace("−", "").replace("–", "").replace("-", "")


@dataclass(frozen=True)
class Bare:
    """A number that no link covers: in which paragraph or row of cells, the number, the words around it."""

    place: int
    number: str
    around: str


def bare_numbers(blocks: Iterable[Block]) -> Iterator[Bare]:
    """Every number that stands outside the links; the numbers that count headings and annexes are none."""
    for place, block in enumerate(blocks):
        parts = [block.runs] if isinstance(block, Paragraph) else [cell for row in block.rows for cell in row]
        for runs in parts:
            yield from (Bare(place, number, text_of(runs)[:120]) for number in _bare(runs))


def _bare(runs: Runs) -> Iterator[str]:
    for place, run in enumerate(runs):
        if isinstance(run, str):
            yield from numbers_in(_COUNTED.sub("", run) if place == 0 else run)


@dataclass
class Numbering:
    """Counts the headings of each level as they come."""

    counts: list[int] = field(default_factory=lambda: [0, 0, 0, 0])

    def next(self, level: int) -> int:
        """The number of the next heading of a level; deeper ones begin again."""
        self.counts[level - 1] += 1
        self.counts[level:] = [0] * (4 - level)
        return self.counts[level - 1]


def refuse_invented(demo: bool, what: str) -> None:
    """A report on real values takes no invented figure. Raises Unlinkable."""
    if demo:
        raise Unlinkable(
            "invented", gettext_noop("%(what)s is demo data and cannot stand in a report."), {"what": what}
        )
