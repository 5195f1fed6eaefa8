"""Four real processes at once on the test database; `make soak` lets sixteen do more."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection, connections

sys.path.append(str(Path(__file__).parents[1] / "soak"))

import duties
from sites import Site

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.record import audit
from hanfeng.kernel.rest import meter

PROCESSES, TIMES = 4, 6


@pytest.fixture
def site(settings: LazySettings, tmp_path: Path) -> Site:
    """The test database for processes of their own; whoever asks it here first closes its connections."""
    settings.HOME = tmp_path
    (tmp_path / "static").mkdir()
    name = str(connection.settings_dict["NAME"])
    return Site(tmp_path, {"CREW_DATABASE": name, "HANFENG_DATABASE": os.environ.get("HANFENG_DATABASE", "")})


@pytest.mark.django_db(transaction=True)
def test_a_request_sent_by_four_at_once_under_one_key_is_carried_out_once(site: Site) -> None:
    made = duties.client(0, "system")
    keys = [f"key-{n}" for n in range(TIMES)]
    connections.close_all()
    told = site.crew("post_once", PROCESSES, keys=keys, within=60, **made)
    for key, answers in zip(keys, zip(*told, strict=True), strict=True):
        there = Body.objects.get(slug=key)
        assert there.version == 1
        assert {tuple(a[::2]) for a in answers} == {(201, there.pk)}, answers
        assert [again for _status, again, _pk in answers].count(False) == 1


@pytest.mark.django_db(transaction=True)
def test_four_who_ask_at_once_are_counted_together(site: Site) -> None:
    for turn in range(3):
        made = duties.client(0, f"system-{turn}", rate=10)
        connections.close_all()
        began = time.time() // meter.WINDOW
        told = site.crew("ask_often", PROCESSES, times=TIMES, within=60, **made)
        if time.time() // meter.WINDOW == began:
            break  # else a minute turned, and the count began anew
    statuses = [status for one in told for status in one]
    assert (statuses.count(200), statuses.count(429)) == (10, PROCESSES * TIMES - 10)


@pytest.mark.django_db(transaction=True)
def test_four_processes_lose_nothing_and_decide_once(site: Site) -> None:
    keys, case = duties.shared(0, 2), duties.case(0, "plan", PROCESSES)
    connections.close_all()
    told = site.crew("meet_all", PROCESSES, keys=keys, times=TIMES, slugs=["a", "b", "c"], within=60, **case)
    everyone = PROCESSES * TIMES
    assert duties.counters(0, keys) == [[everyone, everyone + 1]] * 2
    assert Body.objects.get(slug="own-0").version == TIMES + 1
    for answers in zip(*(t["claims"] for t in told), strict=True):
        assert answers.count("") == 1
        assert all(len(words) > 5 for words in answers if words)
    decisions = [t["decision"] for t in told]
    assert decisions.count(["done"]) == 1
    assert all(d[0] in {"ValidationError", "Stale"} and d[1] for d in decisions if d != ["done"])
    assert duties.decided(0, case["key"]) == {"state": "approved", "verbs": ["begin", "approve"]}
    assert [str(broken) for broken in audit.verify()] == []


@pytest.mark.django_db(transaction=True)
def test_three_who_seal_while_one_writes_make_one_chain(site: Site) -> None:
    connections.close_all()
    told = site.crew("seal_or_write", PROCESSES, sealers=PROCESSES - 1, seconds=1.5, within=60)
    wrote = sum(n for what, n in told if what == "wrote")
    assert wrote
    assert duties.seal(0) == wrote
    assert list(audit.verify()) == []
