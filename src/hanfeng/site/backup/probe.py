"""Tells which of the migrations given on standard input this installation does not have: `python -m` with a HOME of its own."""

from __future__ import annotations

import json
import os
import sys


def unknown(applied: dict[str, list[str]]) -> list[str]:
    """`app.name` of each migration that is applied there and not on disk here, nor replaced by one that is."""
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(None, ignore_no_migrations=True)
    known = set(loader.disk_migrations) | {old for m in loader.disk_migrations.values() for old in m.replaces}
    return [f"{app}.{name}" for app, names in applied.items() for name in names if (app, name) not in known]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hanfeng.site.settings")
    import django

    django.setup()
    print(json.dumps(unknown(json.load(sys.stdin))))
