"""What a desk may say of being searched. Most say nothing: names and texts are read from the desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Searched:
    """`words` gives text that no field holds (called in each language); `day` is the field whose date a result shows;
    `leave_out` are fields that are not to be found by; `off` keeps the whole desk out of the search.
    """

    words: Callable[[Any], str] | None = None
    day: str = ""
    leave_out: tuple[str, ...] = ()
    off: bool = False
