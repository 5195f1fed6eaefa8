"""The way of a paper: drafted, out for comments, reviewed, signed. Nobody decides on a text he wrote; limits are parameters."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from hanfeng.kernel.flow.flow import Flow, Move
from hanfeng.kernel.notify.notice import Notice
from hanfeng.kernel.notify.telling import tell
from hanfeng.kernel.record.write import save
from hanfeng.kernel.roles import Role
from hanfeng.plan.roles import CONTACT, LEADER, OFFICER

from .models import Edition, Opinion, Paper, State, newest
from .parameters import LIMITS
from .roles import REVIEWER

COMMENTS_WANTED = Notice(
    "papers.comments", gettext_lazy("Comments wanted: %(title)s"),
    gettext_lazy("The draft is open for comments until %(due)s. Say to which place of the text, and what it should say instead."),
)  # fmt: skip
WAITING = Notice(
    "papers.waiting", gettext_lazy("Waiting for you: %(title)s"),
    gettext_lazy("The paper waits for your decision. Its text, its comments and how they were taken stand on its page."),
)  # fmt: skip
SENT_BACK = Notice(
    "papers.back", gettext_lazy("Sent back: %(title)s"), gettext_lazy("The reason stands on the page of the paper.")
)
APPROVED = Notice(
    "papers.approved",
    gettext_lazy("Approved: %(title)s"),
    gettext_lazy("The paper is signed. Its text can no longer change."),
)
NOTICES = (COMMENTS_WANTED, WAITING, SENT_BACK, APPROVED)


# --- when a move is closed ------------------------------------------------------------------------------------------------


def is_settled(paper: Paper) -> str | None:
    """Closed while a figure of the text differs from its reading or has none."""
    edition = newest(paper)
    if edition is None:
        return _("The paper has no text yet.")
    if not edition.open:
        return None
    text = ngettext(
        "%(count)s figure of the text differs from its reading or has none: settle it first.",
        "%(count)s figures of the text differ from their readings or have none: settle them first.",
        edition.open,
    )
    return text % {"count": edition.open}


def is_answered(paper: Paper) -> str | None:
    """Closed while a comment is not answered."""
    waiting = Opinion.objects.filter(paper=paper, taken="").count()
    if waiting:
        text = ngettext("%(count)s comment is not answered yet.", "%(count)s comments are not answered yet.", waiting)
        return text % {"count": waiting}
    return is_settled(paper)


def authors(paper: Paper) -> frozenset[int]:
    """Everybody who wrote at the text: who drafted it, edited it or settled its figures."""
    rows = Edition.objects.filter(paper=paper).exclude(origin=Edition.Origin.MARKED)
    return frozenset(pk for pk in rows.values_list("author", flat=True) if pk)


def own_hand(paper: Paper, user: Any) -> str:
    """Why this person may not decide on the paper: he wrote at it, or decided on it already; empty when he may."""
    pk = getattr(user, "pk", None)
    if pk and pk in authors(paper):
        return _("Nobody decides on a text he wrote himself.")
    if pk and paper.state == State.SIGN and paper.checked_by_id == pk:
        return _("Whoever reviewed a paper does not sign it too.")
    return ""


# --- what is true together with a move ------------------------------------------------------------------------------------


def _circulated(paper: Paper, by: Any) -> None:
    mark(paper, Edition.Mark.COMMENTS, by)
    due = paper.due_at.date().isoformat() if paper.due_at else ""
    tell(COMMENTS_WANTED, _holders(CONTACT), paper, f"/papers/paper/{paper.pk}/comments/", title=paper.title, due=due)


def _submitted(paper: Paper, by: Any) -> None:
    mark(paper, Edition.Mark.REVIEW, by)
    tell(WAITING, _holders(REVIEWER), paper, title=paper.title)


def _checked(paper: Paper, by: Any) -> None:
    save(paper, by, {"checked_by": by}, verb="change")
    tell(WAITING, _holders(LEADER), paper, title=paper.title)


def _signed(paper: Paper, by: Any) -> None:
    mark(paper, Edition.Mark.APPROVED, by)
    tell(APPROVED, User.objects.filter(pk__in=authors(paper)), paper, title=paper.title)


def _back(paper: Paper, by: Any) -> None:
    save(paper, by, {"checked_by": None})
    tell(SENT_BACK, User.objects.filter(pk__in=authors(paper)), paper, title=paper.title)


def mark(paper: Paper, name: TextChoices, by: Any) -> None:
    """Mark the newest edition; one that carries a mark already goes on as a new edition with the same text."""
    edition = newest(paper)
    if edition is None:
        return
    if not edition.mark:
        save(edition, by, {"mark": name}, verb="change")
        return
    following = Edition(
        paper=paper, no=edition.no + 1, origin=Edition.Origin.MARKED, mark=name, base=edition, author=_user(by),
        content=edition.content, findings=edition.findings, open=edition.open, demo=edition.demo,
    )  # fmt: skip
    save(following, by)


def _user(by: Any) -> Any:
    return by if getattr(by, "pk", None) else None


def _holders(role: Role) -> Any:
    return User.objects.filter(groups__name=role.name, is_active=True)


approval = Flow(
    State,
    start=State.DRAFT,
    ends=frozenset({State.APPROVED, State.WITHDRAWN}),
    limits={
        State.COMMENTS: LIMITS["papers.comment-days"],
        State.CHECK: LIMITS["papers.review-days"],
        State.SIGN: LIMITS["papers.sign-days"],
    },
    moves=(
        Move("circulate", State.DRAFT, State.COMMENTS, (OFFICER,), gettext_lazy("Send out for comments"), guard=is_settled,
             then=_circulated),
        Move("giveup", State.DRAFT, State.WITHDRAWN, (OFFICER,), gettext_lazy("Give the paper up"), note=True, danger=True,
             calls=False),
        Move("recall", State.COMMENTS, State.DRAFT, (OFFICER,), gettext_lazy("Take it back into drafting"), note=True,
             calls=False),
        Move("submit", State.COMMENTS, State.CHECK, (OFFICER,), gettext_lazy("Submit for review"), guard=is_answered,
             then=_submitted),
        Move("pass", State.CHECK, State.SIGN, (REVIEWER,), gettext_lazy("Reviewed: pass on for signature"), not_own=True,
             guard=is_settled, recusal=own_hand, then=_checked),
        Move("return", State.CHECK, State.DRAFT, (REVIEWER,), pgettext_lazy("paper", "Send back"), note=True, then=_back),
        Move("approve", State.SIGN, State.APPROVED, (LEADER,), pgettext_lazy("paper", "Sign"), not_own=True, guard=is_settled,
             recusal=own_hand, then=_signed),
        Move("return", State.SIGN, State.DRAFT, (LEADER,), pgettext_lazy("paper", "Send back"), note=True, then=_back),
    ),
)  # fmt: skip
