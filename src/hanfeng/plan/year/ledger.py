"""The ledger read: each task with its light, who answers for it, and where the plans say so; and the ledger made from a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.desk.wording import day_text, local_text, number_text, percent_text
from hanfeng.kernel.pure import is_chinese
from hanfeng.kernel.record.write import Outcome, save_many
from hanfeng.plan.duties import owners, standing
from hanfeng.plan.models import Duty, Plan, Task
from hanfeng.plan.vocabulary import commitments

from .lights import Facts, Light, light
from .lights import Step as LightStep
from .models import Entry, LedgerTask, Milestone, Partner
from .models.rounds import EntryState
from .parameters import Rules, rules


class Step(NamedTuple):
    """A milestone in the little that the lists need of it."""

    pk: int
    due: date
    reached_on: date | None
    figure: float | None


class Filed(NamedTuple):
    """An entry in the little that the light and the lists need of it."""

    pk: int
    state: str
    no_progress: bool
    figure: float | None
    override: str
    override_reason: str
    problem: str
    next_step: str
    english: dict[str, str]

    @property
    def problem_en(self) -> str:
        return self.english.get(self.problem, "")

    @property
    def next_step_en(self) -> str:
        return self.english.get(self.next_step, "")

    @property
    def override_reason_en(self) -> str:
        return self.english.get(self.override_reason, "")


@dataclass(frozen=True)
class Standing:
    """A task as it stands on a day: the light computed, the one set by hand beside it, and the body that answers."""

    task: LedgerTask
    computed: Light
    override: str
    body: Body | None
    entry: Filed | None
    steps: tuple[Step, ...]

    @property
    def override_reason(self) -> str:
        """Why the light was set by hand, in the reader's language."""
        return local_text(self.entry, "override_reason") if self.entry else ""

    @property
    def light(self) -> str:
        """The light that is shown first."""
        return self.override or self.computed.key

    @property
    def passed_on(self) -> bool:
        """Whether a reform passed the task on."""
        return self.body is not None and self.body.pk != self.task.lead_id

    @property
    def why(self) -> tuple[str, ...]:
        """What the computed light rests on, in words."""
        return tuple(reason_text(code, args) for code, args in self.computed.reasons)


def reason_text(code: str, args: Mapping[str, Any]) -> str:
    """One reason of a light in words."""
    told = {"day": day_text(args.get("day")), "n": args.get("n", 0)}
    if code == "figure":
        said = _("The figure stands at %(share)s of the %(planned)s planned by now.")
        return said % {"share": percent_text(args["share"]), "planned": number_text(args["planned"])}
    if code == "idle":
        return ngettext("No progress in %(n)s round.", "No progress in %(n)s rounds in a row.", told["n"]) % told
    words = {
        "closed": _("Closed on %(day)s."),
        "overdue": _("The deadline of %(day)s passed %(n)s days ago."),
        "near": _("The deadline is %(day)s, in %(n)s days."),
        "step-late": _("A milestone of %(day)s is %(n)s days overdue."),
        "step-near": _("A milestone is due on %(day)s, in %(n)s days."),
        "not-started": _("It starts on %(day)s."),
        "undated": _("It has neither a deadline nor a milestone."),
        "on": _("Nothing is overdue."),
    }
    return words[code] % told


def sentences(parts: Iterable[str]) -> str:
    """Sentences one after the other; Chinese puts nothing between them."""
    return ("" if is_chinese(get_language() or "zh") else " ").join(parts)


def standings(
    tasks: Iterable[LedgerTask], day: date, held: Rules | None = None, *, invented: bool = True
) -> list[Standing]:
    """How tasks stand on a day, without what is demo data if asked. A fixed number of queries, however many tasks there are."""
    wanted = list(tasks)
    held = held or rules(day)
    bodies = standing(Body.everything.filter(pk__in={t.lead_id for t in wanted if t.lead_id}))
    kept = {} if invented else {"demo": False}
    steps = _steps(wanted, kept)
    entries = _entries([t for t in wanted if t.closed_on is None or t.closed_on > day], day, kept)
    return [_standing(t, day, held, bodies, steps.get(t.pk, ()), entries.get(t.pk, ())) for t in wanted]


def _steps(tasks: Sequence[LedgerTask], kept: Mapping[str, Any]) -> dict[int, list[Step]]:
    rows = Milestone.objects.filter(task__in=[t.pk for t in tasks], **kept).order_by("due", "pk")
    found: dict[int, list[Step]] = {}
    for task, *values in rows.values_list("task", *Step._fields):
        found.setdefault(task, []).append(Step(*values))
    return found


def _entries(tasks: Sequence[LedgerTask], day: date, kept: Mapping[str, Any]) -> dict[int, list[Filed]]:
    """What was filed for tasks that were open on the day, the newest round first."""
    rows = Entry.objects.filter(task__in=[t.pk for t in tasks], round__opened__lte=day, **kept)
    rows = rows.order_by("-round__ends", "-pk")
    found: dict[int, list[Filed]] = {}
    for task, *values in rows.values_list("task", *Filed._fields):
        found.setdefault(task, []).append(Filed(*values))
    return found


