"""What the public reads was drafted by one person and released by another."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from browser_site import PLAN, Open
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_state_is_drafted_released_and_read(open_as: Open) -> None:
    editor, approver = open_as("plan-office", language="en"), open_as("publication-approver", language="en")
    public = open_as(language="en")
    # the demo's own snapshot says that no office released it; ours will not say so
    public.goto("/portal/")
    demo = public.get_by_text("Approved by demo accounts, not by an office.")
    expect(demo).to_be_visible()

    editor.goto(f"{PLAN}evaluation/")
    editor.get_by_role("button", name="Draft for the public").click()
    expect(editor.locator(".messages")).to_contain_text("It waits for somebody else to release it.")
    expect(editor.locator(".eyebrow")).to_contain_text("waiting for approval")
    expect(editor.locator(".moves-closed")).to_contain_text("Only for: publication approver.")
    expect(editor.get_by_role("button", name="Publish")).to_have_count(0)
    public.reload()
    expect(demo).to_be_visible()

    approver.goto("/todo/")
    approver.locator(f"#main a[href='{urlsplit(editor.url).path}']").click()
    approver.get_by_role("button", name="Publish").click()
    expect(approver.locator(".eyebrow")).to_contain_text("published")

    public.reload()
    expect(demo).to_have_count(0)
    expect(public.locator("#main")).to_contain_text("approved for publication")
    table = public.locator("table").first
    expect(table).to_contain_text("High-tech enterprises")
    # counted from the demo's registers, so nothing of it is for the public
    expect(public.locator("#main")).not_to_contain_text(re.compile("ledger", re.IGNORECASE))

    approver.reload()
    box = approver.locator(".moves details", has_text="Take off")
    box.locator("summary").click()
    box.get_by_label("Reason").fill("A figure has to be put right.")
    box.get_by_role("button", name="Confirm: Take off").click()
    expect(approver.locator(".eyebrow")).to_contain_text("taken off")
    public.reload()
    expect(demo).to_be_visible()


def test_the_public_reads_the_words_of_the_plan_without_an_account(open_as: Open) -> None:
    page = open_as(language="en")
    page.goto("/portal/")
    page.get_by_role("navigation").get_by_role("link", name="What the plan says").click()
    chapters = page.locator("details.chapter")
    expect(chapters).to_have_count(11)
    second = chapters.nth(1)
    second.locator("summary").click()
    expect(second.locator("dl")).to_be_visible()
    # the house itself is not theirs: its front door leads back here
    page.goto("/")
    expect(page).to_have_url(re.compile("/portal/"))
    page.goto("/enterprises/enterprise/")
    expect(page).to_have_url(re.compile("/sign-in/"))
