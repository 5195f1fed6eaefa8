"""A site of the run's own: a temporary home, and a database of its own when HANFENG_DATABASE names a server."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit


@contextmanager
def own_site() -> Iterator[str]:
    """Django ready on fresh tables; gives the name of the database engine. All of it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="hanfeng-bench-") as folder, _own_database(f"hanfeng_bench_{os.getpid()}"):
        os.environ["HANFENG_HOME"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
        yield _ready(Path(folder))
        from django.db import connections

        connections.close_all()


def _ready(home: Path) -> str:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, connections

    from hanfeng.site import assets
    from hanfeng.site.up import collect

    for name in connections:  # on SQLite sessions and the access log have files of their own
        call_command("migrate", database=name, run_syncdb=True, verbosity=0, interactive=False)
    assets.build(home)
    collect(home)
    return connection.display_name


@contextmanager
def _own_database(name: str) -> Iterator[None]:
    server = os.environ.get("HANFENG_DATABASE", "")
    if not server:
        yield
        return
    import psycopg

    with psycopg.connect(server, autocommit=True) as link:
        link.execute(f'CREATE DATABASE "{name}"'.encode())
        os.environ["HANFENG_DATABASE"] = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        try:
            yield
        finally:
            link.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
