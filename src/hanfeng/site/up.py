"""`hanfeng up`: make the site ready, step by step, then keep its processes running."""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from hashlib import sha256
from pathlib import Path
from typing import Any

from hanfeng.site import assets
from hanfeng.site.backup.guard import guarded
from hanfeng.site.backup.restore import DRAFT
from hanfeng.site.commands import accounts, home, tls, work
from hanfeng.site.commands.backups import to_bar
from hanfeng.site.commands.supervisor import Child, Supervisor
from hanfeng.site.commands.terminal import Refused, _, console, language, progress, say

UNFINISHED = "demo.unfinished"  # lies in HOME from the first demo account to the last row of demo data


def up(host: str, port: int, *, empty: bool, demo_public: bool, pair: tls.Pair | None = None) -> int:
    """Make ready and serve until stopped; the exit status. Raises Refused when it must not or cannot."""
    os.umask(0o077)  # the database, files and logs of a site are its owner's
    folder = home.make_home(home.home())
    _require_restored(folder)
    open_wide = not home.is_loopback(host)
    home.require_port(host, port)
    if pair:
        os.environ["HANFENG_TLS"] = "own"
    with home.lock(folder, home.address(host, port, secure=bool(pair))):
        if open_wide:
            os.environ.setdefault("HANFENG_HOSTS", ",".join(["127.0.0.1", "localhost", *home.own_names(host)]))
        new = prepare(folder, empty=empty, may_demo=demo_public or not open_wide)
        if new:
            accounts.show(*new)
        return serve(folder, host, port, pair)


def prepare(folder: Path, *, empty: bool, may_demo: bool) -> tuple[list[accounts.Account], Path] | None:
    """Everything before serving: tables, roles, county, accounts, demo data, files. The new accounts, if any."""
    _django()
    new = _without_tables()
    names = _allowed(first=True, empty=empty, may_demo=may_demo) if new else None  # said before anything is made
    with progress() as bar:
        _step(bar, _("Browser files"), lambda: assets.build(folder))
        _migrate(bar, folder)
    if (folder / UNFINISHED).exists():
        text = _("The demo data were not finished last time. Delete {folder} and start again.")
        raise Refused(text.format(folder=folder))
    first = not accounts.any_account()
    if not new:
        names = _allowed(first=first, empty=empty, may_demo=may_demo)
    with progress() as bar:
        _step(bar, _("Roles"), _roles)
        _county(bar)
        if not first:
            _index(bar)
        made = _first(bar, folder, names) if first else None
        _step(bar, _("Static files"), lambda: collect(folder))
    return made


def _step(bar: Any, title: str, run: Callable[[], object]) -> None:
    task = bar.add_task(title, total=1)
    run()
    bar.advance(task)


def _django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hanfeng.site.settings")
    import django
    from django.utils import translation

    django.setup()
    translation.activate(language())


def _require_restored(folder: Path) -> None:
    """A restore that was stopped leaves a part of a site, which must not begin as a new one."""
    if (folder / DRAFT).exists():
        text = _("A restore to {folder} was not finished. Empty the folder and restore again.")
        raise Refused(text.format(folder=folder))


def _without_tables() -> bool:
    """Whether nobody has started a site on this database yet. Raises Refused when it cannot be reached."""
    from django.db import OperationalError, connection
    from django.db.migrations.recorder import MigrationRecorder

    try:
        return not MigrationRecorder(connection).has_table()
    except OperationalError as failure:
        raise Refused(_("The database cannot be reached: {why}").format(why=str(failure).strip())) from failure


def _migrate(bar: Any, folder: Path) -> None:
    """Bring the tables up to date, one step of the bar a migration; tables with data are backed up first."""
    from django.core.management import call_command
    from django.db import DEFAULT_DB_ALIAS, connections

    from hanfeng.site.management.commands.migrate import Command, Executor

    _migrate_apart()  # first: what moves out of the main database has somewhere to go
    executor = Executor(connections[DEFAULT_DB_ALIAS])
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    task = bar.add_task(_("Tables"), total=max(len(waiting), 1))

    class Told(Command):
        def migration_progress_callback(self, action: str, migration: Any = None, fake: bool = False) -> None:
            if action == "apply_success":
                bar.advance(task)

    if waiting:
        kept: AbstractContextManager[object] = (
            guarded(folder, to_bar(bar)) if executor.loader.applied_migrations else nullcontext()
        )
        with kept:
            call_command(Told(), verbosity=0, interactive=False)
    bar.update(task, completed=max(len(waiting), 1))


def _migrate_apart() -> None:
    """Bring the tables that lie apart up to date: only their own apps, without a walk through all the others."""
    from django.db import DEFAULT_DB_ALIAS, connections

    from hanfeng.site.databases import apps_of
    from hanfeng.site.management.commands.migrate import Executor

    for alias in connections:
        if alias != DEFAULT_DB_ALIAS:
            executor = Executor(connections[alias])
            executor.migrate([key for key in executor.loader.graph.leaf_nodes() if key[0] in apps_of(alias)])


def _allowed(*, first: bool, empty: bool, may_demo: bool) -> dict[str, str] | None:
    """The names of the administrators where a real site begins. Raises Refused when it may not start like this."""
    _guard(first=first, empty=empty, may_demo=may_demo)
    return accounts.ask_names() if first and empty else None


