"""Ledger values: what the registers of the packs count for a measure, by the definition that held on the day.

They stand beside the confirmed value and never judge. A figure that counts one invented row is marked demo. A figure counted
before stands until a record of a kind it was read from is written; the others are counted in one query (`counting`). A figure of
secret rows is as its newest edition tells it, but for a reader who sees each of these rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from logging import getLogger
from threading import Lock
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from hanfeng.kernel.disclosure.breakdown import OUTSIDE, Sight, editions_of, is_live, told
from hanfeng.kernel.indicator.indicator import Amount, Counted, Dimension, Indicator
from hanfeng.kernel.pack import Pack, indicators
from hanfeng.kernel.pure import Period
from hanfeng.kernel.record.written import Written

from .counting import KEPT, Figure, count_all

MOST = 300
"""Figures counted in one query; databases bound the columns of a row."""

log = getLogger(__name__)


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


def ledger(measure: str, when: Period | date, sight: Sight = OUTSIDE) -> tuple[LedgerValue, ...]:
    """The ledger values of one measure for a period, or on a day."""
    return ledgers([(measure, to_day(when) if isinstance(when, date) else when)], sight)


def ledgers(asked: Iterable[tuple[str, Period]], sight: Sight = OUTSIDE) -> tuple[LedgerValue, ...]:
    """The ledger values of several measures and periods, in the order asked."""
    wanted = [(pack, how, period) for name, period in asked for pack, how in definitions(name, period.last)]
    live = [is_live(how, sight) for _pack, how, _period in wanted]
    figures = iter(_kept.figures([(how, period) for (_p, how, period), now in zip(wanted, live, strict=True) if now]))
    editions = {
        name: editions_of(name) for name in {p.name for (p, *_), now in zip(wanted, live, strict=True) if not now}
    }

    def value(pack: Pack, how: Indicator, period: Period, now: bool) -> LedgerValue:
        if now:
            figure = next(figures)
            return LedgerValue(how.series, figure.counted, how, pack, period, figure.demo)
        edition = editions[pack.name].get(str(period))
        return LedgerValue(
            how.series, told(how, period, sight, edition), how, pack, period, bool(edition and edition.demo)
        )

    return tuple(value(*each, now) for each, now in zip(wanted, live, strict=True))


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


class _Kept:
    """Figures counted in this process. What one was read from is known from its own SQL, so it stands while none of that was
    written; one that reads more than records (observations leave no event) is counted each time, and none outlives its day,
    for a definition may say "today".
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._written = Written()
        self._day = date.min
        self._figures: dict[tuple[Any, Period], tuple[int, Figure]] = {}

    def figures(self, wanted: Sequence[tuple[Indicator, Period]]) -> list[Figure]:
        """The figures of these indicators and periods, counted where they are not kept."""
        look = self._written.look()  # before the counting: what is written meanwhile is seen at the next look
        found = self._standing(look)
        missing = list(
            {
                (how.compute, period): (how, period) for how, period in wanted if (how.compute, period) not in found
            }.values()
        )
        fresh: dict[tuple[Any, Period], Figure] = {}
        for start in range(0, len(missing), MOST):
            part = missing[start : start + MOST]
            fresh |= {(how.compute, period): f for (how, period), f in zip(part, count_all(part), strict=True)}
        if look is not None:
            self._keep(look, fresh)
        log.debug("counted %s of %s figures", [(how.name, str(period)) for how, period in missing], len(wanted))
        found |= fresh
        return [found[how.compute, period] for how, period in wanted]

    def _standing(self, look: int | None) -> dict[tuple[Any, Period], Figure]:
        if look is None:
            return {}
        today = timezone.localdate()
        with self._lock:
            if today != self._day or len(self._figures) > KEPT:
                self._day, self._figures = today, {}
            return {
                key: figure
                for key, (at, figure) in self._figures.items()
                if figure.kinds is not None and not self._written.since(at, figure.kinds)
            }

    def _keep(self, look: int, fresh: Mapping[tuple[Any, Period], Figure]) -> None:
        with self._lock:
            self._figures |= {key: (look, figure) for key, figure in fresh.items() if figure.kinds is not None}


_kept = _Kept()
