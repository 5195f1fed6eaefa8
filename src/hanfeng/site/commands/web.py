"""Settings of the web process, read by gunicorn (`-c python:hanfeng.site.commands.web`); `up` gives the address."""

import gc
import os
from typing import Any

wsgi_app = "hanfeng.site.wsgi:application"
worker_class = "gthread"
workers = int(os.environ.get("HANFENG_WORKERS", "2"))
threads = int(os.environ.get("HANFENG_THREADS", "8"))
preload_app = True
timeout = 120
graceful_timeout = 15
keepalive = 5
loglevel = "warning"
control_socket_disable = True


def when_ready(_server: Any) -> None:
    """Before the workers part: load all pages, and take what is loaded out of what is looked through for rubbish.

    Otherwise each large answer looks through the whole of Django again; and the workers share this memory.
    """
    from django.urls import get_resolver

    get_resolver().url_patterns  # noqa: B018  (a property that loads)
    gc.collect()
    gc.freeze()
