"""Ledger values: what the registers of the packs count for a measure, by the definition that held on the day.

They stand beside the confirmed value and never judge. A figure that counts one invented row is marked demo. However many
figures are asked for, the counts take one query, the demo marks another, and bands one more for each register.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Exists, F, FloatField, Func, QuerySet, Subquery, Value
from django.utils.translation import gettext as _

from hanfeng.kernel.indicator.indicator import (
    Amount,
    Band,
    Count,
    Counted,
    Dimension,
    Indicator,
    Ratio,
    Rowset,
    Sum,
    count,
)
from hanfeng.kernel.pack import Pack, indicators
from hanfeng.kernel.pure import Period

from .models import Plan

MOST = 300
"""Figures asked for in one query; databases bound the columns of a row."""


@dataclass(frozen=True)
class LedgerValue:
    """One count of a measure: its series (valid, ever or nothing), the figure, and the definition it was counted by."""

    series: str
    counted: Counted
    indicator: Indicator
    pack: Pack
    period: Period
    demo: bool = False

    @property
    def definition(self) -> str:
        """The published definition, in the reader's language."""
        return _(self.indicator.text) if self.indicator.text else ""

    @property
    def at(self) -> date:
        """The last day it speaks of."""
        return self.period.last


Asked = tuple[Pack, Indicator, Period]


def to_day(day: date) -> Period:
    """The year up to and with a day: what a stock on that day, or a flow so far, is counted for."""
    return Period(date(day.year, 1, 1), day + timedelta(days=1))


def year_ends(first: int, last: date) -> tuple[date, ...]:
    """The ends of the years from `first` on that lie before `last`, and `last` itself."""
    return *(date(year, 12, 31) for year in range(first, last.year)), last


def definitions(measure: str, day: date) -> tuple[tuple[Pack, Indicator], ...]:
    """The indicators that count a measure, for each series the definition that holds on a day."""
    held: dict[tuple[str, str], tuple[Pack, Indicator]] = {}
    for pack, found in indicators():
        if found.measure == measure and found.since <= day:
            kept = held.get((pack.name, found.series))
            if kept is None or (kept[1].since, kept[1].version) < (found.since, found.version):
                held[pack.name, found.series] = pack, found
    return tuple(held[key] for key in sorted(held))


def ledger(measure: str, when: Period | date) -> tuple[LedgerValue, ...]:
    """The ledger values of one measure for a period, or on a day."""
    return ledgers([(measure, to_day(when) if isinstance(when, date) else when)])


def ledgers(asked: Iterable[tuple[str, Period]]) -> tuple[LedgerValue, ...]:
    """The ledger values of several measures and periods, in the order asked."""
    wanted = [(pack, how, period) for name, period in asked for pack, how in definitions(name, period.last)]
    return tuple(value for start in range(0, len(wanted), MOST) for value in _counted(wanted[start : start + MOST]))


def yearly(measure: str, first: int, last: date) -> dict[str, tuple[LedgerValue, ...]]:
    """Each series of a measure at the ends of the years from `first` and on `last`, each year by its own definition."""
    found: dict[str, list[LedgerValue]] = {}
    for value in ledgers([(measure, to_day(day)) for day in year_ends(first, last)]):
        found.setdefault(value.series, []).append(value)
    return {series: tuple(values) for series, values in found.items()}


def breakdown(value: LedgerValue, dimension: Dimension) -> dict[Any, Amount]:
    """A ledger value by one of its dimensions, the largest part first. Raises ValueError for a dimension it lacks."""
    if dimension not in value.indicator.by:
        raise ValueError(f"{value.indicator.name} is not broken down by {dimension.field}")
    return value.indicator.compute(value.period).by(dimension.field)


def _counted(wanted: Sequence[Asked]) -> Iterator[LedgerValue]:
    rowsets = [how.compute(period) for _pack, how, period in wanted]
    demos = _demo(rowsets)
    for (pack, how, period), figure, demo in zip(wanted, _figures(wanted, rowsets), demos, strict=True):
        yield LedgerValue(how.series, figure, how, pack, period, demo)


