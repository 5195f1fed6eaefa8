"""Which tables lie in which database: sessions and the log lie apart, so that reading a page never writes among the records.

On SQLite each is a file of its own in HOME; on PostgreSQL they are tables of the one database, where no reader waits for a
writer.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS

APART = {"identity": "sessions", "watch": "watch"}
"""The apps whose tables lie apart, and where."""


def _home_of(app: str) -> str:
    found = APART.get(app, DEFAULT_DB_ALIAS)
    return found if found in settings.DATABASES else DEFAULT_DB_ALIAS


class Router:
    """Sends each app to its database. Nothing relates across them."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return _home_of(model._meta.app_label)

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return _home_of(model._meta.app_label)

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return _home_of(app_label) == db


def apps_of(alias: str) -> list[str]:
    """The apps whose tables lie in a database apart."""
    return [app for app, place in APART.items() if place == alias]
