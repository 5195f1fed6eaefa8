"""The plan office's round from its opening to its bulletin: 40 tasks, 12 bodies, the contacts on the phone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from browser_checks import axe_faults, shape_faults
from browser_site import PHONE, Open, Site
from docx import Document
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
BODIES, TASKS = 12, 40
YEAR = "?plan=journey"

# a plan with its ledger, and a contact and a head at each body; it prints the session of each of them, since what is walked
# here is the round and not 24 times the sign-in
MADE = """
import json
from datetime import date, timedelta
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.test import Client
from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Person, Post
from hanfeng.kernel.record.write import save
from hanfeng.plan.models import Plan
from hanfeng.plan.year.models import LedgerTask, Milestone
today = date.today()
first, last = date(today.year - 1, 1, 1), date(today.year + 1, 12, 31)
plan = Plan(slug="journey", kind="action", title="行动方案", title_en="Action plan", starts=first, ends=last)
save(plan, None)
bodies, sessions = [], {}
for n in range(1, 13):
    body = Body(slug=f"office-{n:02d}", name=f"单位{n:02d}", name_en=f"Office {n:02d}", kind="department")
    save(body, None)
    bodies.append(body)
    for who, roles in (("contact", ("people.officer", "plan.contact")), ("head", ("people.officer", "year.head"))):
        user = User.objects.create_user(f"{who}-{n:02d}")
        user.groups.set(Group.objects.filter(name__in=roles))
        person = Person(name=f"{who}-{n:02d}", account=user)
        save(person, None)
        save(Post(person=person, body=body), None)
        client = Client()
        client.force_login(user)
        sessions[user.username] = client.cookies[settings.SESSION_COOKIE_NAME].value
for n in range(40):
    words = {"title": f"第{n + 1:02d}项任务", "title_en": f"Task {n + 1:02d}", "commitments": "hte-pool"}
    task = LedgerTask(plan=plan, number=f"{n + 1:02d}", lead=bodies[n % 12], starts=first, due=last, **words)
    save(task, None)
    if n in (0, 1, 2):
        save(Milestone(task=task, due=today - timedelta(days=60), title="年度节点", title_en="Step of the year"), None)
print(json.dumps(sessions))
"""
# the last day for filing passes: whoever has not filed by then is late
LATER = """
from datetime import date, timedelta
from hanfeng.kernel.record.write import save
from hanfeng.plan.year.models import Entry, Round
from hanfeng.plan.year.running import end_of
round_ = Round.objects.get(plan__slug="journey")
days = round_.closes - date.today() + timedelta(days=1)
save(round_, None, {"opened": round_.opened - days, "closes": round_.closes - days})
for entry in Entry.objects.filter(round=round_):
    save(entry, None, {"filed_at": entry.filed_at and entry.filed_at - days, "due_at": entry.due_at and entry.due_at - days})
"""


def shell(site: Site, lines: str) -> str:
    return site.run("manage", "shell", "--no-imports", "-c", lines)


Phone = Callable[..., Page]


def phones(open_as: Open, site: Site, sessions: dict[str, str]) -> Phone:
    """One phone for each language, handed on from one to the next: phone("contact-03", "zh-hans") shows the items of that one."""
    kept = {language: open_as(language=language, viewport=PHONE) for language in ("zh-hans", "en")}

    def handed(who: str, language: str) -> Page:
        page = kept[language]
        page.context.clear_cookies(name="sessionid")
        page.context.add_cookies([{"name": "sessionid", "value": sessions[who], "url": site.url}])
        page.goto("/year/")
        expect(page.get_by_role("heading", level=1)).to_have_text("My items" if language == "en" else "我的填报")
        return page

    return handed


def fill(page: Page, entry: str, progress: str, **more: str) -> None:
    """Open an entry from the list of one's items and fill it in."""
    page.get_by_role("link", name=entry).click()
    page.get_by_label(re.compile("^(progress|工作进展)$")).fill(progress)
    for label, text in more.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(text)


def file(page: Page, language: str = "en") -> None:
    page.get_by_role("button", name="File" if language == "en" else "报送", exact=True).click()


def sound(page: Page, language: str = "en") -> None:
    """Nothing wrong with the page shown now."""
    assert shape_faults(page, language) == []
    assert axe_faults(page) == []


