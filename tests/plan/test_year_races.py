"""Contacts who file at once and who edit one entry at once, each in a process of its own, by the page: nothing is lost."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections
from django.utils import timezone
from year_cases import a_plan, a_task, body_with_people, office, person

sys.path.append(str(Path(__file__).parents[1] / "soak"))

from sites import Site

from hanfeng.kernel.record import audit
from hanfeng.kernel.record.models import Attachment, Event, kind_of
from hanfeng.kernel.record.write import save
from hanfeng.plan.roles import CONTACT
from hanfeng.plan.year.models import Entry
from hanfeng.plan.year.running import open_round

BODIES, TASKS = 12, 3


@pytest.mark.django_db(transaction=True)
def test_twelve_contacts_filing_at_once_lose_nothing(settings, tmp_path):
    settings.HOME = tmp_path
    keeper, _leader = office()
    plan, today = a_plan(), timezone.localdate()
    people = [body_with_people(f"b{n:02d}") for n in range(BODIES)]
    for n in range(BODIES * TASKS):
        a_task(plan, people[n % BODIES][0])
    open_round(plan, today - timedelta(days=90), today, today + timedelta(days=10), keeper)
    contacts = [contact.username for _body, contact, _head in people]
    name = str(connection.settings_dict["NAME"])
    connections.close_all()
    site = Site(tmp_path, {"CREW_DATABASE": name, "HANFENG_DATABASE": os.environ.get("HANFENG_DATABASE", "")})
    told = site.crew("file_entries", BODIES, within=240, contacts=contacts)
    assert told == [[302] * TASKS] * BODIES
    for entry in Entry.objects.select_related("filed_by", "body"):
        assert entry.state == "filed"
        assert entry.filed_by.username == f"{entry.body.slug}-contact"
        assert entry.progress == f"Said by {entry.filed_by.username} of {entry.pk}."
        verbs = list(
            Event.objects.filter(kind=kind_of(entry), key=entry.pk).order_by("seq").values_list("verb", flat=True)
        )
        assert verbs == ["begin", "change", "attach", "file", "change"]
    assert Attachment.objects.filter(kind=kind_of(Entry)).values("sha256").distinct().count() == BODIES * TASKS
    assert [str(broken) for broken in audit.verify()] == []


@pytest.mark.django_db(transaction=True)
def test_of_two_who_keep_one_entry_at_once_the_second_sees_the_words_of_the_first(settings, tmp_path):
    settings.HOME = tmp_path
    keeper, _leader = office()
    plan, today = a_plan(), timezone.localdate()
    body, first, _head = body_with_people("b")
    second = person("b-second", CONTACT, body=body)
    a_task(plan, body)
    open_round(plan, today - timedelta(days=90), today, today + timedelta(days=10), keeper)
    entry = Entry.objects.get()
    assert entry.version == 1
    names = [first.username, second.username]
    name = str(connection.settings_dict["NAME"])
    connections.close_all()
    site = Site(tmp_path, {"CREW_DATABASE": name, "HANFENG_DATABASE": os.environ.get("HANFENG_DATABASE", "")})
    told = site.crew("edit_one_entry", 2, within=120, contacts=names, key=entry.pk)
    words = [f"Words of {name}." for name in names]
    assert sorted(status for status, _shown in told) == [302, 409]
    loser = next(n for n, (status, _shown) in enumerate(told) if status == 409)
    assert told[loser][1] == [[words[1 - loser], words[loser], True]]
    kept = Entry.objects.get(pk=entry.pk)
    assert (kept.progress, kept.version) == (words[1 - loser], 2)
    # having seen it, the second may put his words in their place
    save(kept, User.objects.get(username=names[loser]), {"progress": words[loser]}, version=kept.version)
    assert [str(broken) for broken in audit.verify()] == []
