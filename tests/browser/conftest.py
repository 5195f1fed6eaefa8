"""One site for the whole run, and browsers that are signed in to it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_site import DESKTOP, PATIENCE, Open, Site, copied, running, sign_in
from browser_watch import Watch
from playwright.sync_api import Browser, BrowserContext, Page, expect

from hanfeng.site import translations


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """demo_home("site") -> a home with the demo county, which is made once for all workers of a run."""
    # in a checkout the compiled words may be older than their sources
    translations.compile_all()
    base = tmp_path_factory.getbasetemp()
    first = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "first-site"
    return lambda name: copied(first, tmp_path_factory.mktemp(name) / "home")


@pytest.fixture(scope="session")
def site(demo_home: Callable[[str], Path]) -> Iterator[Site]:
    """A site with its demo county, started once."""
    with running(demo_home("site")) as found:
        # two people of one office, and one who files and decides
        found.join(
            {
                "second-officer": ("people.officer", "enterprises.officer"),
                "both-hats": ("people.officer", "cultivation.officer", "cultivation.approver"),
            }
        )
        yield found


@pytest.fixture(scope="session")
def cookies(site: Site, browser: Browser, browser_context_args: dict[str, Any]) -> Callable[[str], Any]:
    """The cookies of an account, signed in through the page once."""
    kept: dict[str, Any] = {}

    def of(account: str) -> Any:
        if account not in kept:
            context = browser.new_context(**browser_context_args, base_url=site.url)
            page = context.new_page()
            sign_in(page, account, site.passwords[account])
            expect(page.locator(".me")).to_be_visible(timeout=PATIENCE)
            kept[account] = context.storage_state()
            context.close()
        return kept[account]

    return of


@pytest.fixture
def open_as(
    site: Site, browser: Browser, browser_context_args: dict[str, Any], cookies: Callable[[str], Any]
) -> Iterator[Open]:
    """A page of a browser of its own, signed in with an account or as nobody; at the end nothing may have gone wrong in it."""
    contexts: list[BrowserContext] = []
    watches: list[Watch] = []

    def opened(account: str = "", *, language: str = "zh-hans", **options: Any) -> Page:
        state = {"storage_state": cookies(account)} if account else {}
        settings = {"viewport": DESKTOP, "reduced_motion": "reduce", "accept_downloads": True}
        context = browser.new_context(**{**browser_context_args, **settings, **state, "base_url": site.url, **options})
        context.set_default_timeout(PATIENCE)
        context.add_cookies([{"name": "django_language", "value": language, "url": site.url}])
        contexts.append(context)
        watches.append(Watch(context, site.url))
        return context.new_page()

    expect.set_options(timeout=PATIENCE)
    yield opened
    for context in contexts:
        context.close()
    faults = [fault for watch in watches for fault in watch.faults]
    assert not faults, "\n".join(faults)
