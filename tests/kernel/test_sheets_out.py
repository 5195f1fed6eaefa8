"""Lists as sheets: scope, filters, masks, marks, the log; what goes out comes in again unchanged."""

from __future__ import annotations

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from exchange_sheets import read_out
from openpyxl import load_workbook

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Person
from hanfeng.commons.people.roles import AUDIT, OFFICER, REGISTRAR
from hanfeng.kernel.exchange import out
from hanfeng.kernel.exchange.models import Upload
from hanfeng.kernel.job import run as jobs
from hanfeng.kernel.job.models import Job
from hanfeng.kernel.pack import catalogue
from hanfeng.kernel.record.write import save
from hanfeng.kernel.watch.models import Line
from hanfeng.packs.innovation.enterprises.roles import FIRM

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in(account):
    def make(name, *roles, body=None):
        client = Client(headers={"accept-language": "en"})
        client.force_login(account(name, *roles, body=body))
        return client

    return make


def content(answer):
    assert answer.status_code == 200
    with read_out(answer):
        return b"".join(answer)


def sheet(answer):
    return list(load_workbook(io.BytesIO(content(answer))).active.values)


def test_what_goes_out_comes_in_again_as_it_is(sign_in, body):
    clerk = sign_in("clerk", OFFICER, REGISTRAR)
    body("one", name="=1+1", starts="2020-01-31")
    body("two", successor=Body.objects.get(slug="one"))
    for form in ("xlsx", "csv"):
        data = content(clerk.get(f"/bodies/body/export.{form}"))
        clerk.post("/bodies/body/sheets/", {"file": SimpleUploadedFile(f"x.{form}", data)})
        upload = Upload.objects.latest("pk")
        page = clerk.get(f"{upload.url}columns/")
        clerk.post(f"{upload.url}columns/", {f"c{c['place']}": c["field"] for c in page.context["columns"]})
        clerk.post(f"{upload.url}preview/")
        upload = Upload.objects.select_related("batch").get(pk=upload.pk)
        assert list(upload.refusals.values_list("why", flat=True)) == []
        assert (upload.batch.created, upload.batch.changed, upload.unchanged) == (0, 0, 2)


def test_the_columns_are_those_of_the_blank_sheet(sign_in):
    clerk = sign_in("clerk", OFFICER, REGISTRAR)
    blank = load_workbook(io.BytesIO(content(clerk.get("/bodies/body/sheets/blank.xlsx"))))
    head = [cell.value for cell in blank.worksheets[0][1]]
    assert sheet(clerk.get("/bodies/body/export.xlsx"))[0][: len(head)] == tuple(head)
    assert blank.worksheets[1].max_row == len(head) + 1


def test_filters_scope_and_masks_hold(sign_in, body):
    mine = body("mine", kind="enterprise")
    body("theirs", kind="enterprise")
    body("office")
    rows = sheet(sign_in("firm", FIRM, body=mine).get("/bodies/body/export.xlsx"))
    assert {row[0] for row in rows[1:]} == {"mine", "office"}
    clerk = sign_in("clerk", OFFICER, REGISTRAR)
    assert {row[0] for row in sheet(clerk.get("/bodies/body/export.xlsx?kind=enterprise"))[1:]} == {"mine", "theirs"}
    save(Person(name="李明", phone="13800001111"), None)
    text = content(clerk.get("/people/person/export.csv")).decode("utf-8-sig")
    assert "13800001111" not in text
    assert "138****1111" in text


def test_invented_rows_are_marked(sign_in, body):
    made = body("real")
    clerk = sign_in("clerk", OFFICER)
    assert "demo data" not in sheet(clerk.get("/bodies/body/export.xlsx"))[0]
    save(made, None, {"demo": True})
    assert [row[-1] for row in sheet(clerk.get("/bodies/body/export.xlsx"))] == ["demo data", "yes"]


def test_no_cell_is_a_formula(sign_in, body):
    body("one", name='=HYPERLINK("http://x","y")', note="-1+1")
    clerk = sign_in("clerk", OFFICER)
    page = load_workbook(io.BytesIO(content(clerk.get("/bodies/body/export.xlsx")))).active
    assert {cell.data_type for row in page.iter_rows() for cell in row} <= {"s", "inlineStr", "n", "d"}
    rows = list(csv.reader(io.StringIO(content(clerk.get("/bodies/body/export.csv")).decode("utf-8-sig"))))
    assert rows[1][1].startswith("'=")


def test_each_going_out_is_written_down_first_and_for_good(sign_in, body):
    body("one")
    clerk = sign_in("clerk", OFFICER)
    content(clerk.get("/bodies/body/export.csv?kind=department&page=3"))
    clerk.get("/bodies/body/print/")
    told = list(Line.objects.order_by("pk").values_list("who", "kind", "form", "asked", "rows"))
    assert told == [("clerk", "bodies.body", "csv", "kind=department", 1), ("clerk", "bodies.body", "print", "", 1)]
    assert "name" in Line.objects.first().fields
    for write in (Line.objects.first().delete, Line.objects.first().save, Line.objects.all().delete):
        with pytest.raises(TypeError):
            write()
    with pytest.raises(TypeError):
        Line.objects.update(rows=0)
    assert clerk.get("/exports/").status_code == 403
    page = sign_in("auditor", AUDIT).get("/exports/?kind=bodies.body&who=cle").content.decode()
    assert "kind=department" in page


def test_a_long_list_is_written_by_the_worker(sign_in, body, monkeypatch):
    monkeypatch.setattr(out, "AT_ONCE", 1)
    for n in range(3):
        body(f"b{n}")
    clerk = sign_in("clerk", OFFICER)
    assert "Write the file" in clerk.get("/bodies/body/export.csv").content.decode()
    assert not Job.objects.exists()
    assert not Line.objects.exists()
    answer = clerk.post("/bodies/body/export.csv")
    job = Job.objects.get()
    assert answer.headers["Location"] == job.get_absolute_url()
    assert jobs.now(job).state == "done"
    assert content(clerk.get(f"{job.get_absolute_url()}result/")).decode("utf-8-sig").count("\n") == 4
    assert Line.objects.get().rows == 3


DESKS = [desk for pack in catalogue() for desk in pack.desks]


@pytest.mark.parametrize("desk", DESKS, ids=lambda d: d.url.strip("/").replace("/", "-"))
def test_every_desk_gives_out_and_takes_in(sign_in, desk):
    clerk = sign_in("clerk", OFFICER, *desk.write)
    for page in ("export.xlsx", "export.csv", "print/", ""):
        with read_out(clerk.get(f"{desk.url}{page}")) as answer:
            assert answer.status_code == 200
    takes = bool(desk.form and desk.write)
    assert clerk.get(f"{desk.url}sheets/").status_code == (200 if takes else 403)
    if takes:
        data = content(clerk.get(f"{desk.url}sheets/blank.xlsx"))
        page = load_workbook(io.BytesIO(data))
        assert [c.value for c in page.worksheets[0][1]]
