"""A list going out: XLSX, CSV, paper; and the log of all that went out, for the audit administrator."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hanfeng.kernel.desk.lists import open_desk, pager
from hanfeng.kernel.job import run as jobs
from hanfeng.kernel.roles import Role, holds
from hanfeng.kernel.watch.log import address_of
from hanfeng.kernel.watch.models import Line

from .exporting import AT_ONCE, EXPORT, FORMS, chosen, file_name, log, table, write

MOST_ON_PAPER = 2000
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAGE = 50


def _query(request: HttpRequest) -> str:
    asked = request.GET.copy()
    asked.pop("page", None)
    return asked.urlencode()


@login_required
@require_http_methods(["GET", "POST"])
def export_page(request: HttpRequest, pack_name: str, slug: str, form: str) -> HttpResponse:
    """The list as a file: at once, or by the worker when it is long and somebody says so. Logged before it goes."""
    pack, desk = open_desk(pack_name, slug)
    if form not in FORMS:
        raise Http404
    rows = chosen(desk, request.user, request.GET)
    count = rows.count()
    if count > AT_ONCE and request.method == "GET":  # a job is a record: following a link makes none
        context = {"pack": pack, "desk": {"title": desk.title, "url": desk.url}, "count": count, "form": form}
        return TemplateResponse(request, "exchange/long.html", context)
    log(desk, request.user, form, _query(request), count, address_of(request))
    if count > AT_ONCE:
        title = _("%(register)s as a sheet") % {"register": desk.title}
        job = jobs.start(
            EXPORT,
            request.user,
            title,
            steps=count,
            back=desk.url,
            pack=pack.name,
            desk=slug,
            form=form,
            query=_query(request),
        )
        return redirect(job.get_absolute_url())
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / f"list.{form}"
        demo = rows.filter(demo=True).exists()
        write(path, form, desk.title, table(desk, rows.iterator(chunk_size=1000), demo))
        return file_answer(path.read_bytes(), file_name(desk, form))


def file_answer(content: bytes, name: str) -> HttpResponse:
    """A small file, handed out under a name in any script."""
    media = "text/csv; charset=utf-8" if name.endswith(".csv") else SHEET
    response = HttpResponse(content, content_type=media)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@login_required
@require_GET
def print_page(request: HttpRequest, pack_name: str, slug: str) -> HttpResponse:
    """The list on paper, with what was asked and how many rows there are."""
    pack, desk = open_desk(pack_name, slug)
    rows = chosen(desk, request.user, request.GET)
    total = rows.count()
    shown = list(rows[:MOST_ON_PAPER])
    log(desk, request.user, "print", _query(request), len(shown), address_of(request))
    demo = any(record.demo for record in shown)
    lines = table(desk, shown, demo)
    context = {
        "pack": pack,
        "desk": {"title": desk.title, "url": desk.url},
        "head": next(lines),
        "lines": lines,
        "total": total,
        "most": MOST_ON_PAPER,
        "demo": demo,
        "asked": [(desk.label(n), v) for n in desk.filters if (v := request.GET.get(n))],
        "words": request.GET.get("q", ""),
        "query": _query(request),
    }
    return TemplateResponse(request, "exchange/print.html", context)


@login_required
@require_GET
def log_page(request: HttpRequest, reader: Role) -> HttpResponse:
    """All that went out, the newest first."""
    if not holds(request.user, reader):
        raise PermissionDenied(_("Only for the audit administrator."))
    rows = Line.objects.filter(what__in=(Line.What.EXPORT, Line.What.PRINT)).order_by("-pk")
    kinds = dict(rows.order_by("title").values_list("kind", "title").distinct())
    if kind := request.GET.get("kind", ""):
        rows = rows.filter(kind=kind)
    if who := request.GET.get("who", ""):
        rows = rows.filter(who__icontains=who)
    shown = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "exports": shown.object_list,
        "pages": pager(shown, request.GET),
        "total": shown.paginator.count,
        "filters": [
            {
                "name": "kind",
                "label": _("register"),
                "kind": "select",
                "options": [(k, t, k == kind) for k, t in kinds.items()],
                "value": kind,
            },
            {"name": "who", "label": _("who"), "kind": "text", "options": [], "value": who},
        ],
    }
    return TemplateResponse(request, "exchange/log.html", context)
