"""How a snapshot is approved: whoever drafts it does not release it."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hanfeng.kernel.flow.flow import Flow, Move
from hanfeng.kernel.roles import Role

from .models import Snapshot

EDITOR = Role("portal.editor", _("publication editor"), _("Drafts what the public will see."))
APPROVER = Role("portal.approver", _("publication approver"), _("Releases or returns what others drafted."))


class State(TextChoices):
    DRAFT = "draft", _("waiting for approval")
    APPROVED = "approved", pgettext_lazy("state of a snapshot", "published")
    RETURNED = "returned", _("sent back")
    WITHDRAWN = "withdrawn", _("taken off")


publication = Flow(
    State,
    start=State.DRAFT,
    ends=frozenset({State.RETURNED, State.WITHDRAWN}),
    moves=(
        Move("approve", State.DRAFT, State.APPROVED, (APPROVER,), _("Publish"), not_own=True),
        Move("return", State.DRAFT, State.RETURNED, (APPROVER,), _("Send back"), note=True),
        Move(
            "withdraw", State.APPROVED, State.WITHDRAWN, (APPROVER,), _("Take off"), note=True, danger=True, calls=False
        ),
    ),
)


def published(name: str) -> Snapshot | None:
    """The newest approved snapshot of a page, or None."""
    found = Snapshot.objects.filter(name=name, state=State.APPROVED)
    return found.order_by("-as_of", "-pk").first()  # type: ignore[no-any-return]
