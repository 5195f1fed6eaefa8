"""Sheets as the patent office exports them: numbers checked by their digit, several patentees in one cell, names with review."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.roles import OFFICER
from hanfeng.kernel.api import save
from hanfeng.kernel.exchange.models import Upload
from hanfeng.packs.innovation.ip.force import inventions
from hanfeng.packs.innovation.ip.models import LegalEvent, Patent
from hanfeng.packs.innovation.ip.roles import OFFICER as KEEPER

pytestmark = pytest.mark.django_db
HEAD = ["申请（专利）号", "发明名称", "申请（专利权）人", "申请日", "授权公告日", "IPC主分类号"]


@pytest.fixture
def clerk(person: Any, browser_of: Any) -> Any:
    return browser_of(person(OFFICER, KEEPER))


def firm(slug: str, name: str) -> Body:
    body = Body(slug=slug, name=name, kind=Body.Kind.ENTERPRISE)
    save(body, None)
    return body


def taken(clerk: Any, desk: str, rows: list[list[Any]]) -> Upload:
    """Send a sheet, confirm the guessed columns, take the likeliest name for each that is asked, take it in."""
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(out)
    assert clerk.post(f"{desk}sheets/", {"file": SimpleUploadedFile("export.xlsx", out.getvalue())}).status_code == 302
    upload = Upload.objects.latest("pk")
    page = clerk.get(f"{upload.url}columns/")
    clerk.post(f"{upload.url}columns/", {f"c{c['place']}": c["field"] for c in page.context["columns"]})
    page = clerk.get(upload.url)
    if page.headers.get("Location", "").endswith("/names/"):
        asked = clerk.get(f"{upload.url}names/").context["groups"]
        clerk.post(f"{upload.url}names/", {r["id"]: r["value"] for group in asked for r in group["rows"]})
    assert clerk.post(f"{upload.url}preview/").status_code == 302
    return Upload.objects.select_related("batch", "job").get(pk=upload.pk)


def test_an_export_of_patents_and_their_legal_states(clerk: Any) -> None:
    cell, board = firm("cell", "重庆市开州区云帆锂电有限公司"), firm("board", "甲子松电子科技有限公司")
    upload = taken(
        clerk,
        "/ip/patent/",
        [
            HEAD,
            [
                "ZL202010566088.9",
                "一种电芯",
                "云帆锂电有限责任公司；某大学",
                "2020.06.19",
                "2023-05-05",
                "H01M10/0525(2010.01)",
            ],
            ["CN201811564288X", "一种电路板", "甲子松电子科技有限公司", "2018-12-20", "2020-03-10", "H05K 3/46"],
            ["202010566088.8", "号码有误", "甲子松电子科技有限公司", "2020-06-19", "", ""],
        ],
    )
    kept = {p.number: p for p in Patent.objects.all()}
    assert set(kept) == {"202010566088.9", "201811564288.X"}, list(upload.refusals.values_list("why", flat=True))
    first, second = kept["202010566088.9"], kept["201811564288.X"]
    assert (first.holder, first.others, first.ipc, first.kind) == (cell, "某大学", "H01M 10/0525", "invention")
    assert (second.holder, second.granted) == (board, date(2020, 3, 10))
    (refused,) = upload.refusals.all()
    assert refused.line == 4
    assert "9" in refused.why
    again = taken(
        clerk,
        "/ip/patent/",
        [
            HEAD,
            [
                "ZL 2018 1 1564288.X",
                "一种多层电路板",
                "甲子松电子科技有限公司",
                "2018-12-20",
                "2020-03-10",
                "H05K 3/46",
            ],
        ],
    )
    assert (again.batch.created, again.batch.changed) == (0, 1)  # known again however the number is written
    taken(
        clerk,
        "/ip/legalevent/",
        [["专利号", "变更事项", "法律状态公告日"], ["ZL201811564288.X", "未缴年费终止", "2024-12-20"]],
    )
    assert LegalEvent.objects.get().patent == second
    assert [inventions(day).count() for day in (date(2024, 12, 19), date(2024, 12, 20))] == [2, 1]
