# ruff: noqa: E501
"""The broker, sheets, the simulator."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils import timezone

from hanfeng.kernel.api import Value, ingest, series
from hanfeng.kernel.sense.client import NotKept
from hanfeng.kernel.sense.gateways import Bridge, from_file
from hanfeng.kernel.sense.models import Observation, RawFrame

T0 = datetime(2026, 3, 1, tzinfo=timezone.get_default_timezone())
MOSQUITTO = shutil.which("mosquitto") or ("/usr/sbin/mosquitto" if Path("/usr/sbin/mosquitto").exists() else None)


class Broker:
    """A Mosquitto of the test's own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.file = folder / "mosquitto.conf"
        self.file.write_text(
            f"user root\nlistener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {folder}/\nautosave_interval 1\n"
        )
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen([str(MOSQUITTO), "-c", str(self.file)], stderr=subprocess.DEVNULL)
        for _try in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the broker did not start")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    if not MOSQUITTO:
        pytest.skip("no mosquitto on this machine")
    running = Broker(tmp_path)
    yield running
    running.stop()


def until(seen: Any, tries: int = 1200) -> Any:
    for _try in range(tries):
        if found := seen():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def a_device(port: int, name: str) -> Any:
    import paho.mqtt.client as mqtt
    from paho.mqtt.enums import CallbackAPIVersion

    device = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name)
    device.connect("127.0.0.1", port)
    device.loop_start()
    return device


def test_values_come_and_go_through_a_broker(writer: Any, station: Any, broker: Broker) -> None:
    water, level = station()
    bridge, stop = Bridge("127.0.0.1", broker.port, name="bridge-test"), threading.Event()
    serving = threading.Thread(target=bridge.run, args=(stop,))
    serving.start()
    until(bridge.link.is_connected)
    device, heard = a_device(broker.port, "device"), []
    device.on_message = lambda _c, _d, message: heard.append((message.topic, json.loads(message.payload)))
    device.subscribe(f"v1.1/Datastreams({level.pk})/Observations", 1)
    try:
        for n in range(50):
            body = {"result": n, "phenomenonTime": (T0 + timedelta(minutes=n)).isoformat()}
            told = device.publish(f"v1.1/Datastreams({water.pk})/Observations", json.dumps(body), qos=1)
            told.wait_for_publish(20)
        device.publish(
            "v1.1/Observations", json.dumps({"result": 7, "Datastream": {"@iot.id": level.pk}}), qos=1
        ).wait_for_publish(20)
        device.publish("v1.1/Observations", b"nonsense", qos=1).wait_for_publish(20)
        until(lambda: Observation.objects.filter(datastream=water).count() == 50)
        until(lambda: RawFrame.objects.filter(body=b"nonsense").exists())
        ingest([Value(level.pk, timezone.now() + timedelta(seconds=1), 3.5)])
        until(lambda: any(told["result"] == 3.5 for _topic, told in heard))
    finally:
        stop.set()
        serving.join(20)
        device.disconnect()
        device.loop_stop()
    assert [o.value for o in series(water.pk, T0, T0 + timedelta(days=1))] == [float(n) for n in range(50)]


def test_a_message_waits_while_no_writer_takes_it(station: Any, db: None, settings: Any, tmp_path: Path) -> None:
    water, _level = station()
    settings.HOME, settings.SENSE_WRITER = tmp_path, "socket"
    bridge = Bridge("127.0.0.1", 1)
    with pytest.raises(NotKept):
        bridge.take(f"v1.1/Datastreams({water.pk})/Observations", b'{"result": 1}')
    with pytest.raises(NotKept):
        bridge.take("v1.1/Observations", b"nonsense")


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_sheet_is_kept_and_its_wrong_lines_told(station: Any, tmp_path: Path, form: str) -> None:
    water, _level = station()
    rows = [
        ["station", "series", "time", "value", "mark"], ["S1", "w01010", "2026-03-01 08:00", 20.5, "N"], ["S1", "nothing", "2026-03-01 08:00", 1, ""],
        ["S1", "w01010", "soon", 1, ""], ["S1", "w01010", "2026/03/01 08:01:30", "21.5", "M"], ["S1", "w01010", "2026-03-01T08:02:00Z", "much", ""],
    ]  # fmt: skip
    path = tmp_path / f"values.{form}"
    if form == "csv":
        path.write_text("\n".join(",".join(map(str, row)) for row in rows), encoding="utf-8-sig")
    else:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    told = from_file(path)
    assert (told.new, [line for line, _why in told.refused]) == (2, [3, 4, 6])
    assert from_file(path).same == 2
    kept = series(water.pk, T0, T0 + timedelta(days=1))
    assert [(o.value, o.mark) for o in kept] == [(20.5, "N"), (21.5, "M")]
    assert kept[0].time == datetime(2026, 3, 1, 8, tzinfo=timezone.get_default_timezone())
    path.with_suffix(".csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="station"):
        from_file(path.with_suffix(".csv"))
