"""As whom this site sends warnings: its region, and the `[warnings]` table of the county's card."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from django.conf import settings


@dataclass(frozen=True)
class Sender:
    """The sender of CAP messages, and the parts of GB/T 35965.1 identifiers that name him."""

    region: str
    address: str
    name: str
    name_en: str
    industry: str
    unit: str
    extension: str
    place: str
    place_en: str


@cache
def sender() -> Sender:
    """The sender of this site. What the county does not say is zeros, which no assigned unit has."""
    card = tomllib.loads((settings.COUNTY / "county.toml").read_text(encoding="utf-8"))
    own = card.get("warnings", {})
    return Sender(
        region=str(card.get("code", "000000")),
        address=str(own.get("sender", "warnings@localhost")),
        name=str(own.get("name", card.get("full_zh", card.get("name", "")))),
        name_en=str(own.get("name_en", card.get("full_en", card.get("name_en", "")))),
        industry=str(own.get("industry", "000")),
        unit=str(own.get("unit", "000")),
        extension=str(own.get("extension", "00")),
        place=str(card.get("name", "")),
        place_en=str(card.get("name_en", "")),
    )
