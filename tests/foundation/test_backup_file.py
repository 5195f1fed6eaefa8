"""The file of a backup: what is written is read back, and whatever is wrong with it is found and said in words."""

import gzip
import io
import json
import random
import sqlite3
import tarfile
from hashlib import sha256

import pytest

from hanfeng.site.backup import archive, contents, make, postgres, restore, sqlite
from hanfeng.site.commands.terminal import Refused

ABOUT = {
    "made_at": "2026-01-01T00:00:00+00:00",
    "reason": "asked",
    "hanfeng": "0.1.0",
    "county": {},
    "keys": {"included": True},
    "database": {"engine": "sqlite", "rows": {}},
}
NOISE = random.Random(5).randbytes(200_000)


def written(path, members, faults=(), about=ABOUT):
    with path.open("wb") as file:
        writer = archive.Writer(file, about, 0)
        for name, data in members.items():
            writer.add(name, io.BytesIO(data), len(data))
        writer.close(list(faults))
    return path


@pytest.fixture
def file(tmp_path):
    return written(
        tmp_path / "b.tar.gz", {"database.sqlite3": NOISE, "home/seals.log": b"{}\n", "home/files/ab/书": b"x"}, ["f"]
    )


def raw(path, members):
    """A tar.gz of (name or TarInfo, bytes) as somebody else would make it."""
    with tarfile.open(path, "w:gz") as tar:
        for name, data in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def manifest(members, **more):
    told = [{"name": n, "size": len(d), "sha256": sha256(d).hexdigest()} for n, d in members]
    return ("manifest.json", json.dumps({"format": 1, "members": told, "faults": [], **more}).encode())


def test_what_is_written_is_read_back(file):
    seen = []
    found = archive.verify(file, seen.append)
    assert found.about == {"format": 1, **ABOUT}
    assert archive.about(file) == found.about
    assert found.faults == ["f"]
    assert found.sha256 == sha256(file.read_bytes()).hexdigest()
    assert sum(seen) == file.stat().st_size
    with tarfile.open(file) as tar:  # any tar opens it
        assert tar.getnames() == [
            "about.json",
            "database.sqlite3",
            "home/seals.log",
            "home/files/ab/书",
            "manifest.json",
        ]
        assert {m.mode for m in tar} == {0o600}


def test_one_wrong_byte_anywhere_is_found(file, tmp_path):
    whole, dice = file.read_bytes(), random.Random(1)
    header = set(range(4, 10))  # time, system and level in the header of gzip say nothing of the content
    for place in sorted(
        {*range(4), *dice.sample(range(10, len(whole)), 120), *range(len(whole) - 8, len(whole))} - header
    ):
        broken = bytearray(whole)
        broken[place] ^= 1 << dice.randrange(8)
        (tmp_path / "broken").write_bytes(broken)
        with pytest.raises(Refused):
            archive.verify(tmp_path / "broken")


@pytest.mark.parametrize("part", [0, 1, 10, 500, 0.5, 0.9, -1, -8, -30])
def test_a_file_cut_off_is_found(file, tmp_path, part):
    whole = file.read_bytes()
    (tmp_path / "cut").write_bytes(whole[: int(part * len(whole)) if isinstance(part, float) else part])
    with pytest.raises(archive.Damaged):
        archive.verify(tmp_path / "cut")


def test_something_behind_the_end_is_found(file):
    file.write_bytes(file.read_bytes() + b"more")
    with pytest.raises(archive.Damaged):
        archive.verify(file)


def members_of(file):
    with tarfile.open(file) as tar:
        return [(m.name, tar.extractfile(m).read()) for m in tar]


def test_a_changed_member_is_named(file, tmp_path):
    packed = [(n, b"{}\n{}\n" if n == "home/seals.log" else d) for n, d in members_of(file)]
    with pytest.raises(archive.Damaged, match=r"1 members are not as the manifest says: home/seals\.log"):
        archive.verify(raw(tmp_path / "changed", packed))


def test_a_member_taken_out_or_put_in_or_twice_is_named(file, tmp_path):
    packed = members_of(file)
    for changed in (
        packed[:1] + packed[2:],
        [*packed[:2], ("home/files/new", b""), *packed[2:]],
        [*packed[:2], *packed[1:]],
    ):
        with pytest.raises(archive.Damaged, match="members are not as the manifest says"):
            archive.verify(raw(tmp_path / "changed", changed))


