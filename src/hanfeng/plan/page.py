"""What the pages of the plan show, made from an evaluation: plain values in the order the templates tell them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from hanfeng.kernel.desk.path_chart import Dot, PathChart
from hanfeng.kernel.desk.status import shown
from hanfeng.kernel.desk.wording import day_text
from hanfeng.kernel.indicator.models import Trust
from hanfeng.kernel.pure import Bound

from . import summary, wording
from .assessed import Assessed, Evaluation, LedgerFigure, Value
from .judging import Shape, elapsed
from .summary import Due, Worst

SOON = 30
"""Days within which a value to come is told as due soon."""


def front_context(evaluation: Evaluation, *, acts: Iterable[dict[str, str]] = ()) -> dict[str, Any]:
    """The first page of a plan: one sentence, the worst three, what is due, rank, and a card for each main indicator."""
    rows = evaluation.main or evaluation.targets
    return {
        "headline": headline_part(evaluation, acts),
        "worst": worst_part(evaluation),
        "due": due_part(evaluation),
        "rank": rank_part(evaluation),
        "cards": [card(row) for row in rows],
    }


def evaluation_url(evaluation: Evaluation, verdict: str = "") -> str:
    """The page of the evaluation of this plan and day, cut to one verdict if asked."""
    asked = {"as_of": evaluation.as_of.isoformat(), **({"verdict": verdict} if verdict else {})}
    return f"{evaluation.plan.url}evaluation/?{urlencode(asked)}"


def headline_part(evaluation: Evaluation, acts: Iterable[dict[str, str]] = ()) -> dict[str, Any]:
    """The sentence in pieces, and the main indicators by verdict."""
    plan, rows = evaluation.plan, evaluation.main or evaluation.targets
    counts = [(verdict, sum(1 for row in rows if row.verdict is verdict)) for verdict in summary.ORDER]
    return {
        "plan": plan.title,
        "as_of": evaluation.as_of,
        "elapsed": elapsed(plan.starts, plan.ends, evaluation.as_of),
        "demo": False,
        "parts": [
            {"text": part.text, "kind": part.kind, "url": evaluation_url(evaluation, part.kind) if part.kind else ""}
            for part in summary.headline_parts(evaluation)
        ],
        "verdicts": [
            {
                "kind": verdict.value,
                "title": wording.verdict_title(verdict),
                "count": count,
                "url": evaluation_url(evaluation, verdict.value),
            }
            for verdict, count in counts
            if count
        ],
        "acts": list(acts),
    }


def worst_part(evaluation: Evaluation) -> dict[str, Any]:
    """The three that most need attention, the rule of their order, and who owes them."""
    return {
        "url": evaluation_url(evaluation),
        "rule": summary.worst_rule(),
        "items": [_worst(found, evaluation.as_of) for found in summary.worst(evaluation)],
    }


def _worst(found: Worst, as_of: date) -> dict[str, Any]:
    row, judgement = found.row, found.row.judgement
    ratio = judgement.progress if judgement.progress is not None else judgement.attainment
    late = row.release_on is not None and row.release_on <= as_of
    return {
        "title": row.name,
        "url": row.target.url,
        "kind": row.verdict.value,
        "verdict": row.verdict_title,
        "gap": found.text,
        "ratio": ratio,
        "expected": judgement.elapsed if judgement.elapsed is not None else judgement.elapsed_today,
        "ratio_title": progress_title(row) if judgement.progress is not None else attainment_title(),
        "body": wording.listed(owed.name for owed in found.owed_by) or _("not assigned yet"),
        "body_url": "",
        "owes": row.ask,
        "late": late,
        "demo": False,
    }


def attainment_title() -> str:
    """What value over target is called."""
    return _("Attainment of the target")


def progress_title(row: Assessed) -> str:
    """What the share of the planned increase is called; of a line to hold the share of years that kept it."""
    return _("Years kept") if row.judgement.goal.shape is Shape.HOLD else _("Progress from the base")


def due_part(evaluation: Evaluation, meeting: dict[str, Any] | None = None) -> dict[str, Any]:
    """The values to be published soon, and those that should be out."""
    items = [_due(found, evaluation.as_of) for found in summary.due(evaluation)]
    return {"url": evaluation_url(evaluation), "meeting": meeting, "items": items}


def _due(found: Due, as_of: date) -> dict[str, Any]:
    days = (found.on - as_of).days
    title = _("Value of %(name)s for %(day)s") % {"name": found.name, "day": day_text(found.value_at)}
    return {
        "day": found.on,
        "title": title,
        "url": found.url,
        "body": found.whom,
        "kind": "over" if days < 0 else "near" if days <= SOON else "pending",
        "left": _left(days),
        "sure": found.confirmed,
        "demo": False,
    }


def _left(days: int) -> str:
    if days == 0:
        return pgettext("days left", "today")
    if days < 0:
        return ngettext("%(days)s day late", "%(days)s days late", -days) % {"days": -days}
    return ngettext("in %(days)s day", "in %(days)s days", days) % {"days": days}


def rank_part(evaluation: Evaluation) -> dict[str, Any]:
    """The newest published rank; one that is only a lead is named without its figure."""
    sure = next((rank for rank in evaluation.ranks if not rank.lead), None)
    if sure is None:
        title = _("A rank is known from a source to be verified only; see the annex.") if evaluation.ranks else ""
        return {"title": title, "value": None, "trend": None}
    now, before = sure.value, sure.before
    moved = None if before is None else int((before.bound.value or 0) - (now.bound.value or 0))
    series = [value for value in (before, now) if value is not None]
    return {
        "title": now.measure_name, "value": _whole(now), "of": None, "group": now.note, "moved": moved,
        "lost": abs(moved) if moved else 0, "years": [{"label": value.period, "value": _whole(value)} for value in series],
        "points": [_whole(value) for value in series], "url": now.source.address if now.source else "",
        "source": wording.source_text(now), "as_of": now.at, "trend": None,
    }  # fmt: skip


def _whole(value: Value) -> int | None:
    return None if value.bound.value is None else int(value.bound.value)


# --- one indicator ------------------------------------------------------------------------------------------------------


def card(row: Assessed) -> dict[str, Any]:
    """The card of one indicator: the published value, both ratios, verdict, and the ledger beside it."""
    value, target = row.judged_by, row.target
    figure = ledger_shown(row)
    return {
        "title": row.name,
        "url": target.url,
        "kind": row.verdict.value,
        "verdict": row.verdict_title,
        "value": row.judgement.value,
        "unit": wording.unit_of(row.judgement.goal.shape, target.unit),
        "decimals": target.decimals,
        "as_of": row.judgement.data_at,
        "scope": "" if value is None or value.whole else _("%(place)s only") % {"place": value.place_name},
        "chart": path_chart(row),
        "target": target.goal,
        "ratios": ratios(row),
        "confirmed": wording.source_text(value)
        if value and value.source and value.source.trust == Trust.OFFICIAL
        else "",
        "ledger": figure and {"value": _ledger_text(figure), "gap": _gap_text(figure), "url": figure.url},
        "demo": figure is not None and figure.demo,
    }


def ratios(row: Assessed) -> list[dict[str, Any]]:
    """Both ratios by their names: value over target, and the share of the planned increase; with what was planned by the day."""
    judgement = row.judgement
    planned = None
    if judgement.expected is not None and judgement.target:
        planned = judgement.expected / judgement.target
    return [
        {"title": attainment_title(), "value": judgement.attainment, "expected": planned},
        {"title": progress_title(row), "value": judgement.progress, "expected": judgement.elapsed},
    ]


def ledger_shown(row: Assessed) -> LedgerFigure | None:
    """The ledger figure to show where there is room for one: the series the target means, else the first."""
    return next((figure for figure in row.ledger if figure.means_target), next(iter(row.ledger), None))


def _ledger_text(figure: LedgerFigure) -> str:
    said = wording.ledger_text(figure)
    return pgettext("value and where it stands", "%(value)s (%(where)s)") % {
        "value": said,
        "where": figure.series_title,
    }


def _gap_text(figure: LedgerFigure) -> str:
    """How far the ledger lies from the confirmed value; nothing where there is none of the whole place."""
    if figure.gap is None or figure.gap.value is None:
        return ""
    gap = wording.figure(abs(figure.gap.value), figure.unit)
    if figure.gap.value == 0:
        return _("equal to the confirmed value")
    return (
        _("%(gap)s above the confirmed value") if figure.gap.value > 0 else _("%(gap)s below the confirmed value")
    ) % {"gap": gap}


def path_chart(row: Assessed) -> PathChart | None:
    """The small drawing of a target; None where not even the plan can be drawn."""
    judgement, goal = row.judgement, row.judgement.goal
    if not row.planned and judgement.value is None:
        return None
    dots = _dots(row) if goal.shape not in (Shape.SUM, Shape.GROWTH) else []
    found = judgement.forecast
    band = ((found.at, found.low, found.high),) if found else ()
    start = judgement.value.value if judgement.value is not None else None
    if found and judgement.data_at and start is not None:
        band = ((judgement.data_at, start, start), *band)
    return PathChart(
        title=row.name,
        unit=wording.unit_of(goal.shape, row.target.unit),
        path=row.planned,
        target=(goal.ends, judgement.target) if goal.ends and judgement.target is not None else None,
        dots=tuple(dots),
        band=band,
        now=judgement.as_of,
        decimals=row.target.decimals,
        tone=shown(row.verdict.value).tone,
    )


def _dots(row: Assessed) -> list[Dot]:
    """The published values, and leads as hollow dots."""
    return [_dot(value) for value in (*row.history, *row.own_leads)]


def _dot(value: Value) -> Dot:
    part = value.part and value.bound.low is not None
    bound = Bound(value.bound.low, None, value.bound.about) if part else value.bound
    return Dot(value.at, bound, value.use == "lead", wording.source_text(value))