def _figures(wanted: Sequence[Asked], rowsets: Sequence[Rowset]) -> list[Counted]:
    """The figures in one query, the same that the kernel counts one by one."""
    sides = [side for rowset in rowsets for side in _amounts(rowset)]
    row = _one_row([_amount(side) for side in sides]) if all(map(_plain, sides)) else None
    if row is None:
        return [count(how, period) for _pack, how, period in wanted]
    # an empty row set has no row to count in a subquery: a count of it is 0, a sum is not known
    numbers = iter([0.0 if n is None and isinstance(side, Count) else n for n, side in zip(row, sides, strict=True)])
    bands = _bands(rowsets)
    return [
        Counted(None, None, None, f"{how.name} v{how.version}", *bands[no])
        if isinstance(rowset, Band)
        else _figure(how, rowset, [next(numbers) for _side in _amounts(rowset)])
        for no, ((_pack, how, _period), rowset) in enumerate(zip(wanted, rowsets, strict=True))
    ]


def _bands(rowsets: Sequence[Rowset]) -> dict[int, tuple[float | None, float | None]]:
    """Both ends of each band by its place; bands over the same fields of the same model are read in one query."""
    alike: dict[Any, dict[int, Band]] = defaultdict(dict)
    for no, rowset in enumerate(rowsets):
        if isinstance(rowset, Band):
            alike[rowset.rows.model, rowset.fields][no] = rowset
    found: dict[int, tuple[float | None, float | None]] = {}
    for (_model, fields), bands in alike.items():
        first, *others = [
            band.rows.order_by().annotate(_no=Value(no)).values_list("_no", *fields) for no, band in bands.items()
        ]
        told: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        for no, *row in first.union(*others, all=True) if others else first:
            told[no].append(tuple(row))
        found |= {no: band.between(told[no]) or (None, None) for no, band in bands.items()}
    return found


def _one_row(columns: Sequence[Any]) -> Sequence[Any] | None:
    """One row of computed columns; None before the first plan is loaded, because a row of a table carries them."""
    if not columns:
        return ()
    return next(iter(Plan.everything.order_by("pk").values_list(*columns)[:1]), None)


def _amounts(rowset: Rowset) -> tuple[Count | Sum, ...]:
    """The counts and sums a figure is made of; none of a band, which is worked out from its rows."""
    return () if isinstance(rowset, Band) else _parts(rowset)


def _parts(rowset: Count | Sum | Ratio) -> tuple[Count | Sum, ...]:
    return (rowset.part, rowset.of) if isinstance(rowset, Ratio) else (rowset,)


def _sides(rowset: Rowset) -> tuple[Count | Sum | Band, ...]:
    """The row sets a figure stands on."""
    return (rowset,) if isinstance(rowset, Band) else _parts(rowset)


def _plain(side: Count | Sum) -> bool:
    """Whether the rows can be aggregated where they stand, without a query around them."""
    query = side.rows.query
    return not (query.is_sliced or query.distinct or query.combinator or query.group_by is not None)


def _amount(side: Count | Sum) -> Subquery:
    # a plain function: an aggregate would group the rows of the subquery
    name, inner = ("COUNT", "DISTINCT " if side.of else "") if isinstance(side, Count) else ("SUM", "")
    template = f"%(function)s({inner}%(expressions)s)"
    amount = Func(F(side.of or "pk"), function=name, template=template, output_field=FloatField())
    return Subquery(side.rows.order_by().annotate(_amount=amount).values("_amount"))


def _figure(how: Indicator, rowset: Count | Sum | Ratio, numbers: Sequence[float | None]) -> Counted:
    definition, part = f"{how.name} v{how.version}", numbers[0]
    if not isinstance(rowset, Ratio):
        return Counted(part, part, None, definition)
    whole = numbers[1]
    return Counted(rowset.over(part, whole), part, whole, definition)


def _demo(rowsets: Sequence[Rowset]) -> list[bool]:
    """For each row set whether one of its rows is demo data, all asked in one query."""
    asked = [[_demo_rows(side.rows) for side in _sides(rowset)] for rowset in rowsets]
    row = _one_row([Exists(rows) for sides in asked for rows in sides])
    if row is None:
        return [any(rows.exists() for rows in sides) for sides in asked]
    marks = iter(row)
    return [True in [bool(next(marks)) for _rows in sides] for sides in asked]


def _demo_rows(rows: QuerySet[Any]) -> QuerySet[Any]:
    try:
        rows.model._meta.get_field("demo")
    except FieldDoesNotExist:
        return rows.none()
    return rows.filter(demo=True)
