"""Four real processes at once on the test database; `make soak` lets sixteen do more."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection, connections

sys.path.append(str(Path(__file__).parents[1] / "soak"))

import duties
from sites import Site

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.record import audit

PROCESSES, TIMES = 4, 6


@pytest.mark.django_db(transaction=True)
def test_four_processes_lose_nothing_and_decide_once(settings: LazySettings, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    keys, case = duties.shared(0, 2), duties.case(0, "plan", PROCESSES)
    name = str(connection.settings_dict["NAME"])
    connections.close_all()
    site = Site(tmp_path, {"CREW_DATABASE": name, "HANFENG_DATABASE": os.environ.get("HANFENG_DATABASE", "")})
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
