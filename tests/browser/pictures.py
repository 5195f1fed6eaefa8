"""The pictures of the README, taken from a fresh site with its demo data: `python tests/browser/pictures.py [folder]`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from browser_site import DESKTOP, PHONE, PLAN, Site, running, sign_in
from playwright.sync_api import Browser, sync_playwright

from conftest import CHROMIUM, FLAGS

MOST = 300_000  # bytes of one picture
TALL = {"width": 1366, "height": 900}
FIRM = "/enterprises/enterprise/?status=active&stage=mature"
ROW = "table.ledger tbody th a"
# name, account, language, address, the link to follow from there, window, theme
PICTURES: tuple[tuple[str, str, str, str, str, dict[str, int], str], ...] = (
    ("plan", "leader", "zh-hans", "/", "", DESKTOP, "light"),
    ("plan-en", "leader", "en", "/", "", DESKTOP, "light"),
    ("plan-dark", "leader", "zh-hans", "/", "", DESKTOP, "dark"),
    ("plan-phone", "leader", "zh-hans", "/", "", PHONE, "light"),
    ("indicator", "plan-office", "zh-hans", f"{PLAN}indicator/high-tech-firms/", "", TALL, "light"),
    ("figure", "plan-office", "zh-hans", "/figures/high_tech_ever/?period=2025", "", DESKTOP, "light"),
    ("contradictions", "plan-office", "zh-hans", f"{PLAN}contradictions/", "", TALL, "light"),
    ("enterprise", "enterprise-officer", "zh-hans", FIRM, ROW, TALL, "light"),
    ("cultivation", "science-officer", "zh-hans", "/cultivation/poolentry/?state=screening", ROW, TALL, "light"),
    ("screen", "leader", "zh-hans", "/screen/", "", {"width": 1280, "height": 720}, "dark"),
    ("portal", "", "zh-hans", "/portal/", "", DESKTOP, "light"),
)


def take(browser: Browser, site: Site, folder: Path, *picture: Any) -> None:
    """Take one picture; a file larger than MOST is refused."""
    name, account, language, address, link, size, theme = picture
    context = browser.new_context(
        base_url=site.url,
        viewport=size,
        color_scheme=theme,
        reduced_motion="reduce",
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    context.add_cookies([{"name": "django_language", "value": language, "url": site.url}])
    page = context.new_page()
    if account:
        sign_in(page, account, site.passwords[account])
        page.wait_for_load_state()
    page.goto(address)
    if link:
        page.locator(link).first.click()
    page.wait_for_load_state("networkidle")
    path = folder / f"{name}.png"
    page.screenshot(path=path)
    context.close()
    if path.stat().st_size > MOST:
        raise SystemExit(f"{path} has {path.stat().st_size} bytes, more than {MOST}")


def main(folder: Path) -> None:
    """Take them all."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, running(Path(home) / "home") as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for picture in PICTURES:
            take(browser, site, folder, *picture)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "docs" / "images")
