"""What plans may promise (commitments) and set figures for (measures). A county may add its own to the shared ones."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hanfeng.kernel.pure import Words

from .files import LoadError, Problem, Row, did_you_mean, read_csv, toml_tables

KINDS = ("S", "M", "P")
DIRECTIONS = ("up", "down", "none")
FORMS = ("ratio", "stock", "flow", "rate", "amount", "coverage", "state")
MEANINGS = ("ever", "valid", "unsaid")
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def _lang(lang: str) -> str:
    return lang or get_language() or "zh"


@dataclass(frozen=True)
class Group:
    """A field of work that commitments, or measures, belong to."""

    id: str
    words: Words

    def name(self, lang: str = "") -> str:
        """Its name in a language; in the reader's when none is given."""
        return self.words.get(_lang(lang))


@dataclass(frozen=True)
class Commitment:
    """A thing that a plan may promise to build or run. `kind`: S a system, M a mechanism with records, P a programme."""

    id: str
    kind: str
    group: str
    words: Words
    does: Words

    def name(self, lang: str = "") -> str:
        """Its name in a language; in the reader's when none is given."""
        return self.words.get(_lang(lang))


@dataclass(frozen=True)
class Measure:
    """A thing that a plan may set a figure for, with its card. The fields are those of docs/plan-format.md.

    `release_months` is None where unknown; `target_means`, `increment_of` and `part_of` are empty where they do not apply.
    """

    id: str
    words: Words
    unit: Words
    decimals: int
    direction: str
    form: str
    group: str
    meaning: Words
    formula: Words
    scope: Words
    source: Words
    competent: Words
    release_months: int | None = None
    release_confidence: str = ""
    target_means: str = ""
    increment_of: str = ""
    part_of: str = ""
    apart_from: tuple[str, ...] = ()

    def name(self, lang: str = "") -> str:
        """Its name in a language; in the reader's when none is given."""
        return self.words.get(_lang(lang))

    @property
    def has_card(self) -> bool:
        """Whether it says how it is computed, which a measure needs before a target may name it."""
        return all(words.zh for words in (self.meaning, self.formula, self.scope, self.source, self.competent))


@dataclass(frozen=True)
class Vocabulary:
    """Both vocabularies, by id."""

    commitments: Mapping[str, Commitment]
    groups: Mapping[str, Group]
    measures: Mapping[str, Measure]
    measure_groups: Mapping[str, Group]


def commitments(county: Path | None = None) -> Mapping[str, Commitment]:
    """Every commitment by id, in the order of the vocabulary; those of the site's county unless another is named."""
    return vocabulary(county).commitments


def groups(county: Path | None = None) -> Mapping[str, Group]:
    """Every group of commitments by id."""
    return vocabulary(county).groups


def measures(county: Path | None = None) -> Mapping[str, Measure]:
    """Every measure by id."""
    return vocabulary(county).measures


def measure_groups(county: Path | None = None) -> Mapping[str, Group]:
    """Every group of measures by id."""
    return vocabulary(county).measure_groups


def vocabulary(county: Path | None = None) -> Vocabulary:
    """The shared vocabulary and what a county adds to it. Raises LoadError."""
    return _vocabulary(Path(county or settings.COUNTY).resolve())


@cache
def _vocabulary(county: Path) -> Vocabulary:
    problems: list[Problem] = []
    folders = [files("hanfeng.plan") / "vocabulary", county / "vocabulary"]
    known = Vocabulary({}, {}, {}, {})
    for folder in folders:
        known = _more(known, folder, problems)
    _check_links(known, problems)
    if problems:
        raise LoadError(problems)
    return known


def _more(known: Vocabulary, folder: Path | Traversable, problems: list[Problem]) -> Vocabulary:
    """The vocabulary with what one folder adds; a file that is not there adds nothing."""
    groups = {**known.groups, **_groups(folder / "groups.csv", known.groups, problems)}
    measure_groups = {**known.measure_groups, **_groups(folder / "measure_groups.csv", known.measure_groups, problems)}
    commitments = {**known.commitments, **_commitments(folder / "commitments.csv", known.commitments, groups, problems)}
    measures = {**known.measures, **_measures(folder / "measures.toml", known.measures, measure_groups, problems)}
    return Vocabulary(commitments, groups, measures, measure_groups)


def _name(path: Path | Traversable) -> str:
    return f"vocabulary/{path.name}"


def _new(rows: list[Row], known: Collection[str]) -> Iterator[tuple[str, Row]]:
    """Rows by their id; an id that is malformed or taken is noted and left out."""
    taken = set(known)
    for row in rows:
        found = row.text("id")
        if not SLUG.fullmatch(found):
            what = _("“%(id)s” is not an id.") % {"id": found}
            row.wrong("id", what, _("Write small letters and digits, joined by single hyphens."))
        elif found in taken:
            what = _("The id “%(id)s” is taken already.") % {"id": found}
            row.wrong("id", what, _("Choose another id: ids of the shared vocabulary cannot be given again."))
        else:
            taken.add(found)
            yield found, row


