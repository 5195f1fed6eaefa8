"""The interface beside a view by hand that writes the same bytes: token, scope, permission, rows and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any, cast

from django.contrib.auth.models import User
from django.utils import timezone

from hanfeng.commons.people.roles import OFFICER
from hanfeng.kernel.rest import clients

from .measure import Line, Work, compare

MOST = 2.0


class System:
    """Another system without a network: it hands a WSGI environment with its token to the application."""

    def __init__(self, user: User) -> None:
        from hanfeng.site.wsgi import application

        values = {
            "name": "Bench", "purpose": "benchmark", "contact": "nobody", "body": 1, "body_name": "Office",
            "roles": [OFFICER.name], "scopes": ["bodies.body:read"], "rate": 60_000,
            "expires": timezone.localdate() + timedelta(days=30),
        }  # fmt: skip
        self._scheme = f"Bearer {clients.issue(clients.register(user, values), user)[1]}"
        self._application = cast(Any, application)

    def get(self, address: str) -> bytes:
        """The body of an answer. Raises RuntimeError unless it is 200."""
        path, _, query = address.partition("?")
        status = ""

        def start(line: str, headers: object, failure: object = None) -> None:
            nonlocal status
            status = line

        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": "", "SERVER_NAME": "localhost",
            "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost",
            "HTTP_AUTHORIZATION": self._scheme, "HTTP_ACCEPT_LANGUAGE": "en", "wsgi.input": BytesIO(),
            "wsgi.errors": BytesIO(), "wsgi.url_scheme": "http", "wsgi.version": (1, 0), "wsgi.multithread": True,
            "wsgi.multiprocess": True, "wsgi.run_once": False,
        }  # fmt: skip
        answer = self._application(environ, start)
        body = b"".join(answer)
        answer.close()
        if not status.startswith("200"):
            raise RuntimeError(f"{address}: {status} {body[:200]!r}")
        return body


def lines(user: User, rounds: int, each: int) -> Iterator[Line]:
    """A list of fifty, one filtered, and one record."""
    from hanfeng.commons.bodies.models import Body

    system = System(user)
    keys = list(Body.objects.order_by("pk").values_list("pk", flat=True)[:1000])
    cases = {
        "REST list of 50": lambda n: f"?limit={50 - n % 3}",
        "REST list, filtered": lambda n: f"?kind=hospital&sort=-starts&limit={50 - n % 3}",
        "REST record": lambda n: f"/{keys[n % len(keys)]}",
    }

    def work(start: str, rest: Any) -> Work:
        return lambda n: system.get(start + rest(n))

    for name, rest in cases.items():
        ours, theirs = work("/api/v1/bodies/body", rest), work("/handwritten/api/v1/bodies/body", rest)
        for n in range(5):
            if ours(n) != theirs(n):
                raise RuntimeError(f"{name}: the two do not write the same bytes")
        yield compare(name, ours, theirs, rounds=rounds, each=each, most=MOST)
