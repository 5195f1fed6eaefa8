"""What every test stands on: a home of its own, the production settings on a database file, Chromium when it is there.

At the root, so that the tests inside packs stand on it too.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next((p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(p).exists()), None)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def _own_home() -> Path:
    """A fresh home for this process. The settings have been read by now, so what they took from HOME moves along."""
    from django.conf import settings

    home = Path(tempfile.mkdtemp(prefix="hanfeng-test-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ["HANFENG_HOME"] = str(home)
    old = settings.HOME
    settings.HOME, settings.STATIC_ROOT, settings.MEDIA_ROOT = home, home / "static", home / "files"
    settings.STATICFILES_DIRS = [home / "assets" if d == old / "assets" else d for d in settings.STATICFILES_DIRS]
    for folder in (home / "static", home / "assets"):
        folder.mkdir()
    for alias, database in settings.DATABASES.items():
        if "sqlite3" in database["ENGINE"]:
            database["NAME"] = home / ("hanfeng.sqlite3" if alias == "default" else f"{alias}.sqlite3")
            database["TEST"]["NAME"] = home / ("test.sqlite3" if alias == "default" else f"test-{alias}.sqlite3")
            if (
                alias != "default"
            ):  # few tables, and none of them depends on the others: made from the models, which is faster
                database["TEST"]["MIGRATE"] = False
    return home


def pytest_configure(config: pytest.Config) -> None:
    """The settings of production but for two: hashed static names need a collectstatic run, slow passwords time."""
    from django.conf import settings

    # the one warning that is not ours to mend: pytest-playwright 0.10 under pytest 9
    config.addinivalue_line(
        "filterwarnings", "ignore:Session-scoped fixtures defined as:pytest.PytestRemovedIn10Warning"
    )
    _own_home()
    os.environ.setdefault("HANFENG_LANGUAGE", "en")
    # playwright's synchronous interface keeps an event loop in the thread that also asks the database
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    settings.SENSE_WRITER = "here"  # values are kept in the test's own transaction; tests of the writer start one
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session", autouse=True)
def _nothing_left(django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The databases that modules stand on are filled once a run, and go when it ends, before the one they were made from."""
    kept = sys.modules.get("kept_database")  # only where a module stands on one
    if kept and "PYTEST_XDIST_WORKER" in os.environ:
        kept.meet(tmp_path_factory.getbasetemp().parent / "filled")
    yield
    if kept:
        with django_db_blocker.unblock():
            kept.forget()


def _migrated() -> Path:
    """Where the test database is kept once all migrations have run: by what they are, beside what pytest keeps itself."""
    import django

    root = Path(__file__).parent
    told = hashlib.sha256(f"{django.VERSION} {sqlite3.sqlite_version}".encode())
    for file in sorted((root / "requirements").glob("*.txt")) + sorted((root / "src").rglob("migrations/*.py")):
        told.update(file.read_bytes())
    return root / ".pytest_cache" / f"migrated-{told.hexdigest()[:16]}.sqlite3"


@pytest.fixture(scope="session")
def _kept(django_db_modify_db_settings: None) -> Path | None:
    """The kept database laid where the tests make theirs; none on a server, or before the first run."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    if "sqlite3" not in database["ENGINE"] or not (kept := _migrated()).exists():
        return None
    shutil.copy(kept, database["TEST"]["NAME"])
    return kept


@pytest.fixture(scope="session")
def django_db_keepdb(_kept: Path | None) -> bool:
    """What was kept is only brought up to date: the home takes it along when it goes."""
    return _kept is not None


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, _kept: Path | None, django_db_blocker: Any) -> None:
    """A pack's tests are to begin at once: the migrations of a hundred tables run again only after one was written."""
    from django.db import connection

    if connection.vendor != "sqlite" or _kept:
        return
    kept = _migrated()
    kept.parent.mkdir(exist_ok=True)
    for old in set(kept.parent.glob("migrated-*")) - {kept}:  # another worker may have made this one meanwhile
        old.unlink(missing_ok=True)
    made = kept.with_name(f"{os.getpid()}-{kept.name}")
    with django_db_blocker.unblock(), contextlib.closing(sqlite3.connect(made)) as new:
        connection.ensure_connection()
        connection.connection.backup(new)
    made.replace(kept)


def _every_database(item: pytest.Item) -> None:
    """Sessions and the log lie in databases apart; every test that has the one has them all, so that it may sign in."""
    given = item.get_closest_marker("django_db")
    if given or {"db", "transactional_db", "live_server"} & set(getattr(item, "fixturenames", ())):
        kept = dict(given.kwargs) if given else {}
        args = given.args if given else ()
        item.add_marker(pytest.mark.django_db(*args, **{"databases": "__all__", **kept}), append=False)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip, with the reason, what this machine or this run cannot do."""
    from django.conf import settings

    for item in items:
        _every_database(item)
    on_postgres = "postgresql" in settings.DATABASES["default"]["ENGINE"]
    reasons = {
        "browser": None if CHROMIUM else "no Chromium on this machine",
        "postgres": None if on_postgres else "needs PostgreSQL: set HANFENG_DATABASE",
        "soak": None if "soak" in (config.getoption("markexpr") or "") else "long: make soak",
    }
    for item in items:
        for name, reason in reasons.items():
            if reason and item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def _no_words_left(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """The tables are emptied after a test that commits; the index of the search is none of them on SQLite."""
    yield
    marked = request.node.get_closest_marker("django_db")
    if "transactional_db" in request.fixturenames or (marked and marked.kwargs.get("transaction")):
        from hanfeng.kernel.search import engine

        with django_db_blocker.unblock():
            engine.clear()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium, nothing downloaded and nothing sent out."""
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": list(FLAGS)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A desk of an office: Chinese, the county's time."""
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


@pytest.fixture(scope="session")
def browser_files() -> Path:
    """The made browser files (Vega), where the static files finder looks."""
    from django.conf import settings

    from hanfeng.site import assets

    assets.build(settings.HOME)
    return assets.folder(settings.HOME)