def _groups(path: Path | Traversable, known: Collection[str], problems: list[Problem]) -> dict[str, Group]:
    if not path.is_file():
        return {}
    rows = read_csv(path, _name(path), ("id", "zh", "en"), problems)
    return {found: Group(found, _words(row)) for found, row in _new(rows, known)}


def _commitments(
    path: Path | Traversable, known: Collection[str], groups: Collection[str], problems: list[Problem]
) -> dict[str, Commitment]:
    if not path.is_file():
        return {}
    columns = ("id", "kind", "group", "zh", "en", "does_zh", "does_en")
    rows = read_csv(path, _name(path), columns, problems)
    return {
        found: Commitment(
            found, _one_of(row, "kind", KINDS), _one_of(row, "group", groups), _words(row), _pair(row, "does")
        )
        for found, row in _new(rows, known)
    }


def _measures(
    path: Path | Traversable, known: Collection[str], groups: Collection[str], problems: list[Problem]
) -> dict[str, Measure]:
    if not path.is_file():
        return {}
    rows = list(toml_tables(path, _name(path), problems).values())
    return {found: _measure(row, groups) for found, row in _new(rows, known)}


PAIRS = ("unit", "meaning", "formula", "scope", "source", "competent")
SINGLE = ("id", "zh", "en", "decimals", "direction", "form", "group", "release_months", "release_confidence")
LINKS = ("target_means", "increment_of", "part_of", "apart_from")
FIELDS = (*SINGLE, *LINKS, *(f"{pair}_{lang}" for pair in PAIRS for lang in ("zh", "en")))


def _measure(row: Row, groups: Collection[str]) -> Measure:
    for column in row.cells:
        if column not in FIELDS:
            row.wrong(
                column, _("A measure has no field “%(field)s”.") % {"field": column}, did_you_mean(column, FIELDS)
            )
    months = row.cells.get("release_months")
    return Measure(
        id=row.text("id"), words=_words(row), unit=_pair(row, "unit"), decimals=_whole(row, "decimals"),
        direction=_one_of(row, "direction", DIRECTIONS), form=_one_of(row, "form", FORMS), group=_one_of(row, "group", groups),
        meaning=_pair(row, "meaning"), formula=_pair(row, "formula"), scope=_pair(row, "scope"),
        source=_pair(row, "source"), competent=_pair(row, "competent"),
        release_months=None if months is None else _whole(row, "release_months"),
        release_confidence=_one_of(row, "release_confidence", ("confirmed", "unconfirmed")) if months is not None else "",
        target_means=_one_of(row, "target_means", MEANINGS) if "target_means" in row.cells else "",
        increment_of=row.text("increment_of"), part_of=row.text("part_of"),
        apart_from=tuple(row.cells.get("apart_from", ())),
    )  # fmt: skip


def _words(row: Row) -> Words:
    if not row.text("zh"):
        row.wrong("zh", _("The Chinese name is missing."), _("Write it."))
    return Words(row.text("zh"), row.text("en"))


def _pair(row: Row, name: str) -> Words:
    return Words(row.text(f"{name}_zh"), row.text(f"{name}_en"))


def _whole(row: Row, column: str) -> int:
    value: Any = row.cells.get(column)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    row.wrong(column, _("“%(value)s” is not a whole number.") % {"value": value}, _("Write digits only."))
    return 0


def _one_of(row: Row, column: str, choices: Collection[str]) -> str:
    value = row.text(column)
    if value not in choices:
        what = _("“%(value)s” is not a value of this column.") % {"value": value}
        row.wrong(column, what, one_of(value, choices))
    return value


def one_of(value: str, choices: Collection[str]) -> str:
    """Advice on a choice: all of them when they are few, else the nearest."""
    few = _("Write one of: %(choices)s.") % {"choices": ", ".join(choices)} if len(choices) <= 12 else ""
    return few or did_you_mean(value, choices, _("Write one that exists, or add it first."))


def _check_links(known: Vocabulary, problems: list[Problem]) -> None:
    """The measures a measure speaks of exist."""
    for measure in known.measures.values():
        for other in (measure.increment_of, measure.part_of, *measure.apart_from):
            if other and other not in known.measures:
                what = _("The measure “%(id)s” speaks of “%(other)s”, which does not exist.")
                told = what % {"id": measure.id, "other": other}
                problems.append(
                    Problem("vocabulary/measures.toml", 1, measure.id, told, did_you_mean(other, known.measures))
                )
