"""Stored words carry both languages; which one is shown is the reader's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import get_language, override

from hanfeng.kernel.base.words import Words

Note = str | Words
"""A note of an event: as somebody wrote it, or in both languages."""


def local(record: Any, name: str) -> Any:
    """A stored word in the reader's language: `name_en` in English where there is one, else `name`."""
    english = getattr(record, f"{name}_en", "") if (get_language() or "").startswith("en") else ""
    return english or getattr(record, name)


def in_both(say: Callable[[], object]) -> Words:
    """What a sentence says in each language, whoever reads the page on which it is written."""
    with override("zh-hans"):
        chinese = str(say())
    with override("en"):
        return Words(chinese, str(say()))
