"""Every page in two languages, on a desk, on a phone, in the dark and in large type: nothing breaks, nothing is left out."""

from __future__ import annotations

import pytest
from browser_checks import axe_faults, chinese_left, english_left, shape_faults
from browser_site import DESKTOP, PHONE, PLAN, Open
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.walk]

ROW = "table.ledger tbody th a"
# who asks, which address, and which link of that page leads to the one meant
ADDRESSES = (
    ("", "/sign-in/", ""),
    ("", "/portal/", ""),
    ("", "/portal/plan/", ""),
    ("leader", "/todo/", ""),
    ("leader", "/me/", ""),
    ("leader", "/search/", ""),
    ("enterprise-officer", "/search/?q=高新技术 公司", ""),
    ("enterprise-officer", "/search/?q=企业&in=enterprises.honour", ""),
    ("leader", "/search/?q=zzzz", ""),
    ("audit", "/audit/", ""),
    ("audit", "/log/", ""),
    ("audit", "/log/?book=security", ""),
    ("leader", "/me/password/", ""),
    ("leader", "/me/sessions/", ""),
    ("leader", "/me/second-factor/", ""),
    ("leader", "/notices/", ""),
    ("leader", "/notices/preferences/", ""),
    ("security", "/accounts/", ""),
    ("security", "/accounts/?q=leader", ROW),
    ("system", "/accounts/new/", ""),
    ("system", "/notices/sent/", ""),
    ("system", "/notices/webhooks/", ""),
    ("leader", "/roles/", ""),
    ("leader", "/api/", ""),
    ("security", "/api/clients/", ""),
    ("security", "/api/clients/new/", ""),
    ("enterprise-officer", "/enterprises/figures/sheets/", ""),
    ("enterprise-officer", "/jobs/", ""),
    ("audit", "/exports/", ""),
    ("leader", "/", ""),
    ("firm", "/", ""),
    ("leader", "/screen/", ""),
    ("leader", "/plans/", ""),
    ("leader", "/plans/outline-2021-2025/", ""),
    ("plan-office", f"{PLAN}trace/", ""),
    ("plan-office", f"{PLAN}trace/?served=yes", ""),
    ("leader", f"{PLAN}clause/", ""),
    ("leader", f"{PLAN}clause/", "main .tree a, main .tree-body a"),
    ("plan-office", f"{PLAN}indicator/", ""),
    ("plan-office", f"{PLAN}indicator/", ROW),
    ("plan-office", f"{PLAN}indicator/high-tech-firms/", ""),
    ("leader", f"{PLAN}indicator/high-tech-firms/?as_of=2023-06-30", ""),
    ("plan-office", f"{PLAN}task/", ""),
    ("plan-office", f"{PLAN}task/hte-pool/", ""),
    ("plan-office", f"{PLAN}duties/", ""),
    ("plan-office", f"{PLAN}duties/sheet/", ""),
    ("plan-office", f"{PLAN}contradictions/", ""),
    ("plan-office", f"{PLAN}evaluation/", ""),
    ("enterprise-officer", "/enterprises/", ""),
    ("enterprise-officer", "/enterprises/enterprise/", ""),
    ("enterprise-officer", "/enterprises/enterprise/?status=active&sort=entered", ROW),
    ("enterprise-officer", "/enterprises/enterprise/new/", ""),
    ("enterprise-officer", "/enterprises/honour/", ""),
    ("enterprise-officer", "/enterprises/honour/", ROW),
    ("enterprise-officer", "/enterprises/figures/", ""),
    ("enterprise-officer", "/enterprises/certificates/expiring/", ""),
    ("enterprise-officer", "/enterprises/map/", ""),
    ("enterprise-officer", "/enterprises/", "main .cards a.hit"),
    ("cultivation-approver", "/cultivation/", ""),
    ("cultivation-approver", "/cultivation/poolentry/", ""),
    ("cultivation-approver", "/cultivation/poolentry/?state=screening", ROW),
    ("cultivation-approver", "/todo/", ""),
    ("registrar", "/bodies/body/?kind=enterprise", ROW),
    ("registrar", "/bodies/body/", ""),
    ("registrar", "/places/place/", ""),
    ("plan-office", "/plan/target/", ""),
    ("plan-office", "/plan/target/", ROW),
    ("plan-office", "/plan/duty/new/", ""),
    ("publication-approver", "/portal/snapshot/", ""),
    ("publication-approver", "/portal/snapshot/", ROW),
    ("registrar", "/rule/setting/", ""),
    ("firm", "/enterprises/", ""),
    ("plan-office", "/year/", ""),
    ("leader", "/year/ledger/?year=2025", ""),
    ("leader", "/year/ledger/?light=red", ROW),
    ("plan-office", "/year/round/open/", ""),
    ("plan-office", "/year/", "main .panel header a.more[href*=board]"),
    ("leader", "/year/", "main ul.lines a[href*=bulletin]"),
    ("science-officer", "/year/mine/", ""),
    ("science-officer", "/year/mine/", "main a[href*=fill]"),
    ("science-head", "/year/mine/", ""),
    ("plan-office", "/year/coordination/", ""),
    ("plan-office", "/year/adjustment/", ROW),
    ("plan-office", "/year/decision/", ROW),
    ("duty-officer", "/alert/", ""),
    ("duty-officer", "/alert/alert/", ROW),
    ("duty-officer", "/alert/incident/", ROW),
    ("duty-officer", "/alert/draft/", ""),
    ("", "/warnings/", ""),
    ("duty-officer", "/sense/", ""),
    ("duty-officer", "/sense/", "main .station a[href*=datastreams]"),
    ("duty-officer", "/sense/", "main .station a.more"),
    ("lake-officer", "/lake/", ""),
    ("lake-officer", "/lake/", "main .cards a.hit"),
    ("air-officer", "/air/", ""),
    ("air-officer", "/air/", "main .air-stations a"),
    ("air-officer", "/air/airday/?level=5", ROW),
)

