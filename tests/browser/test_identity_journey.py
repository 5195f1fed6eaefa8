"""The door as people meet it: locked out, a second factor, another house, roles given, personal data shown, what went out."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from browser_checks import axe_faults, shape_faults
from browser_site import DESKTOP, Open, Site, sign_in
from openid_house import described, provider
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser


def fine(page: Page, language: str = "en") -> None:
    assert shape_faults(page, language) == []
    assert axe_faults(page) == []


def test_after_five_wrong_passwords_the_door_stays_shut_for_a_while(site: Site, open_as: Open) -> None:
    site.join({"locked-out": ("people.officer",)})
    page = open_as(language="en")
    for _n in range(5):
        sign_in(page, "locked-out", "wrong")
        expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"Too many failed tries\. Try again after \d\d:\d\d"))
    fine(page)
    sign_in(page, "locked-out", site.passwords["locked-out"])
    expect(page.get_by_role("alert")).to_contain_text("Too many failed tries")
    assert page.goto("/me/")
    expect(page).to_have_url(re.compile("/sign-in/"))


def code_of(secret: str, later: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + later))


def test_a_second_factor_is_set_up_and_asked_for(site: Site, open_as: Open) -> None:
    site.join({"two-factors": ("people.officer",)})
    page = open_as(language="en")
    sign_in(page, "two-factors", site.passwords["two-factors"])
    page.get_by_role("link", name="Second factor").click()
    fine(page)
    page.get_by_role("link", name="Set up").click()
    fine(page)
    page.get_by_label("Password").fill(site.passwords["two-factors"])
    page.get_by_role("button", name="Go on").click()
    picture = page.get_by_role("img", name="QR code of the secret below")
    expect(picture).to_be_visible()
    # a picture inside the page is decoded after the page is read
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    fine(page)
    secret = page.locator("main .code").inner_text()
    page.get_by_label("The code that the app shows now").fill(code_of(secret))
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    fine(page)
    codes = page.locator(".codes li").all_inner_texts()
    assert len(codes) == 10
    page.goto("/me/")
    page.get_by_role("button", name="Sign out").click()

    sign_in(page, "two-factors", site.passwords["two-factors"])
    expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
    fine(page)
    page.get_by_label("Code from the app").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("The code is not right.")
    page.get_by_label("Code from the app").fill(code_of(secret, 1))
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".me")).to_be_visible()
    page.goto("/me/")
    page.get_by_role("button", name="Sign out").click()

    sign_in(page, "two-factors", site.passwords["two-factors"])
    page.get_by_label("Code from the app").fill(codes[0])
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".me")).to_be_visible()


def test_another_house_lets_somebody_in(site: Site, browser: Browser, browser_context_args: dict[str, Any]) -> None:
    site.join({"from-city": ("people.officer",)})
    description = site.home / "identity.toml"
    with provider({"sub": "c-1", "preferred_username": "from-city"}, {"sub": "c-2", "preferred_username": "x"}) as city:
        description.write_text(described(city), encoding="utf-8")
        context = browser.new_context(**browser_context_args, base_url=site.url, viewport=DESKTOP)
        context.add_cookies([{"name": "django_language", "value": "en", "url": site.url}])
        page, told = context.new_page(), []
        page.on("console", lambda message: told.append(message.text))
        try:
            page.goto("/sign-in/?next=/todo/")
            fine(page)
            page.get_by_role("link", name="City sign-in").click()
            expect(page).to_have_url(re.compile(re.escape(city)))
            page.get_by_role("button", name="c-2").click()
            expect(page).to_have_url(f"{site.url}/sign-in/")
            expect(page.locator("main")).to_contain_text("No account here belongs to this sign-in.")
            page.goto("/sign-in/?next=/todo/")
            page.get_by_role("link", name="City sign-in").click()
            page.get_by_role("button", name="c-1").first.click()
            expect(page).to_have_url(f"{site.url}/todo/")
            expect(page.locator(".me")).to_contain_text("from-city")
            assert not [text for text in told if "Content Security Policy" in text and city not in text]
        finally:
            context.close()
            description.unlink()


def test_a_role_is_given_and_a_second_administrator_is_refused(site: Site, open_as: Open) -> None:
    site.join({"newcomer": ("people.officer",)})
    page = open_as("security", language="en")
    page.goto("/accounts/?q=newcomer")
    fine(page)
    page.get_by_role("link", name="newcomer", exact=True).click()
    fine(page)
    page.get_by_role("button", name="Give: audit administrator").click()
    expect(page.get_by_role("status").first).to_contain_text("Done and written down.")
    expect(page.locator("tr", has_text="Runs the installation")).to_contain_text("the three are three people")
    page.get_by_role("button", name="Take: audit administrator").click()
    expect(page.locator("main")).to_contain_text("role taken")
    refused = open_as("leader", language="en")
    answer = refused.goto("/accounts/")
    assert answer
    assert answer.status == 403
    fine(refused)


def test_what_is_personal_is_shown_for_a_purpose_and_what_goes_out_is_told(open_as: Open) -> None:
    officer, auditor = open_as("enterprise-officer", language="en"), open_as("audit", language="en")
    officer.goto("/enterprises/enterprise/?status=active")
    officer.locator("table.ledger tbody th a").first.click()
    hidden = officer.locator(".masked").first
    expect(hidden).to_be_visible()
    before = hidden.inner_text()
    officer.get_by_text("Show what is hidden").click()
    officer.get_by_label("What for").fill("核对年报联系人")
    officer.get_by_role("button", name="Show", exact=True).click()
    expect(officer.locator(".masked")).to_have_count(0)
    assert before.split()[0] not in officer.locator("dl.facts").first.inner_text()
    fine(officer)
    officer.goto("/enterprises/enterprise/?status=active")
    with officer.expect_download():
        officer.locator("a[href*='export.csv']").first.click()
    auditor.goto("/log/")
    fine(auditor)
    expect(auditor.locator("main")).to_contain_text("核对年报联系人")
    rows = auditor.locator("table.ledger tbody tr")
    expect(rows.first).to_contain_text("went out as a file")
    expect(rows.first).to_contain_text("status=active")
