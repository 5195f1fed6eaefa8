"""An indicator is a function of a period that returns rows, so that every number opens to what it was counted from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from inspect import cleandoc
from typing import Any, cast

from django.db.models import Count as CountOf
from django.db.models import QuerySet
from django.db.models import Sum as SumOf

from hanfeng.kernel.base.period import Period
from hanfeng.kernel.record.models import Reader
from hanfeng.kernel.roles import visible

Amount = int | float | Decimal


@dataclass(frozen=True)
class Count:
    """How many rows; with `of`, how many different values of that field among them (firms, not certificates)."""

    rows: QuerySet[Any]
    of: str = ""
    secret = ""

    def value(self) -> int:
        return self.rows.values(self.of).distinct().count() if self.of else self.rows.count()

    def by(self, field: str) -> dict[Any, Amount]:
        """The count for each value of a field."""
        counted = CountOf(self.of, distinct=True) if self.of else CountOf("pk")
        return dict(self.rows.order_by().values_list(field).annotate(n=counted).order_by("-n"))


@dataclass(frozen=True)
class Sum:
    """The sum of a field over rows; None when there is no row, which is not zero.

    `secret` is the path to who contributed a row, where what he stated must not be told. Such a sum is never broken down as it
    stands, for a part of few contributors would tell: `by` says nothing, and what may be said comes from an edition
    (`kernel.disclosure`).
    """

    rows: QuerySet[Any]
    of: str
    secret: str = ""

    def value(self) -> Amount | None:
        return cast("Amount | None", self.rows.aggregate(n=SumOf(self.of))["n"])

    def by(self, field: str) -> dict[Any, Amount]:
        """The sum for each value of a field; nothing where the rows are secret."""
        return {} if self.secret else self.plainly_by(field)

    def plainly_by(self, field: str) -> dict[Any, Amount]:
        """The sum for each value of a field, secret or not: for who may see every row."""
        return dict(self.rows.order_by().values_list(field).annotate(n=SumOf(self.of)).order_by("-n"))


@dataclass(frozen=True)
class Ratio:
    """One count or sum over another, times a factor, less a number; None when there is nothing to divide by.

    `less` 100 makes growth in per cent of this year over the last. `of_all` divides each part of a breakdown by the whole
    amount below, where that one has no parts (spending of a town over the product of the district): the parts add up.
    """

    part: Count | Sum
    of: Count | Sum
    factor: float = 100.0
    less: float = 0.0
    of_all: bool = False

    @property
    def rows(self) -> QuerySet[Any]:
        return self.part.rows

    @property
    def secret(self) -> str:
        return self.part.secret or self.of.secret

    def value(self) -> float | None:
        return self.over(*self.amounts())

    def amounts(self) -> tuple[Amount | None, Amount | None]:
        """Both amounts; two sums over the same rows are read in one pass."""
        if isinstance(self.part, Sum) and isinstance(self.of, Sum) and self.part.rows is self.of.rows:
            read = self.part.rows.aggregate(part=SumOf(self.part.of), whole=SumOf(self.of.of))
            return read["part"], read["whole"]
        return self.part.value(), self.of.value()

    def over(self, part: Amount | None, whole: Amount | None) -> float | None:
        """The ratio of two amounts counted already."""
        return None if not whole or part is None else self.factor * float(part) / float(whole) - self.less

    def by(self, field: str) -> dict[Any, Amount]:
        """The ratio for each value of a field that both row sets have; nothing where the rows are secret."""
        return {} if self.secret else self.plainly_by(field)

    def plainly_by(self, field: str) -> dict[Any, Amount]:
        """The ratio for each value of a field, secret or not: for who may see every row."""
        parts = _plainly(self.part, field)
        whole: dict[Any, Any] = dict.fromkeys(parts, self.of.value()) if self.of_all else _plainly(self.of, field)
        shares = {key: self.over(amount, whole.get(key)) for key, amount in parts.items()}
        return {key: share for key, share in shares.items() if share is not None}


def _plainly(rowset: Count | Sum, field: str) -> dict[Any, Amount]:
    return rowset.plainly_by(field) if isinstance(rowset, Sum) else rowset.by(field)


@dataclass(frozen=True)
class Band:
    """What rows allow to be said only between two numbers, because a choice of method moves it; it has no value of its own."""

    rows: QuerySet[Any]
    fields: tuple[str, ...]
    between: Callable[[Iterable[tuple[Any, ...]]], tuple[float, float] | None]
    """From those fields of each row to the two numbers; several bands are so read in one query."""
    secret = ""

    def value(self) -> None:
        return None

    def bounds(self) -> tuple[float, float] | None:
        """The least and the most, or None while the rows do not tell."""
        return self.between(self.rows.values_list(*self.fields))

    def by(self, field: str) -> dict[Any, Amount]:
        """A band is not broken down."""
        return {}


Rowset = Count | Sum | Ratio | Band


@dataclass(frozen=True)
class Dimension:
    """A way to break a figure down: a field path of its rows, and how it is called."""

    field: str
    title: Any


@dataclass(frozen=True)
class Indicator:
    """A stated way to count a measure. A changed definition is a new function with the day from which it holds."""

    name: str
    measure: str
    series: str
    title: Any
    unit: Any
    compute: Callable[[Period], Rowset]
    by: tuple[Dimension, ...] = ()
    version: int = 1
    since: date = date.min
    decimals: int | None = None
    """Digits after the point with which it is shown; None as it comes, for counts."""
    remarks: Callable[[Period], Iterable[Any]] | None = None
    """What must be said beside the figure of a period, such as that its denominator was revised."""

    def shown(self, value: float | None) -> float | None:
        """A value of it, rounded as it is shown."""
        return value if value is None or self.decimals is None else round(value, self.decimals)

    @property
    def text(self) -> str:
        """The definition as published: the function's own sentence."""
        return cleandoc(self.compute.__doc__ or "")


