"""The pages of a sheet on its way in: file, headings, columns, names, preview, result. Each works without a script."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hanfeng.kernel.desk.desk import Desk
from hanfeng.kernel.desk.lists import open_desk
from hanfeng.kernel.job import run as jobs
from hanfeng.kernel.pack import Pack
from hanfeng.kernel.record.models import Reader
from hanfeng.kernel.roles import holds

from . import columns, heading
from .book import ACCEPT, MOST_BYTES, cell_text, keep, open_book
from .book import folder as sheets
from .checking import Checker
from .exporting import blank
from .heading import data, guess
from .importing import SURVEY, opened, takes
from .models import Upload
from .out import file_answer
from .words import SheetError

BodyOf = Callable[[Reader], frozenset[int]]
SMALL = 1_000_000  # bytes of a file that is looked through at once rather than by the worker
RECENT = 10


def writable(request: HttpRequest, pack_name: str, slug: str) -> tuple[Pack, Desk]:
    """The desk of an address, if it takes sheets in from this person."""
    pack, desk = open_desk(pack_name, slug)
    if not takes(desk) or not holds(request.user, *desk.write):
        raise PermissionDenied(_("Your roles do not let you write here."))
    return pack, desk


def open_upload(request: HttpRequest, desk: Desk, pack: Pack, pk: int) -> Upload:
    """One's own sheet; nobody else's."""
    own = Upload.objects.select_related("owner", "job", "batch")
    found = own.filter(pk=pk, owner=request.user.pk, pack=pack.name, desk=desk.slug).first()
    if found is None:
        raise Http404(_("There is no such sheet, or it is not yours."))
    return found


def steps(now: int, upload: Upload | None = None) -> list[dict[str, Any]]:
    """The steps of a sheet, for the head of its pages."""
    titles = (_("File"), _("Headings"), _("Columns"), _("Names"), _("Preview"), _("Result"))
    return [{"title": t, "past": n < now, "current": n == now} for n, t in enumerate(titles)]


def page_context(pack: Pack, desk: Desk, now: int, upload: Upload | None = None, **more: Any) -> dict[str, Any]:
    """What every page of a sheet shows around its own."""
    told = {"title": desk.title, "url": desk.url}
    return {"pack": pack, "desk": told, "upload": upload, "steps": steps(now, upload), **more}


def show(request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A page of the room."""
    return TemplateResponse(request, f"exchange/{name}.html", context, status=status)


# --- the file ---------------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def upload_page(request: HttpRequest, pack_name: str, slug: str, body_of: BodyOf) -> HttpResponse:
    """Choose a file; what was taken in lately stands below."""
    pack, desk = writable(request, pack_name, slug)
    error = ""
    if request.method == "POST":
        try:
            return redirect(f"{_keep(request, pack, desk, body_of).url}headings/")
        except SheetError as why:
            error = str(why)
    recent = Upload.objects.filter(owner=request.user.pk, pack=pack.name, desk=slug).exclude(batch=None)
    context = page_context(
        pack,
        desk,
        0,
        error=error,
        accept=ACCEPT,
        limit=MOST_BYTES,
        recent=recent.select_related("batch").order_by("-pk")[:RECENT],
        columns=[{"title": t.label, "needed": t.needed} for t in columns.targets(desk)],
    )
    return show(request, "upload", context, 422 if error else 200)


def _keep(request: HttpRequest, pack: Pack, desk: Desk, body_of: BodyOf) -> Upload:
    file = request.FILES.get("file")
    if file is None:
        raise SheetError(_("Choose a file first."))
    sha256, size = keep(file)  # type: ignore[arg-type]
    with open_book(sheets() / sha256) as book:
        name, head = _guessed(book, desk)
    bodies = body_of(request.user)
    return Upload.objects.create(
        owner_id=cast(int, request.user.pk),
        body=min(bodies) if bodies else None,
        pack=pack.name,
        desk=desk.slug,
        name=(file.name or "")[-200:],
        sha256=sha256,
        size=size,
        sheet=name,
        first=head.first,
        depth=head.depth,
    )


