"""An interviewer's telephone over HTTPS: visits made with the network off wait, outlive browser and session, arrive once each."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_checks import axe_faults, chinese_left, english_left, shape_faults
from browser_site import DESKTOP, OTHER, PATIENCE, PHONE, Open, Site, running, sign_in
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.sync_api import BrowserContext, Page, Playwright, expect

pytestmark = pytest.mark.browser
FIELD = "/literacy/field/"
MANY = 30
STORED = """() => new Promise((done) => {
  const asked = indexedDB.open('hanfeng-literacy')
  asked.onsuccess = () => {
    const all = asked.result.transaction('visits').objectStore('visits').getAll()
    all.onsuccess = () => done(JSON.stringify(all.result))
  }
})"""
SENT_AGAIN = """async (text) => {
  const headers = { 'Content-Type': 'application/json', 'X-CSRFToken': document.cookie.match(/csrftoken=([^;]+)/)[1] }
  const told = []
  for (const visit of JSON.parse(text)) {
    told.push((await fetch('/literacy/field/send/', { method: 'POST', headers, body: JSON.stringify(visit) })).status)
  }
  return told
}"""
EDUCATION = ("primary", "junior", "senior", "college")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """A certificate of our own for 127.0.0.1, its key, and the mark of its public key by which one browser trusts it."""
    folder = tmp_path_factory.mktemp("pair")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    build = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    build = build.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
    build = build.not_valid_after(now + datetime.timedelta(days=2))
    build = build.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
    cert = build.sign(key, hashes.SHA256())
    paths = folder / "site.crt", folder / "site.key"
    paths[0].write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    spki = key.public_key().public_bytes(serialization.Encoding.DER, form)
    return (*paths, base64.b64encode(hashlib.sha256(spki).digest()).decode())


@pytest.fixture(scope="module")
def secure(pair: tuple[Path, Path, str], demo_home: Callable[[str], Path]) -> Iterator[Site]:
    """A site that speaks HTTPS itself: `hanfeng up --cert --key`, on a home of its own."""
    cert, key, _mark = pair
    with running(demo_home("secure"), "--cert", str(cert), "--key", str(key)) as site:
        yield site


def telephone(playwright: Playwright, site: Site, folder: Path, mark: str, launch: Any) -> BrowserContext:
    """The interviewer's browser with its own memory on disk, which a second start finds again."""
    arguments = [*launch.get("args", ()), f"--ignore-certificate-errors-spki-list={mark}"]
    context = playwright.chromium.launch_persistent_context(
        str(folder),
        **{**launch, "args": arguments},
        base_url=site.url,
        viewport=PHONE,
        reduced_motion="reduce",
        locale="en",
    )
    context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    context.add_cookies([{"name": "django_language", "value": "en", "url": site.url}])
    return context


def first_page(context: BrowserContext) -> Page:
    return context.pages[0] if context.pages else context.new_page()


def waiting(page: Page, count: int) -> None:
    """The page says that so many visits wait."""
    expect(page.locator("[data-status]")).to_have_attribute("data-count", str(count))


def fill(page: Page, turn: int) -> str:
    """One interview typed in as an interviewer does; the address it was made at."""
    slot = page.locator("#slot")
    value = slot.locator("option:not([hidden]):not([value=''])").first.get_attribute("value") or ""
    slot.select_option(value)
    page.locator("[name=outcome][value=complete]").check()
    asked = {
        "sex": ("male", "female")[turn % 2], "age": ("18-29", "30-39", "40-49", "50-59", "60-69")[turn % 5],
        "education": EDUCATION[turn % 4], "adults": str(1 + turn % 5),
    }  # fmt: skip
    for name, chosen in asked.items():
        page.locator(f"[name={name}][value='{chosen}']").check()
    for item in page.locator("fieldset.item").all():
        item.locator("input").nth(turn % 4).check()
    page.get_by_role("button", name="Keep the visit").click()
    expect(page.locator(f"#slot option[value='{value}']")).to_have_js_property("disabled", True)
    return value


def visits(site: Site) -> list[dict[str, Any]]:
    """What the office has of the interviewer's visits, oldest first."""
    lines = (
        "import json",
        "from hanfeng.packs.innovation.literacy.models import Visit",
        "rows = Visit.objects.filter(interviewer__person__account__username='interviewer').order_by('pk')",
        "print(json.dumps(list(rows.values('uuid', 'slot', 'score')), default=str))",
    )
    return list(json.loads(site.run("manage", "shell", "--no-imports", "-c", "\n".join(lines)).splitlines()[-1]))


def end_sessions(site: Site) -> None:
    """End every session on the server, as idleness does over a day in a village."""
    lines = ("from hanfeng.site.identity.models import Session", "Session.objects.all().delete()")
    site.run("manage", "shell", "--no-imports", "-c", "\n".join(lines))


