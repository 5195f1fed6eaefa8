"""A text on screen: its paragraphs with each figure a link, and two editions side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from hanfeng.kernel.indicator.models import Reading
from hanfeng.kernel.pack import desk_of
from hanfeng.plan.report.linked import Block, Draft, Linked, Paragraph, Runs, Table
from hanfeng.plan.report.reread import BARE, CHANGED, DROPPED, STRANGE, UNLINKED, Finding

LEVELS = {"level1": 2, "annex_label": 2, "annex_title": 2, "level2": 3, "level3": 4}

KINDS: Mapping[str, Any] = {
    "reading": gettext_lazy("published reading"),
    "plan": gettext_lazy("figure of the plan"),
    "computed": gettext_lazy("computed from readings"),
    "count": pgettext_lazy("kind of a figure", "count"),
    "day": pgettext_lazy("kind of a figure", "day"),
    "name": pgettext_lazy("kind of a figure", "name that holds a number"),
    "quote": gettext_lazy("words of a body"),
    "lead": gettext_lazy("lead, to be verified"),
    "stated": gettext_lazy("an officer answers for it"),
}

FOUND: Mapping[str, Any] = {
    CHANGED: gettext_lazy("changed by hand"),
    UNLINKED: gettext_lazy("its link was taken off"),
    BARE: gettext_lazy("no reading backs it"),
    STRANGE: gettext_lazy("link of another paper"),
    DROPPED: gettext_lazy("no longer in the text"),
}


class Addresses:
    """Where each figure of a text is opened; the readings are asked for once."""

    def __init__(self, links: Iterable[Linked]) -> None:
        slugs = {slug for link in links for slug in (*link.rests, *_own(link))}
        shown = desk_of(Reading)
        rows = Reading.everything.filter(slug__in=slugs).only("pk", "slug") if slugs else ()
        self.readings = {row.slug: shown[1].at(row) for row in rows} if shown else {}

    def of(self, link: Linked) -> str:
        """The page of a reading, else the page the link names, else that of the first reading it rests on."""
        own = next((self.readings[slug] for slug in _own(link) if slug in self.readings), "")
        return own or link.url or next((self.readings[slug] for slug in link.rests if slug in self.readings), "")


def _own(link: Linked) -> tuple[str, ...]:
    """The reading a link stands for itself."""
    if not link.key.startswith("reading:"):
        return ()
    slug = link.key.removeprefix("reading:")
    return (slug, slug.rsplit(".", 1)[0]) if "." in slug else (slug,)


def shown(draft: Draft, findings: Sequence[Finding] = ()) -> list[dict[str, Any]]:
    """The blocks of a text, ready to draw."""
    addresses = Addresses(draft.links)
    marked = {(f.place, f.key, f.found) for f in findings if f.is_open}
    blocks, annex = [], False
    for place, block in enumerate(draft.blocks):
        annex = annex or (isinstance(block, Paragraph) and block.style == "annex_label")
        blocks.append({"place": place, "annex": annex, **_block(block, place, addresses, marked)})
    return blocks


def _block(block: Block, place: int, addresses: Addresses, marked: set[tuple[int, str, str]]) -> dict[str, Any]:
    def drawn(runs: Runs) -> list[dict[str, Any]]:
        return [_run(run, place, addresses, marked) for run in runs]

    if isinstance(block, Paragraph):
        return {"style": block.style.replace("_", "-"), "level": LEVELS.get(block.style, 0), "runs": drawn(block.runs)}
    rows = [
        [{"runs": drawn(cell), "head": head} for cell, head in zip(row, block.head, strict=False)] for row in block.rows
    ]
    return {"style": "table", "head": block.head, "rows": rows}


def _run(run: str | Linked, place: int, addresses: Addresses, marked: set[tuple[int, str, str]]) -> dict[str, Any]:
    if isinstance(run, str):
        return {"text": run}
    bad = (place, run.key, run.text) in marked
    source = " · ".join(part for part in (str(KINDS.get(run.kind, run.kind)), run.source) if part)
    return {"text": run.text, "url": addresses.of(run), "title": source, "kind": run.kind, "bad": bad}


def figures(draft: Draft) -> list[dict[str, Any]]:
    """Each figure of a text once: what it says, what it is, where it is from."""
    addresses = Addresses(draft.links)
    seen: dict[tuple[str, str], dict[str, Any]] = {}
    for link in draft.links:
        if link.kind in ("name", "day"):
            continue
        kept = seen.setdefault(
            (link.key, link.text),
            {"text": link.text, "key": link.key, "kind": str(KINDS.get(link.kind, link.kind)), "url": addresses.of(link),
             "source": link.source, "rests": len(link.rests), "count": 0},
        )  # fmt: skip
        kept["count"] += 1
    return list(seen.values())


def told(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """The findings in words, those to settle first."""
    rows = [
        {
            "place": place, "kind": f.kind, "title": str(FOUND[f.kind]), "found": f.found, "expected": f.expected, "key": f.key,
            "around": f.around, "open": f.is_open, "restorable": f.kind in (CHANGED, UNLINKED),
            "answerable": f.kind in (CHANGED, UNLINKED, BARE),
        }
        for place, f in enumerate(findings)
    ]  # fmt: skip
    return sorted(rows, key=lambda row: not row["open"])


def places(draft: Draft) -> list[str]:
    """The places of a text that a comment may name: each heading with its paragraphs, before the annexes."""
    found, heading, count = [], "", 0
    for block in draft.body:
        if not isinstance(block, Paragraph):
            continue
        if block.style in LEVELS:
            heading, count = block.text, 0
            found.append(heading[:100])
        elif block.style == "body" and heading:
            count += 1
            found.append(_("%(heading)s, paragraph %(number)s") % {"heading": heading[:80], "number": count})
    return found


# --- two editions side by side --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """Words of a paragraph; `kind` is empty where both editions have them, else old or new."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Pair:
    """A paragraph in both editions; `kind`: same, changed, added, removed. `skipped` stands for a run of equal ones."""

    kind: str
    left: tuple[Piece, ...] = ()
    right: tuple[Piece, ...] = ()
    skipped: int = 0


