"""A report from its first draft to the signature: an edited copy comes back, comments are answered, three people decide."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from browser_checks import axe_faults, english_left, shape_faults
from browser_site import PHONE, Open
from docx import Document
from docx.oxml.ns import qn
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def faults(page: Page, language: str) -> list[str]:
    return [*shape_faults(page, language), *axe_faults(page)]


def edited(path: Path) -> bytes:
    """What an officer does in a word processor: a sentence more, a number changed by hand, a number of his own."""
    document = Document(BytesIO(path.read_bytes()))
    sentence = next(p for p in document.paragraphs if p.text.startswith("规划设置主要指标"))
    sentence.add_run("总体看，规划实施平稳，预计投入12亿元。")
    controls = [c for c in document.element.body.iter(qn("w:sdt")) if c[0].find(qn("w:alias")) is not None]
    reading = next(c for c in controls if c[0].find(qn("w:alias")).get(qn("w:val")).startswith("reading:")
                   and any(t.text.endswith("家") for t in c.iter(qn("w:t"))))  # fmt: skip
    next(reading.iter(qn("w:t"))).text = "999家"
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def test_from_the_draft_to_the_signature(open_as: Open, tmp_path: Path) -> None:
    office = open_as("plan-office")
    office.goto("/plans/innovation-2021-2025/evaluation/?as_of=2025-12-31")
    office.locator(".head-side").get_by_role("link", name="文稿").click()
    assert office.get_by_label("数据截至").input_value() == "2025-12-31"
    assert not faults(office, "zh-hans")
    office.get_by_role("button", name="起草", exact=True).click()
    expect(office.locator(".messages")).to_contain_text("已根据数据起草")
    expect(office.locator(".eyebrow").first).to_contain_text("起草中")
    url = re.sub(r"^https?://[^/]+", "", office.url)
    assert not faults(office, "zh-hans")

    # its text on screen: each figure a link that opens its reading
    office.get_by_role("link", name="阅读文稿").click()
    expect(office.locator(".sheet")).to_contain_text("一、规划实施总体情况")
    assert not faults(office, "zh-hans")
    assert not english_left(office)
    figure = office.locator("a.fig.k-reading").first
    said = figure.inner_text()
    figure.click()
    expect(office.locator("h1")).to_be_visible()
    expect(office.locator("#main")).to_contain_text(re.findall(r"\d+", said)[0])

    # out for comments, and edited meanwhile
    office.goto(url)
    office.get_by_role("button", name="发出征求意见").click()
    expect(office.locator(".eyebrow").first).to_contain_text("征求意见中")
    with office.expect_download() as download:
        office.get_by_role("link", name=re.compile("^Word")).first.click()
    copy = {"name": "修改稿.docx", "mimeType": "application/octet-stream", "buffer": edited(download.value.path())}
    office.get_by_label("修改稿（.docx）").set_input_files(copy)  # type: ignore[arg-type]
    office.get_by_role("button", name="导入").click()
    expect(office.locator(".messages")).to_contain_text("已导入为第2稿")
    found = office.locator("#figures .settle")
    expect(found.filter(has_text="人工改动")).to_contain_text("999家")
    expect(found.filter(has_text="没有指标值支持")).to_contain_text("12")
    expect(office.locator(".moves-closed")).to_contain_text("请先处理")
    assert not faults(office, "zh-hans")
    found.filter(has_text="人工改动").get_by_label("恢复为指标值").check()
    mine = found.filter(has_text="没有指标值支持")
    mine.get_by_role("radio", name="由本人说明依据").check()
    mine.get_by_role("textbox").fill("区财政局来函")
    office.get_by_role("button", name="处理", exact=True).click()
    expect(office.locator(".messages")).to_contain_text("已处理，形成第3稿")

    # a contact comments, on a phone; the office says how it was taken
    contact = open_as("science-officer", viewport=PHONE)
    contact.goto(f"{url}comments/")
    assert not faults(contact, "zh-hans")
    contact.get_by_label("对应位置").select_option(index=2)
    contact.get_by_label("意见", exact=True).fill("请补充研发投入滞后的原因。")
    contact.get_by_role("button", name="提交意见").click()
    expect(contact.locator(".said")).to_contain_text("请补充研发投入滞后的原因。")
    office.goto(f"{url}comments/")
    office.get_by_label("部分采纳").check()
    office.locator("textarea[name=reason]").fill("原因待数据公布后补充")
    office.get_by_role("button", name="保存答复").click()
    expect(office.locator(".said")).to_contain_text("原因待数据公布后补充")
    contact.reload()
    expect(contact.locator(".said")).to_contain_text("部分采纳")

    # side by side: what the copy changed stands out
    office.goto(f"{url}compare/?a=1&b=3")
    expect(office.locator(".versus ins").first).to_contain_text("总体看")
    expect(office.locator(".versus")).not_to_contain_text("999")
    assert not faults(office, "zh-hans")

    # three people: submitted, reviewed, signed; nobody his own
    office.goto(url)
    office.get_by_role("button", name="送审").click()
    expect(office.locator(".eyebrow").first).to_contain_text("待核稿")
    reviewer = open_as("paper-reviewer", language="en")
    reviewer.goto(url)
    reviewer.get_by_role("button", name="Reviewed: pass on for signature").click()
    expect(reviewer.locator(".eyebrow").first).to_contain_text("waiting for signature")
    leader = open_as("leader", language="en", color_scheme="dark")
    leader.goto("/papers/")
    expect(leader.locator("#main")).to_contain_text("waits for")
    leader.goto(url)
    leader.get_by_role("button", name="Sign", exact=True).click()
    expect(leader.locator(".eyebrow").first).to_contain_text("approved")
    assert not faults(leader, "en")
    office.goto(url)
    editions = office.locator(".lines .grow a").all_inner_texts()
    assert [text.split(" · ")[1] for text in editions if " · " in text] == ["审定稿", "送审稿", "征求意见稿"]
    expect(office.get_by_label("修改稿（.docx）")).to_have_count(0)


def test_the_next_plan_says_what_is_missing_and_whom_to_ask(open_as: Open) -> None:
    for language, size, asked in (("zh-hans", PHONE, "请"), ("en", {"width": 1366, "height": 768}, "Ask")):
        page = open_as("plan-office", language=language, viewport=size)
        page.goto("/papers/")
        page.locator("a[href='/papers/next/innovation-2021-2025/']").click()
        expect(page.locator("table").last).to_contain_text(asked)
        assert not faults(page, language)
