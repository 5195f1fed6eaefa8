"""Real processes on one site: `crew.py DUTY COUNT JSON` forks COUNT that begin together and tells what each returned.

With COUNT 0 the duty runs in this process itself, so that a test may kill it. HANFENG_HOME and HANFENG_DATABASE name the
site as ever; CREW_DATABASE names another database of the same server or another file, CREW_LINKS the packages of links.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any


def ready() -> None:
    """Django on the production settings, but for the database and the links that a test names."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "hanfeng.site.settings"
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ.get("CREW_DATABASE") or settings.DATABASES["default"]["NAME"]
    settings.LINKS = tuple(os.environ["CREW_LINKS"].split()) if "CREW_LINKS" in os.environ else settings.LINKS
    django.setup()


def main(duty: str, count: int, asked: dict[str, Any]) -> None:
    """Run a duty: here, or in `count` processes at once; the last line printed holds what they returned."""
    ready()
    import duties

    work: Callable[..., object] = getattr(duties, duty)
    told = _together(work, count, asked) if count else [{"said": work(0, **asked)}]
    print(json.dumps(told), flush=True)


def _together(work: Callable[..., object], count: int, asked: dict[str, Any]) -> list[dict[str, Any]]:
    gate, held = os.pipe()
    here, arrived = os.pipe()
    said = []
    for n in range(count):
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.close(held)
            os.close(reading)
            _child(work, n, asked, gate, arrived, writing)
        os.close(writing)
        said.append(reading)
    for _n in range(count):
        os.read(here, 1)
    os.close(held)  # nobody holds the gate any more: all begin
    told = [json.loads(os.fdopen(reading).read() or '{"why": "ended without a word"}') for reading in said]
    for _n in range(count):
        os.wait()
    return told


def _child(work: Callable[..., object], n: int, asked: dict[str, Any], gate: int, arrived: int, writing: int) -> None:
    from django.db import connection, connections

    try:
        connection.ensure_connection()
        os.write(arrived, b".")
        os.read(gate, 1)
        told: dict[str, object] = {"said": work(n, **asked)}
        connections.close_all()
    except BaseException:
        told = {"why": traceback.format_exc()}
    with os.fdopen(writing, "w") as file:
        json.dump(told, file)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]))
