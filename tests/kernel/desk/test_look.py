"""The style sheets and templates keep to the browser floor (Chromium 100) and to the strict content security policy."""

import re
from pathlib import Path

import pytest

import hanfeng.kernel.desk
import hanfeng.plan
from hanfeng.kernel.desk.status import SHOWN

DESK, PLAN = (Path(str(p.__file__)).parent for p in (hanfeng.kernel.desk, hanfeng.plan))
CSS = sorted((DESK / "static/desk/css").glob("*.css"))
PAGES = sorted([*(DESK / "templates").rglob("*.html"), *(PLAN / "templates").rglob("*.html")])
NEWER = re.compile(
    r"oklch|oklab|light-dark\(|color-mix|@container|container(-type|-name)?\s*:|:has\(|text-wrap|subgrid|\d+d?[sl]v[hw]\b|\ddvh|"
    r"@media[^{]*[<>]|@scope|@starting-style|(^|\s)&|anchor\(|::details-content|translate\s*:|rotate\s*:|scale\s*:"
)


def uncommented(path: Path) -> str:
    return re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)


def without_supports(css: str) -> str:
    """The sheet with every @supports rule cut out, as a browser of the floor may read it."""
    kept, at = "", 0
    for found in re.finditer(r"@supports[^{]*\{", css):
        if found.start() < at:
            continue
        kept, depth, end = kept + css[at : found.start()], 1, found.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        at = end
    return kept + css[at:]


def test_without_supports_cuts_whole_rules() -> None:
    assert without_supports("a{} @supports (x:y) { b{c:d} @media z { e{} } } f{}") == "a{}  f{}"


@pytest.mark.parametrize("path", CSS, ids=lambda p: p.name)
def test_newer_css_stands_inside_supports_only(path: Path) -> None:
    assert NEWER.findall(without_supports(uncommented(path))) == []


@pytest.mark.parametrize("path", CSS, ids=lambda p: p.name)
def test_every_token_used_is_given_and_braces_close(path: Path) -> None:
    css = uncommented(path)
    given = {name for sheet in CSS for name in re.findall(r"(--[\w-]+)\s*:", uncommented(sheet))}
    assert set(re.findall(r"var\((--[\w-]+)", css)) <= given
    assert css.count("{") == css.count("}")


def test_dark_is_the_same_by_choice_and_by_system() -> None:
    css = uncommented(DESK / "static/desk/css/tokens.css")
    by_system = re.search(r":root:not\(\[data-theme=light\]\) \{(.*?)\}", css, re.DOTALL)
    by_choice = re.search(r":root\[data-theme=dark\] \{(.*?)\}", css, re.DOTALL)
    assert by_system
    assert by_choice
    assert by_system[1].split() == by_choice[1].split()


def brightness(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: str, b: str) -> float:
    low, high = sorted((brightness(a), brightness(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("selector", [r":root \{", r":root\[data-theme=dark\] \{"])
def test_words_can_be_read_on_their_ground(selector: str) -> None:
    """WCAG 2.2, 1.4.3 (4.5 to 1 for text) and 1.4.11 (3 to 1 for the edge of a control)."""
    block = re.search(selector + r"(.*?)\n\s+}", uncommented(DESK / "static/desk/css/tokens.css"), re.DOTALL)
    assert block
    token = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block[1]))
    pairs = [(tone, f"{tone}-soft") for tone in ("ok", "done", "even", "watch", "late", "info", "brand")]
    pairs += [
        (ink, ground) for ink in ("ink", "ink-2", "brand", "late", "watch") for ground in ("bg", "surface", "sunk")
    ]
    pairs += [
        ("on-brand", "brand"),
        ("on-seal", "seal"),
        ("tile-ink-top", "r4"),
        *(("tile-ink", f"r{i}") for i in range(4)),
    ]
    faint = {pair: round(contrast(token[pair[0]], token[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in faint.items() if ratio < 4.5} == {}
    assert min(contrast(token["line-2"], token[ground]) for ground in ("bg", "surface", "sunk")) >= 3


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_templates_hold_nothing_the_policy_forbids(path: Path) -> None:
    html = path.read_text("utf-8")
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:|https?://(?!www\.w3\.org)", html)
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert not re.search(r"[\u4e00-\u9fff]", html)


def test_every_icon_that_is_asked_for_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'id="i-([\w-]+)"', (DESK / "templates/desk/parts/icons.html").read_text("utf-8")))
    asked = {name for page in PAGES for name in re.findall(r'{% icon "([\w-]+)"', page.read_text("utf-8"))}
    assert asked | {s.icon for s in SHOWN.values()} <= sprite
    assert len(sprite) >= 40


def test_scripts_hold_nothing_the_policy_forbids() -> None:
    for path in (DESK / "static/desk/js").glob("*.js"):
        js = path.read_text("utf-8")
        assert not re.search(
            r"\beval\(|new Function|innerHTML|insertAdjacentHTML|https?://|setAttribute\('style'", js
        ), path.name
        assert not re.search(r"[\u4e00-\u9fff]", js.replace("：", "")), path.name
