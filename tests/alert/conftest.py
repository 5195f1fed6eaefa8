"""A lake with one rule of each kind, and the people who deal with it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from alert_people import ALARMS, CHLA, OXYGEN, START, person
from django.utils import translation

from hanfeng.kernel.alert.declare import load
from hanfeng.kernel.alert.roles import DUTY, RELEASER, SIGNER
from hanfeng.kernel.alert.watch import watch
from hanfeng.kernel.api import Series, Station, Unit, declare
from hanfeng.kernel.sense import client


@pytest.fixture
def lake(db):
    """The datastreams of chlorophyll and oxygen of a station of the system `lake-test`, with the rules kept."""
    watch.forget()
    load(("lake-test", alarm) for alarm in ALARMS)
    unit = Unit("microgram per litre", "µg/L")
    station = Station(
        "T1", "湖心站", "Station in the lake", kind="buoy", pack="lake-test",
        series=(Series(CHLA, unit, interval=600), Series(OXYGEN, Unit("milligram per litre", "mg/L"), interval=600)),
    )  # fmt: skip
    kept = declare([station])
    yield kept["T1", "w01016"], kept["T1", "w01009"]
    watch.forget()


@pytest.fixture
def feed(lake):
    """feed(chla=[…], oxygen=[…], first=0) keeps values each ten minutes, through the writer's own code in this process."""

    def run(chla=(), oxygen=(), first=0):
        with client.here():
            for stream, numbers in zip(lake, (chla, oxygen), strict=True):
                rows = [
                    (stream.pk, START + timedelta(minutes=10 * (first + n)), float(v)) for n, v in enumerate(numbers)
                ]
                if rows:
                    assert not client.ingest(rows).refused

    return run


@pytest.fixture
def duty(db):
    return person("duty", DUTY)


@pytest.fixture
def signer(db):
    return person("signer", SIGNER)


@pytest.fixture
def releaser(db):
    return person("releaser", RELEASER)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield
