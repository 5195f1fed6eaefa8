"""The year of the plan office: ledger, light, round with its clocks, closing on evidence, bulletin, coordination."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from django.utils.translation import override
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm
from year_cases import a_plan, a_step, a_task, at, body_with_people, office, person

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.flow.flow import begin, go
from hanfeng.kernel.notify.models import Letter
from hanfeng.kernel.pure import Calendar, Clock, Limit
from hanfeng.kernel.record.files import attach
from hanfeng.kernel.record.models import Event, kind_of
from hanfeng.kernel.record.write import Stale, save, undo
from hanfeng.kernel.roles import visible
from hanfeng.kernel.rule.calendar import calendar
from hanfeng.kernel.rule.models import Setting
from hanfeng.plan.models import Clause, Duty, Plan, Task
from hanfeng.plan.roles import CONTACT
from hanfeng.plan.year.bulletin import frozen, score
from hanfeng.plan.year.flow import filing, rounds, supervision, topics
from hanfeng.plan.year.ledger import make_from_plan, of_plan, of_year, served, standings
from hanfeng.plan.year.lights import Facts, Step, light
from hanfeng.plan.year.models import Decision, Entry, LedgerTask, Meeting, Round, Supervision, Topic
from hanfeng.plan.year.models.rounds import EntryState, period_words
from hanfeng.plan.year.paper import bulletin_docx
from hanfeng.plan.year.parameters import BadParameter, rules
from hanfeng.plan.year.reminding import remind_due, remind_late
from hanfeng.plan.year.running import (
    add_entries,
    closing_day,
    days_late,
    last_time,
    late_bodies,
    open_due,
    open_round,
    opening_day,
    period_of,
)

pytestmark = pytest.mark.django_db
DAY = date(2024, 7, 1)


@pytest.fixture(autouse=True)
def english():
    with override("en"):
        yield


@pytest.fixture
def held():
    return rules(DAY)


@pytest.fixture
def holidays(monkeypatch):
    """The National Day of 2024 with its make-up days, as the notice of the State Council had it."""
    off = {date(2024, 10, day) for day in range(1, 8)} | {date(2024, 1, 1)}
    known = Calendar(holidays=frozenset(off), workdays=frozenset({date(2024, 9, 29), date(2024, 10, 12)})).provisional()
    for module in ("running", "flow", "bulletin"):
        monkeypatch.setattr(f"hanfeng.plan.year.{module}.calendar", lambda: known)
    monkeypatch.setattr("hanfeng.kernel.flow.flow.calendar", lambda: known)
    return known


# --- the light --------------------------------------------------------------------------------------------------------


def facts(**values):
    return Facts(**{"starts": date(2024, 1, 1), "due": date(2025, 12, 31), "closed": None, "steps": (), **values})


@pytest.mark.parametrize(
    ("given", "key", "codes"),
    [
        (facts(), "green", ["on"]),
        (facts(starts=date(2024, 8, 1)), "grey", ["not-started"]),
        (facts(due=None), "grey", ["undated"]),
        (facts(due=date(2024, 6, 30)), "red", ["overdue"]),
        (facts(due=DAY), "yellow", ["near"]),  # the last day itself is in time
        (facts(closed=date(2024, 6, 1), due=date(2024, 5, 1)), "blue", ["closed"]),
        (facts(closed=date(2024, 8, 1), due=date(2024, 5, 1)), "red", ["overdue"]),  # it was closed only later
        (facts(steps=(Step(date(2024, 6, 1), None),)), "yellow", ["step-late"]),
        (facts(steps=(Step(date(2024, 5, 31), None),)), "red", ["step-late"]),
        (facts(steps=(Step(date(2024, 5, 1), date(2024, 6, 1)),)), "green", ["on"]),
        (facts(steps=(Step(date(2024, 5, 1), date(2024, 7, 2)),)), "red", ["step-late"]),  # reached after the day
        (facts(steps=(Step(date(2024, 7, 15), None),)), "yellow", ["step-near"]),
        (facts(steps=(Step(date(2024, 5, 1), date(2024, 5, 1), 100.0),), figure=90.0), "green", ["on"]),
        (facts(steps=(Step(date(2024, 5, 1), date(2024, 5, 1), 100.0),), figure=80.0), "yellow", ["figure"]),
        (facts(steps=(Step(date(2024, 5, 1), date(2024, 5, 1), 100.0),), figure=69.0), "red", ["figure"]),
        (
            facts(steps=(Step(date(2024, 12, 1), None, 100.0),), figure=1.0),
            "green",
            ["on"],
        ),  # nothing is planned by now
        (facts(idle=1), "green", ["on"]),
        (facts(idle=2), "yellow", ["idle"]),
        (facts(idle=2, due=date(2024, 6, 1)), "red", ["overdue", "idle"]),
    ],
)
def test_the_light_and_its_reasons(held, given, key, codes):
    found = light(given, DAY, held)
    assert (found.key, [code for code, _args in found.reasons]) == (key, codes)


def test_names_of_lights_and_grades_are_parameters(held):
    assert held.light_name("red") == "Late"
    assert [held.grade(points) for points in (95, 90, 80, 60, 0)] == ["good", "good", "rather good", "fair", "poor"]
    save(Setting(name="year.lights", value=OTHER_LIGHTS, confidence="ours", title="亮灯名称", starts=DAY), None)
    assert rules(DAY).light_name("red") == "level 3"
    with override("zh-hans"):
        assert rules(DAY).light_name("red") == "三级"


OTHER_LIGHTS = {"red": ["三级", "level 3", "even"], "yellow": ["二级", "level 2", "info"], "green": ["一级", "level 1", "done"],
                "blue": ["办结", "finished", "watch"], "grey": ["未启", "idle", "late"]}  # fmt: skip
"""A place that has other names and other colours."""


def test_a_light_without_a_colour_has_the_declared_one():
    words = {key: named[:2] for key, named in OTHER_LIGHTS.items()}
    save(Setting(name="year.lights", value=words, confidence="ours", title="亮灯", starts=DAY), None)
    assert [(rules(DAY).shown(key).tone, str(rules(DAY).shown(key).title)) for key in ("red", "yellow", "green")] == [
        ("late", "level 3"), ("watch", "level 2"), ("ok", "level 1")
    ]  # fmt: skip


def test_each_page_shows_the_lights_in_the_colours_of_the_place(running, client, monkeypatch):
    task = running["entries"][0].task
    a_step(task, date(2024, 3, 1))
    plain = client_pages(running, client)
    assert all('s-late">' in page and "Late" in page for page in plain), "as declared"
    save(
        Setting(name="year.lights", value=OTHER_LIGHTS, confidence="ours", title="亮灯", starts=date(2024, 1, 1)), None
    )
    for page in client_pages(running, client):
        assert re.search(r'class="tag s-even">.{0,99}<span>level 3</span>', page)
        assert not re.search(r'class="tag s-late">.{0,99}<span>(Late|level \d)</span>', page)


def client_pages(running, client):
    """The pages that show the light of the task that lags: overview, ledger, board, coordination, the task, the bulletin."""
    client.force_login(running["keeper"])
    asked, board = f"?plan={running['plan'].slug}", running["round"].get_absolute_url()
    entry = running["entries"][0]
    if entry.state == "due":  # accepted with a light set by hand: the bulletin and the task tell both
        running["entries"][0] = entry = signed(running)
        save(entry, None, {"override": "red", "override_reason": "As the leader said."})
        go(filing, entry, "accept", running["keeper"])
    urls = (f"/year/{asked}", f"/year/ledger/{asked}", f"/year/coordination/{asked}", f"{board}board/", f"{board}bulletin/",
            entry.task.get_absolute_url())  # fmt: skip
    return [client.get(url, headers={"accept-language": "en"}).content.decode() for url in urls]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("year.sheet-mark", "督〔2026〕"),
        ("year.sheet-mark", " "),
        ("year.sheet-mark", 7),
        ("year.round-months", 5),
        ("year.closing-day", 31),
        ("year.lights", {"red": ["a", "b", "late"]}),
        ("year.lights", OTHER_LIGHTS | {"red": ["三级", "level 3", "crimson"]}),
        ("year.lights", OTHER_LIGHTS | {"red": ["三级"]}),
        ("year.grades", [[1]]),
    ],
)
def test_a_parameter_nothing_can_be_done_with_is_refused(name, value):
    save(Setting(name=name, value=value, confidence="ours", title="参数", starts=DAY), None)
    with pytest.raises(BadParameter):
        rules(DAY)


# --- the ledger -------------------------------------------------------------------------------------------------------


def with_commitments(plan, *words):
    clause = Clause(plan=plan, code="1", order=1, kind="chapter", title="章")
    save(clause, None)
    for word in words:
        save(Task(plan=plan, commitment=word, home=clause, clauses=["1"]), None)


def test_the_ledger_is_made_from_the_commitments_once_and_taken_back():
    plan = a_plan()
    with_commitments(plan, "hte-pool", "tech-ent-pool")
    made = make_from_plan(plan, None, DAY)
    assert made.batch.created == 2
    assert make_from_plan(plan, None, DAY).batch.created == 0
    assert {(t.number, t.commitments) for t in LedgerTask.objects.all()} == {
        ("001", "hte-pool"),
        ("002", "tech-ent-pool"),
    }
    undo(made.batch, None)
    assert LedgerTask.objects.count() == 0


def test_one_task_serves_several_plans_and_the_yearly_plan_is_a_view():
    first, second = a_plan(), a_plan()
    with_commitments(first, "hte-pool")
    with_commitments(second, "hte-pool", "tech-ent-pool")
    task = a_task(first, commitments="tech-ent-pool  hte-pool tech-ent-pool", due=date(2025, 6, 30))
    assert task.commitments == "tech-ent-pool hte-pool"
    assert list(of_plan(first)) == list(of_plan(second)) == [task]
    assert [str(row.plan) for row in served([task])[task.pk]] == ["Plan", "Plan", "Plan"]
    a_step(task, date(2023, 12, 1))
    assert [len(of_year(first, year)) for year in (2022, 2023, 2024, 2025)] == [0, 1, 0, 1]


def test_words_outside_the_vocabulary_are_refused():
    plan = a_plan()
    with pytest.raises(ValidationError, match="no-such-thing"):
        a_task(plan, commitments="hte-pool no-such-thing")
    with pytest.raises(ValidationError, match="nothing-measured"):
        a_task(plan, measure="nothing-measured")


def test_a_reformed_body_passes_its_tasks_on_and_the_history_keeps_its_name(monkeypatch):
    keeper, _leader = office()
    new, _contact, _head = body_with_people("new", starts=date(2024, 3, 1))
    old, _c, _h = body_with_people("old", ends=date(2024, 3, 1), successor=new)
    plan = a_plan()
    task = a_task(plan, old)
    at(monkeypatch, date(2024, 2, 1))
    before = open_round(plan, date(2023, 10, 1), date(2023, 12, 31), date(2024, 2, 8), keeper)
    at(monkeypatch, date(2024, 3, 25))
    after = open_round(plan, date(2024, 1, 1), date(2024, 3, 31), date(2024, 4, 10), keeper)
    assert Entry.objects.get(round=before).body == old
    assert Entry.objects.get(round=after).body == new
    (one,) = standings([task], date(2024, 3, 25))
    assert (one.body, one.passed_on) == (new, True)
    (then,) = standings([task], date(2024, 2, 1))
    assert (then.body, then.passed_on) == (old, False)
    # the people of the new body see what the old one still owes
    contact = User.objects.get(username="new-contact")
    assert {entry.round for entry in visible(Entry, contact)} == {before, after}


def test_many_tasks_stand_in_few_queries(django_assert_num_queries):
    plan = a_plan()
    bodies = [body_with_people(f"b{n}")[0] for n in range(3)]
    tasks = [a_task(plan, bodies[n % 3]) for n in range(12)]
    for task in tasks:
        a_step(task, date(2024, 12, 1))
    with django_assert_num_queries(5):
        assert len(standings(LedgerTask.objects.all(), DAY)) == 12


# --- the period and its last day ----------------------------------------------------------------------------------------


def test_periods_follow_the_parameter():
    assert period_of(date(2024, 8, 15), 3) == (date(2024, 7, 1), date(2024, 9, 30))
    assert period_of(date(2024, 12, 31), 3) == (date(2024, 10, 1), date(2024, 12, 31))
    assert period_of(date(2024, 2, 29), 1) == (date(2024, 2, 1), date(2024, 2, 29))
    assert period_of(date(2024, 8, 15), 6) == (date(2024, 7, 1), date(2024, 12, 31))
    assert period_of(date(2024, 8, 15), 12) == (date(2024, 1, 1), date(2024, 12, 31))
    assert period_words(date(2024, 7, 1), date(2024, 9, 30)) == "quarter 3 of 2024"
    assert period_words(date(2024, 7, 1), date(2024, 12, 31)) == "half-year 2 of 2024"
    assert period_words(date(2024, 2, 1), date(2024, 2, 29)) == "month 2 of 2024"
    assert period_words(date(2024, 2, 2), date(2024, 2, 29)) == "2024-02-02/2024-02-29"
    with override("zh-hans"):
        assert period_words(date(2024, 7, 1), date(2024, 9, 30)) == "2024年第3季度"


@pytest.mark.parametrize(
    ("closing", "day"),
    [
        (10, date(2024, 10, 10)),
        (5, date(2024, 10, 8)),  # within the holiday: the first working day after it
        (12, date(2024, 10, 12)),  # a Saturday on which one works
        (13, date(2024, 10, 14)),  # a Sunday
    ],
)
def test_the_last_day_over_a_holiday_and_a_make_up_day(holidays, held, closing, day):
    assert closing_day(date(2024, 9, 30), replace(held, closing_day=closing)) == day


def test_working_days_late_skip_the_holiday_and_count_the_make_up_day(holidays):
    assert days_late(date(2024, 9, 30), date(2024, 10, 7)) == 0
    assert days_late(date(2024, 9, 30), date(2024, 10, 8)) == 1
    assert days_late(date(2024, 10, 11), date(2024, 10, 14)) == 2  # Saturday the 12th is worked


def test_the_day_on_which_a_round_opens_by_itself(holidays, held):
    # 30, 29 (a Sunday on which one works), 27, 26, 25
    assert opening_day(date(2024, 9, 30), held) == date(2024, 9, 25)
    assert opening_day(date(2024, 9, 30), replace(held, opens_before=0)) is None


def test_a_round_opens_by_itself_once(monkeypatch):
    body, _contact, _head = body_with_people("b")
    plan = a_plan()
    a_task(plan, body)
    at(monkeypatch, date(2024, 3, 10))
    assert open_due(timezone.now()) == 0
    at(monkeypatch, date(2024, 3, 29))
    assert open_due(timezone.now()) == 1
    assert open_due(timezone.now()) == 0
    a_task(plan, body)
    assert open_due(timezone.now()) == 0
    assert Entry.objects.count() == 2  # what came into the ledger since is asked about too


# --- filing -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def running(monkeypatch, holidays):
    """A round opened on Wednesday 25 September, filed until 12 October, with one body that leads two tasks."""
    keeper, leader = office()
    body, contact, head = body_with_people("b")
    plan = a_plan()
    tasks = [a_task(plan, body), a_task(plan, body)]
    a_task(plan)
    at(monkeypatch, date(2024, 9, 25))
    round_ = open_round(plan, date(2024, 7, 1), date(2024, 9, 30), date(2024, 10, 12), keeper)
    entries = [Entry.objects.get(round=round_, task=task) for task in tasks]
    return {"round": round_, "entries": entries, "keeper": keeper, "leader": leader, "contact": contact, "head": head,
            "body": body, "plan": plan}  # fmt: skip


def written(entry, contact, **values):
    save(entry, contact, {"progress": "Two workshops held.", **values})
    return entry


def test_only_led_tasks_are_asked_about_and_their_people_are_told(running):
    assert Entry.objects.filter(round=running["round"]).count() == 2
    assert all(e.due_at == calendar().end_of(date(2024, 10, 12)) for e in running["entries"])
    assert set(Letter.objects.values_list("receiver__username", flat=True)) == {"b-contact", "b-head"}
    assert add_entries(running["round"], running["keeper"]) == 0


def test_a_round_of_one_period_is_opened_once(running):
    with pytest.raises(ValidationError, match="already"):
        open_round(running["plan"], date(2024, 7, 1), date(2024, 9, 30), date(2024, 10, 12), running["keeper"])


def test_nothing_is_filed_empty_and_no_progress_needs_its_reason(running):
    entry = running["entries"][0]
    with pytest.raises(ValidationError, match="Write what was done"):
        go(filing, entry, "file", running["contact"])
    with pytest.raises(ValidationError, match="Say why"):
        save(entry, running["contact"], {"no_progress": True})
    save(entry, running["contact"], {"no_progress": True, "reason": "The tender failed."})
    assert go(filing, entry, "file", running["contact"]).state == "filed"


def test_progress_is_told_in_three_hundred_characters(running):
    with pytest.raises(ValidationError):
        written(running["entries"][0], running["contact"], progress="进" * 301)
    written(running["entries"][0], running["contact"], progress="进" * 300)


def test_only_people_of_the_body_file_and_sign_and_nobody_signs_his_own(running):
    entry = written(running["entries"][0], running["contact"])
    _other, contact, head = body_with_people("other")
    assert not visible(Entry, contact).exists()
    with pytest.raises(PermissionDenied):
        go(filing, entry, "file", contact)
    # somebody of the plan office who is a contact elsewhere sees the entry and still does not file it
    running["keeper"].groups.add(Group.objects.get(name=CONTACT.name))
    with pytest.raises(ValidationError, match="Only somebody of Body b"):
        go(filing, entry, "file", User.objects.get(username="keeper"))
    filed = go(filing, entry, "file", running["contact"])
    with pytest.raises(PermissionDenied):
        go(filing, filed, "sign", head)
    running["contact"].groups.add(Group.objects.get(name="year.head"))
    with pytest.raises(ValidationError, match="himself"):
        go(filing, filed, "sign", User.objects.get(username="b-contact"))
    assert go(filing, filed, "sign", running["head"]).state == "signed"


def signed(running, n=0, **values):
    entry = go(filing, written(running["entries"][n], running["contact"], **values), "file", running["contact"])
    return go(filing, entry, "sign", running["head"])


def test_a_returned_entry_carries_on_the_time_of_the_body(running, monkeypatch):
    # time for filing: 26, 27, 29 (made up), 30 September, 8 to 12 October = 9 working days; 3 are used by the 29th
    at(monkeypatch, date(2024, 9, 29))
    entry = signed(running)
    assert Entry.objects.get(pk=entry.pk).used == 3
    at(monkeypatch, date(2024, 10, 9))
    back = go(filing, entry, "return", running["keeper"], "Say how many.")
    back = Entry.objects.get(pk=back.pk)
    assert (back.state, back.returned) == ("returned", 1)
    # 6 days are left: 10, 11, 12 (made up), 14, 15, 16 October
    assert timezone.localtime(back.due_at).date() == date(2024, 10, 16)
    told = Letter.objects.filter(message__notice="year.returned")
    assert {letter.receiver for letter in told} == {running["contact"], running["head"]}


def test_who_filed_on_the_last_day_still_has_two_days_to_correct(running, monkeypatch):
    at(monkeypatch, date(2024, 10, 12), 20)
    entry = signed(running)
    at(monkeypatch, date(2024, 10, 14))
    back = Entry.objects.get(pk=go(filing, entry, "return", running["keeper"], "Evidence is lacking.").pk)
    assert timezone.localtime(back.due_at).date() == date(2024, 10, 16)


def test_the_review_clock_of_the_plan_office_stands_still_while_the_body_corrects(running, monkeypatch):
    at(monkeypatch, date(2024, 9, 27))
    entry = Entry.objects.get(pk=signed(running).pk)
    # 5 working days from the 27th: 29, 30 September, 8, 9, 10 October
    assert timezone.localtime(entry.due_at).date() == date(2024, 10, 10)
    at(monkeypatch, date(2024, 9, 30))  # two are used
    back = go(filing, entry, "return", running["keeper"], "Say how many.")
    at(monkeypatch, date(2024, 10, 11))
    again = go(
        filing, written(Entry.objects.get(pk=back.pk), running["contact"], progress="Two."), "file", running["contact"]
    )
    assert (again.state, Entry.objects.get(pk=again.pk).filed_at.date()) == ("corrected", date(2024, 9, 27))
    at(monkeypatch, date(2024, 10, 14))
    again = go(filing, Entry.objects.get(pk=again.pk), "sign", running["head"])
    # three are left: 15, 16, 17 October
    assert timezone.localtime(again.due_at).date() == date(2024, 10, 17)


@pytest.mark.parametrize(
    ("limit", "first", "again"),
    [
        # over the National Day: 29 September and 12 October are made up; from the 27th to the 30th, then from 9 October
        (Limit(100, Clock.URGENT_HOUR), "10-01 14:00", "10-10 14:00"),  # 72 of 100 hours are used
        (Limit(100, Clock.CALENDAR_HOUR), "10-01 14:00", "10-10 14:00"),
        (Limit(20, Clock.WORKING_HOUR), "09-30 18:00", "10-09 18:00"),  # 6 + 7 + 1 are used
        (Limit(5, Clock.WORKING_DAY), "10-10 23:59", "10-12 23:59"),  # the 29th and the 30th are used
        (
            Limit(6, Clock.CALENDAR_DAY),
            "10-08 23:59",
            "10-12 23:59",
        ),  # the third is a holiday and gives way; 3 days are used
        (
            Limit(1, Clock.MONTH),
            "10-28 23:59",
            "11-06 23:59",
        ),  # the 27th is a Sunday; 3 of 30 days are used, 28 of 31 left
    ],
    ids=lambda value: value.clock.value if isinstance(value, Limit) else "",
)
def test_a_returned_entry_carries_on_each_of_the_six_clocks(running, monkeypatch, limit, first, again):
    """The clock of the review stands still while the body corrects, whichever of the six it is."""
    way = replace(filing, limits={EntryState.SIGNED: limit})
    keeper, contact, head = (running[name] for name in ("keeper", "contact", "head"))

    def told(entry):
        return timezone.localtime(Entry.objects.get(pk=entry.pk).due_at).strftime("%m-%d %H:%M")

    at(monkeypatch, date(2024, 9, 27))
    entry = go(way, go(way, written(running["entries"][0], contact), "file", contact), "sign", head)
    assert told(entry) == first
    at(monkeypatch, date(2024, 9, 30))
    back = go(way, entry, "return", keeper, "Say how many.")
    at(monkeypatch, date(2024, 10, 9))
    filed = go(way, written(Entry.objects.get(pk=back.pk), contact, progress="Two, with 31 firms."), "file", contact)
    assert told(go(way, filed, "sign", head)) == again


def test_a_head_who_sends_back_gives_no_new_time(running, monkeypatch):
    at(monkeypatch, date(2024, 9, 27))
    entry = go(filing, written(running["entries"][0], running["contact"]), "file", running["contact"])
    with pytest.raises(ValidationError, match="reason"):
        go(filing, entry, "send_back", running["head"])
    back = Entry.objects.get(pk=go(filing, entry, "send_back", running["head"], "Too vague.").pk)
    assert (back.state, back.due_at) == ("due", calendar().end_of(date(2024, 10, 12)))


def test_two_who_write_one_entry_do_not_overwrite_each_other(running):
    first, second = (Entry.objects.get(pk=running["entries"][0].pk) for _each in range(2))
    seen = first.version
    save(first, running["contact"], {"progress": "First."}, version=seen)
    with pytest.raises(Stale):
        save(second, running["contact"], {"progress": "Second."}, version=seen)


def test_a_task_is_closed_on_accepted_evidence_only(running):
    step = a_step(running["entries"][0].task, date(2024, 9, 30))
    entry = written(running["entries"][0], running["contact"], asks_closing=True, reached=[step.pk])
    with pytest.raises(ValidationError, match="on evidence only"):
        go(filing, entry, "file", running["contact"])
    attach(entry, running["contact"], "minutes.txt", BytesIO(b"minutes"))
    entry = go(filing, Entry.objects.get(pk=entry.pk), "file", running["contact"])
    entry = go(filing, entry, "sign", running["head"])
    assert LedgerTask.objects.get(pk=entry.task_id).closed_on is None
    go(filing, entry, "close", running["keeper"])
    kept = Entry.objects.get(pk=entry.pk)
    step.refresh_from_db()
    assert (kept.state, kept.closed, kept.light) == ("accepted", True, "blue")
    assert kept.task.closed_on == step.reached_on == date(2024, 9, 25)
    other = signed(running, 1)
    with pytest.raises(ValidationError, match="does not ask"):
        go(filing, other, "close", running["keeper"])


def test_a_light_set_by_hand_shows_both_and_holds_for_its_round(running, monkeypatch, client):
    entry = signed(running)
    task = entry.task
    a_step(task, date(2024, 6, 1))
    client.force_login(running["keeper"])
    url = f"/year/entry/{entry.pk}/decide/"
    client.post(url, {"act": "accept", "override": "yellow", "version": entry.version})
    kept = Entry.objects.get(pk=entry.pk)
    assert (kept.state, kept.override) == ("signed", "")  # no reason, nothing happens
    client.post(url, {"act": "accept", "override": "yellow", "override_reason": "Agreed.", "version": entry.version})
    kept = Entry.objects.get(pk=entry.pk)
    assert (kept.state, kept.light, kept.override, kept.override_reason) == ("accepted", "red", "yellow", "Agreed.")
    (one,) = standings([task], date(2024, 9, 25))
    assert (one.light, one.computed.key, one.override_reason) == ("yellow", "red", "Agreed.")
    page = client.get(task.get_absolute_url(), headers={"accept-language": "en"}).content.decode()
    assert "computed: Late" in page
    assert "Agreed." in page
    at(monkeypatch, date(2024, 12, 27))
    open_round(running["plan"], date(2024, 10, 1), date(2024, 12, 31), date(2025, 1, 10), running["keeper"])
    (later,) = standings([task], date(2024, 12, 27))
    assert later.light == "red"


def test_last_time_is_offered_again(running, monkeypatch, client):
    entry = signed(running, problem="No staff.", next_step="Hire two.")
    go(filing, entry, "accept", running["keeper"])
    at(monkeypatch, date(2024, 12, 27))
    later = open_round(running["plan"], date(2024, 10, 1), date(2024, 12, 31), date(2025, 1, 10), running["keeper"])
    new = Entry.objects.get(round=later, task=entry.task)
    assert last_time(new) == entry
    client.force_login(running["contact"])
    form = client.get(f"/year/entry/{new.pk}/fill/").context["form"]
    assert [form[name].value() for name in ("progress", "problem", "next_step")] == [
        "Two workshops held.",
        "No staff.",
        "Hire two.",
    ]
    assert Entry.objects.get(pk=new.pk).progress == ""  # offered, not said


def test_late_bodies_are_listed_and_reminded_once_a_day(running, monkeypatch):
    entries = list(Entry.objects.filter(round=running["round"]).select_related("body"))
    end = calendar().end_of(date(2024, 10, 12))
    assert late_bodies(entries, end, at(monkeypatch, date(2024, 10, 12), 23)) == {}
    now = at(monkeypatch, date(2024, 10, 13))
    assert late_bodies(entries, end, now) == {running["body"]: 2}
    assert [remind_late(running["round"]), remind_late(running["round"])] == [2, 0]
    now = at(monkeypatch, date(2024, 10, 14))
    assert [remind_due(now), remind_due(now)] == [2, 0]


def test_the_form_keeps_what_two_people_typed(running, client):
    url = f"/year/entry/{running['entries'][0].pk}/fill/"
    client.force_login(running["contact"])
    version = running["entries"][0].version
    client.post(url, {"progress": "First.", "problem": "Money.", "version": version, "act": "keep"})
    page = client.post(url, {"progress": "Second.", "problem": "", "version": version, "act": "file"})
    assert page.status_code == 409
    told = page.content.decode()
    assert "First." in told
    assert "Second." in told
    kept = Entry.objects.get(pk=running["entries"][0].pk)
    assert (kept.progress, kept.problem, kept.state) == ("First.", "Money.", "due")
    choice = {"progress": "Second.", "problem": "", "version": kept.version, "act": "file", "keep.problem": "theirs"}
    client.post(url, choice)
    kept = Entry.objects.get(pk=kept.pk)
    assert (kept.progress, kept.problem, kept.state) == ("Second.", "Money.", "filed")


# --- the bulletin -----------------------------------------------------------------------------------------------------


def test_what_an_entry_is_worth(held):
    made = Entry(state="accepted", filed_at=datetime(2024, 7, 10, 1, tzinfo=UTC))
    assert (
        score(made, date(2024, 7, 10), True, held).timeliness,
        score(made, date(2024, 7, 10), True, held).quality,
    ) == (100, 100)
    assert score(made, date(2024, 7, 8), True, held).timeliness == 80
    assert score(made, date(2024, 7, 10), False, held).quality == 70
    made.returned = 1
    assert score(made, date(2024, 7, 10), True, held).quality == 80
    made.state = "returned"
    assert score(made, date(2024, 7, 10), True, held).quality == 0
    assert score(Entry(state="due"), date(2024, 7, 10), True, held) == score(Entry(state="due"), DAY, False, held)


def test_the_bulletin_ranks_is_issued_and_stays_as_it_was(running, monkeypatch):
    go(filing, signed(running), "accept", running["keeper"])
    waiting = signed(running, 1)
    round_ = go(rounds, running["round"], "close", running["keeper"])
    with pytest.raises(ValidationError, match="1 entries wait"):
        go(rounds, round_, "issue", running["leader"])
    go(filing, waiting, "return", running["keeper"], "Vague.")
    told = frozen(round_)
    (line,) = told["rank"]
    assert (line["place"], line["due"], line["filed"], line["returned"]) == (1, 2, 2, 1)
    assert (line["timeliness"], line["quality"], line["points"]) == (100, 35, 67.5)
    round_ = Round.objects.get(pk=go(rounds, round_, "issue", running["leader"]).pk)
    assert (round_.state, round_.told["rank"]) == ("issued", told["rank"])
    late = go(filing, written(Entry.objects.get(pk=waiting.pk), running["contact"]), "file", running["contact"])
    late = go(filing, late, "sign", running["head"])
    go(filing, late, "accept", running["keeper"])
    assert Round.objects.get(pk=round_.pk).told["accepted"] == 1


def test_whoever_opened_a_round_does_not_issue_its_bulletin(running):
    running["keeper"].groups.add(Group.objects.get(name="plan.leader"))
    round_ = go(rounds, running["round"], "close", running["keeper"])
    with pytest.raises(ValidationError, match="himself"):
        go(rounds, round_, "issue", User.objects.get(username="keeper"))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_document_has_the_page_of_official_documents_and_the_same_figures(running, language):
    a_step(running["entries"][1].task, date(2024, 3, 1))
    entry = signed(running)
    save(entry, None, {"override": "yellow", "override_reason": "A later day was agreed."})
    go(filing, entry, "accept", running["keeper"])
    told = frozen(running["round"])
    assert len(told["red"]) == 1
    with override(language):
        document = Document(BytesIO(bulletin_docx(running["round"])))
    section = document.sections[0]
    sides = (
        section.page_width,
        section.page_height,
        section.top_margin,
        section.bottom_margin,
        section.left_margin,
        section.right_margin,
    )
    assert [round(side / Mm(1)) for side in sides] == [210, 297, 37, 35, 28, 26]
    assert "PAGE" in section.footer.paragraphs[0]._p.xml
    (table,) = document.tables
    assert [cell.text for cell in table.rows[1].cells][2:6] == ["2", "0", "1", "0"]
    assert document.styles["Normal"].element.rPr.rFonts.get(qn("w:eastAsia")) == "仿宋_GB2312"
    text = "\n".join(p.text for p in document.paragraphs)
    assert ("通报" if language == "zh-hans" else "Bulletin") in text
    assert (
        "系统计算为绿灯（正常），调整为黄灯（预警）。A later"
        if language == "zh-hans"
        else "computed On schedule, set to At risk"
    ) in text
    assert (running["entries"][1].task.title if language == "zh-hans" else running["entries"][1].task.title_en) in text


# --- coordination -----------------------------------------------------------------------------------------------------


def test_a_topic_is_decided_and_its_decision_becomes_a_task_once(running, client):
    keeper, leader, body, plan = (running[name] for name in ("keeper", "leader", "body", "plan"))
    task = running["entries"][0].task
    save(task, keeper, {"commitments": "hte-pool"})
    topic = begin(topics, Topic(plan=plan, task=task, title="Data is not shared"), keeper)
    with pytest.raises(ValidationError, match="Name the meeting"):
        go(topics, topic, "list", leader)
    meeting = Meeting(plan=plan, body=body, title="Joint meeting", day=date(2024, 9, 26))
    save(meeting, keeper)
    save(topic, keeper, {"meeting": meeting})
    topic = go(topics, topic, "list", leader)
    with pytest.raises(ValidationError, match="decision"):
        go(topics, topic, "decide", keeper)
    decision = Decision(meeting=meeting, topic=topic, title="Open the interface")
    save(decision, keeper)
    assert go(topics, topic, "decide", keeper).state == "decided"
    client.force_login(keeper)
    client.post(f"/year/decision/{decision.pk}/assign/")
    assert Decision.objects.get(pk=decision.pk).task is None  # nobody is named yet
    save(decision, keeper, {"body": body, "due": date(2024, 11, 30)})
    for _twice in range(2):
        client.post(f"/year/decision/{decision.pk}/assign/")
    made = LedgerTask.objects.get(origin="decision")
    assert (made.number, made.lead, made.due, made.commitments) == ("D20240926-1", body, date(2024, 11, 30), "hte-pool")
    assert Decision.objects.get(pk=decision.pk).task == made


def test_a_reminder_is_sent_a_supervision_sheet_is_ordered_and_both_are_answered(running):
    keeper, leader, body = (running[name] for name in ("keeper", "leader", "body"))
    task = running["entries"][0].task
    reminder = begin(supervision, Supervision(task=task, body=body, kind="reminder", text="Why so late?"), keeper)
    assert not visible(Supervision, running["contact"]).exists()  # a draft is the plan office's own
    reminder = go(supervision, reminder, "send", keeper)
    with pytest.raises(ValidationError, match="reason"):
        go(supervision, reminder, "reply", running["contact"])
    reminder = go(supervision, reminder, "reply", running["contact"], "The tender failed.")
    with pytest.raises(ValidationError, match="reason"):
        go(supervision, reminder, "settle", keeper)  # it is closed with an opinion
    assert go(supervision, reminder, "settle", keeper, "A new tender is out.").state == "closed"
    assert Event.objects.filter(kind=kind_of(reminder), verb="reply").get().note == "The tender failed."
    sheet = begin(supervision, Supervision(task=task, body=body, kind="sheet", text="Put it right."), keeper)
    with pytest.raises(ValidationError, match="ordered by a leader"):
        go(supervision, sheet, "send", keeper)
    sheet = go(supervision, sheet, "propose", keeper)
    with pytest.raises(PermissionDenied):
        go(supervision, sheet, "order", keeper)
    sheet = go(supervision, sheet, "order", leader)
    assert (sheet.state, timezone.localtime(sheet.due_at).date()) == ("sent", date(2024, 10, 8))


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "most"),
    [("/year/", 30), ("/year/ledger/", 24), ("/year/coordination/", 30), ("/year/round/{round}/board/", 30),
     ("/year/round/{round}/bulletin/", 26)],
)  # fmt: skip
def test_pages_ask_a_fixed_number_of_times(running, client, url, most, django_assert_max_num_queries):
    bodies = [body_with_people(f"more-{n}")[0] for n in range(4)]
    for n in range(12):
        a_step(a_task(running["plan"], bodies[n % 4]), date(2024, 3, 1))
    add_entries(running["round"], None)
    client.force_login(running["keeper"])
    with django_assert_max_num_queries(most):
        page = client.get(url.format(round=running["round"].pk) + f"?plan={running['plan'].slug}")
    assert page.status_code == 200


def test_people_from_outside_see_nothing_of_it(running, client):
    firm = Body(slug="firm", name="Firm", kind=Body.Kind.ENTERPRISE)
    save(firm, None)
    stranger = person("stranger", body=firm)
    client.force_login(stranger)
    pk = running["round"].pk
    for url in ("/year/", "/year/ledger/", "/year/mine/", "/year/coordination/", f"/year/round/{pk}/board/"):
        assert client.get(url).status_code == 403, url
    assert client.get(f"/year/round/{pk}/bulletin/").status_code == 403
    for model in (LedgerTask, Round, Entry, Topic, Meeting, Decision, Supervision):
        assert not visible(model, stranger).exists()


def test_a_contact_of_another_body_does_not_learn_of_an_entry(running, client):
    _other, contact, head = body_with_people("other")
    pk = running["entries"][0].pk
    client.force_login(contact)
    assert client.get(f"/year/entry/{pk}/fill/").status_code == 404
    assert client.get(f"/year/entry/{pk}/").status_code == 404
    client.force_login(head)
    assert client.post(f"/year/entry/{pk}/sign/").status_code == 404
    assert client.post(f"/year/entry/{pk}/decide/", {"act": "accept"}).status_code == 403


def test_a_ledger_without_anything_says_so(client):
    keeper, _leader = office()
    client.force_login(keeper)
    for url in ("/year/", "/year/ledger/", "/year/coordination/", "/year/mine/"):
        assert client.get(url).status_code == 200, url
    assert Plan.objects.count() == 0


def test_no_round_is_offered_where_no_body_leads_anything(client):
    plan = a_plan()
    client.force_login(office()[0])
    english = {"accept-language": "en"}
    page = client.get(f"/year/round/open/?plan={plan.slug}", headers=english, follow=True).content.decode()
    assert "assign the bodies first" in page
    assert "The ledger is empty" in page
    a_task(plan, body_with_people("b")[0])
    assert "Open the round" in client.get(f"/year/round/open/?plan={plan.slug}", headers=english).content.decode()


def test_the_words_of_an_entry_are_told_in_the_readers_language_until_they_are_changed(running, client):
    entry = written(running["entries"][0], running["contact"], progress="完成采购。")
    save(entry, None, {"english": {"完成采购。": "Procured."}})
    client.force_login(running["keeper"])
    url = entry.task.get_absolute_url()
    said = {lang: client.get(url, headers={"accept-language": lang}).content.decode() for lang in ("en", "zh-hans")}
    assert "Procured." in said["en"]
    assert "完成采购。" not in said["en"]
    assert "完成采购。" in said["zh-hans"]
    assert "Procured." not in said["zh-hans"]
    written(Entry.objects.get(pk=entry.pk), running["contact"], progress="完成采购和安装。")
    assert "完成采购和安装。" in client.get(url, headers={"accept-language": "en"}).content.decode()


def test_what_the_platform_notes_in_a_history_is_told_in_the_readers_language(running, client):
    task = running["entries"][0].task
    save(task, None, {"title": "建成平台", "title_en": "Platform built"})
    attach(running["entries"][0], running["contact"], "minutes.txt", BytesIO(b"accepted"))
    running["entries"][0] = Entry.objects.get(pk=running["entries"][0].pk)
    go(filing, signed(running, asks_closing=True), "close", running["keeper"])  # by somebody who reads English
    client.force_login(running["keeper"])
    url = f"{task.get_absolute_url()}history/"
    said = {lang: client.get(url, headers={"accept-language": lang}).content.decode() for lang in ("en", "zh-hans")}
    assert "Platform built · quarter 3 of 2024" in said["en"]
    assert "建成平台 · 2024年第3季度" in said["zh-hans"]
    assert "quarter 3 of 2024" not in said["zh-hans"]


def test_the_division_of_work_names_the_responsible_bodies_of_a_task_made_from_the_plan():
    plan = a_plan()
    with_commitments(plan, "hte-pool", "tech-ent-pool")
    (lead, *_p), (second, *_q) = body_with_people("lead"), body_with_people("second")
    for body, role in ((lead, "lead"), (second, "responsible")):
        save(Duty(plan=plan, task=Task.objects.get(plan=plan, commitment="hte-pool"), body=body, role=role), None)
    make_from_plan(plan, None, DAY)
    made = LedgerTask.objects.get(commitments="hte-pool")
    assert (made.lead, [each.body for each in made.partners.all()]) == (lead, [second])
    assert not LedgerTask.objects.get(commitments="tech-ent-pool").partners.exists()
