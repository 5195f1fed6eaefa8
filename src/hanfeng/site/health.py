"""`/healthz`: whether the database answers, its tables are current, worker and writer live. Writes nothing."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hanfeng.kernel.job import timers
from hanfeng.kernel.sense.client import alive
from hanfeng.site.commands.work import beat_age

OLDEST_BEAT = 60.0  # seconds; a long job may hold the worker up for a while


def _database() -> dict[str, Any]:
    try:
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError:
        return {"ok": False}
    return {"ok": True}


class _Pending(Exception):
    """Migrations are waiting: raised, not returned, so that only the good answer is remembered."""


@cache
def _all_applied() -> bool:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        raise _Pending(len(pending))
    return True


def _migrations() -> dict[str, Any]:
    try:
        return {"ok": _all_applied(), "pending": 0}
    except _Pending as waiting:
        return {"ok": False, "pending": waiting.args[0]}
    except DatabaseError:
        return {"ok": False, "pending": None}


def _worker() -> dict[str, Any]:
    age = beat_age(Path(settings.HOME))
    return {"ok": age is not None and age < OLDEST_BEAT, "age_s": None if age is None else round(age, 1)}


def _timers() -> dict[str, Any]:
    """The timers that failed. They do not make the site unwell: it serves, and the timer is tried again."""
    try:
        failing = timers.failing()
    except DatabaseError:
        return {"ok": False, "failing": None}
    return {"ok": not failing, "failing": failing}


def state() -> dict[str, Any]:
    """What `/healthz` answers: `ok`, `version`, and one entry for each thing looked at."""
    checks = {"database": _database(), "migrations": _migrations(), "worker": _worker(), "writer": {"ok": alive()}}
    well = all(check["ok"] for check in checks.values())
    return {"ok": well, "version": version("hanfeng"), **checks, "timers": _timers()}


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when all is well, else 503, with the same JSON."""
    found = state()
    return JsonResponse(found, status=200 if found["ok"] else 503)
