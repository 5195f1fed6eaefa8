"""Lists of awards carry names only: they are matched with review, remembered, and nobody is guessed."""

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
from hanfeng.kernel.rule.parameters import load
from hanfeng.packs.innovation.enterprises.models import Enterprise, Honour
from hanfeng.packs.innovation.enterprises.parameters import PARAMETERS
from hanfeng.packs.innovation.enterprises.roles import OFFICER as KEEPER

pytestmark = pytest.mark.django_db


def file_of(slug: str, name: str) -> Enterprise:
    body = Body(slug=slug, name=name, kind=Body.Kind.ENTERPRISE)
    save(body, None)
    kept = Enterprise(body=body, industry="electronics")
    save(kept, None)
    return kept


def test_a_list_of_recognised_firms_without_codes(person: Any, browser_of: Any) -> None:
    load(PARAMETERS)
    clerk = browser_of(person(OFFICER, KEEPER))
    known, other = file_of("a", "重庆市开州区云帆电子有限公司"), file_of("b", "甲子松食品有限公司")
    book, out = Workbook(), io.BytesIO()
    for row in (
        ["2021年第一批高新技术企业名单"],
        ["企业名称", "资质类别", "证书编号", "有效期起"],
        ["云帆电子有限责任公司", "高新技术企业", "GR202151100001", "2021-11-12"],
        ["甲子松食品有限公司", "高新技术企业", "GR202151100002", "2021-11-12"],
        ["外地某某有限公司", "高新技术企业", "GR202151100003", "2021-11-12"],
    ):
        book.worksheets[0].append(row)
    book.save(out)
    clerk.post("/enterprises/honour/sheets/", {"file": SimpleUploadedFile("list.xlsx", out.getvalue())})
    upload = Upload.objects.latest("pk")
    page = clerk.get(f"{upload.url}columns/")
    clerk.post(f"{upload.url}columns/", {f"c{c['place']}": c["field"] for c in page.context["columns"]})
    asked = {r["text"]: r for g in clerk.get(f"{upload.url}names/").context["groups"] for r in g["rows"]}
    assert set(asked) == {"云帆电子有限责任公司", "外地某某有限公司"}  # the exact name asks for nothing
    assert asked["云帆电子有限责任公司"]["value"] == str(known.pk)
    clerk.post(
        f"{upload.url}names/", {r["id"]: r["value"] if r["value"] == str(known.pk) else "" for r in asked.values()}
    )
    clerk.post(f"{upload.url}preview/")
    upload = Upload.objects.select_related("batch").get(pk=upload.pk)
    assert {h.enterprise for h in Honour.objects.all()} == {known, other}, list(
        upload.refusals.values_list("why", flat=True)
    )
    assert {h.valid_until for h in Honour.objects.all()} == {date(2024, 11, 12)}  # three years, by the rule of its kind
    assert upload.refusals.count() == 1
