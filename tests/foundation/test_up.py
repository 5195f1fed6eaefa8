"""`hanfeng up` in a process of its own on a fresh home: a real start, a worker that dies, a clean stop."""

import contextlib
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

NAMES = {"HANFENG_ADMIN_SYSTEM": "li", "HANFENG_ADMIN_SECURITY": "wang", "HANFENG_ADMIN_AUDIT": "zhao"}


def environment(home, **more):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HANFENG_", "DJANGO_"))}
    return {**kept, "HANFENG_HOME": str(home), "HANFENG_LANGUAGE": "en", **more}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def up(home, *arguments, port, **env):
    command = [sys.executable, "-m", "hanfeng", "up", "--port", str(port), *arguments]
    variables = environment(home, **env)
    # into a file: a pipe that nobody reads would in the end stop the site that writes to it
    with open(f"{home}-{port}.txt", "w", encoding="utf-8") as out:
        process = subprocess.Popen(
            command, env=variables, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
    process.told = lambda: Path(out.name).read_text(encoding="utf-8")
    return process


def health(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as told:
        told.close()
        return told.code, {}
    except OSError:
        return 0, {}


def until(seen, tries=240):
    for _try in range(tries):
        if found := seen():
            return found
        time.sleep(0.25)
    raise AssertionError("it did not happen")


@pytest.fixture
def site(tmp_path):
    """A running site with its home and port; stopped whatever happens."""
    home, port = tmp_path / "home", free_port()
    process = up(home, "--empty", port=port, **NAMES)
    try:
        until(lambda: health(port)[0] == 200 or process.poll() is not None)
        assert process.poll() is None, process.told()
        yield process, home, port
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=30)
        process.kill()


def worker_pid(home):
    with contextlib.suppress(OSError, ValueError):
        return json.loads((home / "worker.beat").read_text())["pid"]
    return None


def test_a_real_start_from_nothing(site):
    process, home, port = site
    mode = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [home, *home.iterdir()]}
    assert mode["home"] == 0o700
    assert not any(bits & 0o077 for bits in mode.values()), mode
    accounts = (home / "administrators.txt").read_text(encoding="utf-8").splitlines()
    assert [line.split("\t")[0] for line in accounts] == ["li", "wang", "zhao"]
    assert not (home / "demo-accounts.txt").exists()

    second = up(home, port=free_port())
    assert second.wait(timeout=60) == 1
    assert f"process {process.pid}" in second.told()

    first = until(lambda: worker_pid(home))
    os.kill(first, signal.SIGKILL)
    again = until(lambda: worker_pid(home) not in (None, first) and worker_pid(home))
    assert health(port)[0] == 200

    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0
    told = process.told()
    password = accounts[0].split("\t")[1]
    assert told.count(password) == 1
    assert re.search(rf"serves http://127\.0\.0\.1:{port}/", told)
    assert "worker ended with status -9" in told
    assert "Traceback" not in told
    assert told.rstrip().endswith("Stopped.")
    with pytest.raises(ProcessLookupError):
        os.kill(again, 0)
    assert health(port)[0] == 0


def test_a_start_beyond_this_machine_with_demo_accounts_is_refused(tmp_path):
    process = up(tmp_path / "home", "--host", "0.0.0.0", port=free_port())
    assert process.wait(timeout=120) == 1
    told = process.told()
    assert "Demo accounts may not be reached from other machines." in told
    assert "Traceback" not in told


def test_a_real_start_without_a_terminal_says_what_it_needs(tmp_path):
    process = up(tmp_path / "home", "--empty", port=free_port(), HANFENG_ADMIN_AUDIT="zhao")
    assert process.wait(timeout=120) == 1
    told = process.told()
    assert "HANFENG_ADMIN_SYSTEM, HANFENG_ADMIN_SECURITY" in told
    assert "Traceback" not in told
