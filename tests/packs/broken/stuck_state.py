"""A flow with a state that nothing leaves and that is no end."""

from django.db.models import TextChoices

from hanfeng.kernel.api import Flow, Move, Role


class State(TextChoices):
    OPEN = "open", "open"
    STUCK = "stuck", "stuck"


CLERK = Role("broken.clerk", "clerk")
flow = Flow(
    State, start=State.OPEN, ends=frozenset(), moves=(Move("close", State.OPEN, State.STUCK, (CLERK,), "Close"),)
)
