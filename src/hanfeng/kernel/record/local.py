"""Stored words carry both languages; which one is shown is the reader's."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language


def local(record: Any, name: str) -> Any:
    """A stored word in the reader's language: `name_en` in English where there is one, else `name`."""
    english = getattr(record, f"{name}_en", "") if (get_language() or "").startswith("en") else ""
    return english or getattr(record, name)
