"""The tasks of a plan as a report tells them: who owes them, and how the ledger follows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hanfeng.kernel.desk.wording import local_text
from hanfeng.kernel.pack import catalogue
from hanfeng.plan.duties import owners
from hanfeng.plan.models import Clause, Duty, Plan, Task
from hanfeng.plan.vocabulary import commitments
from hanfeng.plan.year.reported import Followed, followed


@dataclass(frozen=True)
class TaskLine:
    """A task: where the plan sets it, who answers for it on the day, which applications serve it.

    `followed` is how the ledger tells it on the day; None where no real line of a ledger carries it out.
    """

    id: str
    name: str
    section: str
    clause: str
    lead: tuple[str, ...]
    responsible: tuple[str, ...]
    served: tuple[str, ...]
    url: str
    followed: Followed | None = None

    @property
    def assigned(self) -> bool:
        """Whether a body leads it or is responsible for it."""
        return bool(self.lead or self.responsible)


def tasks_of(plan: Plan, day: date) -> tuple[TaskLine, ...]:
    """Every task of a plan in the order of its text, with who owes it on a day; in a fixed number of queries."""
    tasks: Sequence[Task] = list(Task.objects.filter(plan=plan).select_related("home", "plan"))
    owed = owners(tasks, day)
    chapters = _chapters(plan)
    serving: dict[str, list[str]] = {}
    for pack in catalogue():
        for commitment in pack.serves:
            serving.setdefault(commitment, []).append(str(pack.title))
    words, told = commitments(), followed((task.commitment for task in tasks), day)
    return tuple(
        TaskLine(
            id=task.commitment,
            name=words[task.commitment].name() if task.commitment in words else task.commitment,
            section=chapters.get(task.home_id, ""),
            clause=f"{task.home.number} {local_text(task.home, 'title')}".strip(),
            lead=tuple(local_text(o.body) for o in owed[task] if o.role == Duty.Role.LEAD),
            responsible=tuple(local_text(o.body) for o in owed[task] if o.role == Duty.Role.RESPONSIBLE),
            served=tuple(serving.get(task.commitment, ())),
            url=task.get_absolute_url(),
            followed=told.get(task.commitment),
        )
        for task in tasks
    )


def _chapters(plan: Plan) -> dict[int, str]:
    """The chapter that each clause lies in."""
    rows = {clause.pk: clause for clause in Clause.objects.filter(plan=plan)}
    return {pk: _title(_top(clause, rows)) for pk, clause in rows.items()}


def _top(clause: Clause, rows: dict[int, Clause]) -> Clause:
    while clause.parent_id in rows:
        clause = rows[clause.parent_id]
    return clause


def _title(clause: Clause) -> str:
    return local_text(clause, "title")
