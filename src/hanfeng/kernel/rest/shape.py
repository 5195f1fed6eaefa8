"""How a record of a desk looks as JSON: a plan made once per desk, and its schema for the document.

Dates, numbers and flags go as what they are, decimals as text so that no digit is lost, choices as their codes, a related
record as {id, title, href}, a personal field masked as on every page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter
from typing import Any

import orjson
from django.db import models

from hanfeng.kernel.desk.desk import Column, Desk
from hanfeng.kernel.pack import catalogue
from hanfeng.kernel.record.models import Record, kind_of

ROOT = "/api/v1"
META = ("id", "version", "recorded_at", "changed_at", "demo", "href", "title")
CASE = ("state", "entered_at", "due_at", "filed_by")
Read = Callable[[Any], Any]


def at(desk: Desk) -> str:
    """The address of a desk in the interface."""
    return f"{ROOT}/{desk.model._meta.app_label}/{desk.slug}"


@dataclass(frozen=True)
class Member:
    """One member of the JSON of a record. `kept` is its field, None for what is computed."""

    name: str
    title: Any
    read: Read
    kept: Any = None
    masked: bool = False


@dataclass(frozen=True)
class Shape:
    """The rendering plan of a desk: its members in order, and the relations to be fetched with its rows."""

    desk: Desk
    address: str
    members: tuple[Member, ...]
    related: tuple[str, ...]
    pairs: tuple[tuple[str, Read], ...] = field(repr=False)

    def render(self, record: Any) -> dict[str, Any]:
        """A record as what orjson writes."""
        told = {
            "id": record.pk,
            "version": record.version,
            "recorded_at": record.created_at,
            "changed_at": record.changed_at,
            "demo": record.demo,
            "href": f"{self.address}/{record.pk}",
            "title": str(record),
        }
        for name, read in self.pairs:
            told[name] = read(record)
        return told

    def member(self, name: str) -> Member | None:
        """The member with this name, or None."""
        return next((m for m in self.members if m.name == name), None)

    def before(self, record: Record, values: Mapping[str, Any]) -> dict[str, Any]:
        """The members of a record as they were with other values: what a conflict shows."""
        old = copy(record)
        names = {m.name for m in self.members}
        for name, value in values.items():
            setattr(old, name, value)
        told = self.render(old)
        return {name: told[name] for name in values if name in names}


def dumps(value: Any) -> bytes:
    """JSON as fast as it gets; lazy words and decimals as text."""
    return orjson.dumps(value, default=str)


def shape_of(desk: Desk) -> Shape:
    """The plan of a desk, made when it is asked for first."""
    kept: Shape | None = desk.__dict__.get("_rest_shape")
    return kept or desk.__dict__.setdefault("_rest_shape", _shape(desk))


def _shape(desk: Desk) -> Shape:
    model = desk.model
    fields = {f.name: f for f in model._meta.concrete_fields}
    listed = (*desk.form, *desk.facts, *desk.columns)
    names = [c.name if isinstance(c, Column) else c for c in listed]
    wanted = dict.fromkeys((*(CASE if desk.flow else ()), *names))
    columns = {c.name: c for c in listed if isinstance(c, Column)}
    members = [
        _member(desk, fields[name]) if name in fields else Member(name, columns[name].title, _computed(columns[name]))
        for name in wanted
        if name not in META
    ]
    keys = [m.kept for m in members if isinstance(m.kept, models.ForeignKey)]
    ways = [w for k in keys for w in (k.name, *(f"{k.name}__{x}" for x in getattr(k.related_model, "named_by", ())))]
    related = tuple(dict.fromkeys((*ways, *desk.related)))
    return Shape(desk, at(desk), tuple(members), related, tuple((m.name, m.read) for m in members))


def _member(desk: Desk, kept: Any) -> Member:
    title = getattr(kept, "verbose_name", kept.name)
    if mask := desk.mask(kept.name):
        name = kept.name
        return Member(name, title, lambda record: mask(str(getattr(record, name) or "")), kept, masked=True)
    if isinstance(kept, models.ForeignKey):
        return Member(kept.name, title, _link(kept), kept)
    return Member(kept.name, title, attrgetter(kept.name), kept)


def _link(kept: Any) -> Read:
    """A related record in short. Its address is told where a desk shows its kind."""
    name, key = kept.name, kept.attname
    other = kept.related_model

    def read(record: Any) -> dict[str, Any] | None:
        pk = getattr(record, key)
        if pk is None:
            return None
        return {"id": pk, "title": str(getattr(record, name)), "href": _href(other, pk)}

    return read


def _href(model: type[Any], pk: int) -> str | None:
    address = _addresses().get(kind_of(model))
    return f"{address}/{pk}" if address else None


@cache
def _addresses() -> dict[str, str]:
    return {kind_of(desk.model): at(desk) for pack in catalogue() for desk in pack.desks}


def _computed(column: Column) -> Read:
    value = column.value

    def read(record: Any) -> Any:
        found = value(record)
        if isinstance(found, models.Model):
            return {"id": found.pk, "title": str(found), "href": _href(type(found), found.pk)}
        return found if found is None or isinstance(found, str | int | float | bool) else str(found)

    return read


# --- schemas ----------------------------------------------------------------------------------------------------------


def schema_of(kept: Any, *, writing: bool) -> dict[str, Any]:
    """The JSON Schema of a field, with its name and choices in the reader's language."""
    told: dict[str, Any] = {"title": str(getattr(kept, "verbose_name", kept.name))}
    if said := str(getattr(kept, "help_text", "") or ""):
        told["description"] = said
    core = _core(kept, writing)
    if kept.null or (writing and kept.blank):
        core = {"anyOf": [core, {"type": "null"}]}
    return {**told, **core}


def _core(kept: Any, writing: bool) -> dict[str, Any]:
    if isinstance(kept, models.ForeignKey):
        ref = {"$ref": "#/components/schemas/Link"}
        key = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
        return {"anyOf": [key, {"$ref": "#/components/schemas/Key"}]} if writing else ref
    if kept.choices:
        offered = [{"const": v, "title": str(t)} for v, t in kept.flatchoices if v not in (None, "")]
        empty = [{"const": "", "title": "—"}] if kept.blank or not writing else []
        return {"oneOf": [*offered, *empty]} if writing else {"anyOf": [*offered, {"type": _json_type(kept)}]}
    return _plain(kept, writing)


def _json_type(kept: Any) -> str:
    return "integer" if isinstance(kept, models.IntegerField) else "string"


def _plain(kept: Any, writing: bool) -> dict[str, Any]:
    for kind, schema in _KINDS:
        if isinstance(kept, kind):
            return dict(schema)
    if isinstance(kept, models.DecimalField):
        text = {"type": "string", "format": "decimal", "pattern": r"^-?\d+(\.\d+)?$"}
        return {"anyOf": [text, {"type": "number"}]} if writing else text
    told: dict[str, Any] = {"type": "string"}
    if writing and kept.max_length:
        told["maxLength"] = kept.max_length
    if writing and not kept.blank:
        told["minLength"] = 1
    return told


_KINDS: tuple[tuple[Any, dict[str, Any]], ...] = (
    (models.BooleanField, {"type": "boolean"}),
    (models.DateTimeField, {"type": "string", "format": "date-time"}),
    (models.DateField, {"type": "string", "format": "date"}),
    (models.TimeField, {"type": "string", "format": "time"}),
    (models.IntegerField, {"type": "integer"}),
    (models.FloatField, {"type": "number"}),
    (models.JSONField, {}),
)
