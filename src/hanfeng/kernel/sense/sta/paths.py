"""Addresses of the standard: /Things(1)/Datastreams(2)/Observations/$count, read into what they lead to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .answers import Answers
from .changes import Missing
from .entities import BY_SET, OBSERVATIONS, Entity, Relation, target
from .grammar import Wrong

_PART = re.compile(r"([A-Za-z]+)(?:\((-?\d{1,19}|'[^']*')\))?")


@dataclass
class Place:
    """Where an address leads: a set (`row` None and `rows` given), an entity, a property of it, its raw value, or links."""

    entity: Entity
    rows: Any = None
    row: Any = None
    parent: tuple[Entity, Any, Relation] | None = None
    prop: str = ""
    tail: str = ""


def key_of(entity: Entity, text: str) -> Any:
    """A key out of the parentheses of an address. Raises Missing for what cannot be one."""
    quoted = text.startswith("'")
    inner = text[1:-1] if quoted else text
    if entity is OBSERVATIONS:
        match = re.fullmatch(r"(\d{1,18})-(-?\d{1,15})", inner)
        if not match:
            raise Missing(f"There is no Observation {inner!r}.")
        return int(match[1]), int(match[2])
    if quoted or not re.fullmatch(r"\d{1,18}", inner):
        raise Missing(f"There is no {entity.single} {inner!r}.")
    return int(inner)


def one(answers: Answers, entity: Entity, rows: Any, key: Any) -> Any:
    """The row of a key among those. Raises Missing."""
    if entity.plural == "Datastreams":
        rows = rows.select_related("standing")
    found = rows.at(*key) if entity is OBSERVATIONS else rows.filter(pk=key).first()
    if found is None:
        raise Missing(f"There is no {entity.single} {'-'.join(map(str, key)) if entity is OBSERVATIONS else key}.")
    return found


def resolve(answers: Answers, path: str) -> Place:
    """Follow an address. Raises Missing where nothing is, Wrong where the address makes no sense."""
    parts = [part for part in path.split("/") if part]
    place: Place | None = None
    for at, part in enumerate(parts):
        if place is not None and part in ("$count", "$ref", "$value"):
            if at != len(parts) - 1:
                raise Wrong(f"Nothing follows {part}.")
            place.tail = part
            return place
        match = _PART.fullmatch(part)
        if not match:
            raise Missing(f"There is nothing at {part!r}.")
        name, key = match[1], match[2]
        place = _first(answers, name) if place is None else _further(answers, place, name)
        if key is not None:
            if place.rows is None:
                raise Missing(f"{name} is not a set.")
            place.row = one(answers, place.entity, place.rows, key_of(place.entity, key))
            place.rows = None
    assert place is not None
    return place


def _first(answers: Answers, name: str) -> Place:
    entity = BY_SET.get(name)
    if entity is None:
        raise Missing(f"There is no set {name!r}; there are {', '.join(BY_SET)}.")
    return Place(entity, rows=answers.rows(entity))


def _further(answers: Answers, place: Place, name: str) -> Place:
    if place.row is None:
        raise Missing(f"{name!r} stands behind a set; name one of its entities first.")
    if place.prop:
        raise Missing(f"Nothing follows {place.prop}.")
    entity = place.entity
    if (relation := entity.relation_names.get(name)) is not None:
        rows = answers.related(entity, place.row, relation)
        to = target(relation)
        if relation.many:
            return Place(to, rows=rows, parent=(entity, place.row, relation))
        if to.plural == "Datastreams":
            rows = rows.select_related("standing")
        row = rows.first()
        if row is None:
            raise Missing(f"This {entity.single} has no {name}.")
        return Place(to, row=row)
    if name in entity.property_names or name == "id":
        place.prop = name
        return place
    raise Missing(f"{entity.single} has no {name}.")
