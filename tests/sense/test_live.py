"""Invented stations that live: one curve however it is sent, gaps filled late, cuts and broken probes, never a real station."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from hanfeng.kernel.api import (
    Broken,
    Cut,
    Datastream,
    Live,
    Property,
    Quality,
    Scene,
    Series,
    Station,
    Unit,
    Usual,
    When,
    arrays,
    catalogue,
    declare,
    here,
    history,
    ingest,
    save,
)
from hanfeng.kernel.sense import live
from hanfeng.kernel.sense.models import Observation, Revision, Thing

pytestmark = pytest.mark.django_db
LEVEL, OTHER = Property("z", "水位", "level"), Property("q", "流量", "flow")
PROFILE = Live(
    usual={"z": Usual(10, 1, noise=0.01), "q": Usual(5, low=4.9, high=5.1)},
    scenes=(Scene(When(10, 1000, 10), {"z": 50}, rise=4, fall=4, share={"S2": 0.5}),),
    broken=(Broken("S1", "q", When(12, 1000, 6)), Broken("S2", "q", When(12, 1000, 6), 99, "D")),
    cuts=(Cut("S2", When(2, 1000, 3)),),
)
HOUR = timedelta(hours=1)


@pytest.fixture
def start(monkeypatch: Any, settings: Any, tmp_path: Any) -> datetime:
    """Two demo stations of one system and a real one; when they were made."""
    settings.HOME = tmp_path
    pack = next(p for p in catalogue() if p.name == "sense")
    monkeypatch.setattr("hanfeng.kernel.pack.catalogue", lambda: (pack,))
    object.__setattr__(pack, "live", PROFILE)
    unit = Unit("metre", "m")
    series = (Series(LEVEL, unit, interval=600), Series(OTHER, unit, interval=600, checks={"high": 20}))
    declare([Station(code, code, code, pack="sense", series=series) for code in ("S1", "S2")], demo=True)
    declare([Station("REAL", "真", "Real", pack="sense", series=series)])
    made = timezone.now().replace(minute=0, second=0, microsecond=0) - 40 * HOUR
    for thing in Thing.objects.filter(demo=True):
        save(thing, None, {"created_at": made})
    return made


@pytest.fixture(autouse=True)
def _put_back() -> Any:
    pack = next(p for p in catalogue() if p.name == "sense")
    before = pack.live
    yield
    object.__setattr__(pack, "live", before)


def feed(moment: datetime) -> int:
    with here():
        return live.feed(moment)


def key(thing: str, code: str) -> int:
    return Datastream.objects.get(thing__code=thing, code=code).pk


def values(thing: str, code: str, start: datetime) -> list[float]:
    return [round(v, 2) for v in arrays(key(thing, code), start - 40 * HOUR, start + 80 * HOUR).values.tolist()]


def test_a_history_and_what_follows_are_one_curve_and_nothing_comes_twice(start: datetime) -> None:
    with here():
        ingest(history("sense", PROFILE, start, 2 * HOUR))
    assert feed(start + 90 * timedelta(minutes=1)) == 2 * 2 * 9
    assert feed(start + 90 * timedelta(minutes=1)) == 0
    piecewise = values("S1", "z", start)
    with here():
        again = ingest(history("sense", PROFILE, start + timedelta(minutes=90), timedelta(hours=3, minutes=30)))
    assert (again.new, again.changed) == (0, 0)
    assert len(piecewise) == 12 + 9
    assert not Revision.objects.exists()


def test_after_a_pause_what_was_missed_is_sent_late(start: datetime) -> None:
    feed(start)
    assert feed(start + 20 * HOUR) == 4 * 6 * 20
    found = arrays(key("S1", "z"), start, start + 21 * HOUR)
    assert len(set(found.times.tolist())) == len(found.times) == 20 * 6 + 1


def test_a_cut_station_sends_afterwards(start: datetime) -> None:
    feed(start + HOUR)
    feed(start + 4 * HOUR)
    assert Observation.objects.filter(datastream=key("S1", "z"), time__gt=live.ms(start + HOUR)).count() == 18
    assert not Observation.objects.filter(datastream=key("S2", "z"), time__gt=live.ms(start + HOUR)).exists()
    feed(start + 5 * HOUR)
    assert Observation.objects.filter(datastream=key("S2", "z"), time__gt=live.ms(start + HOUR)).count() == 24


def test_something_happens_and_probes_fail(start: datetime) -> None:
    feed(start)
    feed(start + 30 * HOUR)
    one, other = values("S1", "z", start), values("S2", "z", start)
    assert max(one[:54]) < 14
    assert 55 < max(one) < 70
    assert 30 < max(other) < 45
    assert max(one[-50:]) < 14
    stuck = values("S1", "q", start)[12 * 6 : 18 * 6]
    assert len(set(stuck)) == 1
    assert 4.9 <= stuck[0] <= 5.1
    broken = arrays(key("S2", "q"), start + 12 * HOUR, start + 18 * HOUR)
    assert set(broken.values.tolist()) == {99}
    assert set(broken.quality.tolist()) == {Quality.INVALID}


def test_a_real_station_is_never_fed_and_the_demo_can_be_told_to_stand_still(start: datetime) -> None:
    live.keep_still(True)
    assert feed(start + HOUR) == 0
    live.keep_still(False)
    assert feed(start + HOUR) > 0
    assert not Observation.objects.filter(datastream__thing__code="REAL").exists()
    for row in (*Datastream.objects.filter(demo=True), *Thing.objects.filter(demo=True)):
        save(row, None, {"demo": False})
    assert feed(start + 2 * HOUR) == 0


def test_every_profile_knows_the_series_it_speaks_of() -> None:
    for pack in catalogue():
        if pack.live:
            known = {*pack.live.usual, *(code for own in pack.live.own.values() for code in own)}
            assert {code for scene in pack.live.scenes for code in scene.adds} <= known, pack.name
            assert {failed.series for failed in pack.live.broken} <= known, pack.name
