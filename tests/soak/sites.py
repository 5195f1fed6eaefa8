"""Sites for the soak tests: each with its own home and its own database, on SQLite or on the PostgreSQL server given."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

CREW = Path(__file__).with_name("crew.py")
SERVER = os.environ.get("HANFENG_DATABASE", "")


@dataclass
class Site:
    """A home, and the variables under which processes find its database."""

    home: Path
    env: dict[str, str] = field(default_factory=dict)

    def command(self, duty: str, count: int, asked: dict[str, Any]) -> list[str]:
        return [sys.executable, "-W", "error", str(CREW), duty, str(count), json.dumps(asked)]

    @property
    def variables(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k not in {"HANFENG_DATABASE", "CREW_DATABASE", "CREW_LINKS"}}
        return {**kept, "HANFENG_HOME": str(self.home), **self.env}

    def crew(self, duty: str, count: int, /, *, within: float = 300, **asked: Any) -> list[Any]:
        """Let `count` processes do a duty at once; what each returned. A process that failed fails the test."""
        done = subprocess.run(
            self.command(duty, count, asked),
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=within,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout.splitlines()[-1])
        why = [t["why"] for t in told if "why" in t]
        assert why == [], why[0]
        return [t["said"] for t in told]

    def one(self, duty: str, /, **asked: Any) -> Any:
        """Let one process do a duty; what it returned."""
        return self.crew(duty, 0, **asked)[0]

    def start(self, duty: str, /, **asked: Any) -> subprocess.Popen[str]:
        """Start one process with a duty, to be killed; its stderr is ours to read."""
        return subprocess.Popen(
            self.command(duty, 0, asked),
            env=self.variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def faults(self) -> list[str]:
        """What is wrong with the history once all is sealed."""
        self.one("seal")
        return list(self.one("verify"))


@contextmanager
def sqlite_site(home: Path, origin: Path | None = None) -> Iterator[Site]:
    """A site on a file; a copy of another's home when one is given, else with fresh tables."""
    if origin:
        shutil.copytree(origin, home, dirs_exist_ok=True)
    site = Site(home)
    if origin is None:
        site.one("migrate")
    yield site


@contextmanager
def postgres_site(home: Path, name: str, origin: str = "") -> Iterator[Site]:
    """A site on a database of its own on the server that HANFENG_DATABASE names, dropped in the end."""
    import psycopg

    address = urlsplit(SERVER)
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{origin}"' if origin else ""))
        try:
            site = Site(home, {"HANFENG_DATABASE": urlunsplit(address._replace(path=f"/{name}"))})
            if not origin:
                site.one("migrate")
            yield site
        finally:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
