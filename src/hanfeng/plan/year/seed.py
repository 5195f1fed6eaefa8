"""A demo ledger of the whole plan with five years of rounds. Every row is marked; no real division of work is touched."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from random import Random
from typing import Any

from django.conf import settings
from django.utils import timezone

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Person
from hanfeng.kernel.base.words import Words
from hanfeng.kernel.record.write import save_many
from hanfeng.kernel.rule.calendar import calendar
from hanfeng.plan.models import Plan, Target
from hanfeng.plan.plans import default_plan
from hanfeng.plan.vocabulary import commitments

from .bulletin import frozen
from .flow import filing, supervision
from .ledger import draft_tasks
from .models import (
    Adjustment,
    Decision,
    Entry,
    Evidence,
    LedgerTask,
    Meeting,
    Milestone,
    Partner,
    Round,
    Supervision,
    Topic,
)
from .models.adjusting import AdjustmentState
from .models.meetings import SupervisionState, TopicState
from .models.rounds import EntryState, RoundState
from .parameters import rules
from .running import closing_day, end_of, period_of

WORDS: dict[str, Any] = tomllib.loads((files(__package__) / "seed.toml").read_text("utf-8"))
KEY_TASKS = 40
"""How many tasks are followed each quarter; the rest is asked about once a year."""

PACE = {"good": (-12, 12), "slow": (10, 100), "stuck": (60, 240)}
"""For each kind of task by how many days it reaches its milestones before or after they are due."""


@dataclass
class _Year:
    """What the demo is made of while it is made."""

    demo: Any
    plan: Plan
    random: Random
    tasks: list[LedgerTask] = field(default_factory=list)
    pace: dict[int, str] = field(default_factory=dict)
    steps: dict[int, list[Milestone]] = field(default_factory=dict)
    key: set[int] = field(default_factory=set)


def fill(demo: Any) -> None:
    """The ledger, its milestones, the rounds with their entries, a meeting with its decisions, a proposal of an adjustment."""
    plan = default_plan()
    if plan is None:
        return
    year = _Year(demo, plan, demo.random("year"))
    others = list(Body.objects.filter(kind=Body.Kind.DEPARTMENT, ends=None, demo=False).order_by("slug"))
    _ledger(year, others)
    if not year.tasks:
        return
    _partners(year, others)
    _milestones(year)
    _closings(year)
    _rounds(year)
    _coordination(year)
    _proposal(year)


def _ledger(year: _Year, others: Sequence[Body]) -> None:
    """A line for each commitment of the plan, led by the body that the demo division gives its field."""
    groups, random = _division(), year.random
    old, _new = _reform(year)
    leader = Person.objects.filter(demo=True, posts__body__kind=Body.Kind.GOVERNMENT).order_by("pk").first()
    contacts = {
        p.posts.all()[0].body_id: p for p in Person.objects.filter(demo=True).prefetch_related("posts") if p.posts.all()
    }
    for n, task in enumerate(draft_tasks(year.plan, year.plan.starts)):
        word = commitments().get(task.ids[0])
        body = groups.get(word.group) if word else None
        task.lead = old if n % 60 == 7 else body or (random.choice(others) if others else None)
        task.leader = leader
        task.contact = contacts.get(task.lead.pk) if task.lead else None
        if random.random() < 0.25:
            task.due = date(year.plan.ends.year - 1, 12, 31)
        year.tasks.append(task)
    year.demo.keep(year.tasks)
    kinds = random.choices(("good", "slow", "stuck"), (68, 22, 10), k=len(year.tasks))
    year.pace = {task.pk: kind for task, kind in zip(year.tasks, kinds, strict=True)}
    step = max(1, len(year.tasks) // KEY_TASKS)
    year.key = {task.pk for task in year.tasks[::step][:KEY_TASKS]} | {t.pk for t in year.tasks if t.lead == old}


def _division() -> dict[str, Body]:
    """Which body leads a field of work in the demo, from `demo/division.csv` of the county's folder."""
    path = settings.COUNTY / "demo" / "division.csv"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    bodies = {body.slug: body for body in Body.objects.filter(slug__in={row["body"] for row in rows})}
    return {row["group"]: bodies[row["body"]] for row in rows if row["body"] in bodies}


