"""The words of sheets, and how two of them are compared."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any
from unicodedata import normalize

from django.utils import translation

NOISE = re.compile(r"[\s\W_]+")


class SheetError(ValueError):
    """A file that cannot be read as a ledger; says in words what is wrong."""


@cache
def words() -> Mapping[str, Any]:
    """The words as kept in words.toml."""
    return tomllib.loads((files("hanfeng.kernel.exchange") / "words.toml").read_text("utf-8"))


def plain(text: str) -> str:
    """A heading or word without spaces, case, full-width forms and punctuation."""
    return NOISE.sub("", normalize("NFKC", text)).casefold()


@cache
def plain_set(part: str, name: str) -> frozenset[str]:
    """A list of words in their plain form; one that is nothing but signs stays as it is."""
    return frozenset(plain(word) or word for word in words()[part][name])


def in_both(word: Any) -> Iterator[str]:
    """A translatable word in Chinese and in English."""
    for language in ("zh-hans", "en"):
        with translation.override(language):
            yield str(word)
