"""The store of sessions: on the server, ended by idleness, by age, by their owner or by an administrator."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from hanfeng.kernel.watch.log import address_of

from .models import Session

SEEN = timedelta(minutes=1)  # how exactly it is known when a session was seen last
FROM, AGENT, BEGAN = "hanfeng.from", "hanfeng.agent", "hanfeng.began"


class SessionStore(DatabaseStore):
    """Django's store of sessions in the database, with whose session it is beside its content."""

    row: Session | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Any:
        now = timezone.now()
        found = Session.objects.filter(
            session_key=self.session_key, expire_date__gt=now, seen_at__gt=now - settings.SESSION_IDLE
        ).first()
        if found is None:
            self._session_key = None
        self.row = found
        return found

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        made = cast(Session, super().create_model_instance(data))
        key = data.get(SESSION_KEY)
        made.user = int(key) if key else None
        made.address, made.agent = str(data.get(FROM, "")), str(data.get(AGENT, ""))
        if began := data.get(BEGAN):
            made.began_at = datetime.fromisoformat(began)
            made.expire_date = made.began_at + timedelta(seconds=settings.SESSION_COOKIE_AGE)
        return made


def begin(request: HttpRequest) -> None:
    """Note at sign-in from where and when."""
    request.session[FROM] = address_of(request)
    request.session[AGENT] = str(request.META.get("HTTP_USER_AGENT", ""))[:200]
    request.session[BEGAN] = timezone.now().isoformat()


def seen(get_response: Any) -> Any:
    """Middleware: keep a session awake that is in use; written among the sessions, at most once a minute."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = get_response(request)
        row = getattr(request.session, "row", None)
        if row is not None and row.user and timezone.now() - row.seen_at > SEEN:
            Session.objects.filter(pk=row.pk).update(seen_at=timezone.now())
        return response

    return middleware


def of(user: int) -> QuerySet[Session]:
    """The sessions of an account that still hold, the one seen last first."""
    now = timezone.now()
    live = Session.objects.filter(user=user, expire_date__gt=now, seen_at__gt=now - settings.SESSION_IDLE)
    return live.order_by("-seen_at")


def end_all(user: int, but: str | None = None) -> int:
    """End every session of an account, but for one; how many ended."""
    return Session.objects.filter(user=user).exclude(pk=but or "").delete()[0]


def clear(now: Any) -> None:
    """Forget the sessions that no longer hold; a timer of the house."""
    Session.objects.filter(expire_date__lt=now).delete()
    Session.objects.filter(seen_at__lt=now - settings.SESSION_IDLE).delete()