def _reform(year: _Year) -> tuple[Body, Body]:
    """Two invented bodies, the second of which took over from the first in the middle of the plan."""
    day = date(year.plan.starts.year + 3, 3, 1)
    names = WORDS["reform"]
    new = Body(
        slug="demo-service-centre", name=names["new"][0], name_en=names["new"][1], kind=Body.Kind.INSTITUTE, starts=day
    )
    year.demo.keep([new])
    old = Body(
        slug="demo-service-office", name=names["old"][0], name_en=names["old"][1], kind=Body.Kind.INSTITUTE, ends=day,
        successor=new,
    )  # fmt: skip
    year.demo.keep([old])
    return old, new


def _partners(year: _Year, others: Sequence[Body]) -> None:
    """A second body shares every third task."""
    pairs = [(task, year.random.choice(others)) for task in year.tasks[::3] if others]
    year.demo.keep([Partner(task=task, body=body) for task, body in pairs if body != task.lead])


def _dues(year: _Year, task: LedgerTask) -> Iterator[tuple[date, int, int]]:
    """When the milestones of a task are due: one a year, each quarter of the middle year for the tasks followed each quarter."""
    for n in range(5):
        at, quarters = year.plan.starts.year + n, n == 2 and task.pk in year.key
        for quarter in (1, 2, 3, 4) if quarters else (4,):
            yield date(at, 3 * quarter, 20), n, quarter if quarters else 0


def _milestones(year: _Year) -> None:
    """The milestones, reached sooner or later as the task is carried."""
    known, rows = commitments(), []
    for task in year.tasks:
        word = known.get(task.ids[0])
        titles = WORDS["steps"][word.kind if word and word.kind in WORDS["steps"] else "M"]
        for due, n, quarter in _dues(year, task):
            if task.due and due > task.due:
                break
            zh, en = (text.format(step=titles[n][i], n=quarter) for i, text in enumerate(WORDS["quarter"][quarter > 0]))
            step = Milestone(task=task, due=due, title=zh, title_en=en, reached_on=_reached(year, task, due, n))
            year.steps.setdefault(task.pk, []).append(step)
            rows.append(step)
    year.demo.keep(rows)


def _reached(year: _Year, task: LedgerTask, due: date, n: int) -> date | None:
    pace = year.pace[task.pk]
    if pace == "stuck" and n > 2:
        return None
    on = due + timedelta(days=year.random.randint(*PACE[pace]))
    return on if on <= year.demo.today else None


def _closings(year: _Year) -> None:
    """Most tasks whose milestones are all reached were closed some weeks after the last."""
    items = []
    for task in year.tasks:
        days = [step.reached_on for step in year.steps[task.pk]]
        if all(days) and year.pace[task.pk] != "stuck" and year.random.random() < 0.86:
            last, due = max(d for d in days if d), task.due or year.demo.today
            closed = max(last + timedelta(days=6), due + timedelta(days=11)) + timedelta(days=year.random.randint(0, 6))
            if closed < year.demo.today:
                items.append((task, {"closed_on": closed}))
    save_many(items, None, title=str(year.demo.title), verb="seed")


# --- rounds -----------------------------------------------------------------------------------------------------------


def _rounds(year: _Year) -> None:
    """A round for each quarter of the plan, issued; and one that is running now, about what is still open."""
    held, today = rules(year.demo.today), year.demo.today
    day, periods = year.plan.starts, []
    while day <= year.plan.ends:
        periods.append(period_of(day, 3))
        day = periods[-1][1] + timedelta(days=1)
    past = [
        Round(
            plan=year.plan, starts=starts, ends=ends, opened=ends - timedelta(days=5), closes=closing_day(ends, held),
            state=RoundState.ISSUED, entered_at=_at(closing_day(ends, held) + timedelta(days=9)),
        )
        for starts, ends in periods
        if closing_day(ends, held) + timedelta(days=9) < today
    ]  # fmt: skip
    starts, ends = period_of(today, 3)
    now = Round(
        plan=year.plan, starts=starts, ends=ends, opened=today - timedelta(days=6),
        closes=calendar().on_workday(today + timedelta(days=2)), state=RoundState.OPEN, entered_at=timezone.now(),
    )  # fmt: skip
    running = [] if any(r.starts == starts for r in past) else [now]
    year.demo.keep([*past, *running])
    entries = [entry for round_ in past for entry in _past_entries(year, round_)]
    entries += [entry for round_ in running for entry in _running_entries(year, round_)]
    year.demo.keep(entries)
    back = [(entry, {"returned": 1}) for entry in entries if entry.state == EntryState.RETURNED]
    save_many(back, None, title=str(year.demo.title), verb="return", note=Words(*WORDS["words"]["back"][0]))
    year.demo.keep(_evidence(year, entries))
    told = [(round_, {"told": frozen(round_, timezone.localtime(round_.entered_at).date())}) for round_ in past]
    save_many(told, None, title=str(year.demo.title), verb="seed")


