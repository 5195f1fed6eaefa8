"""What alerts look at: hourly values over their limits and how long a value has not moved, as series of their own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from hanfeng.kernel.api import Datastream, Value, ingest

from .judging import HOUR, Condition, conditions
from .models import Outlet

DAYS = 2
"""Alerts look at what is new; figures on pages are counted anew from all hours."""


def derive(now: datetime, days: int = DAYS) -> int:
    """Keep the ratios and standstills of the last days; how many are new. The same again says nothing new."""
    outlets = list(Outlet.objects.select_related("thing", "body"))
    rows = Datastream.objects.filter(thing__in=[outlet.thing_id for outlet in outlets]).values_list(
        "thing_id", "code", "pk"
    )
    keys = {(thing, code): key for thing, code, key in rows}
    values = [value for condition in conditions(outlets, now, days) for value in _values(condition, keys)]
    return ingest(values).new if values else 0


def _values(condition: Condition, keys: dict[tuple[int, str], int]) -> Iterator[Value]:
    for one in condition.measured:
        ratio = keys.get((condition.outlet.thing_id, one.factor.ratio))
        still = keys.get((condition.outlet.thing_id, one.factor.still))
        for hour in one.hours if ratio else ():
            if hour.ratio is not None:
                assert ratio
                yield Value(ratio, hour.start, round(hour.ratio, 4), until=hour.start + HOUR)
        if still and one.newest:
            yield Value(still, one.newest.time, round(max(one.still, timedelta(0)) / HOUR, 2))
