"""What the site tells this room: who keeps its clients, which bodies there are, and how an account belongs to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from hanfeng.kernel.roles import Role

Belong = Callable[[Any, Iterable[int]], None]
Bodies = Callable[[Any], list[tuple[int, str]]]
Beside = Callable[[], dict[str, Any]]


@dataclass
class Room:
    """Set once, when the addresses of the site are made. `makers` give clients what they may do; `keepers` see and revoke.

    `beside` describes addresses of the site that are no desk's, as paths of OpenAPI.
    """

    belong: Belong = lambda account, bodies: None
    bodies: Bodies = lambda user: []
    makers: tuple[Role, ...] = ()
    keepers: tuple[Role, ...] = ()
    beside: Beside = dict


room = Room()
