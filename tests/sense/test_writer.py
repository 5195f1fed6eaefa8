"""The writer process: one, answering after commit; killed under load it loses nothing it acknowledged and doubles nothing."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from hanfeng.kernel.api import Busy, NotKept, NoWriter, Value, here, ingest, latest
from hanfeng.kernel.sense import client, wire
from hanfeng.kernel.sense.models import Observation, Revision, Standing
from hanfeng.kernel.sense.writer import MOST

T0 = datetime(2026, 3, 1, tzinfo=timezone.get_default_timezone())


def test_values_go_through_it(writer: Any, station: Any) -> None:
    water, level = station()
    told = ingest([Value(water.pk, T0, 20.5), Value(level.pk, T0, 1.25), Value(0, T0, 1.0)])
    assert (told.new, [p for p, _w in told.refused]) == (2, [2])
    assert latest([level.pk])[level.pk].value == 1.25
    late, _level = station("S2")  # declared while the writer runs
    assert ingest([Value(late.pk, T0, 1.0)]).new == 1


def test_a_second_writer_is_refused(writer: Any) -> None:
    env = {**os.environ, "HANFENG_HOME": str(writer.home), "HANFENG_LANGUAGE": "en"}
    second = subprocess.run(
        [sys.executable, "-m", "hanfeng", "work", "--writer"],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode != 0
    assert "there can be only one" in second.stderr
    with pytest.raises(NoWriter), here():
        pass
    assert client.alive()


def test_without_a_writer_senders_get_an_error(writer: Any, station: Any) -> None:
    water, _level = station()
    ingest([Value(water.pk, T0, 1.0)])
    writer.stop()
    with pytest.raises(NoWriter):
        ingest([Value(water.pk, T0 + timedelta(minutes=1), 2.0)])
    writer.start()
    assert ingest([Value(water.pk, T0 + timedelta(minutes=1), 2.0)]).new == 1


def test_what_does_not_fit_is_refused_at_once(writer: Any, station: Any) -> None:
    """Two senders at once, each with more than may wait beside another: one is kept, one may be refused; never silence."""
    water, level = station()
    big = [[[d.pk, [[i, 1.0] for i in range(MOST * 3 // 4)]]] for d in (water, level, water)]
    outcomes: list[str] = []
    lock = threading.Lock()
    links = [wire.Link(wire.address(writer.home), 60) for _b in big]
    frames = [wire.pack({"groups": b}) for b in big]

    def send(link: wire.Link, frame: bytes) -> None:
        answer = link.ask(frame)
        with lock:
            outcomes.append(answer.get("failure") or "kept")

    threads = [threading.Thread(target=send, args=pair) for pair in zip(links, frames, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for link in links:
        link.close()
    assert len(outcomes) == 3
    assert set(outcomes) <= {"kept", "busy"}
    assert "kept" in outcomes


def test_a_sender_that_talks_nonsense_stops_nobody(writer: Any, station: Any) -> None:
    water, _level = station()
    for nonsense in (b"\xff" * 64, b"\0\0\0\4nope", b"\0\0\0\2[]", b'\0\0\0\x0d{"groups": 1}', b"\0\0"):
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(str(wire.address(writer.home)))
            link.sendall(nonsense)
            time.sleep(0.02)
    answer = client.send({"groups": [[water.pk, 7], ["x", [[1, 2]]], [water.pk, [[1], "ab", None, {}]], 5]})
    assert answer["new"] == 0
    assert ingest([Value(water.pk, T0, 1.0)]).new == 1


class Load(threading.Thread):
    """Sends batches with ever new times until told to stop, and notes what was acknowledged."""

    def __init__(self, datastream: int, number: int) -> None:
        super().__init__()
        self.datastream, self.number = datastream, number
        self.stopped = threading.Event()
        self.acknowledged: dict[int, float] = {}
        self.failures = 0

    def run(self) -> None:
        base, sent = client.ms(T0) + self.number * 10**9, 0
        while not self.stopped.is_set():
            batch = {base + sent + i: float(sent + i) for i in range(20)}
            try:
                told = ingest([Value(self.datastream, t, v) for t, v in batch.items()])
            except NotKept:
                self.failures += 1
                time.sleep(0.05)
                continue  # the same batch again
            assert told.new + told.same == 20, told
            self.acknowledged |= batch
            sent += 20
        client._drop()


def kill_under_load(writer: Any, keys: list[int], kills: int) -> None:
    chance = random.Random(kills)
    loads = [Load(key, n) for n, key in enumerate(keys)]
    for load in loads:
        load.start()
    try:
        for _kill in range(kills):
            time.sleep(chance.uniform(0.05, 0.5))
            writer.kill()
            writer.start()
        time.sleep(0.2)
    finally:
        for load in loads:
            load.stopped.set()
        for load in loads:
            load.join(60)
    for load in loads:
        kept = dict(Observation.objects.filter(datastream_id=load.datastream).values_list("time", "number"))
        lost = load.acknowledged.keys() - kept.keys()
        assert not lost, f"{len(lost)} acknowledged values were lost"
        assert load.acknowledged.items() <= kept.items()
        assert Standing.objects.get(pk=load.datastream).count == len(kept)
        assert load.acknowledged
    assert Revision.objects.count() == 0
    assert any(load.failures for load in loads)


def test_killed_three_times_under_load(writer: Any, station: Any) -> None:
    keys = [d.pk for code in ("S1", "S2") for d in station(code)]
    kill_under_load(writer, keys, 3)


@pytest.mark.soak
def test_killed_fifty_times_under_load(writer: Any, station: Any) -> None:
    keys = [d.pk for code in ("S1", "S2", "S3", "S4") for d in station(code)]
    kill_under_load(writer, keys, 50)


def test_the_socket_of_a_home_with_a_long_path() -> None:
    path = wire.address(Path("/" + "x" * 200))
    assert len(os.fsencode(path)) <= 107


def test_refusal_is_an_error_of_its_own(writer: Any, station: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire.Link, "ask", lambda self, frame: {"failure": "busy"})
    with pytest.raises(Busy):
        ingest([Value(1, T0, 1.0)])
