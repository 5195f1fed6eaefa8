"""Panels: what a pack shows on the page of an anchor (a body, a person, a place) that is not its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .record.models import Reader, Record
from .roles import Role, holds

Lines = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Panel:
    """A small table on the page of another's record, loaded on demand. `rows` asks the database at most twice.

    `read` are the roles that may see it; `head` names the columns; a cell may be a (text, address) pair.
    """

    name: str
    on: type[Record]
    title: Any
    head: tuple[Any, ...]
    rows: Callable[[Any, Reader], Lines]
    read: tuple[Role, ...]

    def open_to(self, user: Reader) -> bool:
        return holds(user, *self.read)
