"""Sites for the tests of backups: each with its own home and database, worked on by processes of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import hanfeng

DUTIES = Path(__file__).with_name("backup_duties.py")
SOURCE = Path(hanfeng.__file__).parents[1]
SERVER = os.environ.get("HANFENG_DATABASE", "")
KIND = "postgres" if SERVER else "sqlite"  # what this run of the tests is about
PREFIX = f"hanfeng_backup_{os.getpid()}_"  # of the names of our databases
NAMES = {"HANFENG_ADMIN_SYSTEM": "li", "HANFENG_ADMIN_SECURITY": "wang", "HANFENG_ADMIN_AUDIT": "zhao"}


@dataclass
class Site:
    """A home, and the variables under which processes find its database."""

    home: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def variables(self):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("HANFENG_", "DJANGO_"))}
        own = {"HANFENG_HOME": str(self.home), "HANFENG_LANGUAGE": "en", "PYTHONPATH": str(SOURCE)}
        return {**kept, **own, **NAMES, **self.env}

    def run(self, *arguments, **env):
        """`hanfeng` on this site: the ended process."""
        command = [sys.executable, "-W", "error", "-m", "hanfeng", *map(str, arguments)]
        return subprocess.run(
            command, env={**self.variables, **env}, capture_output=True, text=True, check=False, timeout=300
        )

    def good(self, *arguments, **env):
        """What `hanfeng` printed; it must succeed."""
        done = self.run(*arguments, **env)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refused(self, *arguments, **env):
        """The sentence with which `hanfeng` refused."""
        done = self.run(*arguments, **env)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr

    def start(self, duty, **asked):
        """A process with a duty of backup_duties.py; its stdout is ours to read."""
        command = [sys.executable, "-W", "error", str(DUTIES), duty, json.dumps(asked)]
        return subprocess.Popen(command, env=self.variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def one(self, duty, /, **asked):
        """Let a process do a duty; what it returned."""
        with self.start(duty, **asked) as process:
            out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        return json.loads(out.splitlines()[-1])

    def killed(self, duty, /, **asked):
        """Let a process do a duty in which it is killed."""
        with self.start(duty, **asked) as process:
            _out, err = process.communicate(timeout=300)
        assert process.returncode == -9, err

    def history(self):
        return json.loads(self.run("check", "--history", "--format", "json").stdout)

    def evaluation(self):
        return self.good("evaluate", "--as-of", "2025-03-01", "--language", "en", "--format", "json")


def _named(name):
    return {"HANFENG_DATABASE": urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}"))}


@contextmanager
def database(kind, what, origin=""):
    """The variables of a database of its own: none for SQLite; on PostgreSQL an empty one, or a copy, dropped in the end."""
    if kind == "sqlite":
        yield {}
        return
    import psycopg

    name = PREFIX + what
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{origin}"' if origin else ""))
        try:
            yield _named(name)
        finally:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def fresh(kind, home):
    """A site with the county's plan, three administrators, a record with attachments, all sealed."""
    with database(kind, "filled") as env:
        site = Site(home, env)
        site.one("prepare")
        site.one("attach", count=3, size=300_000)
        site.good("seal")
        yield site


@contextmanager
def copied(kind, origin, home, what):
    """A copy of a site that nobody uses at this moment."""
    with database(kind, what, urlsplit(origin.env.get("HANFENG_DATABASE", "")).path.strip("/")) as env:
        shutil.copytree(origin.home, home)
        yield Site(home, env)
