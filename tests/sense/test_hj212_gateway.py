"""The gateway of HJ 212: answered means on the disk, one bad frame or one slow device costs no other, commands come back."""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from devices_served import SO2, T0, Peer, a_device, frame, real_time, served, until
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hanfeng.commons.devices.models import Contact, Device, Order, order
from hanfeng.commons.devices.reading import book
from hanfeng.commons.devices.simulator import Simulated, spoilt
from hanfeng.commons.devices.terms import Kind, Stage
from hanfeng.kernel.api import DEVICE_KEEPER, Property, Quality, Series, Station, Unit, declare, save, series
from hanfeng.kernel.sense.models import Observation, RawFrame, Revision, Thing
from hanfeng.kernel.sense.tidy import remove_old_frames
from hanfeng.standards.hj212 import ANSWERS, Command, Decoder, build, write_time

MN = "010000A8900016F000169DC0"


def kept(datastream: Any) -> list[tuple[float, str]]:
    return [(o.value, o.mark) for o in series(datastream.pk, T0 - timedelta(days=2), T0 + timedelta(days=2))]


# --- frames -------------------------------------------------------------------------------------------------------------


def test_what_is_answered_is_on_the_disk_and_comes_twice_for_nothing(writer: Any, capfd: Any) -> None:
    streams = a_device(MN)
    with served() as gateway:
        device = Peer(gateway.port)
        device.send(real_time(MN, 0), real_time(MN, 1, 13.5))
        first, second = device.answers(2)
        assert kept(streams["a21026"]) == [(12.5, "N"), (13.5, "N")]
        assert (first.command, first.request, first.station) == (9014, write_time(T0, milliseconds=True), MN)
        assert (second.flag, second.system) == (4, "91")
        device.send(real_time(MN, 0))
        assert len(device.answers(1)) == 1
        assert gateway.gateway.counts["same"] == 1
        device.close()
    assert RawFrame.objects.filter(status="taken").count() == 3
    assert bytes(RawFrame.objects.order_by("pk")[0].body) == real_time(MN, 0).rstrip(b"\r\n")
    assert not Revision.objects.exists()


@pytest.mark.parametrize(
    ("edition", "flag", "more"),
    [("2005", "", {"qn": ""}), ("2017", "5", {}), ("2025", "9", {})],
)
def test_each_edition_is_understood(writer: Any, edition: str, flag: str, more: dict[str, str]) -> None:
    number = "88888880000001" if edition == "2005" else MN
    streams = a_device(number)
    with served() as gateway:
        device = Peer(gateway.port)
        device.send(real_time(number, 0, flag=flag, **more))
        if flag:
            (told,) = device.answers()
            assert told.flag == int(flag) & ~3
        until(lambda: kept(streams["a21026"]) == [(12.5, "N")])
        device.close()


def test_hours_days_and_minutes_go_to_their_own_series_with_their_length(writer: Any) -> None:
    streams = a_device(MN)
    with served() as gateway:
        device = Peer(gateway.port)
        for number in (2051, 2061, 2031):
            cp = f"DataTime={write_time(T0)};a21026-Min=9.0,a21026-Avg=10.5,a21026-Max=12.0,a21026-Flag=N"
            device.send(frame(MN, cp, cn=number, qn=write_time(T0 + timedelta(seconds=number), milliseconds=True)))
        assert len(device.answers(3)) == 3
        device.close()
    start = round(T0.timestamp() * 1000)
    for code, seconds in (("minute", 60), ("hour", 3600), ("day", 86400)):
        row = Observation.objects.get(datastream=streams[f"a21026-Avg.{code}"])
        assert (row.number, row.time, row.until) == (10.5, start, start + seconds * 1000)
    assert RawFrame.objects.filter(status__contains="not declared: a21026-Max.hour, a21026-Min.hour").exists()


@pytest.mark.parametrize(
    ("mark", "quality"),
    [("N", Quality.VALID), ("F", Quality.VALID), ("M", Quality.MAINTENANCE), ("C", Quality.CALIBRATION),
     ("D", Quality.INVALID), ("B", Quality.INVALID), ("T", Quality.SUSPECT), ("S", Quality.ESTIMATED), ("X", Quality.SUSPECT)],
)  # fmt: skip
def test_marks_become_qualities(mark: str, quality: Quality) -> None:
    from hanfeng.kernel.sense.quality import by_mark

    assert by_mark(mark) == quality


