"""Ways in that are processes of their own: a broker of MQTT, files, and a simulator. `hanfeng gateway …`."""

from __future__ import annotations

import csv
import logging
import re
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from django.db import connections
from django.utils import timezone
from django.utils.translation import gettext as _

from .client import Frame, Ingested, NotKept, Refused, Value, ingest, send
from .live import feed
from .models import Datastream, Observation
from .sta.answers import properties
from .sta.changes import row_of
from .sta.entities import OBSERVATIONS
from .sta.grammar import Wrong

log = logging.getLogger("hanfeng.gateway")
TOPIC = re.compile(r"v1\.1/(?:Datastreams\((\d{1,18})\)/)?Observations")


# --- MQTT ---------------------------------------------------------------------------------------------------------------


class Bridge:
    """Between a broker and the writer: observations published on the topics of the standard are kept, kept ones published.

    What is sent: `v1.1/Datastreams(1)/Observations`, or `v1.1/Observations` with its Datastream, the body as for POST.
    A message is acknowledged to the broker (QoS 1) when it is on the disk; until then the broker keeps and sends it again.
    What is told: the same topics, by a look at the standings each second. Our own messages are known by their property.
    """

    def __init__(self, host: str, port: int, *, name: str = "hanfeng", user: str = "", password: str = "") -> None:
        import paho.mqtt.client as mqtt
        from paho.mqtt.enums import CallbackAPIVersion

        self.host, self.port = host, port
        self.link = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=name,
            protocol=mqtt.MQTTv5,
            manual_ack=True,
            reconnect_on_failure=True,
        )
        if user:
            self.link.username_pw_set(user, password)
        self.link.on_connect = self._on_connect
        self.link.on_message = self._on_message
        self.told: dict[int, int] = {}
        self.kept = 0

    def run(self, stop: threading.Event) -> None:
        """Serve until asked to stop. Raises OSError when no broker answers at the start."""
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        session.SessionExpiryInterval = 7 * 86400  # the broker keeps what comes while we are away
        self.told = dict(_lasts())
        self.link.connect(self.host, self.port, keepalive=30, clean_start=False, properties=session)
        self.link.loop_start()
        try:
            while not stop.wait(1.0):
                try:
                    self.tell()
                except Exception:
                    log.exception("New values could not be published; tried again")
        finally:
            self.link.disconnect()
            self.link.loop_stop()
            connections.close_all()  # of this thread, which may be one among others

    def _on_connect(self, link: Any, *_rest: Any) -> None:
        from paho.mqtt.subscribeoptions import SubscribeOptions

        options = SubscribeOptions(qos=1, noLocal=True)  # what we publish does not come back
        link.subscribe([("v1.1/Observations", options), ("v1.1/+/Observations", options)])

    def _on_message(self, link: Any, _data: Any, message: Any) -> None:
        wait = 0.5
        while True:
            try:
                self.take(message.topic, message.payload)
                break
            except NotKept as why:  # not acknowledged: wait, then once more; the broker holds what comes behind
                log.warning("The writer does not take: %s", why)
                time.sleep(wait)
                wait = min(wait * 2, 10.0)
        link.ack(message.mid, message.qos)

    def take(self, topic: str, payload: bytes) -> bool:
        """Keep one message; False for one that makes no sense, which is kept as a raw frame. Raises NotKept."""
        try:
            key, row, assigned = _read(topic, payload)
            answer = send({"groups": [[key, [row], assigned]]}, again=not assigned)
            wrong = str(answer["errors"][0][2]) if answer["errors"] else ""
        except (Wrong, ValueError) as bad:
            wrong = str(bad)
        if wrong:
            log.warning("A message on %s was refused: %s", topic, wrong)
            ingest([], raw=[Frame(f"mqtt {topic}"[:100], f"refused: {wrong}"[:60], payload)])
            return False
        self.kept += 1
        return True

    def tell(self) -> int:
        """Publish what was kept since the last look; how many."""
        count = 0
        for key, last in _lasts():
            before = self.told.get(key)
            if before is not None and before >= last:
                continue
            rows = Observation.objects.filter(datastream_id=key, time__lte=last)
            rows = rows.filter(time__gt=before) if before is not None else rows
            for row in rows.order_by("-time")[:1000][::-1]:
                body = orjson.dumps({"@iot.id": f"{key}-{row.time}", **properties(OBSERVATIONS, row)})
                for topic in (f"v1.1/Datastreams({key})/Observations", "v1.1/Observations"):
                    self.link.publish(topic, body, qos=1)
                count += 1
            self.told[key] = last
        return count


