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

# the heading, the language, and whether anything stands wider than the window or than the part of the page it belongs to
SHAPE = """() => {
  const scrolls = (e) => e && e !== document.documentElement && (/(auto|scroll|hidden|clip)/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement))
  const named = (e) => e.tagName.toLowerCase() + (e.className && e.className.baseVal === undefined ? '.' + [...e.classList].join('.') : '') + ': ' + e.textContent.trim().slice(0, 40)
  const shown = (e) => e.checkVisibility({ checkVisibilityCSS: true }) && e.getBoundingClientRect().width > 1
  const spilt = []
  for (const e of document.querySelectorAll('main *, header *, footer *')) {
    if (!shown(e) || e.closest('svg') && e.tagName !== 'svg' || e.closest('.vh, .skip')) continue
    const box = e.getBoundingClientRect()
    if (box.right > innerWidth + 1 && !scrolls(e.parentElement)) { spilt.push('past the window ' + named(e)); continue }
    const panel = e.parentElement.closest('.panel, .card, .tally, .tile')
    if (panel && box.right > panel.getBoundingClientRect().right + 1 && !scrolls(e.parentElement)) spilt.push('out of its part ' + named(e))
  }
  return {
    lang: document.documentElement.lang,
    headings: [...document.querySelectorAll('h1')].filter(shown).length,
    wide: document.documentElement.scrollWidth - innerWidth,
    spilt: spilt.slice(0, 5),
  }
}"""

# every text a reader sees or hears, but for what is code, typed in, or marked as another language
TEXTS = """() => {
  const found = new Set([document.title])
  const apart = (e) => e.closest('code, kbd, pre, script, style, textarea, noscript, .code, [data-words=source]') || (e.closest('[lang]') !== document.documentElement)
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim()
    if (text && !apart(walker.currentNode.parentElement)) found.add(text.replace(/\\s+/g, ' '))
  }
  for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'data-failed', 'data-pause', 'data-play', 'data-too-large'])
    for (const e of document.querySelectorAll(`[${name}]`)) if (!apart(e)) found.add(e.getAttribute(name).trim())
  return [...found].filter(Boolean)
}"""

FRAME = "() => [...document.querySelectorAll('h2, h3, th[scope=col], label, button, nav.side a, dt, legend')].filter(e => !e.closest('[lang=zh-hans]') && !e.matches('[lang=zh-hans]')).map(e => e.textContent.trim())"


def shape_faults(page: Page, language: str) -> list[str]:
    """What is wrong with the outer shape of the page shown now."""
    told: dict[str, Any] = page.evaluate(SHAPE)
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
    options = {"runOnly": {"type": "rule", "values": list(only)}} if only else {}
    options["resultTypes"] = ["violations"]
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
    texts: list[str] = page.evaluate(TEXTS)
    return [t for t in texts if (t in msgids() and re.search("[a-z]{3}", t)) or WORDS.search(t)]


def chinese_left(page: Page) -> list[str]:
    """Chinese among the fixed words of an English page."""
    texts: list[str] = page.evaluate(FRAME)
    return [t for t in texts if re.search("[\u4e00-\u9fff]", t)]
