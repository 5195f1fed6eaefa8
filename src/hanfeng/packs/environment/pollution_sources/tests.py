"""What is the pack's own: hours and days against dated limits, transmission, doubt, alerts, notices, who sees what."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone, translation

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.devices.models import Device, Order
from hanfeng.commons.people.models import Person, Post
from hanfeng.kernel.api import Alert, Station, Value, begin, declare, go, here, ingest, load_alarms, save
from hanfeng.packs.environment.pollution_sources.alarms import ALARMS
from hanfeng.packs.environment.pollution_sources.deriving import derive
from hanfeng.packs.environment.pollution_sources.flow import handling
from hanfeng.packs.environment.pollution_sources.judging import conditions, months
from hanfeng.packs.environment.pollution_sources.models import Limit, Outlet, SourceNotice, State
from hanfeng.packs.environment.pollution_sources.roles import CHIEF, FIRM, OFFICER
from hanfeng.packs.environment.pollution_sources.terms import FACTORS, Basis, Cause, Kind, Medium, series

pytestmark = pytest.mark.django_db
NOW = timezone.localtime().replace(minute=5, second=0, microsecond=0)
HOUR, SO2, COD = timedelta(hours=1), "a21026", "w01018"


@pytest.fixture(autouse=True)
def english():
    """The words of these tests are English whatever the site's language is."""
    with translation.override("en"):
        yield


@pytest.fixture
def firm():
    """firm("a") -> an enterprise."""

    def make(slug="a"):
        body = Body(slug=f"firm-{slug}", name=f"企业{slug}", name_en=f"Firm {slug}", kind=Body.Kind.ENTERPRISE)
        save(body, None)
        return body

    return make


@pytest.fixture
def outlet(firm):
    """outlet(medium, {factor: hourly limit}) -> (outlet, its datastreams by code)."""
    load_alarms(("pollution_sources", alarm) for alarm in ALARMS)

    def make(medium="air", limits=(), oxygen=9, body=None, number="D1"):
        code = f"T{number}"
        kept = declare([Station(code, "口", "Outlet", kind="stack", pack="pollution_sources", series=series(medium))])
        streams = {name: row for (_station, name), row in kept.items()}
        thing = next(iter(kept.values())).thing
        oxygen = Decimal(oxygen) if medium == Medium.AIR else None
        found = Outlet(thing=thing, body=body or firm(number), number=number, medium=medium, oxygen=oxygen)
        save(found, None)
        for factor, value in dict(limits).items():
            save(
                Limit(
                    outlet=found,
                    factor=factor,
                    basis=Basis.HOUR,
                    value=Decimal(value),
                    starts=date(2020, 1, 1),
                    source="证",
                ),
                None,
            )
        return found, streams

    return make


def send(streams, hours_ago, n=6, mark="N", **means):
    """n minute means of one hour, so many hours ago; names are factors."""
    start = NOW.replace(minute=0) - hours_ago * HOUR
    with here():
        ingest([
            Value(streams[FACTORS[code].minute].pk, start + timedelta(minutes=10 * k), value, mark)
            for code, value in means.items() for k in range(n)
        ])  # fmt: skip


def condition(found, days=3):
    (told,) = conditions([found], NOW, days)
    return told


def of(told, code):
    return next(one for one in told.measured if one.factor.code == code)


def test_hours_are_converted_to_the_reference_oxygen_and_need_forty_five_minutes(outlet):
    found, streams = outlet(limits={SO2: 50})
    send(streams, 3, a21026=30, a19001=9)
    send(streams, 2, a21026=30, a19001=15)  # 30 x 12 / 6
    send(streams, 1, n=4, a21026=300, a19001=9)  # forty minutes are not enough
    told = of(condition(found), SO2)
    assert [hour.value for hour in told.hours] == [30.0, 60.0, None]
    assert [hour.over for hour in told.hours] == [False, True, False]
    assert told.since == NOW.replace(minute=0) - 2 * HOUR