def test_a_bad_frame_costs_none_behind_it_and_is_kept(writer: Any) -> None:
    streams = a_device(MN)
    good = real_time(MN, 3)
    bad = [
        spoilt(real_time(MN, 1)), b"##9000" + real_time(MN, 1)[6:], b"GET / HTTP/1.1\r\n\r\n", b"##00x1abc\r\n",
        build(b"ST=31;CN=2011;MN=" + MN.encode()), build(b""), real_time(MN, 1)[:-20] + b"\r\n",
        frame(MN, "DataTime=20260301080000;a21026-Rtd", qn="20260301080000001"),
        frame(MN, "DataTime=tomorrow;a21026-Rtd=1", qn="20260301080000002", flag="4"),
        frame(MN, "DataTime=20260301080000;a21026-Rtd=1", qn="20260301080000003", flag="7", PNUM="2", PNO="3"),
    ]  # fmt: skip
    with served() as gateway:
        for spoilt_one in bad:
            device = Peer(gateway.port)
            device.send(spoilt_one + b"\r\n", good, good)
            assert device.answers(1), spoilt_one
            device.close()
        assert gateway.gateway.counts["changed"] == 0
    assert kept(streams["a21026"]) == [(12.5, "N")]
    assert RawFrame.objects.filter(status__startswith="refused").count() >= len(bad) - 2
    assert RawFrame.objects.filter(status="refused: bad_crc").exists()


def test_a_stranger_and_a_wrong_password_are_refused_and_not_answered(writer: Any) -> None:
    streams = a_device(MN)
    with served() as gateway:
        device = Peer(gateway.port)
        device.send(real_time("STRANGER", 0), real_time(MN, 0, pw="654321"), real_time(MN, 1))
        (told,) = device.answers(2, 2.0)
        assert told.request == write_time(T0 + timedelta(minutes=1), milliseconds=True)
        device.close()
        assert kept(streams["a21026"]) == [(12.5, "N")]
        assert set(RawFrame.objects.values_list("status", flat=True)) == {
            "taken", "refused: unknown device", "refused: wrong password",
        }  # fmt: skip
        late = a_device("NEWCOMER")  # entered while the gateway runs: no restart is needed
        device = Peer(gateway.port)
        until(lambda: (device.send(real_time("NEWCOMER", 0)), device.answers(1, 1.0))[1])
        assert kept(late["a21026"])


def test_parts_in_any_order_are_joined_and_each_is_answered(writer: Any) -> None:
    streams = a_device(MN)
    qn = write_time(T0, milliseconds=True)
    one = frame(MN, f"DataTime={write_time(T0)};a21026-Rtd=1.5,a21026-Flag=N", qn=qn, flag="7", PNUM="2", PNO="1")
    two = frame(MN, "a21002-Rtd=2.5,a21002-Flag=N", qn=qn, flag="7", PNUM="2", PNO="2")
    with served() as gateway:
        device = Peer(gateway.port)
        device.send(two)
        assert len(device.answers(1)) == 1
        assert not kept(streams["a21002"])
        device.close()
    with served() as gateway:  # the gateway fell and stands again: the part that was answered is not lost
        device = Peer(gateway.port)
        device.send(one)
        assert len(device.answers(1)) == 1
        device.close()
    assert (kept(streams["a21026"]), kept(streams["a21002"])) == ([(1.5, "N")], [(2.5, "N")])


def test_a_part_with_its_own_time_is_kept_though_the_others_never_come(writer: Any) -> None:
    streams = a_device(MN)
    with served(parts_seconds=0.5) as gateway:
        device = Peer(gateway.port)
        device.send(frame(MN, f"DataTime={write_time(T0)};a21026-Rtd=9.5", flag="", PNUM="2", PNO="2"))
        until(lambda: kept(streams["a21026"]) == [(9.5, "")])
        device.close()


def test_several_devices_at_once(writer: Any) -> None:
    numbers = [f"DEVICE{n:04}" for n in range(12)]
    streams = {number: a_device(number)["a21026"] for number in numbers}
    with served() as gateway:
        devices = {number: Peer(gateway.port) for number in numbers}
        for minute in range(20):
            for number, device in devices.items():
                device.send(real_time(number, minute, float(minute)))
        for device in devices.values():
            assert len(device.answers(20)) == 20
            device.close()
    assert all(kept(stream) == [(float(n), "N") for n in range(20)] for stream in streams.values())
    until(lambda: Contact.objects.filter(frames=20).count() == 12)


