"""The ways of a round, an entry, a topic, a supervision and an adjustment, as tables.

Two clocks of an entry carry on. The body's: the working days it used until it filed are not given again when the entry is
returned. The plan office's: the time of its review stands still while the entry is with the body.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from hanfeng.kernel.flow.flow import Flow, Move
from hanfeng.kernel.pure import Clock, Limit
from hanfeng.kernel.record.local import in_both
from hanfeng.kernel.record.models import Attachment, kind_of
from hanfeng.kernel.record.write import save
from hanfeng.kernel.rule.calendar import calendar
from hanfeng.plan.models import Revision
from hanfeng.plan.roles import CONTACT, LEADER, OFFICER

from .models import Adjustment, Entry, Round, Supervision, Topic
from .models.adjusting import AdjustmentState as A
from .models.meetings import SupervisionState as S
from .models.meetings import TopicState as T
from .models.rounds import EntryState as E
from .models.rounds import RoundState as R
from .parameters import LIMITS, rules
from .reminding import tell_returned
from .roles import HEAD, answering
from .sheet import next_number

# --- the entry --------------------------------------------------------------------------------------------------------


def is_filled(entry: Entry) -> str | None:
    """Closed until progress is told, or why there is none."""
    if entry.no_progress:
        return None if entry.reason.strip() else _("Say why there was no progress.")
    return None if entry.progress.strip() else _("Write what was done, or say that there was no progress and why.")


def is_told(entry: Entry) -> str | None:
    """Closed when a task is to be closed on nothing."""
    told = is_filled(entry)
    if told is None and entry.asks_closing and not has_evidence(entry):
        return _("A task is closed on evidence only: add a file or link a record.")
    return told


def may_close(entry: Entry) -> str | None:
    """Closed unless the body asks for it and evidence lies with the entry."""
    if not entry.asks_closing:
        return _("The body does not ask for the task to be closed.")
    return None if has_evidence(entry) else _("A task is closed on evidence only: add a file or link a record.")


def has_evidence(entry: Entry) -> bool:
    """Whether a file or a record of a pack lies with an entry."""
    files = Attachment.objects.filter(kind=kind_of(entry), key=entry.pk)
    return entry.evidence.filter(void=False).exists() or files.exists()


def _own(case: Any, by: Any) -> None:
    """Nobody files or signs for a body he does not answer for; the round of the entry must still take entries."""
    if case.body_id not in answering(by):
        raise ValidationError(_("Only somebody of %(body)s can do this.") % {"body": case.body})


def _filed(entry: Entry, by: Any) -> None:
    _own(entry, by)
    now, days = timezone.now(), calendar()
    changes: dict[str, Any] = {"filed_by": by}
    if entry.filed_at is None:
        opened = days.end_of(entry.round.opened)
        changes |= {"filed_at": now, "used": _time_for_filing(entry.round).used(opened, max(now, opened), days)}
    save(entry, by, changes)


def _time_for_filing(round_: Round) -> Limit:
    """The time a round gives, in working days."""
    days, opened = calendar(), round_.opened
    count = sum(days.is_workday(opened + timedelta(days=n)) for n in range(1, (round_.closes - opened).days + 1))
    return Limit(max(count, 1), Clock.WORKING_DAY)


def _back(entry: Entry, by: Any) -> None:
    """Before it was ever reviewed the body's time goes on as it was: to the last day for filing."""
    _own(entry, by)
    save(entry, by, {"due_at": calendar().end_of(entry.round.closes)})


def _returned(entry: Entry, by: Any) -> None:
    """A returned entry has what is left of its time for filing, and a few working days at least."""
    now, days, given = timezone.now(), calendar(), _time_for_filing(entry.round)
    left = max(given.amount - entry.used, rules(timezone.localdate()).least_correction, 1)
    due = Limit(int(left), Clock.WORKING_DAY).due(now, days)
    save(entry, by, {"due_at": due, "returned": entry.returned + 1})
    tell_returned(entry)


def _owned(entry: Entry, by: Any) -> None:
    _own(entry, by)


def _accepted(entry: Entry, by: Any) -> None:
    """What an accepted entry says is so: its milestones are reached, and the light of the day is kept with it."""
    from .ledger import standings

    on = timezone.localtime(entry.filed_at).date() if entry.filed_at else timezone.localdate()
    for step in entry.task.milestones.filter(pk__in=entry.reached, reached_on=None):
        save(step, by, {"reached_on": on}, note=in_both(entry.__str__))
    (now,) = standings([entry.task], timezone.localdate())
    save(entry, by, {"light": now.computed.key})


