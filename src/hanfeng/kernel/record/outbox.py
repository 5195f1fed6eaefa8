"""Where two packs meet: links are noted with the event and carried out by the worker, each once."""

from __future__ import annotations

import logging
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import import_module

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from .models import Event, LinkRun, Record, kind_of

log = logging.getLogger(__name__)
FIRST_WAIT = timedelta(seconds=5)
MOST_ATTEMPTS = 8


@dataclass(frozen=True)
class Link:
    """When `verb` happens to a `model` of one pack, do `then` in another, after commit."""

    name: str
    on: type[Record]
    verb: str
    then: Callable[[Event], None]


@cache
def links() -> tuple[Link, ...]:
    """Every link of this site: the `link` of each module in the packages of settings.LINKS."""
    found = []
    for package in settings.LINKS:
        for module in pkgutil.iter_modules(import_module(package).__path__):
            if not module.ispkg:
                found.append(import_module(f"{package}.{module.name}").link)
    return tuple(found)


def links_on(event: Event) -> list[Link]:
    """The links an event calls for."""
    return [link for link in links() if link.verb == event.verb and kind_of(link.on) == event.kind]


def run_due(limit: int = 100) -> int:
    """Carry out the links that are due; returns how many were done. A failed one waits longer each time."""
    due = LinkRun.objects.filter(done_at=None, next_at__lte=timezone.now(), attempts__lt=MOST_ATTEMPTS)
    return sum(_run(pk) for pk in due.order_by("id").values_list("pk", flat=True)[:limit])


def _run(pk: int) -> bool:
    try:
        with transaction.atomic():
            run = LinkRun.objects.select_for_update().select_related("event").get(pk=pk)
            if run.done_at:
                return False
            next(link for link in links() if link.name == run.link).then(run.event)
            LinkRun.objects.filter(pk=pk).update(done_at=timezone.now(), attempts=F("attempts") + 1, error="")
    except Exception as why:  # whatever a link raises, the others go on and this one is tried again
        log.exception("link run %s", pk)
        tried = LinkRun.objects.get(pk=pk).attempts
        wait = FIRST_WAIT * 4**tried
        LinkRun.objects.filter(pk=pk).update(attempts=tried + 1, next_at=timezone.now() + wait, error=repr(why)[:2000])
        return False
    return True
