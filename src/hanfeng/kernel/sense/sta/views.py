"""The door of /sta/v1.1/: reads a request, answers in JSON, and says what is wrong in the form of the standard."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from email import message_from_bytes
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
from django.db import DatabaseError, DataError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from hanfeng.kernel.rest.problem import Problem
from hanfeng.kernel.sense import client
from hanfeng.kernel.sense.archive import Lacking

from .answers import Answers, id_of, in_link
from .changes import Changes, Clash, Forbidden, Missing, patched
from .entities import ENTITIES, OBSERVATIONS, Entity
from .grammar import Wrong
from .options import read
from .paths import Place, resolve
from .who import Unknown, recognised

log = logging.getLogger("hanfeng.sense")
ROOT = "/sta/v1.1"
LARGEST = 64 << 20
CLASSES = "http://www.opengis.net/spec/iot_sensing/1.1/req"
_MODEL = (
    "thing",
    "location",
    "historical-location",
    "datastream",
    "sensor",
    "observed-property",
    "observation",
    "feature-of-interest",
)
CONFORMANCE = (
    *(f"{CLASSES}/datamodel/{name}/{part}" for name in _MODEL for part in ("properties", "relations")),
    f"{CLASSES}/resource-path/resource-path-to-entities",
    f"{CLASSES}/request-data",
    f"{CLASSES}/create-update-delete",
    f"{CLASSES}/batch-request/batch-request",
    f"{CLASSES}/data-array/data-array",
)
VERBS = {
    "GET": "read",
    "HEAD": "read",
    "OPTIONS": "read",
    "POST": "create",
    "PATCH": "change",
    "PUT": "change",
    "DELETE": "void",
}


class Told(Exception):
    """An answer that is not the usual one."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.headers = status, headers or {}


@csrf_exempt
def door(request: HttpRequest, path: str) -> HttpResponse:
    """Any request to the service; what it raises becomes an error of the standard's form."""
    try:
        if request.method not in VERBS:
            raise Told(405, f"{request.method} is not done here.", {"Allow": ", ".join(VERBS)})
        if request.method == "OPTIONS":
            return _json({}, 200, {"Allow": ", ".join(VERBS)})
        user = recognised(request, VERBS[request.method], path)
        root = f"{request.scheme}://{request.get_host()}{ROOT}"
        query = _plain(request.GET)
        if path.strip("/") == "$batch":
            return _batch(request, user, root)
        return handle(user, root, request.method, path, query, request.content_type, request.body)
    except Exception as failure:
        return wrong(failure)


