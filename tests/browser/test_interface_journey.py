"""The pages of the interface: a client is made, its token is shown once, calls, and is refused once it is revoked."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest
from browser_checks import axe_faults, shape_faults
from browser_site import DESKTOP, PHONE, Open, Site
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def fine(page: Page) -> None:
    """No axe violation in the light, in the dark and on a phone, and nothing wider than the screen."""
    for scheme, size in (("light", DESKTOP), ("dark", DESKTOP), ("light", PHONE)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size(size)  # type: ignore[arg-type]
        assert [*shape_faults(page, "en"), *axe_faults(page)] == []
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]


def called(site: Site, address: str, token: str) -> tuple[int, dict[str, object]]:
    """As another system calls: the status and the JSON of the answer."""
    asked = urllib.request.Request(f"{site.url}{address}", headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def test_a_client_is_made_calls_and_is_revoked(site: Site, open_as: Open) -> None:
    page = open_as("security", language="en")
    page.goto("/api/")
    fine(page)
    page.goto("/api/clients/new/")
    fine(page)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[role=alert]").first).to_be_visible()
    fine(page)
    page.get_by_label("Name", exact=True).fill("市级台账系统")
    page.get_by_label("purpose").fill("每晚读取机构名录")
    page.get_by_label("contact").fill("科技局信息科")
    page.get_by_label("Body", exact=True).select_option(index=1)
    page.get_by_label("roles").select_option("people.officer")
    page.get_by_label("what it may do").select_option("bodies.body:read")
    page.get_by_label("holds until").fill("2099-01-01")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("市级台账系统")
    page.get_by_role("button", name="New token").click()
    token = page.locator("section[role=status] code").inner_text()
    assert token.startswith("hf_")
    fine(page)
    status, told = called(site, "/api/v1/bodies/body?limit=3", token)
    assert status == 200
    assert len(told["items"]) == 3  # type: ignore[arg-type]
    assert called(site, "/api/v1/enterprises/enterprise", token)[0] == 403
    page.goto("/api/clients/")
    fine(page)
    page.get_by_role("link", name="市级台账系统").click()
    assert token not in page.content()
    expect(page.locator("dl.facts").first).to_contain_text("127.0.0.1")
    page.get_by_role("button", name="Revoke hf_").click()
    expect(page.locator("table.ledger .tag")).to_have_text("revoked")
    status, told = called(site, "/api/v1/bodies/body", token)
    assert (status, told["status"]) == (401, 401)


def test_others_are_refused(open_as: Open) -> None:
    page = open_as("leader", language="en")
    page.goto("/api/")
    answer = page.goto("/api/clients/")
    assert answer
    assert answer.status == 403
    fine(page)
