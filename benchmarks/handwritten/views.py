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


def _visible(user: Any) -> QuerySet[Body]:
    found: QuerySet[Body] = Body.objects.select_related("successor")
    if is_officer(user):
        return found
    return found.filter(~Q(kind=Body.Kind.ENTERPRISE) | Q(pk__in=bodies_of(user)))


def _may_write(user: Any) -> bool:
    return REGISTRAR.held_by(user)


@login_required
def bodies(request: HttpRequest) -> HttpResponse:
    """The register of bodies."""
    found = _visible(request.user)
    kind, words, sort = request.GET.get("kind", ""), request.GET.get("q", ""), request.GET.get("sort", "")
    if kind:
        found = found.filter(kind=kind)
    for word in words.split():
        found = found.filter(Q(name__icontains=word) | Q(name_en__icontains=word) | Q(code__icontains=word))
    known = sort.removeprefix("-") in SORTABLE
    found = found.order_by(sort, "-pk") if known else found.order_by("kind", "slug")
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    context = {
        "page": page, "bodies": rows, "demo": any(b.demo for b in rows), "english": (get_language() or "").startswith("en"),
        "kinds": Body.Kind.choices, "kind": kind, "kind_title": dict(Body.Kind.choices).get(kind, kind), "q": words, "sort": sort,
        "may_write": _may_write(request.user), "base": _query(request, "page"), "unsorted": _query(request, "page", "sort"), "columns": _columns(sort),
        "links": _links(page.number, page.paginator.num_pages),
    }  # fmt: skip
    return render(request, "handwritten/bodies.html", context)


def _columns(sort: str) -> list[dict[str, Any]]:
    """The headings: title, where a click sorts to, and how the column is sorted now."""
    titles = (_("name"), _("kind"), _("unified social credit code"), _("exists from"), _("exists until"), _("successor"))
    order = "descending" if sort.startswith("-") else "ascending"
    return [
        {"title": title, "turn": f"-{name}" if sort == name else name, "sorted": order if sort.removeprefix("-") == name else ""}
        for name, title in zip(SORTABLE, titles, strict=True)
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
        "body": found, "english": (get_language() or "").startswith("en"), "may_write": _may_write(request.user),
        "events": _story(events),
        "files": Attachment.objects.filter(kind="bodies.body", key=pk).select_related("by").order_by("pk"),
        "panels": [(p.title, f"/panels/{pack.name}/{p.name}/{pk}/") for pack in catalogue() for p in pack.panels
                   if p.on is Body and p.open_to(request.user)],
    }  # fmt: skip
    return render(request, "handwritten/body.html", context)


def _story(events: list[Event]) -> list[dict[str, Any]]:
    labels = {
        "slug": _("id"), "name": _("name"), "name_en": _("English name"), "kind": _("kind"), "code": _("unified social credit code"),
        "starts": _("exists from"), "ends": _("exists until"), "successor": _("successor"), "source": _("source"), "note": _("note"),
        "note_en": _("note in English"),
    }  # fmt: skip
    verbs = {"create": _("recorded"), "change": _("changed"), "import": _("imported")}
    changes = [(event, json.loads(event.data)) for event in events]
    keys = {key for _event, data in changes for key in data.get("successor", ()) if key}
    names = {b.pk: b.name for b in Body.everything.filter(pk__in=keys)}
    kinds: dict[str, Any] = dict(Body.Kind.choices)

    def shown(name: str, value: Any) -> Any:
        if value is None or value == "":
            return "—"
        return kinds.get(value, value) if name == "kind" else names.get(value, value) if name == "successor" else value

    return [
        {
            "event": event, "verb": verbs.get(event.verb, event.verb),
            "changes": [(labels[n], shown(n, before), shown(n, after)) for n, (before, after) in data.items() if n in labels],
        }
        for event, data in changes
    ]  # fmt: skip
