"""What the demo keeps is told in English to who reads English: on the pages of the duty officer and of the environment."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from hanfeng.commons.people.roles import OFFICER
from hanfeng.kernel.api import Pack, catalogue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("county")]

PACKS = [p for p in catalogue() if p.name in {"alert", "lake", "air", "pollution_sources", "devices", "sense"}]
SOME = 6
CHINESE = re.compile(r"[^\n]*[\u3400-\u9fff][^\n]*")
NUMBER = re.compile(r"\w+〔\d{4}〕\d+号")
"""The number of a document is its name in any language."""
STORY = re.compile(r'<section [^>]*aria-labelledby="story-title".*?</section>', re.S)
"""The history tells each field as it was written, the Chinese and the English."""


def words(page: str) -> str:
    """The text of the main part of a page, without its history."""
    main = STORY.sub("", page[page.index("<main") : page.index("</main>")])
    return html.unescape(re.sub(r"<(script|style|template).*?</\1>|<[^>]+>", "\n", main, flags=re.S))


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_no_chinese_is_left_on_its_english_pages(pack: Pack, person: Any, browser_of: Any) -> None:
    browser = browser_of(person(OFFICER, *(role for each in PACKS for role in each.roles)))
    pages = [f"/{pack.name}/", *(desk.url for desk in pack.desks)]
    pages += [desk.at(record) for desk in pack.desks for record in desk.model.objects.order_by("-pk")[:SOME]]
    left = {page: CHINESE.findall(NUMBER.sub("", words(browser.get(page).text))) for page in pages}
    assert {page: found for page, found in left.items() if found} == {}
