"""People and where they belong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.api import NOBODY, Reader, Record, Role, holds, local, signed_in

from .roles import AUDIT, OFFICER, REGISTRAR, SECURITY


class Person(Record):
    """A person; with an account if he signs in. The phone number is personal: masked, and erasable from the history."""

    personal: ClassVar = ("phone", "email")

    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    email = models.CharField(_("e-mail"), max_length=120, blank=True)
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("account"),
        null=True,
        blank=True,
        related_name="person",
    )

    class Meta(Record.Meta):
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering: ClassVar = ("name",)

    def __str__(self) -> str:
        return str(local(self, "name"))

    @classmethod
    def scope(cls, user: Reader) -> Q:
        """Officers see one another; everybody sees himself and his colleagues."""
        if not user.is_authenticated:
            return NOBODY
        own = Q(account=user.pk) | Q(posts__body__in=bodies_of(user))
        if holds(user, OFFICER, REGISTRAR, SECURITY, AUDIT):
            own |= ~Q(posts__body__kind=Body.Kind.ENTERPRISE)
        return Q(pk__in=Person.objects.filter(own).values("pk"))


class Post(Record):
    """A person's place in a body, for a time."""

    person = models.ForeignKey(Person, models.PROTECT, verbose_name=_("person"), related_name="posts")
    body = models.ForeignKey(Body, models.PROTECT, verbose_name=_("body"), related_name="posts")
    title = models.CharField(_("post"), max_length=60, blank=True)
    title_en = models.CharField(_("English name of the post"), max_length=80, blank=True)
    starts = models.DateField(_("from"), null=True, blank=True)
    ends = models.DateField(_("until"), null=True, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        ordering: ClassVar = ("body", "person")

    def __str__(self) -> str:
        return f"{self.person} · {self.body}"

    @classmethod
    def scope(cls, user: Reader) -> Q:
        if holds(user, OFFICER, REGISTRAR, SECURITY, AUDIT):
            return signed_in(user) & (~Q(body__kind=Body.Kind.ENTERPRISE) | Q(body__in=bodies_of(user)))
        return signed_in(user) & Q(body__in=bodies_of(user))


def bodies_of(user: Reader) -> frozenset[int]:
    """The keys of the bodies a user belongs to today; asked once for each request."""
    if not user.is_authenticated:
        return frozenset()
    kept: frozenset[int] | None = getattr(user, "_hanfeng_bodies", None)
    if kept is None:
        today = timezone.localdate()
        posts = Post.objects.filter(
            Q(starts=None) | Q(starts__lte=today), Q(ends=None) | Q(ends__gt=today), person__account=user.pk
        )
        kept = frozenset(posts.values_list("body_id", flat=True))
        any_user: Any = user
        any_user._hanfeng_bodies = kept
    return kept


def belong(user: Reader, bodies: Iterable[int]) -> None:
    """Let an account without a person belong to these bodies while this request lasts: a client of the interface."""
    any_user: Any = user
    any_user._hanfeng_bodies = frozenset(bodies)


def accounts_of(bodies: Iterable[Body | int], *roles: Role) -> list[User]:
    """The accounts of those who have a post in these bodies today and hold any of the roles; of all posts when none is named."""
    today = timezone.localdate()
    keys = [body.pk if isinstance(body, Body) else body for body in bodies]
    posts = Post.objects.filter(
        Q(starts=None) | Q(starts__lte=today), Q(ends=None) | Q(ends__gt=today), body__in=keys, person__void=False
    )
    found = User.objects.filter(is_active=True, pk__in=posts.values("person__account"))
    if roles:
        found = found.filter(groups__name__in=[role.name for role in roles])
    return list(found.distinct().order_by("pk"))


def reach(channel: str, users: Sequence[int]) -> dict[int, str]:
    """Where these accounts are reached by e-mail or text message, as the register of people keeps it."""
    field = {"email": "email", "sms": "phone"}.get(channel)
    if field is None:
        return {}
    return dict(Person.objects.filter(account__in=users).exclude(**{field: ""}).values_list("account", field))


def is_officer(user: Reader) -> bool:
    """Whether the user works for the district."""
    return holds(user, OFFICER)
