"""The annexes of the official report: indicators by year, tasks, method, what is to be verified."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hanfeng.kernel.desk.wording import MISSING
from hanfeng.kernel.pure import Bound
from hanfeng.plan import wording
from hanfeng.plan.assessed import Assessed, Evaluation, Value

from . import figures as fig
from .linked import Block, Linked, Paragraph, Run, Runs, Table, joined, numbers_in, say

if TYPE_CHECKING:
    from .official import Material
    from .tasks import TaskLine

Annex = tuple[str, Callable[["Material"], Iterator[Block]]]


def annexes(material: Material) -> tuple[Annex, ...]:
    """The annexes with their titles."""
    return (
        (_("Indicators by year"), _indicators),
        (_("Tasks of the plan"), _tasks),
        (_("Method of the evaluation"), _method),
        (_("Values to be verified"), _leads),
    )


# --- 1 ----------------------------------------------------------------------------------------------------------------


def _indicators(material: Material) -> Iterator[Block]:
    evaluation = material.evaluation
    years = _years(evaluation)
    head = (_("Indicator"), _("Base value"), *map(str, years), _("Target"), _("Verdict"))
    rows = tuple(
        (
            _with_unit(row),
            (fig.base_figure(row),),
            *(_of_year(row, year) for year in years),
            (fig.goal_figure(row),),
            (row.verdict_title,),
        )
        for row in (*evaluation.main, *(r for r in evaluation.other if r.history))
    )
    share = 0.42 / max(len(years), 1)
    widths = (0.2, 0.12, *([share] * len(years)), 0.14, 0.12)
    yield Table(head, rows, widths, "l" + "c" * (len(head) - 1))
    yield _note(
        _(
            "Values of a part of the place carry the sign ≥: they are a lower bound for the whole. A dash: nothing is published."
        )
    )


def _years(evaluation: Evaluation) -> tuple[int, ...]:
    last = min(evaluation.plan.ends.year, evaluation.as_of.year)
    return tuple(range(evaluation.plan.starts.year, last + 1))


def _with_unit(row: Assessed) -> Runs:
    return say(_("%(name)s (%(unit)s)"), name=fig.name(row), unit=fig.words(row.target.unit, f"target:{row.slug}.unit")) \
        if row.target.unit else (fig.name(row),)  # fmt: skip


def _of_year(row: Assessed, year: int) -> Runs:
    """The value of a year: of the whole before a part of it, the newest first."""
    mine = sorted((v for v in row.history if v.at.year == year), key=lambda v: (v.whole, v.at))
    if not mine:
        return (MISSING,)
    value = mine[-1]
    if value.whole or not row.judgement.goal.adds_up or value.bound.low is None:
        return (fig.reading(value, signs=True),)
    floor = Bound.at_least(value.bound.low)  # a part of the place is a lower bound for the whole
    return (fig.reading(replace(value, bound=floor), signs=True),)


# --- 2 ----------------------------------------------------------------------------------------------------------------


def _tasks(material: Material) -> Iterator[Block]:
    if not material.tasks:
        yield _note(_("None is recorded."))
        return
    told = any(task.followed for task in material.tasks)
    head = (_("Task"), _("Clause"), _("Lead body"), _("Responsible body"), _("State"))
    rows = tuple(
        (
            (fig.words(task.name, f"task:{task.id}", "name", task.url),),
            (fig.words(task.clause, f"task:{task.id}.clause", "name", task.url),),
            (fig.words(wording.listed(task.lead) or MISSING, f"task:{task.id}.lead"),),
            (fig.words(wording.listed(task.responsible) or MISSING, f"task:{task.id}.responsible"),),
            (_state(task),),
            *([(_progress(task),)] if told else []),
        )
        for task in material.tasks
    )
    if told:
        yield Table((*head, _("Newest progress")), rows, (0.19, 0.17, 0.13, 0.13, 0.13, 0.25), "llllcl")
        yield _note(_("Light and progress are of the ledger: the light of the day of this report, the words of the entry that "
                      "the plan office accepted last."))  # fmt: skip
    else:
        yield Table(head, rows, (0.3, 0.26, 0.16, 0.16, 0.12), "llllc")


def _state(task: TaskLine) -> Run:
    """The light in the ledger; without one, whether records are kept."""
    if task.followed:
        return fig.words(task.followed.state, f"task:{task.id}.light", "name", task.followed.url)
    return _("records kept") if task.served else _("no record kept")


def _progress(task: TaskLine) -> Run:
    """What the body said last and the plan office accepted; of a closed task also its day."""
    told = task.followed
    if told is None:
        return MISSING
    if told.light == "blue" or not told.progress:
        return fig.words(told.why, f"task:{task.id}.why", "computed", told.url)
    return fig.words(told.progress, f"{told.entry}.progress", "quote", told.entry_url)


# --- 3 ----------------------------------------------------------------------------------------------------------------


def _method(material: Material) -> Iterator[Block]:
    evaluation = material.evaluation
    method = fig.words(evaluation.method_title, "method", "name")
    yield Paragraph("body", say(_("Method: %(method)s. Progress is compared with the planned course at the date of the data."),
                                method=method))  # fmt: skip
    rules = (
        _("Attainment of the target is the latest value over the target; progress from the base is what was added since the "
          "base over what the plan wants added. A line to hold is judged year by year."),
        _("Only values of competent bodies and of the press judge. A value of a part of the place is a lower bound for the "
          "whole; yearly additions are not added up to a stock."),
        _("Ledger values explain and never judge; they do not stand in this report. Demo data is never used."),
        _("A target without a usable value is told as such and is neither met nor missed."),
    )  # fmt: skip
    yield from (Paragraph("body", (rule,)) for rule in rules)
    head = (_("Threshold"), _("Value"), _("Basis"))
    rows = tuple(
        (
            (fig.words(line.title, f"threshold:{line.name}.title", "name"),),
            (fig.words(line.value, f"threshold:{line.name}", "plan"),),
            (
                fig.words(
                    _("set by this platform") if line.ours else line.basis or MISSING, f"threshold:{line.name}.basis"
                ),
            ),
        )
        for line in evaluation.thresholds
    )
    yield Table(head, rows, (0.6, 0.15, 0.25), "lcl")
    if evaluation.sources:
        yield Paragraph("body", (_("Sources of the published values:"),))
        yield Table(
            (_("Source"), _("Publisher"), _("Published")), tuple(_sources(evaluation)), (0.55, 0.25, 0.2), "llc"
        )


def _sources(evaluation: Evaluation) -> Iterator[tuple[Runs, ...]]:
    judging = {v.source.slug for row in evaluation.targets for v in row.values if v.source and not v.demo}
    judging |= {rank.value.source.slug for rank in evaluation.ranks if rank.value.source and not rank.lead}
    for line in evaluation.sources:
        if line.slug in judging:
            key = f"source:{line.slug}"
            yield (
                (fig.words(line.title, key, "name", line.address),),
                (fig.words(line.publisher or MISSING, f"{key}.publisher"),),
                (fig.words(line.published or MISSING, f"{key}.published", "day"),),
            )


# --- 4 ----------------------------------------------------------------------------------------------------------------


def _leads(material: Material) -> Iterator[Block]:
    leads = [value for value in material.evaluation.leads if not value.demo]
    if not leads:
        yield _note(_("None is recorded."))
        return
    yield Paragraph(
        "body",
        (
            _(
                "No competent body has confirmed these values. None of them was used for a verdict or stands in the text."
            ),
        ),
    )
    head = (_("Measure"), _("Value"), _("Place"), _("Day"), _("Source"))
    yield Table(head, tuple(_lead(value) for value in leads), (0.26, 0.16, 0.18, 0.16, 0.24), "lcccl")


def _lead(value: Value) -> tuple[Runs, ...]:
    key = f"reading:{value.id}"
    return (
        (fig.words(value.measure_name, f"measure:{value.measure}"),),
        (fig.lead(value),),
        (fig.words(value.place_name, f"{key}.place"),),
        (_day(value),),
        (fig.words(value.source.title if value.source else MISSING, f"{key}.source"),),
    )


def _day(value: Value) -> Run:
    at: date = value.at
    return Linked(f"reading:{value.id}.as_of", "day", at.isoformat(), rests=(value.id,))


def _note(text: str) -> Paragraph:
    assert not numbers_in(text)
    return Paragraph("note", joined([(pgettext("note under a table", "Note: "),), (text,)]))
