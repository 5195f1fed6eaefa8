"""The way through a library. The limits are ours: no document sets them."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hanfeng.commons.facts.kinds import HIGH_TECH, SCI_TECH
from hanfeng.kernel.api import Flow, Move, ask
from hanfeng.kernel.pure import Clock, Limit, Period

from .models import ENDS, Library, PoolEntry, State
from .roles import APPROVER, OFFICER

TITLES = {Library.SCI_TECH: SCI_TECH, Library.HIGH_TECH: HIGH_TECH}


def has_plan(entry: PoolEntry) -> str | None:
    """Closed until the one-to-one plan is written."""
    return None if entry.plan.strip() else _("Write the one-to-one cultivation plan first.")


def has_no_title(entry: PoolEntry) -> str | None:
    """Closed for who holds the title already."""
    return _("The enterprise holds this title already.") if _holds(entry) else None


def has_title(entry: PoolEntry) -> str | None:
    """Closed until some register says that the enterprise holds the title; which one may say so is not ours to know."""
    return None if _holds(entry) else _("No register says yet that the enterprise holds the title.")


def _holds(entry: PoolEntry) -> bool:
    today = timezone.localdate()
    told = ask(TITLES[Library(entry.library)], entry.body, Period(today, today + timedelta(days=1)))
    return any(one.value is True for one in told)


cultivation = Flow(
    State,
    start=State.PROPOSED,
    ends=ENDS,
    stops=frozenset({State.MATERIAL}),
    limits={
        State.PROPOSED: Limit(5, Clock.WORKING_DAY),
        State.SCREENING: Limit(10, Clock.WORKING_DAY),
        State.CULTIVATING: Limit(240, Clock.WORKING_DAY),
        State.APPLIED: Limit(120, Clock.WORKING_DAY),
    },
    moves=(
        Move("screen", State.PROPOSED, State.SCREENING, (OFFICER,), gettext_lazy("Screen"), guard=has_no_title),
        Move(
            "refuse",
            State.PROPOSED,
            State.REFUSED,
            (APPROVER,),
            gettext_lazy("Do not take in"),
            note=True,
            not_own=True,
            danger=True,
            calls=False,
        ),
        Move(
            "accept",
            State.SCREENING,
            State.CULTIVATING,
            (APPROVER,),
            gettext_lazy("Take in"),
            not_own=True,
            guard=has_plan,
        ),
        Move(
            "refuse",
            State.SCREENING,
            State.REFUSED,
            (APPROVER,),
            gettext_lazy("Do not take in"),
            note=True,
            not_own=True,
            danger=True,
        ),
        Move(
            "ask",
            State.CULTIVATING,
            State.MATERIAL,
            (OFFICER,),
            gettext_lazy("Ask for material"),
            note=True,
            calls=False,
        ),
        Move("supply", State.MATERIAL, State.CULTIVATING, (OFFICER,), gettext_lazy("Material is here")),
        Move("apply", State.CULTIVATING, State.APPLIED, (OFFICER,), gettext_lazy("Title applied for")),
        Move(
            "resume",
            State.APPLIED,
            State.CULTIVATING,
            (OFFICER,),
            gettext_lazy("Not won, go on"),
            note=True,
            calls=False,
        ),
        Move(
            "graduate",
            State.APPLIED,
            State.GRADUATED,
            (APPROVER,),
            gettext_lazy("Title won"),
            not_own=True,
            calls=False,
            guard=has_title,
        ),
        Move(
            "leave",
            State.CULTIVATING,
            State.LEFT,
            (APPROVER,),
            gettext_lazy("Take out"),
            note=True,
            danger=True,
            calls=False,
        ),
        Move(
            "leave",
            State.MATERIAL,
            State.LEFT,
            (APPROVER,),
            gettext_lazy("Take out"),
            note=True,
            danger=True,
            calls=False,
        ),
        Move(
            "leave",
            State.APPLIED,
            State.LEFT,
            (APPROVER,),
            gettext_lazy("Take out"),
            note=True,
            danger=True,
            calls=False,
        ),
    ),
)
