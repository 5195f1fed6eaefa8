"""Other houses that vouch for people: one value for each, one rule by which an account is found, one way in for all kinds.

OpenID Connect is carried out here through django-allauth. Another kind (SAML, CAS, a government app) brings a page that
talks to its own house and ends by calling `arrive` with what that house says.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import get_language

from hanfeng.commons.people.roles import AUDIT, SECURITY, SYSTEM

RULES = ("connect", "username", "email")


class SourceError(ValueError):
    """A source is described wrongly in identity.toml."""


@dataclass(frozen=True)
class IdentitySource:
    """One house that vouches for people.

    `rule` says how an account is found for somebody who comes from there the first time: `connect`, its owner connects it
    himself when signed in; `username` or `email`, the account whose user name, or whose person's e-mail address, equals
    what the house says in `claim`. No rule makes an account, and none ever finds one of the three administrators.
    """

    name: str
    title: str
    title_en: str = ""
    kind: str = "oidc"
    rule: str = "connect"
    claim: str = ""
    server: str = ""
    client: str = ""
    secret: str = field(default="", repr=False)

    def said(self) -> str:
        """Its name in the reader's language."""
        return self.title_en or self.title if (get_language() or "").startswith("en") else self.title

    @property
    def begins(self) -> str:
        """The address that sends somebody there."""
        return f"/sign-in/with/{self.name}/"


def load(text: str) -> tuple[IdentitySource, ...]:
    """The sources that a file describes. Raises SourceError with what is wrong."""
    found = []
    for row in tomllib.loads(text).get("source", []):
        secret = os.environ.get(row.pop("secret_env", ""), "") or row.pop("secret", "")
        try:
            source = IdentitySource(**row, secret=secret)
        except TypeError as why:
            raise SourceError(f"identity.toml: {why}") from why
        if source.rule not in RULES:
            raise SourceError(f"identity.toml: {source.name}: rule is one of {', '.join(RULES)}")
        if source.kind == "oidc" and not (source.server and source.client):
            raise SourceError(f"identity.toml: {source.name}: server and client are needed")
        found.append(source)
    if len({source.name for source in found}) != len(found):
        raise SourceError("identity.toml: two sources have the same name")
    return tuple(found)


def sources() -> tuple[IdentitySource, ...]:
    """The sources of this site: of HOME/identity.toml, else of the county's; a changed file holds at once."""
    for path in (settings.HOME / "identity.toml", settings.COUNTY / "identity.toml"):
        if path.exists():
            return _read(path, path.stat().st_mtime_ns)
    return ()


@lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> tuple[IdentitySource, ...]:
    return load(path.read_text(encoding="utf-8"))


def find(name: str) -> IdentitySource | None:
    """The source of this name, or None."""
    return next((source for source in sources() if source.name == name), None)


def account_for(source: IdentitySource, claims: Mapping[str, Any]) -> User | None:
    """The account that the source's rule finds for what it says of somebody; None when it finds none or several."""
    found = User.objects.filter(is_active=True).exclude(groups__name__in=[r.name for r in (SYSTEM, SECURITY, AUDIT)])
    if source.rule == "username":
        said = str(claims.get(source.claim or "preferred_username") or "")
        found = found.filter(username=said)
    elif source.rule == "email" and claims.get("email_verified") is True:
        said = str(claims.get(source.claim or "email") or "")
        found = found.filter(person__email__iexact=said, person__void=False)
    else:
        return None
    several = list(found.distinct()[:2]) if said else []
    return several[0] if len(several) == 1 else None


def arrive(
    request: HttpRequest, source: IdentitySource, subject: str, claims: Mapping[str, Any], url: str = ""
) -> HttpResponseBase:
    """Let in whom a source vouches for, by the connection kept for its subject or by its rule; the second factor still asks.

    For sources that are not OpenID Connect: that one comes by the same rule through allauth's adapter.
    """
    from allauth.account.utils import perform_login
    from allauth.socialaccount.models import SocialAccount

    from .adapters import connected, turned_away

    kept = SocialAccount.objects.filter(provider=source.name, uid=subject).select_related("user").first()
    user = kept.user if kept else account_for(source, claims)
    if user is None or not user.is_active:
        return turned_away(request, source)
    if kept is None:
        SocialAccount.objects.create(provider=source.name, uid=subject, user=user)
        connected(request, source, user)
    return perform_login(request, user, email_verification="none", redirect_url=url or None)  # type: ignore[no-any-return]
