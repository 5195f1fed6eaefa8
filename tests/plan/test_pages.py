"""The pages of the plans: who may open them, what each tells, what can be done there, how little they ask the database."""

from __future__ import annotations

import io
import json
import re
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook
from plan_cases import publish

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.roles import OFFICER as OFFICE
from hanfeng.kernel.portal.flow import EDITOR, State
from hanfeng.kernel.portal.models import Snapshot
from hanfeng.kernel.record.models import Batch, Event
from hanfeng.kernel.record.write import save
from hanfeng.packs.innovation.enterprises.roles import FIRM
from hanfeng.plan import loading
from hanfeng.plan.evaluate import evaluate
from hanfeng.plan.models import Cause, Duty, Plan, Target, Task
from hanfeng.plan.pages import state
from hanfeng.plan.roles import LEADER, OFFICER

SLUG = "innovation-2021-2025"
PLAN = f"/plans/{SLUG}/"
YUNXI = Path(__file__).resolve().parents[1] / "counties" / "yunxi"
OPEN = (
    "/", "/plans/", PLAN, f"{PLAN}trace/", f"{PLAN}clause/", f"{PLAN}clause/6.1/", f"{PLAN}clause/box2-3/", f"{PLAN}task/",
    f"{PLAN}task/smart-hospital/", f"{PLAN}indicator/", f"{PLAN}indicator/high-tech-firms/",
    f"{PLAN}indicator/rd-spending-growth/",
)  # fmt: skip
INTERNAL = (
    f"{PLAN}duties/", f"{PLAN}contradictions/", f"{PLAN}evaluation/", f"{PLAN}evaluation/?as_of=2023-06-30",
    f"{PLAN}evaluation/report/json/", f"{PLAN}duties/template/",
)  # fmt: skip
VERDICTS = ("Cannot be judged", "Cannot be judged yet", "Behind plan", "On plan")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loaded(county, monkeypatch):
    """The real county, nothing kept in memory from another test, and a clock that lets what is kept stand."""
    monkeypatch.setattr(state, "time", lambda: 0.0)
    for kept in (state._passages, state._rows, state._lines, state._evaluation):
        kept.cache_clear()


@pytest.fixture
def as_(county):
    """as_(ROLE, ...) -> a client signed in with these roles, reading English."""

    def make(*roles, language="en"):
        user = User.objects.create_user("_".join(role.name for role in roles).replace(".", "-"))
        user.groups.set([Group.objects.get_or_create(name=role.name)[0] for role in roles])
        client = Client()
        client.cookies["django_language"] = language
        client.force_login(user)
        return client

    return make


def words(answer) -> str:
    """The text of a page's main part, without tags."""
    html = answer.content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


# --- who may open what ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [*OPEN, *INTERNAL])
def test_nobody_unknown_reads_them(url, client):
    answer = client.get(url)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/portal/")


def test_whoever_works_here_reads_all(as_):
    for role in (OFFICE, LEADER, OFFICER):
        client = as_(role)
        assert {url: client.get(url).status_code for url in (*OPEN, *INTERNAL)} == dict.fromkeys(
            (*OPEN, *INTERNAL), 200
        )


def test_an_enterprise_reads_the_plan_and_what_was_published_only(as_):
    firm = as_(FIRM)
    assert {firm.get(url).status_code for url in OPEN} == {200}
    assert {firm.get(url).status_code for url in INTERNAL} == {403}
    said = words(firm.get(f"{PLAN}indicator/high-tech-firms/"))
    assert "at least 67" in said  # published by the press
    for kept in (*VERDICTS, "to be verified", "Ask ", "disagrees with itself", "Causes", "By town"):
        assert kept not in said
    assert not any(verdict in words(firm.get(url)) for url in OPEN for verdict in VERDICTS)
    assert "duties/" not in firm.get("/").content.decode()


def test_only_the_plan_officer_may_write(as_):
    officer, leader = as_(OFFICER), as_(LEADER)
    for url, act in (
        (f"{PLAN}duties/", "duties/sheet/"),
        (f"{PLAN}task/smart-hospital/", "/plan/duty/new/"),
        (f"{PLAN}indicator/high-tech-firms/", "/plan/reading/new/"),
    ):
        assert act in officer.get(url).content.decode()
        assert act not in leader.get(url).content.decode()
    assert leader.get(f"{PLAN}duties/sheet/").status_code == 403
    assert leader.post(f"{PLAN}duties/apply/", {"carried": "x"}).status_code == 403


