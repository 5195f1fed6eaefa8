"""What processes do on a site in the tests of backups: `backup_duties.py DUTY JSON`; the last line printed is the result."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import sys
import time
from pathlib import Path


def prepare():
    from hanfeng.site import up

    os.umask(0o077)
    made = up.prepare(Path(os.environ["HANFENG_HOME"]), empty=True, may_demo=False)
    return len(made[0]) if made else 0


def attach(count, size, slug="filed", name="佐证材料"):
    from hanfeng.commons.bodies.models import Body
    from hanfeng.kernel.api import save
    from hanfeng.kernel.record.files import attach as keep

    body = Body.objects.filter(slug=slug).first() or Body(slug=slug, name="0", kind="department")
    save(body, None)
    dice = random.Random(f"{slug}{count}{size}")
    return [keep(body, None, f"{name}-{i}.pdf", io.BytesIO(dice.randbytes(size))).sha256 for i in range(count)]


def write(stop, n):
    """Write records, attachments and seals until a file says stop; how many writes, and the longest any of them took."""
    from hanfeng.commons.bodies.models import Body
    from hanfeng.kernel.api import save
    from hanfeng.kernel.record import seals

    body, count, longest = Body(slug=f"writer-{n}", name="0", kind="department"), 0, 0.0
    save(body, None)
    print("ready", flush=True)
    end = time.monotonic() + 240
    while not Path(stop).exists() and time.monotonic() < end:
        began = time.monotonic()
        save(body, None, {"name": str(count + 1)})
        longest = max(longest, time.monotonic() - began)
        count += 1
        if count % 10 == 0:
            attach(1, 2000 + count, slug=f"writer-{n}-files")
        if count % 15 == 0 and n == 0:
            seals.seal()
    return {"count": count, "longest": longest}


def backup(target, kill="", at=0.0):
    """Back up, and be killed when a stage has come so far."""
    from hanfeng.site.backup import make

    os.umask(0o077)
    made = make.make(Path(os.environ["HANFENG_HOME"]), Path(target), tell=killing(kill, at))
    return made.row()


def restore(file, home, kill="", at=0.0):
    from hanfeng.site.backup import restore

    if kill == "moving":
        restore.sync = lambda folder: os.kill(os.getpid(), signal.SIGKILL)
    restore.restore(Path(file), Path(home), os.environ.get("HANFENG_DATABASE", ""), tell=killing(kill, at))
    return True


def killing(stage, at):
    def tell(now, done, total):
        if now == stage and done >= at * total:
            os.kill(os.getpid(), signal.SIGKILL)

    return tell


def sql(statements):
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    return True


def holds():
    """What the database holds: its tables and the rows of each, as text."""
    from django.db import connection

    with connection.cursor() as cursor:
        tables = sorted(t.name for t in connection.introspection.get_table_list(cursor) if t.type == "t")
        if connection.vendor == "sqlite":
            # a full-text index cannot be scanned; what it holds lies in its shadow tables, which are told
            cursor.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'")
            virtual = {name for (name,) in cursor.fetchall()}
            tables = [table for table in tables if table not in virtual]
        told = {}
        for table in tables:
            columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
            cursor.execute(f'SELECT * FROM "{table}"')
            told[table] = [columns, sorted(map(repr, cursor.fetchall()))]
    return told


def main(duty, asked):
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hanfeng.site.settings")
    if duty not in {"prepare", "restore"}:
        import django

        django.setup()
    print(json.dumps(globals()[duty](**asked)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
