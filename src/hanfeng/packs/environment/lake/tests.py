"""What is the lake's own: class and trophic state from values, since when out of class, alerts on the way, the face."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from hanfeng.kernel.api import Alert, Station, Value, declare, here, ingest, load_alarms, save
from hanfeng.packs.environment.lake import judging
from hanfeng.packs.environment.lake.alarms import ALARMS
from hanfeng.packs.environment.lake.models import Sample, Site
from hanfeng.packs.environment.lake.roles import OFFICER
from hanfeng.packs.environment.lake.terms import SERIES

pytestmark = pytest.mark.django_db
NOW = timezone.localtime().replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def site():
    """site("lake") -> (site, its datastreams by code)."""
    load_alarms(("lake", alarm) for alarm in ALARMS)

    def make(water="lake", target=3):
        kept = declare(
            [Station(f"T-{water}", "湖", "Lake", kind=water, pack="lake", point=(105.0, 35.0), series=SERIES)]
        )
        streams = {code: stream for (_station, code), stream in kept.items()}
        found = Site(thing=streams["w01001"].thing, water=water, target=target)
        save(found, None)
        return found, streams

    return make


def send(streams, day=0, **values):
    """Values of one hour, so many days ago; names are codes."""
    with here():
        ingest([Value(streams[code].pk, NOW - timedelta(days=day), value) for code, value in values.items()])


def test_the_worst_item_decides_and_a_lake_is_stricter_with_phosphorus(site):
    for water, name in (("lake", "Ⅳ"), ("river", "Ⅱ")):
        found, streams = site(water)
        send(streams, w01009=6.5, w01019=3.8, w21003=0.3, w21011=0.06)
        (condition,) = judging.conditions([found], NOW)
        assert condition.now.quality.name == name
        assert condition.out == (water == "lake")
    assert condition.over == ()


def test_out_of_class_since_the_first_day_of_the_run(site):
    found, streams = site()
    for day, tp in ((5, 0.08), (4, 0.03), (3, 0.07), (2, 0.07), (1, 0.09), (0, 0.09)):
        send(streams, day, w21011=tp, w01009=7)
    (condition,) = judging.conditions([found], NOW)
    assert condition.out_since == (NOW - timedelta(days=3)).date()
    assert [over.item for over in condition.over] == ["tp"]
    assert condition.over[0].times == pytest.approx(0.8)


def test_the_trophic_index_takes_the_transparency_of_the_newest_young_sample(site):
    found, streams = site()
    send(streams, w01016=10, w21011=0.05, w21001=1, w01019=4)
    (condition,) = judging.conditions([found], NOW)
    assert condition.now.trophic.missing == ("sd",)
    save(Sample(site=found, taken=(NOW - timedelta(days=3)).date(), number="1", sd="1"), None)
    save(Sample(site=found, taken=(NOW - timedelta(days=90)).date(), number="2", sd="9"), None)
    (condition,) = judging.conditions([found], NOW)
    assert condition.now.trophic.value == pytest.approx(48.02, abs=0.01)  # 总站生字〔2001〕090号


def test_old_values_say_nothing_of_now(site):
    found, streams = site()
    send(streams, 2, w01009=7, w21011=0.02)
    (condition,) = judging.conditions([found], NOW)
    assert (condition.now.quality, condition.out) == (None, False)


def test_a_bloom_is_seen_coming(site):
    found, streams = site()
    with here():
        hours = range(48)
        ingest([Value(streams["w01001"].pk, NOW - timedelta(hours=48 - h), 8.9) for h in hours])
        ingest([Value(streams["w01016"].pk, NOW - timedelta(hours=48 - h), 5.0 + h) for h in hours])
    codes = set(Alert.objects.filter(thing=found.thing, cleared_at=None).values_list("rule__code", flat=True))
    assert codes == {"lake-ph-high", "lake-chla-rise", "lake-bloom-near", "lake-chla-30"}


def test_the_face_is_empty_then_tells(site, client):
    officer = User.objects.create_user("o")
    officer.groups.add(
        Group.objects.get_or_create(name=OFFICER.name)[0], Group.objects.get_or_create(name="people.officer")[0]
    )
    client.force_login(officer)
    assert "No site is kept yet" in client.get("/lake/", headers={"accept-language": "en"}).content.decode()
    found, streams = site()
    send(streams, w01009=6.5, w21011=0.08)
    page = client.get("/lake/", headers={"accept-language": "en"}).content.decode()
    assert "out of class" in page
    assert "0 of 1 sites keep their class" in page
    assert client.get(found.get_absolute_url()).status_code == 200
    (feature,) = client.get("/lake/points.json").json()["features"]
    assert feature["properties"]["tone"] == "late"
