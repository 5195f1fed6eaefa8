"""Sessions, kept on the server and apart from the records."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone


class Session(AbstractBaseSession):
    """One signed-in browser: whose, from where, since when, last seen when. Ending it is deleting it."""

    user = models.BigIntegerField(null=True, db_index=True)
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=200, blank=True)
    began_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.user} {self.address}"

    @classmethod
    def get_session_store_class(cls) -> Any:
        """The store that keeps these."""
        from .sessions import SessionStore

        return SessionStore
