"""How each outlet stands: hourly and daily values against its licence, what is transmitted, what is in doubt. Counted anew each
time from the hours, so that what comes late is in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby

from django.utils import timezone

from hanfeng.kernel.api import Bucket, Datastream, Latest, buckets, latest
from hanfeng.kernel.pure import Sufficiency, valid_day, valid_hour, valid_month
from hanfeng.standards.hj75 import converted

from .models import Limit, Outlet
from .parameters import rules
from .terms import MINUTES, OXYGEN, Basis, Factor, Medium, flow_of, kilograms

HOUR = timedelta(hours=1)
LEAST_HOURS = 12
"""Hours that must be there before totals are compared (ours)."""
LEAST_DILUTED = 3
"""Hours with the oxygen of air that make a sign (ours)."""
STOPPED = "F"
CEMS = Sufficiency()
Hourly = Mapping[datetime, Bucket]


@dataclass(frozen=True)
class Hour:
    """One hour of a factor: the mean as measured, the value compared (converted where that is asked), the limit of that day.

    `value` is None where the hour is not valid, or where the oxygen lets nothing be converted.
    """

    start: datetime
    n: int
    counted: int
    mean: float | None
    value: float | None
    limit: float | None

    @property
    def valid(self) -> bool:
        return valid_hour(self.counted, MINUTES)

    @property
    def ratio(self) -> float | None:
        return self.value / self.limit if self.value is not None and self.limit else None

    @property
    def over(self) -> bool:
        return self.ratio is not None and self.ratio > 1


@dataclass(frozen=True)
class Day:
    """One whole day of a factor: mean of its valid hours (weighted by flow for water); a value where twenty of them are valid."""

    day: date
    hours: int
    value: float | None
    limit: float | None

    @property
    def over(self) -> bool:
        return self.value is not None and self.limit is not None and self.value > self.limit


@dataclass(frozen=True)
class Mean:
    """One factor over a month: how many of its days are valid, how many it needs, the mean of the valid ones.

    `valid` while the month is not over says that it has enough days already.
    """

    factor: Factor
    days: int
    wanted: int
    value: float | None
    valid: bool
    days_over: int


@dataclass(frozen=True)
class Month:
    """One month of an outlet, `whole` when it is over. Hourly values due, come and valid are those of `Condition`."""

    first: date
    whole: bool
    due: int
    came: int
    valid: int
    means: tuple[Mean, ...]

    @property
    def effective(self) -> float | None:
        """传输有效率 of the month."""
        return self.valid / self.due if self.due else None


@dataclass(frozen=True)
class Measured:
    """One factor of an outlet over the time looked at."""

    factor: Factor
    newest: Latest | None
    hours: tuple[Hour, ...]
    days: tuple[Day, ...]
    limits: Mapping[str, Limit | None]
    since: datetime | None
    still: timedelta

    @property
    def last(self) -> Hour | None:
        """The last hour that has a value."""
        return next((hour for hour in reversed(self.hours) if hour.value is not None), None)


@dataclass(frozen=True)
class Doubt:
    """Why data are not believed as they stand: which sign, of which factor, in which figures."""

    sign: str
    factor: Factor
    figure: float
    since: datetime | None = None


@dataclass(frozen=True)
class Condition:
    """How an outlet stands. `due`, `came` and `valid` count hourly values of what its licence may limit, due since `begun`."""

    outlet: Outlet
    measured: tuple[Measured, ...]
    newest: datetime | None
    silent: bool
    stopped: bool
    due: int
    came: int
    valid: int
    begun: datetime
    doubts: tuple[Doubt, ...] = field(default=())

    @property
    def transmitted(self) -> float | None:
        return self.came / self.due if self.due else None

    @property
    def effective(self) -> float | None:
        """传输有效率: what came, times how much of that is valid."""
        return self.valid / self.due if self.due else None

    @property
    def over(self) -> list[Measured]:
        """What exceeds now: the last hour with a value is over its limit and not older than three hours."""
        return [one for one in self.measured if one.since is not None]


def limits(outlets: Sequence[Outlet]) -> dict[tuple[int, str, str], list[Limit]]:
    """The licensed limits of these outlets by (outlet, factor, basis)."""
    found: dict[tuple[int, str, str], list[Limit]] = {}
    for limit in Limit.objects.filter(outlet__in=[outlet.pk for outlet in outlets]):
        found.setdefault((limit.outlet_id, limit.factor, limit.basis), []).append(limit)
    return found


def in_force(versions: Sequence[Limit] | None, day: date) -> Limit | None:
    """The limit of a day with its document; None where the licence sets none."""
    return next((one for one in versions or () if one.starts <= day and (one.ends is None or day < one.ends)), None)


def at(versions: Sequence[Limit] | None, day: date) -> float | None:
    """The limit of a day as a number."""
    limit = in_force(versions, day)
    return float(limit.value) if limit else None


def conditions(outlets: Sequence[Outlet], now: datetime, days: int = 7) -> list[Condition]:
    """How these outlets stand over so many days up to now, in a fixed number of questions."""
    streams: dict[int, dict[str, int]] = {}
    rows = Datastream.objects.filter(thing__in=[outlet.thing_id for outlet in outlets])
    for key, thing, code in rows.values_list("pk", "thing_id", "code"):
        streams.setdefault(thing, {})[code] = key
    keys = [key for own in streams.values() for key in own.values()]
    end = timezone.localtime(now).replace(minute=0, second=0, microsecond=0)
    start = end.replace(hour=0) - timedelta(days=days - 1)
    newest, hourly, held, rule = latest(keys), buckets(keys, "hour", start, end), limits(outlets), rules()
    return [
        _condition(outlet, streams.get(outlet.thing_id, {}), newest, hourly, held, rule, (start, end, now))
        for outlet in outlets
    ]


def months(outlet: Outlet, now: datetime) -> list[Month]:
    """The month that goes on and the one before, the newest first; none in which nothing was due.

    A monthly mean is that of the valid daily means (HJ 76-2017 appendix B says how many there must be).
    """
    today = timezone.localtime(now).date()
    this = today.replace(day=1)
    before = (this - timedelta(days=1)).replace(day=1)
    (told,) = conditions([outlet], now, (today - before).days + 1)
    found = [_month(told, this, now), _month(told, before, now)]
    return [month for month in found if month.due]


def _month(told: Condition, first: date, now: datetime) -> Month:
    following = (first + timedelta(days=31)).replace(day=1)
    zone = timezone.get_default_timezone()
    start, end = (datetime(day.year, day.month, 1, tzinfo=zone) for day in (first, following))
    clock = timezone.localtime(now).replace(minute=0, second=0, microsecond=0)
    due = max(0, int((min(end, clock) - max(start, told.begun)) / HOUR)) * len(told.measured)
    hours = [hour for one in told.measured for hour in one.hours if start <= hour.start < end]
    means = []
    for one in told.measured:
        days = [day for day in one.days if first <= day.day < following]
        values = [day.value for day in days if day.value is not None]
        means.append(
            Mean(
                one.factor,
                len(values),
                CEMS.february if first.month == 2 else CEMS.days,
                sum(values) / len(values) if values else None,
                valid_month(len(values), first.year, first.month),
                sum(day.over for day in days),
            )
        )
    return Month(
        first,
        end <= clock,
        due,
        sum(hour.n > 0 for hour in hours),
        sum(hour.valid for hour in hours),
        tuple(means),
    )


def _condition(
    outlet: Outlet,
    own: Mapping[str, int],
    newest: Mapping[int, Latest],
    hourly: Mapping[int, Sequence[Bucket]],
    held: Mapping[tuple[int, str, str], list[Limit]],
    rule: Mapping[str, float],
    span: tuple[datetime, datetime, datetime],
) -> Condition:
    start, end, now = span

    def told(code: str) -> Hourly:
        return {bucket.start: bucket for bucket in hourly.get(own.get(code, 0), ())}

    def last(code: str) -> Latest | None:
        return newest.get(own.get(code, 0))

    oxygen, flow = told(OXYGEN.minute), told(flow_of(outlet.medium).minute)
    measured = []
    for factor in outlet.factors:
        versions = {basis: held.get((outlet.pk, factor.code, basis)) for basis in Basis}
        hours = tuple(_hours(outlet, factor, told(factor.minute), oxygen, versions[Basis.HOUR]))
        still = last(factor.minute)
        measured.append(
            Measured(
                factor,
                still,
                hours,
                tuple(_days(factor, hours, flow, versions[Basis.DAY], end)),
                {str(basis): in_force(versions[basis], end.date()) for basis in Basis},
                _over_since(hours, end),
                still.time - still.since if still and still.mark != STOPPED else timedelta(0),
            )
        )
    flowing = last(flow_of(outlet.medium).minute)
    seen = [one.newest for one in measured if one.newest] + ([flowing] if flowing else [])
    begun = max(
        start,
        min((one.first for one in seen), default=end).astimezone(end.tzinfo).replace(minute=0, second=0, microsecond=0),
    )
    heard = max((one.time for one in seen), default=None)
    return Condition(
        outlet,
        tuple(measured),
        heard,
        heard is None or now - heard > timedelta(hours=rule["outage-hours"]),
        bool(flowing and flowing.mark == STOPPED),
        max(0, int((end - begun) / HOUR)) * len(measured),
        sum(hour.n > 0 for one in measured for hour in one.hours),
        sum(hour.valid for one in measured for hour in one.hours),
        begun,
        tuple(_doubts(measured, oxygen, flow, told, rule, end)),
    )


def _hours(
    outlet: Outlet, factor: Factor, told: Hourly, oxygen: Hourly, versions: Sequence[Limit] | None
) -> Iterator[Hour]:
    reference = float(outlet.oxygen) if factor.converted and outlet.oxygen is not None else None
    for start, bucket in sorted(told.items()):
        value = bucket.mean if valid_hour(bucket.valid, MINUTES) else None
        if value is not None and reference is not None:
            beside = oxygen.get(start)
            measured = beside.mean if beside and valid_hour(beside.valid, MINUTES) else None
            value = converted(value, measured, reference) if measured is not None else None
        yield Hour(start, bucket.n, bucket.valid, bucket.mean, value, at(versions, start.date()))


def _days(
    factor: Factor, hours: Sequence[Hour], flow: Hourly, versions: Sequence[Limit] | None, end: datetime
) -> Iterator[Day]:
    for day, group in groupby(hours, lambda hour: hour.start.date()):
        if day >= end.date():
            return  # it is not over yet
        told = [hour for hour in group if hour.value is not None]
        value = None
        if valid_day(len(told)):
            value = _mean(factor, told, flow)
        yield Day(day, len(told), value, at(versions, day))


def _mean(factor: Factor, hours: Sequence[Hour], flow: Hourly) -> float:
    """The mean of valid hours: of water weighted by the flow of each, where all of them tell it."""
    flows = [bucket.mean if (bucket := flow.get(hour.start)) else None for hour in hours]
    known = [one for one in flows if one is not None]
    weights = known if factor.medium == Medium.WATER and len(known) == len(hours) and any(known) else [1.0] * len(hours)
    return sum(weight * (hour.value or 0) for weight, hour in zip(weights, hours, strict=True)) / sum(weights)


def _over_since(hours: Sequence[Hour], end: datetime) -> datetime | None:
    """Since when the last value is over its limit without a break; None when it is not, or says nothing of now."""
    told = [hour for hour in hours if hour.value is not None]
    if not told or not told[-1].over or end - told[-1].start > 3 * HOUR:
        return None
    since = told[-1].start
    for hour in reversed(told):
        if not hour.over:
            break
        since = hour.start
    return since


def _doubts(
    measured: Sequence[Measured],
    oxygen: Hourly,
    flow: Hourly,
    told: Callable[[str], Hourly],
    rule: Mapping[str, float],
    end: datetime,
) -> Iterator[Doubt]:
    yesterday = end - timedelta(days=1)
    air = [
        (bucket.mean, start)
        for start, bucket in sorted(oxygen.items())
        if start >= yesterday and (bucket.mean or 0) >= rule["air-oxygen"] and start in flow and flow[start].mean
    ]
    if len(air) >= LEAST_DILUTED and any(one.factor.converted for one in measured):
        yield Doubt("air", OXYGEN, max(mean or 0 for mean, _start in air), air[0][1])
    for one in measured:
        if one.still >= timedelta(hours=rule["still-hours"]) and one.newest:
            yield Doubt("still", one.factor, one.still / HOUR, one.newest.since)
            continue  # its values do not count for that very reason
        lately = [hour for hour in one.hours if hour.start >= yesterday]
        n, counted = sum(hour.n for hour in lately), sum(hour.counted for hour in lately)
        if n and (n - counted) / n > rule["discarded-share"]:
            yield Doubt("discarded", one.factor, (n - counted) / n, lately[0].start)
        deviation = _mass(one, told(one.factor.total), flow)
        if deviation is not None and abs(deviation) > rule["mass-deviation"]:
            yield Doubt("mass", one.factor, deviation)


def _mass(one: Measured, totals: Hourly, flow: Hourly) -> float | None:
    """By how much the totals that the device tells differ from concentration by flow, over the hours that have all three."""
    told = reckoned = 0.0
    hours = 0
    for hour in one.hours:
        total, moved = totals.get(hour.start), flow.get(hour.start)
        if (
            hour.valid
            and hour.mean is not None
            and total
            and total.mean is not None
            and moved
            and moved.mean is not None
        ):
            told, reckoned, hours = (
                told + total.mean,
                reckoned + kilograms(one.factor, hour.mean, moved.mean),
                hours + 1,
            )
    return told / reckoned - 1 if hours >= LEAST_HOURS and reckoned else None
