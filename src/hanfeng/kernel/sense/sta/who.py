"""Who asks: somebody signed in, a client with its token, or an account with its password. One function decides."""

from __future__ import annotations

import base64
import binascii
import threading
import time
from hashlib import sha256
from typing import Any

from django.contrib.auth import authenticate
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from hanfeng.kernel.rest.caller import recognise
from hanfeng.kernel.rest.problem import Problem
from hanfeng.kernel.roles import lend, visible
from hanfeng.kernel.sense.models import Datastream

from .changes import Forbidden

KIND = "sense.thing"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
BELIEVED = 60.0  # seconds for which a password that was right is not hashed again in this process
SENDS = 5.0  # seconds for which an account that sends values is believed with its roles and the datastreams it sees
SENDING = frozenset({"Observations", "CreateObservations"})
_believed: dict[str, tuple[float, Any]] = {}
_senders: dict[str, tuple[float, Any]] = {}
_hashing = threading.Lock()


class Unknown(Exception):
    """Nobody we know; the answer asks to sign in."""


def recognised(request: HttpRequest, verb: str, path: str = "") -> Any:
    """The account a request speaks for. `verb` is what it does: read, create, change, void. Raises Unknown, Forbidden.

    A device that sends value after value with its password is looked up every few seconds, not for each.
    """
    sent = str(request.META.get("HTTP_AUTHORIZATION", ""))
    scheme, _space, word = sent.partition(" ")
    if scheme.casefold() == "basic":
        sends = verb == "create" and path.strip("/") in SENDING
        return _sender(word.strip()) if sends else _by_password(word.strip())
    if scheme:
        return _by_token(request, verb)
    user = request.user
    if not user.is_authenticated:
        raise Unknown("Sign in, or send a token (Authorization: Bearer) or an account's name and password (Basic).")
    if request.method not in SAFE and _csrf.process_view(request, lambda request: HttpResponse(), (), {}) is not None:
        raise Forbidden("A request of a browser needs the header X-CSRFToken with the value of the cookie csrftoken.")
    return user


_csrf = CsrfViewMiddleware(lambda request: HttpResponse())


def _by_token(request: HttpRequest, verb: str) -> Any:
    try:
        caller, _count = recognise(request)
        caller.must(KIND, verb)
    except Problem as problem:
        if problem.status == 401:
            raise Unknown(str(problem)) from problem
        raise
    return caller.user


def _sender(word: str) -> Any:
    digest = sha256(word.encode()).hexdigest()
    until, user = _senders.get(digest, (0.0, None))
    if until > time.monotonic():
        return user
    known = sorted(getattr(user, "_hanfeng_streams", ()))[:1000]
    user = _by_password(word)
    # filled by `Changes.stream`; what was sent to a moment ago is asked for again at once
    seen = visible(Datastream, user).filter(pk__in=known).values_list("pk", flat=True) if known else ()
    user._hanfeng_streams = set(seen)
    _keep(_senders, digest, SENDS, user)
    return user


def _by_password(word: str) -> Any:
    """The account of a name and a password. What was right a moment ago is not hashed again: hashing is slow on purpose."""
    digest = sha256(word.encode()).hexdigest()
    until, key = _believed.get(digest, (0.0, None))
    if until > time.monotonic() and (user := _active(key)) is not None:
        return user
    try:
        name, colon, password = base64.b64decode(word, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as bad:
        raise Unknown("The header Authorization cannot be read.") from bad
    with (
        _hashing
    ):  # of many requests that come at once with the same password one hashes it, the others believe that one
        until, key = _believed.get(digest, (0.0, None))
        if until > time.monotonic() and (user := _active(key)) is not None:
            return user
        user = authenticate(username=name, password=password) if colon else None
        if user is not None:
            _keep(_believed, digest, BELIEVED, user.pk)
    if user is None:
        raise Unknown("This name and password are not known here.")
    return user


def _keep(memory: dict[str, tuple[float, Any]], digest: str, seconds: float, what: Any) -> None:
    if len(memory) > 1000:
        memory.clear()
    memory[digest] = time.monotonic() + seconds, what


def _active(key: Any) -> Any:
    """The open account of a key with its roles, by one question; None when it is shut or gone."""
    from django.contrib.auth.models import User

    rows: list[Any] = list(User.objects.filter(pk=key, is_active=True).annotate(role=F("groups__name")))
    if not rows:
        return None
    lend(rows[0], (row.role for row in rows if row.role is not None))
    return rows[0]
