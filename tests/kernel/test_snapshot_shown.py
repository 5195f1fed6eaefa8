"""Whoever decides on a snapshot sees its content first, and what it changes against what the public sees now."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils.translation import override

from hanfeng.kernel.flow.flow import begin, go
from hanfeng.kernel.portal.flow import publication
from hanfeng.kernel.portal.models import Snapshot
from hanfeng.kernel.portal.showing import tail

pytestmark = pytest.mark.django_db


def people():
    made = []
    for role in ("portal.editor", "portal.approver"):
        user = User.objects.create_user(role.replace(".", "-"))
        user.groups.add(Group.objects.get_or_create(name=role)[0])
        made.append(user)
    return made


def drafted(editor, as_of, firms, **more):
    rows = [{"slug": "firms", "name": "Firms", "value": f"{firms}", "attainment": firms / 100, "verdict": "on"}]
    rows += [
        {"slug": slug, "name": slug, "value": value, "attainment": None, "verdict": "on"}
        for slug, value in more.items()
    ]
    content = {"en": {"headline": f"{firms} firms", "as_of": as_of.isoformat(), "targets": rows, "tasks": {"total": 3}}}
    snapshot = Snapshot(name="plan-x", title="X", as_of=as_of, content=content)
    begin(publication, snapshot, editor)
    return snapshot


def test_the_first_one_shows_its_content_before_it_is_approved():
    editor, approver = people()
    snapshot = drafted(editor, date(2024, 12, 31), 67)
    browser = Client()
    browser.force_login(approver)
    browser.cookies["django_language"] = "en"
    page = browser.get(snapshot.get_absolute_url()).content.decode()
    assert "67 firms" in page
    assert "67.0%" in page
    assert "Nothing of this page was published before" in page


def test_the_next_one_shows_what_it_changes():
    editor, approver = people()
    first = drafted(editor, date(2024, 12, 31), 67, patents="5")
    go(publication, first, "approve", approver)
    second = drafted(editor, date(2025, 12, 31), 93, labs="2")
    with override("en"):
        told = tail(None, second)
    assert told["published_before"].pk == first.pk
    headline = next(fact for fact in told["content_facts"] if fact["changed"])
    assert (headline["before"], headline["value"]) == ("67 firms", "93 firms")
    (table,) = told["content_tables"]
    assert [row["kind"] for row in table["rows"]] == ["changed", "new", "gone"]
    value = next(cell for cell in table["rows"][0]["cells"] if cell["changed"])
    assert (value["before"], value["text"]) == ("67", "93")
    browser = Client()
    browser.force_login(approver)
    browser.cookies["django_language"] = "en"
    page = browser.get(second.get_absolute_url()).content.decode()
    assert "<del>" in page
    assert "no longer shown" in page


def test_the_published_one_is_set_against_the_one_before_it():
    editor, approver = people()
    first = drafted(editor, date(2024, 12, 31), 67)
    go(publication, first, "approve", approver)
    second = drafted(editor, date(2025, 12, 31), 67)
    go(publication, second, "approve", approver)
    with override("en"):
        told = tail(None, Snapshot.objects.get(pk=second.pk))
    assert told["published_before"].pk == first.pk
    assert [row["kind"] for row in told["content_tables"][0]["rows"]] == ["same"]
