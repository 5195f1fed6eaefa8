"""The page of search: who gets it, what it asks the database, what it shows and never runs."""

import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.documents.models import Document
from hanfeng.commons.people.roles import OFFICER
from hanfeng.kernel.api import attach, save, save_many
from hanfeng.kernel.search import pages
from hanfeng.kernel.search.models import FileText

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client, account, body):
    user = account("officer", OFFICER, body=body("office"))
    client.force_login(user)
    return user


def asked(client, text, **more):
    answer = client.get("/search/", {"q": text} | more)
    assert answer.status_code == 200
    return answer


def test_only_for_those_who_sign_in(client):
    answer = client.get("/search/", {"q": "企业"})
    assert answer.status_code == 302
    assert answer.url.startswith("/sign-in/")


def test_each_page_has_the_box(client, officer):
    page = client.get("/todo/").content.decode()
    assert 'action="/search/"' in page
    assert 'name="q"' in page


def test_results_by_kind_with_counts_and_the_words_marked_in_the_original(client, officer, body):
    body("bureau", name="科学技术局", note="管理ＡＢＣ计划")
    document = Document(title="关于科学技术普及的通知")
    save(document, officer)
    page = asked(client, "科学技术")
    assert {g["name"]: g["total"] for g in page.context["groups"]} == {"bodies.body": 1, "documents.document": 1}
    assert "<mark>科学技术</mark>局" in page.content.decode()
    assert "<mark>ＡＢＣ</mark>" in asked(client, "abc 科学").content.decode()


def test_what_is_found_is_text_and_nothing_else(client, officer, body):
    body("bad", name="<script>alert(1)</script>局", note="<img src=x onerror=alert(2)> 备注局")
    page = asked(client, "局 script").content.decode()
    assert "<script>alert" not in page
    assert "<mark>script</mark>" in page
    assert "<img src=x" not in asked(client, "onerror").content.decode()
    assert "<b>" not in asked(client, "<b>没有").content.decode().split("您可查看的内容中没有")[1][:40]


@pytest.mark.parametrize(
    "text", ["", " ", "。，", "\x00", "' OR 1=1 --", '"', "*", "a" * 500, "局" * 500, "NEAR(a b)", ":* & |", "%_"]
)
def test_no_question_fails(client, officer, body, text):
    body("bureau", name="科学技术局")
    assert asked(client, text).context["total"] == 0


def test_nothing_found_tells_what_to_try(client, officer):
    page = asked(client, "没有这个 名称").content.decode()
    assert "减少词语" in page
    assert "没有您可查看的结果" in page


def test_one_kind_is_paged(client, officer):
    made = [Body(slug=f"b{n}", name=f"第{n}研究所", kind="institute") for n in range(pages.PAGE + 5)]
    save_many(made, None, title="x")
    page = asked(client, "研究所", **{"in": "bodies.body", "page": "2"})
    assert len(page.context["only"]["hits"]) == 5
    assert page.context["total"] == pages.PAGE + 5
    assert asked(client, "研究所", **{"in": "nonsense"}).context["groups"]


def test_files_are_a_kind_of_their_own_and_those_still_to_be_read_are_told(client, officer):
    document = Document(title="通知")
    save(document, officer)
    attach(document, officer, "附件.csv", io.BytesIO("镇街,金额\n汉丰,12\n".encode()))
    attach(document, officer, "扫描.pdf", io.BytesIO(b"%PDF"))
    page = asked(client, "汉丰")
    assert [g["name"] for g in page.context["groups"]] == ["files"]
    assert page.context["waiting"] == FileText.objects.filter(state="waiting").count() == 1
    assert "尚待读取" in page.content.decode()


def test_the_page_asks_little(client, officer, body):
    body("bureau", name="科学技术局")
    save_many([Body(slug=f"b{n}", name=f"科学{n}所", kind="institute") for n in range(30)], None, title="x")
    asked(client, "科学")
    with CaptureQueriesContext(connection) as context:
        asked(client, "科学")
    one = [q["sql"] for q in context.captured_queries]
    save_many([Document(title=f"科学通知{n}") for n in range(30)], None, title="x")
    with CaptureQueriesContext(connection) as context:
        asked(client, "科学")
    assert len(context) - len(one) == 2  # one more kind: its candidates, its rows drawn
    told = [sql for sql in one if "search_" in sql]
    assert len(told) == 3, told  # the kinds, the candidates, the files that wait
