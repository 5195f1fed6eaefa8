"""A fresh site for each soak test, on SQLite and, when HANFENG_DATABASE names a server, on PostgreSQL too."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from sites import SERVER, Site, postgres_site, sqlite_site

PREFIX = f"hanfeng_soak_{os.getpid()}"
KINDS = [
    "sqlite",
    pytest.param(
        "postgres",
        marks=pytest.mark.skipif("postgres" not in SERVER, reason="needs PostgreSQL: set HANFENG_DATABASE"),
    ),
]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Site]]:
    """A site of each kind with its tables, to be copied."""
    home = tmp_path_factory.mktemp("migrated")
    with sqlite_site(home / "sqlite") as site:
        found = {"sqlite": site}
        if "postgres" not in SERVER:
            yield found
            return
        with postgres_site(home / "postgres", f"{PREFIX}_tables") as other:
            yield {**found, "postgres": other}


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, migrated: dict[str, Site]) -> Iterator[Site]:
    """A site of the test's own."""
    home = request.getfixturevalue("tmp_path") / "home"
    if request.param == "sqlite":
        with sqlite_site(home, migrated["sqlite"].home) as made:
            yield made
    else:
        with postgres_site(home, f"{PREFIX}_test", f"{PREFIX}_tables") as made:
            yield made
