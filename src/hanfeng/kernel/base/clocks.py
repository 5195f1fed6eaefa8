"""Time limits on six clocks, counted the same way everywhere.

Days are counted by the Civil Code (2020): the day of the event does not count (art. 201), a month ends on the
corresponding day or, lacking one, on the last of the month (202), a last day that is a public holiday gives way to
the first working day after it (203). A day limit ends at 23:59:59.999999 local time, so `due.date()` is its last day.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from math import ceil
from typing import Self
from zoneinfo import ZoneInfo

from hanfeng.kernel.base.parameter import Confidence, Parameter
from hanfeng.kernel.base.words import Fault
from hanfeng.kernel.base.words import gettext_noop as _

Hours = tuple[tuple[time, time], ...]
OFFICE_HOURS: Parameter[Hours] = Parameter(
    "office-hours",
    ((time(9), time(12)), (time(14), time(18))),
    unit="local time",
    source="common practice of offices in Chongqing",
    confidence=Confidence.UNCONFIRMED,
    note="Each district announces its own; load it from the county folder.",
)
SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Clock(StrEnum):
    """What a limit is counted in. The urgent and the calendar hour run alike; the documents name them apart."""

    URGENT_HOUR = "urgent_hour"
    WORKING_HOUR = "working_hour"
    CALENDAR_HOUR = "calendar_hour"
    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    MONTH = "month"


class Standing(StrEnum):
    """How a limit stands: it runs (pending, near its end, over), or the thing is done (ok, done-late)."""

    PENDING = "pending"
    NEAR = "near"
    OVER = "over"
    OK = "ok"
    DONE_LATE = "done-late"


class BeyondCalendar(Fault):
    """A day of a year whose public holidays are not loaded."""


@dataclass(frozen=True)
class Calendar:
    """Public holidays, make-up working days and office hours of one place.

    `years` are those whose State Council notice is loaded, by default those whose 1 January is among the holidays.
    Beyond them `is_workday` raises BeyondCalendar, unless `provisional()` lets Monday to Friday stand in; who uses that
    says so wherever `covers(due.date())` is false.
    """

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    office: Hours = OFFICE_HOURS.value
    zone: ZoneInfo = SHANGHAI
    years: frozenset[int] = frozenset()
    is_provisional: bool = False

    def __post_init__(self) -> None:
        if both := self.holidays & self.workdays:
            raise ValueError(f"both holiday and working day: {', '.join(map(str, sorted(both)))}")
        edges = [edge for stretch in self.office for edge in stretch]
        if not edges or edges != sorted(set(edges)):
            raise ValueError(f"office hours are stretches in order of time that do not touch, not {self.office}")
        if not self.years:
            object.__setattr__(self, "years", frozenset(d.year for d in self.holidays if (d.month, d.day) == (1, 1)))

    def provisional(self) -> Self:
        """The same calendar, taking Monday to Friday as working days in years that are not loaded."""
        return replace(self, is_provisional=True)

    def covers(self, day: date) -> bool:
        return day.year in self.years

    def is_workday(self, day: date) -> bool:
        if not self.covers(day) and not self.is_provisional:
            loaded = ", ".join(map(str, sorted(self.years))) or "-"
            text = _("The public holidays of %(year)s are not loaded (only %(loaded)s): add the notice of that year.")
            raise BeyondCalendar("beyond_calendar", text, {"year": day.year, "loaded": loaded})
        return day in self.workdays or (day.weekday() < 5 and day not in self.holidays)

    def on_workday(self, day: date) -> date:
        """The day itself, or the first working day after it."""
        while not self.is_workday(day):
            day += DAY
        return day

    def day_of(self, moment: datetime) -> date:
        """The local day of an aware moment."""
        if moment.utcoffset() is None:
            raise ValueError(f"{moment} has no time zone: limits are counted from aware moments only")
        return moment.astimezone(self.zone).date()

    def end_of(self, day: date) -> datetime:
        """The last microsecond of a local day."""
        return datetime.combine(day, time.max, self.zone)

    def stretches(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Office hours from `start` on, without end; in UTC, for moments of one zone subtract as wall clocks do."""
        day, start = self.day_of(start), start.astimezone(UTC)
        while True:
            for edges in self.office if self.is_workday(day) else ():
                opens, closes = (datetime.combine(day, edge, self.zone).astimezone(UTC) for edge in edges)
                if closes > start:
                    yield max(opens, start), closes
            day += DAY


@dataclass(frozen=True)
class Limit:
    """So many units of a clock: any positive number of hours, a whole number of days or months.

    A suspended limit carries on: keep `spent = limit.used(start, stopped, calendar)`, ask `limit.due(resumed, calendar,
    spent)`. A day belongs to the stretch in which it begins: the day of suspension is spent, that of resumption is not.
    Months are carried as whole ones and a share of the next, rounded up to full days.
    `rolls=False` leaves the last day of a calendar-day or month limit where it falls, holiday or not.
    """

    amount: float
    clock: Clock
    rolls: bool = True

    def __post_init__(self) -> None:
        if not self.amount > 0 or (not self.clock.endswith("hour") and self.amount % 1):
            raise ValueError(f"a limit is a positive number of hours, whole days or whole months, not {self.amount}")

    def due(self, start: datetime, calendar: Calendar, used: float = 0) -> datetime:
        """The last moment in time, in the calendar's zone, of a limit running from `start`, `used` units spent before.

        More spent than allowed means overdue: due at `start`.
        """
        first, left = calendar.day_of(start), self.amount - used
        if left < 0:
            return start.astimezone(calendar.zone)
        match self.clock:
            case Clock.WORKING_HOUR:
                return _after_office_hours(start, left * HOUR, calendar)
            case Clock.URGENT_HOUR | Clock.CALENDAR_HOUR:
                return (start.astimezone(UTC) + left * HOUR).astimezone(calendar.zone)
            case Clock.WORKING_DAY:
                return calendar.end_of(_after_workdays(first, left, calendar))
        last = _after_months(first, left) if self.clock is Clock.MONTH else first + left * DAY
        return calendar.end_of(calendar.on_workday(last) if self.rolls else last)

    def used(self, start: datetime, now: datetime, calendar: Calendar, before: float = 0) -> float:
        """Units consumed from `start` to `now`; `before` tells those spent in earlier stretches.

        Days spent waiting for a working day cost nothing: up to the due moment never more than the amount is used.
        """
        spent = self._spent(start, now, calendar) if now > start else 0.0
        if spent + before > self.amount and now <= self.due(start, calendar, before):
            return max(self.amount - before, 0.0)
        return spent

    def remaining(self, start: datetime, now: datetime, calendar: Calendar, before: float = 0) -> float:
        """Units left at `now`, never below zero; on its last day a day limit has 0 left."""
        return max(self.amount - before - self.used(start, now, calendar, before), 0.0)

    def _spent(self, start: datetime, now: datetime, calendar: Calendar) -> float:
        first, last = calendar.day_of(start), calendar.day_of(now)
        match self.clock:
            case Clock.WORKING_HOUR:
                return _office_time(start, now, calendar) / HOUR
            case Clock.URGENT_HOUR | Clock.CALENDAR_HOUR:
                return (now.astimezone(UTC) - start.astimezone(UTC)) / HOUR
            case Clock.WORKING_DAY:
                return float(sum(calendar.is_workday(first + n * DAY) for n in range(1, (last - first).days + 1)))
        return _months_between(first, last) if self.clock is Clock.MONTH else float((last - first).days)


def standing(due: datetime, now: datetime, done_at: datetime | None = None, near: timedelta = DAY) -> Standing:
    """Where a limit stands at `now`; `due` itself is in time, and from `near` (a day: ours) before it the end is near."""
    if done_at is not None:
        return Standing.OK if done_at <= due else Standing.DONE_LATE
    if now > due:
        return Standing.OVER
    return Standing.NEAR if due - now <= near else Standing.PENDING


def _after_office_hours(start: datetime, left: timedelta, calendar: Calendar) -> datetime:
    end = start
    for opens, closes in calendar.stretches(start) if left else ():
        end, left = min(opens + left, closes), left - (closes - opens)
        if left <= timedelta():
            break
    return end.astimezone(calendar.zone)


def _office_time(start: datetime, now: datetime, calendar: Calendar) -> timedelta:
    total = timedelta()
    for opens, closes in calendar.stretches(start):
        if opens >= now:
            break
        total += min(closes, now) - opens
    return total


def _after_workdays(day: date, left: float, calendar: Calendar) -> date:
    for _each in range(int(left)):
        day = calendar.on_workday(day + DAY)
    return calendar.on_workday(day)


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _after_months(day: date, left: float) -> date:
    whole, share = divmod(left, 1)
    last = _months_later(day, int(whole))
    length = (_months_later(day, int(whole) + 1) - last).days
    return last + ceil(share * length - 1e-9) * DAY  # the share is a float: 2/31 * 31 may exceed 2 by a hair


def _months_between(first: date, last: date) -> float:
    whole = 12 * (last.year - first.year) + last.month - first.month
    whole -= _months_later(first, whole) > last
    anchor = _months_later(first, whole)
    return whole + (last - anchor) / (_months_later(first, whole + 1) - anchor)