def _at(day: date, hour: int = 15) -> datetime:
    return datetime.combine(day, time(hour, 20), calendar().zone)


def _open_on(task: LedgerTask, day: date) -> bool:
    return task.closed_on is None or task.closed_on > day


def _past_entries(year: _Year, round_: Round) -> list[Entry]:
    yearly = round_.ends.month == 12
    asked = [t for t in year.tasks if t.lead and (t.pk in year.key or yearly) and _open_on(t, round_.opened)]
    return [_past_entry(year, round_, task) for task in asked]


def _past_entry(year: _Year, round_: Round, task: LedgerTask) -> Entry:
    """Filed mostly in time, accepted, now and then returned once; the one that saw the task closed says so."""
    random, pace = year.random, year.pace[task.pk]
    days = random.choices(
        (-4, -2, -1, 0, 2, 6), (20, 26, 24, 18, 8, 4) if pace != "stuck" else (5, 10, 15, 30, 25, 15)
    )[0]
    filed = round_.closes + timedelta(days=days)
    done = [s for s in year.steps[task.pk] if s.reached_on and round_.starts <= s.reached_on <= filed]
    closing = bool(task.closed_on) and (task.due or date.max) <= round_.ends
    entry = Entry(
        round=round_, task=task, body=task.lead.on(round_.opened) if task.lead else None, state=EntryState.ACCEPTED,
        entered_at=_at(filed + timedelta(days=3)), filed_at=_at(filed, 10), returned=int(random.random() < 0.07),
        reached=[s.pk for s in done], closed=closing, asks_closing=closing, **_said(year, task, round_, bool(done) or closing),
    )  # fmt: skip
    entry.light = _light(year, task, filed)
    if entry.light == "red" and random.random() < 0.04:
        zh, en = WORDS["words"]["override"]
        entry.override, entry.override_reason = "yellow", zh
        entry.english[zh] = en
    return entry


def _light(year: _Year, task: LedgerTask, day: date) -> str:
    """The light as it was computed on a day."""
    from .ledger import facts_of
    from .lights import light

    return light(facts_of(task, year.steps[task.pk], ()), day, rules_of(year)).key


def rules_of(year: _Year) -> Any:
    """The parameters of the day of the demo, read once."""
    if not hasattr(year, "_held"):
        year._held = rules(year.demo.today)  # type: ignore[attr-defined]
    return year._held  # type: ignore[attr-defined]


def _said(year: _Year, task: LedgerTask, round_: Round, moved: bool) -> dict[str, Any]:
    """What an entry says: progress of the step it is at, or why there was none."""
    random, words = year.random, WORDS["words"]
    if not moved and year.pace[task.pk] == "stuck" and random.random() < 0.35:
        return {"no_progress": True} | _both(
            reason=random.choice(words["idle"]), problem=random.choice(words["problem"][3:])
        )
    steps = year.steps[task.pk]
    step = next((s for s in steps if s.due >= round_.starts), steps[-1])
    share = 100 if moved else random.randint(2, 18) * 5
    zh, en = random.choice(words["progress"])
    n = random.randint(2, 6)
    text = zh.format(step=step.title, share=share, n=n), en.format(step=step.title_en, share=share, n=n)
    return _both(progress=text, problem=random.choice(words["problem"]), next_step=random.choice(words["next"]))


def _both(**texts: Sequence[str]) -> dict[str, Any]:
    """Texts of an entry, each a Chinese and an English one."""
    return {name: zh for name, (zh, _en) in texts.items()} | {"english": {zh: en for zh, en in texts.values() if zh}}


def _running_entries(year: _Year, round_: Round) -> list[Entry]:
    """The round of today: some filed, signed, returned or accepted, the rest not filed yet."""
    states = (EntryState.DUE, EntryState.FILED, EntryState.SIGNED, EntryState.RETURNED, EntryState.ACCEPTED)
    rows = []
    for n, task in enumerate(t for t in year.tasks if t.lead and _open_on(t, year.demo.today)):
        state = states[(0, 0, 1, 2, 0, 4, 2, 3)[n % 8]]
        filed = year.demo.today - timedelta(days=year.random.randint(1, 4))
        entry = Entry(
            round=round_, task=task, body=task.lead.on(round_.opened) if task.lead else None, state=state,
            entered_at=_at(filed, 16), due_at=end_of(round_),
        )  # fmt: skip
        if state != EntryState.DUE:
            limit = filing.limit(state)
            entry.filed_at, entry.used = _at(filed, 10), 2
            entry.due_at = limit.due(entry.entered_at, calendar()) if limit and entry.entered_at else None
            for name, value in _said(year, task, round_, False).items():
                setattr(entry, name, value)
        if state == EntryState.RETURNED:
            entry.due_at = calendar().end_of(round_.closes)
        if state == EntryState.ACCEPTED:
            entry.light = _light(year, task, filed)
        rows.append(entry)
    return rows