def _closed(entry: Entry, by: Any) -> None:
    """The task is closed with the entry that was accepted for it."""
    on = timezone.localtime(entry.filed_at).date() if entry.filed_at else timezone.localdate()
    save(entry.task, by, {"closed_on": on}, note=in_both(entry.__str__))
    save(entry, by, {"closed": True})
    _accepted(entry, by)


FILE, SIGN, SEND_BACK = (
    pgettext_lazy("entry", "File"),
    pgettext_lazy("entry", "Sign"),
    gettext_lazy("Send back to the contact"),
)

filing = Flow(
    E,
    start=E.DUE,
    ends=frozenset({E.ACCEPTED}),
    stops=frozenset({E.RETURNED, E.CORRECTED}),
    limits={E.FILED: LIMITS["year.sign-days"], E.SIGNED: LIMITS["year.review-days"]},
    moves=(
        Move("file", E.DUE, E.FILED, (CONTACT,), FILE, guard=is_told, then=_filed),
        Move("sign", E.FILED, E.SIGNED, (HEAD,), SIGN, not_own=True, guard=is_told, then=_owned),
        Move("send_back", E.FILED, E.DUE, (HEAD,), SEND_BACK, note=True, calls=False, then=_back),
        Move("accept", E.SIGNED, E.ACCEPTED, (OFFICER,), gettext_lazy("Accept"), not_own=True, guard=is_filled, then=_accepted),
        Move(
            "close", E.SIGNED, E.ACCEPTED, (OFFICER,), gettext_lazy("Accept and close the task"), not_own=True,
            calls=False, guard=may_close, then=_closed,
        ),
        Move("return", E.SIGNED, E.RETURNED, (OFFICER,), gettext_lazy("Return"), note=True, not_own=True, then=_returned),
        Move("file", E.RETURNED, E.CORRECTED, (CONTACT,), FILE, guard=is_told, then=_filed),
        Move("sign", E.CORRECTED, E.SIGNED, (HEAD,), SIGN, not_own=True, guard=is_told, then=_owned),
        Move("send_back", E.CORRECTED, E.RETURNED, (HEAD,), SEND_BACK, note=True, calls=False, then=_owned),
    ),
)  # fmt: skip

# --- the round --------------------------------------------------------------------------------------------------------


def is_reviewed(round_: Round) -> str | None:
    """Closed while entries wait for the plan office."""
    waiting = round_.entries.filter(void=False, state=E.SIGNED).count()
    return _("%(n)s entries wait for review.") % {"n": waiting} if waiting else None


def _issued(round_: Round, by: Any) -> None:
    """The bulletin as it is on the day of its issue: what is accepted later changes the ledger, not the bulletin."""
    from .bulletin import frozen

    save(round_, by, {"told": frozen(round_)})


rounds = Flow(
    R,
    start=R.OPEN,
    ends=frozenset({R.ISSUED}),
    moves=(
        Move("close", R.OPEN, R.CLOSED, (OFFICER,), gettext_lazy("Close the filing"), calls=False),
        Move("reopen", R.CLOSED, R.OPEN, (OFFICER,), gettext_lazy("Open the filing again"), note=True, calls=False),
        Move(
            "issue", R.CLOSED, R.ISSUED, (LEADER,), gettext_lazy("Issue the bulletin"), not_own=True, guard=is_reviewed,
            then=_issued,
        ),
    ),
)  # fmt: skip

# --- coordination -----------------------------------------------------------------------------------------------------


def has_meeting(topic: Topic) -> str | None:
    """Closed until a meeting is named."""
    return None if topic.meeting_id else _("Name the meeting first.")


def is_decided(topic: Topic) -> str | None:
    """Closed until the meeting's decision is entered."""
    return None if topic.decisions.filter(void=False).exists() else _("Enter the decision of the meeting first.")


topics = Flow(
    T,
    start=T.RAISED,
    ends=frozenset({T.DECIDED, T.DROPPED}),
    moves=(
        Move("list", T.RAISED, T.LISTED, (LEADER,), gettext_lazy("Put on the agenda"), not_own=True, guard=has_meeting),
        Move(
            "drop", T.RAISED, T.DROPPED, (LEADER,), gettext_lazy("Do not take up"), note=True, not_own=True, calls=False
        ),
        Move("decide", T.LISTED, T.DECIDED, (OFFICER,), gettext_lazy("Decided"), guard=is_decided),
        Move("defer", T.LISTED, T.RAISED, (OFFICER,), gettext_lazy("Put off"), note=True, calls=False),
    ),
)


def is_reminder(case: Supervision) -> str | None:
    """The plan office sends a reminder by itself; a supervision sheet is a leader's to order."""
    if case.kind == Supervision.Kind.REMINDER:
        return None
    return _("A supervision sheet is ordered by a leader: propose it.")