def _lasts() -> Iterator[tuple[int, int]]:
    from .models import Standing

    return iter(Standing.objects.filter(datastream__void=False).values_list("pk", "last"))


def _read(topic: str, payload: bytes) -> tuple[int, list[Any], bool]:
    """What a message says: the datastream, the row, whether its time is ours. Raises Wrong or ValueError."""
    match = TOPIC.fullmatch(topic)
    data = orjson.loads(payload)
    if not match or not isinstance(data, dict):
        raise Wrong("This is no observation.")
    about = data.get("Datastream")
    key = int(match[1]) if match[1] else about.get("@iot.id") if isinstance(about, dict) else None
    if not isinstance(key, int):
        raise Wrong("The Datastream is missing.")
    assigned, row = row_of(data, None)
    return key, row, assigned


# --- files --------------------------------------------------------------------------------------------------------------

CHUNK = 5000


def from_file(path: Path, progress: Callable[[int], object] = lambda rows: None) -> Ingested:
    """Keep the values of a sheet (.csv, .xlsx): columns station, series, time, value and perhaps mark. Wrong rows are told.

    The place of a refused row is its line in the sheet. The same file twice keeps its values once.
    """
    known = {
        (code, series): key
        for key, code, series in Datastream.objects.values_list("pk", "thing__code", "code")
        if code and series
    }
    done, batch, lines, read = Ingested(), [], [], 0
    for line, cells in _lines(path):
        read = line
        try:
            batch.append(_value(cells, known))
            lines.append(line)
        except ValueError as bad:
            done.refused.append(Refused(line, str(bad)))
        if len(batch) >= CHUNK:
            _keep(batch, lines, done)
            batch, lines = [], []
            progress(read)
    _keep(batch, lines, done)
    progress(read)
    done.refused.sort()
    return done


def _keep(batch: list[Value], lines: list[int], done: Ingested) -> None:
    if batch:
        told = ingest(batch)
        done.new, done.same, done.changed = done.new + told.new, done.same + told.same, done.changed + told.changed
        done.refused += [Refused(lines[place], why) for place, why in told.refused]


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a sheet with their line numbers, by the names of the first line. Raises ValueError for no such sheet."""
    rows: Iterable[list[Any]]
    if path.suffix.lower() == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _named(csv.reader(file))
        return
    if path.suffix.lower() not in (".xlsx", ".xls", ".ods"):
        raise ValueError(_("Only .csv and .xlsx are read."))
    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    yield from _named(rows)


def _named(rows: Iterable[list[Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    names: list[str] = []
    for line, row in enumerate(rows, 1):
        if line == 1:
            names = [str(name).strip().casefold() for name in row]
            if missing := {"station", "series", "time", "value"} - set(names):
                raise ValueError(
                    _("The first line lacks the columns: {names}.").format(names=", ".join(sorted(missing)))
                )
        elif any(cell not in ("", None) for cell in row):
            yield line, dict(zip(names, row, strict=False))


def _value(cells: dict[str, Any], known: dict[tuple[str, str], int]) -> Value:
    pair = str(cells.get("station", "")).strip(), str(cells.get("series", "")).strip()
    if pair not in known:
        raise ValueError(
            _("There is no series {series} at a station {station}.").format(station=pair[0], series=pair[1])
        )
    told, number = cells.get("time"), cells.get("value")
    moment = told if isinstance(told, datetime) else _moment(str(told))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.get_default_timezone())  # a sheet of an office speaks local time
    try:
        value = float(str(number).strip())
    except ValueError as bad:
        raise ValueError(_("{value} is no number.").format(value=repr(number))) from bad
    return Value(known[pair], moment, value, str(cells.get("mark") or "").strip())


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip().replace("/", "-"))
    except ValueError as bad:
        raise ValueError(_("{text} is no time; write it as 2026-03-01 08:00.").format(text=repr(text))) from bad


# --- the simulator ------------------------------------------------------------------------------------------------------


def run_simulator(stop: threading.Event, pause: float = 5.0) -> None:
    """Send what the demo stations owe, until asked to stop; never values of real ones. For a site whose worker does not run."""
    while not stop.is_set():
        try:
            feed(timezone.now())
        except NotKept as why:
            log.warning("The writer does not take: %s", why)
        stop.wait(pause)


def stopped_by_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
