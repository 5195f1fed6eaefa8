"""A division of work from a sheet: the form to fill in, what a sheet says, taking it over, and taking it back.

Nothing is kept between the preview and the taking over: the page carries what was read, signed, so that it cannot be changed.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from hanfeng.kernel.desk.wording import local_text
from hanfeng.kernel.record.models import Batch, Event, kind_of
from hanfeng.kernel.record.write import undo
from hanfeng.plan.duties import apply_sheet, read_sheet, template_sheet
from hanfeng.plan.models import Duty, Plan, Target, Task
from hanfeng.plan.sheets import MOST_BYTES, Line, Sheet, SheetError

from .assigning import batch_line, item_link
from .frame import context, for_officers, for_writers, of_plan, plan_url

SALT = "hanfeng.plan.division-of-work"
HOURS = 12
MOST_CARRIED = 2_000_000
"""Signed characters that a page may carry; a division of work of a thousand lines needs a tenth of it."""
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@of_plan
@for_officers
def template_file(request: HttpRequest, plan: Plan) -> HttpResponse:
    """The form to fill in: every task and target, with empty columns for bodies."""
    name = f"duties-{plan.slug}.xlsx"
    return HttpResponse(
        template_sheet(plan), content_type=EXCEL, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@of_plan
@for_writers
def sheet_page(request: HttpRequest, plan: Plan) -> HttpResponse:
    """Where a sheet is given; a given one is read and shown before anything is written."""
    if request.method != "POST":
        return _page(request, plan, {})
    given = request.FILES.get("file")
    if given is None:
        return _page(request, plan, {"error": _("Choose a file first.")}, 422)
    try:
        if (given.size or 0) > MOST_BYTES:
            raise SheetError(_("The file is larger than %(most)s MB.") % {"most": MOST_BYTES // 1_000_000})
        sheet = read_sheet(given.read(), str(given.name)[:120], plan)
        return _page(request, plan, _preview(sheet))
    except SheetError as why:
        return _page(request, plan, {"error": str(why)}, 422)


def _page(request: HttpRequest, plan: Plan, told: dict[str, Any], status: int = 200) -> HttpResponse:
    frame = context(request, plan, "duties", _("Take in a division of work"), (_duties(plan),))
    told = {**frame, "limit": MOST_BYTES, "template_url": plan_url(plan.slug, "duties", "template"), **told}
    return TemplateResponse(request, "plan/duties_sheet.html", told, status=status)


def _duties(plan: Plan) -> tuple[str, str]:
    return _("Division of work"), plan_url(plan.slug, "duties")


def _preview(sheet: Sheet) -> dict[str, Any]:
    """What a sheet says, line by line, what is wrong in it, and the sheet itself for the next step. Raises SheetError."""
    carried = carry(sheet)
    if len(carried) > MOST_CARRIED:
        raise SheetError(_("The sheet is too long to be taken in at once: divide it."))
    wrong = sheet.errors
    return {
        "sheet": sheet,
        "columns": list(sheet.columns.values()),
        "lines": [_line(line, sheet.plan) for line in (*wrong, *(line for line in sheet.lines if not line.errors))],
        "good": len(sheet.lines) - len(wrong),
        "wrong": len(wrong),
        "carried": carried,
    }


def _line(line: Line, plan: Plan) -> dict[str, Any]:
    return {
        "number": line.number,
        "text": line.text,
        "item": item_link(line.item, plan.slug),
        "bodies": [", ".join(local_text(body) for body in line.bodies.get(role, ())) for role in Duty.Role.values],
        "starts": line.starts,
        "ends": line.ends,
        "errors": line.errors,
    }


def carry(sheet: Sheet) -> str:
    """What was read, signed, for the form of the preview."""
    grid = [[_cell(value) for value in row] for row in sheet.grid]
    return signing.dumps({"plan": sheet.plan.slug, "name": sheet.name, "grid": grid}, salt=SALT, compress=True)


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)


def carried(text: str, plan: Plan) -> Sheet:
    """The sheet of the preview, read again. Raises signing.BadSignature for one changed, too old or of another plan."""
    kept: dict[str, Any] = signing.loads(text, salt=SALT, max_age=HOURS * 3600)
    if kept["plan"] != plan.slug:
        raise signing.BadSignature(json.dumps(kept["plan"]))
    return Sheet(kept["name"], plan, {}, (), kept["grid"]).again(plan)


@require_POST
@of_plan
@for_writers
def apply_page(request: HttpRequest, plan: Plan) -> HttpResponse:
    """Take over the lines without errors, as one batch."""
    try:
        sheet = carried(request.POST.get("carried", ""), plan)
    except signing.BadSignature:
        messages.error(request, _("The preview is too old. Give the sheet again; nothing was written."))
        return redirect(plan_url(plan.slug, "duties", "sheet"))
    outcome = apply_sheet(sheet, plan, request.user)
    known = {line.number for line in sheet.errors}
    for number, words in [each for each in outcome.errors if each[0] not in known][:20]:
        messages.error(request, _("Line %(number)s was refused: %(why)s") % {"number": number, "why": words})
    if not outcome.batch.created + outcome.batch.changed:
        messages.info(request, _("Everything this sheet says is kept already; nothing was changed."))
        return redirect(plan_url(plan.slug, "duties"))
    messages.success(request, _taken(outcome.batch))
    return redirect(plan_url(plan.slug, "duties", "batch", str(outcome.batch.pk)))


def _taken(batch: Batch) -> str:
    count = batch.created + batch.changed
    return ngettext("%(count)s duty was written.", "%(count)s duties were written.", count) % {"count": count}


@require_safe
@of_plan
@for_officers
def batch_page(request: HttpRequest, plan: Plan, pk: int) -> HttpResponse:
    """What one taking over wrote, and the way back."""
    batch = _batch(plan, pk)
    events = {event.key: event for event in batch.events.all()}
    rows = Duty.everything.filter(pk__in=events).select_related("body", "task", "target").order_by("pk")
    frame = context(request, plan, "duties", batch.said, (_duties(plan),))
    told = {**frame, "batch": batch_line(batch, plan), "rows": [_written(duty, events[duty.pk], plan) for duty in rows]}
    return TemplateResponse(request, "plan/duties_batch.html", told)


def _batch(plan: Plan, pk: int) -> Batch:
    """A batch that wrote duties of this plan, or 404."""
    batch = Batch.objects.filter(pk=pk, kind=kind_of(Duty)).select_related("by").prefetch_related("undone_by").first()
    mine = Duty.everything.filter(plan=plan).values("pk")
    if batch is None or not batch.events.filter(key__in=mine).exists():
        raise Http404(_("There is no such taking over in this plan."))
    return batch


def _written(duty: Duty, event: Event, plan: Plan) -> dict[str, Any]:
    item: Task | Target | None = duty.task or duty.target
    if event.seq == 1:
        what, kind = _("assigned"), "ok"
    elif "void" in json.loads(event.data):
        what, kind = (_("taken off"), "info") if json.loads(event.data)["void"][1] else (_("assigned again"), "ok")
    else:
        what, kind = _("changed"), "even"
    return {
        **item_link(item, plan.slug),
        "what": what,
        "tone": kind,
        "role": duty.get_role_display(),
        "body": local_text(duty.body),
        "starts": duty.starts,
        "ends": duty.ends,
        "duty_url": f"/plan/duty/{duty.pk}/",
    }


@require_POST
@of_plan
@for_writers
def undo_page(request: HttpRequest, plan: Plan, pk: int) -> HttpResponse:
    """Take a taking over back; what was changed since stays and is named."""
    batch = _batch(plan, pk)
    if batch.undoes_id is not None or batch.undone_by.all():
        messages.error(request, _("This was taken back already."))
        return redirect(plan_url(plan.slug, "duties", "batch", str(pk)))
    outcome = undo(batch, request.user)
    for _place, words in outcome.errors[:20]:
        messages.warning(request, words)
    messages.success(request, _("Taken back: what it wrote is as it was before."))
    return redirect(plan_url(plan.slug, "duties", "batch", str(outcome.batch.pk)))
