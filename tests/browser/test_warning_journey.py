"""From a value that rises to a warning that is out and an incident that is closed: duty officer, signer, releaser, the public."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser_checks import axe_faults, chinese_left, english_left, shape_faults
from browser_site import DESKTOP, PHONE, Open, Site
from django.utils import timezone
from playwright.sync_api import Page, expect

from hanfeng.kernel.alert import cap12

pytestmark = pytest.mark.browser

ROUND = 120_000  # milliseconds: the next round of the worker's timers, on a busy machine
LOOK, LOOKS = 1000, 120  # milliseconds between two looks at a page that the worker changes, and how many
STATION = "JOURNEY-AIR"
NAME, NAME_EN = "旅程站", "Journey station"
TYPED = ("Heavy pollution: ", "The air is expected to stay still.")
"""Words that the journey itself types in English: a record shows both languages."""
CLEAN = {"a34004": 30, "a34002": 55, "a05024": 40, "a21004": 25, "a21026": 8, "a21005": 0.6}
DECLARED = f"""
from hanfeng.kernel.api import Station, declare, save
from hanfeng.packs.environment.air.models import Site
from hanfeng.packs.environment.air.terms import MEASURED
kept = declare([Station({STATION!r}, {NAME!r}, {NAME_EN!r}, kind="station", pack="air", point=(108.4, 31.2), series=MEASURED)])
save(Site(thing=next(iter(kept.values())).thing, counts=False, order=9), None)
"""


class Receiver(http.server.BaseHTTPRequestHandler):
    """The release channel: it keeps what it gets, and answers with the receipt of CAP."""

    got: list[bytes] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append(body)
        message = cap12.read(body)
        ack = cap12.Message(
            "ack-1", "channel@example.org", timezone.localtime(), type="Ack", references=(message.reference,)
        )
        answer = cap12.write(ack)
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def channel() -> Iterator[str]:
    """The address of a receiver that runs."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Receiver.got.clear()
    yield f"http://127.0.0.1:{server.server_port}/cap"
    server.shutdown()
    server.server_close()


def sheet(path: Path, start: datetime, hours: list[float]) -> Path:
    """Values each quarter of an hour, PM2.5 as told; never twice the same, for a value that hangs does not count."""
    lines = ["station,series,time,value,mark"]
    for hour, pm25 in enumerate(hours):
        for quarter in range(4):
            at = start + timedelta(hours=hour, minutes=15 * quarter)
            shake = 0.001 * (4 * hour + quarter)
            told = {**CLEAN, "a34004": pm25}
            lines += [f"{STATION},{code},{at:%Y-%m-%d %H:%M},{value + shake:.3f},N" for code, value in told.items()]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def state(page: Page, words: str) -> None:
    """The case stands at this state, as its eyebrow says."""
    expect(page.locator(".eyebrow")).to_contain_text(words)


def move(page: Page, title: str, reason: str = "") -> None:
    """Make a move on the page of a case, with its reason where one is asked."""
    if not reason:
        page.locator(".moves").get_by_role("button", name=title, exact=True).click()
        return
    box = page.locator(".moves details", has=page.locator("summary", has_text=title))
    box.locator("summary").click()
    box.get_by_label("Reason").fill(reason)
    box.get_by_role("button", name=f"Confirm: {title}").click()


def draft(page: Page, incident: str, colour: str, headline: str) -> None:
    """Draft a warning of heavy pollution for an incident."""
    page.goto(incident)
    page.get_by_role("link", name="Draft a warning").click()
    page.locator("[name=event]").select_option("heavy-air-pollution")
    page.locator("[name=colour]").select_option(colour)
    page.locator("[name=headline]").fill(f"重污染天气预警：{headline}")
    page.get_by_text("The same in English").click()
    page.locator("[name=headline_en]").fill(f"Heavy pollution: {headline}")
    page.locator("[name=text]").fill("预计静稳天气仍将持续。")
    page.locator("[name=text_en]").fill("The air is expected to stay still.")
    page.locator("[name=advice]").fill("减少户外活动。")
    page.locator("[name=area]").fill("全区")
    page.get_by_role("button", name="Keep the draft").click()


