"""Who may do what, and who sees which rows. A role is a Django group with a fixed name; no account passes by them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.db.models import Q, QuerySet

from .record.models import NOBODY as NOBODY
from .record.models import Reader, Record

EVERYBODY = Q()
M = TypeVar("M", bound=Record)


@dataclass(frozen=True)
class Role:
    """What a person may be in this house. `name` is fixed, such as `plan.officer`; `title` is shown."""

    name: str
    title: Any
    about: Any = ""

    def held_by(self, user: Reader) -> bool:
        return self.name in roles_of(user)


def roles_of(user: Reader) -> frozenset[str]:
    """The names of the roles a user holds; asked of the database once for each request."""
    if not user.is_authenticated or not cast(Any, user).is_active:
        return frozenset()
    kept = getattr(user, "_hanfeng_roles", None)
    if kept is None:
        kept = frozenset(cast(Any, user).groups.values_list("name", flat=True))
        cast(Any, user)._hanfeng_roles = kept
    return kept


def lend(user: Reader, names: Iterable[str]) -> None:
    """Let an account hold these roles while this request lasts: how a client of the interface gets its own."""
    cast(Any, user)._hanfeng_roles = frozenset(names)


def holds(user: Reader, *roles: Role) -> bool:
    """Whether the user holds any of these roles."""
    return not roles_of(user).isdisjoint(role.name for role in roles)


def visible(model: type[M], user: Reader) -> QuerySet[M]:
    """The rows of a model this user may see: what lists, records, files, panels, history and drill-down all ask."""
    return cast("QuerySet[M]", model.objects.filter(model.scope(user)))


def sees(record: Record, user: Reader) -> bool:
    """Whether this user may see this record."""
    return visible(type(record), user).filter(pk=record.pk).exists()


def signed_in(user: Reader) -> Q:
    """A scope: every row for whoever is signed in, none for others."""
    return EVERYBODY if user.is_authenticated else NOBODY


def ensure() -> int:
    """Make the group of each role that the installed packs name; returns how many were new."""
    from django.contrib.auth.models import Group

    from .pack import catalogue

    wanted = {role.name for pack in catalogue() for role in pack.roles}
    missing = wanted - set(Group.objects.values_list("name", flat=True))
    Group.objects.bulk_create([Group(name=name) for name in sorted(missing)])
    return len(missing)