def _evidence(year: _Year, entries: list[Entry]) -> list[Evidence]:
    """Something is linked to each entry that saw a task closed, and to some of the others."""
    rows = []
    for entry in entries:
        if entry.closed or (entry.state == EntryState.ACCEPTED and year.random.random() < 0.12):
            address = f"{entry.task.get_absolute_url()}?round={entry.round_id}"
            zh, en = (text.format(number=entry.task.number) for text in WORDS["words"]["proof"])
            rows.append(Evidence(entry=entry, title=zh, title_en=en, address=address, value=1))
    return rows


# --- coordination and adjustment ----------------------------------------------------------------------------------------


def _coordination(year: _Year) -> None:
    body = Body.objects.filter(kind=Body.Kind.MECHANISM, demo=False).order_by("-slug").first()
    late = [t for t in year.tasks if year.pace[t.pk] == "stuck" and t.closed_on is None and t.lead][:4]
    if body is None or not late:
        return
    words, today = WORDS["meeting"], year.demo.today
    meetings = [
        Meeting(
            plan=year.plan, body=body, title=zh, title_en=en, day=calendar().on_workday(today - timedelta(days=days))
        )
        for (zh, en), days in zip(words["titles"], (230, 60), strict=True)
    ]
    year.demo.keep(meetings)
    states = (TopicState.DECIDED, TopicState.LISTED, TopicState.RAISED)
    topics = [
        Topic(
            plan=year.plan, task=task, title=title[0], title_en=title[1], facts=facts[0], facts_en=facts[1],
            question=question[0], question_en=question[1], state=state, entered_at=timezone.now(),
            meeting=None if state == TopicState.RAISED else meetings[1],
        )
        for title, facts, question, state, task in zip(
            words["topics"], words["facts"], words["questions"], states, late, strict=False
        )
    ]  # fmt: skip
    year.demo.keep(topics)
    made = LedgerTask(
        plan=year.plan, number=f"D{meetings[1].day:%Y%m%d}-1", title=words["decision"][0], title_en=words["decision"][1],
        commitments=late[0].commitments, lead=late[0].lead, starts=meetings[1].day,
        due=meetings[1].day + timedelta(days=75), origin=LedgerTask.Origin.DECISION,
    )  # fmt: skip
    year.demo.keep([made])
    decision = Decision(
        meeting=meetings[1], topic=topics[0], title=made.title, title_en=made.title_en, body=late[0].lead, due=made.due,
        task=made,
    )  # fmt: skip
    year.demo.keep([decision])
    now = timezone.now()
    limit = supervision.limit(SupervisionState.SENT)
    sent = limit.due(now - timedelta(days=2), calendar()) if limit else None
    texts = {name: {"text": words[name][0], "text_en": words[name][1]} for name in ("reminder", "sheet")}
    year.demo.keep([
        Supervision(task=late[0], body=late[0].lead, kind=Supervision.Kind.REMINDER, **texts["reminder"],
                    state=SupervisionState.SENT, entered_at=now - timedelta(days=2), due_at=sent),
        Supervision(task=late[-1], body=late[-1].lead, kind=Supervision.Kind.SHEET, **texts["sheet"],
                    basis=words["grounds"][0], basis_en=words["grounds"][1],
                    state=SupervisionState.DRAFT, entered_at=now),
    ])  # fmt: skip


def _proposal(year: _Year) -> None:
    """One adjustment that is only proposed: it changes no target."""
    target = Target.objects.filter(plan=year.plan).exclude(goal=None).order_by("no", "pk").first()
    if target is not None:
        year.demo.keep([
            Adjustment(plan=year.plan, target=target, goal=round((target.goal or 0) * 0.95, 2), effective=year.demo.today,
                       basis=WORDS["meeting"]["basis"][0],
                       basis_en=WORDS["meeting"]["basis"][1], state=AdjustmentState.PROPOSED, entered_at=timezone.now())
        ])  # fmt: skip
