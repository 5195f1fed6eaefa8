"""From the values of the stations to hours, running days and levels. Reads through the kernel and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from django.utils import timezone

from hanfeng.kernel.api import Datastream, buckets
from hanfeng.kernel.pure import valid_hour
from hanfeng.standards import gb3095, hj633, hj663

from .models import Site
from .parameters import Least
from .terms import ITEMS, OF_DAY, OF_HOUR, POLLUTANTS, STAGES

Floats = hj663.Floats
FULL = timedelta(hours=1)


def midnight(day: date) -> datetime:
    """When a local day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())


@dataclass(frozen=True)
class Air:
    """The air of a place over hours in a row: means of hours, and of the 24 hours up to each (ozone: the highest of 8)."""

    begin: datetime
    hour: Mapping[str, Floats]
    running: Mapping[str, Floats]

    def __len__(self) -> int:
        return len(self.hour["pm25"])

    def moment(self, n: int) -> datetime:
        """When an hour begins, in local time."""
        return timezone.localtime(self.begin + n * FULL)

    def of_hour(self, n: int) -> hj633.Aqi:
        """The index of one hour. By the edition of 2012 particles stand as means of 24 hours."""
        day = self.moment(n).date()
        moving = hj633.edition(day) is hj633.HJ633_2012
        told = {p: (self.running if moving and p.startswith("pm") else self.hour)[p][n] for p in ITEMS}
        return hj633.aqi(_named(told, OF_HOUR), day, hj633.HOURLY)

    def of_24(self, n: int) -> hj633.Aqi:
        """The index of the 24 hours up to the end of one hour, as of a day."""
        told = {p: self.running[p][n] for p in ITEMS}
        return hj633.aqi(_named(told, OF_DAY), self.moment(n).date())


def _named(values: Mapping[str, Any], items: Mapping[str, str]) -> dict[str, float | None]:
    return {items[p]: None if np.isnan(value) else float(value) for p, value in values.items()}


