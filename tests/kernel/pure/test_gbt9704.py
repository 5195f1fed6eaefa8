"""GB/T 9704-2012 as pure functions: geometry, heading numbers, dates, document numbers, the list of annexes."""

from __future__ import annotations

from datetime import date

import pytest

from hanfeng.kernel.pure import Fault
from hanfeng.standards import gbt9704 as gb


def test_the_text_area_leaves_the_margins():
    assert (gb.RIGHT, gb.BOTTOM) == (26, 35)
    assert gb.LINES * gb.line_pitch() <= gb.twips(gb.TEXT_HEIGHT) < gb.LINES * (gb.line_pitch() + 1)
    assert gb.CHARACTERS * (gb.TYPES["body"].size + gb.condensed() / 20) <= gb.TEXT_WIDTH * gb.POINTS_PER_MM


@pytest.mark.parametrize(
    ("level", "number", "said"), [(1, 1, "一、"), (1, 12, "十二、"), (2, 20, "（二十）"), (3, 3, "3."), (4, 4, "（4）")]
)
def test_headings(level, number, said):
    assert gb.heading_number(level, number) == said
    assert gb.level_of(said + "总体情况") == level


def test_a_skipped_level_shows():
    assert gb.skipped_levels([1, 2, 3, 1, 3]) == [4]
    assert gb.skipped_levels([2]) == [0]


def test_dates_have_no_zeros():
    assert gb.date_text(date(2026, 1, 5)) == "2026年1月5日"


def test_document_numbers():
    assert str(gb.document_number("开州府办发〔2021〕61号")) == "开州府办发〔2021〕61号"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("开州府发[2021]1号", "〔〕"),
        ("开州府发〔2021〕第1号", "第"),
        ("开州府发〔2021〕01号", "zero"),
        ("〔2021〕1号", "no document number"),
    ],
)
def test_wrong_document_numbers_say_why(text, why):
    with pytest.raises(Fault, match=why):
        gb.document_number(text)


def test_annexes():
    assert gb.annex_note(["一览表。"]) == ("附件：一览表",)
    assert gb.annex_note(["甲", "乙"]) == ("附件：1. 甲", "　　　2. 乙")
    assert (gb.annex_label(1, 1), gb.annex_label(2, 3)) == ("附件", "附件2")


def test_page_numbers():
    assert (gb.page_number(1), gb.number_side(1), gb.number_side(2)) == ("— 1 —", "right", "left")
    with pytest.raises(Fault):
        gb.page_number(0)


def test_a_title_breaks_where_words_end():
    lines = gb.title_lines("《开州区科技创新“十四五”规划（2021—2025年）》实施情况评估报告")
    assert lines == ("《开州区科技创新“十四五”规划", "（2021—2025年）》实施情况评估报告")
    assert gb.title_lines("工作报告") == ("工作报告",)
    long = "关于" + "加强和改进" * 12 + "的通知"
    assert "".join(gb.title_lines(long)) == long
    assert all(len(line) <= 21 for line in gb.title_lines(long))