def test_thirty_visits_without_a_network_arrive_once_each(
    playwright: Playwright, secure: Site, pair: Any, tmp_path: Path, browser_type_launch_args: Any
) -> None:
    mark, folder = pair[2], tmp_path / "telephone"
    before = {row["uuid"] for row in visits(secure)}
    context = telephone(playwright, secure, folder, mark, browser_type_launch_args)
    page = first_page(context)
    sign_in(page, "interviewer", secure.passwords["interviewer"])
    page.goto(FIELD)
    expect(page.locator("[data-plain]")).to_be_hidden()
    expect(page.locator("[data-field][data-offline=ready]")).to_be_attached()
    waiting(page, 0)

    context.set_offline(True)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    done = [fill(page, turn) for turn in range(20)]
    waiting(page, 20)
    assert not axe_faults(page)

    context.close()
    end_sessions(secure)
    context = telephone(playwright, secure, folder, mark, browser_type_launch_args)
    context.set_offline(True)
    page = first_page(context)
    page.goto(FIELD)
    waiting(page, 20)
    done += [fill(page, turn) for turn in range(20, MANY)]
    waiting(page, MANY)
    kept = page.evaluate(STORED)
    assert len(json.loads(kept)) == MANY
    assert not re.search(r"college|primary|female|30-39|item-\d", kept), "what waits on the device is sealed"

    assert {row["uuid"] for row in visits(secure)} == before
    context.set_offline(False)
    page.get_by_role("button", name="Send now").click()
    expect(page.locator("[data-status]")).to_contain_text("Your session has ended")
    waiting(page, MANY)
    assert {row["uuid"] for row in visits(secure)} == before

    page.get_by_role("link", name="Sign in and send").click()
    page.locator("[name=login]").fill("interviewer")
    page.locator("[name=password]").fill(secure.passwords["interviewer"])
    page.locator("main form button[type=submit]").click()
    expect(page).to_have_url(re.compile(f"{FIELD}$"))
    waiting(page, 0)

    new = [row for row in visits(secure) if row["uuid"] not in before]
    assert len(new) == MANY
    assert sorted(row["slot"] for row in new) == sorted(map(int, done))
    assert {row["uuid"] for row in new} == {row["uuid"] for row in json.loads(kept)}
    assert len({row["score"] for row in new}) > 1, "the points were counted where the answers are"

    # what was sent is sent again, as after an answer that got lost on its way: nothing comes twice
    again = page.evaluate(SENT_AGAIN, kept)
    assert again == [200] * MANY
    assert len([row for row in visits(secure) if row["uuid"] not in before]) == MANY
    context.close()


def test_another_interviewer_on_the_same_device_sends_nothing_of_the_first(
    playwright: Playwright, secure: Site, pair: Any, tmp_path: Path, browser_type_launch_args: Any
) -> None:
    secure.join({"second-walker": ("literacy.interviewer",)})
    before = {row["uuid"] for row in visits(secure)}
    context = telephone(playwright, secure, tmp_path / "telephone", pair[2], browser_type_launch_args)
    page = first_page(context)
    sign_in(page, "interviewer", secure.passwords["interviewer"])
    page.goto(FIELD)
    expect(page.locator("[data-field][data-offline=ready]")).to_be_attached()
    context.set_offline(True)
    fill(page, 3)
    waiting(page, 1)
    context.clear_cookies()
    context.set_offline(False)
    expect(page.locator("[data-status]")).to_contain_text("Your session has ended")
    context.add_cookies([{"name": "django_language", "value": "en", "url": secure.url}])
    sign_in(page, "second-walker", secure.passwords["second-walker"])
    page.goto(FIELD)
    expect(page.locator("[data-status]")).to_contain_text("1 visits of another interviewer wait")
    expect(page.locator("#slot")).to_have_count(0)
    assert {row["uuid"] for row in visits(secure)} == before
    context.close()


def test_over_plain_http_it_says_so_and_works_with_a_network(
    playwright: Playwright, site: Site, browser_type_launch_args: Any
) -> None:
    """127.0.0.1 counts as secure in a browser; under another name the same site does not."""
    launch = {**browser_type_launch_args}
    launch["args"] = [*launch.get("args", ()), f"--host-resolver-rules=MAP {OTHER} 127.0.0.1"]
    browser = playwright.chromium.launch(**launch)
    address = site.url.replace("127.0.0.1", OTHER)
    context = browser.new_context(base_url=address, viewport=DESKTOP)
    context.add_cookies([{"name": "django_language", "value": "en", "url": address}])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    sign_in(page, "interviewer", site.passwords["interviewer"])
    page.goto(FIELD)
    assert page.evaluate("isSecureContext") is False
    expect(page.locator("[data-plain]")).to_contain_text("did not come over HTTPS")
    expect(page.locator("[data-waiting]")).to_be_hidden()
    before = len(visits(site))
    fill_plain(page)
    expect(page.locator(".messages")).to_contain_text("The visit has arrived.")
    assert len(visits(site)) == before + 1
    browser.close()


def fill_plain(page: Page) -> None:
    slot = page.locator("#slot")
    slot.select_option(slot.locator("option:not([value=''])").first.get_attribute("value") or "")
    page.locator("[name=outcome][value=absent]").check()
    expect(page.locator("[data-questions]")).to_be_hidden()
    page.get_by_role("button", name="Keep the visit").click()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_its_pages_read_well(open_as: Open, language: str) -> None:
    faults: list[str] = []
    for account, address in (("literacy-officer", "/literacy/"), ("interviewer", FIELD)):
        for size in (DESKTOP, PHONE):
            page = open_as(account, language=language, viewport=size)
            page.goto(address)
            page.wait_for_load_state("networkidle")
            words = english_left(page) if language == "zh-hans" else chinese_left(page)
            faults += [f"{address} {text}" for text in (*words, *shape_faults(page, language), *axe_faults(page))]
    assert not faults, "\n".join(faults)
