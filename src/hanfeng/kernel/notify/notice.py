"""A kind of notice, as a pack declares it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Notice:
    """What may be told: its fixed name, and its title and text in both languages, with `%(word)s` to be filled in.

    An urgent one passes the quiet hours. Neither title nor text may carry personal data: it leaves the house.
    """

    name: str
    title: Any
    text: Any
    urgent: bool = False