def test_oxygen_of_air_lets_nothing_be_converted(outlet):
    found, streams = outlet(limits={SO2: 50})
    send(streams, 1, a21026=3, a19001=21)
    assert of(condition(found), SO2).hours[0].value is None


def test_a_limit_holds_from_its_day(outlet):
    found, streams = outlet("water")
    old = {"outlet": found, "factor": COD, "basis": Basis.HOUR, "source": "证"}
    day = NOW.date() - timedelta(days=1)
    save(Limit(**old, value=Decimal(100), starts=date(2020, 1, 1), ends=day), None)
    save(Limit(**old, value=Decimal(50), starts=day), None)
    with pytest.raises(ValidationError, match="Another limit"):
        save(Limit(**old, value=Decimal(60), starts=day), None)
    start = NOW.replace(hour=12, minute=0)
    with here():
        for back in (2, 1):
            at = start - timedelta(days=back)
            key = streams[FACTORS[COD].minute].pk
            ingest([Value(key, at + timedelta(minutes=10 * k), 80.0 + back, "N") for k in range(6)])
    assert [(hour.limit, hour.over) for hour in of(condition(found), COD).hours] == [(100.0, False), (50.0, True)]


def test_a_day_of_water_is_weighted_by_flow_and_needs_twenty_hours(outlet):
    found, streams = outlet("water")
    save(
        Limit(outlet=found, factor=COD, basis=Basis.DAY, value=Decimal(50), starts=date(2020, 1, 1), source="证"), None
    )
    midnight = NOW.replace(hour=0, minute=0)
    with here():
        for back, hours in ((2, 24), (1, 19)):
            for h in range(hours):
                start = midnight - timedelta(days=back) + h * HOUR
                much = h < 12
                rows = [
                    (COD, (90.0 if much else 30.0) + h % 2 - 0.5),
                    ("w00000", (1.0 if much else 3.0) + h % 2 * 1e-9),
                ]
                ingest([
                    Value(streams[FACTORS[code].minute].pk, start + timedelta(minutes=10 * k), value, "N")
                    for code, value in rows for k in range(6)
                ])  # fmt: skip
    first, second = of(condition(found), COD).days
    assert (first.value, first.over, first.hours) == (pytest.approx(45.0), False, 24)
    assert (second.value, second.hours) == (None, 19)


