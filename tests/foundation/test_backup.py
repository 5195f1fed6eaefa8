"""Backup and restore of real sites by real processes: round trips, running writers, kills, keys, refusals."""

import json
import stat
import subprocess
import tarfile
import time

import pytest
from backup_sites import Site, copied, database


@pytest.fixture
def site(filled, tmp_path):
    """A site of the test's own."""
    with copied(*filled, tmp_path / "home", "own") as made:
        yield made


@pytest.fixture
def target(filled, tmp_path):
    """A place to restore to: an empty folder, and on PostgreSQL an empty database."""
    with database(filled[0], "target") as env:
        yield Site(tmp_path / "restored", env)


@pytest.fixture(scope="module")
def kept(filled, tmp_path_factory):
    """A backup of that site, and what was printed of it."""
    file = tmp_path_factory.mktemp("kept") / "kept.tar.gz"
    return file, json.loads(filled[1].good("backup", file, "--format", "json"))


def modes(folder):
    return {path.name: stat.S_IMODE(path.stat().st_mode) & 0o077 for path in [folder, *folder.rglob("*")]}


def attached(home):
    return {path.name: path.read_bytes() for path in (home / "files").glob("??/*")}


def test_a_round_trip_gives_the_same_history_and_the_same_evaluation(filled, kept, target):
    _kind, site = filled
    file, told = kept
    assert not stat.S_IMODE(file.stat().st_mode) & 0o077
    assert (told["attachments"], told["seals"], told["faults"], told["left_out"]) == (3, 1, [], [])
    assert told["events"] > 900
    assert json.loads(site.good("backup", "--verify", file, "--format", "json")) == {
        k: v for k, v in told.items() if k != "left_out"
    }
    target.good("restore", file, "--home", target.home)
    assert not any(modes(target.home).values())
    assert target.history() == site.history() == []
    assert target.evaluation() == site.evaluation()
    assert attached(target.home) == attached(site.home) != {}
    for name in ("seal.key", "secret.key", "seals.log"):
        assert (target.home / name).read_bytes() == (site.home / name).read_bytes()
    assert target.one("holds") == site.one("holds")
    # the restored site goes on: it writes, seals with the same key, and is whole still
    target.one("attach", count=1, size=10, slug="later")
    target.good("seal")
    assert target.history() == []


def test_the_restored_site_serves(kept, target):
    target.good("restore", kept[0], "--home", target.home)
    assert target.one("prepare") == 0  # no new accounts: it is not a first start
    assert not (target.home / "backups").exists()  # and nothing to migrate


def test_a_backup_while_processes_write(filled, site, target, tmp_path):
    stop = tmp_path / "stop"
    writers = [site.start("write", stop=str(stop), n=n) for n in range(2)]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    files = [tmp_path / f"{n}.tar.gz" for n in range(3)]
    for file in files:
        site.good("backup", file)
    stop.touch()
    ended = [writer.communicate(timeout=120) for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0], [err for _out, err in ended]
    said = [json.loads(out.splitlines()[-1]) for out, _err in ended]
    assert min(writer["count"] for writer in said) > 20
    site.good("seal")
    assert site.history() == []
    events = [json.loads(site.good("backup", "--verify", file, "--format", "json"))["events"] for file in files]
    assert events == sorted(events)
    assert events[0] < events[-1], "nobody wrote between the first backup and the last"
    target.good("restore", files[1], "--home", target.home)
    assert target.history() == []  # whole, though made in the midst of it
    target.good("seal")
    assert target.history() == []


@pytest.mark.parametrize(("stage", "at"), [("Database", 1.0), ("Writing", 0.5), ("Verifying", 1.0)])
def test_a_backup_killed_midway_leaves_nothing_under_its_name(filled, tmp_path, stage, at):
    file = tmp_path / "b.tar.gz"
    filled[1].killed("backup", target=str(file), kill=stage, at=at)
    assert not file.exists()
    assert [path.name.endswith(".part") for path in tmp_path.iterdir()] == [True]
    filled[1].one("backup", target=str(file))
    assert list(tmp_path.iterdir()) == [file]  # what the dead process left is gone
    filled[1].good("backup", "--verify", file)


def test_a_restore_killed_midway_leaves_no_site_and_can_be_done_again(filled, kept, target):
    target.killed("restore", file=str(kept[0]), home=str(target.home), kill="Verifying", at=1.0)
    assert not target.home.exists()
    target.killed("restore", file=str(kept[0]), home=str(target.home), kill="Unpacking", at=0.5)
    assert [path.name for path in target.home.iterdir()] == [".restoring"]
    assert "was not finished" in target.refused("up", "--port", "1")
    target.good("restore", kept[0], "--home", target.home)
    assert target.history() == []


def test_a_restore_killed_while_all_is_put_in_place_does_not_start_as_a_new_site(filled, kept, target):
    target.killed("restore", file=str(kept[0]), home=str(target.home), kill="moving")
    assert (target.home / ".restoring").exists()
    assert "was not finished" in target.refused("up", "--port", "1")
    assert "is not empty" in target.refused("restore", kept[0], "--home", target.home)