def test_what_is_not_there_is_not_found(as_):
    client = as_(OFFICER)
    for url in ("/plans/none/", f"{PLAN}clause/99/", f"{PLAN}task/none/", f"{PLAN}indicator/none/", f"{PLAN}duties/batch/999999/",
                f"{PLAN}evaluation/report/odt/"):  # fmt: skip
        assert client.get(url).status_code == 404, url


# --- how little they ask ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [*OPEN, *INTERNAL[:4]])
def test_each_page_asks_at_most_thirty_times_and_far_less_the_second_time(url, as_, django_assert_max_num_queries):
    client = as_(OFFICER, OFFICE)
    with django_assert_max_num_queries(30):
        client.get(url)
    with django_assert_max_num_queries(16):
        client.get(url)


def test_what_is_kept_in_memory_follows_every_write(as_):
    client, url = as_(OFFICER), f"{PLAN}indicator/rd-intensity/?as_of=2025-12-31"
    assert "1.71" not in words(client.get(url))
    reading = publish("rd-intensity", 1.71, date(2023, 12, 31))
    assert "1.71" in words(client.get(url))
    save(reading, None, {"low": 1.72, "high": 1.72})
    assert "1.71" not in words(client.get(url))
    assert "1.72" in words(client.get(url))


def test_languages_are_kept_apart(as_):
    english, chinese = as_(OFFICER), as_(LEADER, language="zh-hans")
    name = Target.objects.get(slug="high-tech-firms")
    for client, said, other in ((english, name.name_en, name.name), (chinese, name.name, name.name_en)):
        told = words(client.get(f"{PLAN}indicator/"))
        assert said in told
        assert other not in told


# --- the first page ---------------------------------------------------------------------------------------------------


def test_the_first_page_tells_the_state_the_worst_and_what_is_due(as_):
    client = as_(LEADER)
    html = client.get("/?as_of=2025-12-31").content.decode()
    for part in ("headline", "worst-title", "due-title", "rank-title", "cards-title", "carried-title"):
        assert f'id="{part}"' in html
    assert html.count("plan-card") == 8 + html.count("plan-cards")
    assert html.index('id="worst-title"') < html.index('id="cards-title"')
    assert client.get(PLAN).status_code == 200


def test_the_plan_of_the_address_and_the_default_one_are_the_same_page(as_):
    client = as_(LEADER)
    assert words(client.get("/")) == words(client.get(PLAN))


def test_all_plans_the_default_one_first(as_):
    said = words(as_(LEADER).get("/plans/"))
    titles = [plan.title_en for plan in Plan.objects.all()]
    assert sorted(titles, key=said.index)[0] == Plan.objects.get(slug=SLUG).title_en
    assert "228 tasks" in said


def test_a_site_without_a_plan_says_so(as_):
    client = as_(LEADER)
    for model in (Plan,):
        for plan in model.objects.all():
            save(plan, None, {"void": True})
    assert "No plan has been loaded yet" in words(client.get("/"))
    assert "No plan has been loaded yet" in words(client.get("/plans/"))


def test_a_plan_of_which_only_the_frame_is_kept(as_):
    client = as_(LEADER)
    said = words(client.get("/plans/city-innovation-2021-2025/"))
    assert "Only its frame is kept" in said
    for part in ("trace", "clause", "task", "indicator", "duties", "contradictions", "evaluation"):
        answer = client.get(f"/plans/city-innovation-2021-2025/{part}/")
        assert answer.status_code == 200, part
        assert re.search(r"is kept of this plan|is recorded of this plan|is assigned anything yet", words(answer)), part


# --- clauses and commitments ------------------------------------------------------------------------------------------


def served() -> set[str]:
    from hanfeng.plan.trace import serving

    return set(serving()) & set(Task.objects.filter(plan__slug=SLUG).values_list("commitment", flat=True))


def commitments_on(answer) -> set[str]:
    return set(re.findall(rf'href="{PLAN}task/([a-z0-9-]+)/"', answer.content.decode()))


