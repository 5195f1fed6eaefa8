"""The search: what it finds, for whom, and that the index follows every way of writing."""

import io

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.documents.models import Document
from hanfeng.commons.people.models import Person, Post
from hanfeng.commons.people.roles import OFFICER, REGISTRAR
from hanfeng.kernel.api import attach, erase, save, save_many, undo
from hanfeng.kernel.record.models import Batch
from hanfeng.kernel.search import engine, find, keep, rebuild
from hanfeng.kernel.search.models import FileText, Late, Passage
from hanfeng.kernel.search.places import slot
from hanfeng.kernel.search.words import question
from hanfeng.packs.innovation.enterprises.models import Enterprise, Honour
from hanfeng.packs.innovation.enterprises.roles import FIRM

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def chinese():
    """Names are read in Chinese, whatever a test before has spoken."""
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def officer(account):
    return account("officer", OFFICER, REGISTRAR)


def found(user, text, only=""):
    """(kind, name) of all that answers, as the page draws it."""
    words = question(text)
    told = []
    for group in find.find(user, words, only):
        for hit in find.draw(user, group.found, words):
            told.append((group.name, "".join(t for t, _hit in hit.title.pieces)))
    return told


def names(user, text, only=""):
    return [name for _kind, name in found(user, text, only)]


def sound():
    assert list(rebuild.compare()) == []


def firm(body, slug, name, **values):
    made = Enterprise(body=body(slug, name=name, kind="enterprise"), industry="other", **values)
    save(made, None)
    return made


def test_a_record_is_found_from_its_first_save_and_by_its_new_name_alone_after_a_change(officer, body):
    made = body("bureau", name="科学技术局", name_en="Science Bureau")
    assert names(officer, "科技") == []
    assert names(officer, "学技") == ["科学技术局"]
    assert names(officer, "bureau 科学") == ["科学技术局"]
    save(made, officer, {"name": "科技和经信局", "slug": "econ"})
    assert names(officer, "学技") == []
    assert names(officer, "经信") == ["科技和经信局"]
    sound()


def test_a_record_withdrawn_leaves_and_comes_back_with_undo(officer):
    batch = save_many(
        [Body(slug=f"b{n}", name=f"第{n}研究所", kind="institute") for n in range(30)], officer, title="x"
    ).batch
    assert len(names(officer, "研究所")) == 30
    taken = undo(batch, officer).batch
    assert names(officer, "研究所") == []
    assert Passage.objects.count() == 0 or not Passage.objects.filter(title__contains="研究所").exists()
    undo(taken, officer)
    assert len(names(officer, "研究所")) == 30
    sound()


def test_changes_of_a_batch_are_indexed_together(officer, body):
    made = [body(f"b{n}", name=f"老名{n}") for n in range(25)]
    save_many([(m, {"name": f"新名{n}"}) for n, m in enumerate(made)], officer, title="rename")
    assert names(officer, "老名") == []
    assert len(names(officer, "新名")) == 25
    sound()


def test_a_batch_refused_by_the_database_row_by_row_is_indexed_row_by_row(officer, body):
    body("b3")
    made = save_many([Body(slug=f"b{n}", name=f"联盟{n}", kind="association") for n in range(8)], officer, title="x")
    assert len(made.errors) == 1
    assert len(names(officer, "联盟")) == 7
    sound()


def test_what_a_refused_save_would_have_said_is_not_found(officer, body):
    made = body("bureau", name="科学技术局")
    with pytest.raises(ValidationError):
        save(made, officer, {"name": "改名局", "code": "91110000600037341X"})
    assert names(officer, "改名") == []
    sound()


def test_personal_fields_are_never_found_nor_where_a_text_repeats_them(officer):
    person = Person(name="李雷 13800138000", phone="13800138000", email="li@example.org")
    save(person, officer)
    assert names(officer, "李雷") == ["李雷 13800138000"]
    for asked in ("13800138000", "138001", "li@example.org", "example"):
        assert names(officer, asked) == []
    held = " ".join(f"{p.title} {p.body}" for p in Passage.objects.all())
    assert "13800138000" not in held
    erase(person, officer, ["phone", "email"], "asked for")
    sound()


def test_a_personal_field_named_in_a_search_of_the_desk_is_not_indexed(officer, body):
    firm(body, "f", "某某公司", contact="韩梅梅", phone="13900139000")
    assert names(officer, "韩梅梅") == []
    assert names(officer, "13900139000") == []


