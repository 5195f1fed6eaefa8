"""What is searched of each kind of record: read from its desk once, then applied to many records at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.db.models import prefetch_related_objects
from django.utils import translation

from hanfeng.kernel.desk.desk import Desk
from hanfeng.kernel.pack import Pack, catalogue
from hanfeng.kernel.record.models import Record

from .places import of_record
from .words import plain


@dataclass(frozen=True)
class Path:
    """A text of a related record that a record is found by too: the way there, and the field."""

    way: tuple[str, ...]
    field: str
    model: type[models.Model]

    def value(self, record: Any) -> str:
        for step in self.way:
            record = getattr(record, step)
            if record is None:
                return ""
        return str(getattr(record, self.field) or "")


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of record that is searched."""

    pack: Pack
    desk: Desk

    @property
    def model(self) -> type[Record]:
        return self.desk.model

    @property
    def name(self) -> str:
        return str(self.model._meta.label_lower)

    @cached_property
    def texts(self) -> tuple[models.Field[Any, Any], ...]:
        """Its own texts: those the desk shows, takes or is searched by; never personal ones."""
        desk = self.desk
        shown = (
            n for n in (*desk.search, *desk.columns, *desk.facts, *desk.form) if isinstance(n, str) and "__" not in n
        )
        fields: list[Any] = [self.model._meta.get_field(n) for n in dict.fromkeys(shown)]
        beside = {f.name: f for f in self.model._meta.concrete_fields}
        fields += [beside[f"{f.name}_en"] for f in fields if f"{f.name}_en" in beside]
        left = {*self.model.personal, *desk.searched.leave_out}
        found = {
            f.name: f for f in fields if _is_text(f) and f.name not in left and not (desk.flow and f.name == "state")
        }
        return tuple(found.values())

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """Texts of related records: the way of each path in `desk.search`, and of what the record is named by."""
        found: dict[tuple[tuple[str, ...], str], Path] = {}
        for path in self.desk.search:
            *way, last = path.split("__")
            target = _follow(self.model, way) if way else None
            if target is None:
                continue
            for name in (last, f"{last}_en"):
                if _has_text(target, name):
                    found[tuple(way), name] = Path(tuple(way), name, target)
        return tuple(found.values())

    @cached_property
    def ways(self) -> tuple[tuple[str, ...], ...]:
        """The relations that its texts or its name need."""
        named = (tuple(path.split("__")) for path in self.model.named_by)
        known = (way for way in named if _follow(self.model, way))
        return tuple(dict.fromkeys((*known, *(p.way for p in self.paths))))

    def read_from(self, way: tuple[str, ...], target: type[models.Model]) -> set[str]:
        """The fields at the end of a way that its texts hold: any text, where a function puts them together."""
        if self.desk.searched.words:
            return {f.name for f in target._meta.concrete_fields if _is_text(f)}
        return {p.field for p in self.paths if p.way == way}

    @cached_property
    def joined(self) -> tuple[str, ...]:
        """What is read with a record to show it: the relations of its list, of its name and of its texts."""
        return tuple(dict.fromkeys((*self.desk.related, *("__".join(way) for way in self.ways))))

    @cached_property
    def day(self) -> str:
        """The date that a result shows: the declared one, else the first in the list."""
        if self.desk.searched.day:
            return self.desk.searched.day
        for column in self.desk.columns:
            if isinstance(column, str) and isinstance(self.model._meta.get_field(column), models.DateField):
                return column
        return ""

    def lines(self, record: Any) -> Iterator[tuple[Any, str]]:
        """(label, text) of what a record is found by beside its name, in the language now spoken."""
        for field in self.texts:
            value = getattr(record, field.attname)
            if value:
                yield (
                    field.verbose_name,
                    str(dict(field.flatchoices).get(value, value) if field.choices else value),
                )
        for path in self.paths:
            if value := path.value(record):
                yield path.model._meta.verbose_name, value
        if self.desk.searched.words:
            yield "", str(self.desk.searched.words(record))


def _is_text(field: Any) -> bool:
    return isinstance(field, models.CharField | models.TextField)


