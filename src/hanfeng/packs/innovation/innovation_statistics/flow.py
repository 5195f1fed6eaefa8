"""The way of a return, the same in both modes. Deadlines come from the call; those of the office are ours."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from hanfeng.commons.people.models import accounts_of
from hanfeng.kernel.api import Flow, Move, begin, save, tell
from hanfeng.kernel.pure import Clock, Limit

from . import standard
from .models import Call, Filing
from .notices import SENT_BACK
from .roles import AUDITOR, FIRM, OFFICER
from .terms import Mode, State


def fillable(filing: Filing) -> str | None:
    """Closed while an error stands, and once the approval of an own survey has run out."""
    if closed := expired(filing.call):
        return closed
    if filing.costs is None and filing.internal is None:
        return _("The form is empty: fill it first, with zeros where there was nothing.")
    errors = [each for each in standard.findings(filing.checked()) if each.check.severity == standard.ERROR]
    text = ngettext(
        "%(n)s error of the form is still to be put right.",
        "%(n)s errors of the form are still to be put right.",
        len(errors),
    )
    return text % {"n": len(errors)} if errors else None


def expired(call: Call) -> str | None:
    """Why the forms of a call may no longer be used."""
    if call.mode == Mode.OWN and call.approval and not call.approval.covers(timezone.localdate()):
        return _("The approval %(number)s ended on %(day)s: the form is closed.") % {
            "number": call.approval.number,
            "day": call.approval.ends,
        }
    return None


def stamp(filing: Filing, by: Any) -> None:
    """The day on which it was first handed over; a mended return keeps it."""
    if filing.filed is None:
        save(filing, by, {"filed": timezone.now()})


def tell_back(filing: Filing, by: Any) -> None:
    """Tell the firm that its return was sent back."""
    day = timezone.localtime(filing.due_at).date() if filing.due_at else ""
    url = f"/innovation_statistics/fill/{filing.pk}/"
    once = f"{filing.pk}-{filing.version}"
    tell(SENT_BACK, accounts_of([filing.body_id], FIRM), about=filing, url=url, once=once, year=filing.year, day=day)


def open_filing(call: Call, filing: Filing, by: Any) -> Filing:
    """Call one firm's return; due when the call says."""
    filing.call, filing.year = call, call.year
    begin(returns, filing, by, {"due_at": call.ends})
    return filing


returns = Flow(
    State,
    start=State.CALLED,
    ends=frozenset({State.ACCEPTED, State.EXCUSED}),
    limits={
        State.FILLED: Limit(5, Clock.WORKING_DAY),
        State.CHECKED: Limit(5, Clock.WORKING_DAY),
        State.AUDITED: Limit(5, Clock.WORKING_DAY),
        State.RETURNED: Limit(3, Clock.WORKING_DAY),
    },
    moves=(
        Move(
            "file", State.CALLED, State.FILLED, (FIRM, OFFICER), gettext_lazy("Hand over"), guard=fillable, then=stamp
        ),
        Move(
            "file",
            State.RETURNED,
            State.FILLED,
            (FIRM, OFFICER),
            gettext_lazy("Hand over again"),
            guard=fillable,
            then=stamp,
        ),
        Move("check", State.FILLED, State.CHECKED, (OFFICER,), pgettext_lazy("move of a return", "Check")),
        Move(
            "return",
            State.FILLED,
            State.RETURNED,
            (OFFICER,),
            gettext_lazy("Send back"),
            note=True,
            calls=False,
            then=tell_back,
        ),
        Move(
            "audit", State.CHECKED, State.AUDITED, (AUDITOR,), pgettext_lazy("move of a return", "Audit"), not_own=True
        ),
        Move(
            "return",
            State.CHECKED,
            State.RETURNED,
            (AUDITOR,),
            gettext_lazy("Send back"),
            note=True,
            calls=False,
            then=tell_back,
        ),
        Move(
            "accept",
            State.AUDITED,
            State.ACCEPTED,
            (AUDITOR,),
            pgettext_lazy("move of a return", "Accept"),
            not_own=True,
        ),
        Move(
            "return",
            State.AUDITED,
            State.RETURNED,
            (AUDITOR,),
            gettext_lazy("Send back"),
            note=True,
            calls=False,
            then=tell_back,
        ),
        Move(
            "excuse",
            State.CALLED,
            State.EXCUSED,
            (AUDITOR,),
            gettext_lazy("Not due"),
            note=True,
            danger=True,
            calls=False,
        ),
        Move(
            "excuse",
            State.RETURNED,
            State.EXCUSED,
            (AUDITOR,),
            gettext_lazy("Not due"),
            note=True,
            danger=True,
            calls=False,
        ),
    ),
)
