"""What `hanfeng check` looks for in plans: files that do not load, records and packs that name what does not exist."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hanfeng.commons.places.models import Place
from hanfeng.kernel.indicator.models import Reading
from hanfeng.kernel.pack import catalogue, indicators

from .files import LoadError, nearest
from .loading import problems
from .models import Baseline, Clause, Contradiction, Plan, Previous, Target, Task
from .trace import unserved
from .vocabulary import Vocabulary, vocabulary

Level = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """One thing found: which check, how bad, where it stands, what is wrong, how to mend it."""

    check: str
    level: Level
    where: str
    message: str
    mend: str = ""


def findings() -> Iterator[Finding]:
    """Everything wrong with plans and with what names them, and how many commitments no pack serves yet."""
    for problem in problems():
        yield Finding("plan", "error", problem.where, problem.what, problem.mend)
    try:
        known = vocabulary()
    except LoadError:  # told by problems() above, and without it nothing else can be asked
        return
    yield from _packs(known)
    for plan in Plan.objects.filter(outline=False):
        yield from _plan(plan, known)
    yield from _readings(known)
    yield from _unserved()


def _unknown(where: str, kind: str, names: Iterable[str], known: Collection[str]) -> Iterator[Finding]:
    """A finding for each name that is the name of nothing."""
    for name in dict.fromkeys(names):
        if name and name not in known:
            near = nearest(name, known)
            mend = (
                _("Did you mean “%(near)s”?") % {"near": near[0]}
                if near
                else _("Correct the name, or add what it names.")
            )
            yield Finding(
                "plan", "error", where, _("There is no %(kind)s “%(id)s”.") % {"kind": kind, "id": name}, mend
            )


def _packs(known: Vocabulary) -> Iterator[Finding]:
    """What packs serve and count is in the vocabulary."""
    for pack in catalogue():
        yield from _unknown(pack.name, _("commitment"), pack.serves, known.commitments)
    for pack, indicator in indicators():
        yield from _unknown(f"{pack.name}.{indicator.name}", _("measure"), [indicator.measure], known.measures)


def _plan(plan: Plan, known: Vocabulary) -> Iterator[Finding]:
    """What the records of a plan name exists, for changes that officers made since they were loaded."""
    clauses = set(Clause.objects.filter(plan=plan).values_list("code", flat=True))
    targets = list(Target.objects.filter(plan=plan))
    places = set(Place.objects.values_list("slug", flat=True))
    tasks = list(Task.objects.filter(plan=plan))
    remarks = list(Contradiction.objects.filter(plan=plan))
    figures: list[Any] = [*targets, *Baseline.objects.filter(plan=plan), *Previous.objects.filter(plan=plan)]
    slugs = {target.slug for target in targets}
    for task in tasks:
        yield from _unknown(f"{plan.slug} {task.commitment}", _("commitment"), [task.commitment], known.commitments)
    for record in figures:
        yield from _unknown(f"{plan.slug} {record}", _("measure"), [record.measure], known.measures)
    for target in targets:
        yield from _unknown(f"{plan.slug} {target}", _("place"), [target.place], places)
    for remark in remarks:
        yield from _unknown(f"{plan.slug} {remark}", _("target"), remark.targets, slugs)
        yield from _unknown(f"{plan.slug} {remark}", _("measure"), remark.measures, known.measures)
    for record in [*tasks, *figures, *remarks]:
        yield from _unknown(f"{plan.slug} {record}", _("clause"), record.clauses, clauses)


def _readings(known: Vocabulary) -> Iterator[Finding]:
    named = Reading.objects.exclude(measure__in=known.measures).values_list("measure", flat=True).distinct()
    yield from _unknown(str(Reading._meta.verbose_name_plural), _("measure"), sorted(named), known.measures)


def _unserved() -> Iterator[Finding]:
    for plan in Plan.objects.filter(outline=False):
        if left := len(unserved(plan)):
            text = ngettext("No pack serves %(n)s commitment.", "No pack serves %(n)s commitments.", left) % {"n": left}
            yield Finding("plan", "info", plan.slug, text, _("hanfeng trace --unserved lists them."))
