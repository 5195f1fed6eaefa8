"""A flow with a state that no move reaches."""

from django.db.models import TextChoices

from hanfeng.kernel.api import Flow, Move, Role


class State(TextChoices):
    OPEN = "open", "open"
    DONE = "done", "done"
    LOST = "lost", "lost"


CLERK = Role("broken.clerk", "clerk")
flow = Flow(
    State,
    start=State.OPEN,
    ends=frozenset({State.DONE, State.LOST}),
    moves=(Move("close", State.OPEN, State.DONE, (CLERK,), "Close"),),
)
