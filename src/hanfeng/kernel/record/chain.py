"""How an event is hashed: over canonical text, chained to the last event of the same record."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import models

from hanfeng.kernel.base.hashing import SALT_BYTES, canonical, digest, exact, salted

from .models import Event, Record

Change = tuple[Any, Any]
"""A value before and after, as plain JSON values."""


def plain(value: Any) -> Any:
    """A field's value as JSON keeps it: dates and decimals as text (1.50 as "1.5"), a related record as its key."""
    if value is None or type(value) is str:  # most values, told cheaply
        return value
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return exact(value) if value.is_finite() else str(value)
    return value


def stamp(event: Event) -> str:
    """The hash of an event. Time counts as UTC with microseconds, the same in each database."""
    at = event.at.astimezone(UTC).isoformat(timespec="microseconds")
    content = [event.kind, event.key, event.seq, at, event.by_id, event.who, event.verb, event.note, event.batch_id]
    return digest(canonical([*content, event.data, event.prev]))


def hide(record: Record, changes: Mapping[str, Change]) -> tuple[dict[str, Any], dict[str, tuple[str, str]]]:
    """Changes for the event, and apart from it the personal ones: {field: (salt, text)}; the event keeps their digest."""
    shown: dict[str, Any] = {}
    hidden: dict[str, tuple[str, str]] = {}
    for name, change in changes.items():
        if name in record.personal:
            salt, text = secrets.token_bytes(SALT_BYTES), canonical(list(change))
            hidden[name] = (salt.hex(), text)
            shown[name] = {"digest": salted(text, salt)}
        else:
            shown[name] = list(change)
    return shown, hidden
