"""The report as JSON, Word and PDF: one content, official order, leads in the annex, demo marks, nothing of the clock."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.utils.translation import override
from docx import Document
from docx.oxml.ns import qn
from plan_cases import publish

from hanfeng.kernel.pure import Bound
from hanfeng.plan import charts, fonts, report
from hanfeng.plan.assessed import LedgerFigure
from hanfeng.plan.evaluate import evaluate
from hanfeng.plan.fonts import NoFont
from hanfeng.plan.report import paper
from hanfeng.plan.report.blocks import Grid, Heading, Picture, Report, numeral
from hanfeng.plan.report.content import report as content_of

pytestmark = pytest.mark.django_db
END = date(2025, 12, 31)
HISTORY = tuple((date(year, 12, 31), 50.0 + 9 * (year - 2020), True) for year in range(2020, 2026))


def has_font():
    try:
        return bool(fonts.fonts())
    except NoFont:
        return False


needs_font = pytest.mark.skipif(not has_font(), reason="no Chinese font on this machine")


def invented(day=END):
    """A ledger figure that counts invented rows."""
    return LedgerFigure(
        series="ever", series_title="累计认定数", title="x", value=95.0, numerator=95.0, denominator=None, at=day, unit="家",
        demo=True, means_target=True, definition="x", version="x v1", pack="x", pack_title="x", indicator="x", url="/x/",
        gap=None, gap_at=None, history=HISTORY,
    )  # fmt: skip


def with_demo(evaluation):
    rows = tuple(
        replace(row, ledger=(invented(),)) if row.slug == "high-tech-firms" else row for row in evaluation.targets
    )
    return replace(evaluation, targets=rows, demo=True)


@pytest.fixture(scope="module")
def chinese(county):
    return with_demo(evaluate(END, language="zh-hans"))


@pytest.fixture(scope="module")
def english(county):
    return evaluate(END, language="en")


def blocks_of(evaluation):
    with override(evaluation.language):
        return content_of(evaluation).blocks


def text_of(block):
    if isinstance(block, Grid):
        return " ".join([block.caption, *block.head, *(cell for row in block.rows for cell in row)])
    return " ".join(str(getattr(block, name, "")) for name in ("lead", "text", "items", "caption", "words"))


# --- what it says -----------------------------------------------------------------------------------------------------


def test_its_order_is_the_official_one(chinese):
    titles = [block.text for block in blocks_of(chinese) if isinstance(block, Heading) and block.level == 1]
    assert titles == [
        "一、总体情况", "二、指标", "三、分项指标说明", "四、规划文本前后不一之处", "五、需要补充核实的事项", "六、评估方法",
        "附件1　待核实线索", "附件2　数据来源", "附件3　责任单位",
    ]  # fmt: skip


def test_levels_of_headings_follow_one_another(english):
    levels = [block.level for block in blocks_of(english) if isinstance(block, Heading)]
    assert all(after - before <= 1 for before, after in zip([0, *levels], levels, strict=False))


def test_the_first_paragraph_is_the_computed_sentence(chinese):
    assert (
        next(text_of(block) for block in blocks_of(chinese) if not isinstance(block, Heading)).strip()
        == chinese.headline
    )


def test_the_main_table_has_both_ratios_the_date_of_the_data_and_the_source(chinese):
    grid = next(block for block in blocks_of(chinese) if isinstance(block, Grid) and block.wide)
    assert {"目标完成率", "增量完成率", "序时进度", "数据日期", "来源", "评判结果"} <= set(grid.head)
    assert len(grid.rows) == 8
    row = dict(zip(grid.head, next(row for row in grid.rows if row[1] == "高新技术企业"), strict=True))
    assert (row["基期值"], row["目标"], row["最新公布值"]) == ("51", "≥ 100", "≥ 67（仅重庆开州高新技术产业开发区）")
    assert (row["目标完成率"], row["增量完成率"], row["序时进度"]) == ("≥ 67.0%", "≥ 32.7%", "33.3%")
    assert (row["数据日期"], row["评判结果"]) == ("2022-08-31", "无法判断")
    assert "重庆日报" in row["来源"]


def test_a_bound_below_nothing_is_not_told_as_a_ratio(chinese):
    grid = next(block for block in blocks_of(chinese) if isinstance(block, Grid) and block.wide)
    row = dict(zip(grid.head, next(row for row in grid.rows if row[1] == "科技型企业"), strict=True))
    assert row["增量完成率"] == "—"  # at least 132 in a part, 204 in the whole at the base


def test_leads_stand_behind_the_annex_heading_and_nowhere_else(chinese):
    blocks = blocks_of(chinese)
    annex = next(n for n, block in enumerate(blocks) if isinstance(block, Heading) and block.text.startswith("附件1"))
    body, after = (" ".join(map(text_of, part)) for part in (blocks[:annex], blocks[annex:]))
    for figure in ("93家", "286家"):
        assert figure not in body
        assert figure.replace("家", " 家") in after
    assert "待核实线索" in body  # that there are some is said


def test_an_invented_figure_carries_its_mark_wherever_it_stands(chinese):
    blocks = blocks_of(chinese)
    holders = [text_of(block) for block in blocks if "95家" in text_of(block)]
    assert len(holders) >= 2
    assert all("演示数据" in text for text in holders)
    with override("zh-hans"):
        assert "演示数据" in content_of(chinese).mark
        assert content_of(replace(chinese, demo=False)).mark == ""
    grid = next(block for block in blocks if isinstance(block, Grid) and block.wide)
    assert "95" not in text_of(grid)  # the ledger stands in a table of its own


def test_thresholds_are_named_as_ours(chinese):
    grid = next(block for block in blocks_of(chinese) if isinstance(block, Grid) and "阈值" in block.caption)
    assert {row[2] for row in grid.rows} == {"平台自定"}
    assert len(grid.rows) == len(chinese.thresholds)


def test_each_open_target_says_whom_to_ask(chinese):
    grid = next(block for block in blocks_of(chinese) if isinstance(block, Grid) and block.head[-1] == "向谁核实")
    assert len(grid.rows) == 33
    assert all(row[1] and row[2].startswith("请向") for row in grid.rows)


def test_english_holds_no_chinese_of_ours(english):
    texts = [text_of(block) for block in blocks_of(english)]
    assert not [text for text in texts if any("\u4e00" <= sign <= "\u9fff" for sign in text)]


def test_numerals():
    with override("zh-hans"):
        assert [numeral(n) for n in (1, 10, 11, 20, 23, 99)] == ["一", "十", "十一", "二十", "二十三", "九十九"]
    with override("en"):
        assert [numeral(n) for n in (1, 10, 23)] == ["1", "10", "23"]


def test_a_table_whose_rows_do_not_fit_is_refused():
    with pytest.raises(ValueError, match="fit the 2 columns"):
        Grid("x", ("a", "b"), (("1",),), (0.5, 0.5), "ll")


# --- JSON -------------------------------------------------------------------------------------------------------------


def test_json_is_the_whole_evaluation_in_stable_bytes(chinese, tmp_path):
    path = report.write(chinese, tmp_path / "evaluation.json")
    assert path.read_bytes() == report.render(chinese, "json")
    plain = json.loads(path.read_text("utf-8"))
    assert plain["plan"]["slug"] == "innovation-2021-2025"
    assert list(plain) == sorted(plain)
    assert plain["targets"][3]["ledger"][0]["demo"] is True
    assert plain["targets"][3]["judgement"]["value"] == {"about": False, "high": None, "low": 67.0}


def test_another_form_is_refused_in_words(chinese, tmp_path):
    with pytest.raises(report.NoSuchForm, match="json, docx, pdf"):
        report.write(chinese, tmp_path / "evaluation.odt")


# --- Word -------------------------------------------------------------------------------------------------------------


def test_word_names_the_fonts_of_official_documents(chinese):
    document = Document(BytesIO(report.render(chinese, "docx")))
    families = {
        name: document.styles[name].element.rPr.rFonts.get(qn("w:eastAsia"))
        for name in ("Normal", "Title", "Heading 1", "Cell")
    }
    assert families == {"Normal": "FangSong", "Title": "FZXiaoBiaoSong-B05S", "Heading 1": "SimHei", "Cell": "FangSong"}
    first = document.sections[0]
    assert (round(first.page_width.mm), round(first.page_height.mm), round(first.top_margin.mm)) == (210, 297, 37)
    assert any(section.page_width > section.page_height for section in document.sections)


def test_word_says_what_the_report_says(chinese):
    document = Document(BytesIO(report.render(chinese, "docx")))
    blocks = blocks_of(chinese)
    headings = [p.text for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert headings == [block.text for block in blocks if isinstance(block, Heading)]
    grids = [block for block in blocks if isinstance(block, Grid)]
    assert len(document.tables) == len(grids)
    for table, grid in zip(document.tables, grids, strict=True):
        assert tuple(cell.text for cell in table.rows[0].cells) == grid.head
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert len(table.rows) == len(grid.rows) + 1


@needs_font
def test_word_holds_the_charts_with_their_words(chinese):
    document = Document(BytesIO(report.render(chinese, "docx")))
    pictures = [block for block in blocks_of(chinese) if isinstance(block, Picture)]
    words = [shape._inline.docPr.get("descr") for shape in document.inline_shapes]
    assert words == [block.words for block in pictures]
    assert any("演示数据" in text for text in words)


def test_word_needs_no_font(chinese, monkeypatch):
    def none(*_):
        raise NoFont("no_font", "none", {})

    for module in ("hanfeng.plan.report.word", "hanfeng.plan.report.indicator"):
        monkeypatch.setattr(f"{module}.fonts", none)
    document = Document(BytesIO(report.render(chinese, "docx")))
    assert not document.inline_shapes
    assert document.tables


def test_word_is_the_same_file_each_time(english):
    first, second = (report.render(english, "docx") for _ in range(2))
    assert first == second
    with ZipFile(BytesIO(first)) as parts:
        assert {part.date_time[:3] for part in parts.infolist()} == {(2025, 12, 31)}


# --- PDF --------------------------------------------------------------------------------------------------------------


@needs_font
def test_pdf_is_tagged_and_the_same_file_each_time(chinese, tmp_path):
    path = report.write(chinese, tmp_path / "evaluation.pdf")
    data = path.read_bytes()
    assert data.startswith(b"%PDF-")
    assert b"pdfuaid:part" in data  # PDF/UA: the compiler refuses pictures without words and headings that skip a level
    assert "实施情况评估报告".encode() in data  # its title, in the metadata
    assert data == report.render(chinese, "pdf")


@needs_font
def test_the_big_table_lies_on_a_turned_page(english):
    with override("en"):
        pages = paper.page_images(content_of(english), END)
    sizes = [(int.from_bytes(page[16:20]), int.from_bytes(page[20:24])) for page in pages]
    assert sum(wide > high for wide, high in sizes) == 1
    assert len(pages) >= 10


@needs_font
def test_words_of_the_data_are_no_markup():
    odd = '#eval("1") *x* _y_ $z$ @ref <label> \\ “q”'
    page = Report(odd, (odd, odd), odd, odd, "en", (Heading(1, odd), Grid(odd, (odd,), ((odd,),), (1.0,), "l")))
    assert len(paper.page_images(page, END)) == 1


def test_without_a_font_it_says_what_to_install(chinese, monkeypatch, tmp_path):
    monkeypatch.setattr(fonts, "_families", lambda folders, system=False: [])
    monkeypatch.setenv("HANFENG_FONTS", str(tmp_path / "none"))
    with pytest.raises(NoFont, match="fonts-noto-cjk"):
        report.render(chinese, "pdf")


def test_the_folder_of_fonts_comes_before_the_system(monkeypatch, tmp_path):
    own = {str(tmp_path): ["House Song"]}
    monkeypatch.setattr(
        fonts, "_families", lambda folders, system=False: ["Noto Sans CJK SC"] if system else own.get(folders[0], [])
    )
    monkeypatch.setenv("HANFENG_FONTS", str(tmp_path))
    found = fonts.fonts()
    assert (found.sans, found.folders) == ("Noto Sans CJK SC", (str(tmp_path),))
    own[str(tmp_path)] = ["FangSong", "SimHei"]
    monkeypatch.setenv("HANFENG_FONTS", f"{tmp_path}/")
    own[f"{tmp_path}/"] = ["FangSong", "SimHei"]
    assert (fonts.fonts().serif, fonts.fonts().sans) == ("FangSong", "Noto Sans CJK SC")


# --- charts -----------------------------------------------------------------------------------------------------------


def names(chart):
    return {
        row["what"]
        for layer in chart["layer"]
        for row in chart["datasets"].get(layer.get("data", {}).get("name", ""), [])
    }


def rows_of(chart):
    return [row for rows in chart["datasets"].values() for row in rows]


def test_a_chart_draws_bounds_leads_target_and_the_marked_ledger(chinese):
    with override("zh-hans"):
        chart = charts.spec(chinese.target("high-tech-firms"))
        quiet = charts.spec(chinese.target("high-tech-firms"), leads=False)
    kinds = {row["kind"] for row in rows_of(chart)}
    assert kinds == {"target", "planned", "up", "lead", "ledger"}
    assert {row["kind"] for row in rows_of(quiet)} == kinds - {"lead"}
    assert all("演示数据" in row["what"] for row in rows_of(chart) if row["kind"] == "ledger")
    (bound,) = {row["y"] for row in rows_of(chart) if row["kind"] == "up" and row["y"] == 67}
    assert bound == 67
    assert {row["shape"] for row in rows_of(chart)} >= {"diamond", "stroke", "triangle-up", charts.RING, "square"}


def test_a_chart_shows_every_published_value_not_only_the_last(county):
    for year, value in ((2022, 1.6), (2023, 1.75)):
        publish("rd-intensity", value, date(year, 12, 31))
    row = evaluate(date(2025, 6, 30), language="en").target("rd-intensity")
    with override("en"):
        points = [mark for mark in rows_of(charts.spec(row)) if mark["kind"] == "point"]
        said = charts.words(row)
    assert sorted({(mark["x"], mark["y"]) for mark in points}) == [(2023.0, 1.6), (2024.0, 1.75)]
    assert "published value: 1.75 (Kaizhou, 31 December 2023, Bureau) on 31 December 2023." in said


def test_a_target_without_any_value_has_no_chart(english):
    assert not charts.drawable(english.target("national-high-tech-zone"))
    assert charts.drawable(english.target("high-tech-firms"))


@needs_font
@pytest.mark.parametrize(("form", "head"), [("svg", b"<svg"), ("png", b"\x89PNG")])
def test_a_chart_is_drawn_without_a_browser(english, form, head):
    with override("en"):
        assert charts.draw(charts.spec(english.target("high-tech-firms")), form).startswith(head)


def test_a_part_is_drawn_as_a_bound_of_the_whole(english):
    row = english.target("high-tech-firms")
    assert row.judged_by.bound == Bound.exact(67)
    with override("en"):
        assert [mark["kind"] for mark in charts._published(row)] == ["up"]
