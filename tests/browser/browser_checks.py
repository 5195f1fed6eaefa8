"""What is asked of every page alike: one heading, its language, room for its words, words of one language, no axe violation."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from babel.messages.pofile import read_po
from playwright.sync_api import Page

from hanfeng.site import settings

SOURCE = settings.SOURCE
WORDS = re.compile(r"[A-Za-z][a-z]+(?: [a-z]{2,})+|^[a-z]{3,}$")

LOOKS = Path(__file__).parent / "looks"
# a click comes back once the next page begins, not once it is there
WHOLE = "document.readyState === 'complete' || await new Promise((go) => addEventListener('load', go, { once: true }))"


def look(page: Page, name: str) -> Any:
    """What one of the functions in looks/ tells of the page shown now, once it is whole."""
    told = (LOOKS / f"{name}.js").read_text(encoding="utf-8")
    return page.evaluate(f"async () => {{ {WHOLE};\nconst tell = {told.strip()};\nreturn tell() }}")


def shape_faults(page: Page, language: str) -> list[str]:
    """What is wrong with the outer shape of the page shown now."""
    told: dict[str, Any] = look(page, "shape")
    faults = list(told["spilt"])
    if told["lang"] != language:
        faults.append(f"lang is {told['lang']}")
    if told["headings"] != 1:
        faults.append(f"{told['headings']} h1")
    if told["wide"] > 0:
        faults.append(f"{told['wide']} px wider than the window")
    return faults


def axe_faults(page: Page, only: tuple[str, ...] = ()) -> list[str]:
    """The violations axe finds, each with the places."""
    # without its own reading of style sheets, which the page's policy would refuse
    options: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
    if only:
        options["runOnly"] = {"type": "rule", "values": list(only)}
    page.wait_for_load_state()
    found = Axe().run(page, options=options).response["violations"]
    return [f"{v['id']}: {n['html'][:160]} {n.get('failureSummary', '')[:300]}" for v in found for n in v["nodes"][:3]]


@cache
def msgids() -> frozenset[str]:
    """Every English word of the source that has a Chinese one."""
    known: set[str] = set()
    for path in Path(SOURCE).rglob("locale/zh_Hans/LC_MESSAGES/django.po"):
        with path.open("rb") as file:
            for message in read_po(file):
                ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
                known.update(i for i in ids if i and i != message.string)
    return frozenset(known)


def english_left(page: Page) -> list[str]:
    """English on a Chinese page: texts of the source that were not translated, and runs of English words."""
    texts: list[str] = look(page, "texts")
    return [t for t in texts if (t in msgids() and re.search("[a-z]{3}", t)) or WORDS.search(t)]


def chinese_left(page: Page) -> list[str]:
    """Chinese among the fixed words of an English page."""
    texts: list[str] = look(page, "frame")
    return [t for t in texts if re.search("[\u4e00-\u9fff]", t)]
