"""How text and questions are cut into words, and how a match is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanfeng.kernel.search.words import cut, indexed, matches, places, plain, question, tokens


@pytest.mark.parametrize(
    ("text", "asked", "found"),
    [
        ("知识价值信用贷款风险补偿资金", "贷款", True),
        ("知识价值信用贷款风险补偿资金", "贷款企业", False),
        ("贷款。企业", "贷款企业", False),
        ("贷款和企业", "贷款 企业", True),
        ("科技型企业", "科技型", True),
        ("国科发政〔2017〕115号", "国科发政", True),
        ("国科发政〔2017〕115号", "115", True),
        ("国科发政〔2017〕115号", "国科发政〔2017〕115号", True),
        ("国科发政〔2017〕115号", "国科发政(2017)115 号", True),
        ("国科发政〔2017〕115号", "15号", False),
        ("企业", "企", True),
        ("企业", "业", True),
        ("5G 基站建设", "5g基站", True),
        ("第13批", "第3批", False),
        ("第3批次", "第3批", True),
        ("GB/T 9704—2012", "gb/t 9704", True),
        ("ＡＢＣ公司", "abc公司", True),
        ("high-tech enterprises", "enterprise", True),
        ("high-tech enterprises", "nterprise", False),
        ("high-tech enterprises", "en", False),
        ("𠮷野家", "𠮷野", True),
        ("91500154MA5U000012", "91500154", True),
    ],
)
def test_what_a_question_finds(text, asked, found):
    words = question(asked)
    assert matches(plain(text), words) is found
    if found:  # what the plain form holds, the index proposes
        held = set(tokens(plain(text)))
        for word in words:
            assert set(word.tokens) <= held


@given(st.text(alphabet="贷款企业科技0aB１Ａ㎡ﬁ éÉ，。-〔〕𠮷\n", max_size=60), st.data())
def test_a_piece_of_a_text_is_found_proposed_and_marked_in_it(text, data):
    start = data.draw(st.integers(0, len(text)))
    piece = text[start : start + data.draw(st.integers(1, 8))]
    words = question(piece)
    form = plain(text)
    if not words or not matches(form, words):
        return
    held = set(tokens(form))
    for word in words:
        assert set(word.tokens) <= held
    shown = cut(text, words, wide=1000)
    assert "".join(t for t, _hit in shown.pieces) == text
    assert shown.hit
    for first, last in places(text, words):
        assert 0 <= first < last <= len(text)


@given(st.text(max_size=80))
def test_no_text_upsets_the_tokens(text):
    form = plain(text)
    for token in indexed(form, form).split(" "):
        assert not set(token) & set("'\"&|!:*()\\ \t\n\x00")
    assert plain(form) == form


def test_a_cut_shows_the_original_around_the_first_match():
    text = "前" * 200 + "ＡＢＣ公司" + "后" * 200
    shown = cut(text, question("abc公司"), wide=60)
    assert (shown.before, shown.after) == (True, True)
    assert [t for t, hit in shown.pieces if hit] == ["ＡＢＣ公司"]
    assert len("".join(t for t, _hit in shown.pieces)) == 60


def test_what_is_no_word_asks_nothing():
    assert question("。,() \x00") == ()
    assert question("") == ()
    assert len(question(" ".join(f"word{n}" for n in range(50)))) == 8
