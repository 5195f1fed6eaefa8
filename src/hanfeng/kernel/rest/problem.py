"""What went wrong, as RFC 9457 has it: in the reader's language, saying what, where, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.translation import gettext as _

MEDIA = "application/problem+json"
ABOUT = "/api/#problem-"


class Problem(Exception):
    """A request that cannot be answered as asked: a status, a code for programs, words for people, and more beside."""

    def __init__(self, status: int, code: str, detail: str, headers: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.headers, self.more = status, code, detail, headers or {}, more


def titles() -> dict[str, str]:
    """Each kind of problem in a few words; the page of the interface lists them."""
    return {
        "not-json": _("The request cannot be read"),
        "wrong-parameter": _("A parameter does not fit"),
        "sign-in": _("Nobody knows who is asking"),
        "forbidden": _("Not yours to do"),
        "not-found": _("There is no such thing, or it is not yours to see"),
        "method": _("This address does not do that"),
        "closed": _("Not possible as things stand"),
        "in-use": _("Other records rest on it"),
        "stale": _("Somebody else was faster"),
        "too-large": _("Too large"),
        "media-type": _("This form is not taken"),
        "not-acceptable": _("This form is not given"),
        "refused": _("Some fields have to be put right"),
        "version-needed": _("Say which version you saw"),
        "key-reused": _("This key belongs to another request"),
        "too-many": _("Too many requests"),
        "fault": _("A fault of ours"),
    }


def answer(problem: Problem) -> HttpResponse:
    """The problem as a response."""
    told = {
        "type": f"{ABOUT}{problem.code}",
        "title": titles()[problem.code],
        "status": problem.status,
        "detail": problem.detail,
        **problem.more,
    }
    response = HttpResponse(orjson.dumps(told, default=str), content_type=MEDIA, status=problem.status)
    for name, value in problem.headers.items():
        response[name] = value
    response["Cache-Control"] = "no-store"
    return response


def refused(faults: Iterator[dict[str, str]] | list[dict[str, str]]) -> Problem:
    """422: which fields are wrong, and why."""
    errors = list(faults)
    return Problem(422, "refused", _("Nothing was written. Put right what is named in errors."), errors=errors)


def not_found() -> Problem:
    """404, which does not tell whether it exists."""
    return Problem(404, "not-found", _("There is no such record, or it is not yours to see."))


def wrong_parameter(faults: list[dict[str, str]]) -> Problem:
    """400: which parameters do not fit, and why."""
    return Problem(400, "wrong-parameter", _("Put right what is named in errors, or leave it out."), errors=faults)
