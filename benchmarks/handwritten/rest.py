"""The list and the record of the interface, by hand: the same token check, permission, scope, rows, log and bytes."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.roles import OFFICER
from hanfeng.kernel.rest import meter
from hanfeng.kernel.rest.models import Token
from hanfeng.kernel.watch.log import note
from hanfeng.kernel.watch.models import Line

ADDRESS = "/api/v1/bodies/body"
FIELDS = (
    "pk", "version", "created_at", "changed_at", "demo", "slug", "name", "name_en", "kind", "code", "starts", "ends",
    "successor_id", "source", "note", "note_en", "successor__name", "successor__name_en",
)  # fmt: skip
SORTABLE = frozenset({"name", "kind", "code", "starts", "ends", "successor"})


def _token(request: HttpRequest) -> tuple[Token | None, HttpResponse | None]:
    """The token of a request when it may read bodies, else the refusal."""
    digest = sha256(request.headers.get("Authorization", "").removeprefix("Bearer ").encode()).hexdigest()
    token = Token.objects.select_related("client__account").filter(digest=digest, revoked=False).first()
    if token is None or token.client.revoked or timezone.localdate() >= token.client.expires:
        return None, HttpResponse(status=401)
    client = token.client
    if "bodies.body:read" not in client.scopes or (
        client.addresses and request.META["REMOTE_ADDR"] not in client.addresses
    ):
        return None, HttpResponse(status=403)
    if meter.count(f"c{client.pk}", client.rate, request.META["REMOTE_ADDR"], token.prefix).over:
        return None, HttpResponse(status=429)
    return token, None


def _visible(token: Token) -> Any:
    found = Body.objects.all()
    return found if OFFICER.name in token.client.roles else found.exclude(kind=Body.Kind.ENTERPRISE)


def _told(row: tuple[Any, ...], english: bool) -> dict[str, Any]:
    (
        pk,
        version,
        created,
        changed,
        demo,
        slug,
        name,
        name_en,
        kind,
        code,
        starts,
        ends,
        heir,
        source,
        words,
        words_en,
        his,
        hers,
    ) = row
    return {
        "id": pk, "version": version, "recorded_at": created, "changed_at": changed, "demo": demo, "href": f"{ADDRESS}/{pk}",
        "title": (english and name_en) or name, "slug": slug, "name": name, "name_en": name_en, "kind": kind, "code": code,
        "starts": starts, "ends": ends,
        "successor": heir and {"id": heir, "title": (english and hers) or his, "href": f"{ADDRESS}/{heir}"},
        "source": source, "note": words, "note_en": words_en,
    }  # fmt: skip


def _answer(told: Any) -> HttpResponse:
    response = HttpResponse(orjson.dumps(told), content_type="application/json")
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Accept-Language, Authorization, Cookie"
    return response


@csrf_exempt
def bodies(request: HttpRequest) -> HttpResponse:
    """A page of the list."""
    token, refusal = _token(request)
    if token is None:
        return refusal or HttpResponse(status=401)
    found = _visible(token)
    if kind := request.GET.get("kind"):
        found = found.filter(kind=kind)
    sort = request.GET.get("sort", "")
    found = found.order_by(*((sort, "-pk") if sort.removeprefix("-") in SORTABLE else ("kind", "slug")))
    page, limit = int(request.GET.get("page", 1)), min(int(request.GET.get("limit", 50)), 500)
    total = found.count()
    english = (get_language() or "").startswith("en")
    rows = found.values_list(*FIELDS)[(page - 1) * limit : page * limit]
    items = [_told(row, english) for row in rows]
    if len(items) > 50 or (items and page > 1):
        client = token.client
        note(
            Line.What.EXPORT, Line.Book.ACCESS, client.account, who=client.name, kind="bodies.body", title="bodies",
            form="rest", asked=request.GET.urlencode(), rows=len(items), fields=list(FIELDS),
            address=request.META["REMOTE_ADDR"],
        )  # fmt: skip
    response = _answer({"items": items, "limit": limit, "total": total, "page": page})
    last = max(1, -(-total // limit))
    query = request.GET.copy()
    links = []
    for rel, number in (("first", 1), ("prev", page - 1), ("next", page + 1), ("last", last)):
        if 1 <= number <= last:
            query["page"] = str(number)
            links.append(f'<{ADDRESS}?{query.urlencode()}>; rel="{rel}"')
    response["Link"] = ", ".join(links)
    return response


@csrf_exempt
def body(request: HttpRequest, pk: int) -> HttpResponse:
    """One body."""
    token, refusal = _token(request)
    if token is None:
        return refusal or HttpResponse(status=401)
    row = _visible(token).filter(pk=pk).values_list(*FIELDS).first()
    if row is None:
        return HttpResponse(status=404)
    response = _answer(_told(row, (get_language() or "").startswith("en")))
    response["ETag"] = f'"{row[1]}"'
    return response
