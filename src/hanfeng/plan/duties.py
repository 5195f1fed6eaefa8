"""Who owes a task or a target on a day, and a division of work (分工方案) taken in from a sheet.

A duty names the body of its day. When a reform ends that body, its successor owes what it owed; the duty keeps the old name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.record.write import Item, Outcome, save_many

from .models import Duty, Plan, Target, Task
from .sheets import Line, Sheet, read_sheet, template_sheet

__all__ = ("Owner", "Unassigned", "apply_sheet", "owners", "read_sheet", "template_sheet", "unassigned")


@dataclass(frozen=True)
class Owner:
    """A body's part in a task or target on a day: `body` answers now, `named` is the body the duty was given to."""

    role: str
    body: Body
    named: Body
    duty: Duty

    @property
    def passed_on(self) -> bool:
        """Whether the body answers for one that is no more."""
        return self.body.pk != self.named.pk


ROLES = {role: place for place, role in enumerate((Duty.Role.LEAD, Duty.Role.RESPONSIBLE, Duty.Role.DATA))}


def owners(items: Iterable[Task | Target], day: date) -> dict[Task | Target, list[Owner]]:
    """Who owes each of these on a day: lead bodies first. One query for the duties, one or two for successors."""
    wanted = list(items)
    duties = list(_duties(wanted, day))
    bodies = standing(duty.body for duty in duties)
    found: dict[Task | Target, list[Owner]] = {item: [] for item in wanted}
    by_key = {(isinstance(item, Task), item.pk): item for item in wanted}
    for duty in sorted(duties, key=lambda d: (ROLES.get(Duty.Role(d.role), 9), d.pk)):
        item = by_key[duty.task_id is not None, duty.task_id or duty.target_id or 0]
        named = bodies[duty.body_id]
        found[item].append(Owner(duty.role, named.on(day), named, duty))
    return {item: _once(found[item]) for item in wanted}


def _once(owed: Sequence[Owner]) -> list[Owner]:
    """A body that has a part itself does not have it a second time for the body it succeeds."""
    direct = {(owner.role, owner.body.pk) for owner in owed if not owner.passed_on}
    return [owner for owner in owed if not owner.passed_on or (owner.role, owner.body.pk) not in direct]


def _duties(items: Sequence[Task | Target], day: date) -> Iterable[Duty]:
    """The duties of these things that hold on a day; the last day counts."""
    tasks = [item.pk for item in items if isinstance(item, Task)]
    targets = [item.pk for item in items if isinstance(item, Target)]
    rows: QuerySet[Duty] = Duty.objects.filter(Q(task__in=tasks) | Q(target__in=targets))
    return rows.filter(Q(starts=None) | Q(starts__lte=day), Q(ends=None) | Q(ends__gte=day)).select_related("body")


def standing(bodies: Iterable[Body]) -> dict[int, Body]:
    """Bodies by key with their chains of successors fetched, so that asking who answers costs no query."""
    found = {body.pk: body for body in bodies}
    missing = {body.successor_id for body in found.values() if body.successor_id} - set(found)
    while missing:
        found |= {body.pk: body for body in Body.everything.filter(pk__in=missing)}
        missing = {body.successor_id for body in found.values() if body.successor_id} - set(found)
    for body in found.values():
        if body.successor_id:
            body.successor = found[body.successor_id]
    return found


@dataclass(frozen=True)
class Unassigned:
    """How many tasks and targets of a plan have no lead body on a day, of how many."""

    tasks: int
    all_tasks: int
    targets: int
    all_targets: int


def unassigned(plan: Plan, day: date) -> Unassigned:
    """Count what nobody leads."""
    now = Q(starts=None) | Q(starts__lte=day), Q(ends=None) | Q(ends__gte=day)
    leads = Duty.objects.filter(*now, plan=plan, role=Duty.Role.LEAD)

    def led(things: Any, key: str) -> tuple[int, int]:
        nobody = Count("pk", filter=~Q(pk__in=leads.exclude(**{key: None}).values(key)))
        return things.filter(plan=plan).aggregate(nobody=nobody, all=Count("pk")).values()  # type: ignore[no-any-return]

    return Unassigned(*led(Task.objects, "task"), *led(Target.objects, "target"))


# --- a division of work -----------------------------------------------------------------------------------------------


def apply_sheet(sheet: Sheet, plan: Plan, by: Any) -> Outcome:
    """Write what a sheet says as one batch, which `undo` takes back. Lines with errors are left out and told by their number.

    Where the sheet names bodies for a part (lead, responsible, data) of a task or target, they replace those kept; parts and
    items that it does not name stay as they are.
    """
    read = sheet if sheet.plan == plan else sheet.again(plan)
    named = _named(read)
    kept = _kept(plan, named)
    items: list[tuple[int, Item]] = []
    for (kind, pk, role), bodies in named.items():
        for body, line in bodies.items():
            items += _write(plan, kind, pk, role, body, line, kept.pop((kind, pk, role, body.pk), None), sheet.name)
    items += [(0, (duty, {"void": True})) for duty in kept.values() if not duty.void]
    outcome = save_many([item for _line, item in items], by, title=read.name)
    outcome.errors = [(items[place][0], words) for place, words in outcome.errors]
    outcome.errors += [(line.number, words) for line in read.lines for words in line.errors]
    return outcome


Part = tuple[str, int, str]
"""A part in something: task or target, its key, the role."""


def _named(sheet: Sheet) -> dict[Part, dict[Body, Line]]:
    """The bodies for each part that the sheet names, from all its lines without errors."""
    named: dict[Part, dict[Body, Line]] = {}
    for line in sheet.lines:
        if line.item is None or line.errors:
            continue
        kind = "task" if isinstance(line.item, Task) else "target"
        for role, bodies in line.bodies.items():
            if bodies:
                named.setdefault((kind, line.item.pk, role), {}).update(dict.fromkeys(bodies, line))
    return named


def _kept(plan: Plan, named: Iterable[Part]) -> dict[tuple[str, int, str, int], Duty]:
    """The duties of the parts that are named; of a withdrawn and a standing one with the same body the standing one."""
    parts = set(named)
    kept: dict[tuple[str, int, str, int], Duty] = {}
    for duty in Duty.everything.filter(plan=plan).order_by("-void", "pk"):
        kind, pk = ("task", duty.task_id) if duty.task_id else ("target", duty.target_id or 0)
        if (kind, pk, duty.role) in parts:
            kept[kind, pk, duty.role, duty.body_id] = duty
    return kept


def _write(
    plan: Plan, kind: str, pk: int, role: str, body: Body, line: Line, kept: Duty | None, name: str
) -> list[tuple[int, Item]]:
    """The duty to make, or what changes in the one there is; nothing when it says the same already."""
    said = {"starts": line.starts, "ends": line.ends}
    if kept is None:
        duty = Duty(plan=plan, role=role, body=body, basis=name[:200], **{f"{kind}_id": pk}, **said)
        return [(line.number, duty)]
    changes: dict[str, Any] = {key: day for key, day in said.items() if day and day != getattr(kept, key)}
    if kept.void:
        changes |= {"void": False, "basis": name[:200], **said}
    return [(line.number, (kept, changes))] if changes else []
