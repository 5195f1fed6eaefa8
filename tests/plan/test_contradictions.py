"""A plan's own figures set against each other: only arithmetic is read, and the sum is told with its numbers."""

from __future__ import annotations

from math import isclose

import pytest
from django.utils.translation import override

from hanfeng.plan.contradictions import compute, found, operands
from hanfeng.plan.expressions import ExpressionError, evaluate, parse, render
from hanfeng.plan.models import Baseline, Contradiction, Previous, Target

FIGURES = {
    "target:firms.base": 204.0,
    "target:firms.goal": 500.0,
    "target:yearly.goal": 50.0,
    "target:share.goal": 18.0,
    "target:undated.base": None,
    "previous:7.actual": 12.0,
}
SUM = {
    "expression": "base + years * yearly",
    "against": "goal",
    "relation": "below",
    "label_zh": "按年度新增推算",
    "label_en": "By the yearly additions",
    "against_zh": "目标值",
    "against_en": "target",
    "unit_zh": "家",
    "unit_en": "firms",
    "decimals": 0,
    "values": {"base": "target:firms.base", "yearly": "target:yearly.goal", "years": 5, "goal": "target:firms.goal"},
}


@pytest.mark.parametrize(
    ("text", "number", "written"),
    [
        ("204 + 5 * 50", 454, "204 + 5 × 50"),
        ("(500 - 204) / 5", 59.2, "(500 − 204) ÷ 5"),
        ("(1 + 15 / 100) ^ 5", 2.0113571875, "(1 + 15 ÷ 100)⁵"),
        ("2 ^ 3 ^ 2", 512, "2^(3²)"),  # to the right, as the format says
        ("-2 ^ 2", -4, "−2²"),  # before the sign
        ("2 ** 3", 8, "2³"),
        ("10 - (4 - 3)", 9, "10 − (4 − 3)"),
        ("10 / (4 / 2)", 5, "10 ÷ (4 ÷ 2)"),
        ("4 ^ (1 / 2)", 2, "4^(1 ÷ 2)"),
    ],
)
def test_arithmetic_is_read_and_written(text, number, written):
    node = parse(text)
    assert isclose(evaluate(node, {}), number)
    assert render(node, {}) == written


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "a.b",
        "f(1)",
        "1 if 2 else 3",
        "[1]",
        "'1'",
        "True",
        "1 // 2",
        "a < b",
        "1j",
        "lambda: 1",
        "",
        "1 +",
        "x := 1",
    ],
)
def test_nothing_but_arithmetic_is_read(text):
    with pytest.raises(ExpressionError) as refused:
        parse(text)
    assert refused.value.code == "form"
    assert "+ - * / ^" in str(refused.value)


def test_a_long_expression_is_refused_before_it_is_read():
    with pytest.raises(ExpressionError, match="longer than 200"):
        parse("1 + " * 100 + "1")


@pytest.mark.parametrize("text", ["1 / 0", "0 ^ -1", "9 ^ 9 ^ 9 ^ 9", "(0 - 8) ^ (1 / 2)", "1e308 * 10 - 1e308 * 10"])
def test_what_has_no_result_says_so(text):
    with pytest.raises(ExpressionError) as refused:
        evaluate(parse(text), {})
    assert refused.value.code == "number"


def test_a_name_without_a_value_is_told_with_those_there_are():
    with pytest.raises(ExpressionError, match=r"goal.*base, years"):
        evaluate(parse("goal - base"), {"base": 1, "years": 5})


def test_the_sum_is_told_in_both_languages():
    with override("en"):
        english = compute(SUM, FIGURES)
    with override("zh-hans"):
        chinese = compute(SUM, FIGURES)
    assert english.text == "By the yearly additions: 204 + 5 × 50 = 454 firms; target: 500 firms; short by 46 firms."
    assert chinese.text == "按年度新增推算：204 + 5 × 50 = 454家；目标值：500家；差46家。"
    assert (english.value, english.against, english.relation, english.as_stated) == (454, 500, "below", True)


def test_a_relation_that_no_longer_holds_shows():
    enough = {**FIGURES, "target:yearly.goal": 60.0}
    with override("en"):
        told = compute(SUM, enough)
    assert (told.relation, told.as_stated) == ("above", False)
    assert "more by 4 firms" in told.text


def test_equal_figures_and_percentage_points():
    row = {"expression": "actual", "against": "goal", "unit_en": "%", "decimals": 1}
    values = {"actual": "previous:7.actual", "goal": "target:share.goal"}
    with override("en"):
        assert compute({**row, "values": values}, FIGURES).text.endswith("short by 6.0 percentage points.")
        assert "the two are equal" in compute({**row, "values": {**values, "goal": 12}}, FIGURES).text


def test_a_rounded_result_is_not_called_equal():
    row = {"expression": "goal / base", "values": {"goal": 100, "base": 51}, "decimals": 3, "unit_en": "times"}
    with override("en"):
        assert compute(row, FIGURES).text == "100 ÷ 51 ≈ 1.961 times."
        assert compute({**row, "values": {"goal": 102, "base": 51}}, FIGURES).text == "102 ÷ 51 = 2.000 times."


def test_a_unit_that_begins_with_a_number_is_not_glued_to_the_figure():
    row = {"expression": "a / b", "values": {"a": 351, "b": 2}, "decimals": 2, "unit_en": "10,000 yuan"}
    with override("en"):
        assert compute(row, FIGURES).text == "351 ÷ 2 = 175.50 × 10,000 yuan."


@pytest.mark.parametrize(("ref", "code"), [("target:nobody.goal", "reference"), ("target:undated.base", "missing")])
def test_a_figure_that_the_plan_does_not_state_is_named(ref, code):
    with pytest.raises(ExpressionError) as refused:
        compute({"expression": "x", "values": {"x": ref}}, FIGURES)
    assert refused.value.code == code
    assert ref in str(refused.value)


def test_a_faulty_sum_stands_as_words_in_the_contradiction():
    contradiction = Contradiction(
        slug="x", kind="arithmetic", title_en="X", text_en="Y", compute=[{"expression": "a("}, SUM]
    )
    with override("en"):
        told = found(contradiction, FIGURES)
    assert told.sums[0].fault == "form"
    assert told.sums[0].text.startswith("This sum cannot be computed: “a(” is no computation")
    assert told.sums[1].value == 454


def test_every_figure_of_the_plan_may_be_named():
    target = Target(slug="t", base=1, goal=2, goal_high=3)
    named = operands([target], [Baseline(slug="b", value=4)], [Previous(no=5, goal=6, actual=7)])
    assert (named["target:t.base"], named["target:t.goal"], named["target:t.goal_high"]) == (1, 2, 3)
    assert named["baseline:b"] == named["baseline:b.value"] == 4
    assert (named["previous:5.goal"], named["previous:5.target"], named["previous:5.actual"]) == (6, 6, 7)