def read(sites: Sequence[Site], begin: datetime, end: datetime, needed: Least) -> dict[int, Air]:
    """The air of each station over the full hours from `begin` to `end`, by the key of its site; three questions."""
    count = int((end - begin) // FULL)
    rows = Datastream.objects.filter(thing__in=[site.thing_id for site in sites], code__in=POLLUTANTS)
    streams = {
        key: (thing, code, interval or 3600)
        for key, thing, code, interval in rows.values_list("pk", "thing_id", "code", "interval")
    }
    found = buckets(list(streams), "hour", begin, end) if streams else {}
    hours = {site.thing_id: {p: np.full(count, np.nan) for p in ITEMS} for site in sites}
    for key, (thing, code, interval) in streams.items():
        into = hours[thing][POLLUTANTS[code]]
        for bucket in found.get(key, ()):
            place = int((bucket.start - begin) // FULL)
            if bucket.mean is not None and valid_hour(bucket.valid, interval) and 0 <= place < count:
                into[place] = bucket.mean
    return {site.pk: Air(begin, hours[site.thing_id], _running(hours[site.thing_id], needed)) for site in sites}


def _running(hours: Mapping[str, Floats], needed: Least) -> dict[str, Floats]:
    told = {p: hj663.moving(values, 24, needed.hours) for p, values in hours.items() if p != "o3"}
    eight = hj663.moving(hours["o3"], 8, hj663.LEAST_OF_8)
    ozone = np.full(len(eight), np.nan)
    for n in range(len(eight)):
        # the means of 8 hours that lie within the 24 hours up to this one
        part = eight[max(n - 16, 0) : n + 1]
        there = part[~np.isnan(part)]
        if len(there) >= needed.ozone:
            ozone[n] = there.max()
    return {**told, "o3": ozone}


def area(sites: Sequence[Site], airs: Mapping[int, Air], share: float) -> Air | None:
    """The air of the whole district: means over its stations that count, where that share of them has one; None without any."""
    own = [airs[site.pk] for site in sites if site.counts and site.pk in airs]
    if not own:
        return None

    def mean(parts: Sequence[Floats]) -> Floats:
        columns = np.stack(parts, axis=1)
        return np.array([hj663.area(list(row), share) for row in columns])

    return Air(
        own[0].begin,
        {p: mean([a.hour[p] for a in own]) for p in ITEMS},
        {p: mean([a.running[p] for a in own]) for p in ITEMS},
    )


@dataclass(frozen=True)
class Day:
    """A local day of the district: its six values (NaN: not valid), the index, how many stations had a valid day."""

    day: date
    values: Mapping[str, float]
    aqi: hj633.Aqi
    stations: int


def days(sites: Sequence[Site], airs: Mapping[int, Air], needed: Least) -> Iterator[Day]:
    """The whole days within what was read, by the mean of the stations' own days."""
    own = [airs[site.pk] for site in sites if site.counts and site.pk in airs]
    if not own:
        return
    first = timezone.localtime(own[0].begin).date()
    last = timezone.localtime(own[0].begin + len(own[0]) * FULL).date()
    for day in (first + timedelta(days=n) for n in range((last - first).days)):
        a, b = (int((midnight(d) - own[0].begin) // FULL) for d in (day, day + timedelta(days=1)))
        if a >= 0:
            yield _day(day, own, (a, b), needed)


def _day(day: date, own: Sequence[Air], span: tuple[int, int], needed: Least) -> Day:
    (a, b), limit = span, gb3095.limit("o3_8h", day)
    told = [
        {
            p: hj663.ozone_of_day(air.hour[p][a:b], limit, needed.ozone)
            if p == "o3"
            else hj663.mean_of_day(air.hour[p][a:b], needed.hours)
            for p in ITEMS
        }
        for air in own
    ]
    values = {p: hj663.area([one[p] for one in told], needed.stations) for p in ITEMS}
    whole = sum(not any(np.isnan(value) for value in one.values()) for one in told)
    return Day(day, values, hj633.aqi(_named(values, OF_DAY), day), whole)


def stages(indices: Sequence[float | None], conditions: Mapping[str, Any]) -> list[int]:
    """The level of heavy pollution reached at each hour: 0 none, 1 yellow, 2 orange, 3 red.

    `indices` are those of the 24 hours up to each hour. [200, 48] is reached when two means of 24 hours that follow each
    other, and all that lie between, are above 200; an hour without an index breaks the run. 环大气〔2024〕6号 (unconfirmed).
    """
    known = np.array([np.nan if index is None else index for index in indices], dtype=np.float64)
    found = np.zeros(len(known), dtype=np.int64)
    for number, name in enumerate(STAGES):
        if name in conditions:
            told = conditions[name]
            parts = [_run(known > limit) >= max(hours - 23, 1) for limit, hours in told.get("any") or told["all"]]
            reached = np.logical_or.reduce(parts) if "any" in told else np.logical_and.reduce(parts)
            found = np.where(reached, number, found)
    return [int(n) for n in found]


def _run(over: np.ndarray[Any, np.dtype[np.bool_]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """For each place how many in a row, up to it, are true."""
    places = np.arange(1, len(over) + 1)
    return places - np.maximum.accumulate(np.where(over, 0, places)) if len(over) else places


def rises(indices: Sequence[float | None], hours: int = 3) -> float | None:
    """By how much the newest index lies above that of some hours before; None where one is missing."""
    newest = list(indices)[-hours - 1 :]
    if len(newest) <= hours or newest[0] is None or newest[-1] is None:
        return None
    return newest[-1] - newest[0]


def runs(levels: Sequence[int | None]) -> int:
    """For how many of the newest hours the level has been the same."""
    count = 1
    for later, earlier in pairwise(reversed(levels)):
        if later != earlier:
            break
        count += 1
    return count if levels else 0
