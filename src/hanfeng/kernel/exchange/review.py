"""The further pages of a sheet: the review of names, the preview, what became of it, and the way back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hanfeng.kernel.desk.desk import text_of
from hanfeng.kernel.job import run as jobs

from . import columns, heading, names
from .book import cell_text
from .checking import Checked, Checker
from .heading import data
from .importing import TAKE, TAKE_BACK, checker_of, chunks, opened
from .models import Upload
from .pages import open_upload, page_context, show, writable
from .words import SheetError

FEW = 1000  # lines that are written at once rather than by the worker
LOOKED = 200  # lines checked for the preview
SHOWN = 50
NAMES = 200  # names asked about on one page
SURE = 0.95


@login_required
@require_http_methods(["GET", "POST"])
def names_page(request: HttpRequest, pack_name: str, slug: str, pk: int) -> HttpResponse:
    """The names that are nobody's as they are written: each with those it may mean."""
    pack, desk = writable(request, pack_name, slug)
    upload = open_upload(request, desk, pack, pk)
    if upload.batch_id or not upload.survey.get("missing"):
        return redirect(f"{upload.url}{'result' if upload.batch_id else 'preview'}/")
    head = heading.Headings(upload.first, upload.depth, ())
    checker = Checker(desk, request.user, head, {int(k): v for k, v in upload.columns.items()}, upload.body)
    if request.method == "POST":
        _decide(upload, checker, request.POST)
        return redirect(f"{upload.url}preview/")
    groups = [_group(upload, checker, name, texts) for name, texts in upload.survey["missing"].items()]
    return show(request, "names", page_context(pack, desk, 3, upload, groups=groups, most=NAMES))


def _group(upload: Upload, checker: Checker, name: str, texts: Mapping[str, int]) -> dict[str, Any]:
    """One foreign key with the names asked about, the most used first."""
    asked = sorted(texts, key=lambda t: (-texts[t], t))[:NAMES]
    near = checker.lookups[name].nearest(asked)
    decided = upload.names.get(name, {})
    brings = name in checker.parts
    rows = []
    for n, text in enumerate(asked):
        offers = near[text]
        sure = [o for o in offers if o.likeness >= SURE]
        best = str(sure[0].key) if len(sure) == 1 else names.NEW if brings and not offers else ""
        rows.append(
            {
                "id": f"{name}-{n}",
                "text": text,
                "count": texts[text],
                "offers": offers,
                "value": str(decided.get(text, best)),
            }
        )
    label = next(t.label for t in columns.targets(checker.desk) if t.name == name)
    return {"name": name, "label": label, "rows": rows, "brings": brings, "more": max(len(texts) - NAMES, 0)}


def _decide(upload: Upload, checker: Checker, said: Mapping[str, Any]) -> None:
    for name, texts in upload.survey["missing"].items():
        if name not in checker.lookups:
            continue
        asked = sorted(texts, key=lambda t: (-texts[t], t))
        chosen: dict[str, Any] = {}
        for n, text in enumerate(asked):
            value = str(said.get(f"{name}-{n}", "")) if n < NAMES else names.NEW if said.get(f"{name}-rest") else ""
            if value.isdigit() or (value == names.NEW and name in checker.parts):
                chosen[text] = value if value == names.NEW else int(value)
        upload.names[name] = chosen
        names.remember(checker.lookups[name].model, upload.body, chosen)
    upload.save()


# --- preview and taking in --------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def preview_page(request: HttpRequest, pack_name: str, slug: str, pk: int) -> HttpResponse:
    """The first lines as they will be written, and what is wrong with them; then taking in."""
    pack, desk = writable(request, pack_name, slug)
    upload = open_upload(request, desk, pack, pk)
    if upload.batch_id or not upload.survey:
        return redirect(upload.url)
    if request.method == "POST":
        return _take(upload)
    try:
        book, head = opened(upload)
        with book:
            rows = next(chunks(data(book, upload.sheet, head), LOOKED), [])
    except SheetError as why:
        messages.error(request, str(why))
        return redirect(f"{upload.url}headings/")
    checker = checker_of(upload, head)
    checked = checker.chunk(rows, whole=True)
    counts = {kind: sum(line.kind == kind for line in checked) for kind in ("new", "changed", "same", "wrong")}
    before = Upload.objects.filter(sha256=upload.sha256, pack=pack.name, desk=slug).exclude(pk=pk).exclude(batch=None)
    context = page_context(
        pack,
        desk,
        4,
        upload,
        head=[t.label for _p, t, _s in checker.plan],
        total=upload.survey["rows"],
        looked=len(checked),
        tally=[{"kind": TONES[k], "count": n, "title": _kinds()[k]} for k, n in counts.items()],
        rows=list(_lines(checker, checked[:SHOWN])),
        faults=list(_lines(checker, [c for c in checked[SHOWN:] if c.kind == "wrong"])),
        before=before.order_by("-pk").first(),
        keyed=bool(checker.keys),
    )
    return show(request, "preview", context)