# --- who holds up, who floods ---------------------------------------------------------------------------------------------


def test_slow_devices_stop_nobody_and_are_let_go(writer: Any) -> None:
    streams = a_device(MN)
    with served(frame_seconds=1.5) as gateway:
        slow = [Peer(gateway.port) for _n in range(60)]
        for n, device in enumerate(slow):
            device.send(real_time(MN, 0)[: 10 + n])
        device = Peer(gateway.port)
        for minute in range(10):
            device.send(real_time(MN, minute))
            assert len(device.answers(1, 3.0)) == 1
        for drop in (b"x", b"y"):  # a byte now and then earns no time
            for one in slow:
                one.send(drop)
        assert all(one.closed(8.0) for one in slow)
        device.close()
    assert len(kept(streams["a21026"])) == 10


def test_connections_are_bounded_and_strangers_and_silent_ones_let_go(writer: Any) -> None:
    a_device(MN)
    with served(connections_each=5, introduce_seconds=1.0, idle_seconds=2.5) as gateway:
        held = [Peer(gateway.port) for _n in range(5)]
        assert Peer(gateway.port).closed(3.0)
        held[0].send(real_time(MN, 0))
        assert held[0].answers(1)
        assert all(one.closed(4.0) for one in held[1:])
        assert held[0].closed(6.0)  # known, but silent


def test_a_flood_of_rubbish_is_cut_off_and_others_are_served(writer: Any) -> None:
    a_device(MN)
    with served() as gateway:
        device, floods = Peer(gateway.port), []
        for rubbish in (b"##" * 30_000, b"##9999" * 10_000, b"##0000FFFF" * 6_000, real_time("STRANGER", 0) * 500):
            flood = Peer(gateway.port)
            with contextlib.suppress(OSError):
                flood.send(rubbish)
            floods.append(flood)
        for minute in range(5):
            device.send(real_time(MN, minute))
            assert len(device.answers(1, 5.0)) == 1
        assert all(flood.closed(10.0) for flood in floods[1:])
        device.close()
    assert RawFrame.objects.count() < 1000


# --- the writer -----------------------------------------------------------------------------------------------------------


def test_without_a_writer_nothing_is_answered_and_again_afterwards_it_is_kept_once(writer: Any) -> None:
    streams = a_device(MN)
    with served() as gateway:
        device = Peer(gateway.port)
        device.send(real_time(MN, 0))
        assert device.answers(1)
        writer.kill()
        device.send(real_time(MN, 1), real_time(MN, 2))
        assert device.answers(1, 1.0) == []
        until(lambda: gateway.gateway.counts["not kept"] == 2)
        writer.start()
        device.send(real_time(MN, 1), real_time(MN, 2), real_time(MN, 1))
        assert len(device.answers(3)) == 3
        device.close()
    assert kept(streams["a21026"]) == [(12.5, "N")] * 3
    assert not Revision.objects.exists()


# --- commands -------------------------------------------------------------------------------------------------------------


class Obedient:
    """A simulated device that lives in the loop of a gateway's thread."""

    def __init__(self, gateway: Any, **told: Any) -> None:
        import asyncio

        self.device = Simulated(MN, "31", {"a21026": 30.0, "a21002": 60.0}, answers=2.0, **told)
        loop = gateway.gateway._server.get_loop()
        self.going = asyncio.run_coroutine_threadsafe(self.device.run("127.0.0.1", gateway.port), loop)

    def stop(self) -> None:
        self.going.cancel()


def ended(made: Order) -> Order:
    until(lambda: Order.objects.get(pk=made.pk).stage not in ("waiting", "sent", "accepted"), 25)
    found: Order = Order.objects.get(pk=made.pk)
    return found


