"""NUL characters in what a browser sends: no database text may hold one, and no person types one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

NUL = "\x00"


class WithoutNul:
    """Takes NUL characters out of the query and the form of every page, once for all of them.

    Interfaces (their views are exempt from the check of forms) read their own bodies and refuse such a character in words.
    """

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.answer(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """Before the view, when the form has been read for its token anyway."""
        if getattr(view, "csrf_exempt", False):
            return
        if _holds(request.GET):
            request.GET = _without(request.GET)  # type: ignore[assignment]
        if request.method == "POST" and _holds(request.POST):
            request.POST = _without(request.POST)  # type: ignore[assignment]


def _holds(sent: QueryDict) -> bool:
    return any(NUL in name or any(NUL in value for value in values) for name, values in sent.lists())


def _without(sent: QueryDict) -> QueryDict:
    clean = QueryDict(mutable=True)
    for name, values in sent.lists():
        clean.setlist(name.replace(NUL, ""), [value.replace(NUL, "") for value in values])
    clean._mutable = False
    return clean