AROUND = 1
"""Equal paragraphs shown beside a changed one."""


def compared(left: Draft, right: Draft, everything: bool = False) -> list[Pair]:
    """The paragraphs and table rows of two editions side by side; long equal parts are folded."""
    first, second = list(lines(left)), list(lines(right))
    pairs: list[Pair] = []
    for op, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if op == "equal":
            pairs += [Pair("same", (Piece(text),), (Piece(text),)) for text in first[a:b]]
        else:
            pairs += _changed(first[a:b], second[c:d])
    return pairs if everything else _folded(pairs)


def lines(draft: Draft) -> Iterator[str]:
    """The paragraphs and the rows of tables as lines of words."""
    for block in draft.blocks:
        if isinstance(block, Table):
            yield from block.text.split("\n")
        else:
            yield block.text


def _changed(left: Sequence[str], right: Sequence[str]) -> Iterator[Pair]:
    """Paragraphs that replace one another, the most alike together."""
    start = 0
    for text in left:
        like = [(SequenceMatcher(None, text, other).quick_ratio(), n) for n, other in enumerate(right[start:], start)]
        best = max(like, default=(0.0, 0))
        if best[0] < 0.5:
            yield Pair("removed", (Piece(text, "old"),))
            continue
        yield from (Pair("added", (), (Piece(other, "new"),)) for other in right[start : best[1]])
        yield Pair("changed", *_words(text, right[best[1]]))
        start = best[1] + 1
    yield from (Pair("added", (), (Piece(other, "new"),)) for other in right[start:])


def _words(left: str, right: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    old, new = [], []
    for op, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if left[a:b]:
            old.append(Piece(left[a:b], "" if op == "equal" else "old"))
        if right[c:d]:
            new.append(Piece(right[c:d], "" if op == "equal" else "new"))
    return tuple(old), tuple(new)


def _folded(pairs: Sequence[Pair]) -> list[Pair]:
    near = {n + step for n, pair in enumerate(pairs) if pair.kind != "same" for step in range(-AROUND, AROUND + 1)}
    found: list[Pair] = []
    for place, pair in enumerate(pairs):
        if place in near:
            found.append(pair)
        elif found and found[-1].skipped:
            found[-1] = Pair("same", skipped=found[-1].skipped + 1)
        else:
            found.append(Pair("same", skipped=1))
    return found
