"""Who sees which things, and who may change them."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.record.models import NOBODY, Reader
from hanfeng.kernel.roles import EVERYBODY, Role, holds, roles_of

KEEPER = Role("sense.keeper", _("keeper of devices"), _("Declares stations, sensors and datastreams; sees them all."))
READER = Role("sense.reader", _("reader of devices"), _("Sees every station and its values."))
DEVICE = Role("sense.device", _("device"), _("Sends values of the stations it sees; an account for a machine."))


def things_of(user: Reader, path: str = "") -> Q:
    """Which things a user sees: all as keeper or reader, those of a system whose roles he holds, those of his body."""
    if not user.is_authenticated:
        return NOBODY
    if holds(user, KEEPER, READER):
        return EVERYBODY
    packs = _packs(user)
    found = NOBODY
    if packs:
        found = Q(**{f"{path}pack__in": packs})
    if bodies := _bodies(user):
        found |= Q(**{f"{path}body__in": sorted(bodies)})
    return found


def datastreams_of(user: Reader) -> Q:
    """The datastreams of the things a user sees."""
    return things_of(user, "thing__")


def parts_of(user: Reader, path: str, *, shared: bool = False) -> Q:
    """Parts that things share (locations, sensors, properties): those of things the user sees, and unused ones if shared.

    What is seen through many things is asked as keys, so that no row comes twice.
    """
    from .models import Thing

    if not user.is_authenticated:
        return NOBODY
    if holds(user, KEEPER, READER):
        return EVERYBODY
    if shared and not path.startswith("of"):
        return EVERYBODY  # instruments and properties are a vocabulary, not somebody's
    things = Thing.objects.filter(things_of(user)).values("pk")
    seen: Q = Q(**{f"{path}__in": things})
    model = {"things": "Location", "of__things": "FeatureOfInterest"}[path]
    from . import models

    return Q(pk__in=cast(Any, getattr(models, model)).everything.filter(seen).values("pk"))


def may_write(user: Reader) -> bool:
    """Whether a user may declare and change stations and datastreams."""
    return user.is_authenticated and holds(user, KEEPER)


def may_send(user: Reader) -> bool:
    """Whether a user may send values of the datastreams he sees."""
    return user.is_authenticated and holds(user, KEEPER, DEVICE)


def _packs(user: Reader) -> list[str]:
    """The systems of which the user holds a role: who works with a system sees its stations."""
    from hanfeng.kernel.pack import catalogue

    held = roles_of(user)
    return [pack.name for pack in catalogue() if held & {role.name for role in pack.roles}]


def _bodies(user: Reader) -> frozenset[int]:
    from hanfeng.kernel.pack import catalogue

    return frozenset[int]().union(*(pack.bodies_of(user) for pack in catalogue() if pack.bodies_of))
