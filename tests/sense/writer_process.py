"""The writer as `hanfeng work --writer` runs it, on the database of a test. Loaded once; each writer is a fork of that."""

import multiprocessing
import os
from pathlib import Path

LOADED = multiprocessing.get_context("forkserver")
LOADED.set_forkserver_preload(["hanfeng.site.wsgi", "hanfeng.kernel.sense.writer", "hanfeng.site.commands.work"])


def run(home: Path, database: str) -> None:
    """Write until SIGTERM."""
    from django.conf import settings

    from hanfeng.site.commands.work import write

    os.environ["HANFENG_HOME"], settings.HOME = str(home), home
    settings.DATABASES["default"]["NAME"] = database
    write(home)
