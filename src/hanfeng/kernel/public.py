"""What stands open to everybody: the public pages of the packs, as the portal lists them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

Saying = tuple[str, str]
"""A tone of the interface and a few words."""


@dataclass(frozen=True)
class Public:
    """One public page: what one does there, and what is there now, told from what may be published only.

    `now` asks the database once at most and answers None where there is nothing to say.
    """

    title: Any
    url: str
    icon: str
    about: Any
    now: Callable[[], Saying | None] = lambda: None


def opened() -> tuple[Public, ...]:
    """Every public page of this site, in the order of its packs."""
    from .pack import catalogue

    return tuple(page for pack in catalogue() for page in pack.public)


def links(here: str) -> list[dict[str, Any]]:
    """The head of the portal: its front, then the public pages."""
    kept = [(str(p.title), p.url) for p in opened()]
    return [
        {"title": title, "url": url, "current": here == url or (bool(n) and here.startswith(url))}
        for n, (title, url) in enumerate([(_("Front"), "/portal/"), *kept])
    ]


def services() -> list[dict[str, Any]]:
    """The public pages with what each says now; what cannot wait stands first."""
    told = [{"page": page, "now": page.now()} for page in opened()]
    return sorted(told, key=lambda one: not one["now"] or one["now"][0] != "late")