def ahead(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: a request that brings a password or a token needs no session, form or page, so it goes straight to the door.

    Devices ask most often. What stands before this in the list is done for them too; who is signed in takes the usual way.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        found = _HERE.match(request.path_info) if request.META.get("HTTP_AUTHORIZATION") else None
        if found is None:
            return get_response(request)
        request.get_host()  # raises for a name that is not this site's
        translation.activate(translation.get_language_from_request(request))
        response = door(request, found["path"])
        response.headers["Content-Length"] = str(len(response.content))
        response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
        return response

    return middleware


_HERE = re.compile(r"/sta/v1\.1(?P<path>(?:/.*)?)$")


def handle(
    user: Any, root: str, method: str, path: str, query: dict[str, str], content: str | None, body: bytes
) -> HttpResponse:
    """One request, from the network or out of a batch. Raises what `wrong` puts into words."""
    work = _Work(user, root, path.strip("/"), query)
    match method:
        case "GET" | "HEAD":
            return work.get()
        case "POST":
            return work.post(_body(body))
        case "PATCH":
            return work.patch(_body(body), (content or "").casefold())
        case "PUT":
            return work.put(_body(body))
        case "DELETE":
            return work.delete()
    raise Told(405, f"{method} is not done here.")


def wrong(failure: Exception) -> HttpResponse:
    """An answer of the standard's form for what went wrong."""
    headers: dict[str, str] = {}
    match failure:
        case Told():
            status, headers = failure.status, failure.headers
        case Unknown():
            status, headers = (
                401,
                {"WWW-Authenticate": 'Bearer realm="hanfeng", Basic realm="hanfeng", charset="UTF-8"'},
            )
        case Forbidden():
            status = 403
        case Missing():
            status = 404
        case Clash():
            status = 409
        case Wrong() | DataError():
            status = 400
        case Lacking():
            status = 501
        case Problem():
            status, headers = failure.status, dict(failure.headers)
        case client.NotKept():
            status, headers = 503, {"Retry-After": str(client.RETRY_AFTER)}
        case OperationalError() if (
            "too large" in str(failure) or "too many" in str(failure) or "malformed" in str(failure)
        ):
            status = 400
        case OverflowError() | UnicodeError() | RecursionError():
            status = 400
        case DatabaseError() if "operator does not exist" in str(failure) or "cannot cast" in str(failure):
            status = 400
        case ValueError() if "time" in str(failure):
            status = 400
        case _:
            log.error("A SensorThings request failed", exc_info=failure)
            return _json(
                {"code": 500, "type": "error", "message": "The server failed; the log of the site says why."}, 500
            )
    return _json({"code": status, "type": "error", "message": str(failure).split("\n")[0]}, status, headers)


class _Work:
    """One request of one account."""

    def __init__(self, user: Any, root: str, path: str, query: dict[str, str]) -> None:
        self.user, self.root, self.path, self.query = user, root, path, query
        self.answers, self.changes = Answers(user, root), Changes(user)

    # --- GET ------------------------------------------------------------------------------------------------------------

    def get(self) -> HttpResponse:
        if not self.path:
            return _json(_start(self.root))
        place = resolve(self.answers, self.path)
        if place.tail == "$count":
            return self._count(place)
        if place.prop:
            return self._property(place)
        options = read(place.entity, self.query)
        if place.tail == "$ref":
            options.select, options.expand = ("@iot.selfLink",), {}
        elif place.tail:
            raise Wrong("$value stands behind a property.")
        if place.rows is None:
            return _json(self.answers.many(place.entity, [place.row], options)[0])
        here = f"{self.root}/{self.path}"
        told = self.answers.collection(place.entity, place.rows, options, here, self.query, whole=self._whole(place))
        return _json(told)

    def _whole(self, place: Place) -> Callable[[], int] | None:
        """How an observations' set is counted without reading it."""
        if place.entity is not OBSERVATIONS:
            return None
        if place.parent is None:
            return self.answers.total
        if place.parent[0].plural == "Datastreams":
            standing = getattr(place.parent[1], "standing", None)
            return lambda: standing.count if standing is not None else 0
        return None

    def _count(self, place: Place) -> HttpResponse:
        if place.rows is None:
            raise Wrong("Only a set is counted.")
        options = read(place.entity, self.query)
        whole = self._whole(place)
        if whole and options.where is None:
            return HttpResponse(str(whole()), content_type="text/plain")
        return HttpResponse(
            str(self.answers.narrowed(place.entity, place.rows, options).count()), content_type="text/plain"
        )

    def _property(self, place: Place) -> HttpResponse:
        told = self.answers.one(place.entity, place.row, read(place.entity, {}))
        value = told.get("@iot.id" if place.prop == "id" else place.prop)
        if place.tail == "$value":
            if value is None:
                return HttpResponse(status=204)
            text = value if isinstance(value, str) else orjson.dumps(value).decode()
            return HttpResponse(text, content_type="text/plain; charset=utf-8")
        if value is None:
            return HttpResponse(status=204)
        return _json({place.prop: value})

    # --- writing ----------------------------------------------------------------------------------------------------------

    def post(self, body: Any) -> HttpResponse:
        if self.path == "CreateObservations":
            ids = self.changes.observe_arrays(body)
            base = f"{self.root}/Observations('"
            return _json([f"{base}{key}')" if key is not None else "error" for key in ids], 201)
        if self.path == "Observations":  # the hot path: nothing to resolve
            return self._made(OBSERVATIONS, self.changes.create(OBSERVATIONS, body), body)
        place = resolve(self.answers, self.path)
        if place.rows is None or place.tail or place.prop:
            raise Told(405, "POST goes to a set.")
        return self._made(place.entity, self.changes.create(place.entity, body, place.parent), body)

    def _made(self, entity: Entity, made: Any, body: Any) -> HttpResponse:
        key = made if entity is OBSERVATIONS else id_of(entity, made)
        link = f"{self.root}/{entity.plural}{in_link(key)}"
        if entity is OBSERVATIONS:
            told = {
                "@iot.id": key,
                "@iot.selfLink": link,
                **{k: v for k, v in body.items() if k in entity.property_names},
            }
        else:
            told = self.answers.one(entity, made, read(entity, {}))
        return _json(told, 201, {"Location": link})

    def _one(self) -> Place:
        place = resolve(self.answers, self.path)
        if place.row is None or place.tail or place.prop:
            raise Told(405, "This is done with one entity.")
        return place

    def patch(self, body: Any, content: str) -> HttpResponse:
        place = self._one()
        if "json-patch" in content or isinstance(body, list):
            body = patched(place.entity, place.row, body)
        return self._changed(place, body, whole=False)

    def put(self, body: Any) -> HttpResponse:
        return self._changed(self._one(), body, whole=True)

    def _changed(self, place: Place, body: Any, *, whole: bool) -> HttpResponse:
        made = self.changes.change(place.entity, place.row, body, whole=whole)
        if place.entity is OBSERVATIONS:
            stream, time = made.rsplit("-", 1) if not made.count("--") else made.split("-", 1)
            found = self.answers.values().at(int(stream), int(time))
            return _json(self.answers.one(OBSERVATIONS, found, read(OBSERVATIONS, {})) if found else {})
        return _json(self.answers.one(place.entity, made, read(place.entity, {})))

    def delete(self) -> HttpResponse:
        place = self._one()
        self.changes.delete(place.entity, place.row)
        return _json({})


def _start(root: str) -> dict[str, Any]:
    return {
        "value": [{"name": entity.plural, "url": f"{root}/{entity.plural}"} for entity in ENTITIES],
        "serverSettings": {"conformance": list(CONFORMANCE)},
    }


def _plain(query: QueryDict) -> dict[str, str]:
    for name, values in query.lists():
        if len(values) > 1:
            raise Wrong(f"{name} is given twice.")
        if any("\0" in value for value in values):
            raise Wrong("A text may not hold a NUL character.")
    return {name: values[0] for name, values in query.lists()}


def _body(body: bytes) -> Any:
    if len(body) > LARGEST:
        raise Told(413, f"A request has at most {LARGEST >> 20} MB.")
    try:
        return orjson.loads(body)
    except ValueError as bad:
        raise Wrong(f"The body is not JSON: {bad}") from bad


def _json(told: Any, status: int = 200, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(orjson.dumps(told), status=status, content_type="application/json", headers=headers)


# --- batches ------------------------------------------------------------------------------------------------------------

MOST_REQUESTS = 1000


def _batch(request: HttpRequest, user: Any, root: str) -> HttpResponse:
    if request.method != "POST":
        raise Told(405, "A batch is sent by POST.")
    if "multipart/mixed" in (request.content_type or ""):
        return _multipart(request, user, root)
    asked = _body(request.body)
    requests = asked.get("requests") if isinstance(asked, dict) else None
    if not isinstance(requests, list) or len(requests) > MOST_REQUESTS:
        raise Wrong(f"A batch has a list of at most {MOST_REQUESTS} requests.")
    made: dict[str, str] = {}
    responses = []
    for group in _groups(requests):
        responses += _together(group, user, root, made)
    return _json({"responses": responses})


def _groups(requests: list[Any]) -> list[list[dict[str, Any]]]:
    """Requests one by one, those of an atomicity group together."""
    groups: list[list[dict[str, Any]]] = []
    for item in requests:
        if not isinstance(item, dict):
            raise Wrong("A request of a batch is a JSON object.")
        name = item.get("atomicityGroup")
        if groups and name is not None and groups[-1][0].get("atomicityGroup") == name:
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


class _Undone(Exception):
    """A request of a group failed: take the group back."""


def _together(group: list[dict[str, Any]], user: Any, root: str, made: dict[str, str]) -> list[dict[str, Any]]:
    """One request, or a group that is done wholly or not at all (values that a group sends are kept at once, and stay)."""
    if len(group) == 1:
        return [_asked(group[0], user, root, made)]
    told: list[dict[str, Any]] = []
    try:
        with transaction.atomic():
            for item in group:
                told.append(_asked(item, user, root, made))
                if told[-1]["status"] >= 400:
                    raise _Undone
    except _Undone:
        failed = told[-1]
        return [
            {**failed, "id": str(item.get("id", ""))} if i == len(told) - 1 else _not_done(item)
            for i, item in enumerate(group)
        ]
    return told


def _not_done(item: dict[str, Any]) -> dict[str, Any]:
    body = {"code": 424, "type": "error", "message": "Another request of the group failed; nothing of it was done."}
    return {"id": str(item.get("id", "")), "status": 424, "body": body}


def _asked(item: dict[str, Any], user: Any, root: str, made: dict[str, str]) -> dict[str, Any]:
    name, method, url = str(item.get("id", "")), str(item.get("method", "")).upper(), str(item.get("url", ""))
    body = b"" if item.get("body") is None else orjson.dumps(_linked(item["body"], made))
    content = str((item.get("headers") or {}).get("Content-Type", "")) if isinstance(item.get("headers"), dict) else ""
    answer = _within(user, root, method, _refer(url, made), content, body)
    told: dict[str, Any] = {"id": name, "status": answer.status_code}
    if answer.get("Location"):
        told["location"] = answer["Location"]
        made[f"${name}"] = answer["Location"]
    if answer.content:
        told["body"] = orjson.loads(answer.content) if "json" in answer["Content-Type"] else answer.content.decode()
    return told


def _within(user: Any, root: str, method: str, url: str, content: str, body: bytes) -> HttpResponse:
    """A request out of a batch: its answer, also where it is an error."""
    try:
        parts = urlsplit(url)
        path = unquote(parts.path)
        path = path.split(ROOT, 1)[-1]
        query = _plain(QueryDict(parts.query))
        with transaction.atomic():
            return handle(user, root, method, path, query, content, body)
    except Exception as failure:
        return wrong(failure)


def _refer(url: str, made: dict[str, str]) -> str:
    """Put the address of what an earlier request made in the place of $1."""
    match = re.match(r"(\$[\w-]+)(/|$)", url.lstrip("/"))
    if match and match[1] in made:
        return made[match[1]] + url.lstrip("/")[len(match[1]) :]
    return url


def _linked(body: Any, made: dict[str, str]) -> Any:
    """Put the id of what an earlier request made in the place of {"@iot.id": "$1"}."""
    if isinstance(body, list):
        return [_linked(item, made) for item in body]
    if not isinstance(body, dict):
        return body
    told = {}
    for name, value in body.items():
        if name == "@iot.id" and isinstance(value, str) and value in made:
            inner = made[value].rsplit("(", 1)[1][:-1]
            value = inner.strip("'") if inner.startswith("'") else int(inner)
        told[name] = _linked(value, made)
    return told


def _multipart(request: HttpRequest, user: Any, root: str) -> HttpResponse:
    """The older form of a batch: parts of application/http, those of a change set together."""
    head = f"Content-Type: {request.headers.get('Content-Type', '')}\r\n\r\n".encode()
    mail = message_from_bytes(head + request.body)
    if not mail.is_multipart():
        raise Wrong("The batch cannot be read: its boundary is missing.")
    boundary = "hanfeng-batch"
    made: dict[str, str] = {}
    out: list[bytes] = []
    parts: list[Any] = list(mail.get_payload())
    for n, part in enumerate(parts[:MOST_REQUESTS]):
        if part.get_content_type() == "multipart/mixed":
            items = [_http(inner, str(i)) for i, inner in enumerate(part.get_payload())]
            answers = _together([{**item, "atomicityGroup": str(n)} for item in items], user, root, made)
            inner = b"".join(_part(answer, "hanfeng-changes", answer["id"]) for answer in answers)
            out.append(
                f"--{boundary}\r\nContent-Type: multipart/mixed; boundary=hanfeng-changes\r\n\r\n".encode()
                + inner + b"--hanfeng-changes--\r\n"
            )  # fmt: skip
        else:
            answer = _together([_http(part, str(n))], user, root, made)[0]
            out.append(_part(answer, boundary, ""))
    content = b"".join(out) + f"--{boundary}--\r\n".encode()
    return HttpResponse(content, content_type=f"multipart/mixed; boundary={boundary}")


def _http(part: Any, name: str) -> dict[str, Any]:
    payload = part.get_payload(decode=True) if not part.is_multipart() else b""
    head, _blank, body = payload.replace(b"\r\n", b"\n").partition(b"\n\n")
    line, *headers = head.decode("utf-8", "replace").split("\n")
    words = line.split(" ")
    if len(words) < 2:
        raise Wrong("A part of the batch does not begin with its method and address.")
    url = " ".join(words[1:-1]) if words[-1].startswith("HTTP/") else " ".join(words[1:])
    fields = dict(h.split(":", 1) for h in headers if ":" in h)
    content = next((v.strip() for k, v in fields.items() if k.casefold() == "content-type"), "")
    data = _body(body) if body.strip() else None
    return {
        "id": part.get("Content-ID", name),
        "method": words[0],
        "url": url,
        "headers": {"Content-Type": content},
        "body": data,
    }


def _part(answer: dict[str, Any], boundary: str, name: str) -> bytes:
    body = json.dumps(answer["body"], ensure_ascii=False).encode() if "body" in answer else b""
    head = f"--{boundary}\r\nContent-Type: application/http\r\n" + (f"Content-ID: {name}\r\n" if name else "")
    line = f"\r\nHTTP/1.1 {answer['status']}\r\nContent-Type: application/json\r\n"
    line += f"Location: {answer['location']}\r\n" if "location" in answer else ""
    return (head + line).encode() + b"\r\n" + body + b"\r\n"
