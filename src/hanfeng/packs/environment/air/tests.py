"""What is the air's own: hours and days that count, editions by day, late data, levels of heavy pollution, face, figures."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.utils import timezone

from hanfeng.kernel.api import (
    Alert,
    Datastream,
    Quality,
    Station,
    Value,
    WarningMessage,
    arrays,
    count,
    declare,
    here,
    ingest,
    load_alarms,
    save,
)
from hanfeng.kernel.pure import Period
from hanfeng.packs.environment.air import counting, indicators, pages, reckoning, response
from hanfeng.packs.environment.air.alarms import ALARMS
from hanfeng.packs.environment.air.models import AirDay, Origin, Site
from hanfeng.packs.environment.air.parameters import PARAMETERS
from hanfeng.packs.environment.air.roles import OFFICER
from hanfeng.packs.environment.air.terms import ITEMS, MEASURED, POLLUTANTS

pytestmark = pytest.mark.django_db
CLEAN = {"a34004": 20, "a34002": 40, "a05024": 60, "a21004": 20, "a21026": 6, "a21005": 0.5}
HEAVY = next(declared.value for declared, _zh, _en in PARAMETERS if declared.name == "air.heavy-pollution")
MIDNIGHT = reckoning.midnight(timezone.localdate())
HOUR = timedelta(hours=1)


@pytest.fixture
def sites():
    """sites(2) -> so many stations that count, with their datastreams by code."""
    load_alarms(("air", alarm) for alarm in ALARMS)

    def make(number=1, **told):
        made = []
        for n in range(1, number + 1):
            kept = declare(
                [
                    Station(
                        f"A{n}",
                        f"站{n}",
                        f"Station {n}",
                        kind="station",
                        pack="air",
                        point=(105.0, 35.0 + n),
                        series=MEASURED,
                    )
                ]
            )
            streams = {code: stream for (_station, code), stream in kept.items()}
            site = Site(thing=streams["a34004"].thing, order=n, **told)
            save(site, None)
            made.append((site, streams))
        return made

    return make


def send(streams, hours, start, *, per_hour=4, skip=(), **changes):
    """Values each quarter of an hour, never quite the same, for one that hangs does not count; `changes` replace clean ones."""
    rows = []
    for code, usual in {**CLEAN, **changes}.items():
        for n in range(hours):
            value = usual(n) if callable(usual) else usual
            rows += [
                Value(streams[code].pk, start + n * HOUR + q * timedelta(minutes=15), value + 1e-5 * (q % 2))
                for q in range(per_hour)
                if code not in skip
            ]
    with here():
        assert not ingest(rows).refused


def reckon(back=2, now=None):
    with here():
        return counting.recount(now or MIDNIGHT, back)


def kept(code, thing="A1"):
    stream = Datastream.objects.get(thing__code=thing, code=code)
    return arrays(stream.pk, MIDNIGHT - timedelta(days=60), MIDNIGHT + timedelta(days=1))


def test_an_hour_needs_forty_five_minutes_and_a_missing_item_withholds_a_clean_index(sites):
    ((_site, streams),) = sites()
    start = MIDNIGHT - timedelta(days=1)
    send(streams, 1, start, per_hour=3)
    send(streams, 1, start + HOUR, per_hour=2)
    send(streams, 1, start + 2 * HOUR, skip=("a21004",))
    send(streams, 1, start + 3 * HOUR, skip=("a21004",), a34004=200)
    assert reckon() > 0
    found = kept("aqi")
    # HJ 633-2026 clause 5.3.1: the third hour lacks NO2 and gives none, the fourth is above 100 and is given
    assert [round((t / 1000 - start.timestamp()) / 3600) for t in found.times] == [0, 3]
    assert found.values.tolist() == [40, 250]
    assert kept("aqi-grade").values.tolist() == [0, 3]


def test_late_values_change_exactly_what_they_touch(sites):
    ((_site, streams),) = sites()
    start = MIDNIGHT - timedelta(days=1)
    send(streams, 6, start)
    reckon()
    assert reckon() == 0
    before = kept("aqi")
    send(streams, 1, start + 2 * HOUR, a34004=90)
    assert reckon() > 0
    after = kept("aqi")
    assert [a == b for a, b in zip(before.values, after.values, strict=True)] == [True, True, False, True, True, True]
    with here():  # the values of an hour turn out to be those of a broken instrument
        ingest([Value(streams["a21005"].pk, start + 4 * HOUR + q * timedelta(minutes=15), 0.5, "D") for q in range(4)])
    reckon()
    assert kept("aqi").quality.tolist() == [0, 0, 0, 0, Quality.SUSPECT, 0]


def test_the_daily_report_is_the_mean_of_enough_stations(sites):
    made = sites(4)
    start = MIDNIGHT - timedelta(days=1)
    for number, (_site, streams) in enumerate(made[:3]):
        send(streams, 20 if number else 24, start, a34004=50 + 10 * number)
    reckon()
    day = AirDay.objects.get(day=start.date())
    assert (day.pm25, day.aqi, day.primary, day.stations, day.document) == (60, 100, ["pm25"], 3, "HJ 633-2026")
    assert day.co == Decimal("0.5")
    send(made[3][1], 19, start, a34004=500)
    reckon()
    day.refresh_from_db()
    assert (day.pm25, day.stations) == (60, 3)  # nineteen hours are no day
    send(made[3][1], 1, start + 19 * HOUR, a34004=500)
    reckon()
    day.refresh_from_db()
    assert (day.pm25, day.stations) == (170, 4)


def test_a_day_that_was_entered_is_not_reckoned_over(sites):
    ((_site, streams),) = sites()
    day = (MIDNIGHT - timedelta(days=1)).date()
    save(AirDay(day=day, pm25=10, pm10=20, o3=30, no2=10, so2=5, co="0.4", stations=1), None)
    send(streams, 24, MIDNIGHT - timedelta(days=1))
    reckon()
    row = AirDay.objects.get(day=day)
    assert (row.pm25, row.aqi, row.origin) == (10, 20, Origin.ENTERED)


def test_the_edition_follows_the_day():
    values = {"pm25": 70, "pm10": 80, "o3": 90, "no2": 30, "so2": 10, "co": "0.8"}
    rows = [AirDay(day=day, **values) for day in (date(2026, 2, 28), date(2026, 3, 1))]
    for row in rows:
        save(row, None)
    assert [(row.aqi, row.document) for row in rows] == [(94, "HJ 633-2012"), (110, "HJ 633-2026")]
    period = Period(date(2026, 2, 1), date(2026, 4, 1))
    assert [count(i, period).value for i in indicators.INDICATORS] == [1, 0, 50.0]
    with pytest.raises(ValidationError, match="2012-02-29"):
        save(AirDay(day=date(2010, 1, 1), **values), None)


def test_by_the_edition_of_2012_particles_of_an_hour_are_means_of_a_day(sites):
    ((site, streams),) = sites()
    start = reckoning.midnight(date(2026, 2, 10))
    send(streams, 24, start, a34004=lambda n: 150 if n == 23 else 20)
    needed = reckoning.Least(0.75, 20, 14)
    air = reckoning.read([site], start, start + 24 * HOUR, needed)[site.pk]
    assert air.of_hour(23).items["pm25_24h"] == 36  # (23 * 20 + 150) / 24 = 25.4
    assert air.of_hour(10).value == 19  # no 20 hours of particles yet: ozone decides


@pytest.mark.parametrize(
    ("indices", "reached"),
    [
        ([210], 1), ([200] * 24, 0), ([160] * 24, 0), ([160] * 25, 1), ([210] * 25, 2), ([160] * 49, 2), ([210] * 49, 2),
        ([210] * 48 + [310], 3), ([310] * 49, 3), ([310] * 48, 2), ([160] * 24 + [None] + [160], 0), ([], None),
    ],
)  # fmt: skip
def test_levels_of_heavy_pollution(indices, reached):
    """A mean of 24 hours is one day of the condition, so 48 hours need means that follow each other for 24 hours more."""
    assert ([*reckoning.stages(indices, HEAVY), None] if not indices else reckoning.stages(indices, HEAVY))[
        -1
    ] == reached


def test_an_episode_raises_its_alerts_in_turn_and_the_face_says_what_to_do(sites, client):
    ((_site, streams),) = sites()
    now = timezone.localtime().replace(minute=0, second=0, microsecond=0)
    send(streams, 72, now - 72 * HOUR, a34004=lambda n: 30 if n < 24 else 260, a34002=lambda n: 60 if n < 24 else 380)
    reckon(5, now)
    raised = Alert.objects.filter(cleared_at=None).order_by("rule__code").values_list("rule__code", flat=True)
    assert list(raised) == ["air-grade", "air-heavy", "air-stage-1", "air-stage-2"]
    assert Alert.objects.filter(rule__code="air-rise").count() == 1
    assert set(kept("air-stage", "air-area").values.tolist()) == {0, 1, 2}
    client.force_login(officer())
    page = client.get("/air/", headers={"accept-language": "en"}).content.decode()
    assert "The conditions of the orange level are reached and no warning of that level is out." in page
    assert "severe pollution, index 310" in page
    assert "Primary pollutant: PM2.5" in page
    out = WarningMessage(
        event="重污染天气", event_code="heavy-air-pollution", colour="orange", headline="橙色预警", text="…", area="全区",
        state="released",        expires_at=now + 48 * HOUR,
    )  # fmt: skip
    save(out, None)
    told = response.told(now, [], 2)
    assert told["ordered"]
    assert told["next"] == {}
    assert len(told["measures"]) == 5
    assert response.told(now, [], 1)["next"]["kind"] == "watch"


def officer():
    user = User.objects.create_user("o")
    user.groups.add(*(Group.objects.get_or_create(name=name)[0] for name in (OFFICER.name, "people.officer")))
    return user


def test_the_face_is_empty_then_tells(sites, client):
    client.force_login(officer())
    assert "No air station is kept yet" in client.get("/air/", headers={"accept-language": "en"}).content.decode()
    ((site, streams),) = sites()
    now = timezone.localtime().replace(minute=0, second=0, microsecond=0)
    send(streams, 5, now - 5 * HOUR, a34004=lambda n: 40 + 30 * n)
    page = client.get("/air/", headers={"accept-language": "en"}).content.decode()
    assert "It rose by" in page
    assert client.get(site.get_absolute_url()).status_code == 200
    (feature,) = client.get("/air/points.json").json()["features"]
    assert feature["properties"]["tone"] == "late"
    assert pages._moves(None) == ""


def test_only_known_pollutants_are_declared():
    assert {series.key for series in MEASURED} == set(POLLUTANTS)
    assert len(ITEMS) == 6
