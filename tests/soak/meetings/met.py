"""A link whose effect is visible twice if it happened twice: each body that is created makes a person of its name."""

import time

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Person
from hanfeng.kernel.api import Event, Link, save


def meet(event: Event) -> None:
    """Write, then linger: a kill falls between the effect and the commit as often as anywhere."""
    save(Person(name=f"met {event.key}"), None)
    time.sleep(0.004)


link = Link("met", Body, "create", meet)
