"""Observations: data arrays and single values over HTTP, reads of a large table, devices, and how soon an alert stands.

The server is the one of `hanfeng up` (gunicorn with its workers and threads) and the writer process, both children of the
run. CPU is that of the server and the writer, by the request or by the value.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import orjson
from django.conf import settings
from django.db import connection

from hanfeng.kernel.api import Datastream, Property, Series, Station, Unit, Value, arrays, declare, ingest
from hanfeng.kernel.sense import aggregates, client, wire
from hanfeng.kernel.sense.client import ms
from hanfeng.kernel.sense.store import Store

from . import devices
from .handwritten import sense as by_hand
from .measure import Line, compare
from .rest import System

T0 = datetime(2025, 1, 1, tzinfo=UTC)
CLIENTS = 50
SECONDS = 4.0  # of single values, each turn
ARRAY, ARRAYS = 5_000, 12  # values in a body, bodies a turn
SERIES = 20
HEADER = "Basic " + base64.b64encode(b"bench-device:long enough 216").decode()
TICK = os.sysconf("SC_CLK_TCK")


# --- the server ---------------------------------------------------------------------------------------------------------


class Server:
    """The web process and the writer as `hanfeng up` starts them, on a free port."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        serve = ["gunicorn", "-c", "python:hanfeng.site.commands.web", "--bind", f"127.0.0.1:{self.port}"]
        quiet = {"stderr": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        self.writer = subprocess.Popen([sys.executable, "-m", "hanfeng", "work", "--writer"], **quiet)  # type: ignore[call-overload]
        self.web = subprocess.Popen([sys.executable, "-m", *serve], **quiet)  # type: ignore[call-overload]
        for _try in range(600):
            if client.alive() and self._answers():
                return
            time.sleep(0.1)
        raise RuntimeError("the server did not start")

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        for process in (self.web, self.writer):
            process.terminate()
            process.wait(60)

    def cpu(self) -> float:
        """CPU seconds of the web processes and the writer so far."""
        return sum(_cpu(pid) for pid in (self.writer.pid, self.web.pid, *_children(self.web.pid)))


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in found.split()]


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    try:
        yield server
    finally:
        client._drop()
        server.stop()


# --- all lines ----------------------------------------------------------------------------------------------------------