def test_the_trace_counts_and_filters_without_a_script(as_):
    client = as_(OFFICER)
    every = client.get(f"{PLAN}trace/")
    assert f"{len(served())} of 228 commitments are served" in words(every)
    assert len(commitments_on(every)) == 228
    assert commitments_on(client.get(f"{PLAN}trace/?served=yes")) == served()
    assert len(commitments_on(client.get(f"{PLAN}trace/?served=no"))) == 228 - len(served())
    assigned = commitments_on(client.get(f"{PLAN}trace/?assigned=yes"))
    assert assigned == set(
        Duty.objects.exclude(task=None).exclude(role="data").values_list("task__commitment", flat=True)
    )
    assert not commitments_on(client.get(f"{PLAN}trace/?kind=none"))
    assert "Nothing fits these filters" in words(client.get(f"{PLAN}trace/?q=zzzz"))
    systems = [commitments_on(client.get(f"{PLAN}trace/?kind={kind}")) for kind in "SMP"]
    assert sum(map(len, systems)) == 228
    assert not set.intersection(*systems)


def test_a_chapter_is_found_by_its_code(as_):
    client = as_(OFFICER)
    counted = [len(commitments_on(client.get(f"{PLAN}trace/?chapter={chapter}"))) for chapter in range(1, 12)]
    assert sum(counted) == 228
    assert min(counted) > 0


def test_a_clause_stands_among_its_neighbours(as_):
    answer = as_(OFFICER).get(f"{PLAN}clause/box2-3/")
    html = answer.content.decode()
    for code in ("box2-2", "box2-4", "box2"):
        assert f'href="{PLAN}clause/{code}/"' in html
    said = words(answer)
    assert "204 + 5 × 50 = 454" in said  # the contradiction that bites here, computed
    assert f'href="{PLAN}indicator/sci-tech-firms/"' in html


def test_a_task_tells_who_owes_it_by_the_name_of_the_day(as_):
    client, task = as_(OFFICER), Task.objects.get(plan__slug=SLUG, commitment="smart-hospital")
    old = Body(
        slug="old-bureau", name="旧局", name_en="The old bureau", kind=Body.Kind.DEPARTMENT, ends=date(2024, 3, 1)
    )
    new = Body(
        slug="new-bureau", name="新局", name_en="The new bureau", kind=Body.Kind.DEPARTMENT, starts=date(2024, 3, 1)
    )
    save(new, None)
    save(old, None, {"successor": new})
    save(Duty(plan=task.plan, task=task, role="lead", body=old), None)
    gone = Duty(plan=task.plan, task=task, role="data", body=new)
    save(gone, None)
    save(gone, None, {"void": True})
    said = words(client.get(f"{PLAN}task/smart-hospital/"))
    assert "The new bureau given to The old bureau, whose successor it is" in said
    assert "withdrawn" in said
    assert "The new bureau" in words(client.get(f"{PLAN}duties/"))
    found = commitments_on(client.get(f"{PLAN}task/?lead=new-bureau"))
    assert found == {"smart-hospital"}


# --- indicators -------------------------------------------------------------------------------------------------------


def test_an_indicator_says_why_it_is_open_and_whom_to_ask(as_):
    said = words(as_(OFFICER).get(f"{PLAN}indicator/high-tech-firms/?as_of=2025-12-31"))
    row = evaluate(date(2025, 12, 31), SLUG, "en").target("high-tech-firms")
    for text in (row.verdict_title, row.ask, *row.why, row.target.goal, row.target.meaning, row.target.formula):
        assert text in said
    assert "at least 67" in said
    assert "33.3%" in said  # the time that had passed at the day of the value


def test_a_value_of_a_lead_stands_in_the_annex_only(as_):
    html = as_(OFFICER).get(f"{PLAN}indicator/high-tech-firms/").content.decode()
    annex = html.index('id="leads-title"')
    readings = html[html.index('id="course-title"') : annex]
    assert "<b>93</b>" not in readings[readings.index("<table>") :]
    assert "<b>93</b>" in html[annex:]


def test_what_the_target_means_is_said_of_the_ledger(as_):
    html = as_(OFFICER).get(f"{PLAN}indicator/high-tech-firms/").content.decode()
    table = html[html.index('id="ledger-title"') :]
    assert table.count("the target means this one") == 1
    assert re.search(r'href="/figures/high_tech_ever/\?period=[0-9/-]+"', table)


def test_causes_are_told_with_the_body_that_gives_them(as_):
    target = Target.objects.get(plan__slug=SLUG, slug="high-tech-firms")
    cause = Cause(
        plan=target.plan,
        target=target,
        body=Body.objects.get(slug="science-bureau"),
        day=date(2025, 1, 10),
        text="缘由",
        text_en="Two firms moved away.",
    )
    save(cause, None)
    assert "Two firms moved away." in words(as_(OFFICER).get(f"{PLAN}indicator/high-tech-firms/"))
    assert "Two firms moved away." not in words(as_(FIRM).get(f"{PLAN}indicator/high-tech-firms/"))


