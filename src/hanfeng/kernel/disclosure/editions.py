"""Drafting an edition: every secret figure of a pack for a period, by each of its dimensions, judged together."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from hanfeng.kernel.base.disclosure import Cell, Given, Protected, protect
from hanfeng.kernel.base.period import Period
from hanfeng.kernel.flow.flow import begin, go
from hanfeng.kernel.indicator.indicator import Indicator, Ratio, Sum
from hanfeng.kernel.pack import Pack

from .breakdown import secret_of
from .flow import State, newest
from .flow import release as flow
from .models import Edition, Inside
from .parameters import rule

TOTAL = 1000.0
"""How much more a reader misses the whole than a part of it."""
NEAR = 1
"""How many years to either side an edition may share amounts with: growth divides by the year before."""


@dataclass(frozen=True)
class Side:
    """One secret sum of a figure: the upper or the lower of a ratio."""

    name: str
    indicator: Indicator
    rowset: Sum


class CannotBeProtected(ValueError):
    """What was published before tells a number that must be left out now; `cells` names them."""

    def __init__(self, cells: tuple[str, ...]) -> None:
        super().__init__(", ".join(cells))
        self.cells = cells


def secrets(pack: Pack) -> tuple[Indicator, ...]:
    """The figures of a pack whose breakdowns are published in editions only."""
    return tuple(found for found in pack.indicators if secret_of(found))


def sides(found: Indicator, period: Period) -> Iterator[Side]:
    """The secret sums that a figure of a period stands on."""
    rowset = found.compute(period)
    both = (("part", rowset.part), ("of", rowset.of)) if isinstance(rowset, Ratio) else (("part", rowset),)
    for name, side in both:
        if isinstance(side, Sum) and side.secret:
            yield Side(f"{found.name}.{name}", found, side)


def cells_of(pack: Pack, period: Period) -> list[Cell]:
    """Everything an edition of a pack would publish: of each figure the whole, and each part by each dimension."""
    return [cell for found in secrets(pack) for side in sides(found, period) for cell in _cells(side)]


def _cells(side: Side) -> Iterator[Cell]:
    fields = [dimension.field for dimension in side.indicator.by]
    rows = side.rowset.rows.order_by().values_list("pk", side.rowset.secret, side.rowset.of, *fields)
    inside: dict[tuple[str, Any], dict[Any, Given]] = {}
    for pk, who, amount, *values in rows:
        key, given = (side.rowset.of, pk, float(amount or 0)), Given(who, float(amount or 0))
        for place in (("", ""), *zip(fields, values, strict=True)):
            inside.setdefault(place, {})[key] = given
    for (field, value), given_in in inside.items():
        name = cell_name(side.name, field, value)
        yield Cell(name, given_in, weight=1.0 if field else TOTAL, label=name)


def cell_name(side: str, field: str, value: Any) -> str:
    """How a cell is called in every edition of the same period."""
    return f"{side}|{field}={value}" if field else side


def earlier(pack: Pack, period: Period) -> list[Cell]:
    """What published editions of this period and the years beside it told and left out."""
    near = [str(Period.year(period.start.year + off)) for off in range(-NEAR, NEAR + 1)]
    kept = (
        Inside.objects.filter(
            edition__pack=pack.name, edition__state=State.RELEASED, edition__period__in={*near, str(period)}
        )
        .select_related("edition")
        .order_by("edition", "pk")
    )
    return [_kept(row, row.edition.period == str(period)) for row in kept]


def _kept(row: Inside, same: bool) -> Cell:
    inside: dict[Hashable, Given] = {(of, pk, amount): Given(who, amount) for of, pk, amount, who in row.amounts}
    return Cell(
        f"{row.edition_id}:{row.cell}", inside, fixed=not row.out, hidden=bool(row.out), label=row.cell if same else ""
    )


def judged(pack: Pack, period: Period) -> tuple[list[Cell], Protected]:
    """The cells of a new edition, and which of them must be left out beside all that was published before."""
    new = cells_of(pack, period)
    return new, protect([*earlier(pack, period), *new], rule())


@transaction.atomic
def draft(pack: Pack, period: Period, as_of: date, by: Any, *, demo: bool = False) -> Edition:
    """Draft an edition for release. Raises CannotBeProtected when earlier ones tell what must not be told."""
    new, found = judged(pack, period)
    if found.failed:
        raise CannotBeProtected(found.failed)
    out = {cell.name: found.out.get(cell.name, "") for cell in new}
    edition = Edition(
        pack=pack.name, title=_title(pack, "zh-hans"), title_en=_title(pack, "en"), period=str(period), as_of=as_of,
        after=newest(pack.name), left_out=sum(map(bool, out.values())), content=dict(_content(pack, period, out)), demo=demo,
    )  # fmt: skip
    begin(flow, edition, by)
    Inside.objects.bulk_create(
        Inside(
            edition=edition,
            cell=cell.name,
            out=out[cell.name],
            amounts=[[*key, given.who] for key, given in cell.inside.items()],  # type: ignore[misc]
        )
        for cell in new
    )
    return edition


def release(edition: Edition, by: Any) -> Edition:
    """Publish a drafted edition; by another than who drafted it."""
    released = go(flow, edition, "release", by)
    assert isinstance(released, Edition)
    return released


def _title(pack: Pack, language: str) -> str:
    from django.utils.translation import override

    with override(language):
        return str(pack.title)


def _content(pack: Pack, period: Period, out: dict[str, str]) -> Iterable[tuple[str, Any]]:
    """For each figure its value and, by each dimension, (value, number or None, why not): what readers will see."""
    for found in secrets(pack):
        rowset = found.compute(period)
        names = [side.name for side in sides(found, period)]

        def why(field: str, value: Any, names: list[str] = names) -> str:
            return next((out[n] for side in names if out.get(n := cell_name(side, field, value))), "")

        whole = "" if why("", "") else found.shown(_number(rowset.value()))
        parts = {
            dimension.field: [
                [key, None if why(dimension.field, key) else found.shown(_number(number)), why(dimension.field, key)]
                for key, number in rowset.plainly_by(dimension.field).items()  # type: ignore[union-attr]
            ]
            for dimension in found.by
        }
        yield found.name, {"value": whole if whole != "" else None, "out": why("", ""), "parts": parts}


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
