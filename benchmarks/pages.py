"""Pages of the desk beside the same pages by hand, through the real WSGI handler."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any, cast

from django.contrib.auth.models import User
from django.test import Client

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.api import Event

from .measure import Line, Work, compare

MOST = 2.0
P95_MS = 100.0  # what a page may take at the 95th percentile with 100,000 records in its register


class Browser:
    """A signed-in browser without a network: it hands a WSGI environment to the application and reads the answer."""

    def __init__(self, user: User) -> None:
        from hanfeng.site.wsgi import application

        client = Client(SERVER_NAME="localhost")
        client.force_login(user)
        client.get("/bodies/body/")  # sets the CSRF cookie that a browser would send from then on
        self._cookies = "; ".join(f"{m.key}={m.value}" for m in client.cookies.values())
        self._application = cast(Any, application)

    def get(self, address: str) -> bytes:
        """The body of a page. Raises RuntimeError unless it answers 200."""
        path, _, query = address.partition("?")
        status = ""

        def start(line: str, headers: object, failure: object = None) -> None:
            nonlocal status
            status = line

        answer = self._application(self._environ(path, query), start)
        body = b"".join(answer)
        answer.close()
        if not status.startswith("200"):
            raise RuntimeError(f"{address}: {status}")
        return body

    def _environ(self, path: str, query: str) -> dict[str, Any]:
        return {
            "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": "", "SERVER_NAME": "localhost",
            "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost",
            "HTTP_COOKIE": self._cookies, "HTTP_ACCEPT_LANGUAGE": "zh-CN", "wsgi.input": BytesIO(), "wsgi.errors": BytesIO(),
            "wsgi.url_scheme": "http", "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }  # fmt: skip


def lines(user: User, rows: int, rounds: int, each: int) -> Iterator[Line]:
    """The list on its first page, filtered, searched and deep; the record page."""
    browser, deep = Browser(user), max(2, rows // 50 - 1)
    aged = list(Event.objects.filter(kind="bodies.body", seq=5).values_list("key", flat=True)[:each])
    lists: dict[str, Callable[[int], str]] = {
        "list, first page": lambda n: "",
        "list, filtered": lambda n: "?kind=hospital&sort=-starts",
        "list, page in the middle": lambda n: f"?page={deep // 2 + n % 7}",
        "list, last pages": lambda n: f"?page={deep - n % 7}",
        "list, search": lambda n: f"?q=body+{n % 900 + 100}",
    }
    for name, query in lists.items():
        yield _pair(name, browser, query, rounds, each)
    yield _pair("record page, 5 events", browser, lambda n: f"{aged[n % len(aged)]}/", rounds, each)


def _pair(name: str, browser: Browser, rest: Callable[[int], str], rounds: int, each: int) -> Line:
    def work(start: str) -> Work:
        return lambda n: browser.get(start + rest(n))

    ours, theirs = work("/bodies/body/"), work("/handwritten/bodies/")
    return compare(name, ours, theirs, rounds=rounds, each=each, most=MOST, p95_ms=P95_MS)


def make_aged(user: User, count: int) -> None:
    """Give some bodies, spread over the register, a history."""
    from .register import age

    total = Body.objects.count()
    step = max(1, total // count)
    for slug in [f"body-{n:06}" for n in range(0, total - 1, step)][:count]:
        age(Body.objects.get(slug=slug), user)
