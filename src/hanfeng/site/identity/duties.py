"""Three administrators, three people; what an administrator may do to an account, and why not. Each act is written down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from hanfeng.commons.people.roles import AUDIT, SECURITY, SYSTEM
from hanfeng.kernel.notify.telling import tell
from hanfeng.kernel.pack import Pack, catalogue
from hanfeng.kernel.roles import Role
from hanfeng.kernel.watch.log import security
from hanfeng.kernel.watch.models import Line
from hanfeng.site.commands.accounts import random_password

from . import notices, sessions

THREE = (SYSTEM, SECURITY, AUDIT)


def roles() -> Iterator[tuple[Pack, Role]]:
    """Every role of the site with the pack that names it."""
    return ((pack, role) for pack in catalogue() for role in pack.roles)


def role_named(name: str) -> Role | None:
    """The role of this name, or None."""
    return next((role for _pack, role in roles() if role.name == name), None)


def held_of_three(user: User) -> list[Role]:
    """Which of the three administrators an account is."""
    held = set(user.groups.values_list("name", flat=True))
    return [role for role in THREE if role.name in held]


def why_not_give(user: User, role: Role) -> str:
    """Why this account may not be given this role; empty when it may."""
    others = [held for held in held_of_three(user) if held != role]
    if role in THREE and others:
        said = {"held": others[0].title, "wanted": role.title}
        return _("This account is %(held)s already and cannot be %(wanted)s too: the three are three people.") % said
    return ""


def why_not_lose(user: User, role: Role | None = None) -> str:
    """Why an account may not be shut, or lose a role: the last security administrator stays."""
    if role not in {None, SECURITY} or SECURITY not in held_of_three(user):
        return ""
    others = User.objects.filter(is_active=True, groups__name=SECURITY.name).exclude(pk=user.pk)
    return "" if others.exists() else _("This is the last security administrator: make another one first.")


def _locked(by: Any, user: User) -> User:
    """The account for changing, and nobody else's at the same time; one's own is another administrator's business."""
    if by.pk == user.pk:
        raise ValidationError(_("Nobody changes his own account here: ask another security administrator."))
    # all at once, so that two who act at the same time cannot together break what each keeps
    list(User.objects.select_for_update().filter(groups__name__in=[role.name for role in THREE]).order_by("pk"))
    return User.objects.select_for_update().get(pk=user.pk)


def _refuse(why: str) -> None:
    if why:
        raise ValidationError(why)


@transaction.atomic
def give(by: Any, user: User, role: Role, request: HttpRequest | None) -> None:
    """Give an account a role. Raises ValidationError with the reason why not."""
    kept = _locked(by, user)
    _refuse(why_not_give(kept, role))
    kept.groups.add(Group.objects.get_or_create(name=role.name)[0])
    _told(Line.What.GIVEN, by, kept, role, request)


@transaction.atomic
def take(by: Any, user: User, role: Role, request: HttpRequest | None) -> None:
    """Take a role from an account. Raises ValidationError with the reason why not."""
    kept = _locked(by, user)
    _refuse(why_not_lose(kept, role))
    kept.groups.remove(*Group.objects.filter(name=role.name))
    _told(Line.What.TAKEN, by, kept, role, request)


def _told(what: Line.What, by: Any, user: User, role: Role, request: HttpRequest | None) -> None:
    tell(notices.ROLES, [user], url="/me/", roles=role.title)
    security(what, by, request, whom=user.get_username(), why=role.name)


@transaction.atomic
def shut(by: Any, user: User, request: HttpRequest | None) -> None:
    """Shut an account and end its sessions. Raises ValidationError with the reason why not."""
    kept = _locked(by, user)
    _refuse(why_not_lose(kept))
    kept.is_active = False
    kept.save(update_fields=("is_active",))
    security(Line.What.SHUT, by, request, whom=kept.get_username())
    transaction.on_commit(lambda: sessions.end_all(kept.pk))


@transaction.atomic
def reopen(by: Any, user: User, request: HttpRequest | None) -> None:
    """Open a shut account again."""
    kept = _locked(by, user)
    kept.is_active = True
    kept.save(update_fields=("is_active",))
    security(Line.What.OPENED, by, request, whom=kept.get_username())


@transaction.atomic
def without_factor(by: Any, user: User, request: HttpRequest | None) -> None:
    """Take the second factor from an account whose owner lost it, and end its sessions."""
    kept = _locked(by, user)
    Authenticator.objects.filter(user=kept).delete()
    security(Line.What.NO_FACTOR, by, request, whom=kept.get_username())
    tell(notices.FACTOR, [kept], url="/me/second-factor/")
    transaction.on_commit(lambda: sessions.end_all(kept.pk))


@transaction.atomic
def new_password(by: Any, user: User, request: HttpRequest | None) -> str:
    """Give an account a random password, told once, and end its sessions."""
    kept = _locked(by, user)
    password = random_password()
    kept.set_password(password)
    kept.save(update_fields=("password",))
    security(Line.What.PASSWORD, by, request, whom=kept.get_username())
    tell(notices.PASSWORD, [kept], url="/me/sessions/")
    transaction.on_commit(lambda: sessions.end_all(kept.pk))
    return password


@transaction.atomic
def make(by: Any, username: str, name: str, request: HttpRequest | None) -> tuple[User, str]:
    """Make an account without any role, and its first password, told once."""
    password = random_password()
    user = User.objects.create_user(username, password=password, first_name=name[:150])
    security(Line.What.ACCOUNT, by, request, whom=user.get_username())
    return user, password


def doubled() -> list[tuple[User, list[Role]]]:
    """The accounts that are two of the three administrators: there must be none."""
    found = User.objects.filter(groups__name__in=[role.name for role in THREE]).distinct().order_by("pk")
    return [(user, held) for user in found if len(held := held_of_three(user)) > 1]