def test_without_a_manifest_it_is_not_whole(file, tmp_path):
    with pytest.raises(archive.Damaged, match="its manifest is missing"):
        archive.verify(raw(tmp_path / "changed", members_of(file)[:-1]))


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/etc/x",
        "home/../x",
        "home/files/../../x",
        "home//x",
        "home/./x",
        "home/",
        "other",
        "home/a\\b",
        "home/a\nb",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    about = ("about.json", json.dumps({"format": 1, **ABOUT}).encode())
    file = raw(tmp_path / "b", [about, (name, b"x"), manifest([about, (name, b"x")])])
    with pytest.raises(archive.Damaged):
        archive.verify(file)
    with pytest.raises(Refused):
        restore.restore(file, tmp_path / "home")
    assert not (tmp_path / "home").exists()
    assert {p.name for p in tmp_path.iterdir()} == {"b"}


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_only_plain_files(tmp_path, kind):
    about = ("about.json", json.dumps({"format": 1, **ABOUT}).encode())
    link = tarfile.TarInfo("home/files")
    link.type, link.linkname = kind, "/tmp"
    with pytest.raises(archive.Damaged, match="what no backup holds"):
        archive.verify(raw(tmp_path / "b", [about, (link, b"")]))


@pytest.mark.parametrize("content", [b"", b"no archive at all", gzip.compress(b"nor this", mtime=0), NOISE])
def test_what_is_no_backup_is_said(tmp_path, content):
    (tmp_path / "b").write_bytes(content)
    for read in (archive.verify, archive.about):
        with pytest.raises(archive.Damaged):
            read(tmp_path / "b")


def test_a_newer_format_is_refused_in_words(tmp_path):
    about = ("about.json", json.dumps({**ABOUT, "format": 2, "hanfeng": "9.0"}).encode())
    with pytest.raises(Refused, match=r"has format 2, made by Hanfeng 9\.0; this one reads up to 1"):
        archive.verify(raw(tmp_path / "b", [about]))


@pytest.mark.parametrize(
    ("theirs", "newer"), [("0.1.0", False), ("0.0.9", False), ("0.10", True), ("1", True), ("0.1.0.dev1", False)]
)
def test_a_newer_version_is_refused_in_words(monkeypatch, theirs, newer):
    monkeypatch.setattr(restore, "version", lambda name: "0.1.0")
    about = {**ABOUT, "hanfeng": theirs}
    if not newer:
        restore.require_fitting(about, "")
        return
    with pytest.raises(Refused, match=f"made by Hanfeng {theirs}; this is 0.1.0"):
        restore.require_fitting(about, "")


def test_one_kind_of_database_does_not_become_the_other():
    with pytest.raises(Refused, match="does not change the kind of database"):
        restore.require_fitting(ABOUT, "postgresql://u@h/n")
    other = {**ABOUT, "database": {"engine": "postgresql"}}
    restore.require_fitting(other, "postgresql://u@h/n")
    with pytest.raises(Refused, match="Name an empty one in HANFENG_DATABASE"):
        restore.require_fitting(other, "")


# --- the copy of a database in use -----------------------------------------------------------------------------------


def test_writers_are_not_held_up_and_the_copy_is_one_state(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "PAGES", 4)
    live = sqlite3.connect(tmp_path / "live", timeout=0, isolation_level=None)
    live.execute("PRAGMA journal_mode=wal")
    live.execute("CREATE TABLE t(a, b)")
    live.executemany("INSERT INTO t VALUES (0, ?)", [("x" * 900,)] * 400)
    done = []

    def tell(now, total):
        done.append(now)
        live.execute("INSERT INTO t VALUES (?, 'later')", (len(done),))  # with no patience at all: it must not wait
        live.execute("UPDATE t SET a = a + 1 WHERE rowid <= 3")

    sqlite.copy(tmp_path / "live", tmp_path / "copy", tell)
    assert len(done) > 20
    assert done == sorted(done), "the copy began anew"
    assert live.execute("SELECT COUNT(*) FROM t").fetchone()[0] == 400 + len(done)
    live.close()
    with sqlite.Copy(tmp_path / "copy") as copy:
        assert copy.ask("SELECT COUNT(*), SUM(a) FROM t") == [(400, 0)]
        assert copy.facts()["rows"] == {"t": 400}
    assert not list(tmp_path.glob("copy-*"))