def is_sheet(case: Supervision) -> str | None:
    """Only a supervision sheet is proposed."""
    return None if case.kind == Supervision.Kind.SHEET else _("A reminder is sent, not proposed.")


def _ordered(case: Supervision, by: Any) -> None:
    """A sheet that is ordered has a number: its own, or the next one of the year."""
    if not case.number:
        save(case, by, {"number": next_number(timezone.localdate())})


supervision = Flow(
    S,
    start=S.DRAFT,
    ends=frozenset({S.CLOSED, S.REFUSED}),
    limits={S.SENT: LIMITS["year.reply-days"], S.PROPOSED: LIMITS["year.order-days"]},
    moves=(
        Move("send", S.DRAFT, S.SENT, (OFFICER,), gettext_lazy("Send the reminder"), guard=is_reminder),
        Move("propose", S.DRAFT, S.PROPOSED, (OFFICER,), gettext_lazy("Propose supervision"), guard=is_sheet),
        Move("order", S.PROPOSED, S.SENT, (LEADER,), gettext_lazy("Order the supervision"), not_own=True, then=_ordered),
        Move("refuse", S.PROPOSED, S.REFUSED, (LEADER,), gettext_lazy("Do not order it"), note=True, not_own=True, calls=False),
        Move("reply", S.SENT, S.REPLIED, (CONTACT, HEAD), gettext_lazy("Reply"), note=True, then=_owned),
        Move("settle", S.REPLIED, S.CLOSED, (OFFICER,), gettext_lazy("Settled"), note=True),
        Move("ask_again", S.REPLIED, S.SENT, (OFFICER,), gettext_lazy("Ask again"), note=True, calls=False),
    ),
)  # fmt: skip

# --- adjustment -------------------------------------------------------------------------------------------------------


def _needs(*names: str) -> Any:
    """A guard that is closed until these fields are filled, naming the first that is not."""

    def guard(case: Adjustment) -> str | None:
        lacking = next((n for n in names if getattr(case, n) is None or not str(getattr(case, n)).strip()), "")
        if not lacking:
            return None
        field: Any = Adjustment._meta.get_field(lacking)
        return _("Enter first: %(field)s.") % {"field": field.verbose_name}

    return guard


def has_decision(case: Adjustment) -> str | None:
    """Closed until the authority's decision is entered whole: who, in which meeting, when, under which number, and its file."""
    if told := _needs("decided_by", "meeting", "decided_on", "number", "issued_on")(case):
        return str(told)
    if case.effective < case.decided_on:  # type: ignore[operator]
        return _("It cannot hold from a day before it was decided.")
    files = Attachment.objects.filter(kind=kind_of(case), key=case.pk)
    return None if files.exists() else _("Add the file of the decision.")


def _in_force(case: Adjustment, by: Any) -> None:
    """The new version of the target, valid from its day; what it does not change stays as it was."""
    revision = Revision(
        target=case.target, starts=case.effective, goal=case.goal, goal_high=case.goal_high, ends=case.ends,
        basis=f"{case.number} · {case.meeting}"[:240], demo=case.demo,
    )  # fmt: skip
    save(revision, by, note=in_both(case.__str__))


adjustment = Flow(
    A,
    start=A.PROPOSED,
    ends=frozenset({A.RECORDED, A.REFUSED}),
    moves=(
        Move("argue", A.PROPOSED, A.ARGUED, (OFFICER,), gettext_lazy("Experts have argued it"), guard=_needs("basis", "experts")),
        Move("consult", A.ARGUED, A.CONSULTED, (OFFICER,), gettext_lazy("Opinions were heard"), guard=_needs("opinions")),
        Move(
            "deliberate", A.CONSULTED, A.DELIBERATED, (LEADER,), gettext_lazy("Deliberated: passed"), not_own=True,
            guard=_needs("decided_by", "meeting", "decided_on"),
        ),
        Move("issue", A.DELIBERATED, A.ISSUED, (LEADER,), gettext_lazy("Issued: enter into force"), not_own=True,
             guard=has_decision, then=_in_force),
        Move("record", A.ISSUED, A.RECORDED, (OFFICER,), gettext_lazy("Put on record"),
             guard=_needs("recorded_with", "recorded_on")),
        *(
            Move("refuse", source, A.REFUSED, (LEADER,), gettext_lazy("Do not adjust"), note=True, not_own=True, danger=True,
                 calls=False)
            for source in (A.PROPOSED, A.ARGUED, A.CONSULTED, A.DELIBERATED)
        ),
    ),
)  # fmt: skip
