"""Sixteen processes at once: no change is lost, the slower one is told, one decision is one decision."""

from __future__ import annotations

import pytest
from sites import Site

pytestmark = pytest.mark.soak
PROCESSES, TIMES, KEYS = 16, 12, 3


def test_sixteen_writers_lose_nothing(site: Site) -> None:
    keys = site.one("shared", count=KEYS)
    told = site.crew("count_up", PROCESSES, keys=keys, times=TIMES)
    everyone = PROCESSES * TIMES
    assert site.one("counters", keys=keys) == [[everyone, everyone + 1]] * KEYS
    assert sum(t["stale"] for t in told) > 0  # they did meet
    assert site.faults() == []


def test_of_sixteen_claims_to_one_name_one_is_kept(site: Site) -> None:
    slugs = [f"wanted-{turn}" for turn in range(20)]
    told = site.crew("claim", PROCESSES, slugs=slugs)
    for answers in zip(*told, strict=True):
        assert answers.count("") == 1
        assert all(len(words) > 5 for words in answers if words)
    assert site.faults() == []


def test_of_sixteen_renamed_alike_one_is_and_the_others_are_told(site: Site) -> None:
    keys = site.one("shared", count=PROCESSES)
    told = site.crew("rename", PROCESSES, keys=keys, slug="wanted")
    assert told.count("") == 1
    assert all(len(words) > 5 for words in told if words)
    assert site.faults() == []


def test_of_twelve_approvals_one_succeeds(site: Site) -> None:
    for turn in range(3):
        made = site.one("case", name=f"turn{turn}", bosses=12)
        told = site.crew("approve", 12, **made)
        assert told.count(["done"]) == 1
        assert all(t[0] in {"ValidationError", "Stale"} and t[1] for t in told if t != ["done"])
        assert site.one("decided", key=made["key"]) == {"state": "approved", "verbs": ["begin", "approve"]}
    assert site.faults() == []


@pytest.mark.parametrize("sealers", [1, 3])
def test_sealing_while_others_write_covers_each_event_once(site: Site, sealers: int) -> None:
    told = site.crew("seal_or_write", 12, sealers=sealers, seconds=6)
    assert sum(n for what, n in told if what == "sealed") > 0
    wrote = sum(n for what, n in told if what == "wrote")
    assert site.one("seal") == wrote
    assert site.faults() == []


def test_proving_while_others_write_finds_nothing_wrong(site: Site) -> None:
    keys = site.one("shared", count=KEYS)
    told = site.crew("prove_or_write", 6, keys=keys, seconds=8)
    assert told[0] == []
    assert site.faults() == []


def test_imports_at_once_keep_each_other_whole(site: Site) -> None:
    told = site.crew("load", 4, rows=1500)
    assert [t["created"] for t in told] == [1500] * 4
    assert site.one("loaded") == {"rows": 6000, "events": 6000, "whole": True, "batch": 1500}
    assert site.faults() == []
