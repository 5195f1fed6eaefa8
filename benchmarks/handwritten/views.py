"""The list and the page of a body, by hand: the same rows, scope, rights, filters, story and words as on the desk."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import bodies_of, is_officer
from hanfeng.commons.people.roles import REGISTRAR
from hanfeng.kernel.pack import catalogue
from hanfeng.kernel.record.models import Attachment, Event

SORTABLE = ("name", "kind", "code", "starts", "ends", "successor")
FIELDS = ("slug", "name", "name_en", "kind", "code", "starts", "ends", "successor", "source", "note", "note_en")
LABELS: dict[str, Any] = {name: Body._meta.get_field(name).verbose_name for name in FIELDS}  # type: ignore[union-attr]


def _visible(user: Any) -> QuerySet[Body]:
    found: QuerySet[Body] = Body.objects.select_related("successor")
    if is_officer(user):
        return found
    return found.filter(~Q(kind=Body.Kind.ENTERPRISE) | Q(pk__in=bodies_of(user)))


def _english() -> bool:
    return (get_language() or "").startswith("en")


@login_required
def bodies(request: HttpRequest) -> HttpResponse:
    """The register of bodies."""
    found = _visible(request.user)
    kind, words, sort = (request.GET.get(name, "") for name in ("kind", "q", "sort"))
    if kind:
        found = found.filter(kind=kind)
    for word in words.split():
        found = found.filter(Q(name__icontains=word) | Q(name_en__icontains=word) | Q(code__icontains=word))
    known = sort.removeprefix("-") in SORTABLE
    found = found.order_by(sort, "-pk") if known else found.order_by("kind", "slug")
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    context = {
        "meta": Body._meta,
        "label": LABELS,
        "english": _english(),
        "sheet_query": _sheet_query(request),
        "may_write": REGISTRAR.held_by(request.user),
        "page": page,
        "bodies": rows,
        "demo": any(b.demo for b in rows),
        "kinds": Body.Kind.choices,
        "kind": kind,
        "kind_title": dict(Body.Kind.choices).get(kind, kind),
        "q": words,
        "sort": sort,
        "base": _query(request, "page"),
        "unsorted": _query(request, "page", "sort"),
        "columns": _columns(sort),
        "links": _links(page.number, page.paginator.num_pages),
    }
    return render(request, "handwritten/bodies.html", context)


def _columns(sort: str) -> list[dict[str, Any]]:
    """The headings: title, where a click sorts to, and how the column is sorted now."""
    order = "descending" if sort.startswith("-") else "ascending"
    now = sort.removeprefix("-")
    return [
        {"title": LABELS[n], "turn": f"-{n}" if sort == n else n, "sorted": order if now == n else ""} for n in SORTABLE
    ]


def _links(number: int, count: int) -> list[tuple[int, bool]]:
    """The pages to offer, each with whether some before it are left out."""
    near = sorted({1, count, *range(max(1, number - 2), min(count, number + 2) + 1)})
    return [(n, n - before > 1) for n, before in zip(near, [0, *near], strict=False)]


def _query(request: HttpRequest, *without: str) -> str:
    query = request.GET.copy()
    for name in without:
        query.pop(name, None)
    return query.urlencode()


@login_required
def body(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one body."""
    found = get_object_or_404(_visible(request.user), pk=pk)
    events = list(Event.objects.filter(kind="bodies.body", key=pk).order_by("-seq")[:20])
    context = {
        "meta": Body._meta,
        "label": LABELS,
        "english": _english(),
        "may_write": REGISTRAR.held_by(request.user),
        "body": found,
        "events": _story(events),
        "files": Attachment.objects.filter(kind="bodies.body", key=pk).select_related("by").order_by("pk"),
        "panels": [
            (panel.title, f"/panels/{pack.name}/{panel.name}/{pk}/")
            for pack in catalogue()
            for panel in pack.panels
            if panel.on is Body and panel.open_to(request.user)
        ],
    }
    return render(request, "handwritten/body.html", context)


def _story(events: list[Event]) -> list[dict[str, Any]]:
    """What happened, with the names of successors asked for once."""
    verbs = {"create": _("recorded"), "change": _("changed"), "import": _("imported")}
    told = [(event, json.loads(event.data)) for event in events]
    keys = {key for _event, data in told for key in data.get("successor", ()) if key}
    names = {b.pk: str(b) for b in Body.everything.filter(pk__in=keys)}
    kinds: dict[str, Any] = dict(Body.Kind.choices)

    def shown(name: str, value: Any) -> Any:
        if value is None or value == "":
            return "—"
        return {"kind": kinds, "successor": names}.get(name, {}).get(value, value)

    return [
        {
            "event": event,
            "verb": verbs.get(event.verb, event.verb),
            "changes": [(LABELS[n], shown(n, a), shown(n, b)) for n, (a, b) in data.items() if n in LABELS],
        }
        for event, data in told
    ]


def _sheet_query(request: HttpRequest) -> str:
    """The filters that go along to a sheet: all but the page."""
    asked = request.GET.copy()
    asked.pop("page", None)
    return f"?{asked.urlencode()}" if asked else ""