def _guessed(book: Any, desk: Desk) -> tuple[str, heading.Headings]:
    """The sheet whose headings fit the desk best, and where they stand. Raises SheetError."""
    known = columns.known_names(desk)
    best: tuple[int, str, heading.Headings] | None = None
    fault: SheetError | None = None
    for name in book.names[:20]:
        try:
            head = guess(book, name, known)
        except SheetError as why:
            fault = fault or why
            continue
        fits = len(columns.cleaned(columns.guess(desk, head.names, None)))
        if best is None or fits > best[0]:
            best = (fits, name, head)
    if best is None:
        raise fault or SheetError(_("The file holds no sheet with headings."))
    return best[1], best[2]


@login_required
@require_GET
def blank_page(request: HttpRequest, pack_name: str, slug: str) -> HttpResponse:
    """The blank sheet of a desk."""
    _pack, desk = writable(request, pack_name, slug)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "blank.xlsx"
        blank(desk, path)
        content = path.read_bytes()
    return file_answer(content, _("%(register)s - blank sheet") % {"register": desk.title} + ".xlsx")


# --- headings and columns ---------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def headings_page(request: HttpRequest, pack_name: str, slug: str, pk: int) -> HttpResponse:
    """Which sheet, and which rows hold the headings."""
    pack, desk = writable(request, pack_name, slug)
    upload = open_upload(request, desk, pack, pk)
    if upload.batch_id:
        return redirect(f"{upload.url}result/")
    error = ""
    if request.method == "POST":
        try:
            _take_headings(upload, desk, request.POST)
            if "again" not in request.POST:
                return redirect(f"{upload.url}columns/")
        except SheetError as why:
            error = str(why)
    try:
        with open_book(sheets() / upload.sha256) as book:
            rows = heading.top(book, upload.sheet, max(heading.WITHIN, upload.first + 8))
            head = heading.headings(book, upload.sheet, upload.first, upload.depth)
            listed = book.names
    except SheetError as why:
        return show(
            request, "upload", page_context(pack, desk, 0, error=str(why), accept=ACCEPT, limit=MOST_BYTES), 422
        )
    width = max((len(r) for r in rows), default=0)
    grid = [
        {
            "number": n + 1,
            "head": upload.first <= n < upload.first + upload.depth,
            "above": n < upload.first,
            "cells": [cell_text(r[c])[:40] if c < len(r) else "" for c in range(width)],
        }
        for n, r in enumerate(rows[: upload.first + upload.depth + 6])
    ]
    context = page_context(
        pack,
        desk,
        1,
        upload,
        error=error,
        grid=grid,
        head=head,
        sheets=listed,
        width=width,
        depths=range(1, heading.MOST_DEPTH + 1),
        rows=range(1, min(len(rows), 40) + 1),
    )
    return show(request, "headings", context, 422 if error else 200)


def _take_headings(upload: Upload, desk: Desk, said: Mapping[str, Any]) -> None:
    sheet = str(said.get("sheet") or upload.sheet)
    with open_book(sheets() / upload.sha256) as book:
        if sheet != upload.sheet and sheet in book.names:
            head = guess(book, sheet, columns.known_names(desk))
            upload.sheet, upload.first, upload.depth = sheet, head.first, head.depth
        else:
            first, depth = str(said.get("first", "")), str(said.get("depth", ""))
            if not (
                first.isdigit() and depth.isdigit() and 0 < int(first) <= 1000 and 0 < int(depth) <= heading.MOST_DEPTH
            ):
                raise SheetError(_("Say in which row the headings begin and how many rows they take."))
            upload.first, upload.depth = int(first) - 1, int(depth)
        if not any(heading.headings(book, upload.sheet, upload.first, upload.depth).names):
            raise SheetError(_("There is nothing in these rows."))
    upload.columns, upload.survey, upload.names = {}, {}, {}
    upload.save()


