"""The state of each site, now and on the days behind: class by the worst item, trophic index, since when out of class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from hanfeng.kernel.api import Bucket, Datastream, Latest, buckets, latest
from hanfeng.kernel.pure import Fault
from hanfeng.standards import gb3838, tli

from .models import Sample, Site
from .terms import CLASS_ITEMS, TROPHIC_ITEMS

FRESH = timedelta(hours=12)
"""A value older than this says nothing of now."""

SAMPLE_DAYS = 35
"""A transparency older than this does not enter the trophic index (ours: one month's sampling and some days)."""


@dataclass(frozen=True)
class Day:
    """One day of a site: its class, the trophic index (None: no chlorophyll a), the means by code."""

    day: date
    quality: gb3838.Quality | None
    trophic: tli.Trophic | None
    means: Mapping[str, float]


@dataclass(frozen=True)
class Condition:
    """How a site stands. `out_since` is the first day of the unbroken run of days over its target class."""

    site: Site
    newest: datetime | None
    now: Day
    days: tuple[Day, ...]
    out_since: date | None
    values: Mapping[str, Latest]

    @property
    def out(self) -> bool:
        return self.now.quality is not None and self.now.quality.number > self.site.target

    @property
    def over(self) -> tuple[gb3838.Over, ...]:
        """The items over the target class, the worst first."""
        known = {
            item: v
            for code, item in CLASS_ITEMS.items()
            if (v := self.now.means.get(code)) is not None and item != "tn"
        }
        return gb3838.over(known, self.site.target, lake=self.site.is_lake, temperature=self.now.means.get("w01010"))


def conditions(sites: Sequence[Site], now: datetime, days: int = 8) -> list[Condition]:
    """The state of these sites and the days behind it, in a fixed number of questions."""
    rows = Datastream.objects.filter(thing__in=[site.thing_id for site in sites]).values_list("pk", "thing_id", "code")
    streams: dict[int, dict[str, int]] = {}
    for key, thing, code in rows:
        streams.setdefault(thing, {})[code] = key
    keys = [key for own in streams.values() for key in own.values()]
    newest = latest(keys)
    start = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)
    daily = buckets(keys, "day", start, now) if keys else {}
    depth = _depths(sites, timezone.localtime(now).date())
    return [_condition(site, streams.get(site.thing_id, {}), newest, daily, depth.get(site.pk), now) for site in sites]


def _depths(sites: Sequence[Site], day: date) -> dict[int, float]:
    """The newest transparency of each site that is young enough."""
    rows = Sample.objects.filter(
        site__in=[s.pk for s in sites], sd__isnull=False, taken__gt=day - timedelta(days=SAMPLE_DAYS), taken__lte=day
    )
    return {site: float(sd) for site, sd in rows.order_by("taken").values_list("site", "sd") if sd}


def _condition(
    site: Site, own: Mapping[str, int], newest: Mapping[int, Latest], daily: Mapping[int, Sequence[Bucket]],
    depth: float | None, now: datetime,
) -> Condition:  # fmt: skip
    values = {code: newest[key] for code, key in own.items() if key in newest}
    fresh = {c: float(v.value) for c, v in values.items() if now - v.time <= FRESH and isinstance(v.value, int | float)}
    by_day: dict[date, dict[str, float]] = {}
    for code, key in own.items():
        for bucket in daily.get(key, ()):
            if bucket.mean is not None:
                by_day.setdefault(timezone.localtime(bucket.start).date(), {})[code] = bucket.mean
    days = tuple(judged(day, by_day[day], site, depth) for day in sorted(by_day))
    today = judged(timezone.localtime(now).date(), fresh, site, depth)
    since = None
    for day in reversed(days):
        if day.quality is None or day.quality.number <= site.target:
            break
        since = day.day
    out = today.quality is not None and today.quality.number > site.target
    return Condition(
        site,
        max((v.time for v in values.values()), default=None),
        today,
        days,
        (since or today.day) if out else None,
        values,
    )


def judged(day: date, means: Mapping[str, float], site: Site, depth: float | None) -> Day:
    """Class and trophic index of these means."""
    items = {item: means[code] for code, item in CLASS_ITEMS.items() if code in means}
    quality = gb3838.assess(items, lake=site.is_lake, temperature=means.get("w01010")) if items else None
    trophic = None
    if site.is_lake:
        told: dict[str, Any] = {item: means[code] for code, item in TROPHIC_ITEMS.items() if code in means}
        try:
            trophic = tli.trophic({**told, "sd": depth})
        except Fault:
            trophic = None  # a value of zero has no logarithm: the index is not given rather than invented
    return Day(day, quality, trophic, means)