def test_a_round_from_opening_to_bulletin(open_as: Open, site: Site, tmp_path: Path) -> None:
    phone = phones(open_as, site, json.loads(shell(site, MADE)))
    office, leader = open_as("plan-office", language="en"), open_as("leader", language="en")

    # the plan office opens the round
    office.goto(f"/year/round/open/{YEAR}")
    expect(office.locator(".lede")).to_have_text("It asks about 40 open tasks of 12 bodies.")
    sound(office)
    office.get_by_role("button", name="Open the round").click()
    expect(office.locator(".messages")).to_contain_text("The round is open.")
    board = office.url
    expect(office.locator("#due li")).to_have_count(TASKS)

    # eleven bodies file on the phone and their heads sign, every other one in Chinese; the twelfth does not
    for n in range(1, BODIES):
        language = "en" if n % 2 else "zh-hans"
        first = n < 3  # the pages of the others differ in their words only
        contact = phone(f"contact-{n:02d}", language)
        numbers = [k + 1 for k in range(TASKS) if k % BODIES == n - 1]
        expect(contact.locator(".entries li")).to_have_count(len(numbers))
        if first:
            sound(contact, language)
        for k in numbers:
            if language == "en":
                fill(
                    contact,
                    f"Task {k:02d}",
                    f"Task {k:02d}: two workshops held.",
                    problem="Staff is short.",
                    next_step="Hire two.",
                )
            else:
                fill(
                    contact,
                    f"第{k:02d}项任务",
                    f"第{k:02d}项：已开工作会2次。",
                    存在问题="人手不足。",
                    下一步打算="增配2人。",
                )
            if k in (1, 2):
                sound(contact, language)
            if k == 1:
                contact.get_by_label("asks for the task to be closed").check()
                file(contact)
                expect(contact.locator(".errors")).to_contain_text("A task is closed on evidence only")
                sound(contact)
                contact.get_by_label("Step of the year").check()
                contact.get_by_label("Add a file as evidence").set_input_files(
                    {"name": "minutes.txt", "mimeType": "text/plain", "buffer": b"The minutes of acceptance."}
                )
            if k == 4:
                contact.get_by_text("本期无进展").first.click()
                contact.get_by_label("本期无进展").check()
                file(contact, language)
                expect(contact.locator(".errors")).to_contain_text("请说明无进展的原因")
                sound(contact, language)
                contact.get_by_label("无进展原因").fill("招标流标。")
            file(contact, language)
            expect(contact.locator(".messages")).to_contain_text("Filed." if language == "en" else "已报送")
        head = phone(f"head-{n:02d}", language)
        if first:
            sound(head, language)
        sign = head.get_by_role("button", name=re.compile("^(Sign|签批)"))
        for left in range(len(numbers), 0, -1):
            expect(sign).to_have_count(left)
            sign.first.click()
        expect(sign).to_have_count(0)

    # the last day passes: one body is late, it is listed and reminded
    shell(site, LATER)
    office.goto(board)
    expect(office.locator(".attention")).to_contain_text("Office 12 (3)")
    office.get_by_role("button", name="Remind them").click()
    expect(office.locator(".messages")).to_contain_text("2 people were reminded.")
    expect(office.locator("#signed .review")).to_have_count(37)
    sound(office)

    # one entry is returned; the contact reads why on the phone and corrects it
    entry = office.locator(".review", has_text="Task 03")
    entry.locator("details.back summary").click()
    entry.get_by_label("What is to be put right").fill("Say how many firms came.")
    entry.get_by_role("button", name="Return it").click()
    expect(office.locator("#returned li")).to_have_count(1)
    contact = phone("contact-03", "zh-hans")
    expect(contact.locator(".why")).to_contain_text("Say how many firms came.")
    sound(contact, "zh-hans")
    contact.get_by_role("link", name="第03项任务").click()
    contact.get_by_label("工作进展", exact=True).fill("Two workshops, 31 firms.")
    contact.get_by_role("button", name="报送", exact=True).click()
    expect(contact.locator(".messages")).to_contain_text("已报送")
    head = phone("head-03", "en")
    head.get_by_role("button", name=re.compile("^Sign")).click()
    expect(head.locator(".messages")).to_be_visible()
    office.goto(board)
    expect(office.locator(".review", has_text="Task 03")).to_contain_text("returned 1 time")

    # one light is set by hand, with its reason; both are shown
    entry = office.locator(".review", has_text="Task 02")
    entry.get_by_text("Set another light").click()
    entry.get_by_label("Light (computed: Late)").select_option("yellow")
    entry.get_by_role("button", name=re.compile("^Accept")).first.click()
    expect(office.locator(".messages")).to_contain_text("A light that is set by hand needs its reason.")
    entry = office.locator(".review", has_text="Task 02")
    entry.get_by_text("Set another light").click()
    entry.get_by_label("Light (computed: Late)").select_option("yellow")
    entry.get_by_label("Why the light is set by hand").fill("The leader agreed to a later day.")
    entry.get_by_role("button", name=re.compile("^Accept")).first.click()
    expect(office.locator("#accepted li", has_text="Task 02")).to_contain_text("computed: Late")

    # one task is closed on its evidence, the others are accepted
    entry = office.locator(".review", has_text="Task 01")
    expect(entry).to_contain_text("minutes.txt")
    entry.get_by_role("button", name=re.compile("close the task")).click()
    expect(office.locator("#accepted li", has_text="Task 01")).to_contain_text("closed")
    for left in range(35, 0, -1):
        expect(office.locator(".review")).to_have_count(left)
        office.locator(".review").first.get_by_role("button", name=re.compile("^Accept")).first.click()
    expect(office.locator("#accepted li")).to_have_count(37)

    # the filing is closed, the leader issues the bulletin
    office.get_by_role("button", name="Close the filing").click()
    leader.goto(board)
    leader.get_by_role("button", name="Issue the bulletin").click()
    bulletin = board.replace("board/", "bulletin/")
    leader.goto(bulletin)
    ranks = leader.locator("section[aria-labelledby=rank-title] tbody tr")
    expect(ranks).to_have_count(BODIES)
    expect(ranks.last).to_contain_text("Office 12")
    told = [ranks.filter(has_text=f"Office {n:02d}").locator("td").all_inner_texts() for n in (3, 12)]
    # place, points, grade, timeliness, quality, due, filed late, not filed, returned
    assert [row[5:] for row in told] == [["4", "0", "0", "1"], ["3", "0", "3", "0"]]
    expect(leader.locator("section[aria-labelledby=closed-title]")).to_contain_text("Task 01")
    expect(leader.locator("section[aria-labelledby=over-title]")).to_contain_text("The leader agreed to a later day.")
    expect(leader.locator("section[aria-labelledby=red-title]")).to_contain_text("Task 03")
    sound(leader)
    with leader.expect_download() as download:
        leader.get_by_role("link", name="As a Word document").click()
    document = Document(BytesIO(Path(download.value.path()).read_bytes()))
    assert len(document.tables[0].rows) == BODIES + 1
    zh = open_as("leader", language="zh-hans", viewport=PHONE)
    zh.goto(bulletin)
    expect(zh.get_by_role("heading", level=1)).to_contain_text("规划任务推进情况通报")
    sound(zh, "zh-hans")

    # the red task becomes a topic of a meeting, the topic a decision, the decision a task
    office.goto(f"/year/coordination/{YEAR}")
    sound(office)
    office.get_by_role("link", name="Raise as a topic Task 03").click()
    office.locator("[name=question]").fill("Who opens the interface?")
    office.get_by_role("button", name="Save").click()
    topic = office.url
    office.goto(f"/year/coordination/{YEAR}")
    office.get_by_role("link", name="Enter a meeting").click()
    office.locator("[name=title]").fill("Joint meeting")
    office.locator("[name=body__text]").fill("Office 01")
    office.locator("[name=day]").fill("2026-11-20")
    office.get_by_role("button", name="Save").click()
    meeting = office.url.rstrip("/").rsplit("/", 1)[-1]
    office.goto(f"{topic}edit/")
    office.locator("[name=meeting]").select_option(value=meeting)
    office.get_by_role("button", name="Save").click()
    leader.goto(topic)
    leader.get_by_role("button", name="Put on the agenda").click()
    expect(leader.locator(".messages")).to_be_visible()
    pk = topic.rstrip("/").rsplit("/", 1)[-1]
    office.goto(f"/year/decision/new/?meeting={meeting}&topic={pk}&title=Open+the+interface")
    office.locator("[name=body__text]").fill("Office 05")
    office.locator("[name=due]").fill("2027-03-31")
    office.get_by_role("button", name="Save").click()
    office.get_by_role("button", name="Make it a task").click()
    expect(office.locator(".messages")).to_contain_text("The decision is task D20261120-1 of the ledger.")
    office.goto(f"/year/ledger/{YEAR}&q=interface")
    expect(office.locator("table.ledger tbody tr")).to_have_count(1)
    expect(office.locator("table.ledger tbody tr")).to_contain_text("Office 05")
    office.goto(topic)
    office.get_by_role("button", name="Decided").click()
    expect(office.locator(".messages")).to_be_visible()
    zh.goto(f"/year/coordination/{YEAR}")
    expect(zh.locator("section[aria-labelledby=meetings-title]")).to_contain_text("D20261120-1")
    sound(zh, "zh-hans")