def indicator(
    measure: str,
    title: Any,
    *,
    unit: Any,
    series: str = "",
    by: Iterable[Dimension] = (),
    version: int = 1,
    since: date = date.min,
    decimals: int | None = None,
    remarks: Callable[[Period], Iterable[Any]] | None = None,
) -> Callable[[Callable[[Period], Rowset]], Indicator]:
    """Declare how a measure is counted. `series` names one of several counts of it (valid today, ever recognised)."""

    def wrap(compute: Callable[[Period], Rowset]) -> Indicator:
        return Indicator(
            compute.__name__, measure, series, title, unit, compute, tuple(by), version, since, decimals, remarks
        )

    return wrap


@dataclass(frozen=True)
class Counted:
    """A figure as counted: the number, what it was divided by, the definition that held; of a band its two ends instead."""

    value: float | None
    numerator: float | None
    denominator: float | None
    definition: str
    low: float | None = None
    high: float | None = None


def count(found: Indicator, period: Period) -> Counted:
    """Count an indicator for a period. The figure is the same for every reader."""
    rows, definition = found.compute(period), f"{found.name} v{found.version}"
    if isinstance(rows, Ratio):
        top, bottom = rows.amounts()
        return Counted(rows.over(top, bottom), _float(top), _float(bottom), definition)
    if isinstance(rows, Band):
        low, high = rows.bounds() or (None, None)
        return Counted(None, None, None, definition, low, high)
    value = _float(rows.value())
    return Counted(value, value, None, definition)


def _float(value: Amount | None) -> float | None:
    return None if value is None else float(value)


@dataclass(frozen=True)
class Opened:
    """The rows behind a figure as one reader may see them: all are counted, `rows` are his."""

    total: int
    rows: QuerySet[Any]


def open_rows(found: Indicator, period: Period, user: Reader) -> Opened:
    """Open a figure to its rows: the total is everybody's, the rows are cut to the reader's scope."""
    rows = found.compute(period).rows
    mine = visible(rows.model, user).values("pk")
    return Opened(rows.count(), rows.filter(pk__in=mine))
