"""`/healthz`: 200 when all is well, 503 with the reason when it is not, and no write."""

import os
import time

import pytest

from hanfeng.site import health
from hanfeng.site.commands import work

pytestmark = pytest.mark.django_db


@pytest.fixture
def lived(settings, tmp_path, monkeypatch):
    settings.HOME = tmp_path
    monkeypatch.setattr(health, "alive", lambda: True)
    work.beat(tmp_path)
    return tmp_path


def test_all_is_well(lived, client, django_assert_max_num_queries):
    health._all_applied.cache_clear()
    client.get("/healthz")
    with django_assert_max_num_queries(2):
        answer = client.get("/healthz")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["ok"], told["database"], told["migrations"]) == (True, {"ok": True}, {"ok": True, "pending": 0})
    assert told["worker"]["ok"]
    assert told["version"]
    assert "no-store" in answer["Cache-Control"]


def test_a_worker_that_never_was(settings, tmp_path, client):
    settings.HOME = tmp_path
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["worker"] == {"ok": False, "age_s": None}


def test_a_worker_that_hangs(lived, client):
    old = time.time() - health.OLDEST_BEAT - 1
    os.utime(work.beat_file(lived), (old, old))
    assert client.get("/healthz").status_code == 503


def test_a_writer_that_does_not_answer(lived, client, monkeypatch):
    monkeypatch.setattr(health, "alive", lambda: False)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["writer"] == {"ok": False}


def test_waiting_migrations_are_looked_for_again(lived, client, monkeypatch):
    health._all_applied.cache_clear()
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda self, targets: [("a migration", False)])
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["migrations"] == {"ok": False, "pending": 1}
    monkeypatch.undo()
    assert client.get("/healthz").json()["migrations"]["ok"]


def test_a_database_that_does_not_answer(lived, client, monkeypatch):
    def refuse(*args):
        raise health.DatabaseError("gone")

    monkeypatch.setattr(health.connections["default"], "cursor", refuse)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["database"] == {"ok": False}


def test_only_reading(client):
    assert client.post("/healthz").status_code == 405
