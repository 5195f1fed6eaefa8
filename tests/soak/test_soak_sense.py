"""Servers that fall under load: whatever was acknowledged is there once. All of them are the test's own, on free ports."""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hanfeng.kernel.sense import wire

pytestmark = pytest.mark.soak
BASE = 1_772_323_200_000  # 2026-03-01
LOADS, BATCH = 4, 20
FALLS = int(os.environ.get("HANFENG_SOAK_FALLS", "20"))
POSTGRES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
MOSQUITTO = shutil.which("mosquitto") or ("/usr/sbin/mosquitto" if Path("/usr/sbin/mosquitto").exists() else None)
DECLARE = """
import django; django.setup()
from hanfeng.kernel.api import Property, Series, Station, Unit, declare
made = declare([Station(f"S{n}", "站", "station", kind="buoy", series=(Series(Property("t", "水温", "temperature"),
    Unit("degree Celsius", "C")),)) for n in range(%d)], demo=True)
print("KEYS", *(row.pk for row in made.values()))
"""
KEPT = """
import django; django.setup(); import json
from hanfeng.kernel.sense.models import Observation, Revision, Standing
print("KEPT", json.dumps([list(Observation.objects.values_list("datastream_id", "time", "number")), Revision.objects.count(),
    dict(Standing.objects.values_list("pk", "count"))]))
"""
COUNT = """
import django; django.setup()
from hanfeng.kernel.sense.models import Observation
print("COUNT", Observation.objects.count())
"""


class Site:
    """A home with tables, four datastreams, and a writer that is started again whenever it ends, as `hanfeng up` does."""

    def __init__(self, home: Path, database: str = "") -> None:
        home.mkdir()
        self.home, self.stopping = home, threading.Event()
        self.env = {
            **{k: v for k, v in os.environ.items() if k != "HANFENG_DATABASE"}, "HANFENG_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": "hanfeng.site.settings", **({"HANFENG_DATABASE": database} if database else {}),
        }  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = 0
        self.run("-m", "hanfeng", "manage", "migrate", "--verbosity", "0")
        self.keys = [int(key) for key in self.told(DECLARE % LOADS, "KEYS").split()]
        self.keeper = threading.Thread(target=self._keep)
        self.keeper.start()

    def run(self, *args: str) -> str:
        done = subprocess.run(
            [sys.executable, *args], env=self.env, capture_output=True, text=True, timeout=600, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def told(self, script: str, word: str) -> str:
        lines = self.run("-c", script).splitlines()
        return next(line.removeprefix(word) for line in lines if line.startswith(word))

    def start(self, *args: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "hanfeng", *args], env=self.env, stderr=subprocess.DEVNULL)

    def _keep(self) -> None:
        while not self.stopping.is_set():
            if self.process is None or self.process.poll() is not None:
                self.process = self.start("work", "--writer")
                self.starts += 1
            self.stopping.wait(0.2)

    def close(self) -> None:
        self.stopping.set()
        self.keeper.join(20)
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
        wire.address(self.home).unlink(missing_ok=True)

    def verify(self, acknowledged: list[dict[int, float]]) -> None:
        """Everything acknowledged is there with its value, nothing twice, and the counts agree."""
        rows, revisions, counts = json.loads(self.told(KEPT, "KEPT"))
        kept: dict[int, dict[int, float]] = {key: {} for key in self.keys}
        for key, at, number in rows:
            kept[key][at] = number
        for key, mine in zip(self.keys, acknowledged, strict=True):
            assert mine
            assert mine.items() <= kept[key].items(), (
                f"{len(mine.keys() - kept[key].keys())} acknowledged values were lost"
            )
            assert counts[str(key)] == len(kept[key])
        assert len(rows) == sum(map(len, kept.values()))
        assert revisions == 0


