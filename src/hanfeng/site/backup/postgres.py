"""PostgreSQL: a consistent dump of a database in use by the server's own tools, and the way back into an empty one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from hanfeng.site.commands.terminal import Refused, _

from . import facts

INSTALLED = Path("/usr/lib/postgresql")  # where Debian and its kin keep the tools of each version
TICK = 0.2  # seconds between two looks at how far a tool is
MINE = """
DO $$ DECLARE it record; BEGIN
  FOR it IN SELECT format('%s %I.%I', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
      WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END || ' IF EXISTS', n.nspname, c.relname) AS what
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('e', 'i', 'a'))
  LOOP EXECUTE 'DROP ' || it.what || ' CASCADE'; END LOOP;
  FOR it IN SELECT format('%s %s', CASE p.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE'
      ELSE 'FUNCTION' END || ' IF EXISTS', p.oid::regprocedure) AS what
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'public' AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  LOOP EXECUTE 'DROP ' || it.what || ' CASCADE'; END LOOP;
END $$;
"""
"""Drops the tables, views, sequences and functions of the schema public, but not what belongs to an extension."""

Bytes = Callable[[int], object]
"""Is told how many bytes a tool has written so far."""


@dataclass(frozen=True)
class Server:
    """One database on one server. The password never stands on a command line."""

    name: str
    user: str = ""
    password: str = field(default="", repr=False)
    host: str = ""
    port: str = ""

    @property
    def variables(self) -> dict[str, str]:
        """The environment by which the server's tools and libpq find it."""
        given = {"USER": self.user, "PASSWORD": self.password, "HOST": self.host, "PORT": self.port}
        return {f"PG{name}": value for name, value in {**given, "DATABASE": self.name}.items() if value}

    @contextmanager
    def opened(self) -> Iterator[Any]:
        """A connection in one read-only transaction that sees one state throughout."""
        import psycopg

        given = {
            "dbname": self.name,
            "user": self.user,
            "password": self.password,
            "host": self.host,
            "port": self.port,
        }
        try:
            connection = psycopg.connect(**{k: v for k, v in given.items() if v})  # type: ignore[arg-type]
        except psycopg.OperationalError as failure:
            raise Refused(_("The database cannot be reached: {why}").format(why=str(failure).strip())) from failure
        with connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            yield connection


def of_address(address: str) -> Server:
    """The database of postgresql://user:password@host:port/name."""
    url = urlsplit(address)
    name, user, password = url.path.lstrip("/"), unquote(url.username or ""), unquote(url.password or "")
    return Server(name, user, password, url.hostname or "", str(url.port or ""))


def of_settings(database: Mapping[str, Any]) -> Server:
    """The database of Django's settings."""
    return Server(*(str(database.get(key) or "") for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")))


def tool(name: str, at_least: int) -> Path:
    """A tool of the server not older than its major version: on PATH, else the newest installed. Raises Refused."""
    found = [Path(p)] if (p := shutil.which(name)) else []
    found += sorted(INSTALLED.glob(f"*/bin/{name}"), key=lambda p: p.parts[-3].zfill(9), reverse=True)
    versions = {path: _major(path) for path in found}
    fitting = [path for path, version in versions.items() if version >= at_least]
    if fitting:
        return fitting[0]
    if found:
        text = _(
            "The {tool} here is of version {have}, the server of version {want}: install postgresql-client-{want}."
        )
        raise Refused(text.format(tool=name, have=max(versions.values()), want=at_least))
    text = _(
        "{tool} is needed and is neither on PATH nor under {folder}: install the PostgreSQL client, version {want} or newer."
    )
    raise Refused(text.format(tool=name, folder=INSTALLED, want=at_least))


def _major(path: Path) -> int:
    """The major version a tool tells (`pg_dump (PostgreSQL) 15.4`); 0 when it does not run."""
    try:
        told = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
        return int(told.split(")")[1].split()[0].split(".")[0])
    except (OSError, subprocess.CalledProcessError, IndexError, ValueError):
        return 0


def major(connection: Any) -> int:
    """The major version of the server."""
    return int(connection.info.server_version) // 10000


def tables(connection: Any) -> list[str]:
    """The tables of the schema in use."""
    query = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
    return [str(row[0]) for row in connection.execute(query).fetchall()]


def facts_of(connection: Any) -> dict[str, Any]:
    """What the database holds."""
    return facts.of(lambda query: connection.execute(query).fetchall(), tables(connection))


def attachments_of(connection: Any) -> set[str]:
    """The digests of the files that records name."""
    return facts.attachments(lambda query: connection.execute(query).fetchall(), tables(connection))


def dump(server: Server, connection: Any, target: Path, tell: Bytes) -> None:
    """Dump the state that the open connection sees, while others write."""
    snapshot = str(connection.execute("SELECT pg_export_snapshot()").fetchone()[0])
    arguments = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}"]
    run(
        server,
        tool("pg_dump", major(connection)),
        arguments,
        lambda: tell(target.stat().st_size if target.exists() else 0),
    )


def require_empty(connection: Any) -> None:
    """Refuse a database that holds anything of anybody."""
    query = "SELECT COUNT(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    count = int(connection.execute(query).fetchone()[0])
    if count:
        text = _(
            "The database is not empty: it has {count} tables. Restore into a new one (createdb), or drop this one first."
        )
        raise Refused(text.format(count=count))


def restore(server: Server, version: int, source: Path) -> None:
    """Fill an empty database from a dump, wholly or not at all."""
    arguments = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", f"--dbname={server.name}"]
    run(server, tool("pg_restore", version), [*arguments, str(source)])


def put_back(server: Server, version: int, source: Path, folder: Path) -> None:
    """Make a database what the dump says, in one transaction: what was added since goes, what was lost returns."""
    script, clean = folder / "put-back.sql", folder / "clean.sql"
    clean.write_text(MINE, encoding="utf-8")
    made = ["--no-owner", "--no-privileges", f"--file={script}", str(source)]
    run(server, tool("pg_restore", version), made)
    whole = ["--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    run(server, tool("psql", version), [*whole, f"--file={clean}", f"--file={script}"])


def run(server: Server, program: Path, arguments: list[str], look: Callable[[], object] = lambda: None) -> None:
    """Run a tool to its end, looking on now and then; what it says when it fails is the sentence."""
    process = subprocess.Popen(
        [program, "--no-password", *arguments],
        env={**os.environ, **server.variables, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        said = _watched(process, look)
    finally:
        process.kill()
        process.wait()
    if process.returncode:
        raise Refused(_("{tool} failed: {why}").format(tool=program.name, why=said or process.returncode))


def _watched(process: subprocess.Popen[str], look: Callable[[], object]) -> str:
    while True:
        try:
            return process.communicate(timeout=TICK)[1].strip()
        except subprocess.TimeoutExpired:
            look()
