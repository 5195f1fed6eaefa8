"""What looks at a batch of observations inside its commit: rules that warn. Knows no Django."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Kept(NamedTuple):
    """An observation as it was kept: a new one, or one that replaced another value (`changed`)."""

    datastream: int
    time: int
    number: float | None
    text: str | None
    mark: str
    quality: int
    checks: int
    changed: bool


@dataclass(frozen=True)
class Watch:
    """`run(rows)` is called in the writer, in the transaction that keeps the rows; Django's own connection is in it.

    What it writes is committed with the rows or not at all. When it raises, what it wrote is taken back, the rows are
    kept all the same, and the failure is logged. It must be quick: every sender waits for it. `wants(keys)` says which of
    these datastreams it looks at; rows of others are not made for it. `forget` is called when a transaction did not hold:
    what `run` remembers from it is not so.
    """

    name: str
    run: Callable[[Sequence[Kept]], None]
    forget: Callable[[], None] = lambda: None
    wants: Callable[[frozenset[int]], frozenset[int]] = lambda keys: keys
