"""An edition is drafted by one and released by another; and only while no other was released meanwhile."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from hanfeng.kernel.flow.flow import Flow, Move
from hanfeng.kernel.portal.flow import APPROVER

from .models import Edition


class State(TextChoices):
    DRAFT = "draft", gettext_lazy("waiting for approval")
    RELEASED = "released", pgettext_lazy("state of a snapshot", "published")
    RETURNED = "returned", gettext_lazy("sent back")


def newest(pack: str) -> int:
    """The number of the newest published edition of a pack, 0 where there is none."""
    found: int | None = (
        Edition.objects.filter(pack=pack, state=State.RELEASED).order_by("-pk").values_list("pk", flat=True).first()
    )
    return found or 0


def still_newest(edition: Edition) -> str | None:
    """Closed once another edition was published: what together tells too much was not looked at."""
    if newest(edition.pack) != edition.after:
        return _(
            "Another edition was published since this one was drafted: draft it anew, so that both are judged together."
        )
    return None


release = Flow(
    State,
    start=State.DRAFT,
    ends=frozenset({State.RELEASED, State.RETURNED}),
    moves=(
        Move(
            "release", State.DRAFT, State.RELEASED, (APPROVER,), gettext_lazy("Publish"), not_own=True,
            guard=still_newest,
        ),
        Move("return", State.DRAFT, State.RETURNED, (APPROVER,), gettext_lazy("Send back"), note=True),
    ),
)  # fmt: skip