def test_rows_outside_the_scope_neither_match_nor_count(officer, account, body):
    mine, other = (
        body("mine", name="甲科技公司", kind="enterprise"),
        body("other", name="乙科技公司", kind="enterprise"),
    )
    user = account("boss", FIRM, body=mine)
    for one in (mine, other):
        save(Enterprise(body=one, industry="other"), None)
    words = question("科技公司")
    groups = {g.name: g.total for g in find.find(user, words)}
    assert groups == {"bodies.body": 1, "enterprises.enterprise": 1, "people.post": 1}
    assert {g.name: g.total for g in find.find(officer, words)}["bodies.body"] == 2
    assert find.find(AnonymousUser(), words) == []


def test_a_reader_of_few_rows_finds_them_behind_many_he_may_not_see(account, body, settings):
    mine = body("mine", name="甲科技公司", kind="enterprise")
    user = account("boss", FIRM, body=mine)
    save_many([Body(slug=f"b{n}", name=f"科技公司{n}", kind="enterprise") for n in range(700)], None, title="x")
    groups = find.find(user, question("科技公司"), "bodies.body")
    assert [(g.total, g.more) for g in groups] == [(1, False)]


def test_of_many_matches_the_newest_are_ranked_and_titles_before_them(officer):
    old = Body(slug="old", name="创新协会", kind="association")
    save(old, officer)
    many = (Body(slug=f"b{n}", name=f"单位{n}", kind="institute", note="创新协会成员") for n in range(find.MOST + 50))
    save_many(many, officer, title="x")
    (group,) = find.find(officer, question("创新协会"), "bodies.body")
    assert group.more
    assert group.total == find.MOST + 1
    assert group.found[0].record == old.pk


def test_a_kind_asked_for_in_parts_gives_the_same(officer, monkeypatch):
    """PostgreSQL is asked for the newest of a large kind first, and for older ones while there are too few."""
    rows = (
        Body(slug=f"b{n}", name=f"单位{n}", kind="institute", note="创新" if n % 50 == 3 else "") for n in range(300)
    )
    save_many(rows, None, title="many")
    asked = [("单位", 20), ("单位", 500), ("创新", 3), ("创新", 500)]

    def told():
        found = []
        for text, most in asked:
            (held,) = engine.holding([slot(Body)], question(text))
            found += [engine.candidates(held, question(text), most, None, titles=titles) for titles in (False, True)]
        return found

    whole = told()
    assert [len(rows) for rows in whole] == [20, 20, 300, 300, 3, 0, 6, 0]
    monkeypatch.setattr(engine, "FEW", 10)
    assert told() == whole


def test_a_name_of_another_record_is_followed(officer, body):
    made = firm(body, "f", "旧称机械公司")
    save(Honour(enterprise=made, kind="high-tech", number="GR2025", valid_from="2025-01-01"), None)
    assert {k for k, _n in found(officer, "旧称机械")} == {
        "bodies.body",
        "enterprises.enterprise",
        "enterprises.honour",
    }
    save(made.body, officer, {"name": "新称机械公司"})
    assert found(officer, "旧称机械") == []
    assert {k for k, _n in found(officer, "新称机械")} == {
        "bodies.body",
        "enterprises.enterprise",
        "enterprises.honour",
    }
    assert {k for k, _n in found(officer, "gr2025 新称")} == {"enterprises.honour"}
    sound()


def test_who_takes_only_the_name_is_asked_only_for_a_new_name(officer, body):
    made = firm(body, "f", "旧称机械公司")
    with CaptureQueriesContext(connection) as asked:
        save(made.body, officer, {"note": "迁至新区"})
    assert not [q["sql"] for q in asked if "enterprises_enterprise" in q["sql"]]
    assert [k for k, _n in found(officer, "迁至新区")] == ["bodies.body"]
    with CaptureQueriesContext(connection) as asked:
        save(made.body, officer, {"name": "新称机械公司"})
    assert [q["sql"] for q in asked if "enterprises_enterprise" in q["sql"]]
    sound()


def test_too_many_followers_are_left_to_the_worker(officer, body, monkeypatch):
    made = firm(body, "f", "旧称机械公司")
    for n in range(7):
        year = {"valid_from": f"20{n:02}-01-01", "valid_until": f"20{n:02}-12-31"}
        save(Honour(enterprise=made, kind="tech-sme", number=f"GR{n}", **year), None)
    monkeypatch.setattr(keep, "AT_ONCE", 3)
    save(made.body, officer, {"name": "新称机械公司"})
    assert Late.objects.count() == 1
    assert len(names(officer, "旧称机械", "enterprises.honour")) == 7
    while keep.catch_up(3):
        pass
    assert Late.objects.count() == 0
    assert len(names(officer, "新称机械", "enterprises.honour")) == 7
    sound()


