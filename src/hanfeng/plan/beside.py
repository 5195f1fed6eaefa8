"""The ledger put beside a judged target: the figure of the day, its course over the years, and its gap to the confirmed value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from hanfeng.kernel.desk.figures import figure_url
from hanfeng.kernel.pure import Bound, Period

from . import wording
from .assessed import Assessed, LedgerFigure
from .judging import Shape
from .ledger import LedgerValue, to_day, year_ends
from .models import Plan
from .vocabulary import measures

BOTH = ("ever", "valid")
COUNTED = (Shape.STOCK, Shape.LEVEL, Shape.MULTIPLE, Shape.COVERAGE, Shape.AMOUNT, Shape.STATE, Shape.RANGE)
"""Shapes whose confirmed value and ledger value are the same quantity on a day, so that a gap means something."""


def until(row: Assessed, as_of: date) -> date:
    """The day the ledger is read for: the day of the evaluation, or the end of the target's term if that is past."""
    ends = row.judgement.goal.ends
    return as_of if ends is None else min(as_of, ends)


def asked_for(row: Assessed, plan: Plan, as_of: date) -> Iterator[tuple[str, Period]]:
    """What has to be counted for a target: each year's end since the base, the day itself, and the day of the confirmed value."""
    days = year_ends(plan.starts.year - 1, until(row, as_of))
    gap_at = _gap_at(row)
    for day in (*days, *([gap_at] if gap_at else [])):
        yield row.target.measure, to_day(day)


def _gap_at(row: Assessed) -> date | None:
    """The day of the confirmed value of the whole place; None where there is none to set the ledger against."""
    judgement = row.judgement
    comparable = judgement.goal.shape in COUNTED and judgement.point is not None and not judgement.point.is_part
    return judgement.data_at if comparable else None


def beside(row: Assessed, values: Iterable[LedgerValue], plan: Plan, as_of: date) -> Assessed:
    """The target with the ledger figures of its measure, one for each series."""
    mine = [value for value in values if value.indicator.measure == row.target.measure]
    keys = sorted({(value.pack.name, value.series) for value in mine})
    series = [[value for value in mine if (value.pack.name, value.series) == key] for key in keys]
    day, first = until(row, as_of), plan.starts.year - 1
    figures = [_figure(row, found, day, year_ends(first, day)) for found in series]
    return replace(row, ledger=tuple(figure for figure in figures if figure is not None))


def _figure(row: Assessed, found: Sequence[LedgerValue], day: date, days: Sequence[date]) -> LedgerFigure | None:
    by_day = {value.at: value for value in found}
    now, gap_at = by_day.get(day), _gap_at(row)
    if now is None:
        return None
    means, then = measures()[row.target.measure].target_means, by_day.get(gap_at) if gap_at else None
    return LedgerFigure(
        series=now.series,
        series_title=wording.series_title(now.series),
        title=str(now.indicator.title),
        value=now.indicator.shown(now.counted.value),
        numerator=now.counted.numerator,
        denominator=now.counted.denominator,
        at=day,
        unit=str(now.indicator.unit),
        demo=any(by_day[each].demo for each in days if each in by_day),
        means_target=now.series == means if means in BOTH and now.series in BOTH else None,
        definition=now.definition,
        version=now.counted.definition,
        pack=now.pack.name,
        pack_title=str(now.pack.title),
        indicator=now.indicator.name,
        url=figure_url(now.indicator, now.period),
        gap=_gap(row, then),
        gap_at=None if then is None else gap_at,
        history=tuple((each, _shown(by_day[each]), by_day[each].demo) for each in days if each in by_day),
        band=_band(now),
    )


def _shown(value: LedgerValue) -> float | None:
    return value.indicator.shown(value.counted.value)


def _band(now: LedgerValue) -> Bound | None:
    low, high = (now.indicator.shown(end) for end in (now.counted.low, now.counted.high))
    return None if low is None or high is None else Bound(low, high)


def _gap(row: Assessed, then: LedgerValue | None) -> Bound | None:
    """The ledger value less the confirmed one, both of the same day."""
    value = row.judgement.value
    if then is None or then.counted.value is None or value is None:
        return None
    return value.scale(-1).shift(then.counted.value)