def _guard(*, first: bool, empty: bool, may_demo: bool) -> None:
    """Demo accounts never listen beyond this machine unless somebody says so."""
    demo = not empty if first else accounts.demo_accounts()
    if demo and not may_demo:
        text = _("Demo accounts may not be reached from other machines.")
        mend = _("Start a real site with --empty and a --home of its own, or add --demo-public.")
        raise Refused(f"{text} {mend}")
    if empty and not first:
        say(_("The site has accounts already: --empty changes nothing."), error=True)


def _roles() -> None:
    """The groups of the roles, and the first version of each parameter that the packs declare."""
    from hanfeng.kernel import roles
    from hanfeng.kernel.alert import declare as alarms
    from hanfeng.kernel.pack import catalogue
    from hanfeng.kernel.rule import parameters

    roles.ensure()
    parameters.load(declared for pack in catalogue() for declared in pack.parameters)
    alarms.load((pack.name, alarm) for pack in catalogue() for alarm in pack.alarms)


def _county(bar: Any) -> None:
    """Load the county's files; what is kept already stays."""
    from hanfeng.plan import loading

    task = bar.add_task(_("County and plan"), total=1)
    try:
        loading.load(progress=lambda done, total: bar.update(task, completed=done, total=total))
    except loading.LoadError as wrong:
        raise Refused(_("The county's files cannot be loaded:") + "\n" + str(wrong)) from wrong
    bar.update(task, completed=bar.tasks[task].total)


def _index(bar: Any) -> None:
    """A site from before the search: its records are indexed once."""
    from hanfeng.kernel.search import rebuild

    if rebuild.needed():
        task = bar.add_task(_("Search index"), total=None)
        done = rebuild.rebuild(lambda count: bar.update(task, completed=count))
        bar.update(task, completed=done, total=done)


def _first(bar: Any, folder: Path, names: dict[str, str] | None) -> tuple[list[accounts.Account], Path]:
    """The first accounts of a site, and its demo data unless it is a real one."""
    if names is not None:
        return accounts.make_administrators(folder, names), folder / "administrators.txt"
    from hanfeng.site import demo

    (folder / UNFINISHED).touch()
    made = accounts.make_demo(folder)
    demo.fill(bar)
    (folder / UNFINISHED).unlink()
    return made, folder / "demo-accounts.txt"


def collect(folder: Path) -> bool:
    """Copy static files to where the web process serves them, when any of them changed; True when copied."""
    from django.core.management import call_command

    now, stamp = fingerprint(), folder / "static.stamp"
    if stamp.exists() and stamp.read_text() == now and (folder / "static").is_dir():
        return False
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(now)
    return True


def fingerprint() -> str:
    """A digest of the names, sizes and times of all static files."""
    from django.contrib.staticfiles.finders import get_finders

    seen = sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = os.stat(storage.path(name))
            seen.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return seen.hexdigest()


def children(host: str, port: int, pair: tls.Pair | None = None, *, devices: bool = False) -> list[Child]:
    """The processes of a site: web, worker and the writer of observations, with `devices` also those of the demo."""
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    env = {work.PARENT: str(os.getpid())}
    gunicorn: tuple[str, ...] = (
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        "python:hanfeng.site.commands.web",
        "--bind",
        bind,
    )
    gunicorn += pair.options if pair else ()
    worker = (sys.executable, "-m", "hanfeng", "work")
    found = [Child("writer", (*worker, "--writer"), env), Child("web", gunicorn, env), Child("worker", worker, env)]
    if devices:
        demo = (sys.executable, "-m", "hanfeng", "gateway", "demo")
        found.append(Child("devices", demo, env, vital=False))
    return found


def serve(folder: Path, host: str, port: int, pair: tls.Pair | None = None) -> int:
    """Keep the processes until stopped."""
    from django.db import connections

    from hanfeng.site.commands.gateways import has_demo_devices

    devices = has_demo_devices()
    connections.close_all()
    work.beat_file(folder).unlink(missing_ok=True)
    os.environ["HANFENG_HOME"] = str(folder)
    address = home.address(host, port, secure=bool(pair))
    status = console(error=True).status(_("Starting"))
    status.start()

    def ready() -> bool:
        if not healthy(host, port, secure=bool(pair)):
            return False
        status.stop()
        say(_("Hanfeng serves {address}   stop: Ctrl-C").format(address=address), style="bold green", error=True)
        return True

    try:
        return Supervisor(children(host, port, pair, devices=devices), lambda text: say(text, error=True)).run(ready)
    finally:
        status.stop()
        say(_("Stopped."), error=True)


def healthy(host: str, port: int, *, secure: bool = False) -> bool:
    """Whether `/healthz` answers 200, asked under a name the site answers to."""
    from django.conf import settings

    reach = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    name = next((n.lstrip(".") for n in settings.ALLOWED_HOSTS if n != "*"), "localhost")
    link = http.client.HTTPConnection(reach, port, timeout=5)
    if secure:
        link = http.client.HTTPSConnection(reach, port, timeout=5, context=tls.own_context())
    try:
        link.request("GET", "/healthz", headers={"Host": name})
        return link.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()
