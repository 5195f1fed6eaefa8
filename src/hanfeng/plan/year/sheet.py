"""The supervision sheet (督办单) of a case, and the reminder, as an official paper: a form that is read, signed and filed.

What a field lacks so far, such as the reply, stays open on the paper, so that it can be written by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from hanfeng.kernel.desk.wording import day_text, local_text
from hanfeng.kernel.record.models import Event, kind_of
from hanfeng.plan.report.linked import Draft, Paragraph, Table
from hanfeng.standards.gbt9704 import DocumentNumber, document_number

from .ledger import sentences, served, standings
from .models import Supervision
from .models.meetings import SupervisionState
from .parameters import rules

CLAUSES = 4
"""Clauses named on the sheet; a task of many plans names the first."""

ASKED = ("send", "order", "ask_again")
"""The steps by which the body is asked."""


class Line(NamedTuple):
    """A row of the form. `open` is how many lines stay free for writing by hand where nothing is said yet."""

    label: str
    text: str
    open: int = 0


def next_number(day: date) -> str:
    """The number that follows the highest of the year, as 规划督〔2026〕1号."""
    mark = rules(day).sheet_mark
    kept = Supervision.everything.filter(number__startswith=f"{mark}〔{day.year}〕").values_list("number", flat=True)
    taken = [document_number(text).serial for text in kept if _is_number(text)]
    return str(DocumentNumber(mark, day.year, max(taken, default=0) + 1))


def _is_number(text: str) -> bool:
    try:
        return bool(document_number(text))
    except ValueError:
        return False


@dataclass(frozen=True)
class Sheet:
    """What is printed."""

    title: str
    number: str
    lines: tuple[Line, ...]
    issuer: str
    day: date
    mark: str
    """What stands under the title of a paper that is no order yet, or invented."""


def sheet_of(case: Supervision) -> Sheet:
    """The sheet of a case as it reads today, in the reader's language."""
    events = list(Event.objects.filter(kind=kind_of(case), key=case.pk).order_by("seq"))
    ordered = case.kind == case.Kind.SHEET
    title = _("Supervision sheet on a task of the plan") if ordered else _("Reminder on a task of the plan")
    sent = case.state in (SupervisionState.SENT, SupervisionState.REPLIED, SupervisionState.CLOSED)
    mark = ("" if sent else pgettext("state of a paper", "draft"), _("Demo data") if case.demo else "")
    day = _sent_on(events) or timezone.localdate()
    lines = tuple(_lines(case, events, day, ordered))
    return Sheet(title, case.number, lines, _("Plan office"), day, " · ".join(word for word in mark if word))


def paper(sheet: Sheet) -> Draft:
    """The same as a paper: the form between its title and who issues it."""
    rows = tuple(((line.label,), (line.text or "\n" * (line.open - 1),)) for line in sheet.lines)
    blocks = (
        Paragraph("title", (sheet.title,)),
        Table((), rows, (0.2, 0.8)),
        Paragraph("signature", (sheet.issuer,)),
        Paragraph("date", (day_text(sheet.day),)),
    )
    return Draft(get_language() or "zh-hans", blocks, title=sheet.title)


def _lines(case: Supervision, events: list[Event], day: date, ordered: bool) -> Iterator[Line]:
    """The form, row by row."""
    task, until = case.task, _reply_by(events)
    told = {"title": local_text(task, "title"), "number": task.number}
    named = pgettext("a task with its number", "%(title)s (ledger no. %(number)s)") % told
    yield Line(_("Matter"), named if task.number else told["title"])
    yield Line(_("Basis"), "\n".join(_basis(case, day)))
    yield Line(_("Body responsible"), local_text(case.body))
    yield Line(_("Leader in charge"), str(task.leader or ""), 1)
    yield Line(_("Reply by"), day_text(until) if until else "", 1)
    yield Line(_("What is asked"), local_text(case, "text"), 2)
    if ordered:
        yield Line(_("Ordered by"), _who(events, "order"), 2)
    yield Line(_("Reply of the body"), _said(events, "reply"), 4)
    yield Line(_("Opinion on closing"), _said(events, "settle"), 3)


def _basis(case: Supervision, day: date) -> Iterator[str]:
    """What the officer names, the clauses that the task carries out, and its light on the day it was sent."""
    if said := local_text(case, "basis"):
        yield said
    clauses = served([case.task])[case.task.pk][:CLAUSES]
    if clauses:
        named = [pgettext("a clause of a plan", "%(plan)s, %(code)s") % {"plan": row.plan, "code": row.home.code}
                 for row in clauses]  # fmt: skip
        yield pgettext("between names in a text", ", ").join(named)
    (now,) = standings([case.task], day)
    light = rules(day).light_name(now.light)
    why = now.override_reason if now.override else sentences(now.why)
    yield _("Light on %(day)s: %(light)s. %(why)s") % {"day": day_text(day), "light": light, "why": why}


def _sent_on(events: list[Event]) -> date | None:
    """The day on which the body got it first."""
    first = next((event for event in events if event.verb in ASKED), None)
    return timezone.localtime(first.at).date() if first else None


def _reply_by(events: list[Event]) -> date | None:
    """The last day for the reply, as it was set when the body was asked last."""
    for event in reversed(events):
        due = json.loads(event.data).get("due_at") if event.verb in ASKED else None
        if due and due[1]:
            return timezone.localtime(datetime.fromisoformat(due[1])).date()
    return None


def _said(events: list[Event], verb: str) -> str:
    """What was said in this step, each time it was made, with who said it and when."""
    return "\n".join(f"{event.said} ({_by(event)})" for event in events if event.verb == verb)


def _who(events: list[Event], verb: str) -> str:
    return next((_by(event) for event in reversed(events) if event.verb == verb), "")


def _by(event: Event) -> str:
    told = {"who": event.who, "day": day_text(timezone.localtime(event.at).date())}
    return pgettext("who and when", "%(who)s, %(day)s") % told