def a_day(streams, day, value, hours=24):
    """So many hours of a day with this mean, from its first hour on; it moves, or it would not be believed."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())
    key = streams[FACTORS[COD].minute].pk
    with here():
        ingest([
            Value(key, midnight + h * HOUR + timedelta(minutes=10 * k), value + (k % 2 - 0.5), "N")
            for h in range(hours) for k in range(6)
        ])  # fmt: skip


def test_a_month_is_the_mean_of_its_valid_days_and_needs_twenty_five(outlet):
    found, streams = outlet("water")
    limit = Limit(outlet=found, factor=COD, basis=Basis.DAY, value=Decimal(50), starts=date(2020, 1, 1), source="证")
    save(limit, None)
    for n in range(1, 32):  # October 2026: 40, 41, ... to the 24th, then one of 20 and one of 19 hours, then nothing
        if n <= 24:
            a_day(streams, date(2026, 10, n), 39.0 + n)
        elif n <= 26:
            a_day(streams, date(2026, 10, n), 500.0, hours=45 - n)
    a_day(streams, date(2026, 11, 1), 10.0)
    a_day(streams, date(2026, 11, 2), 20.0, hours=7)
    now = datetime(2026, 11, 2, 7, 30, tzinfo=timezone.get_default_timezone())
    running, october = months(found, now)
    cod = next(mean for mean in october.means if mean.factor.code == COD)
    assert (cod.days, cod.wanted, cod.valid, october.whole) == (25, 25, True, True)
    # 40 + 41 + ... + 63 = 24 x 51.5 = 1236, and 500 of the day with 20 hours; the day with 19 does not count
    assert cod.value == pytest.approx((1236 + 500) / 25)
    assert cod.days_over == 13 + 1  # 51 to 63, and 500
    # what one factor of three sent: 24 x 24 + 20 + 19 of 31 x 24 hours
    assert (october.due, october.came, october.valid) == (3 * 744, 615, 615)
    assert october.effective == pytest.approx(615 / 2232)
    cod = next(mean for mean in running.means if mean.factor.code == COD)
    assert (cod.days, cod.value, cod.valid, running.whole) == (1, 10.0, False, False)
    assert (running.due, running.came) == (3 * 31, 31)


def test_a_month_with_a_day_too_few_has_no_mean_and_february_needs_less(outlet, people, client, monkeypatch):
    found, streams = outlet("water")
    for n in range(1, 25):
        a_day(streams, date(2026, 3, n), 30.0)
    for n in range(6, 29):
        a_day(streams, date(2026, 2, n), 20.0)
    now = datetime(2026, 4, 1, 0, 30, tzinfo=timezone.get_default_timezone())
    (march,) = months(found, now)
    mean = next(mean for mean in march.means if mean.factor.code == COD)
    assert (mean.days, mean.wanted, mean.valid) == (24, 25, False)
    now = datetime(2026, 3, 31, 12, 30, tzinfo=timezone.get_default_timezone())
    running, february = months(found, now)
    mean = next(mean for mean in february.means if mean.factor.code == COD)
    assert (mean.days, mean.wanted, mean.valid, mean.value) == (23, 23, True, 20.0)
    assert february.due == 3 * 23 * 24, "due from the first value on"
    client.force_login(people(OFFICER))
    monkeypatch.setattr(timezone, "now", lambda: now)
    page = client.get(found.get_absolute_url(), headers={"accept-language": "en"}).content.decode()
    assert "Monthly means" in page
    assert "23 / 23" in page
    assert "2026-02" in page
    assert not running.whole


def test_the_effective_rate_is_what_came_times_what_is_valid(outlet):
    found, streams = outlet("water", oxygen=None)
    for hour in range(10, 0, -1):
        if hour != 5:
            send(streams, hour, mark="D" if hour in (3, 4) else "N", w01018=20 + hour, w21003=1 + hour, w21011=hour)
    told = condition(found, 1 if NOW.hour >= 10 else 2)
    assert (told.due, told.came, told.valid) == (30, 27, 21)
    assert told.effective == pytest.approx(0.7)
    assert told.transmitted == pytest.approx(0.9)


def test_a_plant_that_stands_still_transmits_and_is_not_stuck(outlet):
    found, streams = outlet(limits={SO2: 50})
    for hour in range(12, 0, -1):
        send(streams, hour, mark="F", a21026=0, a21002=0, a34013=0, a19001=20.9, a00000=0)
    told = condition(found)
    assert told.stopped
    assert told.doubts == ()
    assert told.effective == 1.0


def test_signs_of_doubt(outlet):
    found, streams = outlet(limits={SO2: 50})
    for hour in range(14, 0, -1):
        send(streams, hour, a21026=20 + hour, a21002=8.4, a34013=5 + hour / 10, a19001=9, a00000=50_000 + hour)
        start = NOW.replace(minute=0) - hour * HOUR
        with here():
            right = (20 + hour) * (50_000 + hour) / 1e6
            ingest([Value(streams[FACTORS[SO2].total].pk, start, right * 0.6, "N")])
    for hour in (2, 3, 4):
        send(streams, hour, mark="T", a34013=500 + hour)
    signs = {(doubt.sign, doubt.factor.code) for doubt in condition(found).doubts}
    assert signs == {("still", "a21002"), ("mass", SO2), ("discarded", "a34013")}


def test_oxygen_of_air_while_the_plant_runs_is_a_sign(outlet):
    found, streams = outlet(limits={SO2: 50})
    for hour in (4, 3, 2):
        send(streams, hour, a21026=hour, a19001=20 + hour / 10, a00000=50_000 + hour)
    assert [(doubt.sign, doubt.factor.code) for doubt in condition(found).doubts] == [("air", "a19001")]


def test_what_comes_late_is_counted(outlet):
    found, streams = outlet("water", oxygen=None)
    for hour in (6, 5, 2, 1):
        send(streams, hour, w01018=20, w21003=1, w21011=0.1)
    assert condition(found).effective == pytest.approx(4 / 6)
    for hour in (4, 3):
        send(streams, hour, w01018=20, w21003=1, w21011=0.1)
    assert condition(found).effective == 1.0


def test_alerts_on_exceedance_and_standstill_once_and_again_clear(outlet):
    found, streams = outlet(limits={SO2: 50})
    send(streams, 4, a21026=40, a19001=9, a21002=8)
    send(streams, 3, a21026=130, a19001=9, a21002=8)
    with here():
        assert derive(NOW) > 0
        assert derive(NOW) == 0
    standing = Alert.objects.filter(thing=found.thing, cleared_at=None)
    assert set(standing.values_list("rule__code", flat=True)) == {"source-over", "source-far-over"}
    send(streams, 2, a21026=30, a19001=9, a21002=9)
    with here():
        derive(NOW)
    assert not standing.exists()


@pytest.fixture
def people(firm):
    """people(ROLE, body) -> an account with this role whose person works there."""

    def make(role, body=None):
        user = User.objects.create_user(f"u{User.objects.count()}")
        user.groups.add(Group.objects.get_or_create(name=role.name)[0])
        if body:
            person = Person(name=user.username, account=user)
            save(person, None)
            save(Post(person=person, body=body), None)
        return user

    return make


def test_a_notice_is_sent_explained_checked_and_closed_by_another(outlet, people):
    found, _streams = outlet()
    officer, chief, firm_ = people(OFFICER), people(CHIEF), people(FIRM, found.body)
    notice = SourceNotice(outlet=found, kind=Kind.HOUR, factor=SO2, began=NOW, facts="超标")
    begin(handling, notice, officer)
    assert not SourceNotice.objects.filter(SourceNotice.scope(firm_)).exists()
    with pytest.raises(ValidationError, match="open already"):
        begin(handling, SourceNotice(outlet=found, kind=Kind.HOUR, factor=SO2, began=NOW, facts="超标"), officer)
    go(handling, notice, "send", officer)
    assert firm_.letters.count() == 1
    notice.refresh_from_db()
    with pytest.raises(ValidationError, match="still has time"):
        go(handling, notice, "check", officer)
    with pytest.raises(ValidationError, match="explanation first"):
        go(handling, notice, "explain", firm_)
    save(notice, firm_, {"explanation": "启炉"})
    go(handling, notice, "explain", firm_)
    notice.refresh_from_db()
    with pytest.raises(ValidationError, match="check found"):
        go(handling, notice, "check", officer)
    save(notice, officer, {"finding": "属实", "cause": Cause.STOP})
    go(handling, notice, "check", officer)
    with pytest.raises(PermissionDenied):
        go(handling, notice, "close", officer)
    assert go(handling, notice, "close", chief).state == State.CLOSED


def test_a_firm_sees_its_own_only_and_explains_on_its_page(outlet, people, firm, client):
    found, streams = outlet(limits={SO2: 50}, number="D1")
    other, _ = outlet(number="D2")
    officer, user = people(OFFICER), people(FIRM, found.body)
    send(streams, 1, a21026=90, a19001=9)
    client.force_login(user)
    english = {"accept-language": "en"}
    page = client.get("/pollution_sources/", headers=english).content.decode()
    assert "Our outlets" in page
    assert "D2" not in page
    assert client.get(other.get_absolute_url()).status_code == 404
    assert (
        client.post("/pollution_sources/draft/", {"outlet": found.pk, "kind": "hour", "factor": SO2}).status_code == 403
    )
    notice = SourceNotice(outlet=found, kind=Kind.HOUR, factor=SO2, began=NOW, facts="超标")
    begin(handling, notice, officer)
    address = f"/pollution_sources/notices/{notice.pk}/explain/"
    assert client.post(address, {"explanation": "x"}).status_code == 404
    go(handling, notice, "send", officer)
    assert "Explain to the bureau" in client.get(notice.get_absolute_url(), headers=english).content.decode()
    client.post(address, {"explanation": ""})
    assert SourceNotice.objects.get().state == State.SENT
    paper = SimpleUploadedFile("log.txt", "启炉记录".encode(), "text/plain")
    client.post(address, {"explanation": "启炉时超标", "papers": [paper]})
    assert "log.txt" in client.get(notice.get_absolute_url()).content.decode()
    kept = SourceNotice.objects.get()
    assert (kept.state, kept.explanation) == (State.EXPLAINED, "启炉时超标")
    assert client.post(address, {"explanation": "again"}).status_code == 403
    save(kept, officer, {"explanation_en": "over the limit at the start"})
    go(handling, kept, "return", officer, "more")
    client.post(address, {"explanation": "风机故障"})
    assert SourceNotice.objects.get().explanation_en == "", "English that tells the explanation before"


def test_the_face_tells_what_to_decide_and_drafts_a_notice(outlet, people, client):
    client.force_login(people(OFFICER))
    english = {"accept-language": "en"}
    assert "No outlet is kept yet" in client.get("/pollution_sources/", headers=english).content.decode()
    found, streams = outlet(limits={SO2: 50})
    silent, _ = outlet("water", number="D2")
    send(streams, 1, a21026=90, a19001=9)
    page = client.get("/pollution_sources/", headers=english).content.decode()
    assert "1.80 times the limit" in page
    assert "Outlets: 2. Over the limit now: 1. Without data: 1." in page
    since = (NOW.replace(minute=0) - HOUR).isoformat()
    asked = {"outlet": found.pk, "kind": "hour", "factor": SO2, "since": since}
    answer = client.post("/pollution_sources/draft/", asked, headers=english)
    notice = SourceNotice.objects.get()
    assert answer["Location"] == notice.get_absolute_url()
    assert "90.0 mg/m³" in notice.facts
    assert "许可限值为 50.0" in notice.facts, "a notice is written in the language of the site"
    page = client.get(notice.get_absolute_url(), headers=english).content.decode()
    assert "<dt>factor</dt>" in page
    assert "licensed limit 50.0" in page
    client.post("/pollution_sources/draft/", asked)
    assert SourceNotice.objects.count() == 1
    for wrong in ({"kind": "x"}, {"factor": "zzz"}, {"since": "soon"}, {"outlet": "9" * 30}):
        assert client.post("/pollution_sources/draft/", asked | wrong).status_code == 404
    page = client.get(found.get_absolute_url(), headers=english).content.decode()
    assert "证<br>since 2020-01-01" in page, "a limit names its document"
    assert "Draft a notice" not in page, "what it exceeds has its notice"
    assert len(client.get("/pollution_sources/points.json").json()["features"]) == 0
    assert client.get(silent.get_absolute_url()).status_code == 200


def test_the_device_is_asked_to_send_again(outlet, people, client):
    found, _streams = outlet()
    client.force_login(people(OFFICER))
    address = f"/pollution_sources/outlets/{found.pk}/again/"
    span = {"from": (NOW - 5 * HOUR).isoformat(), "until": NOW.isoformat()}
    client.post(address, span)
    assert not Order.objects.exists()  # it is no device yet
    save(Device(thing=found.thing, system="31", password="1"), None)
    client.post(address, span)
    assert set(Order.objects.values_list("kind", flat=True)) == {"minutes", "hours"}
    client.post(address, span)
    client.post(address, {"from": (NOW - 999 * HOUR).isoformat(), "until": NOW.isoformat()})
    client.post(address, {"from": "x", "until": ""})
    assert Order.objects.count() == 2
