"""The supervisor with toy children in real processes: start, restart, clean stop, stubborn children, no orphans."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = """
import sys
from hanfeng.site.commands.supervisor import Child, Supervisor
children = [Child(f"c{n}", (sys.executable, "-c", code)) for n, code in enumerate(sys.argv[2:])]
tell = lambda text: print(text, flush=True)
ready = (lambda: True) if sys.argv[1] == "ready" else (lambda: False)
sys.exit(Supervisor(children, tell, patience=1.5).run(ready, tries=2))
"""
LIVE = "import os,time; open({file!r}, 'a').write(str(os.getpid()) + '\\n'); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + LIVE
FAMILY = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', {inner!r}]);" + LIVE


def supervise(*codes, state="ready"):
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, state, *codes], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def pids(file: Path, count: int) -> list[int]:
    """The processes that wrote their number to the file, once there are so many."""
    for _try in range(300):
        found = file.read_text().split() if file.exists() else []
        if len(found) >= count:
            return [int(pid) for pid in found]
        time.sleep(0.05)
    raise AssertionError(f"{file.name}: {found}")


def gone(pid: int) -> bool:
    for _try in range(200):
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False


def test_sigterm_stops_all_children_cleanly(tmp_path):
    files = [tmp_path / "a", tmp_path / "b"]
    parent = supervise(*(LIVE.format(file=str(f)) for f in files))
    running = [pids(f, 1)[0] for f in files]
    parent.send_signal(signal.SIGTERM)
    told, _ = parent.communicate(timeout=20)
    assert (parent.returncode, told) == (0, "")
    assert all(gone(pid) for pid in running)


def test_a_child_that_dies_is_started_again_and_told(tmp_path):
    parent = supervise(LIVE.format(file=str(tmp_path / "a")))
    first = pids(tmp_path / "a", 1)[0]
    os.kill(first, signal.SIGKILL)
    second = pids(tmp_path / "a", 2)[1]
    parent.send_signal(signal.SIGINT)
    told, _ = parent.communicate(timeout=20)
    assert parent.returncode == 0
    assert "c0 ended with status -9; starting it again in 1 s." in told
    assert gone(second)


def test_what_a_dead_child_had_started_is_not_left_behind(tmp_path):
    inner = LIVE.format(file=str(tmp_path / "inner"))
    parent = supervise(FAMILY.format(inner=inner, file=str(tmp_path / "outer")))
    outer, grandchild = pids(tmp_path / "outer", 1)[0], pids(tmp_path / "inner", 1)[0]
    os.kill(outer, signal.SIGKILL)
    assert gone(grandchild)
    parent.send_signal(signal.SIGTERM)
    parent.communicate(timeout=20)
    assert gone(pids(tmp_path / "outer", 1)[-1])


def test_a_stubborn_child_is_killed_in_the_end(tmp_path):
    parent = supervise(STUBBORN.format(file=str(tmp_path / "a")))
    child = pids(tmp_path / "a", 1)[0]
    parent.send_signal(signal.SIGTERM)
    told, _ = parent.communicate(timeout=20)
    assert "1 processes did not stop in time" in told
    assert gone(child)


def test_a_second_signal_kills_at_once(tmp_path):
    parent = supervise(STUBBORN.format(file=str(tmp_path / "a")))
    child = pids(tmp_path / "a", 1)[0]
    parent.send_signal(signal.SIGINT)
    time.sleep(0.5)
    parent.send_signal(signal.SIGINT)
    told, _ = parent.communicate(timeout=20)
    assert "killing" in told
    assert gone(child)


def test_a_site_that_never_becomes_ready_gives_up(tmp_path):
    parent = supervise("raise SystemExit(3)", LIVE.format(file=str(tmp_path / "a")), state="never")
    told, _ = parent.communicate(timeout=30)
    assert parent.returncode == 1
    assert "c0 ended with status 3" in told
    assert "did not start" in told
    assert gone(pids(tmp_path / "a", 1)[0])


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_a_killed_supervisor_leaves_no_orphan(tmp_path):
    parent = supervise(LIVE.format(file=str(tmp_path / "a")))
    child = pids(tmp_path / "a", 1)[0]
    parent.kill()
    parent.communicate(timeout=20)
    assert gone(child)


def test_a_child_that_is_not_vital_waits_for_the_site_and_may_fail(tmp_path):
    life, tried, ready = tmp_path / "life", tmp_path / "tried", tmp_path / "ready"
    script = f"""
import sys, time
from pathlib import Path
from hanfeng.site.commands.supervisor import Child, Supervisor
failing = "open({str(tried)!r}, 'a').write('1'); raise SystemExit(3)"
children = [
    Child("site", (sys.executable, "-c", {LIVE.format(file=str(life))!r})),
    Child("more", (sys.executable, "-c", failing), vital=False),
]
sys.exit(Supervisor(children, lambda text: None, patience=1.5).run(Path({str(ready)!r}).exists, tries=1))
"""
    parent = subprocess.Popen([sys.executable, "-c", script])
    (running,) = pids(life, 1)
    time.sleep(1.0)
    assert not tried.exists()
    ready.touch()
    for _try in range(200):
        if tried.exists() and len(tried.read_text()) >= 2:
            break
        time.sleep(0.05)
    assert len(tried.read_text()) >= 2
    assert parent.poll() is None
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(timeout=20) == 0
    assert gone(running)
