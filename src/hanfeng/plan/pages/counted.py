"""How what the registers count for a target breaks down: by town on the schematic grid, by industry and the like."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from hanfeng.commons.places.models import Place
from hanfeng.kernel.desk.desk import text_of
from hanfeng.kernel.desk.wording import local_text
from hanfeng.kernel.indicator.indicator import Dimension, Rowset
from hanfeng.kernel.pack import indicators
from hanfeng.plan.assessed import Assessed, LedgerFigure
from hanfeng.plan.beside import until
from hanfeng.plan.ledger import to_day
from hanfeng.plan.page import ledger_shown

MOST = 20
TOWNS = "town__name"
"""How the path of a dimension ends that breaks a figure down by town."""


def parts(row: Assessed, day: date, only: str = "") -> list[dict[str, Any]]:
    """The series that the target means, by each of its dimensions; one query a dimension, and one for the towns.

    `only` leaves out the dimensions whose path does not end so.
    """
    figure = ledger_shown(row)
    how = next((found for _pack, found in indicators() if figure and found.name == figure.indicator), None)
    if figure is None or how is None:
        return []
    period = to_day(until(row, day))
    rowset = how.compute(period)
    return [_part(figure, rowset, dimension) for dimension in how.by if dimension.field.endswith(only)]


def _part(figure: LedgerFigure, rowset: Rowset, dimension: Dimension) -> dict[str, Any]:
    counts = rowset.by(dimension.field)
    most = max((float(n) for n in counts.values()), default=0) or 1
    labels = _labels(rowset.rows.model, dimension.field)
    rows = [{"label": labels(key), "value": n, "share": float(n) / most} for key, n in counts.items()]
    return {
        "title": str(dimension.title),
        "series": figure.title,
        "unit": figure.unit,
        "at": figure.at,
        "demo": figure.demo,
        "tiles": list(town_tiles(counts)) if dimension.field.endswith(TOWNS) else [],
        "rows": rows[:MOST],
        "more": max(len(rows) - MOST, 0),
    }


def _labels(model: Any, path: str) -> Callable[[Any], str]:
    """How a value of a dimension is called: the choice it stands for, or itself."""
    *steps, last = path.split("__")
    for step in steps:
        model = model._meta.get_field(step).remote_field.model
    field = model._meta.get_field(last)
    titles = dict(field.flatchoices) if getattr(field, "choices", None) else {}
    return lambda key: text_of(titles.get(key, key)) if key not in (None, "") else _("not stated")


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
