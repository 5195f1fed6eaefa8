"""Sheets taken in through the pages: wrong ones too, twice, and taken back."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from exchange_sheets import read_out, workbook
from openpyxl import load_workbook

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Person
from hanfeng.commons.people.roles import OFFICER, REGISTRAR
from hanfeng.kernel.exchange.models import KnownColumn, Upload
from hanfeng.kernel.pure import make_uscc
from hanfeng.kernel.record.models import Event
from hanfeng.kernel.record.write import save
from hanfeng.packs.innovation.enterprises.models import Enterprise, Figures
from hanfeng.packs.innovation.enterprises.roles import OFFICER as KEEPER

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(account):
    client = Client(headers={"accept-language": "en"})
    client.force_login(account("keeper", OFFICER, REGISTRAR, KEEPER))
    return client


def firm(n, name, **values):
    body = Body(slug=f"firm-{n}", name=name, kind="enterprise", code=make_uscc("500154", f"{n:08}"), **values)
    save(body, None)
    return body


def send(clerk, desk, content, name="ledger.xlsx"):
    answer = clerk.post(f"{desk}sheets/", {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()
    return Upload.objects.latest("pk")


def mapped(clerk, upload, **changes):
    """Confirm the headings and the guessed columns."""
    page = clerk.get(f"{upload.url}columns/")
    fields = {f"c{c['place']}": c["field"] for c in page.context["columns"]} | changes
    answer = clerk.post(f"{upload.url}columns/", fields)
    assert answer.status_code == 302, answer.content.decode()
    upload.refresh_from_db()
    return clerk.get(upload.url)


def taken(clerk, upload):
    answer = clerk.post(f"{upload.url}preview/")
    assert answer.status_code == 302
    upload = Upload.objects.select_related("batch", "job").get(pk=upload.pk)
    assert upload.job.state == "done", upload.job.error
    assert clerk.get(f"{upload.url}result/").status_code == 200
    return upload


HEAD = ["标识", "单位名称", "类型", "统一社会信用代码", "存在自"]


def test_a_ledger_goes_in_and_says_what_is_wrong_with_the_rest(clerk):
    sheet = workbook(
        [
            ["某区单位台账"],
            HEAD,
            ["a-1", "甲局", "department", "", "2020.3.1"],
            ["a-2", "乙局", "胡说", "", "2020年3月"],
            ["a-3", "丙局", "department", "", 43891],
        ]
    )
    upload = send(clerk, "/bodies/body/", sheet)
    assert (upload.first, upload.depth) == (1, 1)
    page = clerk.get(f"{upload.url}headings/")
    assert page.status_code == 200
    assert clerk.post(f"{upload.url}headings/", {"first": "2", "depth": "1"}).status_code == 302
    mapped(clerk, upload)
    page = clerk.get(f"{upload.url}preview/")
    assert "none of" in page.content.decode()
    upload = taken(clerk, upload)
    assert sorted(Body.objects.values_list("slug", "starts")) == [("a-1", date(2020, 3, 1)), ("a-3", date(2020, 3, 1))]
    assert [(r.line, "胡说" in r.why) for r in upload.refusals.all()] == [(4, True)]
    back = clerk.get(f"/jobs/{upload.job_id}/result/")
    with read_out(back):
        rows = list(load_workbook(io.BytesIO(b"".join(back.streaming_content))).active.values)
    assert rows[0][2:] == tuple(HEAD)
    assert "胡说" in rows[1][0]
    assert rows[1][1:4] == (4, "a-2", "乙局")


def test_the_same_sheet_again_doubles_nothing_and_a_newer_one_changes(clerk):
    rows = [HEAD, ["a-1", "甲局", "department", "", "2020-03-01"], ["a-2", "乙局", "department", "", ""]]
    mapped(clerk, (first := send(clerk, "/bodies/body/", workbook(rows))))
    taken(clerk, first)
    mapped(clerk, (again := send(clerk, "/bodies/body/", workbook(rows))))
    assert "taken in before" in clerk.get(f"{again.url}preview/").content.decode() or first.sha256 != again.sha256
    again = taken(clerk, again)
    assert (again.batch.created, again.batch.changed, again.unchanged) == (0, 0, 2)
    rows[2][1] = "乙局（新）"
    mapped(clerk, (newer := send(clerk, "/bodies/body/", workbook(rows))))
    newer = taken(clerk, newer)
    assert (newer.batch.created, newer.batch.changed, newer.unchanged) == (0, 1, 1)
    assert Event.objects.filter(kind="bodies.body", batch=newer.batch).count() == 1
    assert clerk.post(f"{newer.url}undo/").status_code == 302
    assert Body.objects.get(slug="a-2").name == "乙局"
    assert clerk.post(f"{first.url}undo/").status_code == 302
    assert list(Body.objects.values_list("slug", flat=True)) == ["a-2"]  # changed since: it stays and is told


def test_a_name_that_a_sheet_changes_loses_its_english_unless_the_sheet_tells_it(clerk):
    for n in (1, 2):
        save(Body(slug=f"a-{n}", name=f"旧{n}", name_en=f"Old {n}", kind="department"), None)
    mapped(clerk, (upload := send(clerk, "/bodies/body/", workbook([HEAD, ["a-1", "新1", "department", "", ""]]))))
    upload = taken(clerk, upload)
    assert Body.objects.get(slug="a-1").name_en == ""
    assert clerk.post(f"{upload.url}undo/").status_code == 302
    assert Body.objects.get(slug="a-1").name_en == "Old 1"
    rows = [["标识", "名称", "类型", "英文名称"], ["a-2", "新2", "department", "Old 2"]]
    mapped(clerk, (told := send(clerk, "/bodies/body/", workbook(rows))), c0="slug", c1="name", c2="kind", c3="name_en")
    taken(clerk, told)
    assert Body.objects.get(slug="a-2").name_en == "Old 2"


def test_undone_rows_come_back_when_the_sheet_does(clerk):
    rows = [HEAD, ["a-1", "甲局", "department", "", ""]]
    mapped(clerk, (first := send(clerk, "/bodies/body/", workbook(rows))))
    taken(clerk, first)
    clerk.post(f"{first.url}undo/")
    assert not Body.objects.exists()
    mapped(clerk, (again := send(clerk, "/bodies/body/", workbook(rows))))
    taken(clerk, again)
    assert [b.version for b in Body.everything.all()] == [3]
    assert Body.objects.count() == 1


def test_lines_without_a_key_are_known_again_word_by_word(clerk):
    rows = [["姓名", "电话", "邮箱"], ["李明", "13800001111", ""], ["王芳", "13900002222", "wf@example.cn"]]
    for created in (2, 0):
        mapped(clerk, (upload := send(clerk, "/people/person/", workbook(rows))))
        assert taken(clerk, upload).batch.created == created
    assert Person.objects.count() == 2


def test_a_double_within_the_sheet_is_told(clerk):
    rows = [HEAD, ["a-1", "甲局", "department", "", ""], ["a-1", "甲局二", "department", "", ""]]
    mapped(clerk, (upload := send(clerk, "/bodies/body/", workbook(rows))))
    upload = taken(clerk, upload)
    assert upload.batch.created == 1
    assert "line 2" in upload.refusals.get(line=3).why


def test_names_are_matched_with_a_review_and_firms_brought_along(clerk):
    known = firm(1, "重庆市开州区云帆电子有限公司")
    renamed = firm(2, "老名字科技有限公司")
    save(renamed, None, {"name": "新名字科技有限公司"})
    rows = [
        ["企业名称", "信用代码", "所属行业", "联系电话", "成立时间"],
        ["云帆电子有限责任公司", "", "电子信息", "", ""],
        ["老名字科技有限公司", "", "软件和信息服务", "13800001111", "2019年5月6日"],
        ["全新企业（开州）有限公司", make_uscc("500154", "00000777"), "electronics", "", ""],
        ["没有人认识的公司", "", "electronics", "", ""],
    ]
    upload = send(clerk, "/enterprises/enterprise/", workbook(rows))
    page = mapped(clerk, upload)
    assert page.headers["Location"].endswith("/names/")
    page = clerk.get(f"{upload.url}names/")
    asked = {row["text"]: row for row in page.context["groups"][0]["rows"]}
    assert asked["云帆电子有限责任公司"]["value"] == str(known.pk)
    assert asked["老名字科技有限公司"]["value"] == str(renamed.pk)
    decided = {row["id"]: row["value"] for row in asked.values()}
    decided[asked["全新企业（开州）有限公司"]["id"]] = "new"
    decided[asked["没有人认识的公司"]["id"]] = ""
    clerk.post(f"{upload.url}names/", decided)
    upload = taken(clerk, upload)
    assert upload.batch.created == 3, list(upload.refusals.values_list("why", flat=True))
    made = Enterprise.objects.get(body__name="全新企业（开州）有限公司")
    assert made.body.code.endswith(make_uscc("500154", "00000777")[-9:])
    assert made.body.kind == "enterprise"
    assert [r.line for r in upload.refusals.all()] == [5]
    mapped(clerk, (again := send(clerk, "/enterprises/enterprise/", workbook(rows))))
    again.refresh_from_db()
    assert list(again.survey["missing"]["body"]) == ["没有人认识的公司"]  # the rest is remembered
    clerk.post(f"{again.url}names/", {})
    assert taken(clerk, again).batch.created == 0
    clerk.post(f"{upload.url}undo/")
    assert Enterprise.objects.count() == 0
    assert not Body.objects.filter(name="全新企业（开州）有限公司").exists()


def test_headings_in_two_rows_merged_cells_and_units(clerk):
    body = firm(1, "甲公司")
    save(Enterprise(body=body, industry="electronics"), None)
    rows = [
        ["某区企业年度报表", "", "", "", ""],
        ["企业名称", "年度", "经济指标", "", "创新"],
        ["", "", "营业收入（元）", "研发投入（万元）", "有效发明专利"],
        ["甲公司", "2023年", "1,234,500.00", "12.5万元", 3],
        ["", 2024, "２００万", "", "四"],
        ["合计", "", 5, 5, 5],
    ]
    upload = send(clerk, "/enterprises/figures/", workbook(rows, ["A1:E1", "A2:A3", "B2:B3", "C2:D2", "A4:A5"]))
    assert (upload.first, upload.depth) == (1, 2)
    mapped(clerk, upload)
    upload = taken(clerk, upload)
    found = Figures.objects.get(year=2023)
    assert (str(found.revenue), str(found.rd_spending), found.patents) == ("123.45", "12.50", 3)
    assert [(r.line, "四" in r.why) for r in upload.refusals.all()] == [(5, True)]


def test_what_was_mapped_is_remembered(clerk):
    rows = [["甲", "乙", "丙"], ["x-1", "某局", "department"]]
    upload = send(clerk, "/bodies/body/", workbook(rows))
    mapped(clerk, upload, c0="slug", c1="name", c2="kind")
    assert KnownColumn.objects.count() == 3
    upload = send(clerk, "/bodies/body/", workbook(rows))
    page = clerk.get(f"{upload.url}columns/")
    assert [c["field"] for c in page.context["columns"]] == ["slug", "name", "kind"]


def test_masked_cells_of_an_export_leave_what_is_kept(clerk):
    save(Person(name="李明", phone="13800001111"), None)
    person = Person.objects.get()
    rows = [["姓名", "电话"], [person.name, "138****1111"]]
    mapped(clerk, (upload := send(clerk, "/people/person/", workbook(rows))))
    taken(clerk, upload)
    assert set(Person.objects.values_list("phone", flat=True)) <= {"13800001111", ""}


def test_csv_in_the_encoding_of_offices(clerk):
    for n, encoding in enumerate(("utf-8-sig", "gb18030", "utf-16")):
        text = f"标识;名称;类型\r\nc-{n};某局;department\r\n"
        mapped(clerk, (upload := send(clerk, "/bodies/body/", text.encode(encoding), "a.csv")))
        assert taken(clerk, upload).batch.created == 1


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0 broken", b"one\ntwo\n", b"\xff\xfe\xff"]
)
def test_what_is_no_ledger_is_refused_in_words(clerk, content):
    answer = clerk.post("/bodies/body/sheets/", {"file": SimpleUploadedFile("x.xlsx", content)})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()


def test_others_neither_take_in_nor_see_a_sheet(clerk, account):
    upload = send(clerk, "/bodies/body/", workbook([HEAD, ["a", "b", "department", "", ""]]))
    other = Client()
    other.force_login(account("other", OFFICER, REGISTRAR))
    assert other.get(f"{upload.url}headings/").status_code == 404
    reader = Client()
    reader.force_login(account("reader", OFFICER))
    assert reader.get("/bodies/body/sheets/").status_code == 403
    assert Client().get("/bodies/body/sheets/").status_code == 302


def test_a_thousand_wrong_lines_with_merged_headings(clerk):
    body = [
        [f"w-{n}", f"第{n}局" if n % 10 else "", "department" if n % 7 else "胡说", "", f"2020.{n % 12 + 1}.1"]
        for n in range(1000)
    ]
    head = ["标识", "基本情况", "", "代码", "存在自"]
    below = ["", "单位名称", "类型", "", ""]
    sheet = workbook([["台账"], head, below, *body], ["A1:E1", "A2:A3", "B2:C2", "D2:D3", "E2:E3"])
    upload = send(clerk, "/bodies/body/", sheet)
    page = clerk.get(f"{upload.url}columns/")
    assert [c["field"] for c in page.context["columns"]] == ["slug", "name", "kind", "code", "starts"]
    mapped(clerk, upload)
    upload = taken(clerk, upload)
    bad = {n for n in range(1000) if not n % 10 or not n % 7}
    assert upload.batch.created == 1000 - len(bad)
    assert {r.line for r in upload.refusals.all()} == {n + 4 for n in bad}
    mapped(clerk, (again := send(clerk, "/bodies/body/", sheet)))
    assert taken(clerk, again).batch.created == 0
    clerk.post(f"{upload.url}undo/")
    assert not Body.objects.exists()


def test_a_desk_of_another_app_takes_sheets_under_its_own_address(client, account):
    """The plan shows sources and readings, whose records are the kernel's: pack and address differ."""
    from hanfeng.kernel.indicator.models import Source
    from hanfeng.plan.roles import OFFICER as PLANNER

    client.force_login(account("planner", PLANNER, OFFICER))
    for slug in ("source", "reading"):
        assert f'href="/indicator/{slug}/sheets/"' in client.get(f"/indicator/{slug}/").content.decode()
    sheet = workbook([["标识", "标题", "可信程度"], ["bulletin-2026", "二〇二六年公报", "official"]])
    upload = send(client, "/indicator/source/", sheet)
    assert upload.url == f"/indicator/source/sheets/{upload.pk}/"
    page = client.get(f"{upload.url}columns/")
    named = dict(zip(("slug", "title", "trust"), sorted(c["place"] for c in page.context["columns"]), strict=True))
    mapped(client, upload, **{f"c{place}": name for name, place in named.items()})
    taken(client, upload)
    assert Source.objects.filter(slug="bulletin-2026").exists()
