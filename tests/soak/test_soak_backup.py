"""Backups of a large site in use: nobody is held up, each backup is one state, kills at any moment leave nothing half."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
from sites import Site, postgres_site

pytestmark = pytest.mark.soak
ROWS = 30_000


def hanfeng(site: Site, *arguments: object) -> subprocess.CompletedProcess[str]:
    """`hanfeng` on a site."""
    command = [sys.executable, "-m", "hanfeng", *map(str, arguments)]
    env = {**site.variables, "HANFENG_LANGUAGE": "en"}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=900, check=False)


def restored(site: Site, file: Path, home: Path) -> list[str]:
    """What is wrong with the history of a backup once it is restored, on a database of its own."""
    if site.env.get("HANFENG_DATABASE"):
        with postgres_site(home, f"hanfeng_soak_{os.getpid()}_restored", "template0") as target:
            return _restored(target, file)
    return _restored(Site(home), file)


def _restored(target: Site, file: Path) -> list[str]:
    done = hanfeng(target, "restore", file, "--home", target.home)
    assert done.returncode == 0, done.stderr
    return target.faults()


def test_a_large_site_is_backed_up_while_it_is_written_to(site: Site, tmp_path: Path) -> None:
    site.one("load", rows=ROWS)
    asked = {"seconds": 25, "prefix": "meanwhile"}
    writers = subprocess.Popen(site.command("write_while", 2, asked), env=site.variables, stdout=subprocess.DEVNULL)
    time.sleep(1)
    files = []
    while writers.poll() is None and len(files) < 12:
        files.append(tmp_path / f"{len(files)}.tar.gz")
        done = hanfeng(site, "backup", files[-1], "--format", "json")
        assert done.returncode == 0, done.stderr
    assert writers.wait() == 0
    events = [json.loads(hanfeng(site, "backup", "--verify", f, "--format", "json").stdout)["events"] for f in files]
    assert len(files) > 2
    ongoing = events[:-1]  # the writers may have ended during the last
    assert all(before < after for before, after in pairwise(ongoing)), "a backup held the writers up"
    assert site.faults() == []
    for file in random.Random(3).sample(files, 2):
        assert restored(site, file, tmp_path / file.name.split(".")[0]) == []


def test_a_backup_killed_at_any_moment_leaves_nothing_half(site: Site, tmp_path: Path) -> None:
    site.one("load", rows=10_000)
    dice, file = random.Random(9), tmp_path / "b.tar.gz"
    command, env = [sys.executable, "-m", "hanfeng", "backup", str(file)], site.variables
    for _turn in range(25):
        with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(dice.random() * 4)
            process.kill()
        if file.exists():  # it had its name already: then it is whole
            assert hanfeng(site, "backup", "--verify", file).returncode == 0
            file.unlink()
    assert hanfeng(site, "backup", file).returncode == 0
    assert [path for path in tmp_path.glob(".*") if path.suffix == ".part"] == []
    assert restored(site, file, tmp_path / "restored") == []
