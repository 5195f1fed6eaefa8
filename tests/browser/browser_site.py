"""A whole site in processes of its own: `hanfeng up` on a fresh home, as an office would start it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from hanfeng.site.commands.tls import own_context

DESKTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
PATIENCE = 20_000  # milliseconds; the machine may be busy
PLAN = "/plans/innovation-2021-2025/"
OTHER = "phone.test"  # a second name of the site: unlike 127.0.0.1 no browser counts it as secure without HTTPS
START = 240.0  # seconds for the first start on a busy machine: tables, county, demo data, static files
# all that a first start does before it serves
FILL = """
import os
from hanfeng.site import up
from hanfeng.site.commands import home

os.umask(0o077)
up.prepare(home.make_home(home.home()), empty=False, may_demo=True)
"""

Open = Callable[..., Page]


@dataclass(frozen=True)
class Site:
    """A running site: where it answers, its home, and the password of each demo account."""

    url: str
    home: Path
    passwords: dict[str, str]

    def run(self, *arguments: str) -> str:
        """One `hanfeng` command on this site's home; its output. Raises CalledProcessError with a status other than 0."""
        command = [sys.executable, "-m", "hanfeng", *arguments]
        done = subprocess.run(
            command, env=environment(self.home), capture_output=True, text=True, check=True, timeout=START
        )
        return done.stdout

    def join(self, people: dict[str, tuple[str, ...]]) -> None:
        """More accounts by name with their roles, with the password of the leader's, for journeys that need two of one role."""
        lines = [
            "from django.contrib.auth.models import Group, User",
            "leader = User.objects.get(username='leader')",
            f"for name, roles in {people!r}.items():",
            "    user = User.objects.create_user(name)",
            "    user.password = leader.password",
            "    user.save()",
            "    user.groups.set(Group.objects.filter(name__in=roles))",
            "    assert user.groups.count() == len(roles)",
        ]
        self.run("manage", "shell", "--no-imports", "-c", "\n".join(lines))
        self.passwords.update(dict.fromkeys(people, self.passwords["leader"]))


def environment(home: Path) -> dict[str, str]:
    """This process's surroundings without what the tests set for themselves."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HANFENG_", "DJANGO_"))}
    # the far sides of journeys (a release channel) run on this machine
    own = {"HANFENG_HOME": str(home), "HANFENG_HOSTS": f"127.0.0.1,localhost,{OTHER}", "HANFENG_PRIVATE_WEBHOOKS": "1"}
    return {**kept, **own, "PYTHONUNBUFFERED": "1"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def copied(first: Path, home: Path) -> Path:
    """A home of its own with the demo county: a copy of `first`, which whoever comes first fills as `hanfeng up` does."""
    first.mkdir(exist_ok=True)
    with (first / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (first / "whole").exists():
            command = [sys.executable, "-c", FILL]
            subprocess.run(
                command, env=environment(first / "home"), stdin=subprocess.DEVNULL, check=True, timeout=START
            )
            (first / "whole").touch()
    shutil.copytree(first / "home", home)
    return home


@contextlib.contextmanager
def running(home: Path, *options: str) -> Iterator[Site]:
    """A site on this home, ready to answer, over HTTPS when the options say so; stopped at the end whatever happens."""
    port, told = free_port(), home.with_suffix(".log")
    command = [sys.executable, "-m", "hanfeng", "up", "--port", str(port), *options]
    scheme = "https" if "--cert" in options else "http"
    url = f"{scheme}://127.0.0.1:{port}"
    # into a file: a pipe that nobody reads would in the end stop the site that writes to it
    with told.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            command, env=environment(home), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        _until_healthy(process, url, told)
        yield Site(url, home, passwords(home))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=40)
        process.kill()
        process.wait()


def _until_healthy(process: subprocess.Popen[bytes], url: str, told: Path) -> None:
    end = time.monotonic() + START
    while not _healthy(url):
        assert process.poll() is None, told.read_text(encoding="utf-8")
        assert time.monotonic() < end, told.read_text(encoding="utf-8")
        time.sleep(0.3)


def _healthy(url: str) -> bool:
    try:
        # the certificate of a test is its own: whether the site answers is all that is asked
        with urllib.request.urlopen(f"{url}/healthz", timeout=3, context=own_context()) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as refused:
        refused.close()
        return False
    except OSError:
        return False


def passwords(home: Path) -> dict[str, str]:
    """The demo accounts as `hanfeng up` told them."""
    lines = (home / "demo-accounts.txt").read_text(encoding="utf-8").splitlines()
    return {name: password for name, password, _who in (line.split("\t") for line in lines)}


def sign_in(page: Page, account: str, password: str) -> None:
    """Fill and send the form of the sign-in page."""
    page.goto("/sign-in/?next=/me/")
    page.locator("[name=login]").fill(account)
    page.locator("[name=password]").fill(password)
    page.locator("main form button[type=submit]").click()
