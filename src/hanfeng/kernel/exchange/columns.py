"""Which column fills which field: by the names of the field in both languages, usual other headings, likeness, and memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Any
from unicodedata import normalize

from django.db import models
from django.utils import timezone

from hanfeng.kernel.desk.desk import Desk

from .declare import Part
from .models import KnownColumn
from .words import in_both, plain, words

LIKE = 0.78
BRACKETS = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True)
class Target:
    """What a column may fill: a field of the desk's form, or of a record that the line brings along (`part`)."""

    name: str
    field: Any
    part: Part | None = None

    @property
    def label(self) -> str:
        """The heading of the column in the reader's language."""
        return str(self.field.verbose_name)

    @property
    def needed(self) -> bool:
        """Whether a new record cannot do without it."""
        return not self.part and not self.field.blank and not self.field.has_default() and not _made(self.field)

    @property
    def unit(self) -> Decimal | None:
        """What the unit of money in its name is worth in yuan; None when its name has none."""
        return next((u for word in in_both(self.field.verbose_name) if (u := unit_of(word))), None)


def _made(field: Any) -> bool:
    """An id that is made for a line that gives none."""
    return isinstance(field, models.SlugField) and field.unique


def targets(desk: Desk) -> tuple[Target, ...]:
    """The columns of a desk's sheet, in the order of its form; what a line brings along beside its foreign key."""
    kept: tuple[Target, ...] = desk.__dict__.get("_sheet_targets") or desk.__dict__.setdefault(
        "_sheet_targets", _targets(desk)
    )
    return kept


def _targets(desk: Desk) -> tuple[Target, ...]:
    parts = {part.field: part for part in desk.exchange.parts}
    found = []
    for name in desk.form or tuple(c for c in desk.columns if isinstance(c, str)):
        found.append(Target(name, desk.model._meta.get_field(name)))
        if part := parts.get(name):
            found += [Target(f"{name}.{c}", part.model._meta.get_field(c), part) for c in part.columns[1:]]
    return tuple(found)


def names_of(desk: Desk, target: Target) -> Iterator[str]:
    """Every heading by which a target is known, in plain form."""
    own = target.name.rpartition(".")[2]
    yield from (plain(own), plain(target.name))
    for word in (target.field.verbose_name, *desk.exchange.aliases.get(target.name, ())):
        for text in in_both(word):
            yield plain(text)
            yield plain(bare(text))
    yield from (plain(word) for word in words()["fields"].get(own, ()))


def known_names(desk: Desk) -> Mapping[str, tuple[str, ...]]:
    """Plain heading -> the targets it may mean, those whose own name it is first; made once for each desk."""
    kept: Mapping[str, tuple[str, ...]] | None = desk.__dict__.get("_sheet_names")
    return kept or desk.__dict__.setdefault("_sheet_names", _known_names(desk))


def _known_names(desk: Desk) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for target in targets(desk):
        for name in names_of(desk, target):
            kept = found.setdefault(name, []) if name else []
            if target.name not in kept:
                kept.append(target.name)
    return {name: tuple(kept) for name, kept in found.items()}


def bare(text: str) -> str:
    """A heading without what stands in brackets, such as its unit."""
    return BRACKETS.sub("", normalize("NFKC", text)).strip()


def unit_of(text: str) -> Decimal | None:
    """What the unit of money in the brackets of a heading is worth in yuan; None when there is none."""
    for inside in BRACKETS.findall(normalize("NFKC", text)):
        if (found := words()["units"].get("".join(inside.split()).casefold())) is not None:
            return Decimal(found)
    return None


def factor(heading: str, target: Target) -> Decimal:
    """By what the numbers of a column are to be multiplied, when its heading names another unit of money."""
    said, wanted = unit_of(heading), target.unit
    return said / wanted if said and wanted else Decimal(1)


def guess(desk: Desk, headings: Sequence[str], body: int | None) -> dict[int, str]:
    """{place of a column: target} as remembered, else as the names say, else as they are alike; each target once."""
    remembered = _remembered(desk, headings, body)
    offers = sorted(_offers(desk, headings, remembered), key=lambda o: (-o[0], o[1]))
    found: dict[int, str] = {}
    for _score, place, name in offers:
        if place not in found and name not in found.values():
            found[place] = name
    return {place: name for place, name in sorted(found.items()) if name}


def _offers(desk: Desk, headings: Sequence[str], remembered: Mapping[str, str]) -> Iterator[tuple[float, int, str]]:
    known = known_names(desk)
    all_targets = {target.name for target in targets(desk)}
    for place, heading in enumerate(headings):
        if not heading:
            continue
        if (kept := remembered.get(plain(heading))) is not None and (kept in all_targets or not kept):
            yield 3.0, place, kept or f"\0{place}"
            continue
        last = heading.split(" ")[-1]
        for text, worth in ((heading, 2.0), (bare(heading), 1.9), (last, 1.6), (bare(last), 1.5)):
            for turn, name in enumerate(known.get(plain(text), ())):
                yield worth - 0.02 * turn, place, name
        yield from _alike(plain(bare(heading)), place, known)


def _alike(text: str, place: int, known: Mapping[str, Iterable[str]]) -> Iterator[tuple[float, int, str]]:
    if len(text) < 2:
        return
    for name, meant in known.items():
        if abs(len(name) - len(text)) > max(len(name), len(text)) / 2 or len(name) < 2:
            continue
        likeness = SequenceMatcher(None, text, name).ratio()
        if likeness >= LIKE:
            yield from ((likeness, place, target) for target in meant)


def cleaned(found: Mapping[int, str]) -> dict[int, str]:
    """A guess without the columns that are to be left out."""
    return {place: name for place, name in found.items() if not name.startswith("\0")}


def _remembered(desk: Desk, headings: Sequence[str], body: int | None) -> dict[str, str]:
    rows = KnownColumn.objects.filter(desk=desk.url, heading__in={plain(h)[:200] for h in headings if h}, body=body)
    return {row.heading: row.field for row in rows.order_by("pk")}


def remember(desk: Desk, headings: Sequence[str], chosen: Mapping[int, str], body: int | None) -> None:
    """Keep what somebody decided for his body and this desk; the newest counts."""
    wanted = {plain(h)[:200]: chosen.get(place, "") for place, h in enumerate(headings) if h}
    kept = {row.heading: row for row in KnownColumn.objects.filter(desk=desk.url, body=body, heading__in=wanted)}
    for heading, name in wanted.items():
        if heading in kept:
            KnownColumn.objects.filter(pk=kept[heading].pk).update(field=name, at=timezone.now())
        else:
            KnownColumn.objects.create(desk=desk.url, body=body, heading=heading, field=name)