def test_a_damaged_database_is_told(tmp_path):
    live = sqlite3.connect(tmp_path / "live", isolation_level=None)
    live.execute("CREATE TABLE t(a UNIQUE)")
    live.executemany("INSERT INTO t VALUES (?)", [(f"{i:05}" * 20,) for i in range(500)])
    live.execute("PRAGMA writable_schema=ON")
    live.execute("UPDATE sqlite_schema SET rootpage = 2 WHERE type = 'index'")
    live.close()
    with pytest.raises((Refused, sqlite3.DatabaseError)):
        sqlite.copy(tmp_path / "live", tmp_path / "copy", lambda done, total: None)


def test_put_back_undoes_also_what_was_added(tmp_path):
    live = sqlite3.connect(tmp_path / "live", isolation_level=None)
    live.execute("PRAGMA journal_mode=wal")
    live.execute("CREATE TABLE t(a)")
    live.execute("INSERT INTO t VALUES (1)")
    sqlite.copy(tmp_path / "live", tmp_path / "copy", lambda done, total: None)
    live.execute("CREATE TABLE u(a)")
    live.execute("DELETE FROM t")
    sqlite.put_back(tmp_path / "copy", tmp_path / "live", lambda done, total: None)
    assert live.execute("SELECT a FROM t").fetchall() == [(1,)]
    assert live.execute("SELECT name FROM sqlite_schema").fetchall() == [("t",)]
    live.close()


# --- seals, keys, tools ----------------------------------------------------------------------------------------------


def test_seals_are_cut_to_the_state_but_evidence_stays(tmp_path):
    lines = [b'{"seal":1}\n', b'{"seal":9}\n', b'{"seal":2}\n', b'{"seal":3}\n', b'{"se']
    log = tmp_path / "seals.log"
    log.write_bytes(b"".join(lines))
    before = len(lines[0] + lines[1])  # 9 stood there before the copy: the database lacks it, and that must show
    kept = make._seals(log, tmp_path / "kept", before, {"id": 2})
    assert kept.read_bytes() == b"".join(lines[:3])
    assert make._seals(log, tmp_path / "none", 0, None).read_bytes() == b""
    assert make._seals(tmp_path / "absent", tmp_path / "x", 0, None) is None


def test_a_fingerprint_knows_a_key_again_and_does_not_tell_it(tmp_path):
    for name, key in (("a", "k" * 64), ("b", "k" * 64 + "\n"), ("c", "l" * 64)):
        (tmp_path / name).write_text(key)
    a, b, c = (contents.fingerprint(tmp_path / name) for name in "abc")
    assert a == b != c
    assert len(a) == 16
    assert a not in sha256(b"k" * 64).hexdigest()
    assert contents.fingerprint(tmp_path / "absent") == ""


def test_what_nobody_knows_is_named(tmp_path):
    for name in (*contents.KEYS, *contents.MADE_AGAIN, *contents.FOLDERS, "seals.log", ".draft", "access.sqlite3"):
        (tmp_path / name).touch()
    assert contents.strangers(tmp_path) == ["access.sqlite3"]


def program(folder, version):
    path = folder / "pg_dump"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {version} (Debian)'\n")
    path.chmod(0o755)
    return path


def test_the_tool_that_is_not_older_than_the_server(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "INSTALLED", tmp_path / "lib")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(Refused, match=r"pg_dump is needed and is neither on PATH nor under .*version 15 or newer"):
        postgres.tool("pg_dump", 15)
    on_path = program(tmp_path / "bin", "14.2")
    with pytest.raises(Refused, match="pg_dump here is of version 14, the server of version 15"):
        postgres.tool("pg_dump", 15)
    nine, sixteen = program(tmp_path / "lib/9/bin", "9.6"), program(tmp_path / "lib/16/bin", "16.1")
    assert nine.exists()
    assert postgres.tool("pg_dump", 15) == sixteen
    assert postgres.tool("pg_dump", 14) == on_path


def test_a_password_stands_on_no_command_line_and_in_no_repr():
    server = postgres.of_address("postgresql://u%40:p%2Fw@db.example:5433/name")
    assert server.variables == {
        "PGUSER": "u@",
        "PGPASSWORD": "p/w",
        "PGHOST": "db.example",
        "PGPORT": "5433",
        "PGDATABASE": "name",
    }
    assert "p/w" not in repr(server)
