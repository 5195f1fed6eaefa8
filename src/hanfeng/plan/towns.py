"""A measure of the ledger by town, as the tiles of a schematic map."""

from __future__ import annotations

from datetime import date
from typing import Any

from hanfeng.commons.places.models import Place
from hanfeng.kernel.desk.wording import local_text

from .ledger import LedgerValue, breakdown, ledger

TOWN = ("town__name", "place__name")
"""How the field of a dimension ends that breaks a figure down by town."""


def towns_part(measure: str, day: date, title: str = "") -> dict[str, Any] | None:
    """The tiles of a measure on a day; None where nothing counts it by town."""
    for value in ledger(measure, day):
        for dimension in value.indicator.by:
            if dimension.field.endswith(TOWN):
                return _part(value, breakdown(value, dimension), title)
    return None


def _part(value: LedgerValue, counted: dict[Any, Any], title: str) -> dict[str, Any]:
    places = Place.objects.filter(col__isnull=False, row__isnull=False).order_by("row", "col")
    return {
        "title": title or str(value.indicator.title),
        "note": "",
        "unit": str(value.indicator.unit),
        "decimals": 0,
        "limits": (),
        "tiles": [_tile(place, counted) for place in places],
        "source": str(value.pack.title),
        "source_url": "",
        "method": value.counted.definition,
        "as_of": value.at,
        "url": "",
        "demo": value.demo,
    }


def _tile(place: Place, counted: dict[Any, Any]) -> dict[str, Any]:
    """A town on the grid, which counts from 1; a town without a row has none, which is zero here."""
    where = {"col": (place.col or 0) + 1, "row": (place.row or 0) + 1}
    return {**where, "label": _short(place), "name": local_text(place), "value": counted.get(place.name, 0), "url": ""}


def _short(place: Place) -> str:
    """A town's name without the word for its rank: the last word in English, one or two signs in Chinese."""
    name = local_text(place)
    if name.isascii():
        return name.rsplit(" ", 1)[0]
    return name[: -2 if place.kind == Place.Kind.STREET else -1] or name
