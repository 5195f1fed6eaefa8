"""The yearly review. The limits are ours: no document sets them for a district."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hanfeng.kernel.api import Flow, Move
from hanfeng.kernel.pure import Clock, Limit

from .models import ENDS, REPORT, Review, State
from .roles import APPROVER, HOST, OFFICER

PASS = 60
GOOD = 85
"""Scores from which a review passes, and from which it is excellent (ours)."""


def report_is_whole(review: Review) -> str | None:
    """Closed until the host has stated every figure and written the report."""
    empty = [name for name in REPORT if getattr(review, name) in (None, "")]
    if not empty:
        return None
    names: list[Any] = [Review._meta.get_field(name) for name in empty]
    return _("Still missing in the report: %(names)s.") % {"names": _(", ").join(str(f.verbose_name) for f in names)}


def has_score(review: Review) -> str | None:
    """Closed until the examination has its score and finding."""
    done = review.score is not None and review.finding.strip()
    return None if done else _("Enter the score and the finding of the examination first.")


def _between(low: int, high: int) -> Any:
    """A guard: closed unless the score lies from `low` up to `high`, both counted."""

    def guard(review: Review) -> str | None:
        if review.score is not None and low <= review.score <= high:
            return None
        said = _("The score is %(score)s; this result needs %(low)s to %(high)s.")
        return said % {"score": "—" if review.score is None else review.score, "low": low, "high": high}

    return guard


yearly = Flow(
    State,
    start=State.CALLED,
    ends=ENDS,
    limits={
        State.CALLED: Limit(20, Clock.WORKING_DAY),
        State.RETURNED: Limit(5, Clock.WORKING_DAY),
        State.FILED: Limit(15, Clock.WORKING_DAY),
        State.EXAMINED: Limit(10, Clock.WORKING_DAY),
    },
    moves=(
        Move("file", State.CALLED, State.FILED, (HOST,), gettext_lazy("File the report"), guard=report_is_whole),
        Move("file", State.RETURNED, State.FILED, (HOST,), gettext_lazy("File the report"), guard=report_is_whole),
        Move(
            "return", State.FILED, State.RETURNED, (OFFICER,), gettext_lazy("Send back to the host"), note=True, calls=False
        ),
        Move(
            "examine", State.FILED, State.EXAMINED, (OFFICER,), gettext_lazy("Examination is done"), guard=has_score
        ),
        Move(
            "excel", State.EXAMINED, State.GOOD, (APPROVER,), gettext_lazy("Excellent"), not_own=True,
            guard=_between(GOOD, 100),
        ),
        Move(
            "pass", State.EXAMINED, State.PASSED, (APPROVER,), gettext_lazy("Passed"), not_own=True,
            guard=_between(PASS, 100),
        ),
        Move(
            "fail", State.EXAMINED, State.FAILED, (APPROVER,), gettext_lazy("Not passed"), note=True, not_own=True,
            danger=True, guard=_between(0, PASS - 1),
        ),
        Move(
            "fail", State.CALLED, State.FAILED, (APPROVER,), gettext_lazy("No report came"), note=True, not_own=True,
            danger=True, calls=False,
        ),
    ),
)  # fmt: skip
"""A host that never reports fails by the approver's decision, with the reason; nothing fails by itself."""