def looked_at(open_as: Open, account: str, addresses: list[str]) -> list[str]:
    """What is wrong with these pages: shape and words in both languages on a desk, on a phone and in the dark; axe once for each
    of the three, in one language, for it looks at the same elements and colours in both."""
    faults = []
    for language in ("zh-hans", "en"):
        page = open_as(account, language=language)
        for address in addresses:
            page.goto(address)
            page.wait_for_load_state("load")
            left = english_left(page) if language == "zh-hans" else chinese_left(page)
            left = [text for text in left if not any(typed in text for typed in TYPED)]
            faults += [f"{address} {language} words: {text}" for text in left]
            for mode, axe in (("desk", "zh-hans"), ("phone", "en"), ("dark", "zh-hans")):
                page.emulate_media(color_scheme="dark" if mode == "dark" else "light")
                page.set_viewport_size(PHONE if mode == "phone" else DESKTOP)
                found = shape_faults(page, language)
                if language == axe:
                    found += axe_faults(page, ("color-contrast",) if mode == "dark" else ())
                faults += [f"{address} {language} {mode}: {fault}" for fault in found]
            page.emulate_media(color_scheme="light")
            page.set_viewport_size(DESKTOP)
    return faults


def test_an_episode_from_its_rise_to_its_cause(site: Site, open_as: Open, channel: str, tmp_path: Path) -> None:
    site.run("manage", "shell", "--no-imports", "-c", DECLARED)
    now = timezone.localtime().replace(minute=0, second=0, microsecond=0)
    begin = now - timedelta(hours=12)

    # the air is good, and nothing is raised
    duty = open_as("duty-officer", language="en")
    site.run("gateway", "file", str(sheet(tmp_path / "1.csv", begin, [30, 30, 30, 30])))
    duty.goto("/alert/")
    mine = duty.locator("#now li", has_text=NAME_EN)
    expect(mine).to_have_count(0)

    # it rises: the page of the duty officer shows it by itself
    site.run("gateway", "file", str(sheet(tmp_path / "2.csv", begin + timedelta(hours=4), [190, 260, 280, 290])))
    heavy = mine.filter(has_text="Hourly air stays heavily polluted")
    expect(heavy).to_be_visible(timeout=ROUND)
    expect(heavy).to_contain_text("serious")
    expect(mine.filter(has_text="Hourly air turns into a worse grade")).to_be_visible()
    duty.goto("/air/site/")
    duty.get_by_role("link", name=NAME_EN).click()
    expect(duty.locator("#hours svg").first).to_be_visible()
    duty.locator("[data-switch]", has=duty.locator("#hours")).get_by_role("button", name="Table").click()
    expect(duty.locator("[data-view=table]").first).to_contain_text("34")
    expect(duty.locator("main")).to_contain_text("PM2.5")

    # acknowledged, and an incident opened with its plan of action
    duty.goto("/alert/")
    heavy = duty.locator("#now li", has_text=NAME_EN).filter(has_text="Hourly air stays heavily polluted")
    heavy.get_by_role("button", name="Acknowledge").click()
    state(duty, "acknowledged")
    expect(duty.locator("svg.alert-curve")).to_be_visible()
    duty.get_by_role("button", name="Open the incident").click()
    incident = urlsplit(duty.url).path
    state(duty, "open")
    move(duty, "Take the lead")
    state(duty, "being handled")
    first = duty.locator(".steps-list li").first
    first.locator("[name=result]").fill("仪器正常")
    first.get_by_role("button", name="Done").click()
    expect(duty.locator(".steps-list li").first).to_contain_text("仪器正常")

    # four colours are known, heavy pollution has three of them
    duty.goto(f"/alert/draft/?incident={incident.strip('/').split('/')[-1]}")
    colours = duty.locator("[name=colour] option").evaluate_all("found => found.map(o => o.value).filter(Boolean)")
    assert colours == ["red", "orange", "yellow", "blue"]
    draft(duty, incident, "blue", "stays")
    expect(duty.locator("main")).to_contain_text("This event knows the levels: red, orange, yellow.")

    # orange is not ours to sign: it becomes a request to the body above, which refuses
    draft(duty, incident, "orange", "orange")
    orange = urlsplit(duty.url).path
    move(duty, "Submit for signature")
    state(duty, "waiting for signature")
    signer = open_as("warning-signer", language="en")
    signer.goto(orange)
    expect(signer.locator(".moves-closed")).to_contain_text(
        "This level is not ours to sign: request it from the body above."
    )
    move(signer, "Request from the body above", "24小时指数超过200")
    state(signer, "requested from the body above")
    move(signer, "The body above has refused", "市级同意按黄色预警")
    state(signer, "draft")

    # yellow is: signed by the leader, who does not release it
    draft(duty, incident, "yellow", "yellow")
    yellow = urlsplit(duty.url).path
    number = yellow.strip("/").split("/")[-1]
    move(duty, "Submit for signature")
    expect(duty.locator(".moves-closed")).to_contain_text("Only for: signer of warnings.")
    signer.goto(yellow)
    move(signer, "Sign")
    state(signer, "signed, not released")
    public = open_as(language="en")
    public.goto("/warnings/")
    expect(public.locator("main")).not_to_contain_text("Heavy pollution: yellow")
    assert public.request.get(f"/warnings/{number}/").status == 404

    # a channel is kept; the releaser sends it out, the receipt comes back
    duty.goto("/alert/releasechannel/new/")
    duty.locator("[name=name]").fill("应急广播")
    duty.locator("[name=name_en]").fill("Broadcast")
    duty.locator("[name=address]").fill(channel)
    duty.get_by_role("button", name="Save").click()
    releaser = open_as("warning-releaser", language="en")
    releaser.goto(yellow)
    move(releaser, "Release")
    state(releaser, "released")
    wait_for_receipt(releaser)
    message = cap12.read(Receiver.got[0])
    assert (message.type, message.status) == ("Alert", "Actual")
    assert [info.headline for info in message.infos] == ["重污染天气预警：yellow", "Heavy pollution: yellow"]

    # the public sees what was released, byte for byte, and nothing else
    public.goto("/warnings/")
    expect(public.locator("main")).to_contain_text("Heavy pollution: yellow")
    expect(public.locator("main")).not_to_contain_text("Heavy pollution: orange")
    assert public.request.get(f"/warnings/{message.identifier}.xml").body() == Receiver.got[0]
    assert public.request.get(f"/warnings/{orange.strip('/').split('/')[-1]}/").status == 404

    faults = looked_at(open_as, "duty-officer", ["/alert/", "/air/", incident, yellow])
    faults += looked_at(open_as, "", ["/warnings/", f"/warnings/{number}/"])
    assert not faults, "\n".join(faults)

    # the air is clean again: the warning is lifted, the incident closed with its cause
    site.run("gateway", "file", str(sheet(tmp_path / "3.csv", begin + timedelta(hours=8), [30, 30, 30, 30])))
    duty.goto(incident)
    move(duty, "Under control", "风向转好")
    state(duty, "under control")
    expect(duty.locator(".moves-closed")).to_contain_text("State the cause and what was found and done first.")
    duty.get_by_role("link", name="Change").click()
    duty.locator("[name=cause]").select_option("real")
    duty.locator("[name=account]").fill("静稳天气叠加秸秆焚烧，经巡查制止。")
    duty.get_by_role("button", name="Save").click()
    expect(duty.locator("#alerts-title")).to_be_visible()
    back_to_normal(duty)
    expect(duty.locator(".moves-closed")).to_contain_text("A warning of it is still in force: lift it first.")
    releaser.goto(yellow)
    move(releaser, "Lift", "空气质量转好")
    state(releaser, "lifted")
    wait_for_receipt(releaser)
    assert cap12.read(Receiver.got[-1]).type == "Cancel"
    duty.reload()
    move(duty, "Close")
    state(duty, "closed")
    expect(duty.locator("main")).to_contain_text("real event")
    public.reload()
    expect(public.locator("main")).to_contain_text("No warning is in force.")


def wait_for_receipt(page: Page) -> None:
    """Look again until the newest message has its receipt."""
    newest = page.locator("#out-title").locator("xpath=ancestor::section").locator("ul.lines").first
    for _look in range(LOOKS):
        if "receipt came back" in newest.inner_text():
            return
        page.wait_for_timeout(LOOK)
        page.reload()
    raise AssertionError(newest.inner_text())


def back_to_normal(page: Page) -> None:
    """Look again until the alerts of the incident are back to normal."""
    for _look in range(LOOKS):
        if "An alert of it still stands." not in page.locator(".moves-closed").inner_text():
            return
        page.wait_for_timeout(LOOK)
        page.reload()
    raise AssertionError("the alert still stands")
