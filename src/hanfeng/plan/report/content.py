"""What the evaluation report says, in the order of an official report: the whole, the indicators, what is open, the method."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from hanfeng.kernel.desk.wording import day_text, number_text
from hanfeng.plan import summary, wording
from hanfeng.plan.assessed import Evaluation, Passed

from . import tables
from .blocks import Block, Items, Report, Text, annex, captioned, part, section, sentence
from .indicator import indicator


def report(evaluation: Evaluation) -> Report:
    """The evaluation as a report, in its own language (the caller activates it)."""
    return Report(
        title=_("Evaluation report on %(plan)s") % {"plan": evaluation.plan.title},
        lines=(evaluation.plan.title, _("Evaluation report")),
        subtitle=_("As known on %(day)s") % {"day": day_text(evaluation.as_of)},
        mark=_("Ledger values marked as demo data are invented; no verdict rests on them.") if evaluation.demo else "",
        language=evaluation.language,
        blocks=tuple(captioned(_blocks(evaluation))),
    )


def _blocks(evaluation: Evaluation) -> Iterator[Block]:
    numbered = (
        (_("The whole"), _whole), (_("Indicators"), _indicators), (_("Indicators one by one"), _one_by_one),
        (_("Where the plan disagrees with itself"), _contradictions), (_("What is open, and whom to ask"), _open),
        (_("Method"), _method),
    )  # fmt: skip
    for number, (title, blocks) in enumerate(numbered, 1):
        yield section(number, title)
        yield from blocks(evaluation)
    for number, (title, blocks) in enumerate(
        ((_("Leads, to be verified"), _leads), (_("Sources"), _sources), (_("Bodies"), _bodies)), 1
    ):
        yield annex(number, title)
        yield from blocks(evaluation)


# --- the whole ------------------------------------------------------------------------------------------------------------


def _whole(evaluation: Evaluation) -> Iterator[Block]:
    yield Text(evaluation.headline)
    yield tables.verdicts(evaluation)
    yield Text(_tasks(evaluation))
    if evaluation.previous:
        yield Text(_previous(evaluation.previous))
    for rank in evaluation.ranks:
        if not rank.lead:
            yield Text(sentence(summary.rank_text(rank)))


def _tasks(evaluation: Evaluation) -> str:
    tasks = evaluation.tasks
    return _(
        "The plan sets %(total)s tasks: %(assigned)s have a lead or responsible body, %(unassigned)s have none yet; "
        "applications of this platform serve %(served)s."
    ) % {name: number_text(getattr(tasks, name)) for name in ("total", "assigned", "unassigned", "served")}


def _previous(rows: Sequence[Passed]) -> str:
    """What the plan reports of the period before, with each target that was missed."""
    missed = [row for row in rows if not row.met]
    said = _("Of the %(total)s indicators of the period before, %(met)s were met.") % {
        "total": len(rows),
        "met": len(rows) - len(missed),
    }
    told = [
        _("%(name)s was not met: %(actual)s against %(goal)s.")
        % {"name": row.name, "actual": wording.figure(row.actual, row.unit), "goal": wording.figure(row.goal, row.unit)}
        for row in missed
    ]
    return wording.sentences([said, *told])


# --- indicators -----------------------------------------------------------------------------------------------------------


def _indicators(evaluation: Evaluation) -> Iterator[Block]:
    grids: list[tuple[str, Block]] = []
    if evaluation.main:
        grids.append((_("Main indicators"), tables.main(evaluation.main)))
    if evaluation.other:
        grids.append((_("Targets outside the table of indicators"), tables.other(evaluation.other)))
    for number, (title, grid) in enumerate(grids, 1):
        yield part(number, title)
        yield grid
        yield Text(_ratios_note() if number == 1 else _outside_note(), "note")
    counted = [row for row in evaluation.targets if row.ledger]
    if counted:
        yield part(len(grids) + 1, _("Ledger values beside the published ones"))
        yield Text(_("Ledger values are counted from the registers of the applications. They explain and never judge."))
        yield tables.ledger(counted)


def _ratios_note() -> str:
    return _(
        "Attainment of the target is the latest value over the target; progress from the base is what was added since the base "
        "over what the plan wants added. The time elapsed belongs to the date of the data, not to the day of this report. "
        "A value of a part of the district is a lower bound."
    )


def _outside_note() -> str:
    return _(
        "These targets stand in the prose of the plan. They are judged one by one and not counted among the main indicators."
    )


def _one_by_one(evaluation: Evaluation) -> Iterator[Block]:
    """Each main indicator, and each other target of which something was published or counted."""
    rows = [*evaluation.main, *(row for row in evaluation.other if row.judgement.point is not None or row.causes)]
    titles = {found.slug: found for found in evaluation.contradictions}
    for number, row in enumerate(rows, 1):
        yield part(number, row.name)
        yield from indicator(row, [titles[slug] for slug in row.contradictions if slug in titles])


# --- disagreements, open questions, method, annexes -----------------------------------------------------------------------


def _contradictions(evaluation: Evaluation) -> Iterator[Block]:
    if not evaluation.contradictions:
        yield Text(_("None is recorded."))
    for number, found in enumerate(evaluation.contradictions, 1):
        yield part(number, found.title)
        yield Text(found.text)
        if found.sums:
            yield Items(tuple(computed.text for computed in found.sums))


def _open(evaluation: Evaluation) -> Iterator[Block]:
    grid = tables.open_questions(evaluation.targets)
    if grid.rows:
        yield grid
    else:
        yield Text(_("Every target could be judged."))
    if (coming := tables.due(evaluation)).rows:
        yield Text(
            _("Release dates follow from past releases where the competent body has not confirmed them."), "note"
        )
        yield coming


def _method(evaluation: Evaluation) -> Iterator[Block]:
    compared = _("Method: %(method)s. Progress is compared with the planned course at the date of the data.")
    yield Text(compared % {"method": evaluation.method_title})
    yield Text(_("No official document sets these thresholds: where the basis says so, they are the platform's own."))
    yield tables.thresholds(evaluation)
    yield Items((
        _("Only values of competent bodies and of the press judge. Leads stand in annex 1."),
        _("A value of a part of the district is a lower bound for the whole; yearly additions are not added up to a stock."),
        _("Ledger values stand beside the published ones and never judge; what counts invented rows is marked as demo data."),
        _("A target without a usable value is told as such and is neither met nor missed."),
    ))  # fmt: skip


def _leads(evaluation: Evaluation) -> Iterator[Block]:
    if not evaluation.leads:
        yield Text(_("None is recorded."))
        return
    yield Text(
        _("These values come from sources that no competent body has confirmed. None of them was used for a verdict.")
    )
    yield tables.leads(evaluation.leads)


def _sources(evaluation: Evaluation) -> Iterator[Block]:
    yield tables.sources(evaluation) if evaluation.sources else Text(_("None is recorded."))


def _bodies(evaluation: Evaluation) -> Iterator[Block]:
    grid = tables.bodies(evaluation.targets)
    yield grid if grid.rows else Text(_("The division of work assigns no target to a body yet."))
