"""Names of a sheet matched to records: by code or exact name, by memory, by old names, and by what offices vary."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cache
from typing import Any, cast

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from hanfeng.kernel.pack import desk_of
from hanfeng.kernel.record.models import Event, Reader, Record, kind_of
from hanfeng.kernel.roles import visible

from .models import KnownName
from .words import plain, words

NEW = "new"
ASK = 400  # texts asked of the database at once
NEAR = 0.6
MOST_NEAR = 5
MOST_INDEX = 300_000
NAMING = frozenset({"slug", "code", "name", "name_en", "title", "title_en", "number", "username"})


@cache
def paths(model: type[models.Model]) -> tuple[str, ...]:
    """The text fields by which a kind of record is named, its own or of what names it (`body__name`)."""
    found = [f.name for f in model._meta.concrete_fields if f.name in NAMING and _is_text(f)]
    if issubclass(model, Record) and (shown := desk_of(model)):
        found += [path for path in shown[1].search if path.rpartition("__")[2] in NAMING]
    for way in getattr(model, "named_by", ()):
        related: Any = _end_of(model, way)
        found += [f"{way}__{name}" for name in paths(related)]
    return tuple(dict.fromkeys(found))


def _is_text(kept: Any) -> bool:
    return isinstance(kept, models.CharField | models.TextField)


def _end_of(model: Any, way: str) -> Any:
    for step in way.split("__"):
        model = model._meta.get_field(step).remote_field.model
    return model


@cache
def _region() -> re.Pattern[str]:
    return re.compile(words()["names"]["region"])


def core(name: str) -> str:
    """A name without brackets, blanks and width, its form of firm in one spelling: what stays the same."""
    said = plain(name)
    for forms in words()["names"]["forms"]:
        for form in sorted(forms[1:], key=len, reverse=True):
            if said.endswith(form):
                return said[: -len(form)] + str(forms[0])
    return said


def proper(name: str) -> str:
    """The core of a name without the region before it."""
    said = core(name)
    rest = said[len(match[0]) :] if (match := _region().match(said)) else said
    for city in words()["names"]["cities"]:
        rest = rest.removeprefix(city)
    return rest if len(rest) > 3 else said


@dataclass(frozen=True)
class Near:
    """A record that a text may mean: its key, what it is called, how alike (1 is the same but for its spelling), why."""

    key: int
    title: str
    likeness: float
    why: str


@dataclass
class Names:
    """The records of one kind that a person may name, found by text. `decided` is {text: key, NEW or ""}."""

    model: type[Any]
    user: Reader
    body: int | None = None
    decided: Mapping[str, Any] = field(default_factory=dict)
    kept: dict[str, list[int]] = field(default_factory=dict)
    records: dict[int, Any] = field(default_factory=dict)

    def ask(self, texts: Iterable[str]) -> None:
        """Look up texts by code, name and memory, a few hundred at once; what was asked before is kept for this chunk only."""
        wanted = sorted({t for t in texts if t and "\0" not in t})
        self.kept = {}
        for at in range(0, len(wanted), ASK):
            self._exact(wanted[at : at + ASK])
        self._remembered([t for t in wanted if t not in self.kept])
        keys = {key for keys in self.kept.values() for key in keys}
        keys |= {int(k) for t in wanted if (k := self.decided.get(t)) and k != NEW}
        self.records = {r.pk: r for r in self._seen().filter(pk__in=keys).select_related(*_ways(self.model))}

    def _seen(self) -> Any:
        if issubclass(self.model, Record):
            return visible(self.model, self.user)
        return self.model._default_manager.all()

    def _exact(self, texts: Sequence[str]) -> None:
        ways = paths(cast(Any, self.model))
        match = Q(pk__in=())
        for way in ways:
            match |= Q(**{f"{way}__in": texts})
        wanted = set(texts)
        for key, *said in self._seen().filter(match).values_list("pk", *ways):
            for text in wanted.intersection(s for s in said if s):
                keys = self.kept.setdefault(text, [])
                if key not in keys:
                    keys.append(key)

    def _remembered(self, texts: Sequence[str]) -> None:
        kind = self.model._meta.label_lower
        for at in range(0, len(texts), ASK):
            rows = KnownName.objects.filter(kind=kind, body=self.body, text__in=texts[at : at + ASK]).order_by("pk")
            for text, key in rows.values_list("text", "key"):
                self.kept[text] = [key]

    def find(self, text: str) -> Any:
        """The record of a text, NEW, or a sentence that says why there is none. Ask first."""
        choice = self.decided.get(text)
        if choice == NEW:
            return NEW
        keys = [int(choice)] if choice else self.kept.get(text, [])
        found = [self.records[key] for key in keys if key in self.records]
        if len(found) == 1:
            return found[0]
        if found:
            return _("“%(text)s” may be %(n)s different ones: give its code.") % {"text": text, "n": len(found)}
        return _("“%(text)s” is not kept here, or not yours to see.") % {"text": text}

    # --- the review -----------------------------------------------------------------------------------------------

    def nearest(self, texts: Iterable[str]) -> dict[str, list[Near]]:
        """For each text that has no exact record, those it may mean, the likeliest first."""
        index = self._index()
        by_proper: dict[str, list[str]] = {}
        for said in index:
            by_proper.setdefault(proper(said), []).append(said)
        grams = _grams(by_proper)
        return {text: self._near(text, index, by_proper, grams) for text in texts}

    def _index(self) -> dict[str, list[tuple[int, str]]]:
        """Core of a name -> (key, why it is called so): all names of the kind that this person may see, old ones too."""
        found: dict[str, list[tuple[int, str]]] = {}
        ways = paths(cast(Any, self.model))
        rows = self._seen().order_by("pk").values_list("pk", *ways)[:MOST_INDEX]
        for key, *said in rows.iterator(chunk_size=5000):
            for text in said:
                if text:
                    found.setdefault(core(str(text)), []).append((key, ""))
        for key, text in self._old_names():
            found.setdefault(core(text), []).append((key, _("earlier name")))
        return found

    def _old_names(self) -> Iterator[tuple[int, str]]:
        """Names that records bore before, from their history."""
        ways = [(self.model, "pk"), *((_end_of(self.model, w), w) for w in getattr(self.model, "named_by", ()))]
        for model, way in ways:
            if not issubclass(model, Record) or "name" not in {f.name for f in model._meta.fields}:
                continue
            events = Event.objects.filter(kind=kind_of(model), seq__gt=1, data__contains='"name":')
            old: dict[int, set[str]] = {}
            for key, data in events.values_list("key", "data"):
                change = json.loads(data).get("name")
                if isinstance(change, list) and change[0]:
                    old.setdefault(key, set()).add(str(change[0]))
            keys = self._seen().filter(**{f"{way}__in": list(old)}).values_list("pk", way) if old else ()
            yield from ((pk, text) for pk, at in keys for text in sorted(old[at]))

    def _near(
        self, text: str, index: Mapping[str, list[tuple[int, str]]], by_proper: Mapping[str, list[str]], grams: Any
    ) -> list[Near]:
        said, short = core(text), proper(text)
        found: dict[int, Near] = {}

        def add(core_name: str, likeness: float, why: str) -> None:
            for key, own in index.get(core_name, ()):
                if key not in found or found[key].likeness < likeness:
                    found[key] = Near(key, "", likeness, own or why)

        add(said, 1.0, _("same but for its spelling"))
        for other in by_proper.get(short, ()):
            add(other, 0.95, _("same but for the region before it"))
        if not found:
            for other in _close(short, grams):
                likeness = SequenceMatcher(None, short, other).ratio()
                if likeness >= NEAR:
                    for core_name in by_proper[other]:
                        add(core_name, likeness * 0.9, _("alike"))
        best = sorted(found.values(), key=lambda n: (-n.likeness, n.key))[:MOST_NEAR]
        titles = {
            r.pk: str(r) for r in self._seen().filter(pk__in=[n.key for n in best]).select_related(*_ways(self.model))
        }
        return [Near(n.key, titles.get(n.key, ""), n.likeness, n.why) for n in best]


def _ways(model: Any) -> tuple[str, ...]:
    return tuple(getattr(model, "named_by", ()))


def _grams(texts: Iterable[str]) -> dict[str, list[str]]:
    """Two signs side by side -> the texts that have them."""
    found: dict[str, list[str]] = {}
    for text in texts:
        for gram in {text[i : i + 2] for i in range(len(text) - 1)}:
            found.setdefault(gram, []).append(text)
    return found


def _close(text: str, grams: Mapping[str, list[str]], most: int = 30) -> list[str]:
    """The texts that share the most pairs of signs; pairs that very many have say nothing."""
    shared: dict[str, int] = {}
    own = sorted({text[i : i + 2] for i in range(len(text) - 1)}, key=lambda g: len(grams.get(g, ())))
    for gram in own[:8]:
        for other in grams.get(gram, ())[:2000]:
            shared[other] = shared.get(other, 0) + 1
    return sorted(shared, key=lambda t: (-shared[t], t))[:most]


def remember(model: type[models.Model], body: int | None, decided: Mapping[str, Any]) -> None:
    """Keep what texts were decided to mean; what was made new is found by its name from then on."""
    kind = model._meta.label_lower
    wanted = {text[:200]: int(key) for text, key in decided.items() if key and key != NEW}
    KnownName.objects.filter(kind=kind, body=body, text__in=wanted).delete()
    KnownName.objects.bulk_create([KnownName(kind=kind, body=body, text=t, key=k) for t, k in wanted.items()])
