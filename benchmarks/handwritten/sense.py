"""Observations by hand: one row inserted a request, and a page of a series, as a Django project would write them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import connection
from django.http import HttpRequest, HttpResponse

INSERT = (
    "INSERT INTO sense_observation (datastream_id, time, number, mark, quality, checks, received) "
    "VALUES (%s, %s, %s, '', 0, 0, %s)"
)
LAST = (
    "SELECT time, until, result_time, number, text, mark, quality, checks FROM sense_observation "
    "WHERE datastream_id = %s ORDER BY time DESC LIMIT %s"
)


def ahead(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: a value goes straight to its view."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return observation(request) if request.path_info == "/handwritten/observation" else get_response(request)

    return middleware


def observation(request: HttpRequest) -> HttpResponse:
    """Insert one row in a transaction of its own."""
    data = orjson.loads(request.body)
    key, at = data["Datastream"]["@iot.id"], ms(data["phenomenonTime"])
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [key, at, data["result"], at])
    told = orjson.dumps({"@iot.id": f"{key}-{at}"})
    return HttpResponse(told, status=201, content_type="application/json", headers={"Content-Length": str(len(told))})


def last(request: HttpRequest, pk: int) -> HttpResponse:
    """The last values of a series as SensorThings writes them."""
    top = int(request.GET["$top"])
    root = request.build_absolute_uri("/sta/v1.1")
    with connection.cursor() as cursor:
        cursor.execute(LAST, [pk, top + 1])
        rows = cursor.fetchall()
    told: dict[str, Any] = {}
    if len(rows) > top:
        token = f"{pk}%3A{rows[top - 1][0]}"
        path = f"{root}/Datastreams({pk})/Observations"
        told["@iot.nextLink"] = f"{path}?$top={top}&$orderby=phenomenonTime%20desc&$skiptoken={token}"
    told["value"] = [one(root, pk, row) for row in rows[:top]]
    return HttpResponse(orjson.dumps(told), content_type="application/json")


def one(root: str, pk: int, row: tuple[Any, ...]) -> dict[str, Any]:
    """A row as JSON."""
    time, until, result_time, number, text, *_quality = row
    link = f"{root}/Observations('{pk}-{time}')"
    span = stamp(time) if until is None or until == time else f"{stamp(time)}/{stamp(until)}"
    return {
        "@iot.id": f"{pk}-{time}", "@iot.selfLink": link, "phenomenonTime": span,
        "resultTime": None if result_time is None else stamp(result_time),
        "result": number if text is None else orjson.loads(text),
        "Datastream@iot.navigationLink": f"{link}/Datastream",
        "FeatureOfInterest@iot.navigationLink": f"{link}/FeatureOfInterest",
    }  # fmt: skip


def stamp(time: int) -> str:
    """Milliseconds as text."""
    return datetime.fromtimestamp(time / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ms(text: str) -> int:
    """Text as milliseconds."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)