@pytest.mark.parametrize(("asked", "said"), [("x", "is not a day"), ("2999-01-01", "a day to come")])
def test_a_day_that_cannot_be_shown_is_told(asked, said, as_):
    answer = as_(OFFICER).get(f"{PLAN}indicator/?as_of={asked}")
    assert answer.status_code == 200
    assert said in words(answer)


def test_targets_by_verdict(as_):
    client, found = as_(OFFICER), evaluate(date(2025, 12, 31), SLUG, "en")
    for verdict in {row.verdict for row in found.targets}:
        wanted = {row.slug for row in found.targets if row.verdict is verdict}
        html = client.get(f"{PLAN}indicator/?as_of=2025-12-31&verdict={verdict.value}").content.decode()
        assert set(re.findall(rf'<a href="{PLAN}indicator/([a-z0-9-]+)/">', html)) == wanted


# --- contradictions and evaluation ------------------------------------------------------------------------------------


def test_the_contradictions_are_computed(as_):
    client = as_(OFFICER)
    said = words(client.get(f"{PLAN}contradictions/"))
    assert "In 23 places the plan disagrees with itself" in said
    assert "204 + 5 × 50 = 454" in said
    assert "46" in said[said.index("204 + 5 × 50 = 454") :][:80]
    target = Target.objects.get(plan__slug=SLUG, slug="sci-tech-firms")
    save(target, None, {"base": 210.0})
    assert "210 + 5 × 50 = 460" in words(client.get(f"{PLAN}contradictions/"))
    arithmetic = client.get(f"{PLAN}contradictions/?kind=arithmetic").content.decode()
    assert arithmetic.count('class="panel dispute"') == 3


def test_the_evaluation_counts_the_kinds_apart_and_names_our_thresholds(as_):
    said = words(as_(OFFICER).get(f"{PLAN}evaluation/?as_of=2025-12-31"))
    found = evaluate(date(2025, 12, 31), SLUG, "en")
    assert found.headline in said
    assert "The plan sets no target of this kind." in said  # no binding one
    assert said.count(" ours ") >= len([line for line in found.thresholds if line.ours]) > 0
    for row in found.targets:
        assert all(reason.text in said for reason in row.reasons)


def test_the_report_is_the_evaluation(as_):
    client = as_(OFFICER)
    answer = client.get(f"{PLAN}evaluation/report/json/?as_of=2025-12-31")
    assert answer["Content-Type"] == "application/json"
    assert "attachment" in answer["Content-Disposition"]
    assert json.loads(answer.content) == json.loads(json.dumps(evaluate(date(2025, 12, 31), SLUG, "en").to_dict()))
    word = client.get(f"{PLAN}evaluation/report/docx/?as_of=2025-12-31")
    assert word.content[:2] == b"PK"


def test_only_an_editor_drafts_for_the_public(as_):
    asked = {"as_of": "2025-12-31"}
    assert as_(OFFICER).post(f"{PLAN}evaluation/publish/", asked).status_code == 403
    editor = as_(OFFICE, EDITOR)
    assert "evaluation/publish/" in editor.get(f"{PLAN}evaluation/").content.decode()
    assert editor.post(f"{PLAN}evaluation/publish/", {"as_of": "soon"}).status_code == 302
    assert not Snapshot.objects.exists()
    answer = editor.post(f"{PLAN}evaluation/publish/", asked)
    snapshot = Snapshot.objects.get()
    assert answer["Location"] == snapshot.get_absolute_url()
    assert (snapshot.state, snapshot.as_of) == (State.DRAFT, date(2025, 12, 31))


# --- a division of work from a sheet ----------------------------------------------------------------------------------

HEAD = "任务,牵头单位,责任单位,数据提供单位,起止时间\n"
ROWS = (
    "科技政策宣传咨询,区科技局,区财政局,,2021年—2025年\n"
    "高新技术企业,区科技局,,,\n"
    "高新技术企亚,区科技局,,,\n"
)  # fmt: skip


def give(client, text=HEAD + ROWS, name="division.csv"):
    return client.post(f"{PLAN}duties/sheet/", {"file": SimpleUploadedFile(name, text.encode())})


def carried(answer) -> str:
    return re.search(r'name="carried" value="([^"]*)"', answer.content.decode())[1]