def test_a_damaged_backup_changes_nothing(filled, kept, target, tmp_path):
    whole = kept[0].read_bytes()
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(whole[: len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 1]) + whole[len(whole) // 2 + 1 :])
    assert "is damaged" in target.refused("restore", broken, "--home", target.home)
    assert not target.home.exists()
    assert "is damaged" in filled[1].refused("backup", "--verify", broken)


def test_only_into_an_empty_home_and_never_over_a_file(filled, kept, target):
    _kind, site = filled
    before = attached(site.home), (site.home / "seals.log").read_bytes()
    assert "is not empty" in site.refused("restore", kept[0], "--home", site.home)
    assert "is there already" in site.refused("backup", kept[0])
    assert (attached(site.home), (site.home / "seals.log").read_bytes()) == before
    target.home.mkdir()
    (target.home / "mine.txt").write_text("mine")
    assert "mine.txt" in target.refused("restore", kept[0], "--home", target.home)
    assert [path.name for path in target.home.iterdir()] == ["mine.txt"]


def test_a_folder_that_is_no_site_does_not_become_one(tmp_path):
    site = Site(tmp_path / "nothing")
    assert "There is no site in" in site.refused("backup", tmp_path / "b.tar.gz")
    assert list(tmp_path.iterdir()) == []


def test_without_keys(filled, site, target, tmp_path):
    file = tmp_path / "b.tar.gz"
    site.good("backup", file, "--no-keys")
    with tarfile.open(file) as tar:
        held = {m.name: tar.extractfile(m).read() for m in tar}
    for name in ("seal.key", "secret.key"):
        assert f"home/{name}" not in held
        assert not any((site.home / name).read_bytes() in data for data in held.values())
    assert "made without its keys" in target.refused("restore", file, "--home", target.home)
    strange = tmp_path / "strange"
    strange.mkdir()
    (strange / "seal.key").write_text("0" * 64)
    assert "is not the one that sealed" in target.refused("restore", file, "--home", target.home, "--keys", strange)
    assert not target.home.exists()
    target.good("restore", file, "--home", target.home, "--keys", site.home)
    assert target.history() == []
    assert (target.home / "secret.key").read_bytes() == (site.home / "secret.key").read_bytes()


def test_with_new_keys_earlier_seals_no_longer_prove_anything(site, target, tmp_path):
    file = tmp_path / "b.tar.gz"
    site.good("backup", file, "--no-keys")
    target.good("restore", file, "--home", target.home, "--new-keys")
    assert [row["where"] for row in target.history()] == ["seal 1"]
    target.one("attach", count=1, size=10, slug="later")
    target.good("seal")
    assert [row["where"] for row in target.history()] == ["seal 1"]


def test_attachments_that_are_missing_or_changed_are_told(site, target, tmp_path):
    first, second, _third = sorted((site.home / "files").glob("??/*"))
    first.unlink()
    second.write_bytes(b"other")
    file = tmp_path / "b.tar.gz"
    told = site.refused("backup", file)
    assert f"the attachment {first.name} is missing" in told
    assert f"the attachment files/{second.name[:2]}/{second.name} is not what was attached" in told
    assert first.name in site.refused("backup", "--verify", file)
    assert first.name in target.refused("restore", file, "--home", target.home)
    told = {found["where"] for found in target.history()}  # all else is restored
    assert told == {f"files/{lost.name}" for lost in (first, second)}


def test_a_backup_of_other_packs_is_refused(site, target, tmp_path):
    site.one(
        "sql",
        statements=[
            "INSERT INTO django_migrations (app, name, applied) VALUES ('hallmarks', '0001_initial', '2026-01-01')"
        ],
    )
    site.good("backup", tmp_path / "b.tar.gz")
    assert "does not know: hallmarks.0001_initial" in target.refused(
        "restore", tmp_path / "b.tar.gz", "--home", target.home
    )
    assert not (target.home / "hanfeng.sqlite3").exists()
    assert list(target.home.iterdir()) == []


def test_sqlite_and_postgresql_are_not_mixed(filled, kept, target):
    if filled[0] == "sqlite":
        target.env = {"HANFENG_DATABASE": "postgresql://nobody@127.0.0.1:9/none"}
        assert "does not change the kind of database" in target.refused("restore", kept[0], "--home", target.home)
    else:
        full = Site(target.home, filled[1].env)
        assert "The database is not empty" in full.refused("restore", kept[0], "--home", full.home)
        target.env = {}
        assert "Name an empty one in HANFENG_DATABASE" in target.refused("restore", kept[0], "--home", target.home)
    assert not target.home.exists() or not list(target.home.iterdir())


def test_the_shelf_lists_what_lies_there(site):
    assert site.good("backup").splitlines()[0].startswith(str(site.home / "backups" / "hanfeng-"))
    site.good("backup", "--no-keys")
    (site.home / "backups" / "hanfeng-20200101T000000Z-nightly.tar.gz").write_bytes(b"torn")
    rows = json.loads(site.good("backups", "--format", "json"))
    assert [(row.get("reason"), row.get("keys")) for row in rows] == [("asked", False), ("asked", True), (None, None)]
    assert "no backup" in rows[-1]["error"]
    table = site.good("backups")
    assert "by hand" in table
    assert str(rows[0]["events"]) in table


def test_a_folder_as_the_target_and_a_stop_in_the_middle(filled, tmp_path):
    told = json.loads(filled[1].good("backup", tmp_path, "--format", "json"))
    assert [str(path) for path in tmp_path.iterdir()] == [told["file"]]
    with subprocess.Popen(
        [*filled_command(filled[1]), str(tmp_path / "b.tar.gz")],
        env=filled[1].variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while not list(tmp_path.glob(".b.tar.gz.*.part")) and process.poll() is None:
            time.sleep(0.005)
        process.terminate()
        process.wait(timeout=60)
    assert not list(tmp_path.glob(".*"))


def filled_command(site):
    import sys

    return [sys.executable, "-m", "hanfeng", "backup"]
