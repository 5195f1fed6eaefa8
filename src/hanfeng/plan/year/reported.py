"""What a report tells of the tasks that the ledger follows. Real records only: nothing invented enters a report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from hanfeng.kernel.desk.wording import local_text
from hanfeng.kernel.rule.calendar import calendar

from .ledger import Standing, sentences, standings
from .lights import ORDER
from .models import Entry, LedgerTask
from .models.rounds import EntryState
from .parameters import Rules, rules


@dataclass(frozen=True)
class Followed:
    """A commitment as the ledger stands on a day: its light with what it rests on, and the words of the newest accepted entry."""

    light: str
    name: str
    state: str
    why: str
    url: str
    progress: str = ""
    problem: str = ""
    said_by: str = ""
    entry: str = ""
    entry_url: str = ""


def followed(words: Iterable[str], day: date) -> dict[str, Followed]:
    """The commitments that the ledger follows, by their id; in a fixed number of queries."""
    wanted = set(words)
    rows = LedgerTask.objects.filter(demo=False).exclude(commitments="").select_related("lead")
    tasks = [task for task in rows if wanted.intersection(task.ids)]
    held, said = rules(day), _said(tasks, day)
    by_word: dict[str, list[Standing]] = {}
    for one in standings(tasks, day, held, invented=False):
        for word in wanted.intersection(one.task.ids):
            by_word.setdefault(word, []).append(one)
    return {word: _told(found, said, held) for word, found in by_word.items()}


def _said(tasks: Sequence[LedgerTask], day: date) -> dict[int, Entry]:
    """The newest entry of each task that was accepted by the end of the day."""
    rows = Entry.objects.filter(
        task__in=[task.pk for task in tasks], state=EntryState.ACCEPTED, demo=False, entered_at__lte=calendar().end_of(day)
    )  # fmt: skip
    return {entry.task_id: entry for entry in rows.select_related("body").order_by("round__ends", "pk")}


def _told(found: Sequence[Standing], said: dict[int, Entry], held: Rules) -> Followed:
    """The worst of the tasks that carry out a commitment speaks for it; a closed one only when all are closed."""
    order = [key for key in ORDER if key != "blue"] + ["blue"]
    worst = min(found, key=lambda one: order.index(one.light))
    state = held.light_name(worst.light)
    if worst.override and worst.override != worst.computed.key:
        state = _("%(light)s (computed: %(computed)s)") % {
            "light": state, "computed": held.light_name(worst.computed.key)
        }  # fmt: skip
    why = worst.override_reason if worst.override else sentences(worst.why)
    entry, url = said.get(worst.task.pk), worst.task.get_absolute_url()
    if entry is None:
        return Followed(worst.light, held.light_name(worst.light), state, why, url)
    return Followed(
        worst.light, held.light_name(worst.light), state, why, url,
        progress=local_text(entry, "reason" if entry.no_progress else "progress"),
        problem=local_text(entry, "problem"), said_by=local_text(entry.body), entry=f"entry:{entry.pk}",
        entry_url=entry.get_absolute_url(),
    )  # fmt: skip
