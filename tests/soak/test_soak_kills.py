"""kill -9 at any moment: what was told is kept, what was not is absent as a whole, and the next run carries on."""

from __future__ import annotations

import random
import subprocess
import time

import pytest
from sites import Site

pytestmark = pytest.mark.soak
ROWS = 20_000


def lines(process: subprocess.Popen[str]) -> list[str]:
    """What the process said until it was killed."""
    assert process.stderr
    said = process.stderr.read().splitlines()
    process.stderr.close()
    process.wait()
    return said


def killed_after(process: subprocess.Popen[str], words: int, delay: float) -> list[str]:
    """Wait for so many lines and a little longer, kill, give the lines."""
    assert process.stderr
    said = [process.stderr.readline().strip() for _ in range(words)]
    time.sleep(delay)
    process.kill()
    return [*said, *lines(process)]


@pytest.mark.parametrize("chance", range(3))
def test_an_import_killed_midway_is_whole_row_by_row_and_goes_on(site: Site, chance: int) -> None:
    dice = random.Random(chance)
    said = killed_after(site.start("load", rows=ROWS), dice.randint(2, 12), dice.random() * 0.4)
    told = max((int(s) for s in said if s.isdigit()), default=0)
    assert all(s == "ready" or s.isdigit() for s in said), said
    there = site.one("loaded")
    assert there["whole"]
    assert told <= there["rows"] == there["events"] < ROWS  # nothing that was told is gone, and it was killed midway
    assert site.faults() == []
    again = site.one("load", rows=ROWS)
    assert again == {"created": ROWS - there["rows"], "failed": there["rows"], "errors": there["rows"]}
    there = site.one("loaded")
    assert (there["rows"], there["events"], there["whole"]) == (ROWS, ROWS, True)
    assert site.faults() == []


def test_a_worker_killed_again_and_again_loses_nothing_and_does_nothing_twice(site: Site) -> None:
    dice = random.Random(7)
    site.env["CREW_LINKS"] = "meetings"
    expected, turn = {"events": 0}, 0
    while expected["events"] <= 100:  # as long as this machine needs
        site.crew("write_while", 4, seconds=0.7, prefix=f"turn-{turn}")
        expected, turn = site.one("links_done"), turn + 1
    assert expected["events"] == expected["runs"]
    asked = {"seconds": 3, "prefix": "meanwhile"}
    writers = subprocess.Popen(site.command("write_while", 2, asked), env=site.variables, stdout=subprocess.DEVNULL)
    for _turn in range(12):
        said = killed_after(site.start("worker"), 1, dice.random())
        assert [s for s in said if "Traceback" in s] == [], "\n".join(said)
    assert writers.wait() == 0
    assert finished(site)
    done = site.one("links_done")
    assert done["events"] == done["runs"] == done["effects"] == done["different"]
    assert site.faults() == []


def finished(site: Site) -> bool:
    """Let the worker work in peace until no link is left open."""
    worker = site.start("worker")
    try:
        for _turn in range(120):
            if not site.one("links_done")["open"]:
                return True
            time.sleep(1)
        return False
    finally:
        worker.terminate()
        lines(worker)


def test_a_sealer_killed_in_the_act_leaves_seals_and_file_in_step(site: Site) -> None:
    dice = random.Random(11)
    site.crew("load", 2, rows=4000)
    for turn in range(10):
        site.crew("write_while", 2, seconds=0.3, prefix=f"turn{turn}")
        killed_after(site.start("worker"), 1, dice.random() * 0.15)
    assert site.faults() == []
    assert sealed_lines(site) == site.one("seals")


def sealed_lines(site: Site) -> int:
    """How many seals the file outside the database holds, torn lines not counted."""
    return sum(s.startswith("{") and s.endswith("}") for s in (site.home / "seals.log").read_text().splitlines())
