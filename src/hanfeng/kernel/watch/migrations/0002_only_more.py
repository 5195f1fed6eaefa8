"""The database itself refuses to change a line; what the older log of exports held is taken over."""

import json
from datetime import UTC

from django.db import DEFAULT_DB_ALIAS, connections, migrations
from django.utils.dateparse import parse_datetime

from hanfeng.kernel.base.hashing import canonical, digest

SQLITE = """
CREATE TRIGGER watch_line_no_update BEFORE UPDATE ON watch_line BEGIN SELECT RAISE(ABORT, 'the log is only added to'); END;
CREATE TRIGGER watch_line_no_delete BEFORE DELETE ON watch_line BEGIN SELECT RAISE(ABORT, 'the log is only added to'); END;
"""
POSTGRES = """
CREATE FUNCTION watch_line_only_more() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the log is only added to'; END $$;
CREATE TRIGGER watch_line_only_more BEFORE UPDATE OR DELETE ON watch_line
FOR EACH ROW EXECUTE FUNCTION watch_line_only_more();
"""
HASHED = (
    "book", "what", "at", "by", "who", "whom", "kind", "key", "title", "form", "asked", "fields", "rows", "why", "address",
)  # fmt: skip
TAKEN = "SELECT by_id, who, at, kind, title, form, asked, rows, fields, address FROM exchange_export ORDER BY id"


def take_over(apps, schema_editor):
    Line = apps.get_model("watch", "Line")
    old = connections[DEFAULT_DB_ALIAS]
    if "exchange_export" not in old.introspection.table_names():
        return
    with old.cursor() as cursor:
        cursor.execute(TAKEN)
        rows = cursor.fetchall()
    prev = ""
    for by, who, at, kind, title, form, asked, count, fields, address in rows:
        moment = parse_datetime(at) if isinstance(at, str) else at
        line = Line(
            book="access", what="print" if form == "print" else "export", by=by, who=who, kind=kind, title=title, form=form,
            at=moment.replace(tzinfo=moment.tzinfo or UTC), asked=asked, rows=count, address=address, prev=prev,
            fields=json.loads(fields) if isinstance(fields, str) else fields,
        )  # fmt: skip
        told = {name: getattr(line, name) for name in HASHED}
        line.hash = prev = digest(canonical({**told, "at": line.at.isoformat(), "prev": line.prev}))
        line.save(using=schema_editor.connection.alias, force_insert=True)


def refuse(apps, schema_editor):
    for statement in (SQLITE.strip().splitlines() if schema_editor.connection.vendor == "sqlite" else [POSTGRES]):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("watch", "0001_initial"), ("exchange", "0001_initial")]
    operations = [
        migrations.RunPython(take_over, migrations.RunPython.noop),
        migrations.RunPython(refuse, migrations.RunPython.noop),
    ]
