"""The options of a query: what comes behind the ? and in the parentheses of $expand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from .entities import Entity, target
from .grammar import Node, Path, Wrong, parse, parse_order

USUAL, MOST, DEEPEST_SKIP, DEEPEST_EXPAND = 100, 10_000, 10_000_000, 6
NAMES = (
    "$filter",
    "$select",
    "$expand",
    "$orderby",
    "$top",
    "$skip",
    "$count",
    "$skiptoken",
    "$resultFormat",
    "$resultMetadata",
)


@dataclass
class Options:
    """What is asked of a set. `token` is where the page before ended."""

    where: Node | None = None
    select: tuple[str, ...] = ()
    expand: dict[str, Options] = field(default_factory=dict)
    order: list[tuple[Node, bool]] = field(default_factory=list)
    top: int | None = None
    skip: int = 0
    count: bool = False
    token: str = ""
    form: str = ""

    @property
    def size(self) -> int:
        """How many to a page."""
        return USUAL if self.top is None else min(self.top, MOST)


def read(entity: Entity, given: dict[str, str], depth: int = 0) -> Options:
    """Options from their text. Raises Wrong for what is unknown or cannot be read."""
    found = Options()
    for name, text in given.items():
        match name:
            case "$filter":
                found.where = parse(text)
            case "$select":
                found.select = _select(entity, text)
            case "$expand":
                found.expand = _expand(entity, text, depth)
            case "$orderby":
                found.order = parse_order(text)
            case "$top":
                found.top = _whole(name, text, 2**31)
            case "$skip":
                found.skip = _whole(name, text, DEEPEST_SKIP)
            case "$count":
                if text not in ("true", "false"):
                    raise Wrong("$count is true or false.")
                found.count = text == "true"
            case "$skiptoken":
                found.token = text
            case "$resultFormat":
                if text not in ("dataArray", "default"):
                    raise Wrong("$resultFormat is dataArray.")
                found.form = text
            case "$resultMetadata":
                pass
            case _ if name.startswith("$"):
                raise Wrong(f"There is no option {name}; there are {', '.join(NAMES)}.")
    return found


def _whole(name: str, text: str, most: int) -> int:
    if not re.fullmatch(r"\d{1,10}", text) or int(text) > most:
        raise Wrong(f"{name} is a whole number from 0 to {most}.")
    return int(text)


def _select(entity: Entity, text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    known = {"id", "@iot.id", "@iot.selfLink", *entity.property_names, *entity.relation_names}
    for name in names:
        if name.split("/")[0] not in known:
            raise Wrong(f"{entity.single} has no property {name!r} to select.")
    return tuple(name.split("/")[0] for name in names)


def _expand(entity: Entity, text: str, depth: int) -> dict[str, Options]:
    if depth >= DEEPEST_EXPAND:
        raise Wrong(f"$expand is nested deeper than {DEEPEST_EXPAND}.")
    found: dict[str, Options] = {}
    for part in split(text, ","):
        name, inner = _with_options(part.strip())
        first, _slash, rest = name.partition("/")
        relation = entity.relation_names.get(first)
        if relation is None:
            raise Wrong(f"{entity.single} has no relation {first!r} to expand.")
        if rest:  # Datastreams/Sensor is Datastreams($expand=Sensor)
            behind = f"{rest}({inner})" if inner else rest
            deeper = Options(expand=_expand(target(relation), behind, depth + 1))
        else:
            deeper = read(target(relation), inside(inner), depth + 1)
        known = found.get(first)
        found[first] = replace(deeper, expand={**known.expand, **deeper.expand}) if known else deeper
    return found


def _with_options(part: str) -> tuple[str, str]:
    if not part.endswith(")"):
        return part, ""
    name, _open, inner = part[:-1].partition("(")
    return name, inner


def inside(text: str) -> dict[str, str]:
    """The options in the parentheses of $expand."""
    found = {}
    for part in split(text, ";"):
        name, equals, value = part.strip().partition("=")
        if part.strip() and not equals:
            raise Wrong(f"{part.strip()!r} is no option.")
        if name:
            found[name] = value
    return found


def split(text: str, sign: str) -> list[str]:
    """Cut at a sign that stands outside parentheses and quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for at, char in enumerate(text):
        if char == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        elif char == sign and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    if depth or quoted:
        raise Wrong("A parenthesis or a quote is not closed.")
    parts.append(text[start:])
    return parts


def by_time(order: list[tuple[Node, bool]]) -> bool | None:
    """Whether an order is by phenomenonTime or by id alone: True down, False up; None for any other."""
    if len(order) == 1 and order[0][0] in (Path(("phenomenonTime",)), Path(("id",)), Path(("@iot.id",))):
        return order[0][1]
    return None


def anything(value: Any) -> bool:
    """Whether options ask for more than the plain set."""
    return bool(value)