def test_names_changed_together_are_followed_with_few_questions(officer, body, monkeypatch):
    firms = [firm(body, f"f{n}", f"旧称机械公司{n}") for n in range(6)]
    for made, count in zip(firms, (1, 1, 5, 1, 0, 1), strict=True):  # of the third more than are indexed at once
        for n in range(count):
            year = {"valid_from": f"20{n:02}-01-01", "valid_until": f"20{n:02}-12-31"}
            save(Honour(enterprise=made, kind="tech-sme", number=f"GR{made.pk}-{n}", **year), None)
    before = [(made.body, {"name": f"中间机械公司{n}"}) for n, made in enumerate(firms)]
    with CaptureQueriesContext(connection) as asked:
        save_many(before, officer, title="一同改名")
    assert sum("enterprises_honour" in q["sql"] and q["sql"].startswith("SELECT") for q in asked) < len(firms)
    sound()
    monkeypatch.setattr(keep, "AT_ONCE", 3)
    save_many([(made.body, {"name": f"新称机械公司{n}"}) for n, made in enumerate(firms)], officer, title="一同改名")
    assert [(late.lookup, late.key) for late in Late.objects.all()] == [("enterprise__body", firms[2].body.pk)]
    assert len(names(officer, "新称机械", "enterprises.honour")) == 4
    while keep.catch_up(3):
        pass
    assert len(names(officer, "新称机械", "enterprises.honour")) == 9
    sound()


def test_a_choice_is_found_in_both_languages(officer, body):
    made = firm(body, "f", "机械公司")
    save(Honour(enterprise=made, kind="high-tech", number="GR2025", valid_from="2025-01-01"), None)
    assert len(names(officer, "高新技术企业", "enterprises.honour")) == 1
    assert len(names(officer, "high-tech", "enterprises.honour")) == 1


def test_the_text_of_a_file_is_found_and_belongs_to_its_record(officer, account):
    document = Document(title="关于印发办法的通知", number="某府发〔2026〕3号")
    save(document, officer)
    attach(
        document,
        officer,
        "正文.txt",
        io.BytesIO("第一条 为了规范\n\n第二条 风险补偿资金由财政安排。".encode("gb18030")),
    )
    words = question("风险补偿")
    (group,) = find.find(officer, words)
    (hit,) = find.draw(officer, group.found, words)
    assert (group.name, hit.belongs[0][0]) == (find.FILES, "关于印发办法的通知")
    assert [t for t, is_hit in hit.snippet.pieces if is_hit] == ["风险补偿"]
    assert names(officer, "正文") == ["正文.txt"]
    assert find.find(account("citizen"), words) == []
    save(document, officer, {"void": True}, verb="void")
    assert find.find(officer, words) == []
    sound()


def test_a_file_that_holds_no_text_says_so(officer):
    document = Document(title="照片")
    save(document, officer)
    attach(document, officer, "a.png", io.BytesIO(b"\x89PNG"))
    attach(document, officer, "broken.docx", io.BytesIO(b"no zip"))
    attach(document, officer, "later.pdf", io.BytesIO(b"%PDF-1.4 broken"))
    assert list(FileText.objects.order_by("file").values_list("state", flat=True)) == ["none", "failed", "waiting"]
    assert keep.read_waiting() == 1
    assert FileText.objects.get(file__name="later.pdf").state == "failed"


def test_the_check_finds_what_was_changed_behind_the_index(officer, body):
    made, other = body("a", name="甲局"), body("b", name="乙局")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE search_passage SET title = '假' WHERE record = %s", [made.pk])
    assert f"bodies.body {made.pk}" in [f.where for f in rebuild.compare()]
    engine.drop(list(engine.kept([rebuild.of_record(Body, other.pk)]).values()))
    assert f"bodies.body {other.pk}" in [f.where for f in rebuild.compare()]
    rebuild.rebuild()
    sound()
    assert names(officer, "甲局") == ["甲局"]


def test_the_check_finds_tokens_that_no_passage_has(officer, body):
    made = body("a", name="甲局")
    place = rebuild.of_record(Body, made.pk)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(engine.INDEX_LITE, [place, "乙局"])
        else:
            cursor.execute("UPDATE search_passage SET words = '乙局' WHERE place = %s", [place])
    assert list(rebuild.compare())
    rebuild.rebuild()
    sound()


def test_an_import_and_its_index_stand_in_one_transaction(officer):
    def mark(upto, refused):
        raise RuntimeError("fall")

    with pytest.raises(RuntimeError):
        save_many([Body(slug="x", name="断电研究所", kind="institute")], officer, title="x", mark=mark)
    assert Body.objects.filter(slug="x").count() == 0
    assert names(officer, "断电") == []
    assert Batch.objects.exists()
    sound()


def test_posts_are_found_by_person_and_body(officer, body):
    person = Person(name="王芳")
    save(person, None)
    save(Post(person=person, body=body("bureau", name="科学技术局"), title="科长"), None)
    assert names(officer, "王芳 科学", "people.post") == ["王芳 · 科学技术局"]
