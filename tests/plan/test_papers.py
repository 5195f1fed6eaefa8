"""A paper from its draft to the signature: edited copies, settled figures, comments and answers, four eyes, issued again."""

from __future__ import annotations

import re
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.translation import override
from docx import Document
from docx.oxml.ns import qn
from plan_cases import publish

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Person, Post
from hanfeng.kernel.flow.flow import go
from hanfeng.kernel.pure import Clock, Limit
from hanfeng.kernel.record.write import save
from hanfeng.kernel.rule.calendar import calendar
from hanfeng.kernel.rule.models import Setting
from hanfeng.kernel.rule.parameters import load
from hanfeng.plan.evaluate import find_plan
from hanfeng.plan.papers import work
from hanfeng.plan.papers.flow import approval
from hanfeng.plan.papers.models import Edition, Opinion, Paper, State, newest
from hanfeng.plan.papers.parameters import PARAMETERS
from hanfeng.plan.papers.showing import compared, places, shown
from hanfeng.plan.report.linked import Linked, bare_numbers
from hanfeng.plan.report.reread import BARE, CHANGED, NotACopy

pytestmark = pytest.mark.django_db
END = date(2025, 12, 31)
ROLES = {
    "drafter": ("people.officer", "plan.officer"), "drafter2": ("people.officer", "plan.officer"),
    "reviewer": ("people.officer", "papers.reviewer"), "leader": ("people.officer", "plan.leader"),
    "contact": ("people.officer", "plan.contact"), "outsider": (), "all": ("plan.officer", "papers.reviewer", "plan.leader"),
}  # fmt: skip


@pytest.fixture
def users(county):
    made = {}
    for name, roles in ROLES.items():
        made[name] = User.objects.create_user(name, password="x")
        made[name].groups.set([Group.objects.get_or_create(name=role)[0] for role in roles])
    person = Person(name="联络员", account=made["contact"])
    save(person, None)
    save(Post(person=person, body=Body.objects.get(slug="science-bureau")), None)
    return made


@pytest.fixture
def paper(users):
    with override("zh-hans"):
        return work.draft_paper(find_plan(), END, "zh-hans", users["drafter"])


def copy_of(edition, change=None):
    document = Document(BytesIO(work.docx_of(edition)))
    if change:
        change(document)
    out = BytesIO()
    document.save(out)
    return BytesIO(out.getvalue())


def forge(document):
    """A number changed by hand, and one that nothing backs."""
    words = next(w for c in document.element.body.iter(qn("w:sdt")) for w in c.iter(qn("w:t"))
                 if c[0].find(qn("w:alias")).get(qn("w:val")).startswith("reading:") and w.text.endswith("家"))  # fmt: skip
    words.text = "999家"
    next(p for p in document.paragraphs if p.text.startswith("规划设置主要指标")).add_run("预计投入12亿元。")


def client(user):
    browser = Client()
    browser.force_login(user)
    browser.cookies["django_language"] = "en"
    return browser


def move(paper, name, user, note="because"):
    return go(approval, paper, name, user, note)


def test_the_whole_way(users, paper):
    move(paper, "circulate", users["drafter"])
    taken = work.take_in(paper, copy_of(newest(paper), forge), users["drafter"], "numbers by hand")
    assert {f.kind for f in taken.read.findings if f.is_open} == {CHANGED, BARE}
    with pytest.raises(ValidationError, match="settle"), override("en"):
        move(paper, "submit", users["drafter"])
    found = taken.edition.found
    how = {n: work.RESTORE if f.kind == CHANGED else work.ANSWER for n, f in enumerate(found) if f.is_open}
    with pytest.raises(ValidationError), override("en"):
        work.settle(paper, taken.edition.no, how, {}, users["drafter"])
    settled = work.settle(paper, taken.edition.no, how, dict.fromkeys(how, "据财政局函"), users["drafter"])
    assert settled.open == 0
    assert not list(bare_numbers(settled.draft.blocks))
    assert "999" not in "".join(link.text for link in settled.draft.links)
    assert any(link.kind == "stated" and link.source == "据财政局函" for link in settled.draft.links)
    opinion = Opinion(paper=paper, edition=settled, body=Body.objects.get(slug="science-bureau"), text="请补充原因。")
    save(opinion, users["contact"])
    with pytest.raises(ValidationError, match="not answered"), override("en"):
        move(paper, "submit", users["drafter"])
    opinion.refresh_from_db()
    with pytest.raises(ValidationError):
        work.answer(opinion, "refused", "", users["drafter"])
    work.answer(opinion, "partly", "数据公布后再补", users["drafter"])
    move(paper, "submit", users["drafter"])
    with pytest.raises(ValidationError), override("en"):
        work.take_in(paper, copy_of(newest(paper)), users["drafter"])
    move(paper, "pass", users["reviewer"])
    assert move(paper, "approve", users["leader"]).state == State.APPROVED
    assert [e.mark for e in Edition.objects.filter(paper=paper).order_by("no") if e.mark] == [
        "comments",
        "review",
        "approved",
    ]
    with override("zh-hans"):
        assert "审定" not in work.draft_name(newest(paper))
        assert "征求意见稿" in work.draft_name(Edition.objects.get(paper=paper, mark="comments"))