def test_a_sheet_is_shown_before_anything_is_written(as_):
    before = Duty.everything.count(), Event.objects.count()
    answer = give(as_(OFFICER))
    said = words(answer)
    assert "2 lines understood 1 lines left out" in said
    assert "高新技术企亚" in said
    assert "Did you mean" in said
    assert (Duty.everything.count(), Event.objects.count()) == before


def test_good_lines_are_taken_over_and_taken_back(as_):
    client = as_(OFFICER)
    before = set(Duty.objects.values_list("pk", flat=True))
    taken = client.post(f"{PLAN}duties/apply/", {"carried": carried(give(client))})
    made = Duty.objects.exclude(pk__in=before)
    assert {(d.role, d.body.slug) for d in made} == {("lead", "science-bureau"), ("responsible", "finance-bureau")}
    assert {d.task.commitment for d in made if d.task} == {"policy-outreach"}
    assert {(d.starts, d.ends) for d in made if d.task} == {(date(2021, 1, 1), date(2025, 12, 31))}
    assert {d.target.slug for d in made if d.target} == {"high-tech-firms"}
    result = client.get(taken["Location"])
    assert result.content.decode().count("<span>assigned</span>") == 3
    assert "division.csv" in words(client.get(f"{PLAN}duties/"))

    again = client.post(f"{PLAN}duties/apply/", {"carried": carried(give(client))})
    assert again["Location"] == f"{PLAN}duties/"  # everything is kept already

    client.post(f"{taken['Location']}undo/")
    assert set(Duty.objects.values_list("pk", flat=True)) == before
    batches = Batch.objects.count()
    client.post(f"{taken['Location']}undo/")
    assert Batch.objects.count() == batches
    assert "taken back already" in words(client.get(taken["Location"]))


def test_what_the_preview_carries_cannot_be_changed(as_):
    client = as_(OFFICER)
    kept = carried(give(client))
    for text in ("", "x", kept[:-3] + "abc"):
        answer = client.post(f"{PLAN}duties/apply/", {"carried": text})
        assert answer["Location"] == f"{PLAN}duties/sheet/"
    other = client.post("/plans/outline-2021-2025/duties/apply/", {"carried": kept})
    assert other["Location"] == "/plans/outline-2021-2025/duties/sheet/"
    assert not Duty.objects.filter(basis="division.csv").exists()


@pytest.mark.parametrize("text", ["nothing,here\n1,2\n", "\x00\x01\x02"])
def test_a_file_that_is_no_division_of_work_is_refused_in_words(text, as_):
    answer = give(as_(OFFICER), text)
    assert answer.status_code == 422
    assert "The sheet could not be read" in words(answer)


def test_no_file_is_asked_for_again(as_):
    answer = as_(OFFICER).post(f"{PLAN}duties/sheet/", {})
    assert answer.status_code == 422
    assert "Choose a file first" in words(answer)


def test_the_form_to_fill_in_names_every_task_and_target(as_):
    answer = as_(OFFICER).get(f"{PLAN}duties/template/")
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    ids = {row[0].value for row in sheet.iter_rows(min_row=2)}
    assert ids == {*Task.objects.values_list("commitment", flat=True), *Target.objects.values_list("slug", flat=True)}


# --- another county ---------------------------------------------------------------------------------------------------


def test_the_pages_of_a_plan_of_another_county(settings, as_):
    settings.COUNTY = YUNXI
    loading.load()
    client, plan = as_(OFFICER), Plan.objects.get(slug="renewal-2023-2027")
    task, target = Task.objects.filter(plan=plan).first(), Target.objects.filter(plan=plan).first()
    pages = ("", "trace/", "clause/", "task/", f"task/{task.commitment}/", "indicator/", f"indicator/{target.slug}/", "duties/",
             "contradictions/", "evaluation/")  # fmt: skip
    for page in pages:
        answer = client.get(f"/plans/{plan.slug}/{page}")
        assert answer.status_code == 200, page
    assert words(client.get("/")) == words(client.get(f"/plans/{plan.slug}/"))


def test_a_plan_that_is_not_the_default_one_has_its_own_tabs(settings, as_):
    settings.COUNTY = YUNXI
    loading.load()
    html = as_(OFFICER).get(PLAN).content.decode()
    tabs = html[html.index('class="tabs"') :]
    assert all(f'href="{PLAN}{page}/"' in tabs for page in ("trace", "indicator", "task", "duties", "evaluation"))
