"""The evaluation of a plan: what is published of each target, what follows from it, and who can say more.

Everything is read in a fixed number of queries, however many targets there are. Only published values judge; ledger
values stand beside them, leads in the annex, and an invented figure judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby

from django.conf import settings
from django.utils.translation import get_language, override

from hanfeng.kernel.desk.wording import local_text
from hanfeng.kernel.disclosure.breakdown import OUTSIDE, Sight
from hanfeng.kernel.indicator.models import Reading
from hanfeng.kernel.pack import catalogue
from hanfeng.kernel.pure import Fault, gettext_noop

from . import published, wording
from .assess import Known, assess
from .assessed import Assessed, Evaluation, Passed, PlanLine, Rank, SourceLine, Tasks, ThresholdLine, Value
from .beside import asked_for, beside
from .contradictions import Found, found, operands
from .duties import Owner, owners
from .judging import tally
from .ledger import ledgers
from .models import Baseline, Cause, Contradiction, Duty, Plan, Previous, Target, Task
from .parameters import Threshold, rules
from .plans import Made, made_by, plan_of
from .revising import revisions
from .summary import headline
from .vocabulary import measures


class NoPlan(Fault):
    """There is no plan of that name, or none at all."""


def evaluate(
    as_of: date,
    plan: Plan | str | None = None,
    language: str | None = None,
    made: Made | None = None,
    sight: Sight = OUTSIDE,
) -> Evaluation:
    """The state of a plan as known on `as_of`, in a language (that of the moment when none is given).

    `plan` is a plan read already or its slug, by default the county's default plan; `made` its tasks and
    targets where they are read already, `sight` the secret rows whose figures the reader may see live. Raises NoPlan and
    BadThreshold.
    """
    with override(language or get_language() or settings.LANGUAGE_CODE):
        found_plan = plan if isinstance(plan, Plan) else find_plan(plan)
        evaluation = _evaluation(found_plan, as_of, made or made_by(found_plan), sight)
        return replace(evaluation, headline=headline(evaluation))


def find_plan(slug: str | None = None) -> Plan:
    """The plan with this slug, or the default plan of the county. Raises NoPlan."""
    try:
        plan = plan_of(slug)
    except Plan.DoesNotExist:
        plan = None
    if plan is None:
        fault = gettext_noop("There is no plan “%(plan)s”: load the county first, or name one that is there.")
        raise NoPlan("no_plan", fault, {"plan": slug or ""})
    return plan


def _evaluation(plan: Plan, as_of: date, made: Made, sight: Sight) -> Evaluation:
    targets, tasks = made.targets, made.tasks
    previous = list(Previous.objects.filter(plan=plan).order_by("no"))
    owed = owners([*targets, *tasks], as_of)
    known = _known(plan, as_of, targets, owed)
    assessed = _with_ledger([assess(target, known) for target in targets], plan, as_of, sight)
    counts = tally(row.judgement for row in assessed)
    told = _contradictions(known.contradictions, targets, plan, previous)
    ranks = _ranks(known)
    leads = _leads(assessed, ranks)
    return Evaluation(
        plan=_plan_line(plan),
        as_of=as_of,
        language=get_language() or settings.LANGUAGE_CODE,
        headline="",
        method=known.rules.method.name,
        method_version=known.rules.method.version,
        thresholds=tuple(_threshold(row) for row in known.rules.thresholds),
        targets=assessed,
        expected=counts.expected,
        binding=counts.binding,
        tasks=_tasks(tasks, owed),
        contradictions=tuple(row for row in told if not row.is_check),
        checks=tuple(row for row in told if row.is_check),
        previous=_previous(previous),
        ranks=ranks,
        leads=leads,
        sources=_sources(assessed, ranks),
        demo=_demo(assessed),
    )


def _known(plan: Plan, as_of: date, targets: Sequence[Target], owed: Mapping[Task | Target, Sequence[Owner]]) -> Known:
    every = measures()
    named = {target.measure for target in targets}
    wanted = {m.id for m in every.values() if m.id in named or m.increment_of in named or m.part_of in named}
    readings = sorted(published.read_readings(wanted, as_of), key=lambda row: row.measure)
    causes = Cause.objects.filter(plan=plan).select_related("body").order_by("target", "-day", "-pk")
    return Known(
        plan=plan,
        as_of=as_of,
        rules=rules(as_of),
        measures=every,
        places=published.read_places(),
        readings={name: tuple(rows) for name, rows in groupby(readings, key=lambda row: row.measure)},
        owners={target.pk: owed[target] for target in targets},
        causes={pk: list(rows) for pk, rows in groupby(causes, key=lambda cause: cause.target_id)},
        contradictions=list(Contradiction.objects.filter(plan=plan).order_by("order", "pk")),
        revisions=revisions(targets),
    )


def _with_ledger(assessed: Sequence[Assessed], plan: Plan, as_of: date, sight: Sight) -> tuple[Assessed, ...]:
    """The targets with what the registers count beside them, all asked at once."""
    asked = sorted({pair for row in assessed for pair in asked_for(row, plan, as_of)})
    values = ledgers(asked, sight)
    return tuple(beside(row, values, plan, as_of) for row in assessed)


def _contradictions(
    rows: Iterable[Contradiction], targets: Iterable[Target], plan: Plan, previous: Iterable[Previous]
) -> list[Found]:
    named = operands(targets, Baseline.objects.filter(plan=plan), previous)
    return [found(row, named) for row in rows]


def _plan_line(plan: Plan) -> PlanLine:
    issuer = local_text(plan.issuer) if plan.issuer else ""
    return PlanLine(
        plan.slug, local_text(plan, "title"), local_text(plan, "short") or local_text(plan, "title"), plan.number, issuer,
        plan.issued, plan.starts, plan.ends, plan.address, plan.get_absolute_url(),
    )  # fmt: skip


def _threshold(row: Threshold) -> ThresholdLine:
    basis = " ".join(part for part in (row.source, row.clause) if part)
    title = row.title.get(get_language() or "zh")
    return ThresholdLine(row.name, title, wording.threshold_text(row), row.ours, basis)


def _tasks(tasks: Sequence[Task], owed: Mapping[Task | Target, Sequence[Owner]]) -> Tasks:
    """How many tasks have a lead or responsible body on the day, and how many are served by an installed pack."""
    roles = (Duty.Role.LEAD, Duty.Role.RESPONSIBLE)
    assigned = sum(1 for task in tasks if any(owner.role in roles for owner in owed[task]))
    serving = {commitment for pack in catalogue() for commitment in pack.serves}
    served = sum(1 for task in tasks if task.commitment in serving)
    return Tasks(len(tasks), assigned, len(tasks) - assigned, served, len(tasks) - served)


def _previous(rows: Iterable[Previous]) -> tuple[Passed, ...]:
    return tuple(
        Passed(
            row.no, local_text(row), local_text(row, "unit"), row.nature, row.goal, row.actual, row.actual >= row.goal
        )
        for row in rows
    )


def _ranks(known: Known) -> tuple[Rank, ...]:
    """Published ranks, each with the one before it of the same measure and place; nothing is ranked here."""
    rows = [row for readings in known.readings.values() for row in readings if row.kind == published.RANK]
    ranks: list[Rank] = []
    for _key, group in groupby(sorted(rows, key=_series_key), key=lambda row: (row.measure, row.place)):
        series = [published.value_of(row, known.measures.get(row.measure), row.place, known.places) for row in group]
        ranks.append(Rank(series[-1], series[-2] if len(series) > 1 else None, series[-1].use == "lead"))
    return tuple(ranks)


def _series_key(row: Reading) -> tuple[str, str, date, str]:
    return row.measure, row.place, row.as_of, row.slug


def _leads(assessed: Iterable[Assessed], ranks: Iterable[Rank]) -> tuple[Value, ...]:
    """Every value that only stands in the annex, once."""
    rows = [lead for row in assessed for lead in row.leads] + [rank.value for rank in ranks if rank.lead]
    return tuple(
        {value.id: value for value in sorted(rows, key=lambda value: (value.measure, value.at, value.id))}.values()
    )


def _sources(assessed: Iterable[Assessed], ranks: Iterable[Rank]) -> tuple[SourceLine, ...]:
    values = [value for row in assessed for value in (*row.values, *row.leads)] + [rank.value for rank in ranks]
    lines = {value.source.slug: value.source for value in values if value.source}
    return tuple(lines[slug] for slug in sorted(lines))


def _demo(assessed: Iterable[Assessed]) -> bool:
    """Whether an invented figure stands anywhere beside a published one."""
    values = [value.demo for row in assessed for value in (*row.values, *row.leads)]
    return any(values) or any(figure.demo for row in assessed for figure in row.ledger)
