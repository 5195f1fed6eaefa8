"""After too many failed tries nobody is let in for a while: counted from the log, so that no worker knows more than another."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Max
from django.http import HttpRequest
from django.utils import timezone

from hanfeng.kernel.base.parameter import Confidence, NoParameter, Parameter
from hanfeng.kernel.rule.parameters import parameter
from hanfeng.kernel.watch.log import address_of, security
from hanfeng.kernel.watch.models import Line

NAME = "identity.lockout"
RULE: Parameter[dict[str, int]] = Parameter(
    NAME,
    {"pair": 5, "account": 20, "address": 50, "minutes": 15},
    "tries",
    "GB/T 22239-2019",
    clause="8.1.4.1 b)",
    confidence=Confidence.OURS,
    note="The standard asks that failed sign-ins be limited and names no number; these are ours. "
    "pair: one account from one address; account: from all addresses; address: over all accounts; within so many minutes.",
)


@dataclass(frozen=True)
class Lock:
    """Until when nobody is let in, and how long that is."""

    until: datetime

    @property
    def seconds(self) -> int:
        """For Retry-After."""
        return max(1, int((self.until - timezone.now()).total_seconds()) + 1)


def _rule() -> dict[str, int]:
    try:
        return dict(parameter(NAME).value)
    except NoParameter:  # before the parameters are loaded
        return dict(RULE.value)


def known_as(username: str) -> str:
    """How a tried name stands in the log: as it is when there is such an account, else as a digest.

    What is typed into the field of the name by mistake may be a password.
    """
    name = username.strip()
    kept = User.objects.filter(username__iexact=name).values_list("username", flat=True).first()
    if kept:
        return str(kept)
    return "?" + hmac.new(settings.SECRET_KEY.encode(), name.casefold().encode(), hashlib.sha256).hexdigest()[:16]


def locked(username: str, request: HttpRequest) -> Lock | None:
    """The lock on this account from this address, if there is one."""
    return _locked(known_as(username), address_of(request))


def _locked(whom: str, address: str) -> Lock | None:
    rule = _rule()
    window = timedelta(minutes=rule["minutes"])
    since = timezone.now() - window
    wrong = Line.objects.filter(what=Line.What.WRONG, at__gt=since)
    right = Line.objects.filter(what=Line.What.IN, whom=whom, address=address, at__gt=since).aggregate(at=Max("at"))[
        "at"
    ]
    pair = wrong.filter(whom=whom, address=address, at__gt=right or since)
    for rows, most in (
        (pair, rule["pair"]),
        (wrong.filter(whom=whom), rule["account"]),
        (wrong.filter(address=address), rule["address"]),
    ):
        # the lock ends when the tries that made it have left the window
        moments = list(rows.order_by("-at").values_list("at", flat=True)[:most])
        if len(moments) == most:
            return Lock(moments[0] + window if rows is pair else moments[-1] + window)
    return None


def failed(username: str, request: HttpRequest, why: str = "") -> Lock | None:
    """Write down a failed try; the lock that it brings about, if it does."""
    whom, address = known_as(username), address_of(request)
    security(Line.What.WRONG, None, request, whom=whom, why=why)
    lock = _locked(whom, address)
    if lock:
        security(Line.What.LOCKED, None, request, whom=whom)
    return lock


def owner(whom: str) -> Any:
    """The account behind a name in the log, or None."""
    return User.objects.filter(username=whom, is_active=True).first()
