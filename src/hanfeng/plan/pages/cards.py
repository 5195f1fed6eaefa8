"""A judged target as pages tell it: its newest value, both ratios, its standing, its path."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from hanfeng.kernel.base.bound import Bound
from hanfeng.kernel.desk.path_chart import Dot, PathChart
from hanfeng.kernel.desk.wording import number_text, with_unit
from hanfeng.kernel.pure import Period
from hanfeng.plan import wording
from hanfeng.plan.assessed import Assessed, LedgerFigure, Value
from hanfeng.plan.judging import Shape
from hanfeng.plan.ledger import to_day

from .frame import target_url

OWN = ("level", "subset", "derived")
"""Kinds of values that are values of the measure itself."""


def row_of(row: Assessed, slug: str) -> dict[str, Any]:
    """One line of a table of targets; `value` is None where nothing published can be used."""
    judgement = row.judgement
    judged = row.judged_by
    return {
        "row": row,
        "title": row.name,
        "url": target_url(slug, row.slug),
        "no": row.target.no,
        "kind": row.verdict.value,
        "goal": row.target.goal,
        "value": shown_value(row),
        "unit": row.target.unit,
        "decimals": row.target.decimals,
        "as_of": judgement.data_at,
        "scope": judged.place_name if judged and not judged.whole else "",
        "source": wording.source_text(judged) if judged else "",
        "attainment": judgement.attainment,
        "progress": judgement.progress,
        "elapsed": judgement.elapsed,
        "leads": row.owed_by("lead"),
        "demo": any(figure.demo for figure in row.ledger),
    }


def shown_value(row: Assessed) -> Bound | None:
    """The value a page shows in the unit of the target: of growth the published rate, else what was judged."""
    judged = row.judged_by
    if row.judgement.goal.shape is Shape.GROWTH:
        return judged.bound if judged else None
    return row.judgement.value


def card_of(row: Assessed, slug: str) -> dict[str, Any]:
    """The card of a main indicator (plan/parts/card.html)."""
    judgement, judged = row.judgement, row.judged_by
    ledger = first_ledger(row)
    official = judged is not None and judged.source is not None and judged.source.trust == "official"
    return {
        **row_of(row, slug),
        "chart": chart_of(row),
        "target": row.target.goal,
        "confirmed": wording.source_text(judged) if judged and official else "",
        "ratios": [
            {"title": _("Attainment of the target"), "value": judgement.attainment, "expected": None},
            {"title": _("Progress from the base"), "value": judgement.progress, "expected": judgement.elapsed},
        ],
        "ledger": ledger and ledger_of(ledger, row),
    }


def first_ledger(row: Assessed) -> LedgerFigure | None:
    """The series of the ledger that the target means; where the plan does not say, the first."""
    known = [figure for figure in row.ledger if figure.value is not None]
    return next((figure for figure in known if figure.means_target), known[0] if known else None)


def ledger_of(figure: LedgerFigure, row: Assessed) -> dict[str, Any]:
    """A ledger figure in words, and the address at which it opens to its rows."""
    return {
        "value": with_unit(number_text(figure.value), figure.unit),
        "gap": gap_text(figure.gap, figure.unit, row.target.decimals),
        "url": figure_url(figure.indicator, to_day(figure.at)),
    }


def figure_url(indicator: str, period: Period) -> str:
    """The page on which a counted figure opens to its rows."""
    return f"/figures/{indicator}/?period={period}"


def gap_text(gap: Bound | None, unit: str, decimals: int) -> str:
    """How far the ledger is from the confirmed value; nothing where either is not exact."""
    if gap is None or gap.value is None or gap.about:
        return ""
    if gap.value == 0:
        return _("the same as the confirmed value")
    said = wording.figure(abs(gap.value), unit, decimals)
    return (_("%(gap)s more") if gap.value > 0 else _("%(gap)s fewer")) % {"gap": said}


# --- the chart --------------------------------------------------------------------------------------------------------


def chart_of(row: Assessed) -> PathChart:
    """The path of a target, its published values, its leads and its forecast."""
    judgement, unit = row.judgement, wording.unit_of(row.judgement.goal.shape, row.target.unit)
    goal = judgement.target if judgement.target is not None else judgement.goal.goal
    return PathChart(
        title=row.name,
        unit=unit,
        path=row.planned,
        target=None if goal is None else (judgement.goal.ends or judgement.as_of, goal),
        dots=(*_published(row), *_leads(row)),
        band=_band(row),
        now=judgement.as_of,
        decimals=row.target.decimals,
        tone=row.verdict.value,
    )


def _published(row: Assessed) -> list[Dot]:
    """The values that judge, on the scale of the target; of a sum or a growth what they come to."""
    judgement = row.judgement
    if judgement.goal.shape in (Shape.SUM, Shape.GROWTH):
        known = judgement.data_at is not None and judgement.value is not None
        return [Dot(judgement.data_at, judgement.value)] if known else []  # type: ignore[arg-type]
    return [Dot(v.at, scaled(v), label=wording.value_text(v)) for v in row.values if v.use == "judges"]


def scaled(value: Value) -> Bound:
    """A value of a part of the place is a lower bound for the whole."""
    part = value.part and value.bound.low is not None
    return Bound(value.bound.low, None, value.bound.about) if part else value.bound


def _leads(row: Assessed) -> list[Dot]:
    if row.judgement.goal.shape in (Shape.SUM, Shape.GROWTH):
        return []
    mine = [v for v in row.leads if v.measure == row.target.measure and (v.whole or v.part) and v.kind in OWN]
    return [Dot(v.at, scaled(v), lead=True, label=wording.value_text(v)) for v in mine]


def _band(row: Assessed) -> tuple[Any, ...]:
    """From the newest value to the end."""
    judgement, found = row.judgement, row.judgement.forecast
    value = judgement.value.value if judgement.value else None
    if found is None or judgement.data_at is None or value is None:
        return ()
    return (judgement.data_at, value, value), (found.at, found.low, found.high)
