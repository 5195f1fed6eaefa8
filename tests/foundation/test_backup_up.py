"""`up` on an older HOME: a backup first, then the migrations; when one fails the database is put back. The nightly backup."""

import json
import logging
from datetime import UTC, datetime, time, timedelta

import pytest
from backup_sites import Site, copied, database

from hanfeng.site.backup import make, nightly, shelf
from hanfeng.site.commands import work
from hanfeng.site.commands.terminal import Refused


@pytest.fixture(scope="module")
def older(filled, tmp_path_factory):
    """(kind, a site whose tables are older than this Hanfeng: those of two apps are not there yet)."""
    with copied(*filled, tmp_path_factory.mktemp("older") / "home", "older") as site:
        site.good("manage", "migrate", "cultivation", "zero", "--verbosity", "0")
        site.good("manage", "migrate", "mfa", "zero", "--verbosity", "0")
        yield filled[0], site


@pytest.fixture
def site(older, tmp_path):
    with copied(*older, tmp_path / "home", "own") as made:
        yield made


def lying(site):
    return json.loads(site.good("backups", "--format", "json"))


def test_an_older_home_is_backed_up_before_it_is_migrated(older, site, tmp_path):
    before = site.one("holds")
    assert "cultivation_poolentry" not in before
    assert site.one("prepare") == 0
    assert "cultivation_poolentry" in site.one("holds")
    (row,) = lying(site)
    assert (row["reason"], row["keys"], row["error"]) == ("before-migration", True, "")
    with database(older[0], "target") as env:
        target = Site(tmp_path / "restored", env)
        target.good("restore", row["file"], "--home", target.home)
        assert target.one("holds") == before
    assert site.one("prepare") == 0
    assert len(lying(site)) == 1  # nothing to migrate, nothing to back up
    assert site.history() == []


def test_a_migration_that_fails_leaves_the_database_as_it_was(site):
    # of the two that wait one succeeds, the other meets a table that is there already
    site.one(
        "sql",
        statements=[
            "CREATE TABLE cultivation_poolentry (mine integer)",
            "INSERT INTO cultivation_poolentry VALUES (7)",
        ],
    )
    before = site.one("holds")
    told = site.refused("up", "--port", "1023")
    assert "The tables could not be brought up to date" in told
    assert "cultivation_poolentry" in told
    assert "again as it was before" in told
    assert site.one("holds") == before
    assert before["cultivation_poolentry"] == [["mine"], ["(7,)"]]
    (row,) = lying(site)
    assert row["file"] in told
    site.one("sql", statements=["DROP TABLE cultivation_poolentry"])
    assert site.one("prepare") == 0  # and once the cause is gone, it goes on
    assert site.history() == []


def test_without_a_backup_nothing_is_migrated(site):
    (site.home / "backups").write_text("in the way")
    before = site.one("holds")
    told = site.refused("up", "--port", "1023")
    assert "backups cannot be made" in told
    assert site.one("holds") == before


# --- what is kept, and the night -------------------------------------------------------------------------------------


def test_the_newest_of_each_kind_stay_and_those_made_by_hand(tmp_path, monkeypatch):
    def toy(home, target, **asked):
        target.write_bytes(b"")
        return make.Made(target, 0, "", {}, [])

    monkeypatch.setattr(shelf, "make", toy)
    for _turn in range(4):
        for reason in (shelf.ASKED, shelf.MIGRATION, shelf.NIGHTLY):
            shelf.put(tmp_path, reason, most=0 if reason == shelf.ASKED else 2)
    for reason, count in ((shelf.ASKED, 4), (shelf.MIGRATION, 2), (shelf.NIGHTLY, 2)):
        assert len(list(shelf.lying(tmp_path, reason))) == count
    (tmp_path / "backups" / "hanfeng-notes.tar.gz").touch()
    assert len(list(shelf.lying(tmp_path))) == 8


def test_names_sort_by_time_also_within_a_second(tmp_path, monkeypatch):
    at = datetime(2026, 3, 1, 2, 3, 4, tzinfo=UTC)
    names = [shelf.name(at, "nightly", n) for n in range(1, 12)]
    names.append(shelf.name(at + timedelta(seconds=1), "nightly"))
    paths = [tmp_path / name for name in names]
    assert sorted(set(paths), key=shelf.place) == paths


@pytest.fixture
def night(tmp_path):
    """A nightly duty with a clock and processes of ours."""

    class Process:
        status = None

        def poll(self):
            return self.status

    class Toy:
        now = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
        begun: list = []

        def begin(self, child):
            self.begun.append((child.command[-3:], Process()))
            return self.begun[-1][1]

    toy = Toy()
    toy.begun = []
    toy.duty = nightly.Nightly(tmp_path, time(3, 30), lambda: toy.now, toy.begin)
    toy.home = tmp_path
    return toy


def test_one_backup_a_night_in_a_process_of_its_own(night):
    night.duty()
    assert night.begun == []  # not yet half past three
    night.now = night.now.replace(hour=3, minute=31)
    night.duty()
    night.duty()
    ((command, process),) = night.begun
    assert command == ("hanfeng", "backup", "--nightly")
    (shelf.folder(night.home) / shelf.name(night.now, shelf.NIGHTLY)).touch()
    process.status = 0
    for hour in (4, 9, 23):
        night.now = night.now.replace(hour=hour)
        night.duty()
    assert len(night.begun) == 1
    night.now += timedelta(days=1)
    night.duty()
    assert len(night.begun) == 2


def test_a_night_that_failed_is_told_and_tried_again_in_an_hour(night, caplog):
    night.now = night.now.replace(hour=4)
    night.duty()
    night.begun[0][1].status = 1
    with caplog.at_level(logging.ERROR):
        night.duty()
    assert "nightly backup ended with status 1" in caplog.text
    assert len(night.begun) == 1
    night.now += timedelta(minutes=61)
    night.duty()
    assert len(night.begun) == 2


def test_the_night_is_off_unless_asked_for(settings):
    always = ["jobs", "seals", "long work", "search", "old results"]
    assert [task.name for task in work.tasks()] == always
    settings.BACKUP_NIGHTLY = "03:30"
    assert [task.name for task in work.tasks()] == [*always, "backup"]
    settings.BACKUP_NIGHTLY = "at night"
    with pytest.raises(Refused, match=r"HANFENG_BACKUP_NIGHTLY=at night is no time of the day"):
        work.tasks()


def test_the_command_of_the_night(site):
    site.env["HANFENG_BACKUPS_KEPT"] = "1"
    for _turn in range(2):
        site.good("backup", "--nightly")
    assert [row["reason"] for row in lying(site)] == ["nightly"]