@login_required
@require_http_methods(["GET", "POST"])
def columns_page(request: HttpRequest, pack_name: str, slug: str, pk: int) -> HttpResponse:
    """Which column fills which field."""
    pack, desk = writable(request, pack_name, slug)
    upload = open_upload(request, desk, pack, pk)
    if upload.batch_id:
        return redirect(f"{upload.url}result/")
    try:
        book, head = opened(upload)
        with book:
            sample = [row for _n, row in islice(data(book, upload.sheet, head), 3)]
    except SheetError as why:
        messages.error(request, str(why))
        return redirect(f"{upload.url}headings/")
    chosen = {int(k): v for k, v in upload.columns.items()} or columns.cleaned(
        columns.guess(desk, head.names, upload.body)
    )
    error = ""
    if request.method == "POST":
        chosen = _chosen(request.POST, desk, len(head.names))
        error = _refused(chosen, desk)
        if not error:
            upload.columns, upload.names = {str(k): v for k, v in chosen.items()}, {}
            upload.save()
            columns.remember(desk, head.names, chosen, upload.body)
            return _survey(request, upload)
    told = [
        {
            "place": place,
            "name": name,
            "letter": _letter(place),
            "sample": [cell_text(row[place])[:40] for row in sample if place < len(row) and cell_text(row[place])],
            "field": chosen.get(place, ""),
            "factor": _factor(name, desk, chosen.get(place, "")),
        }
        for place, name in enumerate(head.names)
        if name or any(place < len(row) and cell_text(row[place]) for row in sample)
    ]
    missing = Checker(desk, request.user, head, chosen, upload.body).missing
    context = page_context(
        pack,
        desk,
        2,
        upload,
        error=error,
        columns=told,
        targets=columns.targets(desk),
        missing=[t.label for t in missing],
    )
    return show(request, "columns", context, 422 if error else 200)


def _letter(place: int) -> str:
    return (_letter(place // 26 - 1) if place >= 26 else "") + chr(65 + place % 26)


def _factor(name: str, desk: Desk, field: str) -> str:
    target = next((t for t in columns.targets(desk) if t.name == field), None)
    times = columns.factor(name, target) if target else 1
    return "" if times == 1 else f"{times.normalize():f}"  # type: ignore[union-attr]


def _chosen(said: Mapping[str, Any], desk: Desk, width: int) -> dict[int, str]:
    known = {target.name for target in columns.targets(desk)}
    found = {place: str(said.get(f"c{place}", "")) for place in range(width)}
    return {place: name for place, name in found.items() if name in known}


def _refused(chosen: Mapping[int, str], desk: Desk) -> str:
    doubles = {name for name in chosen.values() if list(chosen.values()).count(name) > 1}
    if doubles:
        labels = ", ".join(t.label for t in columns.targets(desk) if t.name in doubles)
        return _("Two columns are to fill the same field: %(fields)s.") % {"fields": labels}
    return "" if chosen else _("Choose a field for one column at least.")


def _survey(request: HttpRequest, upload: Upload) -> HttpResponse:
    """Look through the whole sheet: at once when it is small, else by the worker."""
    job = jobs.start(
        SURVEY, upload.owner, _("Looking through %(name)s") % {"name": upload.name}, back=upload.url, upload=upload.pk
    )
    Upload.objects.filter(pk=upload.pk).update(job=job)
    if upload.size > SMALL:
        return redirect(job.get_absolute_url())
    job = jobs.now(job)
    if job.state != job.State.DONE:
        messages.error(request, job.error)
        return redirect(f"{upload.url}headings/")
    return redirect(upload.url)


@login_required
@require_GET
def next_page(request: HttpRequest, pack_name: str, slug: str, pk: int) -> HttpResponse:
    """Where a sheet goes on."""
    pack, desk = writable(request, pack_name, slug)
    upload = open_upload(request, desk, pack, pk)
    if upload.batch_id:
        return redirect(f"{upload.url}result/")
    if upload.job and upload.job.open:
        return redirect(upload.job.get_absolute_url())
    if not upload.columns:
        return redirect(f"{upload.url}headings/")
    if not upload.survey:
        return redirect(f"{upload.url}columns/")
    return redirect(f"{upload.url}names/" if upload.survey["missing"] else f"{upload.url}preview/")
