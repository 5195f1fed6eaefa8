"""Demo entries of both libraries in every state; every row is marked as demo data."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from importlib.resources import files
from random import Random
from typing import Any

from django.utils import timezone

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.facts.kinds import HIGH_TECH, SCI_TECH
from hanfeng.commons.people.models import Person
from hanfeng.kernel.api import FactKind, ask_all, calendar
from hanfeng.kernel.pure import Period

from .flow import cultivation
from .models import Library, PoolEntry, State

WORDS: dict[str, Any] = tomllib.loads((files(__package__) / "seed.toml").read_text("utf-8"))
# how many in each state, and for how many days at most
SHAPE = (
    (State.PROPOSED, 6, 7),
    (State.SCREENING, 9, 13),
    (State.CULTIVATING, 30, 330),
    (State.MATERIAL, 5, 60),
    (State.APPLIED, 9, 150),
)
ENDED = ((State.GRADUATED, 10, 400), (State.LEFT, 4, 300), (State.REFUSED, 3, 200))


def an_entry(body: Body, library: Library = Library.HIGH_TECH, **changes: Any) -> PoolEntry:
    """An entry, not yet written."""
    values = {"body": body, "library": library, "state": State.PROPOSED, "entered_at": timezone.now(), "demo": True}
    return PoolEntry(**values | changes)


def fill(demo: Any) -> None:
    """Firms without a title in the open states and firms with one among those that ended, as the registers tell."""
    random = demo.random("cultivation")
    today = Period(demo.today, demo.today + timedelta(days=1))
    titled, registered = _holders(HIGH_TECH, today), _holders(SCI_TECH, today)
    bodies = {b.pk: b for b in Body.objects.filter(kind=Body.Kind.ENTERPRISE, demo=True, ends=None).order_by("pk")}
    plain = [pk for pk in bodies if pk not in registered and pk not in titled]
    candidates = [pk for pk in bodies if pk in registered and pk not in titled]
    staff = Person.objects.filter(demo=True, posts__body__kind=Body.Kind.DEPARTMENT).distinct().order_by("pk")
    advisors = list(staff[:3])
    kept = []
    for library, waiting, won in ((Library.HIGH_TECH, candidates, titled), (Library.SCI_TECH, plain, registered)):
        chosen = random.sample(waiting, len(waiting))
        winners = random.sample([pk for pk in bodies if pk in won], min(len(won & set(bodies)), 10))
        for state, number, days in (*SHAPE, *ENDED):
            source = winners if state == State.GRADUATED else chosen
            while number and source:
                kept.append(_entry(bodies[source.pop()], library, state, days, random, advisors))
                number -= 1
    demo.keep(kept)


def _holders(kind: FactKind, period: Period) -> set[int]:
    return {pk for told in ask_all(kind, period).values() for pk, value in told.items() if value is True}


def _entry(body: Body, library: Library, state: State, days: int, random: Random, advisors: list[Person]) -> PoolEntry:
    entered = timezone.now() - timedelta(days=random.random() * days)
    limit = cultivation.limits.get(state)
    return an_entry(
        body, library, state=state, entered_at=entered, due_at=limit.due(entered, calendar()) if limit else None,
        needs=random.choice(WORDS["needs"]), plan="" if state == State.PROPOSED else random.choice(WORDS["plan"]),
        aim=timezone.localdate().year + random.randrange(2), advisor=random.choice(advisors) if advisors else None,
        spent={State.CULTIVATING.value: float(random.randrange(5, 90))} if state == State.MATERIAL else {},
    )  # fmt: skip
