"""The tables of the evaluation report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hanfeng.kernel.desk.wording import MISSING, bound_text, day_short_text, number_text, percent_text
from hanfeng.plan import summary, wording
from hanfeng.plan.assess import OPEN
from hanfeng.plan.assessed import Assessed, Evaluation, LedgerFigure, Value

from .blocks import Grid


def verdicts(evaluation: Evaluation) -> Grid:
    """How many targets stand where, the kinds apart."""
    rows = [
        (wording.verdict_title(verdict), str(evaluation.binding[verdict]), str(evaluation.expected[verdict]))
        for verdict in summary.ORDER
        if evaluation.binding[verdict] or evaluation.expected[verdict]
    ]
    head = (_("Verdict"), _("Binding targets"), _("Expected targets"))
    return Grid(_("Targets by verdict"), head, tuple(rows), (0.5, 0.25, 0.25), "lrr")


def main(rows: Sequence[Assessed]) -> Grid:
    """The table of indicators: where each started and should arrive, what is published, both ratios, verdict and source."""
    head = (
        pgettext("number of a row", "No."), _("Indicator"), _("Unit"), _("Base"), _("Target"), _("Latest published value"),
        _("Date of the data"), _("Attainment of the target"), _("Progress from the base"), _("Time elapsed"), _("Verdict"),
        _("Source"),
    )  # fmt: skip
    widths = (0.04, 0.15, 0.07, 0.06, 0.07, 0.14, 0.09, 0.075, 0.075, 0.07, 0.07, 0.09)
    return Grid(
        _("How the main indicators stand"), head, tuple(_main(row) for row in rows), widths, "clcrrlcrrrcl", wide=True
    )


def _main(row: Assessed) -> tuple[str, ...]:
    judgement, target, value = row.judgement, row.target, row.judged_by
    goal, digits = judgement.goal, target.decimals
    return (
        str(target.no or MISSING),
        target.name,
        target.unit,
        number_text(goal.base, digits) if goal.base is not None else MISSING,
        goal_sign(row),
        published(row),
        day_short_text(judgement.data_at),
        wording.share_text(judgement.attainment),
        wording.share_text(row.increase),
        percent_text(judgement.elapsed),
        row.verdict_title,
        _source(value),
    )


def goal_sign(row: Assessed) -> str:
    """The target in signs."""
    goal, digits = row.judgement.goal, row.target.decimals
    if goal.goal is None:
        return MISSING
    sign = {"ge": "≥ ", "le": "≤ ", "about": "≈ "}.get(goal.comparison, "")
    end = f"–{number_text(goal.goal_high)}" if goal.goal_high is not None else ""
    return f"{sign}{number_text(goal.goal, digits if goal.goal == round(goal.goal, digits) else None)}{end}"


def published(row: Assessed) -> str:
    """The value judged by as it speaks of the whole, and the part it was published for."""
    judgement, value = row.judgement, row.judged_by
    if judgement.value is None:
        return _("none")
    said = bound_text(judgement.value, wording.decimals_of(judgement.value, row.target.decimals))
    if value is None or value.whole:
        return said
    only = _("%(place)s only") % {"place": value.place_name}
    return pgettext("value and where it stands", "%(value)s (%(where)s)") % {"value": said, "where": only}


def _source(value: Value | None) -> str:
    if value is None or value.source is None:
        return MISSING
    return pgettext("value and where it stands", "%(value)s (%(where)s)") % {
        "value": value.source.publisher or value.source.title, "where": value.source.trust_title,
    }  # fmt: skip


def other(rows: Sequence[Assessed]) -> Grid:
    """Targets that stand in the prose only."""
    head = (
        _("Target of the plan"),
        _("What it wants"),
        _("Latest published value"),
        _("Date of the data"),
        _("Verdict"),
    )
    told = tuple(
        (row.name, row.target.goal, published(row), day_short_text(row.judgement.data_at), row.verdict_title)
        for row in rows
    )
    return Grid(_("How the other targets stand"), head, told, (0.34, 0.26, 0.16, 0.12, 0.12), "lllcc")


def ledger(rows: Sequence[Assessed]) -> Grid:
    """What the registers count, beside what is published; each invented figure marked."""
    head = (_("Indicator"), _("Count"), _("Ledger value"), _("Day"), _("Less the confirmed value"), _("Mark"))
    by_measure = {row.target.measure: row for row in reversed(rows)}  # of targets with one measure the first
    told = tuple(_ledger(row, figure) for row in rows if by_measure[row.target.measure] is row for figure in row.ledger)
    return Grid(_("Ledger values"), head, told, (0.3, 0.2, 0.14, 0.12, 0.14, 0.1), "llrcrc")


def _ledger(row: Assessed, figure: LedgerFigure) -> tuple[str, ...]:
    series = figure.series_title
    if figure.means_target:
        series = pgettext("value and where it stands", "%(value)s (%(where)s)") % {
            "value": series,
            "where": _("meant by the plan"),
        }
    gap = MISSING if figure.gap is None else bound_text(figure.gap, row.target.decimals)
    mark = _("Demo data") if figure.demo else ""
    return row.name, series, wording.ledger_text(figure), day_short_text(figure.at), gap, mark


def open_questions(rows: Sequence[Assessed]) -> Grid:
    """What keeps each open verdict open, and whom to ask for what."""
    head = (_("Target of the plan"), _("Why it cannot be judged"), _("Whom to ask"))
    told = tuple((row.name, wording.sentences(row.why[:2]), row.ask) for row in rows if row.judgement.verdict in OPEN)
    return Grid(_("Values to be obtained"), head, told, (0.22, 0.42, 0.36), "lll")


def due(evaluation: Evaluation) -> Grid:
    """Values to be published soon, and those that should be out."""
    head = (_("Expected on"), _("Target of the plan"), _("Value for"), _("Provided by"), _("State"))
    told = tuple(
        (
            day_short_text(each.on),
            each.name,
            day_short_text(each.value_at),
            each.whom,
            _("late") if each.late else _("coming"),
        )
        for each in summary.due(evaluation)
    )
    return Grid(_("Values to be published"), head, told, (0.13, 0.33, 0.13, 0.31, 0.1), "clclc")


def thresholds(evaluation: Evaluation) -> Grid:
    """The numbers of the method, each with what it rests on."""
    head = (_("Threshold"), _("Value"), _("Basis"))
    told = tuple(
        (row.title, row.value, _("set by this platform") if row.ours else row.basis or MISSING)
        for row in evaluation.thresholds
    )
    return Grid(_("Thresholds of the method"), head, told, (0.6, 0.15, 0.25), "lrl")


def leads(values: Iterable[Value]) -> Grid:
    """Values that nobody competent has confirmed."""
    head = (_("Measure"), _("Value"), _("Place"), _("Day"), _("Source"), _("What is to be verified"))
    told = tuple(_lead(value) for value in values)
    return Grid(_("Values to be verified"), head, told, (0.16, 0.12, 0.13, 0.11, 0.2, 0.28), "lrlcll")


def _lead(value: Value) -> tuple[str, ...]:
    said = bound_text(value.bound, wording.decimals_of(value.bound, value.decimals))
    why = [value.note, value.source.reason if value.source else ""]
    return (
        value.measure_name, f"{said} {value.unit}".strip(), value.place_name, day_short_text(value.at),
        value.source.title if value.source else MISSING, wording.sentences(part for part in why if part),
    )  # fmt: skip


def sources(evaluation: Evaluation) -> Grid:
    """Where the published values stand."""
    head = (_("Source"), _("Publisher"), _("Published"), _("Trust"), _("Address"))
    told = tuple(
        (line.title, line.publisher or MISSING, line.published or MISSING, line.trust_title, line.address or MISSING)
        for line in evaluation.sources
    )
    return Grid(_("Sources of the published values"), head, told, (0.27, 0.18, 0.12, 0.11, 0.32), "llcll")


def bodies(rows: Sequence[Assessed]) -> Grid:
    """Who leads, shares and gives data for each target that somebody was assigned to."""
    head = (_("Target of the plan"), _("Lead body"), _("Responsible body"), _("Data-providing body"))
    told = tuple(
        (
            row.name,
            *(
                wording.listed(owed.name for owed in row.owed_by(role)) or MISSING
                for role in ("lead", "responsible", "data")
            ),
        )
        for row in rows
        if row.bodies
    )
    return Grid(_("Who owes which target"), head, told, (0.34, 0.22, 0.22, 0.22), "llll")