@contextmanager
def load(site: Site) -> Iterator[list[dict[int, float]]]:
    """Senders, one a datastream, each with ever new times; a batch that was not acknowledged is sent again."""
    acknowledged: list[dict[int, float]] = [{} for _key in site.keys]
    stop, problems = threading.Event(), list[str]()

    def send(place: int, key: int) -> None:
        link: wire.Link | None = None
        for first in itertools.count(0, BATCH):
            batch = {BASE + first + i: float(first + i) for i in range(BATCH)}
            frame = wire.pack({"groups": [[key, [list(pair) for pair in batch.items()]]]})
            while True:
                if stop.is_set():
                    return
                try:
                    link = link or wire.Link(wire.address(site.home), 30)
                    answer = link.ask(frame)
                except (OSError, wire.Broken, ValueError):
                    link = None
                    time.sleep(0.05)
                    continue
                if answer.get("failure"):
                    time.sleep(0.05)
                    continue
                break
            if answer["new"] + answer["same"] != BATCH:
                problems.append(str(answer))
            acknowledged[place] |= batch

    threads = [threading.Thread(target=send, args=pair) for pair in enumerate(site.keys)]
    for thread in threads:
        thread.start()
    try:
        yield acknowledged
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
    assert not problems, problems[:3]


def until(seen: Callable[[], Any], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Postgres:
    """A PostgreSQL of the test's own, durable as it comes."""

    def __init__(self, folder: Path) -> None:
        assert POSTGRES
        self.data, self.port = folder / "data", free_port()
        self.as_: list[str] = []
        if os.getuid() == 0:
            shutil.chown(folder, "postgres")
            for parent in (folder, *folder.parents):
                if parent.owner() == "root" and parent != Path("/"):
                    parent.chmod(parent.stat().st_mode | 0o011)
            self.as_ = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
        made = [
            *self.as_,
            str(POSTGRES / "initdb"),
            "--pgdata",
            str(self.data),
            "--username",
            "hanfeng",
            "--auth",
            "trust",
        ]
        subprocess.run(
            [*made, "--encoding", "UTF8", "--locale", "C"], check=True, capture_output=True, cwd="/", timeout=120
        )
        self.start()

    @property
    def address(self) -> str:
        return f"postgresql://hanfeng@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        assert POSTGRES
        options = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
        self.process = subprocess.Popen(
            [*self.as_, str(POSTGRES / "postgres"), "-D", str(self.data), "-p", str(self.port), *options],
            cwd="/", stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        ready = [str(POSTGRES / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        until(lambda: subprocess.run(ready, check=False).returncode == 0, 300, "PostgreSQL did not start")

    def kill(self) -> None:
        """As a power cut to the server: the postmaster goes at once, and its children when they see it."""
        self.process.kill()
        self.process.wait()
        pid = self.data / "postmaster.pid"
        until(lambda: not _children(self.data), 30, "children of PostgreSQL stayed")
        pid.unlink(missing_ok=True)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)


def _children(data: Path) -> list[str]:
    """The processes that work in the folder of a server."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(entry / "cwd") == str(data):
                found.append(entry.name)
        except OSError:
            continue
    return found


@pytest.mark.skipif(POSTGRES is None, reason="no PostgreSQL on this machine")
def test_postgresql_killed_and_started_again_under_load(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    folder.mkdir()
    server = Postgres(folder)
    site = None
    try:
        site = Site(tmp_path / "home", server.address)
        chance = random.Random(212)
        with load(site) as acknowledged:
            for _fall in range(FALLS):
                before = sum(map(len, acknowledged))
                until(lambda n=before: sum(map(len, acknowledged)) > n, 120, "nothing was acknowledged any more")
                time.sleep(chance.uniform(0, 0.5))
                server.kill()
                server.start()
            before = sum(map(len, acknowledged))
            until(lambda: sum(map(len, acknowledged)) > before, 120, "nothing was acknowledged any more")
        assert site.starts > 1
        site.verify(acknowledged)
    finally:
        if site is not None:
            site.close()
        server.stop()


def test_a_month_is_archived_while_the_writer_is_killed_under_load(tmp_path: Path) -> None:
    """Old months leave the table again and again broken off, while values of them come late: each is read once, as sent."""
    site = Site(tmp_path / "home")
    chance = random.Random(216)
    try:
        until(lambda: wire.address(site.home).exists(), 60, "the writer did not start")
        with load(site) as acknowledged:
            for _fall in range(FALLS):
                archive = site.start("sense", "archive", "--months", "1")
                time.sleep(chance.uniform(0.5, 4))
                victim = chance.choice([archive, site.process])
                assert victim is not None
                victim.kill()
                archive.wait(120)
        until(lambda: wire.address(site.home).exists(), 60, "the writer did not start")
        site.run("-m", "hanfeng", "sense", "archive", "--months", "1")
        site.run("-m", "hanfeng", "sense", "archive", "--verify")
        read = json.loads(site.told(ARCHIVED, "READ"))
        for key, mine in zip(site.keys, acknowledged, strict=True):
            told = dict(read[str(key)])
            assert len(told) == len(read[str(key)])
            assert mine
            assert mine.items() <= told.items()
    finally:
        site.close()


ARCHIVED = """
import django; django.setup(); import json
from datetime import UTC, datetime
from hanfeng.kernel.api import arrays
from hanfeng.kernel.sense.models import Archived, Standing
assert Archived.objects.exclude(file="").exists()
found = {}
for key, count in Standing.objects.values_list("pk", "count"):
    told = arrays(key, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    found[key] = list(zip(told.times.tolist(), told.values.tolist()))
    assert count == len(found[key]), (count, len(found[key]))
print("READ", json.dumps(found))
"""


class Broker:
    """A Mosquitto of the test's own that remembers over a restart."""

    def __init__(self, folder: Path) -> None:
        self.port, self.file = free_port(), folder / "mosquitto.conf"
        self.file.write_text(
            f"user root\nlistener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {folder}/\nmax_queued_messages 0\nmax_inflight_messages 20\n"
        )
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen([str(MOSQUITTO), "-c", str(self.file)], stderr=subprocess.DEVNULL)

        def answers() -> bool:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                return False
            return True

        until(answers, 20, "the broker did not start")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@pytest.mark.skipif(MOSQUITTO is None, reason="no mosquitto on this machine")
def test_a_broker_restarted_under_publishers_of_qos_1(tmp_path: Path) -> None:
    import paho.mqtt.client as mqtt
    from paho.mqtt.enums import CallbackAPIVersion

    broker, site = Broker(tmp_path), Site(tmp_path / "home")
    bridge = site.start("gateway", "mqtt", "--port", str(broker.port))
    acknowledged: list[dict[int, float]] = [{} for _key in site.keys]
    published: list[set[int]] = [set() for _key in site.keys]
    stop = threading.Event()
    devices = []

    def publish(place: int, key: int, device: Any) -> None:
        topic = f"v1.1/Datastreams({key})/Observations"
        for n in itertools.count():
            if stop.is_set():
                return
            at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(BASE // 1000 + n // 1000)) + f".{n % 1000:03d}Z"
            told = device.publish(topic, json.dumps({"result": n, "phenomenonTime": at}), qos=1)
            while (
                told.mid not in published[place]
            ):  # sent while the broker is away it waits in the client, which sends it again
                if stop.is_set():
                    return
                time.sleep(0.002)
            published[place].discard(told.mid)
            acknowledged[place][BASE + n] = float(n)

    try:
        for place in range(LOADS):
            device = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"device-{place}", clean_session=False)
            device.reconnect_delay_set(1, 1)
            device.on_publish = lambda _c, _d, mid, *_rest, mine=published[place]: mine.add(mid)
            device.connect("127.0.0.1", broker.port)
            device.loop_start()
            devices.append(device)
        first = json.dumps({"result": 0.5, "phenomenonTime": "2026-02-01T00:00:00Z"})

        def heard() -> bool:
            """Whether the bridge has subscribed: what comes before that nobody asked the broker to keep."""
            devices[0].publish(f"v1.1/Datastreams({site.keys[0]})/Observations", first, qos=1).wait_for_publish(10)
            return int(site.told(COUNT, "COUNT")) > 0

        until(heard, 120, "the bridge did not subscribe")
        threads = [
            threading.Thread(target=publish, args=(place, key, device))
            for (place, key), device in zip(enumerate(site.keys), devices, strict=True)
        ]
        for thread in threads:
            thread.start()
        for fall in range(max(3, FALLS // 4)):
            time.sleep(2)
            broker.stop()
            broker.start()
            if fall % 2 and site.process is not None:
                site.process.kill()  # and the writer with it
        time.sleep(3)
        stop.set()
        for thread in threads:
            thread.join(30)
        wanted = sum(map(len, acknowledged))
        until(lambda: int(site.told(COUNT, "COUNT")) >= wanted, 120, "values that the broker took did not arrive")
        site.verify(acknowledged)
    finally:
        stop.set()
        for device in devices:
            device.disconnect()
            device.loop_stop()
        bridge.terminate()
        bridge.wait(30)
        site.close()
        broker.stop()
