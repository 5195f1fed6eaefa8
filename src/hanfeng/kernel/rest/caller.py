"""Who is asking: a client with its token, or somebody signed in; what it may do, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone
from django.utils.translation import gettext as _

from hanfeng.kernel.roles import lend
from hanfeng.kernel.watch.log import address_of, within

from . import meter
from .models import Client, Token, digest_of
from .problem import Problem
from .room import room

VERBS = ("read", "create", "change", "void", "move", "attach")
PERSON_RATE = 600  # requests a minute of somebody signed in
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Caller:
    """Who asks. `user` is whom scope and roles are asked of; `key` names the caller in counters and kept answers."""

    user: Any
    key: str
    client: Client | None = None

    def must(self, kind: str, verb: str) -> None:
        """Raise 403 unless this caller may do this with this kind of record. People are held by their roles alone."""
        if self.client is not None and f"{kind}:{verb}" not in self.client.scopes:
            detail = _("This client was not given “%(scope)s”. Ask the security administrator of the site for it.")
            raise Problem(403, "forbidden", detail % {"scope": f"{kind}:{verb}"}, scope=f"{kind}:{verb}")

    @property
    def who(self) -> str:
        """The name in the log of what went out."""
        return self.client.name if self.client else str(self.user.get_full_name() or self.user.get_username())


def recognise(request: HttpRequest) -> tuple[Caller, meter.Count]:
    """The caller of a request, counted. Raises 401, 403 and 429."""
    sent = request.headers.get("Authorization", "")
    caller, limit, token = _client(request, sent) if sent else _person(request)
    counted = meter.count(caller.key, limit, address_of(request), token)
    if counted.over:
        detail = _("At most %(limit)s requests a minute. Ask again in %(seconds)s seconds.")
        headers = {**counted.headers(), "Retry-After": str(counted.reset)}
        raise Problem(429, "too-many", detail % {"limit": limit, "seconds": counted.reset}, headers)
    return caller, counted


def _unknown(detail: str) -> Problem:
    return Problem(401, "sign-in", detail, {"WWW-Authenticate": 'Bearer realm="hanfeng"'})


def _client(request: HttpRequest, sent: str) -> tuple[Caller, int, str]:
    scheme, _space, word = sent.partition(" ")
    if scheme.casefold() != "bearer" or not word.strip():
        raise _unknown(_("Send the token as “Authorization: Bearer hf_…”."))
    found = Token.objects.select_related("client__account").filter(digest=digest_of(word.strip())).first()
    if found is None or found.revoked or found.client.void:
        raise _unknown(_("This token is not known here, or was revoked. Ask for a new one."))
    client = found.client
    if not client.holds_on(timezone.now()):
        detail = _("The client “%(name)s” no longer holds: it was revoked or its day has passed.")
        raise _unknown(detail % {"name": client.name})
    if client.addresses and not within(address_of(request), client.addresses):
        detail = _("The client “%(name)s” may not call from %(address)s.")
        raise Problem(403, "forbidden", detail % {"name": client.name, "address": address_of(request) or "?"})
    account = client.account
    lend(account, client.roles)
    room.belong(account, (client.body,))
    return Caller(account, f"c{client.pk}", client), client.rate, found.prefix


def _person(request: HttpRequest) -> tuple[Caller, int, str]:
    user = request.user
    if not user.is_authenticated:
        raise _unknown(_("Sign in, or send a token as “Authorization: Bearer hf_…”."))
    if request.method not in SAFE and not _own_page(request):
        detail = _("A request from a browser needs the sign “X-CSRFToken” with the value of the cookie csrftoken.")
        raise Problem(403, "forbidden", detail)
    return Caller(user, f"u{user.pk}"), PERSON_RATE, ""


_csrf = CsrfViewMiddleware(lambda request: HttpResponse())


def _own_page(request: HttpRequest) -> bool:
    """Whether a request with a session comes from our own pages: what every form of the site is asked for too."""
    return _csrf.process_view(request, lambda request: HttpResponse(), (), {}) is None