def _has_text(model: type[models.Model], name: str) -> bool:
    known = {f.name: f for f in model._meta.concrete_fields}
    return name in known and _is_text(known[name]) and name not in getattr(model, "personal", ())


def _follow(model: type[models.Model], way: Sequence[str]) -> type[models.Model] | None:
    """The model at the end of forward keys; None when the way leads elsewhere or to an account."""
    for step in way:
        field = {f.name: f for f in model._meta.concrete_fields}.get(step)
        if not isinstance(field, models.ForeignKey):
            return None
        model = field.remote_field.model
    return None if issubclass(model, AbstractBaseUser) else model


@cache
def kinds() -> dict[type[models.Model], Kind]:
    """Every kind that is searched, by its model: the first desk that shows it says how."""
    found: dict[type[models.Model], Kind] = {}
    for pack in catalogue():
        for desk in pack.desks:
            if desk.model not in found:
                found[desk.model] = Kind(pack, desk)
    return {model: kind for model, kind in found.items() if not kind.desk.searched.off}


@dataclass(frozen=True, eq=False)
class Follower:
    """Records of a kind that take words from a related one: how to find them, the fields whose change matters, and
    whether its name does."""

    kind: Kind
    lookup: str
    fields: frozenset[str]
    by_name: bool


@cache
def followers() -> dict[type[models.Model], tuple[Follower, ...]]:
    """For each model, whose words change with its own."""
    found: dict[type[models.Model], list[Follower]] = {}
    for kind in kinds().values():
        for way in kind.ways:
            for depth in range(1, len(way) + 1):
                target = _follow(kind.model, way[:depth])
                if target is None:
                    continue
                last = depth == len(way)
                fields = kind.read_from(way, target) if last else {way[depth]}
                by_name = last and "__".join(way) in kind.model.named_by
                found.setdefault(target, []).append(Follower(kind, "__".join(way[:depth]), frozenset(fields), by_name))
    return {model: tuple(told) for model, told in found.items()}


# --- the passages of records ------------------------------------------------------------------------------------------


def passages(kind: Kind, records: Sequence[Any]) -> list[tuple[int, int, str, str, str]]:
    """The rows of the index for records of a kind, as (place, record, title, body, text): in all languages of the site."""
    for way in kind.ways:
        prefetch_related_objects(records, "__".join(way))
    titles: list[list[str]] = [[] for _record in records]
    spoken: list[list[str]] = [[] for _record in records]
    words = kind.desk.searched.words
    for language, _title in settings.LANGUAGES:
        with translation.override(language):
            for at, record in enumerate(records):
                titles[at].append(str(record))
                if words:
                    spoken[at].append(str(words(record)))
    return [
        (of_record(kind.model, r.pk), r.pk, *_forms(kind, r, heads, more), "")
        for r, heads, more in zip(records, titles, spoken, strict=True)
    ]


def _forms(kind: Kind, record: Any, heads: Iterable[str], more: Iterable[str]) -> tuple[str, str]:
    """The plain title and body of a record. A personal value that a text repeats is cut out of it."""
    private = _private(record)
    names = dict.fromkeys(plain(_without(h, private)) for h in heads)
    own = (_said(f, getattr(record, f.attname)) for f in kind.texts)
    found = dict.fromkeys(
        plain(_without(text, private)) for text in (*own, *(p.value(record) for p in kind.paths), *more) if text
    )
    return " ".join(names).strip(), " ".join(text for text in found if text and text not in names)


def _said(field: Any, value: Any) -> str:
    if not value or not field.choices:
        return str(value or "")
    return _choice(field, value)


@cache
def _choice(field: Any, value: Any) -> str:
    """A choice in every language of the site."""
    said = []
    for language, _title in settings.LANGUAGES:
        with translation.override(language):
            said.append(str(dict(field.flatchoices).get(value, value)))
    return " ".join(said)


def _private(record: Any) -> list[str]:
    values = (str(getattr(record, name) or "").strip() for name in record.personal)
    return [v for v in values if len(v) > 1]


def _without(text: str, private: list[str]) -> str:
    for value in private:
        text = text.replace(value, " ")
    return text
