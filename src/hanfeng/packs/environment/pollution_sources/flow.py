"""The way of a notice: sent, explained by the firm, checked, closed by another. The limits are ours: no document was found."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hanfeng.commons.people.models import accounts_of
from hanfeng.kernel.api import Flow, Move, Notice, local, tell
from hanfeng.kernel.pure import Clock, Limit

from .models import ENDS, SourceNotice, State
from .roles import CHIEF, FIRM, OFFICER

ASKED = Notice(
    "pollution_sources.asked",
    gettext_lazy("Please explain: %(what)s"),
    gettext_lazy("%(outlet)s: %(what)s. An explanation is due by %(due)s."),
    urgent=True,
)
RETURNED = Notice(
    "pollution_sources.returned",
    gettext_lazy("Explanation returned: %(what)s"),
    gettext_lazy("The explanation for %(outlet)s does not suffice; a new one is due by %(due)s."),
)
NOTICES = (ASKED, RETURNED)


def is_explained(notice: SourceNotice) -> str | None:
    """Closed until the firm has written something."""
    return None if notice.explanation.strip() else _("Write the explanation first.")


def is_found(notice: SourceNotice) -> str | None:
    """Closed until what was found, and why it was so, stands there."""
    return (
        None if notice.finding.strip() and notice.cause else _("Write what the check found and choose the cause first.")
    )


def is_overdue(notice: SourceNotice) -> str | None:
    """Checked without an explanation only when the firm lets its time pass."""
    if notice.due_at is None or notice.due_at > timezone.now():
        return _("The firm still has time to explain.")
    return is_found(notice)


def _told(kind: Notice, notice: SourceNotice) -> None:
    people = accounts_of([notice.outlet.body_id], FIRM)
    due = timezone.localtime(notice.due_at).strftime("%Y-%m-%d %H:%M") if notice.due_at else ""
    outlet = f"{local(notice.outlet.body, 'name')} {notice.outlet.number}"
    once = f"{notice.pk}:{notice.version}"
    tell(kind, people, about=notice, once=once, outlet=outlet, what=notice.get_kind_display(), due=due)


handling = Flow(
    State,
    start=State.DRAFTED,
    ends=ENDS,
    limits={
        State.SENT: Limit(3, Clock.WORKING_DAY),
        State.EXPLAINED: Limit(5, Clock.WORKING_DAY),
        State.CHECKED: Limit(5, Clock.WORKING_DAY),
    },
    moves=(
        Move(
            "send", State.DRAFTED, State.SENT, (OFFICER,), gettext_lazy("Send to the firm"),
            then=lambda notice, by: _told(ASKED, notice),
        ),
        Move(
            "withdraw", State.DRAFTED, State.WITHDRAWN, (OFFICER,), gettext_lazy("Withdraw"), note=True, danger=True,
            calls=False,
        ),
        Move("explain", State.SENT, State.EXPLAINED, (FIRM,), gettext_lazy("Hand in the explanation"), guard=is_explained),
        Move(
            "check", State.SENT, State.CHECKED, (OFFICER,), gettext_lazy("Checked without an explanation"), guard=is_overdue,
            calls=False,
        ),
        Move("check", State.EXPLAINED, State.CHECKED, (OFFICER,), gettext_lazy("Checked"), guard=is_found),
        Move(
            "return", State.EXPLAINED, State.SENT, (OFFICER,), gettext_lazy("Ask the firm again"), note=True,
            then=lambda notice, by: _told(RETURNED, notice),
        ),
        Move("close", State.CHECKED, State.CLOSED, (CHIEF,), gettext_lazy("Close"), not_own=True, guard=is_found),
        Move("reopen", State.CHECKED, State.EXPLAINED, (CHIEF,), gettext_lazy("Check again"), note=True, calls=False),
    ),
)  # fmt: skip
