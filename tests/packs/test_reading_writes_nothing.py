"""Reading the house writes nothing among its records: every page that links lead to, for everybody who may see it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, resolve

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.roles import AUDIT, SECURITY, SYSTEM
from hanfeng.kernel.api import catalogue
from hanfeng.site.databases import APART

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("county")]
LINK = re.compile(rb'(?:href|src|data-hx-get|hx-get)="([^"#]+)')
MOST, OF_A_KIND = 400, 1
THREE = {role.name for role in (SYSTEM, SECURITY, AUDIT)}


def kind_of(path: str) -> str:
    """Pages of one kind: the route that answers, and on a desk which desk it is."""
    try:
        match = resolve(path)
    except Resolver404:
        return ""
    named = [
        str(match.kwargs[name])
        for name in ("pack_name", "slug", "form")
        if "pack_name" in match.kwargs and name in match.kwargs
    ]
    return " ".join([match.route, *named])


def walked(client: Client, starts: list[str]) -> tuple[set[str], list[str]]:
    """The kinds of pages that links led to, and what they wrote in the main database."""
    waiting, known, seen, wrote = deque(starts), set(starts), dict[str, int](), []
    while waiting and len(seen) < MOST:
        url = waiting.popleft()
        kind = kind_of(urlsplit(url).path)
        if not kind or seen.get(kind, 0) >= OF_A_KIND:
            continue
        seen[kind] = seen.get(kind, 0) + 1
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(url)
        assert answer.status_code < 500, url
        wrote += [f"{url}: {q['sql'][:160]}" for q in asked if _among_the_records(q["sql"])]
        if not answer.streaming and answer["Content-Type"].startswith("text/html"):
            new = set(_links(url, answer.content)) - known
            known |= new
            waiting.extend(sorted(new))
    return set(seen), wrote


WRITES = re.compile(r'\s*(?:INSERT INTO|REPLACE INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
APART_TABLES = {
    model._meta.db_table for app in APART for model in apps.get_app_config(app).get_models(include_auto_created=True)
}
"""Sessions and the log: files of their own on SQLite, tables of the one database on PostgreSQL."""


def _among_the_records(sql: str) -> bool:
    """Whether a statement writes, and not into what lies apart from the records."""
    found = WRITES.match(sql)
    return bool(found) and found[1] not in APART_TABLES


def _links(url: str, page: bytes) -> list[str]:
    found = (urljoin(url, link.decode().replace("&amp;", "&")) for link in LINK.findall(page))
    return [link for link in found if link.startswith("/") and not link.startswith("//")]


def test_nobody_who_reads_writes(person: Callable[..., User], browser_of: Callable[[User], Client]) -> None:
    business = [role for pack in catalogue() for role in pack.roles if role.name not in THREE]
    body = Body.objects.filter(kind=Body.Kind.DEPARTMENT).first()
    officer = browser_of(person(*business, body=body))
    kinds, wrote = walked(
        officer, ["/", *(f"/{pack.name}/" for pack in catalogue() if pack.face), "/me/", "/notices/", "/portal/"]
    )
    assert wrote == []
    assert len(kinds) > 60
    assert any("/edit/" in kind for kind in kinds)
    assert any("export" in kind for kind in kinds)


@pytest.mark.parametrize("role", [SYSTEM, SECURITY, AUDIT], ids=lambda role: role.name)
def test_no_administrator_who_reads_writes(
    person: Callable[..., User], browser_of: Callable[[User], Client], role: object
) -> None:
    starts = [
        "/",
        "/accounts/",
        "/log/",
        "/audit/",
        "/exports/",
        "/notices/sent/",
        "/notices/webhooks/",
        "/me/",
        "/jobs/",
    ]
    kinds, wrote = walked(browser_of(person(role)), starts)
    assert wrote == []
    assert len(kinds) > 9


def test_nor_does_a_visitor() -> None:
    _kinds, wrote = walked(Client(), ["/portal/", "/sign-in/", "/"])
    assert wrote == []