def _standing(
    task: LedgerTask, day: date, held: Rules, bodies: Mapping[int, Body], steps: Sequence[Step], story: Sequence[Filed]
) -> Standing:
    lead = bodies.get(task.lead_id or 0)
    newest = story[0] if story else None
    # a light set by hand holds for the round it was set in: the next entry is looked at afresh
    by_hand = newest if newest and newest.override else None
    return Standing(
        task=task,
        computed=light(facts_of(task, steps, story), day, held),
        override=by_hand.override if by_hand else "",
        body=lead.on(day) if lead else None,
        entry=newest,
        steps=tuple(steps),
    )


def facts_of(task: LedgerTask, steps: Iterable[Any], story: Sequence[Filed]) -> Facts:
    """What the light of a task is computed from; `story` are its entries, the newest first, of which the accepted count."""
    accepted = [entry for entry in story if entry.state == EntryState.ACCEPTED]
    idle = 0
    while idle < len(accepted) and accepted[idle].no_progress:
        idle += 1
    return Facts(
        starts=task.starts,
        due=task.due,
        closed=task.closed_on,
        steps=tuple(LightStep(step.due, step.reached_on, step.figure) for step in steps),
        figure=next((entry.figure for entry in accepted if entry.figure is not None), None),
        idle=idle,
    )


# --- where the plans say so -------------------------------------------------------------------------------------------


def served(tasks: Iterable[LedgerTask]) -> dict[int, list[Task]]:
    """The plan tasks that each ledger task carries out, of every plan that makes one of its commitments. One query."""
    wanted = list(tasks)
    words = {word for task in wanted for word in task.ids}
    by_word: dict[str, list[Task]] = {}
    for row in Task.objects.filter(commitment__in=words).select_related("plan", "home", "home__plan"):
        by_word.setdefault(row.commitment, []).append(row)
    return {task.pk: [row for word in task.ids for row in by_word.get(word, ())] for task in wanted}


def of_plan(plan: Plan) -> Any:
    """The ledger tasks that serve a plan: its own, and those of other plans that carry out one of its commitments."""
    others = LedgerTask.objects.exclude(plan=plan).exclude(commitments="").values_list("pk", "commitments")
    elsewhere = [(pk, set(ids.split())) for pk, ids in others]
    words = set(Task.objects.filter(plan=plan).values_list("commitment", flat=True)) if elsewhere else set()
    shared = [pk for pk, ids in elsewhere if words & ids]
    return LedgerTask.objects.filter(Q(plan=plan) | Q(pk__in=shared))


def of_year(plan: Plan, year: int) -> Any:
    """The yearly work plan as a view of the ledger: what has a milestone or its deadline in that year."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    stepped = Milestone.objects.filter(due__range=(first, last)).values("task")
    return of_plan(plan).filter(Q(due__range=(first, last)) | Q(pk__in=stepped))


# --- made from the plan -----------------------------------------------------------------------------------------------


def missing(plan: Plan) -> list[Task]:
    """The plan's tasks that no line of the ledger carries out yet."""
    kept = {word for ids in LedgerTask.objects.values_list("commitments", flat=True) for word in ids.split()}
    return [task for task in Task.objects.filter(plan=plan).select_related("home") if task.commitment not in kept]


def draft_tasks(plan: Plan, day: date) -> list[LedgerTask]:
    """A line for each plan task that has none, led by the body of the division of work, due when the plan ends."""
    tasks, known = missing(plan), commitments()
    owed = owners(tasks, day)
    taken = set(LedgerTask.everything.filter(plan=plan).values_list("number", flat=True))
    numbers = (text for n in range(1, len(tasks) + len(taken) + 1) if (text := f"{n:03d}") not in taken)
    return [
        LedgerTask(
            plan=plan, number=next(numbers), commitments=task.commitment, origin=LedgerTask.Origin.PLAN,
            title=known[task.commitment].words.zh[:160] if task.commitment in known else task.commitment,
            title_en=known[task.commitment].words.en[:240] if task.commitment in known else "",
            lead=next((owner.body for owner in owed[task] if owner.role == Duty.Role.LEAD), None),
            starts=plan.starts, due=plan.ends,
        )
        for task in tasks
    ]  # fmt: skip


def make_from_plan(plan: Plan, by: Any, day: date) -> Outcome:
    """Write those lines as one batch, which `undo` takes back."""
    title = _("Ledger from the plan: %(plan)s") % {"plan": plan}
    made = draft_tasks(plan, day)
    outcome = save_many(made, by, title=title)
    sharing = draft_partners([task for task in made if task.pk], day)
    if sharing:
        save_many(sharing, by, title=title)
    return outcome


def draft_partners(made: Sequence[LedgerTask], day: date) -> list[Partner]:
    """The bodies that the division of work makes responsible for tasks made from their plan, without those that lead them."""
    by_plan = {(row.plan_id, row.commitment): row for row in Task.objects.filter(plan__in={t.plan_id for t in made})}
    rows = {task.pk: by_plan[task.plan_id, task.ids[0]] for task in made}
    owed = owners(list(rows.values()), day)
    return [
        Partner(task=task, body=owner.body)
        for task in made
        for owner in owed[rows[task.pk]]
        if owner.role == Duty.Role.RESPONSIBLE and owner.body.pk != task.lead_id
    ]
