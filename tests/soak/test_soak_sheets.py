"""kill -9 during an import of 100,000 lines: each row whole with its event or absent; the job says where, and goes on."""

from __future__ import annotations

import random
import subprocess
import time

import pytest
from sites import Site

pytestmark = pytest.mark.soak
ROWS, KILLS = 100_000, 6  # one more than the worker takes up again by itself


def test_an_import_of_a_hundred_thousand_lines_killed_again_and_again(site: Site) -> None:
    dice = random.Random(3)
    job = site.one("sheet_begun", within=300, rows=ROWS)
    seen = 1
    for target in sorted(dice.sample(range(1000, ROWS * 8 // 10), KILLS)):
        process = site.start("sheet_work", job=job)
        _wait_for(site, job, max(target, seen + 1), process)
        time.sleep(dice.random())
        process.kill()
        assert process.wait() == -9, "it ended before it was killed"
        if process.stderr:
            process.stderr.close()
        there = site.one("sheet_there", job=job)
        assert there["rows"] == there["events"], there
        assert there["whole"], there
        assert there["rows"] == there["line"] - 1 < ROWS, there  # the heading is line 1: just the rows the job says
        assert there["state"] == "running"
        assert there["line"] >= seen
        seen = there["line"]
    assert site.one("searched", within=900) == []
    assert site.one("sheet_work", job=job) == "failed"
    there = site.one("sheet_there", job=job)
    assert (there["rows"], there["line"]) == (seen - 1, seen)
    assert str(there["done"]) in there["error"]
    assert site.one("sheet_resumed", job=job)
    assert site.one("sheet_work", within=900, job=job) == "done"
    there = site.one("sheet_there", job=job)
    assert (there["rows"], there["events"], there["refused"], there["whole"]) == (ROWS, ROWS, 0, True)
    assert there["batch"] == ROWS
    assert site.one("searched", within=900) == []
    assert site.faults() == []


def _wait_for(site: Site, job: int, line: int, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 600
    while site.one("sheet_line", job=job) < line:
        assert process.poll() is None
        assert time.monotonic() < end
