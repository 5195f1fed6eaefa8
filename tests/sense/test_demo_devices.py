"""Demo devices speak HJ 212: a process of their own, the curve of their system, a cut and what comes late, no second feeder."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from devices_served import served, until
from django.db import connection
from django.utils import timezone

from hanfeng.commons.devices.models import Contact, Device, Order, order
from hanfeng.commons.devices.reading import speaking
from hanfeng.commons.devices.simulator import Demonstrated, demo_devices, simulate
from hanfeng.commons.devices.terms import Kind, Stage
from hanfeng.kernel.api import (
    Cut,
    Datastream,
    Live,
    Property,
    RawFrame,
    Series,
    Station,
    Unit,
    Usual,
    Value,
    Voice,
    When,
    arrays,
    declare,
    here,
    ingest,
    save,
    voices,
)
from hanfeng.kernel.sense import live
from hanfeng.kernel.sense.live import Fed
from hanfeng.kernel.sense.models import Observation, Revision, Thing
from hanfeng.packs.environment.pollution_sources.seed import BOILER, LIVE, _code
from hanfeng.packs.environment.pollution_sources.terms import MINUTES, Medium, series

HOUR, NUMBER = timedelta(hours=1), _code(0)
SO2 = "a21026-Avg.minute"


@pytest.fixture
def stack(transactional_db: None) -> dict[str, Datastream]:
    """A demo stack of the pollution sources with its device; its datastreams by code."""
    station = Station(
        NUMBER, "排口", "Outlet", kind="stack", pack="pollution_sources", series=series(Medium.AIR, BOILER)
    )
    kept = declare([station], demo=True)
    save(Device(thing=kept[NUMBER, SO2].thing, system="31", password="123456", demo=True), None)
    return {code: row for (_station, code), row in kept.items()}


def readings(row: Datastream) -> dict[int, float]:
    return dict(Observation.objects.filter(datastream=row).values_list("time", "number"))


def test_the_process_of_the_demo_lets_a_device_be_heard_and_its_values_be_kept_once(
    writer: Any, stack: dict[str, Datastream], tmp_path: Path
) -> None:
    env = {**os.environ, "HANFENG_HOME": str(tmp_path), "SENSE_TEST_DATABASE": str(connection.settings_dict["NAME"])}
    env["HANFENG_LANGUAGE"] = "en"
    command = [sys.executable, str(Path(__file__).parent / "demo_process.py")]
    process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        assert re.search(r"127\.0\.0\.1:\d+", process.stderr.readline())
        contact = until(lambda: Contact.objects.filter(thing=stack[SO2].thing_id, frames__gte=2).first(), 30)
        assert contact.address == "127.0.0.1"
        assert abs(contact.drift) < 5000
        kept = until(lambda: readings(stack[SO2]))
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 0
    origin, fed = live.anchor("pollution_sources"), Fed(stack[SO2].pk, NUMBER, "stack", SO2, MINUTES)
    assert kept == {moment: LIVE.reading(fed, moment, origin)[0] for moment in kept}  # type: ignore[index]
    assert all(timezone.now().timestamp() * 1000 >= moment + MINUTES * 1000 for moment in kept)
    assert {len(readings(row)) for code, row in stack.items() if code.endswith("-Avg.minute")} == {len(kept)}
    assert not Revision.objects.exists()
    assert not RawFrame.objects.exclude(status="taken").exists()
    contact.refresh_from_db()
    assert contact.left is not None


def test_what_devices_send_nobody_else_feeds(writer: Any, stack: dict[str, Datastream]) -> None:
    assert speaking() == {row.pk for code, row in stack.items() if code.endswith(".minute")}
    later = timezone.now() + 3 * HOUR
    assert not [value for value in live.due(later) if value.datastream in speaking()]
    device = Device.objects.get()
    save(device, None, {"void": True})
    fed = {value.datastream for value in live.due(later)}
    assert fed == {row.pk for code, row in stack.items() if code.endswith(".minute")}


def test_a_device_goes_on_where_the_history_ended(stack: dict[str, Datastream]) -> None:
    last = timezone.now().replace(minute=0, second=0, microsecond=0) - 2 * HOUR
    with here():
        ingest([Value(row.pk, last, 20.0) for code, row in stack.items() if code.endswith(".minute")])
    (device,) = demo_devices()
    assert isinstance(device, Demonstrated)
    assert set(device.levels) == set(BOILER)
    (command,) = device.periods
    assert device._due(command) == last + timedelta(minutes=10)


def test_a_device_without_a_curve_shows_its_usual_values(transactional_db: None) -> None:
    kept = declare(
        [Station("D9", "站", "Station", series=[Series(Property("a21026", "硫", "S"), Unit("mg", "mg"), interval=60)])],
        demo=True,
    )
    save(Device(thing=kept["D9", "a21026"].thing, system="31", demo=True), None)
    (device,) = demo_devices()
    assert not isinstance(device, Demonstrated)
    assert device.levels == {"a21026": 50.0}
    assert "D9" not in voices()


CURVE = Live({SO2: Usual(20, 5, noise=0.05, digits=3)})


def spoken(kept: dict[tuple[str, str], Datastream], curve: Live, last: datetime, origin: datetime) -> Demonstrated:
    """A device D1 that has sent up to `last`."""
    row = kept["D1", SO2]
    fed = Fed(row.pk, "D1", "stack", SO2, MINUTES)
    voice = Voice(curve, "D1", {SO2: fed}, live.ms(origin), live.ms(last))
    return Demonstrated(
        "D1", "31", {"a21026": 0.0}, voice=voice, periods=frozenset({2051}), done={2051: live.ms(last)}, earliest=origin,
        answers=2.0,
    )  # fmt: skip


@pytest.fixture
def one(writer: Any) -> dict[tuple[str, str], Datastream]:
    kept = declare(
        [Station("D1", "站", "Station", kind="stack", series=[
            Series(Property("a21026", "硫", "S"), Unit("mg", "mg"), code=SO2, interval=MINUTES),
        ])],
    )  # fmt: skip
    save(Device(thing=Thing.objects.get(), system="31", password="123456"), None)
    return kept


def living(devices: list[Any], port: int, stop: threading.Event) -> threading.Thread:
    thread = threading.Thread(target=lambda: asyncio.run(simulate(devices, "127.0.0.1", port, stop)), daemon=True)
    thread.start()
    return thread


def test_a_cut_device_is_not_there_and_sends_everything_when_it_comes_back(
    one: dict[tuple[str, str], Datastream],
) -> None:
    now = datetime.now(UTC)
    origin, last = now - 5 * HOUR, datetime.fromtimestamp(now.timestamp() // MINUTES * MINUTES, UTC) - 3 * HOUR
    ends = (now - origin + timedelta(seconds=4)) / HOUR
    curve = Live(CURVE.usual, cuts=(Cut("D1", When(ends - 3, 1000, 3)),))
    device, stop = spoken(one, curve, last, origin), threading.Event()
    with served() as gateway:
        thread = living([device], gateway.port, stop)
        try:
            until(lambda: datetime.now(UTC) > now + timedelta(seconds=2.5))
            assert not gateway.gateway.counts
            kept = until(lambda: len(found := readings(one["D1", SO2])) >= 17 and found)
        finally:
            stop.set()
            thread.join(20)
    assert sorted(kept) == [live.ms(last) + n * MINUTES * 1000 for n in range(1, len(kept) + 1)]
    assert list(kept.values()) == [device.voice.reading(SO2, datetime.fromtimestamp(at / 1000, UTC))[0] for at in kept]  # type: ignore[index]
    until_ = {row.until for row in Observation.objects.all()} - {None}
    assert len(until_) == len(kept)


def test_a_device_told_to_be_still_lets_go_and_asked_again_tells_what_it_told(
    one: dict[tuple[str, str], Datastream], settings: Any
) -> None:
    now = datetime.now(UTC)
    hour = now.replace(minute=0, second=0, microsecond=0)
    origin, row = hour - 2 * HOUR, one["D1", SO2]
    device, stop = spoken(one, CURVE, hour - HOUR, origin), threading.Event()
    with served() as gateway:
        thread = living([device], gateway.port, stop)
        try:
            until(lambda: len(readings(row)) >= 5)
            before = readings(row)
            made = order(row.thing, Kind.MINUTES, None, starts=hour - 9 * HOUR, ends=now)
            until(lambda: Order.objects.get(pk=made.pk).stage == Stage.DONE, 30)
            until(lambda: len(readings(row)) >= 12)
            none = order(row.thing, Kind.HOURS, None, starts=hour - 9 * HOUR, ends=now)
            until(lambda: Order.objects.get(pk=none.pk).stage == Stage.FAILED, 30)
            live.keep_still(True)
            until(lambda: not gateway.gateway.sessions)
        finally:
            live.keep_still(False)
            stop.set()
            thread.join(20)
    after = readings(row)
    assert min(after) == live.ms(origin)
    assert before.items() <= after.items()
    assert not Revision.objects.exists()
    assert len(arrays(row.pk, origin - 9 * HOUR, now).values) == len(after)
