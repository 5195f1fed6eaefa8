"""Many figures in one query, the same that the kernel counts one by one, and which kinds of record each was read from."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

from django.core.exceptions import EmptyResultSet, FieldDoesNotExist
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import F, FloatField, Func, QuerySet, Value
from django.utils import timezone

from hanfeng.kernel.indicator.indicator import Band, Count, Counted, Indicator, Ratio, Rowset, Sum, count
from hanfeng.kernel.pure import Period
from hanfeng.kernel.record.written import kinds_by_table

KEPT = 20_000
"""Figures kept at most, counted ones (`ledger`) and ones made ready; then all are let go."""
Sql = tuple[str, tuple[Any, ...]]
_TABLE = re.compile(r'\b(?:FROM|JOIN)\s+"?(\w+)', re.IGNORECASE)
"""What statements of the database layer read from; a name it is not sure of is taken for a table that is none."""


@dataclass(frozen=True)
class Figure:
    """A figure, whether one of its rows is invented, and the kinds of record it was read from; None where it read others too."""

    counted: Counted
    demo: bool
    kinds: frozenset[str] | None


@dataclass
class _Asked:
    """One figure on its way: its rows, and every statement that had a part in it."""

    how: Indicator
    period: Period
    rowset: Rowset
    statements: list[str] = field(default_factory=list)
    amounts: list[Sql | None] = field(default_factory=list)
    """For each side what counts it; None where the rows are empty without asking."""
    demos: list[Sql] = field(default_factory=list)
    together: bool = False
    """Whether the amounts can be computed columns of one row with others."""


@dataclass
class _Ready:
    """Figures of a day made ready in this process."""

    day: date = date.min
    figures: dict[tuple[Any, Period], _Asked] = field(default_factory=dict)


_ready = _Ready()


def count_all(wanted: Sequence[tuple[Indicator, Period]]) -> list[Figure]:
    """Count indicators for periods: counts and demo marks in one query, and bands in one more for each register."""
    asked = [_asked(how, period) for how, period in wanted]
    columns = [sql for each in asked for sql in (*(a for a in each.amounts if a), *each.demos)]
    once = list(dict.fromkeys(columns))  # the spending of a year is part of its intensity and of two years' growth
    told = dict(zip(once, _one_row(once), strict=True))
    row = iter([told[column] for column in columns])
    bands = _bands(asked)
    return [_figure(each, row, bands.get(no)) for no, each in enumerate(asked)]


def _asked(how: Indicator, period: Period) -> _Asked:
    """The figure made ready; where that took no statement it is the same all day, and its SQL costs more to write than to run."""
    if _ready.day != (today := timezone.localdate()) or len(_ready.figures) > KEPT:
        _ready.day, _ready.figures = today, {}
    figures, key = _ready.figures, (how.compute, period)
    if (each := figures.get(key)) is None:
        each, asked = _made_ready(how, period)
        if not asked:
            figures[key] = each
    return replace(each, how=how, statements=[*each.statements])


def _made_ready(how: Indicator, period: Period) -> tuple[_Asked, bool]:
    """The figure, and whether its definition asked the database before it named its rows."""
    told: list[str] = []
    with _heard(told):
        each = _Asked(how, period, how.compute(period), told)
    asked = bool(told)
    if not isinstance(each.rowset, Band) and all(map(_plain, _sides(each.rowset))):
        each.together = True
        each.amounts = [_amount(side) for side in _sides(each.rowset) if isinstance(side, Count | Sum)]
    each.demos = [sql for side in _sides(each.rowset) if (sql := _demo(side.rows))]
    told += [sql for sql, _given in filter(None, (*each.amounts, *each.demos))]
    return each, asked


@contextmanager
def _heard(told: list[str]) -> Iterator[None]:
    """Keeps the statements that are run meanwhile: a definition may ask for a parameter before it names its rows."""

    def hear(run: Callable[..., Any], sql: str, given: Any, many: bool, context: dict[str, Any]) -> Any:
        told.append(sql)
        return run(sql, given, many, context)

    with connection.execute_wrapper(hear):
        yield


def _sides(rowset: Rowset) -> tuple[Count | Sum | Band, ...]:
    """The row sets a figure stands on."""
    return (rowset.part, rowset.of) if isinstance(rowset, Ratio) else (rowset,)


def _plain(side: Count | Sum | Band) -> bool:
    """Whether the rows can be aggregated where they stand, without a query around them."""
    query = side.rows.query
    return side.rows.db == DEFAULT_DB_ALIAS and not (
        query.is_sliced or query.distinct or query.combinator or query.group_by is not None
    )


def _amount(side: Count | Sum) -> Sql | None:
    # a plain function: an aggregate would group the rows of the subquery
    name, inner = ("COUNT", "DISTINCT " if side.of else "") if isinstance(side, Count) else ("SUM", "")
    template = f"%(function)s({inner}%(expressions)s)"
    amount = Func(F(side.of or "pk"), function=name, template=template, output_field=FloatField())
    return _sql(side.rows.order_by().annotate(_amount=amount).values("_amount"))


def _demo(rows: QuerySet[Any]) -> Sql | None:
    """Whether one of the rows is demo data."""
    try:
        rows.model._meta.get_field("demo")
    except FieldDoesNotExist:
        return None
    return _sql(rows.filter(demo=True).order_by().values("pk"), "EXISTS")


def _sql(rows: QuerySet[Any], before: str = "") -> Sql | None:
    try:
        sql, given = rows.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return None
    return f"{before}({sql})", tuple(given)


def _one_row(columns: Sequence[Sql]) -> Sequence[Any]:
    if not columns:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT " + ", ".join(sql for sql, _given in columns), [one for _sql, given in columns for one in given]
        )
        row: Sequence[Any] = cursor.fetchone()
    return row


def _bands(asked: Sequence[_Asked]) -> dict[int, Counted]:
    """Each band by its place; bands over the same fields of the same model are read in one query."""
    alike: dict[Any, dict[int, Band]] = defaultdict(dict)
    for no, each in enumerate(asked):
        if isinstance(each.rowset, Band):
            alike[each.rowset.rows.model, each.rowset.fields][no] = each.rowset
    found: dict[int, Counted] = {}
    for (_model, fields), bands in alike.items():
        first, *others = [
            band.rows.order_by().annotate(_no=Value(no)).values_list("_no", *fields) for no, band in bands.items()
        ]
        read: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        statements: list[str] = []
        with _heard(statements):
            for no, *row in first.union(*others, all=True) if others else first:
                read[no].append(tuple(row))
        for no, band in bands.items():
            low, high = band.between(read[no]) or (None, None)
            found[no] = Counted(None, None, None, _definition(asked[no].how), low, high)
            asked[no].statements += statements
    return found


def _figure(each: _Asked, row: Iterator[Any], band: Counted | None) -> Figure:
    if band:
        counted = band
    elif each.together:
        counted = _together(each, row)
    else:
        with _heard(each.statements):
            counted = count(each.how, each.period)
    demo = True in [bool(next(row)) for _sql in each.demos]
    return Figure(counted, demo, _kinds(each.statements))


def _together(each: _Asked, row: Iterator[Any]) -> Counted:
    numbers = [
        _number(next(row)) if amount else (0.0 if isinstance(side, Count) else None)
        for amount, side in zip(each.amounts, _sides(each.rowset), strict=True)
    ]
    part = numbers[0]
    if not isinstance(each.rowset, Ratio):
        return Counted(part, part, None, _definition(each.how))
    return Counted(each.rowset.over(part, numbers[1]), part, numbers[1], _definition(each.how))


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _definition(how: Indicator) -> str:
    return f"{how.name} v{how.version}"


def _kinds(statements: Sequence[str]) -> frozenset[str] | None:
    """The kinds of record that statements read; None where they read from anything else."""
    kinds = _kinds_by_table()
    tables = {table for sql in statements for table in _TABLE.findall(sql)}
    return frozenset(kinds[table] for table in tables) if tables <= kinds.keys() else None


_kinds_by_table = cache(kinds_by_table)