TONES = {"new": "ok", "changed": "even", "same": "info", "wrong": "late"}


def _kinds() -> dict[str, str]:
    return {"new": _("new"), "changed": _("will change"), "same": _("as kept"), "wrong": _("refused")}


def _lines(checker: Checker, checked: list[Checked]) -> Iterator[dict[str, Any]]:
    for line in checked:
        cells = []
        for place, target, _scale in checker.plan:
            written = cell_text(line.cells[place]) if place < len(line.cells) else ""
            value = line.values.get(target.name, "")
            brought = line.brings.get(target.name.partition(".")[0], {}).get(target.name.partition(".")[2] or "", "")
            cells.append(
                {
                    "label": target.label,
                    "text": text_of(_titled(target, value))
                    if value != "" and value is not None
                    else str(brought or written) or "—",
                    "changed": target.name in line.changes,
                }
            )
        yield {
            "line": line.line,
            "kind": TONES[line.kind],
            "word": _kinds()[line.kind],
            "cells": cells,
            "why": line.why,
        }


def _titled(target: Any, value: Any) -> Any:
    if isinstance(target.field, models.PositiveSmallIntegerField):
        return str(value)  # a year has no thousands
    return dict(target.field.flatchoices).get(value, value) if target.field.choices else value


def _take(upload: Upload) -> HttpResponse:
    count = upload.survey["rows"]
    title = _("Taking in %(name)s") % {"name": upload.name}
    job = jobs.start(
        TAKE,
        upload.owner,
        title,
        steps=count + upload.first + upload.depth,
        back=f"{upload.url}result/",
        upload=upload.pk,
    )
    Upload.objects.filter(pk=upload.pk).update(job=job)
    if count > FEW:
        return redirect(job.get_absolute_url())
    jobs.now(job)
    return redirect(f"{upload.url}result/")


@login_required
@require_GET
def result_page(request: HttpRequest, pack_name: str, slug: str, pk: int) -> HttpResponse:
    """What became of a sheet: counts, refused lines with their reasons, the way back."""
    pack, desk = writable(request, pack_name, slug)
    upload = open_upload(request, desk, pack, pk)
    job = upload.job
    if upload.batch is None or job is None:
        return redirect(upload.url)
    batch, refused = upload.batch, upload.refusals.count()
    tally = [
        {"kind": "ok", "count": batch.created, "title": _("new")},
        {"kind": "even", "count": batch.changed, "title": _("changed")},
        {"kind": "info", "count": max(upload.unchanged, job.cursor.get("same", 0)), "title": _("as kept")},
        {"kind": "late", "count": refused, "title": _("refused")},
    ]
    context = page_context(
        pack,
        desk,
        5,
        upload,
        job=job,
        tally=tally,
        refused=refused,
        refusals=upload.refusals.order_by("line")[:SHOWN],
        written=batch.created + batch.changed,
        failed=job.state == job.State.FAILED,
        stopped=job.state == job.State.STOPPED,
    )
    return show(request, "result", context)


@login_required
@require_POST
def undo_page(request: HttpRequest, pack_name: str, slug: str, pk: int) -> HttpResponse:
    """Take an import back."""
    pack, desk = writable(request, pack_name, slug)
    upload = open_upload(request, desk, pack, pk)
    if upload.batch is None or upload.undone or (upload.job and upload.job.open):
        return redirect(upload.url)
    title = _("Taking back %(name)s") % {"name": upload.name}
    count = upload.batch.created + upload.batch.changed
    job = jobs.start(TAKE_BACK, upload.owner, title, steps=count, back=f"{upload.url}result/", upload=upload.pk)
    if count > FEW:
        return redirect(job.get_absolute_url())
    job = jobs.now(job)
    if job.state == job.State.DONE:
        messages.success(request, job.message or _("The sheet was taken back."))
    else:
        messages.error(request, job.error)
    return redirect(f"{upload.url}result/")
