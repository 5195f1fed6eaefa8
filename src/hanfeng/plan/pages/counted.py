"""What the registers count for a target: the figures of the day, and how they break down by town, industry and the like."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from hanfeng.commons.places.models import Place
from hanfeng.kernel.desk.desk import text_of
from hanfeng.kernel.desk.wording import local_text
from hanfeng.plan.assessed import Assessed
from hanfeng.plan.beside import until
from hanfeng.plan.ledger import LedgerValue, breakdown, ledger

from .cards import ledger_of

MOST = 20


def figures(row: Assessed) -> list[dict[str, Any]]:
    """Each series of the ledger: which of them the target means, its gap to the confirmed value, where it opens to its rows."""
    return [{"figure": figure, **ledger_of(figure, row)} for figure in row.ledger]


def parts(row: Assessed, day: date) -> list[dict[str, Any]]:
    """The series that the target means, by each of its dimensions; towns as tiles. Three queries and one a dimension."""
    if not row.ledger:
        return []
    value = chosen(row, ledger(row.target.measure, until(row, day)))
    if value is None or not value.indicator.by:
        return []
    return [_part(value, dimension) for dimension in value.indicator.by]


def chosen(row: Assessed, values: tuple[LedgerValue, ...]) -> LedgerValue | None:
    """The series that the target means; where the plan does not say, the first."""
    meant = next((figure.series for figure in row.ledger if figure.means_target), None)
    return next((v for v in values if v.series == meant), values[0] if values else None)


def _part(value: LedgerValue, dimension: Any) -> dict[str, Any]:
    counts = breakdown(value, dimension)
    most = max((float(n) for n in counts.values()), default=0) or 1
    labels = _labels(value, dimension.field)
    rows = [{"label": labels(key), "value": n, "share": float(n) / most} for key, n in counts.items()]
    return {
        "title": str(dimension.title),
        "series": str(value.indicator.title),
        "unit": str(value.indicator.unit),
        "at": value.at,
        "demo": value.demo,
        "tiles": town_tiles(counts) if dimension.field.endswith("town__name") else [],
        "rows": rows[:MOST],
        "more": max(len(rows) - MOST, 0),
    }


def _labels(value: LedgerValue, path: str) -> Any:
    """How a value of a dimension is called: the choice it stands for, or itself."""
    model: Any = value.indicator.compute(value.period).rows.model
    *steps, last = path.split("__")
    for step in steps:
        model = model._meta.get_field(step).remote_field.model
    field = model._meta.get_field(last)
    titles = dict(field.flatchoices) if getattr(field, "choices", None) else {}
    return lambda key: text_of(titles.get(key, key)) if key not in (None, "") else _("not stated")


def town_tiles(counts: dict[Any, Any]) -> list[dict[str, Any]]:
    """Counts by the names of towns on the schematic grid; a town that is not counted stands at zero."""
    return list(_tiles(counts))


def _tiles(counts: dict[Any, Any]) -> Iterator[dict[str, Any]]:
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
