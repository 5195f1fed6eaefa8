"""The report in official form: five sections, four annexes, every number linked, nothing invented, edited copies read back."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from docx import Document
from docx.oxml.ns import qn
from plan_cases import publish
from year_cases import a_step, a_task

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.indicator.models import Reading
from hanfeng.kernel.record.write import save
from hanfeng.kernel.rule.calendar import calendar
from hanfeng.plan.evaluate import evaluate, find_plan
from hanfeng.plan.models import Task
from hanfeng.plan.report import render
from hanfeng.plan.report.changes import frozen
from hanfeng.plan.report.figures import reading
from hanfeng.plan.report.linked import Linked, Paragraph, Table, Unlinkable, bare_numbers, draft_of, numbers_in, text_of
from hanfeng.plan.report.official import is_preliminary, material_of, official
from hanfeng.plan.report.official_word import Marks, official_docx
from hanfeng.plan.report.reread import (
    BARE,
    CHANGED,
    DROPPED,
    STRANGE,
    UNLINKED,
    NotACopy,
    answered_for,
    reread,
    restored,
    still_open,
)
from hanfeng.plan.vocabulary import commitments
from hanfeng.plan.year.models import Entry, Round

pytestmark = pytest.mark.django_db
END = date(2025, 12, 31)
EDITION = 7


def drafted(language="zh-hans", day=END, before=None):
    return official(material_of(find_plan(), day, language, before))


@pytest.fixture(scope="module")
def chinese(county):
    return drafted()


def written(draft, edition=EDITION):
    return official_docx(draft, END, Marks(edition, "（征求意见稿）"))


def edited(draft, change):
    """The file after somebody changed it: `change` gets the document."""
    document = Document(BytesIO(written(draft)))
    change(document)
    out = BytesIO()
    document.save(out)
    return reread(BytesIO(out.getvalue()), draft, EDITION)


def control(document, key):
    return next(c for c in document.element.body.iter(qn("w:sdt")) if c[0].find(qn("w:alias")).get(qn("w:val")) == key)


def titles(draft, style):
    return [block.text for block in draft.blocks if isinstance(block, Paragraph) and block.style == style]


# --- what it says -----------------------------------------------------------------------------------------------------


def test_the_five_sections_and_the_four_annexes(chinese):
    assert titles(chinese, "level1") == [
        "一、规划实施总体情况", "二、主要成效", "三、存在问题及原因", "四、面临形势", "五、建议",
    ]  # fmt: skip
    assert titles(chinese, "annex_label") == ["附件1", "附件2", "附件3", "附件4"]
    assert titles(chinese, "annex_note")[0].startswith("附件：1. ")
    assert titles(chinese, "title") == ["《开州区科技创新“十四五”规划（2021—2025年）》实施情况评估报告"]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("day", [date(2022, 12, 31), END, date(2026, 6, 30)])
def test_no_number_stands_without_its_link(county, language, day):
    draft = drafted(language, day)
    assert not list(bare_numbers(draft.blocks))
    assert draft_of(draft.to_json()) == draft


def test_each_linked_reading_says_what_the_reading_says(chinese):
    """Every number of a link to a reading stands in the kept reading, or is its day."""
    kept = {row.slug: row for row in Reading.objects.all()}
    told = [link for link in chinese.links if link.kind in ("reading", "lead")]
    assert len(told) > 5
    for link in told:
        row = kept[link.key.removeprefix("reading:")]
        values = {f"{value:g}" for value in (row.low, row.high) if value is not None}
        assert {f"{float(number):g}" for number in link.numbers} <= values, link


def test_links_of_computed_figures_rest_on_kept_readings(chinese):
    slugs = set(Reading.objects.values_list("slug", flat=True))
    for link in chinese.links:
        assert set(link.rests) <= slugs, link


def test_leads_stand_in_the_last_annex_only(chinese):
    assert not [link for block in chinese.body if isinstance(block, Paragraph) for link in block.runs
                if isinstance(link, Linked) and link.kind == "lead"]  # fmt: skip
    assert [link for link in chinese.links if link.kind == "lead"]


def test_an_invented_figure_never_enters_the_report(county):
    publish("rd-intensity", 7.77, date(2024, 12, 31), demo=True)
    evaluation = evaluate(END, language="zh-hans")
    assert any(value.demo for row in evaluation.targets for value in row.values), "the demo reading is beside a target"
    draft = drafted()
    assert "7.77" not in "".join(link.text for link in draft.links)
    assert not list(bare_numbers(draft.blocks))
    with ZipFile(BytesIO(render(evaluation, "official"))) as packed:
        assert b"7.77" not in packed.read("word/document.xml")
    invented = next(value for row in evaluation.targets for value in row.values if value.demo)
    with pytest.raises(Unlinkable):
        reading(invented)


def test_a_value_that_came_later_is_told_as_a_change(county):
    before = frozen(evaluate(END, language="zh-hans"))
    assert is_preliminary(evaluate(END, language="zh-hans"))
    publish("rd-intensity", 1.87, END, kind="level")
    draft = drafted(day=date(2026, 9, 30), before=before)
    assert "（三）与初评相比的变化" in titles(draft, "level2")
    place = next(
        n for n, b in enumerate(draft.blocks) if isinstance(b, Paragraph) and b.text == "（三）与初评相比的变化"
    )
    said = draft.blocks[place + 1].text
    assert "研究经费投入强度初评为无数值" in said
    assert "现为1.87、“未完成”" in said
    assert not list(bare_numbers(draft.blocks))


# --- the tasks of the ledger ------------------------------------------------------------------------------------------


def ledgered(word, **values):
    """A real line of the ledger that carries out a commitment of the plan."""
    lead = Body.objects.get(slug="science-bureau")
    return a_task(find_plan(), lead, commitments=word, starts=date(2021, 1, 1), **{"due": date(2025, 12, 31), **values})


def accepted(task, ends, progress, **values):
    """An entry on it that the plan office has accepted ten days after the period."""
    round_ = Round(plan=task.plan, starts=ends.replace(day=1), ends=ends, opened=ends, closes=ends + timedelta(days=10),
                   state="issued")  # fmt: skip
    save(round_, None)
    at = calendar().end_of(ends + timedelta(days=8))
    entry = Entry(round=round_, task=task, body=task.lead, state="accepted", filed_at=at, entered_at=at, progress=progress,
                  **values)  # fmt: skip
    save(entry, None)
    return entry


def rows_of(draft, annex):
    """The rows of the table of an annex, as texts, by the first cell."""
    start = next(n for n, b in enumerate(draft.blocks) if isinstance(b, Paragraph) and b.text == annex)
    table = next(b for b in draft.blocks[start:] if isinstance(b, Table))
    return {text_of(row[0]): [text_of(cell) for cell in row] for row in table.rows}, table.head


def test_the_annex_of_tasks_tells_what_the_ledger_tells(county):
    words = [row.commitment for row in Task.objects.filter(plan=find_plan()).order_by("pk")[:4]]
    names = [commitments()[word].words.zh for word in words]
    late = ledgered(words[0], due=date(2024, 6, 30))
    entry = accepted(late, date(2024, 9, 30), "完成采购2批。", problem="缺少3名技术人员。")
    accepted(late, date(2025, 12, 31), "明年才审核通过。")  # accepted after the day of the report
    ledgered(words[1], closed_on=date(2025, 3, 5))
    ledgered(words[2])
    draft = drafted()
    rows, head = rows_of(draft, "附件2")
    assert head[-2:] == ("状态", "最新进展")
    assert rows[names[0]][-2:] == ["红灯（滞后）", "完成采购2批。"]
    assert rows[names[1]][-2:] == ["蓝灯（已销号）", "已于2025年3月5日销号。"]
    assert rows[names[2]][-2] == "黄灯（预警）"  # due on the day of the report
    assert rows[names[3]][-1] == "—"
    text = "".join(block.text for block in draft.body if isinstance(block, Paragraph))
    assert "任务台账跟踪其中3项：“红灯（滞后）”1项、“黄灯（预警）”1项、“蓝灯（已销号）”1项。" in text
    assert "缺少3名技术人员" in text
    assert "明年才审核通过" not in draft.blocks[-1].text
    assert not list(bare_numbers(draft.blocks))
    quoted = [link for link in draft.links if link.key == f"entry:{entry.pk}.progress"]
    assert [(link.kind, link.url) for link in quoted] == [("quote", entry.get_absolute_url())]
    # as known a year before: not due yet, nothing closed, nothing accepted
    early, _head = rows_of(drafted(day=date(2023, 12, 31)), "附件2")
    assert (early[names[0]][-2], early[names[0]][-1]) == ("绿灯（正常）", "无逾期事项。")


def test_an_invented_line_or_entry_of_the_ledger_never_enters_the_report(county):
    words = [row.commitment for row in Task.objects.filter(plan=find_plan()).order_by("pk")[:2]]
    names = [commitments()[word].words.zh for word in words]
    accepted(ledgered(words[0], demo=True), date(2024, 9, 30), "示例进展8811项。", demo=True)
    real = ledgered(words[1], due=date(2026, 12, 31))
    a_step(real, date(2022, 1, 1), demo=True)  # an invented milestone that nobody reached
    accepted(real, date(2024, 6, 30), "示例进展9911项。", demo=True, problem="示例问题7711项。")
    draft = drafted(day=date(2024, 12, 31))
    rows, _head = rows_of(draft, "附件2")
    assert rows[names[0]][-1] == "—"
    assert rows[names[1]][-2:] == ["绿灯（正常）", "无逾期事项。"]
    told = "".join(link.text for link in draft.links)
    assert not any(number in told for number in ("8811", "9911", "7711"))


# --- the copy that comes back -----------------------------------------------------------------------------------------


def test_a_copy_that_nobody_touched_is_the_same_text(chinese):
    back = reread(BytesIO(written(chinese)), chinese, EDITION)
    assert back.draft == chinese
    assert back.findings == ()


def test_the_same_draft_gives_the_same_bytes(chinese):
    assert written(chinese) == written(chinese)


def test_new_words_keep_every_link(chinese):
    def change(document):
        paragraph = next(p for p in document.paragraphs if p.text.startswith("规划设置主要指标"))
        paragraph.add_run("总体看，规划实施平稳。")

    back = edited(chinese, change)
    assert back.findings == ()
    assert len(back.draft.links) == len(chinese.links)
    assert any("总体看，规划实施平稳。" in block.text for block in back.draft.blocks)


def test_a_number_changed_by_hand_is_told_with_the_readings_own_value(chinese):
    link = next(link for link in chinese.links if link.kind == "reading")

    def change(document):
        words = next(control(document, link.key).iter(qn("w:t")))
        words.text = re.sub(r"\d+", "999", words.text)

    back = edited(chinese, change)
    found = [f for f in back.findings if f.kind == CHANGED]
    assert [(f.key, f.expected) for f in found] == [(link.key, link.text)]
    assert "999" in found[0].found
    assert found[0].is_open
    mended = restored(back.draft, found[0], chinese)
    assert mended == chinese
    assert still_open(mended, found) == ()


def test_a_number_that_no_reading_backs_is_told(chinese):
    def change(document):
        next(p for p in document.paragraphs if p.text.startswith("规划设置主要指标")).add_run("预计投入12亿元。")

    back = edited(chinese, change)
    (found,) = back.findings
    assert (found.kind, found.found) == (BARE, "12")
    assert "预计投入" in found.around
    settled = answered_for(back.draft, found, "plan-office", "据财政局函")
    assert still_open(settled, [found]) == ()
    assert not list(bare_numbers(settled.blocks))
    (stated,) = [link for link in settled.links if link.kind == "stated"]
    assert (stated.text, stated.source) == ("12", "据财政局函")


def test_a_link_taken_off_comes_back_by_its_words(chinese):
    link = next(link for link in chinese.links if link.kind == "reading")

    def change(document):
        taken = control(document, link.key)
        place = taken.getparent()
        for run in taken.iter(qn("w:r")):
            taken.addprevious(deepcopy(run))
        for mark in (taken.getprevious().getprevious(), taken.getnext()):
            place.remove(mark)
        place.remove(taken)

    back = edited(chinese, change)
    assert back.relinked == 1
    assert back.findings == ()
    assert back.draft == chinese


def test_a_link_taken_off_and_its_words_changed_is_told(chinese):
    link = next(link for link in chinese.links if link.kind == "reading")

    def change(document):
        taken = control(document, link.key)
        taken.addprevious(deepcopy(next(taken.iter(qn("w:r")))))
        words = next(taken.getprevious().iter(qn("w:t")))
        words.text = f"约{link.numbers[0]}多家"
        for gone in (taken.getnext(), taken.getprevious().getprevious(), taken):
            gone.getparent().remove(gone)

    back = edited(chinese, change)
    kinds = {f.kind for f in back.findings}
    assert UNLINKED in kinds
    assert next(f for f in back.findings if f.kind == UNLINKED).key == link.key


def test_a_sentence_taken_out_is_told_and_does_not_hold_the_paper_up(chinese):
    def change(document):
        paragraph = next(p for p in document.paragraphs if p.text.startswith("4."))
        paragraph._p.getparent().remove(paragraph._p)

    back = edited(chinese, change)
    assert {f.kind for f in back.findings} == {DROPPED}
    assert not any(f.is_open for f in back.findings)


def test_a_paragraph_of_another_paper_is_told(chinese):
    other = Document(BytesIO(written(chinese, edition=8)))

    def change(document):
        strange = next(p for p in other.paragraphs if p.text.startswith("4."))
        document.paragraphs[5]._p.addnext(deepcopy(strange._p))

    back = edited(chinese, change)
    assert any(f.kind == STRANGE for f in back.findings)
    assert any(f.kind == BARE for f in back.findings)


def test_what_was_struck_out_with_tracking_is_no_text(chinese):
    def change(document):
        paragraph = next(p for p in document.paragraphs if p.text.startswith("规划设置主要指标"))
        run = paragraph.add_run("另有99项。")._r
        struck = run.makeelement(qn("w:del"), {})
        run.addprevious(struck)
        struck.append(run)

    assert edited(chinese, change).draft == chinese


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"%PDF-1.4"])
def test_a_file_that_is_no_document_is_refused_in_words(chinese, content):
    with pytest.raises(NotACopy, match="docx"):
        reread(BytesIO(content), chinese, EDITION)


def test_a_document_without_links_is_refused_in_words(chinese):
    out = BytesIO()
    Document().save(out)
    with pytest.raises(NotACopy, match="link"):
        reread(BytesIO(out.getvalue()), chinese, EDITION)


def test_numbers_are_compared_as_numbers():
    assert numbers_in("1,234.5万元，３家，2021—2025年") == ("1234.5", "3", "2021", "2025")


def test_a_link_knows_its_numbers(chinese):
    link = next(link for link in chinese.links if link.kind == "reading")
    assert replace(link, text=f"约为{link.text}").numbers == link.numbers
