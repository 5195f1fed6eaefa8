"""The page of the log, for the audit administrator: who read what is personal and what for, who came in, who was given what."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.apps import apps
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hanfeng.kernel.desk.desk import Desk
from hanfeng.kernel.desk.lists import pager
from hanfeng.kernel.pack import desk_of
from hanfeng.kernel.roles import Role, holds

from .models import Line

PAGE = 50


@login_required
@require_GET
def log_page(request: HttpRequest, reader: Role) -> HttpResponse:
    """The lines of one book, the newest first."""
    if not holds(request.user, reader):
        raise PermissionDenied(_("Only for the audit administrator."))
    asked = {name: str(value).strip() for name, value in request.GET.items()}
    book = asked.get("book") if asked.get("book") in Line.Book.values else Line.Book.ACCESS.value
    shown = Paginator(_chosen(str(book), asked), PAGE).get_page(asked.get("page"))
    context = {
        "book": book,
        "books": [(kind.value, kind.label) for kind in Line.Book],
        "lines": [_told(line) for line in shown.object_list],
        "pages": pager(shown, request.GET),
        "total": shown.paginator.count,
        "filters_kept": [("book", book)],
        "filters": _filters(str(book), asked),
    }
    return TemplateResponse(request, "watch/log.html", context)


def _chosen(book: str, asked: dict[str, str]) -> QuerySet[Line]:
    rows = Line.objects.filter(book=book).order_by("-pk")
    if asked.get("what") in Line.What.values:
        rows = rows.filter(what=asked["what"])
    for name in ("who", "whom", "address"):
        if asked.get(name):
            rows = rows.filter(**{f"{name}__icontains": asked[name]})
    for name, lookup in (("from", "at__date__gte"), ("until", "at__date__lte")):
        if day := _day(asked.get(name, "")):
            rows = rows.filter(**{lookup: day})
    return rows


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _filters(book: str, asked: dict[str, str]) -> list[dict[str, Any]]:
    kinds = Line.objects.filter(book=book).order_by("what").values_list("what", flat=True).distinct()
    titles = dict(Line.What.choices)
    listed = [(kind, str(titles[kind]), kind == asked.get("what")) for kind in kinds]
    words = (
        ("who", _("who")),
        ("address", _("from address")),
        *((("whom", _("account")),) if book == "security" else ()),
    )
    days = (("from", _("from")), ("until", _("until")))
    return [
        {"name": "what", "label": _("what"), "kind": "select", "options": listed, "value": asked.get("what", "")},
        *({"name": n, "label": t, "kind": "text", "options": [], "value": asked.get(n, "")} for n, t in words),
        *({"name": n, "label": t, "kind": "date", "options": [], "value": asked.get(n, "")} for n, t in days),
    ]


def _told(line: Line) -> dict[str, Any]:
    desk = _desk(line)
    return {
        "it": line,
        "url": f"{desk.url}{line.key}/" if desk and line.key else "",
        "title": desk.title if desk else line.title,  # in the reader's language rather than in that of the writer
        "fields": _labels(line),
    }


def _desk(line: Line) -> Desk | None:
    """The desk of what was read, where this site still has it."""
    try:
        found = desk_of(apps.get_model(line.kind)) if line.kind else None
    except (LookupError, ValueError):
        return None
    return found[1] if found else None


def _labels(line: Line) -> list[str]:
    """The fields by the names people know."""
    try:
        known = {
            field.name: str(getattr(field, "verbose_name", field.name))
            for field in apps.get_model(line.kind)._meta.fields
        }
    except (LookupError, ValueError):
        known = {}
    return [known.get(name, name) for name in line.fields]
