"""Facts: typed, dated statements about a body that any pack may provide and any rule may ask for by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .base.period import Period
from .record.models import Record

Value = int | float | bool | str | None


@dataclass(frozen=True)
class FactKind:
    """What a fact means: declared once in commons, so that its providers and its readers speak of the same thing."""

    name: str
    title: Any
    unit: Any = ""


@dataclass(frozen=True)
class Fact:
    """One pack's answer to a kind of fact: for one body, and for all at once as {body key: value}."""

    kind: FactKind
    one: Callable[[Record, Period], Value]
    all: Callable[[Period], Mapping[int, Value]]


@dataclass(frozen=True)
class Told:
    """A fact with who says so."""

    provider: str
    value: Value


def ask(kind: FactKind, body: Record, period: Period) -> tuple[Told, ...]:
    """What each pack says of one body. Nothing: unknown. Two that differ: both are given."""
    from .pack import catalogue

    told = ((p.name, f.one(body, period)) for p in catalogue() for f in p.provides if f.kind == kind)
    return tuple(Told(name, value) for name, value in told if value is not None)


def ask_all(kind: FactKind, period: Period) -> dict[str, Mapping[int, Value]]:
    """What each pack says of all bodies, by provider."""
    from .pack import catalogue

    return {p.name: f.all(period) for p in catalogue() for f in p.provides if f.kind == kind}
