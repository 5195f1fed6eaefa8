"""The evaluation report in official form: five sections and four annexes, drafted from the data, every number linked.

The sections are those that offices use: the whole (indicators, tasks), results, problems and causes, the situation,
proposals. Nothing is said that the evaluation does not know; what only people know is left for them to add.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import get_language, override, pgettext
from django.utils.translation import gettext as _

from hanfeng.kernel.desk.wording import bound_words, percent_text
from hanfeng.kernel.pure import Bound, is_chinese
from hanfeng.plan import summary, wording
from hanfeng.plan.assess import OPEN
from hanfeng.plan.assessed import Assessed, Evaluation, Given, Passed, Rank
from hanfeng.plan.evaluate import evaluate
from hanfeng.plan.judging import Shape, Verdict
from hanfeng.plan.models import Plan
from hanfeng.plan.year.lights import ORDER
from hanfeng.standards import gbt9704

from . import figures as fig
from .annexes import annexes
from .blocks import numeral
from .changes import Change, Frozen, changes
from .linked import Block, Draft, Linked, Numbering, Paragraph, Run, Runs, joined, say
from .tasks import TaskLine, tasks_of

GOOD = (Verdict.EXCEEDED, Verdict.MET, Verdict.EARLY, Verdict.AHEAD, Verdict.ON)
LAGGING = (Verdict.MISSED, Verdict.NEARLY, Verdict.BEHIND)
SHOWN_TASKS, SHOWN_DISPUTES = 10, 5


@dataclass(frozen=True)
class Material:
    """What a report is drafted from. `before` is the frozen preliminary evaluation that this one replaces, if any."""

    evaluation: Evaluation
    tasks: tuple[TaskLine, ...] = ()
    before: Frozen | None = None

    @property
    def changes(self) -> tuple[Change, ...]:
        return () if self.before is None else changes(self.before, self.evaluation)


def material_of(plan: Plan, day: date, language: str, before: Frozen | None = None) -> Material:
    """What a report of a plan on a day is drafted from, in a language."""
    with override(language):
        return Material(evaluate(day, plan.slug, language), tasks_of(plan, day), before)


def is_preliminary(evaluation: Evaluation) -> bool:
    """Whether values are still to be published: the report is then preliminary and is issued again."""
    waiting = any(row.verdict is Verdict.NOT_OUT for row in evaluation.main)
    return waiting or (evaluation.as_of <= evaluation.plan.ends) or any(not d.late for d in summary.due(evaluation))


def official(material: Material) -> Draft:
    """The report as a text with its links, in the language of the evaluation."""
    evaluation = material.evaluation
    with override(evaluation.language):
        return Draft(evaluation.language, tuple(_blocks(material)), title=title_of(evaluation))


def title_of(evaluation: Evaluation) -> str:
    """The title of the report."""
    return pgettext("title of a report", "Evaluation report on the implementation of %(plan)s") % {
        "plan": pgettext("title of a plan in a text", "“%(title)s”") % {"title": evaluation.plan.title}
    }


def _blocks(material: Material) -> Iterator[Block]:
    evaluation = material.evaluation
    yield Paragraph("title", (fig.words(title_of(evaluation), f"plan:{evaluation.plan.slug}.title"),))
    yield _body(_opening(evaluation))
    counted = Numbering()
    sections: tuple[tuple[str, Callable[[Material, Numbering], Iterator[Block]]], ...] = (
        (_("Implementation of the plan as a whole"), _whole), (_("Main results"), _results),
        (_("Problems and their causes"), _problems), (_("The situation ahead"), _situation), (_("Proposals"), _proposals),
    )  # fmt: skip
    for title, section in sections:
        yield heading(1, counted, title)
        yield from section(material, counted)
    titles = tuple(title for title, _made in annexes(material))
    yield from (Paragraph("annex_note", (line,)) for line in annex_note(titles))
    yield Paragraph("signature", (evaluation.plan.issuer,))
    yield Paragraph("date", (fig.day("report.as_of", evaluation.as_of),))
    for number, (title, made) in enumerate(annexes(material), 1):
        yield Paragraph("annex_label", (pgettext("annex label", "Annex %(number)s") % {"number": number},))
        yield Paragraph("annex_title", (title,))
        yield from made(material)


def annex_note(titles: Sequence[str]) -> tuple[str, ...]:
    """The list of annexes after the text."""
    if is_chinese(get_language() or "zh"):
        return gbt9704.annex_note(titles)
    return tuple(f"Annex {number}: {title}" for number, title in enumerate(titles, 1))


def heading(level: int, counted: Numbering, title: str) -> Paragraph:
    """A numbered heading of a level."""
    number = counted.next(level)
    if is_chinese(get_language() or "zh"):
        return Paragraph(f"level{level}", (gbt9704.heading_number(level, number) + title,))
    form = "%s. %s" if level in (1, 3) else "(%s) %s"
    return Paragraph(f"level{level}", (form % (numeral(number) if level < 3 else number, title),))


def _body(*parts: Runs) -> Paragraph:
    return Paragraph("body", sentences(parts))


def _gap() -> str:
    """Between sentences; Chinese puts nothing there."""
    return "" if is_chinese(get_language() or "zh") else " "


def sentences(parts: Sequence[Runs]) -> Runs:
    """Sentences one after the other; Chinese puts nothing between them."""
    return joined([part for part in parts if part], _gap())


def _listed(parts: Sequence[Runs]) -> Runs:
    return joined(parts, pgettext("between the parts of a sentence", "; "))


def _opening(evaluation: Evaluation) -> Runs:
    plan = evaluation.plan
    number: Runs = say(_(" (%(number)s)"), number=fig.plan_number(evaluation)) if plan.number else ()
    return say(
        _(
            "This report evaluates %(plan)s%(number)s, “the plan” below, by the values published up to %(day)s. "
            "Confirmed values of the competent bodies judge; how each figure is defined and where it stands is told "
            "in the annexes."
        ),
        plan=fig.plan_title(evaluation),
        number=number,
        day=fig.day("report.as_of", evaluation.as_of),
    )


# --- 1: the whole ---------------------------------------------------------------------------------------------------------


def _whole(material: Material, counted: Numbering) -> Iterator[Block]:
    evaluation = material.evaluation
    yield heading(2, counted, _("Main indicators"))
    yield _body(*_counts(evaluation))
    for row in evaluation.main:
        yield _one(row, counted)
    if others := [row for row in evaluation.other if row.verdict not in OPEN]:
        yield _body(_others(evaluation, others))
    yield heading(2, counted, _("Main tasks"))
    yield _body(*_tasks(material))
    if material.before is not None:
        yield heading(2, counted, _("What changed since the preliminary evaluation"))
        yield _body(*_changed(material))


def _counts(evaluation: Evaluation) -> Iterator[Runs]:
    """How many main indicators stand how; expected and binding ones apart."""
    url = f"{evaluation.plan.url}evaluation/"
    natures = [
        (nature, [r for r in evaluation.main if r.target.nature == nature]) for nature in ("binding", "expected")
    ]
    parts = [
        say(
            _("%(count)s are %(nature)s"),
            count=_count(f"main.{nature}", rows, f"{url}?nature={nature}"),
            nature=rows[0].target.nature_title,
        )
        for nature, rows in natures
        if rows
    ]
    yield say(
        _("The plan sets %(count)s main indicators, of which %(parts)s."),
        count=_count("main", evaluation.main, url),
        parts=joined(parts, pgettext("between the parts of a list", ", ")),
    )
    told = []
    for verdict in summary.ORDER:
        rows = [row for row in evaluation.main if row.verdict is verdict]
        if rows:
            number = _count(f"main.{verdict.value}", rows, f"{url}?verdict={verdict.value}")
            told.append(
                say(_("%(count)s are judged “%(verdict)s”"), count=number, verdict=wording.verdict_title(verdict))
            )
    yield say(
        _("As of %(day)s, %(verdicts)s."),
        day=fig.day("report.as_of", evaluation.as_of),
        verdicts=joined(told, pgettext("between the parts of a list", ", ")),
    )


def _count(key: str, rows: Sequence[Assessed], url: str = "") -> Linked:
    return fig.count(key, len(rows), url, [r for row in rows for r in fig.used(row)])


def _one(row: Assessed, counted: Numbering) -> Paragraph:
    """One main indicator: where it starts, what the plan wants, what is published, the ratios, the verdict."""
    number = counted.next(3)
    lead = pgettext("numbered lead", "%(number)s. %(name)s.")
    first = lead.split("%(name)s")[0] % {"number": number}
    after = lead.split("%(name)s")[1]
    opening = joined([(first,), (fig.name(row),), (after,)])
    return Paragraph("body", joined([opening, (_gap(),), sentences(list(_standing(row)))]))


def _standing(row: Assessed) -> Iterator[Runs]:
    yield say(_("Base value: %(base)s; target of the plan: %(goal)s."), base=fig.base(row), goal=fig.goal(row))
    value = row.judged_by
    if value is None:
        yield (_("No published value can be used to judge it."),)
    else:
        yield say(
            _("Newest confirmed value: %(value)s%(place)s (%(day)s, %(source)s)."),
            value=fig.reading(value),
            place=fig.at_place(value),
            day=fig.data_day(value),
            source=fig.words(wording.source_text(value), f"reading:{value.id}.source"),
        )
    if ratios := list(_ratios(row)):
        yield say(_("Ratios: %(ratios)s."), ratios=joined(ratios, pgettext("between the parts of a list", ", ")))
    yield say(_("Verdict: %(verdict)s."), verdict=row.verdict_title)


def _ratios(row: Assessed) -> Iterator[Runs]:
    """Both ratios and the time elapsed, as far as each says something."""
    told: tuple[tuple[str, Run], ...] = (
        (_("attainment of the target %(share)s"), fig.share(row, "attainment", row.judgement.attainment)),
        (_("progress from the base %(share)s"), fig.share(row, "progress", row.increase)),
        (_("time elapsed at the date of the data %(share)s"), fig.elapsed(row)),
    )
    if row.judged_by is not None:
        yield from (say(form, share=share) for form, share in told if isinstance(share, Linked))


def _others(evaluation: Evaluation, rows: Sequence[Assessed]) -> Runs:
    good, lagging = ([r for r in rows if r.verdict in kinds] for kinds in (GOOD, LAGGING))
    said = [
        say(_("%(names)s are reached or on plan"), names=fig.named(good)) if good else (),
        say(_("%(names)s are not reached or behind"), names=fig.named(lagging)) if lagging else (),
    ]
    parts = _listed([part for part in said if part])
    return say(
        _("Of the %(count)s targets in the prose of the plan, %(parts)s; the others cannot be judged yet."),
        count=_count("other", evaluation.other),
        parts=parts,
    )


def _tasks(material: Material) -> Iterator[Runs]:
    tasks, url = material.tasks, f"{material.evaluation.plan.url}task/"
    if not tasks:
        yield (_("No task of the plan is kept."),)
        return
    assigned, served = [t for t in tasks if t.assigned], [t for t in tasks if t.served]
    yield say(
        _("The plan sets %(total)s tasks; %(assigned)s have a lead or responsible body, %(open)s have none yet."),
        total=fig.count("tasks", len(tasks), url),
        assigned=fig.count("tasks.assigned", len(assigned), url),
        open=fig.count("tasks.unassigned", len(tasks) - len(assigned), url),
    )
    yield say(_("For %(served)s of them an application of the platform keeps the records."),
              served=fig.count("tasks.served", len(served), url))  # fmt: skip
    if followed := [task for task in tasks if task.followed]:
        yield _followed(followed, f"/year/ledger/?plan={material.evaluation.plan.slug}")
    by_section: dict[str, list[TaskLine]] = {}
    for task in tasks:
        by_section.setdefault(task.section, []).append(task)
    parts = [
        say(_("%(section)s %(count)s"), section=fig.words(section, f"clause:{section}"),
            count=fig.count(f"tasks.section.{place}", len(mine), url))
        for place, (section, mine) in enumerate(by_section.items(), 1)
        if section
    ]  # fmt: skip
    if parts:
        yield say(_("By chapter: %(parts)s."), parts=joined(parts, pgettext("between the parts of a list", ", ")))


def _followed(tasks: Sequence[TaskLine], url: str) -> Runs:
    """How many tasks the ledger follows, by light."""
    lights = [(key, [t for t in tasks if t.followed and t.followed.light == key]) for key in ORDER]
    parts = [
        say(_("%(count)s with “%(light)s”"), count=fig.count(f"tasks.light.{key}", len(mine), f"{url}&light={key}"),
            light=fig.words(mine[0].followed.name, f"light:{key}"))
        for key, mine in lights
        if mine and mine[0].followed
    ]  # fmt: skip
    return say(_("The ledger follows %(count)s of them: %(parts)s."), count=fig.count("tasks.followed", len(tasks), url),
               parts=joined(parts, pgettext("between the parts of a list", ", ")))  # fmt: skip


def _late(tasks: Sequence[TaskLine]) -> list[TaskLine]:
    """The tasks that lag."""
    return [task for task in tasks if task.followed and task.followed.light == "red"]


def _late_task(task: TaskLine) -> Runs:
    """A task that lags: what its light rests on, and the problem in the words of the body."""
    told = task.followed
    assert told is not None
    why = fig.words(told.why.rstrip("。."), f"task:{task.id}.why", "computed", told.url)
    lag = say(_("%(name)s: %(why)s."), name=fig.words(task.name, f"task:{task.id}", "name", task.url), why=why)
    if not told.problem:
        return lag
    text = fig.words(told.problem.rstrip("。."), f"{told.entry}.problem", "quote", told.entry_url)
    return sentences([lag, say(_("%(body)s reports: %(text)s."), body=told.said_by, text=text)])


def _changed(material: Material) -> Iterator[Runs]:
    found = material.changes
    if not found:
        yield (_("No value and no verdict changed."),)
        return
    yield say(
        _("Since the preliminary evaluation %(count)s targets are told otherwise:"),
        count=_count("changed", [c.row for c in found]),
    )
    yield say(_("%(parts)s."), parts=_listed([_change(change) for change in found]))


def _change(change: Change) -> Runs:
    """What was said of a target before, and what is said now."""
    row, value = change.row, change.row.judged_by
    now: Run = fig.reading(value) if value else _("no value")
    then = change.before
    if then is None:
        return say(_("%(name)s is new: %(now)s, “%(verdict)s”"), name=fig.name(row), now=now, verdict=row.verdict_title)
    return say(
        _("%(name)s: before %(before)s, “%(first)s”; now %(now)s, “%(verdict)s”"),
        name=fig.name(row), before=before_value(row, then), first=wording.verdict_title(Verdict(then["verdict"])),
        now=now, verdict=row.verdict_title,
    )  # fmt: skip


def before_value(row: Assessed, kept: Mapping[str, Any]) -> Run:
    """The value that the earlier evaluation rested on, linked to its reading."""
    if not kept["reading"]:
        return _("no value")
    bound = Bound(kept["low"], kept["high"])
    text = bound_words(bound, kept["unit"], wording.decimals_of(bound, kept["decimals"]))
    return Linked(f"reading:{kept['reading']}", "reading", text, rests=(kept["reading"],))


# --- 2: results -----------------------------------------------------------------------------------------------------------


def _results(material: Material, counted: Numbering) -> Iterator[Block]:
    evaluation = material.evaluation
    good = [row for row in evaluation.targets if row.verdict in GOOD]
    told = False
    if good:
        told = True
        yield _body(*(_good(row) for row in good))
    if moved := [part for row in evaluation.main if row not in good and (part := _moved(row))]:
        told = True
        yield _body(say(_("Not reached yet, but more than at the base: %(parts)s."), parts=_listed(moved)))
    if evaluation.previous:
        told = True
        yield _body(*_previous(evaluation.previous))
    if ranks := [rank for rank in evaluation.ranks if not rank.lead and not rank.value.demo]:
        told = True
        yield _body(*(_rank(rank) for rank in ranks))
    if not told:
        yield _body((_("No result can be stated yet from confirmed values."),))


def _good(row: Assessed) -> Runs:
    value = row.judged_by
    now = say(_(", at %(value)s"), value=fig.reading(value)) if value else ()
    gain = _moved(row, bare=True)
    more: Runs = joined([(pgettext("between the parts of a list", ", "),), gain]) if gain else ()
    return say(_("%(name)s is judged “%(verdict)s”%(now)s%(more)s."), name=fig.name(row), verdict=row.verdict_title, now=now,
               more=more)  # fmt: skip


def _moved(row: Assessed, bare: bool = False) -> Runs:
    """How much a value of the whole lies above its base: percentages by points, stocks net, amounts grown."""
    value, goal = row.judged_by, row.judgement.goal
    if value is None or not value.whole or not value.bound.is_exact or goal.base is None or goal.shape is Shape.GROWTH:
        return ()
    change = (value.bound.value or 0.0) - goal.base
    if change <= 0 or row.judgement.goal.comparison == "le":
        return ()
    if row.target.unit == "%":
        said = say(_("%(gap)s higher than at the base"), gap=fig.amount(row, "gained", change, _("percentage points")))
    elif goal.shape in (Shape.STOCK, Shape.COVERAGE):
        said = say(_("a net increase of %(gap)s since the base"), gap=fig.amount(row, "gained", change))
    elif goal.base > 0:
        said = say(_("%(gap)s more than at the base"), gap=fig.percent(row, "grown", change / goal.base * 100))
    else:
        return ()
    return said if bare else say(_("%(name)s, %(gain)s"), name=fig.name(row), gain=said)


def _previous(rows: Sequence[Passed]) -> Iterator[Runs]:
    """What the plan reports of the period before."""
    missed = [row for row in rows if not row.met]
    yield say(
        _("By the plan's own report, %(met)s of the %(total)s indicators of the period before were met."),
        met=fig.count("previous.met", len(rows) - len(missed)), total=fig.count("previous", len(rows)),
    )  # fmt: skip
    for row in missed:
        yield say(
            _("%(name)s was not met: %(actual)s against %(goal)s."), name=fig.words(row.name, f"previous:{row.no}"),
            actual=fig.passed(row, "actual", row.actual), goal=fig.passed(row, "goal", row.goal),
        )  # fmt: skip


def _rank(rank: Rank) -> Runs:
    value = rank.value
    text = wording.sentences([summary.rank_text(rank)])
    rests = [value.id, *([rank.before.id] if rank.before else [])]
    return say(_("%(text)s."), text=fig.words(text, f"reading:{value.id}", "reading", rests=rests))


# --- 3: problems ----------------------------------------------------------------------------------------------------------


def _problems(material: Material, counted: Numbering) -> Iterator[Block]:
    evaluation = material.evaluation
    lagging = [row for row in evaluation.targets if row.verdict in LAGGING]
    waiting = [row for row in evaluation.main if row.verdict in OPEN]
    if lagging:
        yield heading(2, counted, _("Indicators that lag behind the plan"))
        for row in lagging:
            yield _body(*_lag(row))
    if waiting:
        yield heading(2, counted, _("Indicators that cannot be judged"))
        yield from (_body(*_unjudged(rows)) for rows in _alike(waiting))
    if late := _late(material.tasks):
        yield heading(2, counted, _("Tasks that lag behind"))
        for task in late[:SHOWN_TASKS]:
            yield _body(_late_task(task))
        if late[SHOWN_TASKS:]:
            yield _body((_("The annex of the tasks shows the others."),))
    yield heading(2, counted, _("How the plan is kept and watched"))
    yield _body(*_keeping(material))


def _lag(row: Assessed) -> Iterator[Runs]:
    gap, value = row.judgement.gap, row.judged_by
    unit = _("percentage points") if row.target.unit == "%" else row.target.unit
    scaled = row.judgement.goal.shape not in (Shape.GROWTH, Shape.HOLD)
    short: Runs = ()
    if scaled and gap is not None and gap.value is not None and gap.value:
        short = say(_(", %(gap)s short of the target"), gap=fig.amount(row, "gap", abs(gap.value), unit))
    now: Runs = say(_(" at %(value)s (%(day)s)"), value=fig.reading(value), day=fig.data_day(value)) if value else ()
    yield say(_("%(name)s is judged “%(verdict)s”%(now)s%(short)s."), name=fig.name(row), verdict=row.verdict_title, now=now,
              short=short)  # fmt: skip
    if row.causes:
        yield from (_cause(row, cause, place) for place, cause in enumerate(row.causes, 1))
    else:
        yield say(_("No cause has been given by %(whom)s yet."), whom=_whom(row))


def _cause(row: Assessed, cause: Given, place: int) -> Runs:
    """A cause in the words of the body that gave it."""
    text = fig.words(cause.text.rstrip("。."), f"target:{row.slug}.cause.{place}", "quote", row.target.url)
    return say(_("%(body)s says (%(day)s): %(text)s."), body=cause.name, text=text,
               day=fig.day(f"target:{row.slug}.cause.{place}.day", cause.day))  # fmt: skip


def _whom(row: Assessed) -> str:
    owed = [o.name for o in (*row.owed_by("lead"), *row.owed_by("responsible"))]
    return wording.listed(owed) or _("the body in charge, which the division of work does not name")


def _alike(rows: Sequence[Assessed]) -> Iterator[list[Assessed]]:
    """The targets that are open for the same reasons, told together."""
    by_reason: dict[tuple[str, ...], list[Assessed]] = {}
    for row in rows:
        by_reason.setdefault((row.verdict_title, *row.why[:2]), []).append(row)
    yield from by_reason.values()


def _unjudged(rows: Sequence[Assessed]) -> Iterator[Runs]:
    first = rows[0]
    yield say(_("%(names)s (%(verdict)s):"), names=fig.named(rows), verdict=first.verdict_title)
    for place, text in enumerate(first.why[:2], 1):
        bare = text.rstrip("。.")
        # the mark stands outside the control: one that hangs over the edge with the control's end behind it leaves a line empty
        yield fig.said(first, f"why.{place}", bare), text[len(bare) :]


def _keeping(material: Material) -> Iterator[Runs]:
    evaluation = material.evaluation
    url = evaluation.plan.url
    late = [each for each in summary.due(evaluation) if each.late]
    open_tasks = [task for task in material.tasks if not task.assigned]
    if late:
        yield say(
            _("%(count)s values that should be published by now are not."), count=fig.count("late", len(late), url)
        )
    if open_tasks:
        yield say(_("%(count)s tasks have neither a lead nor a responsible body."),
                  count=fig.count("tasks.unassigned", len(open_tasks), f"{url}task/"))  # fmt: skip
    if evaluation.contradictions:
        titles = [(fig.words(found.title, f"contradiction:{found.slug}", "name", f"{url}contradictions/"),)
                  for found in evaluation.contradictions[:SHOWN_DISPUTES]]  # fmt: skip
        yield say(
            _(
                "In %(count)s places the plan disagrees with itself, which makes its figures hard to judge, such as: %(titles)s."
            ),
            count=fig.count("contradictions", len(evaluation.contradictions), f"{url}contradictions/"),
            titles=_listed(titles),
        )
    if evaluation.leads:
        yield say(_("%(count)s values circulate that no competent body has confirmed; the last annex lists them."),
                  count=fig.count("leads", len(evaluation.leads), f"{url}evaluation/"))  # fmt: skip
    if not (late or open_tasks or evaluation.contradictions or evaluation.leads):
        yield (_("Nothing is open here."),)


# --- 4: the situation -----------------------------------------------------------------------------------------------------


def _situation(material: Material, counted: Numbering) -> Iterator[Block]:
    evaluation = material.evaluation
    yield _body(*_time(evaluation))
    if ahead := [row for row in evaluation.main if row.judgement.forecast is not None]:
        yield _body(*(_forecast(row) for row in ahead))
    needed = [row for row in evaluation.main if _needs(row, evaluation.as_of)]
    if needed:
        yield _body(*(_needed(row) for row in needed))
    if coming := [each for each in summary.due(evaluation) if not each.late]:
        parts = [
            say(_("%(name)s for %(value_at)s, expected on %(day)s"), name=fig.words(e.name, f"target:{e.slug}"),
                value_at=fig.day(f"due:{e.slug}.value_at", e.value_at), day=fig.day(f"due:{e.slug}.on", e.on))
            for e in coming
        ]  # fmt: skip
        yield _body(say(_("Values to be published next: %(parts)s. The evaluation is issued again when they are out."),
                        parts=_listed(parts)))  # fmt: skip


def _time(evaluation: Evaluation) -> Iterator[Runs]:
    plan = evaluation.plan
    ends = fig.day(f"plan:{plan.slug}.ends", plan.ends)
    days = (plan.ends - evaluation.as_of).days
    if days > 0:
        passed = (evaluation.as_of - plan.starts).days / max((plan.ends - plan.starts).days, 1)
        share = Linked("plan.elapsed", "computed", percent_text(passed), passed, plan.url)
        yield say(_("The plan runs until %(ends)s; %(share)s of its time has passed, %(days)s days are left."),
                  ends=ends, share=share, days=fig.count("days.left", days))  # fmt: skip
    else:
        yield say(_("The term of the plan ended on %(ends)s."), ends=ends)
    without = [row for row in evaluation.main if row.judged_by is None]
    if without:
        yield say(_("%(count)s main indicators have no confirmed value to judge by: %(names)s."),
                  count=_count("main.without", without), names=fig.named(without))  # fmt: skip


def _forecast(row: Assessed) -> Runs:
    """Where the values point to, with the band."""
    ahead = row.judgement.forecast
    if ahead is None:
        return ()
    unit = wording.unit_of(row.judgement.goal.shape, row.target.unit)
    digits = row.target.decimals
    text = bound_words(Bound(ahead.low, ahead.high), unit, digits)
    band = Linked(f"target:{row.slug}.forecast.band", "computed", text, None, row.target.url, fig.used(row))
    return say(
        _("If the course so far goes on, %(name)s comes to %(mid)s by %(day)s (%(band)s with a probability of %(level)s)."),
        name=fig.name(row), mid=fig.amount(row, "forecast.mid", ahead.mid, unit or " "), band=band,
        day=fig.day(f"target:{row.slug}.forecast.at", ahead.at),
        level=fig.percent(row, "forecast.level", ahead.level * 100, 0),
    )  # fmt: skip


def _needs(row: Assessed, day: date) -> bool:
    shapes = (Shape.LEVEL, Shape.STOCK, Shape.AMOUNT, Shape.COVERAGE, Shape.MULTIPLE)
    goal, needed = row.judgement.goal, row.judgement.needed
    return needed is not None and needed > 0 and goal.shape in shapes and goal.ends is not None and day < goal.ends


def _needed(row: Assessed) -> Runs:
    unit = _("percentage points") if row.target.unit == "%" else row.target.unit
    return say(_("To reach its target, %(name)s has to rise by %(needed)s a year."), name=fig.name(row),
               needed=fig.amount(row, "needed", row.judgement.needed or 0.0, unit))  # fmt: skip


# --- 5: proposals ---------------------------------------------------------------------------------------------------------


def _proposals(material: Material, counted: Numbering) -> Iterator[Block]:
    evaluation = material.evaluation
    lagging = [row for row in evaluation.targets if row.verdict in LAGGING]
    waiting = [row for row in evaluation.main if row.verdict in OPEN and row.ask]
    if lagging:
        yield heading(2, counted, _("Make good what lags"))
        yield _body(*(say(_("%(whom)s sets measures, steps and dates for %(name)s and reports on them each quarter."),
                          whom=_whom(row), name=fig.name(row)) for row in lagging))  # fmt: skip
    if late := _late(material.tasks):
        yield heading(2, counted, _("Carry the tasks that lag"))
        count = fig.count("tasks.light.red", len(late), f"/year/ledger/?plan={evaluation.plan.slug}&light=red")
        form = _(
            "For each of the %(count)s tasks that lag its lead body sets new steps and dates, and reports on them each "
            "round; what it cannot settle alone goes to the joint meeting."
        )
        yield _body(say(form, count=count))
    if waiting:
        yield heading(2, counted, _("Obtain the values that are missing"))
        yield _body(*(_obtain(row, evaluation.as_of) for row in waiting))
    open_tasks = [task for task in material.tasks if not task.assigned]
    if open_tasks:
        yield heading(2, counted, _("Complete the division of work"))
        yield _body(*_assign(open_tasks, evaluation))
    if evaluation.contradictions or evaluation.leads:
        yield heading(2, counted, _("Settle the figures of the plan"))
        yield _body(*_settle(evaluation))
    if not (lagging or waiting or late or open_tasks or evaluation.contradictions or evaluation.leads):
        yield _body((_("Carry on as planned."),))


def _obtain(row: Assessed, as_of: date) -> Runs:
    whom = wording.listed(owed.name for owed in row.owed_by("data")) or wording.inside(row.target.competent)
    at = min(row.judgement.goal.ends or as_of, as_of)
    return say(_("%(whom)s provides the confirmed value of %(name)s for the whole district as of %(day)s."), whom=whom,
               name=fig.name(row), day=fig.day(f"target:{row.slug}.wanted", at))  # fmt: skip


def _assign(tasks: Sequence[TaskLine], evaluation: Evaluation) -> Iterator[Runs]:
    shown = [(fig.words(task.name, f"task:{task.id}", "name", task.url),) for task in tasks[:SHOWN_TASKS]]
    count = fig.count("tasks.unassigned", len(tasks), f"{evaluation.plan.url}task/")
    names = joined(shown, pgettext("between names in a text", ", "))
    form = (
        _("A lead body is to be named for each of %(count)s tasks, among them %(names)s.")
        if len(tasks) > SHOWN_TASKS
        else _("A lead body is to be named for each of %(count)s tasks: %(names)s.")
    )
    yield say(form, count=count, names=names)


def _settle(evaluation: Evaluation) -> Iterator[Runs]:
    if evaluation.contradictions:
        yield (_("Where the plan disagrees with itself, the authority that issued it decides by the procedure of adjustment "
                 "which figure holds; until then each is judged as printed."),)  # fmt: skip
    if evaluation.leads:
        yield (_("The competent bodies confirm or refuse the values that are to be verified."),)