def test_commands_are_sent_answered_and_kept_with_their_result(writer: Any) -> None:
    streams = a_device(MN)
    thing = streams["a21026"].thing
    with served() as gateway, translation.override("en"):
        waiting = order(thing, Kind.SET_INTERVAL, None, amount=1)
        assert order(thing, Kind.SET_INTERVAL, None, amount=1).pk == waiting.pk
        living = Obedient(gateway, offset=timedelta(hours=-1))
        assert ended(waiting).stage == Stage.DONE
        assert living.device.interval == 1.0
        assert ended(order(thing, Kind.READ_INTERVAL, None)).outcome == "RtdInterval=1"
        assert ended(order(thing, Kind.SET_CLOCK, None)).stage == Stage.DONE
        assert abs(living.device.offset) < timedelta(seconds=3)
        assert "SystemTime=" in ended(order(thing, Kind.READ_CLOCK, None)).outcome
        assert ended(order(thing, Kind.SET_MINUTES, None, amount=10)).stage == Stage.DONE
        assert ended(order(thing, Kind.READ_MINUTES, None)).outcome == "MinInterval=10"
        told = ended(order(thing, Kind.HOURS, None, starts=T0, ends=T0 + timedelta(hours=5)))
        assert (told.stage, told.outcome) == (Stage.DONE, "12 values came")
        assert told.sent_at <= told.answered_at
        refused = ended(order(thing, Kind.STOP, None))
        assert (refused.stage, refused.outcome) == (Stage.FAILED, "the condition is wrong")
        nothing = ended(order(thing, Kind.DAYS, None, starts=T0 + timedelta(days=9000), ends=T0 + timedelta(days=9001)))
        assert (nothing.stage, nothing.outcome) == (Stage.FAILED, "no data")
        until(lambda: Observation.objects.filter(datastream=streams["a21026"]).exists())
        living.stop()
    assert [o.value for o in series(streams["a21026-Avg.hour"].pk, T0, T0 + timedelta(hours=6))] == [
        living.device.value("a21026", T0 + timedelta(hours=n)) for n in range(6)
    ]


def test_a_device_that_does_not_answer_is_asked_again_and_then_given_up(writer: Any) -> None:
    thing = a_device(MN)["a21026"].thing
    with served(overtime=0.3, again=2) as gateway, translation.override("en"):
        device = Peer(gateway.port)
        device.send(real_time(MN, 0))
        assert device.answers(1)
        made = order(thing, Kind.READ_CLOCK, None)
        told = device.answers(2)
        assert {packet.command for packet in told} == {Command.READ_TIME}
        assert len({packet.request for packet in told}) == 2
        assert ended(made).outcome == "the device did not answer, though it was asked 2 times"
        device.close()


def test_the_wrong_password_of_the_centre_is_told_and_an_absent_device_is_given_up(writer: Any) -> None:
    thing = a_device(MN, password="")["a21026"].thing
    other = a_device("ABSENT")["a21026"].thing
    with served(order_hours=0.0005) as gateway, translation.override("en"):
        assert ended(order(other, Kind.READ_CLOCK, None)).outcome == "the device was not there"
    with served() as gateway, translation.override("en"):
        living = Obedient(gateway)
        assert ended(order(thing, Kind.READ_CLOCK, None)).outcome == "PW is wrong"
        living.stop()


def test_a_device_that_asks_for_the_time_is_told(writer: Any) -> None:
    a_device(MN)
    with served() as gateway:
        device = Peer(gateway.port)
        device.send(frame(MN, "PolId=a21026", cn=1013, qn=write_time(T0, milliseconds=True)))
        told = device.answers(2)
        assert [packet.command for packet in told] == [9013, Command.SET_TIME]
        assert told[1].parameters["SystemTime"]
        device.close()


@pytest.mark.django_db
def test_commands_that_lack_something_are_refused_in_words() -> None:
    thing = a_device(MN)["a21026"].thing
    with pytest.raises(ValidationError, match="from when"):
        order(thing, Kind.HOURS, None)
    with pytest.raises(ValidationError, match="how long"):
        order(thing, Kind.SET_INTERVAL, None)
    with pytest.raises(ValidationError, match="divide an hour"):
        order(thing, Kind.SET_MINUTES, None, amount=7)
    bare = declare([Station("S9", "站", "Station", series=[Series(SO2, Unit("m", "m"))])])["S9", "a21026"].thing
    with pytest.raises(ValidationError, match="no device"):
        order(bare, Kind.READ_CLOCK, None)


# --- rubbish ----------------------------------------------------------------------------------------------------------------


