"""The list of a desk: filtered, searched, sorted and paged, within the reader's scope."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import BooleanField, DateField, ForeignKey, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from hanfeng.kernel.pack import Pack, catalogue
from hanfeng.kernel.record.models import Reader, Record
from hanfeng.kernel.roles import holds, visible

from .desk import Desk, cells
from .picking import matched_by

PAGE = 50
MOST_OPTIONS = 60
MOST_WORDS = 12  # of a search: a database takes conditions only so deep


def open_desk(pack_name: str, slug: str) -> tuple[Pack, Desk]:
    """The pack and the desk of an address, or 404."""
    for pack in catalogue():
        for desk in pack.desks:
            if desk.slug == slug and desk.model._meta.app_label == pack_name:
                return pack, desk
    raise Http404(_("There is no such register."))


def rows(desk: Desk, user: Reader, asked: QueryDict) -> QuerySet[Any]:
    """The rows a reader asked for. A filter value that does not fit its field finds nothing rather than failing."""
    found: QuerySet[Any] = visible(desk.model, user).select_related(*desk.related)
    try:
        for name in desk.filters:
            if value := asked.get(name):
                found = found.filter(_asked(desk, name, value))
    except (ValueError, ValidationError):
        return found.none()
    for word in asked.get("q", "").replace("\x00", "").split()[:MOST_WORDS]:
        found = found.filter(_match(desk, word))
    return found.order_by(*_order(desk, asked.get("sort", "")))


def _asked(desk: Desk, name: str, value: str) -> Q:
    """A filter in force. Of a related record the key, or where no list of them is offered a part of its name or its code."""
    field = desk.model._meta.get_field(name)
    if not isinstance(field, ForeignKey) or (value.isascii() and value.isdigit() and len(value) < 19):
        return Q(**{name: _value(desk, name, value)})
    if "\x00" in value or not issubclass(field.remote_field.model, Record):
        raise ValueError(value)
    match = Q(pk__in=())
    for path in matched_by(field.remote_field.model):
        match |= Q(**{f"{name}__{path}__icontains": value.strip()})
    return match


def _value(desk: Desk, name: str, value: str) -> Any:
    """A filter's value for its field. Raises ValueError for what the database could not even compare."""
    field = desk.model._meta.get_field(name)
    if "\x00" in value or (isinstance(field, ForeignKey) and not -(2**63) <= int(value) < 2**63):
        raise ValueError(value)
    return value == "1" if isinstance(field, BooleanField) else value


def _match(desk: Desk, word: str) -> Q:
    match = Q(pk__in=())
    for name in desk.search:
        match |= Q(**{f"{name}__icontains": word})
    return match


def _order(desk: Desk, sort: str) -> tuple[str, ...]:
    name = sort.removeprefix("-")
    return (sort, "-pk") if name in {c.name for c in desk.listed if c.sortable} else desk.order


@login_required
def list_page(request: HttpRequest, pack_name: str, slug: str) -> HttpResponse:
    """The list page of a desk."""
    pack, desk = open_desk(pack_name, slug)
    found = rows(desk, request.user, request.GET)
    shown = Paginator(found, PAGE).get_page(request.GET.get("page"))
    records = list(shown.object_list)
    context = {
        "pack": pack,
        "desk": {"title": desk.title, "url": desk.url, "can_add": bool(desk.form) and holds(request.user, *desk.write)},
        "head": list(_head(desk, request.GET)),
        "rows": lines(desk, records),
        "filters": list(_filters(desk, request)),
        "q": request.GET.get("q", ""),
        "searchable": bool(desk.search),
        "total": shown.paginator.count,
        "pages": pager(shown, request.GET),
        "demo": any(r.demo for r in records),
    }
    return TemplateResponse(request, [f"{pack.name}/{slug}_list.html", "desk/list.html"], context)


def lines(desk: Desk, records: Sequence[Any]) -> list[dict[str, Any]]:
    """The lines of a list: the address of each record, whether it is demo data, its cells."""
    told = zip(records, cells(desk.listed, records), strict=True)
    return [{"url": desk.at(record), "demo": record.demo, "cells": line} for record, line in told]


def _head(desk: Desk, asked: QueryDict) -> Iterator[dict[str, Any]]:
    sort = asked.get("sort", "")
    for column in desk.listed:
        now = sort.removeprefix("-") == column.name
        turned = f"-{column.name}" if sort == column.name else column.name
        yield {
            "key": column.name,
            "title": str(column.title),
            "numeric": column.kind == "num",
            "sort_url": _with(asked, sort=turned, page=None) if column.sortable else "",
            "sorted": ("descending" if sort.startswith("-") else "ascending") if now and sort else "",
        }


def _with(asked: QueryDict, **changes: Any) -> str:
    query = asked.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return f"?{query.urlencode()}"


def _filters(desk: Desk, request: HttpRequest) -> Iterator[dict[str, Any]]:
    for name in desk.filters:
        field = desk.model._meta.get_field(name)
        value = request.GET.get(name, "")
        options = [(v, t, v == value) for v, t in _options(desk, field, request.user)]
        kind = "date" if isinstance(field, DateField) else "select" if options else "text"
        yield {"name": name, "label": desk.label(name), "kind": kind, "options": options, "value": value}


def _options(desk: Desk, field: Any, user: Reader) -> list[tuple[str, str]]:
    """What a filter offers: the states, the choices, yes and no, or the related rows when they are few."""
    if desk.flow and field.name == "state":
        return [(str(s.value), str(s.label)) for s in desk.flow.states]
    if getattr(field, "choices", None):
        return [(str(v), str(t)) for v, t in field.flatchoices]
    if isinstance(field, BooleanField):
        return [("1", _("yes")), ("0", _("no"))]
    if isinstance(field, ForeignKey):
        related: Any = field.remote_field.model
        rows = visible(related, user).select_related(*getattr(related, "named_by", ()))
        few = rows.order_by(*related._meta.ordering or ("pk",))[: MOST_OPTIONS + 1]
        return [(str(r.pk), str(r)) for r in few] if len(few) <= MOST_OPTIONS else []
    return []


def pager(shown: Any, asked: QueryDict) -> dict[str, Any]:
    """The pager: first, last, and those around the page shown."""
    count, number = shown.paginator.num_pages, shown.number
    near = sorted({1, count, *range(max(1, number - 2), min(count, number + 2) + 1)})
    return {
        "number": number,
        "count": count,
        "links": [
            {"n": n, "url": _with(asked, page=n), "current": n == number, "gap": n - before > 1}
            for n, before in zip(near, [0, *near], strict=False)
        ],
        "prev_url": _with(asked, page=number - 1) if shown.has_previous() else "",
        "next_url": _with(asked, page=number + 1) if shown.has_next() else "",
    }
