"""How what the registers count for a target breaks down: by town on the schematic grid, by industry and the like."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from hanfeng.commons.places.models import Place
from hanfeng.kernel.desk.desk import text_of
from hanfeng.kernel.desk.figures import labels
from hanfeng.kernel.desk.wording import local_text
from hanfeng.kernel.disclosure.breakdown import Breakdown, breakdowns
from hanfeng.kernel.indicator.indicator import Dimension, Indicator
from hanfeng.kernel.pack import indicators
from hanfeng.kernel.record.models import Reader
from hanfeng.plan.assessed import Assessed, LedgerFigure
from hanfeng.plan.beside import until
from hanfeng.plan.ledger import to_day
from hanfeng.plan.page import ledger_shown

MOST = 20
TOWNS = "town__name"
"""How the path of a dimension ends that breaks a figure down by town."""


def parts(row: Assessed, day: date, only: str = "", reader: Reader | None = None) -> list[dict[str, Any]]:
    """The series that the target means, by each of its dimensions; one query a dimension, and one for the towns.

    `only` leaves out the dimensions whose path does not end so. What is secret is told as its newest edition tells it, but
    for a reader who may see every row.
    """
    figure = ledger_shown(row)
    found = next(((pack, how) for pack, how in indicators() if figure and how.name == figure.indicator), None)
    if figure is None or found is None:
        return []
    pack, how = found
    wanted = [dimension for dimension in how.by if dimension.field.endswith(only)]
    if not wanted:
        return []
    period = to_day(until(row, day))
    broken = breakdowns(pack.name, how, period, reader, wanted)
    model = how.compute(period).rows.model
    return [_part(figure, how, told, dimension, model) for dimension, told in broken.items() if told.parts]


def remarks(row: Assessed) -> list[str]:
    """What the registers say of their own figures: on how many returns one stands, what a revision did to it."""
    known = {how.name: how for _pack, how in indicators() if how.remarks}
    said = [
        str(said)
        for figure in row.ledger
        if (how := known.get(figure.indicator)) and how.remarks
        for said in how.remarks(to_day(figure.at))
    ]
    return list(dict.fromkeys(said))


def _part(figure: LedgerFigure, how: Indicator, told: Breakdown, dimension: Dimension, model: Any) -> dict[str, Any]:
    known = {part.key: how.shown(part.value) for part in told.parts if part.value is not None}
    most = max((value or 0 for value in known.values()), default=0) or 1
    label = _labels(model, dimension.field)
    rows = [
        {"label": label(p.key), "value": known.get(p.key), "share": max(known.get(p.key) or 0, 0) / most}
        for p in told.parts
    ]
    return {
        "title": str(dimension.title),
        "series": figure.title,
        "unit": figure.unit,
        "decimals": how.decimals,
        "at": figure.at,
        "demo": figure.demo,
        # a town that is left out would stand at zero on the grid
        "tiles": list(town_tiles(known)) if dimension.field.endswith(TOWNS) and not told.secret else [],
        "rows": rows[:MOST],
        "more": max(len(rows) - MOST, 0),
        "left_out": told.left_out,
        "edition": told.edition,
    }


def _labels(model: Any, path: str) -> Callable[[Any], str]:
    """How a value of a dimension is called, and how none is."""
    label = labels(model, path)
    return lambda key: text_of(label(key)) if key not in (None, "") else _("not stated")


def town_tiles(counts: Mapping[Any, Any]) -> Iterator[dict[str, Any]]:
    """Counts by the names of towns on the schematic grid; a town that is not counted stands at zero."""
    for town in Place.objects.exclude(col=None).exclude(row=None):
        yield {
            "col": (town.col or 0) + 1,
            "row": (town.row or 0) + 1,
            "label": short_name(town),
            "name": local_text(town),
            "value": counts.get(town.name, 0),
            "url": "",
        }


def short_name(town: Place) -> str:
    """A town's name without the word for its rank."""
    name = local_text(town)
    if name.isascii():
        return name.rsplit(" ", 1)[0]
    return name[: -2 if town.kind == Place.Kind.STREET else -1] or name
