"""The supervision sheet: its number, what it says at each step, on the page and in Word, and how LibreOffice sets it."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date
from io import BytesIO

import pdfplumber
import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm
from year_cases import a_plan, a_step, a_task, at, body_with_people, office

from hanfeng.kernel.flow.flow import begin, go
from hanfeng.kernel.record.write import save
from hanfeng.plan.models import Clause, Task
from hanfeng.plan.report.official_word import Marks, official_docx
from hanfeng.plan.year.flow import supervision
from hanfeng.plan.year.models import Supervision
from hanfeng.plan.year.sheet import next_number, paper, sheet_of

pytestmark = pytest.mark.django_db
MM = 72 / 25.4


@pytest.fixture
def case(monkeypatch):
    """A sheet that is proposed on Tuesday 3 September 2024, on a task of a clause with a milestone overdue since March."""
    at(monkeypatch, date(2024, 9, 3))
    keeper, leader = office()
    body, contact, _head = body_with_people("b", name="科技局", name_en="Science bureau")
    plan = a_plan()
    clause = Clause(plan=plan, order=1, code="3.2.1", kind="chapter", title="建设平台")
    save(clause, None)
    save(Task(plan=plan, home=clause, commitment="hte-pool", clauses=["3.2.1"]), None)
    task = a_task(plan, body, number="021", title="建成平台", title_en="Build the platform", commitments="hte-pool")
    a_step(task, date(2024, 3, 1))
    made = Supervision(
        task=task, body=body, kind="sheet", basis="区政府会议要求。", basis_en="The district's meeting.", text="请说明原因。",
        text_en="Say why.",
    )  # fmt: skip
    made = go(supervision, begin(supervision, made, keeper), "propose", keeper)
    return {"case": made, "keeper": keeper, "leader": leader, "contact": contact, "plan": plan, "task": task}


def closed(case, monkeypatch):
    """Ordered on the 4th, answered on the 6th, settled on the 9th."""
    steps = (
        ("order", "leader", 4, ""),
        ("reply", "contact", 6, "招标流标。"),
        ("settle", "keeper", 9, "已重新招标，同意销号。"),
    )
    for move, who, day, note in steps:
        at(monkeypatch, date(2024, 9, day))
        case["case"] = go(supervision, case["case"], move, case[who], note)
    return Supervision.objects.get(pk=case["case"].pk)


def told(case, language="en"):
    with override(language):
        return {line.label: line.text for line in sheet_of(case).lines}


def test_a_draft_says_what_is_known_and_leaves_the_rest_open(case):
    with override("en"):
        sheet = sheet_of(case["case"])
    assert (sheet.number, sheet.mark) == ("", "draft")
    said = told(case["case"])
    assert said["Matter"] == "Build the platform (ledger no. 021)"
    assert said["Body responsible"] == "Science bureau"
    assert said["What is asked"] == "Say why."
    assert [said[name] for name in ("Reply by", "Ordered by", "Reply of the body", "Opinion on closing")] == [""] * 4


def test_the_basis_names_decision_clause_and_light(case):
    basis = told(case["case"])["Basis"].split("\n")
    assert basis[0] == "The district's meeting."
    assert basis[1] == "Plan, 3.2.1"
    # 1 March to 3 September are 186 days
    assert basis[2] == "Light on 3 September 2024: Late. A milestone of 1 March 2024 is 186 days overdue."
    assert told(case["case"], "zh-hans")["依据"].split("\n")[:2] == ["区政府会议要求。", "《规划》3.2.1"]


def test_a_sheet_that_was_answered_and_settled_tells_it_all(case, monkeypatch):
    done = closed(case, monkeypatch)
    said = told(done)
    assert done.number == "规划督〔2024〕1号"
    # five working days from Wednesday 4 September
    assert said["Reply by"] == "11 September 2024"
    assert said["Ordered by"] == "leader, 4 September 2024"
    assert said["Reply of the body"] == "招标流标。 (b-contact, 6 September 2024)"
    assert said["Opinion on closing"] == "已重新招标，同意销号。 (keeper, 9 September 2024)"
    assert said["Basis"].endswith("is 187 days overdue."), "the light of the day it was ordered"


def test_sheets_are_numbered_by_year_and_no_number_is_given_twice(case, monkeypatch):
    first = go(supervision, case["case"], "order", case["leader"])
    assert Supervision.objects.get(pk=first.pk).number == "规划督〔2024〕1号"
    assert next_number(date(2024, 12, 31)) == "规划督〔2024〕2号"
    assert next_number(date(2025, 1, 2)) == "规划督〔2025〕1号"
    values = {"task": case["task"], "body": case["case"].body, "kind": "sheet", "text": "…"}
    own = begin(supervision, Supervision(number="规划督〔2024〕7号", **values), case["keeper"])
    own = go(supervision, go(supervision, own, "propose", case["keeper"]), "order", case["leader"])
    assert Supervision.objects.get(pk=own.pk).number == "规划督〔2024〕7号", "its own number stays"
    assert next_number(date(2024, 9, 4)) == "规划督〔2024〕8号"
    with pytest.raises(ValidationError, match=r"has this number|该编号|编号"):
        save(Supervision(number="规划督〔2024〕7号", **values), None)
    reminder = begin(supervision, Supervision(**{**values, "kind": "reminder"}), case["keeper"])
    go(supervision, reminder, "send", case["keeper"])
    assert Supervision.objects.get(pk=reminder.pk).number == "", "a reminder is no document"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_page_and_document_say_the_same(case, monkeypatch, client, language):
    done = closed(case, monkeypatch)
    client.force_login(case["contact"])
    page = client.get(f"{done.get_absolute_url()}sheet/", headers={"accept-language": language}).content.decode()
    answer = client.get(f"{done.get_absolute_url()}sheet.docx", headers={"accept-language": language})
    document = Document(BytesIO(answer.content))
    (form,) = document.tables
    with override(language):
        sheet = sheet_of(done)
    assert [(row.cells[0].text, row.cells[1].text) for row in form.rows] == [(n.label, n.text) for n in sheet.lines]
    for line in sheet.lines:
        assert line.label in page
        for text in line.text.split("\n"):
            assert text.replace("'", "&#x27;") in page
    texts = [p.text for p in document.paragraphs]
    assert texts[0] == "规划督〔2024〕1号"
    assert texts[1] == sheet.title
    assert sheet.title in page


def test_a_draft_is_the_plan_offices_own(case, client):
    client.force_login(case["contact"])
    assert client.get(f"{case['case'].get_absolute_url()}sheet/").status_code == 404
    assert client.get(f"{case['case'].get_absolute_url()}sheet.docx").status_code == 404
    client.force_login(case["keeper"])
    page = client.get(f"{case['case'].get_absolute_url()}sheet/", headers={"accept-language": "en"}).content.decode()
    assert '<p class="state">draft</p>' in page


def document(sheet):
    return official_docx(paper(sheet), sheet.day, Marks(number=sheet.number, draft=sheet.mark))


def test_the_document_has_the_type_of_official_documents(case, monkeypatch):
    with override("zh-hans"):
        word = Document(BytesIO(document(sheet_of(closed(case, monkeypatch)))))
    section = word.sections[0]
    sides = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(side / Mm(1)) for side in sides] == [37, 35, 28, 26]
    faces = {name: word.styles[name].element.rPr.rFonts.get(qn("w:eastAsia")) for name in
             ("Title", "HF Number", "HF Form Name", "HF Form Cell", "HF Signature")}  # fmt: skip
    assert faces == {"Title": "方正小标宋简体", "HF Number": "仿宋_GB2312", "HF Form Name": "黑体",
                     "HF Form Cell": "仿宋_GB2312", "HF Signature": "仿宋_GB2312"}  # fmt: skip


@pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice on this machine")
def test_libreoffice_sets_it_on_one_page_within_the_margins(case, monkeypatch, tmp_path):
    with override("zh-hans"):
        sheet = sheet_of(closed(case, monkeypatch))
        (tmp_path / "sheet.docx").write_bytes(document(sheet))
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "pdf", "--outdir",
         str(tmp_path), str(tmp_path / "sheet.docx")], capture_output=True, timeout=180, check=True,
    )  # fmt: skip
    with pdfplumber.open(tmp_path / "sheet.pdf") as pdf:
        (page,) = pdf.pages
        assert (page.width / MM, page.height / MM) == pytest.approx((210, 297), abs=0.2)
        lines = [edge for rect in page.rects + page.lines for edge in (rect["x0"] / MM, rect["x1"] / MM)]
        assert (min(lines), max(lines)) == pytest.approx((28, 184), abs=3)
        printed = "".join(c["text"] for c in page.chars).replace(" ", "")
    for line in sheet.lines:
        assert "".join(line.text.split()) in printed, line.label
