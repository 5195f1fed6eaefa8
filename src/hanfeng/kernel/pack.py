"""A pack says what it is in one value. The catalogue is all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern

from .alert.declare import Alarm, EventKind
from .base.parameter import Parameter
from .desk.desk import Desk
from .facts import Fact
from .indicator.indicator import Indicator
from .job.run import JobKind
from .job.timers import Timer
from .notify.notice import Notice
from .panels import Panel
from .public import Public
from .roles import Role
from .sense.live import Live
from .sense.watch import Watch

Page = Callable[[HttpRequest], HttpResponse]


@dataclass(frozen=True)
class Pack:
    """One system: what it is called, who runs it, what it serves, and its parts, all real objects.

    `serves` holds ids of the commitment vocabulary only: never a clause, a target, a year or a district.
    `face` is the page its owner opens each morning. `commands` are click commands, `seed` fills a demo county,
    `jobs` are its kinds of long work, `timers` what it does by itself from time to time, `notices` what it tells people.
    `reach` says where accounts are reached by a channel (`email`, `sms`), `bodies_of` the bodies an account works for: only a
    pack that keeps people has them. `watches` look at each batch of observations inside its commit,
    `alarms` are its rules that raise alerts, `events` what it may warn of, `live` how its demo stations go on by themselves,
    `speaking` the datastreams of demo stations that devices send themselves, so that nothing else does,
    `public` its pages that stand open to everybody, `verbs` the words of what its own code writes into histories (a flow's
    moves bring theirs).
    """

    name: str
    title: Any
    owner: Any
    serves: tuple[str, ...]
    face: Page | None
    icon: str = "grid"
    about: Any = ""
    roles: tuple[Role, ...] = ()
    desks: tuple[Desk, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    panels: tuple[Panel, ...] = ()
    provides: tuple[Fact, ...] = ()
    parameters: tuple[tuple[Parameter[Any], str, str], ...] = ()
    pages: tuple[URLPattern, ...] = ()
    public: tuple[Public, ...] = ()
    commands: tuple[Any, ...] = ()
    seed: Callable[[Any], None] | None = None
    jobs: tuple[JobKind, ...] = ()
    timers: tuple[Timer, ...] = ()
    notices: tuple[Notice, ...] = ()
    reach: Callable[[str, Sequence[int]], Mapping[int, str]] | None = None
    bodies_of: Callable[[Any], frozenset[int]] | None = None
    watches: tuple[Watch, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    events: tuple[EventKind, ...] = ()
    live: Live | None = None
    speaking: Callable[[], Iterable[int]] | None = None
    verbs: Mapping[str, Any] = field(default_factory=dict)

    def desk(self, slug: str) -> Desk | None:
        """The desk with this name, or None."""
        return next((d for d in self.desks if d.slug == slug), None)


@cache
def catalogue() -> tuple[Pack, ...]:
    """Every pack of this site, the plan, commons and the kernel's own rooms included."""
    return tuple(
        pack for _path, pack in installed((*settings.PLAN, *settings.PACKS, *settings.COMMONS, *settings.ROOMS))
    )


@cache
def installed(paths: Sequence[str]) -> tuple[tuple[str, Pack], ...]:
    """The packs in these packages, each with the path of its package."""
    return tuple((path, import_module(f"{path}.pack").pack) for path in paths if find_spec(f"{path}.pack"))


def find(name: str) -> Pack | None:
    """The pack with this name, or None."""
    return next((p for p in catalogue() if p.name == name), None)


def indicators() -> Iterable[tuple[Pack, Indicator]]:
    """Every indicator of every pack."""
    return ((pack, found) for pack in catalogue() for found in pack.indicators)


def desk_of(model: type[Any]) -> tuple[Pack, Desk] | None:
    """The pack and the desk that show a kind of record."""
    return next(((pack, desk) for pack in catalogue() for desk in pack.desks if desk.model is model), None)
