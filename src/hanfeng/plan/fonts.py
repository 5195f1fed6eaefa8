"""The fonts that reports and charts are set in: those of the folder HANFENG_FONTS, else the Chinese ones of the system."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from hanfeng.kernel.pure import Fault, gettext_noop

SANS = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "Microsoft YaHei", "SimHei", "PingFang SC", "HarmonyOS Sans SC",
    "WenQuanYi Zen Hei", "WenQuanYi Micro Hei",
)  # fmt: skip
SERIF = (
    "FangSong_GB2312", "FangSong", "STFangsong", "Noto Serif CJK SC", "Source Han Serif SC", "Noto Serif SC", "SimSun", "STSong",
    "Songti SC", "AR PL UMing CN",
)  # fmt: skip
"""Families in the order they are taken; official documents are set in a Fangsong, a Song stands in."""

LATIN = ("Liberation Sans", "Arial", "Helvetica", "DejaVu Sans")
"""Families for tables and headings of an English report."""


class NoFont(Fault):
    """No Chinese font is installed; the sentence says what to install."""


@dataclass(frozen=True)
class Fonts:
    """The family of text, that of headings and charts, Latin ones for English, and folders to look in beside the system's own."""

    serif: str
    sans: str
    latin: tuple[str, ...]
    folders: tuple[str, ...]


def fonts() -> Fonts:
    """The fonts to set Chinese in. Raises NoFont."""
    return _fonts(os.environ.get("HANFENG_FONTS", ""))


@lru_cache(maxsize=4)
def _fonts(folder: str) -> Fonts:
    own = _families([folder]) if folder and Path(folder).is_dir() else []
    every = [*own, *_families([], system=True)]
    serif, sans = _first(SERIF, every), _first(SANS, every)
    chosen = own[0] if own else ""
    if not (serif or sans or chosen):
        fault = gettext_noop(
            "No Chinese font was found: install one (on Debian and Ubuntu: apt install fonts-noto-cjk), or name a folder "
            "with font files in HANFENG_FONTS. A Word document needs none."
        )
        raise NoFont("no_font", fault, {})
    latin = tuple(family for family in LATIN if family in every)
    return Fonts(serif or sans or chosen, sans or serif or chosen, latin, (folder,) if own else ())


def _first(wanted: Sequence[str], there: Iterable[str]) -> str:
    """The first wanted family that is there, those of the own folder before those of the system."""
    order = {family: place for place, family in enumerate(dict.fromkeys(there))}
    return next((family for family in wanted if family in order), "")


def _families(folders: Sequence[str], system: bool = False) -> list[str]:
    # imported when used: the library carries a whole typesetter
    import typst

    found = typst.Fonts(include_system_fonts=system, include_embedded_fonts=False, font_paths=list(folders))
    return sorted(found.families())
