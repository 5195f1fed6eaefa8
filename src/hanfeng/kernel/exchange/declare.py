"""What a desk may say of its sheets. Most say nothing: names, kinds and keys are read from the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hanfeng.kernel.record.models import Record

Filled = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Part:
    """A record that a line of the sheet may bring along: the body of an enterprise that is not kept yet.

    `field` is the foreign key it fills, `model` its kind, `columns` the fields that the sheet gives it (the first is its name,
    the one under the foreign key's own heading), `fill` adds what no sheet says, such as its kind and its id.
    """

    field: str
    model: type[Record]
    columns: tuple[str, ...]
    fill: Filled


@dataclass(frozen=True)
class Sheet:
    """`key` are the fields that say which record a line means, where no unique constraint of the model says it;
    `aliases` other headings of a field, as translatable words; `parts` the records that a line may bring along;
    `several` the foreign keys whose cell may name several, each with the text field that keeps those after the first;
    `reads` brings a cell's words into the form in which they are kept (a number with its check digit), or raises ValidationError.
    """

    key: tuple[str, ...] = ()
    aliases: Mapping[str, tuple[Any, ...]] = field(default_factory=dict, hash=False)
    parts: tuple[Part, ...] = ()
    several: Mapping[str, str] = field(default_factory=dict, hash=False)
    reads: Mapping[str, Callable[[str], str]] = field(default_factory=dict, hash=False)
