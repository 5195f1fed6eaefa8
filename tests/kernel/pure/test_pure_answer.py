"""Answers follow Kleene's logic, lose no missing fact and invent none; intervals and bounds compare honestly."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hanfeng.kernel.pure import Answer, Between, Bound, Verdict, all_of, any_of

YES, NO = Answer.yes("y"), Answer.no("n")
WAIT = Answer.unknown("f", reasons=("w",))

reasons = st.lists(st.sampled_from("abc"), max_size=2, unique=True).map(tuple)
answers = st.one_of(
    st.builds(lambda why: Answer.yes(*why), reasons),
    st.builds(lambda why: Answer.no(*why), reasons),
    st.builds(lambda facts, why: Answer.unknown(*facts, reasons=why), st.sets(st.sampled_from("xyz")), reasons),
)
numbers = st.floats(-1e6, 1e6)


def meaning(answer: Answer) -> tuple[Verdict, frozenset[str], frozenset[object]]:
    return answer.verdict, answer.missing, frozenset(answer.reasons)


@pytest.mark.parametrize(("left", "right"), list(product((YES, NO, WAIT), repeat=2)))
def test_the_tables_are_kleenes(left: Answer, right: Answer) -> None:
    rank = {Verdict.NO: 0, Verdict.UNKNOWN: 1, Verdict.YES: 2}
    pair = sorted((left.verdict, right.verdict), key=rank.__getitem__)
    assert (left & right).verdict is pair[0]
    assert (left | right).verdict is pair[1]


@settings(deadline=None)
@given(answers, answers, answers)
def test_joins_do_not_depend_on_order_or_grouping(a: Answer, b: Answer, c: Answer) -> None:
    assert meaning(a & b) == meaning(b & a)
    assert (a & b) & c == a & (b & c)
    assert (a | b) | c == a | (b | c)
    assert meaning(~(a & b)) == meaning(~a | ~b)
    assert ~~a == a
    assert all_of(a, b, c).verdict is (a & b & c).verdict
    assert any_of(a, b, c).verdict is (a | b | c).verdict


@settings(deadline=None)
@given(answers, answers)
def test_missing_facts_are_merged_only_while_unknown(a: Answer, b: Answer) -> None:
    for joined in (a & b, a | b):
        assert joined.missing == (a.missing | b.missing if joined.is_unknown else frozenset())
        assert set(joined.reasons) <= set(a.reasons + b.reasons)


def test_the_reasons_kept_are_those_that_carry_the_verdict() -> None:
    assert (YES & NO & WAIT).reasons == ("n",)
    assert (YES & WAIT).reasons == ("w",)
    assert (YES & Answer.yes("z", "y")).reasons == ("y", "z")
    assert NO.because("m", "n").reasons == ("n", "m")
    assert all_of().is_yes
    assert any_of().is_no


def test_an_answer_is_no_truth_value() -> None:
    with pytest.raises(TypeError, match="may be unknown"):
        bool(YES)
    with pytest.raises(ValueError, match="misses no fact"):
        Answer(Verdict.YES, frozenset({"f"}))


def test_an_interval_decides_only_outside_itself() -> None:
    score = Between(60, 75, frozenset({"patents"}))
    assert score.at_least(60).is_yes
    assert score.at_least(75.5).is_no
    assert score.at_least(71) == Answer.unknown("patents")
    assert score.at_most(75).is_yes
    assert score.at_most(59).is_no
    assert (score + Between(5, 10, frozenset({"staff"}))) == Between(65, 85, frozenset({"patents", "staff"}))
    with pytest.raises(ValueError, match="from low to high"):
        Between(2, 1)


@settings(deadline=None)
@given(numbers, numbers, numbers, numbers, st.floats(0, 1))
def test_an_interval_never_says_what_a_value_inside_denies(
    a: float, b: float, goal: float, by: float, at: float
) -> None:
    low, high = sorted((a, b))
    inside = min(max(low + at * (high - low), low), high)
    answer = Between(low, high).at_least(goal)
    assert answer.is_unknown or answer.is_yes == (inside >= goal)
    scaled = Between(low, high).scale(by)
    assert scaled.low <= inside * by <= scaled.high


def test_bounds_know_what_is_certain() -> None:
    assert (Bound.exact(3).value, Bound.exact(3).is_exact) == (3, True)
    assert (Bound.around(1600).value, Bound.around(1600).is_exact) == (1600, False)
    assert (Bound.at_least(20).value, Bound.at_least(20).is_exact) == (None, False)
    assert Bound.between(2, 2).is_exact
    for low, high in ((None, None), (2, 1), (float("nan"), None), (0, float("inf"))):
        with pytest.raises(ValueError, match="bound"):
            Bound(low, high)


def test_bounds_move_and_turn() -> None:
    assert Bound.at_least(20).shift(-5) == Bound.at_least(15)
    assert Bound.at_least(20).scale(-2) == Bound.at_most(-40)
    assert Bound.between(1, 3).scale(-1) == Bound.between(-3, -1)
    assert Bound.at_most(3).scale(0) == Bound.exact(0)
    assert Bound.around(3).over(10) == Bound.around(0.3)
    with pytest.raises(ValueError, match="positive whole"):
        Bound.exact(1).over(0)


@pytest.mark.parametrize(
    ("bound", "goal", "reaches", "under"),
    [
        (Bound.exact(2.8), 2.8, "yes", "yes"),
        (Bound.at_least(20), 20, "yes", "unknown"),
        (Bound.at_least(20), 25, "unknown", "unknown"),
        (Bound.at_most(3), 3.5, "no", "yes"),
        (Bound.at_most(3), 2, "unknown", "unknown"),
        (Bound.between(2, 4), 5, "no", "yes"),
        (Bound.around(100), 90, "yes", "no"),
        (Bound.around(100), 104, "unknown", "unknown"),
        (Bound.around(-100), -104, "unknown", "unknown"),
    ],
)
def test_bounds_compare_with_a_goal(bound: Bound, goal: float, reaches: str, under: str) -> None:
    assert (bound.reaches(goal).verdict, bound.keeps_under(goal).verdict) == (reaches, under)
