"""The life of a wave. The limits are ours: no document sets them for a district."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from hanfeng.kernel.api import Flow, Move, erase, save, save_many
from hanfeng.kernel.pure import Clock, Limit

from .estimating import result
from .models import Slot, State, Town, Visit, Wave
from .parameters import pass_mark
from .roles import APPROVER, OFFICER
from .standard import allocate, draw


def drawn(wave: Wave, towns: Iterable[Town]) -> dict[int, int]:
    """How often each town is drawn, by its place in the list: strata in proportion to people, towns in the order of their code.

    Raises ValueError when the draws do not reach for the strata.
    """
    ordered = sorted(enumerate(towns), key=lambda pair: (pair[1].stratum, pair[1].place.code, pair[1].place.slug))
    people: dict[str, int] = {}
    for _place, town in ordered:
        people[town.stratum] = people.get(town.stratum, 0) + town.people
    shares = allocate(people, wave.draws)
    found: dict[int, int] = {}
    for stratum, draws in shares.items():
        mine = [(place, town.people) for place, town in ordered if town.stratum == stratum]
        times = draw([size for _place, size in mine], draws, f"{wave.seed}:{stratum}")
        found |= {place: n for (place, _size), n in zip(mine, times, strict=True)}
    return found


def can_draw(wave: Wave) -> str | None:
    """Closed until the towns are listed with their people, and the draws reach for each stratum."""
    towns = list(wave.towns.filter(void=False).select_related("place"))
    if not towns:
        return _("List the towns with their people of 18 to 69 first.")
    try:
        drawn(wave, towns)
    except ValueError:
        return _("Each stratum needs two draws or more: plan more draws.")
    return None


def keep_draw(wave: Wave, by: Any) -> None:
    """Write down how often each town was drawn."""
    towns = list(wave.towns.filter(void=False).select_related("place").order_by("pk"))
    for place, times in drawn(wave, towns).items():
        save(towns[place], by, {"drawn": times})


def take_back(wave: Wave, by: Any) -> None:
    """Forget the draw; the same seed draws the same towns again."""
    for town in wave.towns.filter(drawn__gt=0):
        save(town, by, {"drawn": 0})


def no_address_yet(wave: Wave) -> str | None:
    """Closed once addresses are listed for the towns drawn."""
    return _("Addresses are listed already.") if wave.slots.filter(void=False).exists() else None


def can_field(wave: Wave) -> str | None:
    """Closed until each drawn town has its addresses and each address its interviewer."""
    short = []
    for town in wave.towns.filter(drawn__gt=0, void=False).select_related("place").order_by("pk"):
        if town.slots.filter(void=False).count() < town.drawn * wave.take:
            short.append(str(town.place))
    if short:
        return _("Addresses are missing in: %(towns)s.") % {"towns": _(", ").join(short[:6])}
    n = wave.slots.filter(interviewer=None, void=False).count()
    return _("%(n)s addresses have no interviewer.") % {"n": n} if n else None


def can_estimate(wave: Wave) -> str | None:
    """Closed until there is an interval, and weights that meet the known totals."""
    _keys, found = result(wave)
    return found.why or None


def keep_estimate(wave: Wave, by: Any) -> None:
    """Write the weights on the interviews and the estimate on the wave, together."""
    keys, found = result(wave)
    rows, mark = Visit.objects.in_bulk(keys), pass_mark(wave.day)
    pairs = [(rows[pk], weighed(rows[pk].score, w, mark)) for pk, w in zip(keys, found.weights, strict=True)]
    save_many(pairs, by, title=str(wave), verb="weigh")
    save(wave, by, figures(found))


def weighed(score: float | None, weight: float, mark: float) -> dict[str, Decimal]:
    """What an interview keeps of its weight, and of it again if it reaches the mark of the wave's day."""
    kept = Decimal(f"{weight:.3f}")
    return {"weight": kept, "passing": kept if score is not None and score >= mark else Decimal(0)}


def figures(found: Any) -> dict[str, Any]:
    """What a wave keeps of its result."""
    told = found.estimate
    percent = {name: Decimal(f"{100 * getattr(told, name):.2f}") for name in ("share", "low", "high")}
    return {
        **percent, "error": Decimal(f"{100 * told.error:.3f}"), "freedom": told.freedom, "deff": Decimal(f"{told.deff:.2f}"),
        "valid": told.n,
    }  # fmt: skip


def forget_estimate(wave: Wave, by: Any) -> None:
    """Take the estimate off the wave; the weights are written anew with the next one."""
    save(wave, by, dict.fromkeys(("share", "low", "high", "error", "freedom", "deff", "valid")))


def erase_addresses(wave: Wave, by: Any) -> None:
    """The addresses are needed no longer: they go, from the records and from their history."""
    reason = _("The wave is released; its addresses are needed no longer.")
    for slot in Slot.objects.filter(wave=wave).exclude(address=""):
        erase(slot, by, ("address",), reason)


survey = Flow(
    State,
    start=State.PLANNED,
    ends=frozenset({State.RELEASED, State.DROPPED}),
    limits={State.CLOSED: Limit(20, Clock.WORKING_DAY), State.ESTIMATED: Limit(10, Clock.WORKING_DAY)},
    moves=(
        Move(
            "draw", State.PLANNED, State.DRAWN, (OFFICER,), gettext_lazy("Draw the sample"), guard=can_draw, then=keep_draw
        ),
        Move(
            "back", State.DRAWN, State.PLANNED, (OFFICER,), gettext_lazy("Take the draw back"), note=True, calls=False,
            guard=no_address_yet, then=take_back,
        ),
        Move("field", State.DRAWN, State.FIELDING, (OFFICER,), gettext_lazy("Begin the field work"), guard=can_field),
        Move("close", State.FIELDING, State.CLOSED, (OFFICER,), gettext_lazy("Close the field work"), calls=False),
        Move(
            "reopen", State.CLOSED, State.FIELDING, (OFFICER,), gettext_lazy("Go on with the field work"), note=True,
            calls=False,
        ),
        Move(
            "estimate", State.CLOSED, State.ESTIMATED, (OFFICER,), gettext_lazy("Make the estimate"), guard=can_estimate,
            then=keep_estimate,
        ),
        Move(
            "return", State.ESTIMATED, State.CLOSED, (APPROVER,), gettext_lazy("Send the estimate back"), note=True,
            calls=False, then=forget_estimate,
        ),
        Move(
            "release", State.ESTIMATED, State.RELEASED, (APPROVER,), pgettext_lazy("an estimate", "Release"), not_own=True,
            then=erase_addresses,
        ),
        Move(
            "drop", State.PLANNED, State.DROPPED, (APPROVER,), gettext_lazy("Give the wave up"), note=True, danger=True,
            calls=False,
        ),
        Move(
            "drop", State.DRAWN, State.DROPPED, (APPROVER,), gettext_lazy("Give the wave up"), note=True, danger=True,
            calls=False,
        ),
    ),
)  # fmt: skip