def spoil(raw: bytes, chance: random.Random) -> bytes:
    """A frame with a few things changed, as lines and bad programs change it."""
    told = bytearray(raw)
    for _time in range(chance.randint(1, 6)):
        at = chance.randrange(len(told)) if told else 0
        kind = chance.choice("xxidct")
        if kind == "x" and told:
            told[at] = chance.randrange(256)
        elif kind == "i":
            told[at:at] = chance.randbytes(chance.randint(1, 20))
        elif kind == "d":
            del told[at : at + chance.randint(1, 12)]
        elif kind == "c":
            del told[at:]
        else:
            told[at:at] = told[: chance.randint(1, 40)]
    return bytes(told)


def bombard(count: int, seed: int) -> None:
    """Spoilt frames to a running gateway, a good one behind each ten: every good one is answered."""
    chance, streams = random.Random(seed), a_device(MN)
    samples = [
        real_time(MN, 1), frame(MN, f"DataTime={write_time(T0)};a21026-Avg=1", cn=2061, qn="20260301080000001", flag="9"),
        frame(MN, "QnRtn=1", cn=9011, qn="20260301080000002", flag="4", st="91"),
        frame(MN, "DataTime=20260301080000;a21026-Rtd=3", qn="20260301080000003", flag="7", PNUM="3", PNO="2"),
        frame("", "", qn="20260301080000004"), build(bytes(range(256))),
    ]  # fmt: skip
    with served() as gateway:
        device, good = Peer(gateway.port), 0
        for n in range(count):
            device.send(spoil(chance.choice(samples), chance) + b"\r\n")
            if n % 10 == 9:
                good += 1
                qn = write_time(T0 + timedelta(milliseconds=good, days=1), milliseconds=True)
                # a head that claims too much swallows what stands behind it, so the frame comes twice
                one = real_time(MN, 1440 + good % 1000, float(good), qn=qn)
                device.send(one, one)
                told: list[str] = []
                while qn not in told:
                    found = device.answers(1, 10.0)
                    assert found, f"no answer to the good frame {good}"
                    told += [packet.request for packet in found if packet.command not in ANSWERS - {9014}]
        assert good == count // 10
        device.close()
    assert len(kept(streams["a21026"])) >= min(good, 1000)


def test_spoilt_frames_never_stop_a_running_gateway(writer: Any) -> None:
    bombard(300, 1)


@pytest.mark.soak
def test_ten_thousand_spoilt_frames_never_stop_a_running_gateway(writer: Any) -> None:
    bombard(10_000, 2)


