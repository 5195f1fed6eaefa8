"""A station to send values of, and a writer process of the test's own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.utils import translation
from writer_process import LOADED, run

from hanfeng.kernel.api import Datastream, Property, Role, Series, Station, Unit, declare
from hanfeng.kernel.sense import client, wire

WATER = Property("w01010", "水温", "water temperature", "http://qudt.org/vocab/quantitykind/Temperature")
LEVEL = Property("z", "水位", "water level")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """The words of these tests are English whatever the site's language is."""
    with translation.override("en"):
        yield


def a_station(code: str = "S1", **more: Any) -> Station:
    """A station at a lake with two series."""
    told: dict[str, Any] = {
        "name": "湖心站", "name_en": "Station in the lake", "point": (108.4, 31.2), "kind": "buoy",
        "series": (
            Series(WATER, Unit("degree Celsius", "°C"), interval=60, **more),
            Series(LEVEL, Unit("metre", "m"), interval=600),
        ),
    }  # fmt: skip
    return Station(code, **told)


@pytest.fixture
def station() -> Callable[..., tuple[Datastream, Datastream]]:
    """station("S1", checks={...}) -> its datastreams of temperature and level."""

    def make(code: str = "S1", **more: Any) -> tuple[Datastream, Datastream]:
        kept = declare([a_station(code, **more)], demo=True)
        return kept[code, "w01010"], kept[code, "z"]

    return make


@pytest.fixture
def account(db: None) -> Callable[..., Any]:
    """account("name", ROLE, ...) -> a user with these roles."""

    def make(name: str, *roles: Role) -> Any:
        user = User.objects.create_user(name)
        user.groups.set([Group.objects.get_or_create(name=role.name)[0] for role in roles])
        return user

    return make


class Running:
    """A writer in a process of its own, on the database of the test."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.process: Any = None

    def start(self) -> None:
        from django.db import connection

        told = (self.home, str(connection.settings_dict["NAME"]))
        self.process = LOADED.Process(target=run, args=told, daemon=True)
        self.process.start()
        self.wait()

    def wait(self) -> None:
        for _try in range(400):
            if client.alive():
                return
            assert self.process.is_alive(), "the writer ended"
            time.sleep(0.05)
        raise AssertionError("the writer did not answer")

    def kill(self) -> None:
        self.process.kill()
        self.process.join()

    def stop(self) -> None:
        if self.process and self.process.is_alive():
            self.process.terminate()
            self.process.join(20)
            assert self.process.exitcode == 0, "the writer did not end"


@pytest.fixture
def writer(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[Running]:
    """A running writer; `ingest` of the test sends to it."""
    settings.HOME, settings.SENSE_WRITER = tmp_path, "socket"
    running = Running(tmp_path)
    running.start()
    try:
        yield running
    finally:
        client._drop()
        running.stop()
        wire.address(tmp_path).unlink(missing_ok=True)
