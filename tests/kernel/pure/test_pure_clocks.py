"""The six clocks, against hand-made tables of 2025 and 2026, a minute-by-minute count, and the laws of suspension."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hanfeng.kernel.pure import BeyondCalendar, Calendar, Clock, Limit, Standing, standing

ZONE = ZoneInfo("Asia/Shanghai")
MICRO = timedelta(microseconds=1)
DAY = timedelta(days=1)

# Public holidays and make-up days by the State Council notices for 2025 (12, 2024) and 2026 (4 November 2025).
HOLIDAYS = """2025-01-01/2025-01-01 2025-01-28/2025-02-04 2025-04-04/2025-04-06 2025-05-01/2025-05-05 2025-05-31/2025-06-02
2025-10-01/2025-10-08 2026-01-01/2026-01-03 2026-02-15/2026-02-23 2026-04-04/2026-04-06 2026-05-01/2026-05-05
2026-06-19/2026-06-21 2026-09-25/2026-09-27 2026-10-01/2026-10-07"""
WORKDAYS = """2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11
2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10"""


def span(text: str) -> list[date]:
    first, last = map(date.fromisoformat, text.split("/"))
    return [first + DAY * n for n in range((last - first).days + 1)]


CALENDAR = Calendar(
    frozenset(day for text in HOLIDAYS.split() for day in span(text)),
    frozenset(map(date.fromisoformat, WORKDAYS.split())),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def end(text: str) -> datetime:
    return datetime.combine(date.fromisoformat(text), time.max, ZONE)


# The cases the law and the hand-made tables give.


@pytest.mark.parametrize(
    ("learnt", "start_by", "finish_by"),
    [
        # Dragon Boat 2025: 3-6, 9-13, 16-20, 23-27 and 30 June make twenty.
        ("2025-05-30T17:00", "2025-06-01T17:00", "2025-06-30"),
        # Spring Festival 2026: 14 (make-up), 24-27, 28 (make-up) February, 2-6, 9-13, 16-19 March make twenty.
        ("2026-02-13T17:00", "2026-02-15T17:00", "2026-03-19"),
    ],
)
def test_class_two_food_recall_learnt_on_friday_before_a_holiday(learnt: str, start_by: str, finish_by: str) -> None:
    assert at(learnt).weekday() == 4
    assert Limit(48, Clock.CALENDAR_HOUR).due(at(learnt), CALENDAR) == at(start_by)
    assert Limit(20, Clock.WORKING_DAY).due(at(learnt), CALENDAR) == end(finish_by)


# Accepted on Friday 26 September 2025; sent to expert review on Sunday the 28th, a make-up day, at 16:00; back on 15 October.
# The eight working days between (29 and 30 September, 9, 10, 11 make-up, 13, 14 and 15 October) do not count.
APPROVAL = [
    *("2025-09-28", "2025-10-16", "2025-10-17", "2025-10-20", "2025-10-21", "2025-10-22", "2025-10-23", "2025-10-24"),
    *("2025-10-27", "2025-10-28", "2025-10-29", "2025-10-30", "2025-10-31", "2025-11-03", "2025-11-04", "2025-11-05"),
    *("2025-11-06", "2025-11-07", "2025-11-10", "2025-11-11"),
]
ACCEPTED, SENT, BACK = at("2025-09-26T10:00"), at("2025-09-28T16:00"), at("2025-10-15T09:30")


def test_approval_with_an_expert_review_over_a_holiday() -> None:
    limit = Limit(20, Clock.WORKING_DAY)
    spent = limit.used(ACCEPTED, SENT, CALENDAR)
    assert spent == 1
    assert limit.due(BACK, CALENDAR, spent) == end("2025-11-11")
    assert limit.due(ACCEPTED, CALENDAR) == end("2025-10-30")  # had it not been sent
    for number, day in enumerate(APPROVAL, 1):
        noon = at(f"{day}T12:00")
        if noon > BACK:
            assert limit.used(BACK, noon, CALENDAR, spent) == number - 1
            assert limit.remaining(BACK, noon, CALENDAR, spent) == 20 - number
            assert Limit(number, Clock.WORKING_DAY).due(BACK, CALENDAR, spent) == end(day)
    assert len(APPROVAL) == 20


def test_the_supervisor_sees_red_at_midnight_of_the_last_day() -> None:
    due = Limit(20, Clock.WORKING_DAY).due(BACK, CALENDAR, 1)
    assert due.date() == date(2025, 11, 11)
    assert standing(due, due - DAY - MICRO) is Standing.PENDING
    assert standing(due, due - DAY) is Standing.NEAR
    assert standing(due, due) is Standing.NEAR
    assert standing(due, due + MICRO) is Standing.OVER
    assert standing(due, at("2025-12-01T00:00"), done_at=due) is Standing.OK
    assert standing(due, at("2025-12-01T00:00"), done_at=due + MICRO) is Standing.DONE_LATE
    assert standing(due, due - 3 * DAY, near=4 * DAY) is Standing.NEAR


def test_the_unit_decides_about_the_night() -> None:
    night = at("2025-11-12T23:00")
    assert Limit(2, Clock.URGENT_HOUR).due(night, CALENDAR) == at("2025-11-13T01:00")
    assert Limit(2, Clock.CALENDAR_HOUR).due(night, CALENDAR) == at("2025-11-13T01:00")
    assert Limit(2, Clock.WORKING_HOUR).due(night, CALENDAR) == at("2025-11-13T11:00")
    assert Limit(0.5, Clock.URGENT_HOUR).due(night, CALENDAR) == at("2025-11-12T23:30")


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2025-09-26T16:00", 4, "2025-09-28T11:00"),  # Friday evening into the make-up Sunday
        ("2025-09-30T17:00", 2, "2025-10-09T10:00"),  # over the National Day holidays
        ("2025-11-12T11:30", 1, "2025-11-12T14:30"),  # over lunch
        ("2025-11-12T13:00", 4, "2025-11-12T18:00"),  # the whole afternoon
        ("2025-11-14T18:00", 0.25, "2025-11-17T09:15"),  # closing time on Friday
    ],
)
def test_working_hours_run_in_office_hours_only(start: str, hours: float, due: str) -> None:
    limit = Limit(hours, Clock.WORKING_HOUR)
    assert limit.due(at(start), CALENDAR) == at(due)
    assert limit.used(at(start), at(due), CALENDAR) == hours


def test_a_make_up_saturday_counts_and_a_public_holiday_does_not() -> None:
    assert CALENDAR.is_workday(date(2025, 10, 11))
    assert not CALENDAR.is_workday(date(2025, 10, 8))
    assert not CALENDAR.is_workday(date(2025, 10, 12))
    assert Limit(1, Clock.WORKING_DAY).due(at("2025-09-30T08:00"), CALENDAR) == end("2025-10-09")
    assert Limit(1, Clock.WORKING_DAY).due(at("2025-10-10T08:00"), CALENDAR) == end("2025-10-11")


def test_a_last_day_on_a_holiday_gives_way_and_costs_nothing() -> None:
    accepted = at("2026-08-05T09:00")  # sixty calendar days end on 4 October
    limit = Limit(60, Clock.CALENDAR_DAY)
    assert limit.due(accepted, CALENDAR) == end("2026-10-08")
    assert Limit(60, Clock.CALENDAR_DAY, rolls=False).due(accepted, CALENDAR) == end("2026-10-04")
    assert limit.used(accepted, at("2026-10-07T09:00"), CALENDAR) == 60
    assert limit.used(accepted, at("2026-10-10T09:00"), CALENDAR) == 66
    resumed = at("2026-10-12T09:00")  # stopped on the 7th, while only waiting: the last day is still to come
    assert limit.due(resumed, CALENDAR, 60) == end("2026-10-12")
    assert limit.due(resumed, CALENDAR, 66) == resumed  # stopped too late: overdue at once


def test_what_is_spent_to_the_last_unit_ends_where_it_resumes() -> None:
    saturday = at("2025-11-15T20:00")
    assert Limit(5, Clock.WORKING_HOUR).due(saturday, CALENDAR, 5) == saturday
    assert Limit(5, Clock.WORKING_DAY).due(saturday, CALENDAR, 5) == end("2025-11-17")
    assert Limit(5, Clock.WORKING_DAY).due(saturday, CALENDAR, 6) == saturday


@pytest.mark.parametrize("days", range(31))
def test_a_month_stopped_on_any_day_resumes_to_the_day(days: int) -> None:
    start, limit = at("2025-07-12T09:00"), Limit(1, Clock.MONTH, rolls=False)  # both months around have 31 days
    stopped = start + days * DAY
    assert limit.due(stopped, CALENDAR, limit.used(start, stopped, CALENDAR)) == end("2025-08-12")


@pytest.mark.parametrize(
    ("start", "months", "due"),
    [
        ("2025-01-31T09:00", 1, "2025-02-28"),  # no 31 February
        ("2025-03-31T09:00", 18, "2026-09-30"),
        ("2025-11-30T09:00", 3, "2026-02-28"),  # a Saturday, but a make-up day
        ("2025-07-12T09:00", 1, "2025-08-12"),
        ("2025-07-03T09:00", 3, "2025-10-09"),  # 3 October is a holiday
    ],
)
def test_months_end_on_the_corresponding_day_or_the_last(start: str, months: int, due: str) -> None:
    assert Limit(months, Clock.MONTH).due(at(start), CALENDAR) == end(due)


def test_hours_are_real_hours_where_clocks_are_put_forward() -> None:
    spring = datetime(1988, 4, 16, 12, tzinfo=ZONE)  # China kept summer time from 1986 to 1991
    assert Limit(24, Clock.CALENDAR_HOUR).due(spring, CALENDAR) == datetime(1988, 4, 17, 13, tzinfo=ZONE)
    york = Calendar(zone=ZoneInfo("America/New_York"), office=((time(0), time(12)),)).provisional()
    night = datetime(2025, 3, 9, 0, tzinfo=york.zone)  # a Sunday of 23 hours
    assert Limit(24, Clock.URGENT_HOUR).used(night, night + 2 * DAY, york) == 47
    assert Limit(13, Clock.WORKING_HOUR).due(night, york) == datetime(2025, 3, 11, 1, tzinfo=york.zone)


def test_the_zone_of_the_clock_on_the_wall_does_not_matter() -> None:
    late = at("2025-11-12T07:00")  # still 11 November in UTC
    for clock in Clock:
        limit = Limit(3, clock)
        assert limit.due(late.astimezone(UTC), CALENDAR) == limit.due(late, CALENDAR)
        assert limit.due(late.astimezone(UTC), CALENDAR).utcoffset() == timedelta(hours=8)


# What is refused, and what must be visible.


def test_a_year_without_its_notice_is_not_guessed() -> None:
    assert CALENDAR.years == {2025, 2026}
    start = at("2026-12-28T09:00")
    with pytest.raises(BeyondCalendar, match="holidays of 2027") as caught:
        Limit(10, Clock.WORKING_DAY).due(start, CALENDAR)
    assert caught.value.params == {"year": 2027, "loaded": "2025, 2026"}
    due = Limit(10, Clock.WORKING_DAY).due(start, CALENDAR.provisional())
    assert due == end("2027-01-11")
    assert not CALENDAR.covers(due.date())
    assert Limit(10, Clock.URGENT_HOUR).due(at("2027-05-01T09:00"), CALENDAR) == at("2027-05-01T19:00")


def test_naive_times_and_impossible_limits_are_refused() -> None:
    naive = datetime(2025, 11, 12, 9)  # noqa: DTZ001
    for clock in Clock:
        with pytest.raises(ValueError, match="no time zone"):
            Limit(1, clock).due(naive, CALENDAR)
    bad = ((0, Clock.MONTH), (-1, Clock.URGENT_HOUR), (1.5, Clock.WORKING_DAY), (float("nan"), Clock.MONTH))
    for amount, clock in bad:
        with pytest.raises(ValueError, match="positive number"):
            Limit(amount, clock)


def test_a_calendar_that_contradicts_itself_is_refused() -> None:
    day = frozenset({date(2025, 10, 1)})
    with pytest.raises(ValueError, match="both holiday and working day: 2025-10-01"):
        Calendar(day, day)
    for office in ((), ((time(9), time(9)),), ((time(14), time(18)), (time(9), time(12)))):
        with pytest.raises(ValueError, match="office hours"):
            Calendar(office=office)


# Laws.

HOURS = (Clock.URGENT_HOUR, Clock.CALENDAR_HOUR, Clock.WORKING_HOUR)
EXACT = (*HOURS, Clock.WORKING_DAY, Clock.CALENDAR_DAY)
minutes = st.integers(0, 400 * 24 * 60)
moments = minutes.map(lambda n: at("2025-01-01T00:00") + timedelta(minutes=n))
hour_limits = st.builds(lambda n, clock: Limit(n / 4, clock), st.integers(1, 320), st.sampled_from(HOURS))
whole_limits = st.builds(
    Limit, st.integers(1, 40), st.sampled_from((Clock.WORKING_DAY, Clock.CALENDAR_DAY)), st.booleans()
)
month_limits = st.builds(Limit, st.integers(1, 5), st.just(Clock.MONTH), st.booleans())
limits = hour_limits | whole_limits | month_limits
shares = st.floats(0, 1)


def between(start: datetime, stop: datetime, share: float) -> datetime:
    return start + timedelta(minutes=int((stop - start) / timedelta(minutes=1) * share))


@settings(deadline=None)
@given(limits, moments)
def test_at_its_due_moment_a_limit_is_used_up_and_not_before(limit: Limit, start: datetime) -> None:
    due = limit.due(start, CALENDAR)
    assert due > start
    assert limit.used(start, due, CALENDAR) == pytest.approx(limit.amount, abs=1e-6)
    assert limit.remaining(start, due, CALENDAR) == pytest.approx(0, abs=1e-6)
    if limit.clock in HOURS:
        assert limit.used(start, due - MICRO, CALENDAR) < limit.amount
    assert limit.used(start, start, CALENDAR) == limit.used(start, start - DAY, CALENDAR) == 0


@settings(deadline=None)
@given(limits, moments, shares, shares)
def test_consumption_only_grows(limit: Limit, start: datetime, one: float, two: float) -> None:
    stop = limit.due(start, CALENDAR) + 5 * DAY
    early, late = (between(start, stop, share) for share in sorted((one, two)))
    assert limit.used(start, early, CALENDAR) <= limit.used(start, late, CALENDAR)


@settings(deadline=None)
@given(limits, moments, st.lists(st.tuples(shares, st.integers(0, 20 * 24 * 60)), max_size=4))
def test_suspending_anywhere_leaves_the_total_the_same(
    limit: Limit, start: datetime, stops: list[tuple[float, int]]
) -> None:
    spent = 0.0
    for share, pause in stops:
        stopped = between(start, limit.due(start, CALENDAR, spent), share)
        spent += limit.used(start, stopped, CALENDAR, spent)
        start = stopped + timedelta(minutes=pause)
        assert 0 <= spent <= limit.amount + 1e-6
    assume(start < at("2026-06-01T00:00"))
    due = limit.due(start, CALENDAR, min(spent, limit.amount))
    assert spent + limit.used(start, due, CALENDAR, spent) == pytest.approx(limit.amount, abs=1e-6)


@settings(deadline=None)
@given(hour_limits | whole_limits, moments, shares)
def test_a_pause_of_no_length_moves_nothing(limit: Limit, start: datetime, share: float) -> None:
    due = limit.due(start, CALENDAR)
    stopped = between(start, due, share)
    again = limit.due(stopped, CALENDAR, limit.used(start, stopped, CALENDAR))
    assert abs(again.astimezone(UTC) - due.astimezone(UTC)) <= 2 * MICRO


@settings(deadline=None)
@given(month_limits, moments, shares)
def test_a_pause_moves_a_month_limit_by_three_days_at_most(limit: Limit, start: datetime, share: float) -> None:
    plain = Limit(limit.amount, Clock.MONTH, rolls=False)
    due = plain.due(start, CALENDAR)
    stopped = between(start, due, share)
    again = plain.due(stopped, CALENDAR, plain.used(start, stopped, CALENDAR))
    assert abs((again.date() - due.date()).days) <= 3


@settings(deadline=None, max_examples=40)
@given(moments, st.integers(1, 8 * 24 * 60))
def test_working_hours_agree_with_a_count_of_minutes(start: datetime, length: int) -> None:
    def is_open(minute: datetime) -> bool:
        day, clock = minute.date(), minute.time()
        rests = day in CALENDAR.holidays or (day.weekday() > 4 and day not in CALENDAR.workdays)
        return not rests and (time(9) <= clock < time(12) or time(14) <= clock < time(18))

    counted = sum(is_open(start + timedelta(minutes=n)) for n in range(length))
    limit = Limit(1000, Clock.WORKING_HOUR)
    assert limit.used(start, start + timedelta(minutes=length), CALENDAR) == pytest.approx(counted / 60)