@pytest.mark.soak
@settings(
    max_examples=int(os.environ.get("HANFENG_FUZZ", "1000000")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)
@given(raw=st.binary(max_size=400), seed=st.integers(0, 2**32))
def test_a_million_spoilt_streams_never_break_the_decoder(raw: bytes, seed: int) -> None:
    chance = random.Random(seed)
    stream = spoil(real_time(MN, 1), chance) + raw + b"\r\n" + real_time(MN, 2) * 2
    decoder = Decoder()
    taken = [*decoder.feed(stream), *decoder.rest()]
    assert b"".join(t.raw for t in taken).translate(None, b"\r\n") == stream.translate(None, b"\r\n")


@pytest.mark.soak
def test_a_million_streams_led_by_coverage_never_break_the_decoder(tmp_path: Path) -> None:
    pytest.importorskip("atheris")
    runs = os.environ.get("HANFENG_FUZZ", "1000000")
    told = [sys.executable, str(Path(__file__).parent / "fuzz_hj212.py"), f"-runs={runs}", "-max_len=600", "-timeout=5"]
    done = subprocess.run(told, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


# --- frames of others -------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not os.environ.get("HANFENG_SAMPLES"), reason="set HANFENG_SAMPLES to a folder with hj212/*.jsonl")
def test_frames_of_the_field_are_taken_or_refused_rightly(writer: Any) -> None:
    rows = [
        json.loads(line)
        for path in sorted((Path(os.environ["HANFENG_SAMPLES"]) / "hj212").glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    good = [row["message"] for row in rows if row["len_ok"] and row["crc_ok"]]
    numbers = {m.split("MN=")[1].split(";")[0] for m in good}
    for number in numbers:
        device = Device(thing=declared(number), system="32", password="")
        save(device, None)
    with served() as gateway:
        for row in rows:
            device = Peer(gateway.port)
            device.send(row["message"].encode() + b"\r\n")
            device.link.shutdown(1)
            device.closed()
        until(lambda: sum(gateway.gateway.counts[name] for name in ("kept", "refused")) >= len(rows))
        counts = dict(gateway.gateway.counts)
    assert counts["kept"] == len(good)
    told = {bytes(body): status for body, status in RawFrame.objects.values_list("body", "status")}
    for row in rows:
        status = told.get(row["message"].encode(), "refused: in pieces")
        assert status.startswith("refused") != (row["len_ok"] and row["crc_ok"]), (row["message"], status)


def declared(number: str) -> Any:
    series_ = [Series(Property("a21026", "二氧化硫"), Unit("m", "m"))]
    return declare([Station(number, "站", "Station", series=series_)])[number, "a21026"].thing


# --- what is kept of frames, and the pages ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_raw_frames_go_when_their_time_is_over_or_they_are_too_many() -> None:
    from hanfeng.kernel.api import Frame, ingest
    from hanfeng.kernel.rule import parameters
    from hanfeng.kernel.sense import tidy

    ingest([], raw=[Frame("a", "taken", b"x")] * 30)
    now = timezone.now()
    assert remove_old_frames(now) == 0
    assert remove_old_frames(now + timedelta(days=31)) == 30
    ingest([], raw=[Frame("a", "taken", b"x")] * 30)
    parameters.load(tidy.PARAMETERS)
    from hanfeng.kernel.rule.models import Setting

    save(Setting.objects.get(name=tidy.RAW_MOST), None, {"value": 10})
    assert remove_old_frames(now) == 20
    assert RawFrame.objects.count() == 10


@pytest.mark.django_db
def test_the_face_tells_who_is_silent_and_who_knocks(client: Any) -> None:
    from hanfeng.kernel.api import Frame, ingest

    user = User.objects.create_user("keeper")
    user.groups.add(Group.objects.get_or_create(name=DEVICE_KEEPER.name)[0])
    client.force_login(user)
    english = {"accept-language": "en"}
    assert "No device is yours to see" in client.get("/devices/", headers=english).content.decode()
    thing = a_device(MN, password="secret9")["a21026"].thing
    now = timezone.now()
    Contact.objects.create(thing=thing, address="10.0.0.1", since=now, heard=now - timedelta(hours=2), drift=400_000)
    ingest([], raw=[Frame("hj212 10.9.9.9 STRANGER", "refused: unknown device", b"x")])
    page = client.get("/devices/", headers=english).content.decode()
    assert "1 of 1 devices are silent" in page
    assert "off by 400 s" in page
    assert "hj212 10.9.9.9 STRANGER" in page
    assert "No device has this number" in page
    shown = client.get(Device.objects.get().get_absolute_url(), headers=english).content.decode()
    assert "10.0.0.1" in shown
    assert "secret9" not in shown


@pytest.mark.django_db
def test_a_keeper_gives_a_station_its_number_and_a_taken_one_is_told(client: Any) -> None:
    user = User.objects.create_user("keeper")
    user.groups.add(Group.objects.get_or_create(name=DEVICE_KEEPER.name)[0])
    client.force_login(user)
    english = {"accept-language": "en"}
    a_device(MN)
    sent = {"name": "新站", "name_en": "New", "code": "", "kind": "stack", "description": ""}
    assert "/sense/thing/new/" in client.get("/devices/", headers=english).content.decode()
    assert client.post("/sense/thing/new/", sent, headers=english).status_code == 302
    station = Thing.objects.get(name="新站")
    device = {"thing": station.pk, "system": "31", "password": ""}
    told = client.post("/devices/device/new/", device, headers=english).content.decode()
    assert "Open the station under “Stations and values”" in told
    edit = f"/sense/thing/{station.pk}/edit/"
    assert edit in client.get(station.get_absolute_url(), headers=english).content.decode()
    told = client.post(edit, {**sent, "code": MN, "version": station.version}, headers=english).content.decode()
    assert "The station “Outlet” has this code." in told
    assert client.post(edit, {**sent, "code": "77", "version": station.version}, headers=english).status_code == 302
    assert client.post("/devices/device/new/", device, headers=english).status_code == 302
    assert set(book()) == {MN, "77"}
    station.refresh_from_db()
    save(station, user, {"code": ""})
    assert set(book()) == {MN}, "who tells no number is nobody"
    assert "has no number (MN)" in client.get("/devices/", headers=english).content.decode()
    client.logout()
    reader = User.objects.create_user("reader")
    client.force_login(reader)
    assert client.post(edit, {**sent, "code": "1", "version": station.version}).status_code in (403, 404)