# in the dark and in large type the page is the same but for its colours and its room
MODES = {"desk": (), "phone": (), "dark": ("color-contrast",), "large": ("color-contrast", "target-size")}


def named(case: tuple[str, str, str]) -> str:
    return " ".join(filter(None, (case[1], "link" if case[2] else "", case[0])))


def settle(page: Page) -> None:
    """Wait until nothing more is fetched, with everything of the page once in view so that late parts are there too."""
    page.wait_for_load_state("networkidle")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_load_state("networkidle")
    page.evaluate("scrollTo(0, 0)")


def resolved(page: Page, address: str, link: str) -> str:
    """The address meant: itself, or that of the first such link on it."""
    if not link:
        return address
    page.goto(address)
    return page.locator(link).first.get_attribute("href") or ""


@pytest.mark.parametrize("case", ADDRESSES, ids=named)
def test_page(case: tuple[str, str, str], open_as: Open) -> None:
    """Asked of each page in each language and mode; what is wrong is told all at once."""
    account, address, link = case
    faults: list[str] = []
    for language in ("zh-hans", "en"):
        page = open_as(account, language=language)
        target = resolved(page, address, link)
        answer = page.goto(target)
        assert answer
        assert answer.status == 200
        settle(page)
        words = english_left(page) if language == "zh-hans" else chinese_left(page)
        faults += [f"{language} words: {text}" for text in words]
        for mode, rules in MODES.items():
            put(page, mode)
            found = (*shape_faults(page, language), *axe_faults(page, rules))
            faults += [f"{language} {mode}: {fault}" for fault in found]
    assert not faults, f"{target}\n" + "\n".join(dict.fromkeys(faults))


def put(page: Page, mode: str) -> None:
    """Show the page as this mode does; large type is that of a phone, where it is tightest."""
    page.emulate_media(color_scheme="dark" if mode == "dark" else "light")
    page.set_viewport_size(PHONE if mode in {"phone", "large"} else DESKTOP)
    if mode == "large":
        page.evaluate("localStorage.setItem('hanfeng.size', 'large')")
        page.reload()
        settle(page)