def test_nobody_decides_on_a_text_he_wrote(users, paper):
    users["all"].groups.add(*Group.objects.filter(name__in=["people.officer"]))
    move(paper, "circulate", users["drafter"])
    work.take_in(paper, copy_of(newest(paper)), users["all"])
    move(paper, "submit", users["drafter"])
    with pytest.raises(ValidationError, match="wrote"), override("en"):
        move(paper, "pass", users["all"])
    assert Paper.objects.get(pk=paper.pk).state == State.CHECK
    shown = {m["name"]: m for m in client(users["all"]).get(paper.get_absolute_url()).context["moves"]}
    assert shown["return"]["may"]
    assert not shown["pass"]["may"]
    with pytest.raises(PermissionDenied):
        move(paper, "pass", users["drafter"])
    move(paper, "pass", users["reviewer"])
    with pytest.raises(ValidationError, match="wrote"), override("en"):
        move(paper, "approve", users["all"])
    users["reviewer"].groups.add(Group.objects.get(name="plan.leader"))
    again = User.objects.get(pk=users["reviewer"].pk)
    with pytest.raises(ValidationError, match="reviewed"), override("en"):
        move(paper, "approve", again)
    assert Paper.objects.get(pk=paper.pk).state == State.SIGN


def test_a_copy_of_an_older_edition_does_not_overwrite_a_newer_one(users, paper):
    first = newest(paper)
    work.take_in(paper, copy_of(first, lambda d: d.paragraphs[4].add_run("甲改。")), users["drafter"])
    older = copy_of(first, lambda d: d.paragraphs[5].add_run("乙改。"))
    with pytest.raises(work.Overtaken):
        work.take_in(paper, older, users["drafter2"])
    older.seek(0)
    taken = work.take_in(paper, older, users["drafter2"], anyway=True)
    assert taken.edition.no == 3
    assert Edition.objects.filter(paper=paper).count() == 3


def test_a_copy_of_another_paper_is_refused(users, paper):
    other = work.draft_paper(find_plan(), date(2024, 6, 30), "zh-hans", users["drafter"])
    with pytest.raises(ValidationError, match="another paper"), override("en"):
        work.take_in(paper, copy_of(newest(other)), users["drafter"])
    with pytest.raises(NotACopy):
        work.take_in(paper, BytesIO(b"no document"), users["drafter"])


def test_an_edition_comes_back_as_it_was(users, paper):
    taken = work.take_in(paper, copy_of(newest(paper)), users["drafter"])
    assert taken.edition.draft == Edition.objects.get(paper=paper, no=1).draft
    assert taken.edition.open == 0
    pairs = compared(Edition.objects.get(paper=paper, no=1).draft, taken.edition.draft)
    assert all(pair.kind == "same" for pair in pairs)


def test_two_editions_side_by_side_show_each_word_that_changed(users, paper):
    first = newest(paper)
    second = work.take_in(
        paper, copy_of(first, lambda d: d.paragraphs[6].add_run("总体平稳。")), users["drafter"]
    ).edition
    changed = [pair for pair in compared(first.draft, second.draft) if pair.kind != "same"]
    assert len(changed) == 1
    assert [piece.text for piece in changed[0].right if piece.kind] == ["总体平稳。"]
    assert not [piece for piece in changed[0].left if piece.kind]


def test_late_values_lead_to_a_final_report_that_says_what_changed(users, paper):
    assert paper.stage == Paper.Stage.PRELIMINARY
    move(paper, "circulate", users["drafter"])
    move(paper, "submit", users["drafter"])
    with pytest.raises(ValidationError):
        work.reissue(paper, date(2026, 10, 1), users["drafter"])
    move(paper, "pass", users["reviewer"])
    done = move(paper, "approve", users["leader"])
    publish("rd-intensity", 2.05, END)
    again = work.reissue(done, date(2026, 10, 1), users["drafter2"])
    text = "\n".join(block.text for block in newest(again).draft.blocks)
    assert "与初评相比的变化" in text
    assert "研究经费投入强度初评为无数值" in text
    assert "2.05" in text
    with pytest.raises(ValidationError):
        work.reissue(done, date(2026, 10, 2), users["drafter2"])


