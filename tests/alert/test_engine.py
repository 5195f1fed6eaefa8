"""The engine of alerts: raised once, cleared once, no flapping; what is late changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanfeng.kernel.alert.curve import MOST, draw
from hanfeng.kernel.alert.engine import VALUED, Change, Kind, Limit, Phase, State, step

MINUTE = 60_000


def run(limit, values, every=MINUTE, start=1_000_000):
    """What each value of an even series brought about, and the last state."""
    state, changes = State(), []
    for place, value in enumerate(values):
        state, change = step(limit, state, start + place * every, value)
        changes.append(change)
    return changes, state


R, C, N = Change.RAISED, Change.CLEARED, None


def test_a_limit_is_raised_and_cleared_once():
    changes, state = run(Limit(Kind.ABOVE, 10), [9, 11, 12, 10, 9, 11])
    assert changes == [N, R, N, C, N, R]
    assert state.phase == Phase.RAISED


def test_dancing_at_the_limit_raises_once_with_hysteresis():
    changes, state = run(Limit(Kind.ABOVE, 10, clear=8), [11, 9.9, 10.1, 9, 10.2, 8.5, 7.9])
    assert changes == [R, N, N, N, N, N, C]
    assert state.worst == 11


def test_it_must_last():
    limit = Limit(Kind.ABOVE, 10, hold=120)
    assert run(limit, [11, 11, 9, 11, 11, 11])[0] == [N, N, N, N, N, R]


def test_it_must_be_back_for_a_time():
    limit = Limit(Kind.ABOVE, 10, release=120)
    assert run(limit, [11, 9, 9, 11, 9, 9, 9])[0] == [R, N, N, N, N, N, C]


def test_below_counts_downwards():
    changes, state = run(Limit(Kind.BELOW, 5, clear=6), [5, 4.9, 3, 5.5, 6])
    assert changes == [N, R, N, N, C]
    assert state.worst == 3


def test_a_rise_is_reckoned_from_the_lowest_within_the_span():
    limit = Limit(Kind.RISE, 3, span=600)
    assert run(limit, [5, 4, 5, 6, 7.5])[0] == [N, N, N, N, R]
    assert R not in run(limit, [5, 5.3, 5.6, 5.9, 6.2], every=5 * MINUTE)[0]


def test_a_fall_is_reckoned_from_the_highest():
    assert run(Limit(Kind.FALL, 1, span=600), [5, 6, 5.5, 4.9])[0] == [N, N, N, R]


def test_a_class_that_becomes_worse_and_better_again():
    limit = Limit(Kind.WORSE, 0)
    assert run(limit, [3, 3, 4, 4, 3, 2, 3])[0] == [N, N, R, N, C, N, R]


def test_what_is_late_changes_nothing():
    limit = Limit(Kind.ABOVE, 10)
    state, _change = step(limit, State(), 2 * MINUTE, 9)
    assert step(limit, state, MINUTE, 99) == (state, None)
    assert step(limit, state, 2 * MINUTE, 99) == (state, None)


values = st.lists(st.floats(0, 20, allow_nan=False), min_size=1, max_size=60)


@given(values, st.sampled_from(sorted(VALUED)), st.integers(0, 300), st.integers(0, 300))
def test_raised_and_cleared_take_turns(series, kind, hold, release):
    clear = 12.0 if kind == Kind.BELOW else 8.0 if kind == Kind.ABOVE else None
    changes = [c for c in run(Limit(kind, 10 if clear else 2, clear, hold, release, 600), series)[0] if c]
    assert all(change == (R if place % 2 == 0 else C) for place, change in enumerate(changes))


@given(values)
def test_nothing_is_raised_that_was_never_over(series):
    below = [value for value in series if value <= 10]
    assert R not in run(Limit(Kind.ABOVE, 10), below)[0]


def test_a_drawing_keeps_every_peak():
    points = [(place * MINUTE, float(place % 7)) for place in range(5000)]
    points[2500] = (2500 * MINUTE, 99.0)
    drawn = draw(points, 50.0, [(2400 * MINUTE, 2600 * MINUTE)])
    assert drawn is not None
    assert drawn.high == 99
    assert drawn.line.count("L") <= MOST + 2
    assert drawn.limit == pytest.approx(10 + 140 * (1 - 50 / 99), abs=0.1)
    assert draw(points[:1], None) is None