def lines(rows: int, rounds: int, each: int, tell: Callable[[int], object]) -> Iterator[Line]:
    """Reads of a table of so many rows, then what comes in over HTTP and from devices, then alerts."""
    settings.SENSE_WRITER = "socket"
    streams = _streams()
    devices.declare_devices()
    _fill(streams[:SERIES], rows, tell)
    yield from _reads(streams[0], rows, rounds, each)
    connection.close()
    turns = max(2, rounds // 2)
    gc.collect()
    gc.freeze()  # a bare script has not all of Django in its memory to look through
    with serving() as server:
        for n in range(20):  # each process hashes the password once
            _send(server, [_body(streams[SERIES + 2], 10**7 + n, 1)])
        yield from _data_arrays(server, streams[SERIES:], turns)
        yield from _singles(server, streams[SERIES:], turns)
        yield _latency(streams[-1], turns * 5)
        yield from devices.lines(turns)


def _streams() -> list[int]:
    from django.contrib.auth.models import Group, User

    from hanfeng.kernel.sense.scope import KEEPER

    user = User.objects.create_user("bench-device", password="long enough 216")
    user.groups.add(Group.objects.get_or_create(name=KEEPER.name)[0])
    prop, unit = Property("t", "水温", "water temperature"), Unit("degree Celsius", "°C")
    stations = [
        Station(f"bench-{n}", "站", "station", kind="buoy", series=(Series(prop, unit, interval=60),))
        for n in range(SERIES + CLIENTS + 4)
    ]
    return [row.pk for row in declare(stations, demo=True).values()]


def _fill(streams: list[int], rows: int, tell: Callable[[int], object]) -> None:
    """A value a minute in each series, kept through the writer's own code, then counted."""
    store, start, done = Store(), ms(T0), 0
    for key in streams:
        for first in range(0, rows // len(streams), 50_000):
            count = min(50_000, rows // len(streams) - first)
            store.keep([{"groups": [[key, [[start + (first + i) * 60_000, float(i % 977)] for i in range(count)]]]}])
            done += count
            tell(done)
    while aggregates.work_off(20_000):
        pass
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


# --- reading ------------------------------------------------------------------------------------------------------------


def _reads(key: int, rows: int, rounds: int, each: int) -> Iterator[Line]:
    end = T0 + timedelta(minutes=rows // SERIES)
    near = end - timedelta(minutes=1000)

    def ours(_n: int) -> Any:
        return arrays(key, near, end)

    def theirs(_n: int) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT time, number, quality FROM sense_observation WHERE datastream_id = %s AND time >= %s AND time < %s "
                "ORDER BY time",
                [key, ms(near), ms(end)],
            )
            times, numbers, quality = zip(*cursor.fetchall(), strict=True)
        return np.array(times, np.int64), np.array(numbers, np.float64), np.array(quality, np.int8)

    if not all((a == b).all() for a, b in zip(ours(0), theirs(0), strict=True)):
        raise RuntimeError("the two do not read the same values")
    yield compare(f"last 1,000 of {rows:,}, query", ours, theirs, rounds=rounds, each=each, most=1.5)
    first = T0.date().toordinal()

    def days(_n: int) -> Any:
        return aggregates.days([key], first, first + 365)[key]

    def days_by_hand(_n: int) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT day, n, valid, hours, total, low, high FROM sense_day WHERE datastream_id = %s AND day >= %s "
                "AND day < %s ORDER BY day",
                [key, first, first + 365],
            )
            return cursor.fetchall()

    if days(0) != [tuple(row) for row in days_by_hand(0)]:
        raise RuntimeError("the two do not read the same days")
    yield compare("one year of days, query", days, days_by_hand, rounds=rounds, each=each, most=1.5)

    system = Basic()
    query = "?$top=1000&$orderby=phenomenonTime%20desc"
    paths = (f"/sta/v1.1/Datastreams({key})/Observations{query}", f"/handwritten/datastreams/{key}/last{query}")
    if system.get(paths[0]) != system.get(paths[1]):
        raise RuntimeError("the two do not write the same bytes")
    yield compare(
        "last 1,000, response", lambda _n: system.get(paths[0]), lambda _n: system.get(paths[1]), rounds=rounds,
        each=max(2, each // 4), most=2.0,
    )  # fmt: skip


class Basic(System):
    """An account that sends its name and password, without a network."""

    def __init__(self) -> None:
        from hanfeng.site.wsgi import application

        self._application = application
        self._scheme = HEADER


# --- data arrays ----------------------------------------------------------------------------------------------------------


def _body(key: int, first: int, size: int = ARRAY) -> bytes:
    rows = [[(T0 + timedelta(seconds=first + i)).isoformat(), float(i % 613)] for i in range(size)]
    names = ["phenomenonTime", "result"]
    return orjson.dumps([{"Datastream": {"@iot.id": key}, "components": names, "dataArray": rows}])


def _data_arrays(server: Server, streams: list[int], rounds: int) -> Iterator[Line]:
    """The same bodies over HTTP, and by a script that parses them and writes them idempotently; in turn."""
    ours: list[float] = []
    script: list[float] = []
    plain: list[float] = []
    ratios: list[float] = []
    cpu: list[tuple[float, float]] = []
    for turn in range(rounds):
        for mine in (True, False) if turn % 2 == 0 else (False, True):
            key = streams[0] if mine else streams[1]
            bodies = [_body(key, (turn * ARRAYS + n) * ARRAY) for n in range(ARRAYS)]
            start, used = time.perf_counter(), server.cpu() if mine else time.process_time()
            (_send if mine else _script)(server, bodies)
            wall = time.perf_counter() - start
            used = (server.cpu() if mine else time.process_time()) - used
            (ours if mine else script).append(ARRAY * ARRAYS / wall)
            cpu.append((used, 0.0) if mine else (0.0, used))
        ratios.append(script[-1] / ours[-1])
        bodies = [_body(streams[2], (turn * ARRAYS + n) * ARRAY) for n in range(ARRAYS)]
        start = time.perf_counter()
        _plain(bodies)
        plain.append(ARRAY * ARRAYS / (time.perf_counter() - start))
    each = ARRAY * ARRAYS * rounds
    note = (
        f"CPU {sum(a for a, _b in cpu) / each * 1e6:.1f} against {sum(b for _a, b in cpu) / each * 1e6:.1f} µs a value; "
        f"plain {'executemany' if connection.vendor == 'sqlite' else 'COPY'} without idempotence: {median(plain):,.0f}/s; "
        f"the ratio is theirs to ours (at most 2: at least half as fast)"
    )
    ratio = median(ratios)
    yield Line(
        "data arrays over HTTP",
        "obs/s",
        median(ours),
        median(script),
        ratio,
        limits=(("ratio", ratio, 2.0),),
        note=note,
    )


def _send(server: Server, bodies: list[bytes]) -> None:
    link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    headers = {"Authorization": HEADER, "Content-Type": "application/json"}
    for body in bodies:
        link.request("POST", "/sta/v1.1/CreateObservations", body, headers)
        answer = link.getresponse()
        told = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"{answer.status} {told[:200]!r}")
    link.close()


def _parsed(body: bytes) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for item in orjson.loads(body):
        key = item["Datastream"]["@iot.id"]
        for text, number in item["dataArray"]:
            at = by_hand.ms(text)
            rows.append((key, at, number, "", 0, 0, at))
    return rows


_NAMES = "(datastream_id, time, number, mark, quality, checks, received)"


def _script(_server: Server, bodies: list[bytes]) -> None:
    """One transaction a body, as durable as the site's own."""
    for body in bodies:
        rows = _parsed(body)
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("BEGIN IMMEDIATE")
                connection.connection.executemany(
                    f"INSERT OR IGNORE INTO sense_observation {_NAMES} VALUES (?, ?, ?, ?, ?, ?, ?)", rows
                )
                cursor.execute("COMMIT")
            continue
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("CREATE TEMP TABLE IF NOT EXISTS staging (LIKE sense_observation) ON COMMIT DELETE ROWS")
            _copy(cursor, "staging", rows)
            cursor.execute("INSERT INTO sense_observation SELECT * FROM staging ON CONFLICT DO NOTHING")
            cursor.execute("COMMIT")


def _plain(bodies: list[bytes]) -> None:
    for body in bodies:
        rows = _parsed(body)
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            if connection.vendor == "sqlite":
                connection.connection.executemany(
                    f"INSERT INTO sense_observation {_NAMES} VALUES (?, ?, ?, ?, ?, ?, ?)", rows
                )
            else:
                _copy(cursor, "sense_observation", rows)
            cursor.execute("COMMIT")


def _copy(cursor: Any, table: str, rows: list[tuple[Any, ...]]) -> None:
    with cursor.copy(f"COPY {table} {_NAMES} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


# --- single values --------------------------------------------------------------------------------------------------------


def _singles(server: Server, streams: list[int], rounds: int) -> Iterator[Line]:
    """Fifty clients, each with a connection that stays, one value a request."""
    most = 0.5 if connection.vendor == "sqlite" else 1.0
    rates: dict[bool, list[float]] = {True: [], False: []}
    used: dict[bool, list[float]] = {True: [], False: []}
    ratios = []
    for turn in range(rounds):
        for mine in (True, False) if turn % 2 == 0 else (False, True):
            before = server.cpu()
            done, wall = asyncio.run(_crowd(server.port, streams[3:], turn * 2 + mine, mine))
            rates[mine].append(done / wall)
            used[mine].append((server.cpu() - before) / done * 1000)
        ratios.append(rates[False][-1] / rates[True][-1])
    ratio = median(ratios)
    note = (
        f"CPU {median(used[True]):.2f} against {median(used[False]):.2f} ms a request; theirs to ours, at most {most:g}"
    )
    yield Line(
        f"single POSTs, {CLIENTS} clients", "POST/s", median(rates[True]), median(rates[False]), ratio,
        cpu_ms=median(used[True]), limits=(("ratio", ratio, most),), note=note,
    )  # fmt: skip


async def _crowd(port: int, streams: list[int], turn: int, mine: bool) -> tuple[int, float]:
    end = time.perf_counter() + SECONDS
    start = time.perf_counter()
    counts = await asyncio.gather(*(_one(port, streams[n], turn, mine, end) for n in range(CLIENTS)))
    return sum(counts), time.perf_counter() - start


async def _one(port: int, key: int, turn: int, mine: bool, end: float) -> int:
    path = "/sta/v1.1/Observations" if mine else "/handwritten/observation"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    while time.perf_counter() < end:
        at = (T0 + timedelta(days=turn, milliseconds=count)).isoformat(timespec="milliseconds")
        body = orjson.dumps({"phenomenonTime": at, "result": float(count), "Datastream": {"@iot.id": key}})
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: {HEADER}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        if b" 201 " not in answer.split(b"\r\n", 1)[0]:
            raise RuntimeError(answer[:200])
        size = next(int(line[15:]) for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(size)
        count += 1
        if b"connection: close" in answer.lower():
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
    return count


# --- alerts -----------------------------------------------------------------------------------------------------------------


def _latency(key: int, times: int) -> Line:
    """From sending a value until what the commit wrote is there to read, while a thousand values a second come."""
    import threading

    stop, took = threading.Event(), []

    def feed() -> None:
        at, link = ms(T0) + 900 * 86_400_000, wire.Link(wire.address(Path(settings.HOME)), 30)
        due = time.perf_counter()
        while not stop.is_set():
            link.ask(wire.pack({"groups": [[key, [[at + i, 1.0] for i in range(100)]]]}))
            at, due = at + 100, due + 0.1
            stop.wait(max(0.0, due - time.perf_counter()))
        link.close()

    thread = threading.Thread(target=feed)
    thread.start()
    other = Datastream.objects.order_by("-pk").exclude(pk=key).values_list("pk", flat=True)[0]
    try:
        for n in range(times):
            start = time.perf_counter()
            ingest([Value(other, T0 + timedelta(days=901, seconds=n), 99.0)])
            took.append(time.perf_counter() - start)
            time.sleep(0.07)
    finally:
        stop.set()
        thread.join()
    worst = sorted(took)[round(0.95 * (len(took) - 1))]
    return Line(
        "value to commit at 1,000/s", "ms", median(took) * 1000, p95_ms=worst * 1000,
        note="rules run inside this commit: an alert stands when it is answered",
    )  # fmt: skip