def test_each_number_on_the_page_opens_something(users, paper):
    draft = newest(paper).draft
    linked = [
        run
        for block in shown(draft)
        for run in block.get("runs", ())
        if run.get("kind") in ("reading", "computed", "plan")
    ]
    assert linked
    assert all(run["url"] for run in linked if run["kind"] != "plan")
    browser = client(users["drafter"])
    reading = next(run for run in linked if run["kind"] == "reading")
    assert browser.get(reading["url"]).status_code == 200
    assert isinstance(draft.links[0], Linked)


def test_comments_name_places_of_the_text(paper):
    found = places(newest(paper).draft)
    assert found[0].startswith("一、")
    assert not any("附件" in place for place in found)


@pytest.mark.parametrize("page", ["", "text/", "compare/", "comments/", "docx/1/"])
def test_pages_open_for_those_who_work_here_and_for_no_one_else(users, paper, page):
    url = f"{paper.get_absolute_url()}{page}"
    for name in ("drafter", "reviewer", "leader", "contact"):
        assert client(users[name]).get(url).status_code == 200, name
    assert client(users["outsider"]).get(url).status_code == 404
    assert Client().get(url).status_code == 302


def test_the_pages_ask_a_fixed_number_of_times(users, paper, django_assert_max_num_queries):
    browser = client(users["drafter"])
    for page in ("", "text/", "compare/", "comments/"):
        browser.get(f"{paper.get_absolute_url()}{page}")
        with django_assert_max_num_queries(26):
            assert browser.get(f"{paper.get_absolute_url()}{page}").status_code == 200


def test_the_journey_through_the_pages(users, county):
    browser = client(users["drafter"])
    answer = browser.post("/papers/draft/", {"plan": find_plan().slug, "as_of": "2025-12-31", "language": "zh-hans"})
    assert answer.status_code == 302
    url = answer["Location"]
    paper = Paper.objects.latest("pk")
    assert (
        client(users["contact"]).post("/papers/draft/", {"plan": find_plan().slug, "as_of": "2025-12-31"}).status_code
        == 403
    )
    later = {"plan": find_plan().slug, "as_of": (date.today() + timedelta(days=3)).isoformat()}  # noqa: DTZ011
    assert browser.post("/papers/draft/", later)["Location"] == "/papers/"
    content = browser.get(f"{url}docx/1/").content
    back = SimpleUploadedFile("paper.docx", content)
    answer = browser.post(f"{url}copy/", {"file": back, "note": "read through"}, follow=True)
    assert "edition 2" in answer.content.decode()
    junk = browser.post(f"{url}copy/", {"file": SimpleUploadedFile("x.docx", b"junk")}, follow=True)
    assert ".docx" in junk.content.decode()
    assert browser.post(f"{url}number/", {"number": "开州府发[2026]1号"}, follow=True).content.decode().count("〔〕")
    browser.post(f"{url}number/", {"number": "开州府发〔2026〕1号"})
    assert Paper.objects.get(pk=paper.pk).number == "开州府发〔2026〕1号"
    browser.post(f"{url}move/circulate/", {})
    theirs = client(users["contact"])
    body = Body.objects.get(slug="science-bureau")
    theirs.post(f"{url}comments/", {"body": body.pk, "clause": "一、", "text": "请补充。"})
    other = Body.objects.exclude(pk=body.pk).exclude(kind=Body.Kind.ENTERPRISE).first()
    assert theirs.post(f"{url}comments/", {"body": other.pk, "text": "x"}).status_code == 403
    opinion = Opinion.objects.get(paper=paper)
    assert theirs.post(f"{url}comments/{opinion.pk}/", {"taken": "adopted"}).status_code == 403
    browser.post(f"{url}comments/{opinion.pk}/", {"taken": "adopted", "version": opinion.version})
    assert Opinion.objects.get(paper=paper).taken == "adopted"
    page = browser.get(f"{url}comments/").content.decode()
    assert re.search(r"请补充。", page)
    face = browser.get("/papers/").content.decode()
    assert "on their way" in face.lower()


def test_the_time_for_comments_is_a_parameter_with_its_days(users, paper):
    load(PARAMETERS)
    first = Setting.objects.get(name="papers.comment-days")
    save(first, None, {"ends": date(2020, 1, 1)})
    save(Setting(name=first.name, value=3, unit=first.unit, title=first.title, starts=date(2020, 1, 1)), None)
    sent = go(approval, paper, "circulate", users["drafter"])
    assert sent.due_at == Limit(3, Clock.WORKING_DAY).due(sent.entered_at, calendar())
    with override("en"):
        row = Setting.objects.get(name=first.name, starts=date(2020, 1, 1))
        save(row, None, {"value": "ten"})
        back = go(approval, sent, "recall", users["drafter"], "Again.")
        with pytest.raises(ValidationError, match=r"“ten” is no time limit for papers\.comment-days"):
            go(approval, back, "circulate", users["drafter"])
