"""Settings of the web process, read by gunicorn (`-c python:hanfeng.site.commands.web`); `up` gives the address."""

import os

wsgi_app = "hanfeng.site.wsgi:application"
worker_class = "gthread"
workers = int(os.environ.get("HANFENG_WORKERS", "2"))
threads = int(os.environ.get("HANFENG_THREADS", "4"))
preload_app = True
timeout = 120
graceful_timeout = 15
keepalive = 5
loglevel = "warning"
control_socket_disable = True
