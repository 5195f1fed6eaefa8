"""The page on which a firm fills its return: live totals, checks, its exported forms read in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.forms import CharField, DateInput, Form, HiddenInput, IntegerField, NumberInput, Textarea, TextInput
from django.forms.models import fields_for_model, model_to_dict
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from hanfeng.kernel.api import Stale, go, holds, save, visible

from . import exported, standard, wording
from .flow import expired, returns
from .models import PROJECT, Filing, Project
from .roles import FIRM, OFFICER
from .terms import Mode, State

GROUPS: tuple[tuple[str, Any, tuple[str, ...], str], ...] = (
    ("people", gettext_lazy("The firm and its people"), ("employees", "revenue", "rd_people", "fte"), ""),
    ("costs", gettext_lazy("R&D costs, as the accounts keep them"), (*standard.COSTS, "costs", "capitalised"), "costs"),
    ("internal", gettext_lazy("Internal spending, when it was made"), (*standard.INTERNAL, "internal"), "internal"),
    ("activity", gettext_lazy("The same by activity"), standard.ACTIVITIES, ""),
    ("source", gettext_lazy("The same by source of money"), standard.SOURCES, ""),
    ("external", gettext_lazy("External spending: what others did"), (*standard.EXTERNAL, "external"), "external"),
)
FIELDS = tuple(name for _key, _title, names, _total in GROUPS for name in names)
MOST_UPLOAD = 5 * 1024 * 1024
SPARE = 2
"""Empty project lines that stand below the filled ones."""
_PLACES = ("name", "activity", "starts", "ends", "people", "months", "spending", "government")


class EffortField(CharField):
    """Working time as people write it: `3 x 91%, 5 x 80%`, a line or a comma for each group."""

    widget = Textarea(attrs={"rows": 2})

    def to_python(self, value: Any) -> Any:
        text = (
            str(value or "").replace("，", ",").replace("\n", ",").replace("×", "x").replace("*", "x").replace("%", "")
        )
        return [_group(part) for part in text.split(",") if part.strip()]

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return ", ".join(f"{people:g} x {100 * share:g}%" for people, share in value)
        return value


def _group(part: str) -> list[float]:
    try:
        people, share = (float(number) for number in part.lower().split("x"))
    except ValueError:
        raise ValidationError(
            _("“%(part)s”: write people x share of the working time, such as 3 x 91%%.") % {"part": part.strip()}
        ) from None
    if people < 0 or people % 1 or not 0 <= share <= 100:
        raise ValidationError(
            _("“%(part)s”: whole people, and a share from 0 to 100 per cent.") % {"part": part.strip()}
        )
    return [people, share / 100]


def form_class() -> type[Form]:
    """The form of a return without its projects."""
    fields = fields_for_model(Filing, fields=(*FIELDS, "unit_checked", "remark"))
    for name, field in fields.items():
        if isinstance(field.widget, NumberInput):
            field.widget.attrs |= {"inputmode": "decimal", "data-item": name}
    fields["effort"] = EffortField(
        label=gettext_lazy("working time given to R&D"),
        required=False,
        help_text=gettext_lazy(
            "People x share of the working time of each group, such as 3 x 91%, 5 x 80%: the "
            "person-years follow from it."
        ),
    )
    fields["version"] = IntegerField(required=False, widget=HiddenInput)
    return type("FilingForm", (Form,), fields)


def project_form() -> type[Form]:
    """The form of one project line."""
    fields = fields_for_model(Project, fields=PROJECT)
    fields["name"].required = False
    for name in ("starts", "ends"):
        fields[name].widget = DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    fields["name"].widget = TextInput()
    for name in ("origin", "activity"):
        fields[name].required = False
    fields["origin"].widget = HiddenInput()
    fields["id"] = IntegerField(required=False, widget=HiddenInput)
    return type("ProjectForm", (Form,), fields)


def open_filing(request: HttpRequest, pk: int) -> Filing:
    """A return this reader may see, with its call; else 404."""
    rows = visible(Filing, request.user).select_related("call__approval", "body", "town")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such record, or it is not yours to see."))
    return found


@login_required
def fill(request: HttpRequest, pk: int) -> HttpResponse:
    """Fill, check, save, hand over; in other states the same page to read."""
    filing = open_filing(request, pk)
    if request.method != "POST":
        return _page(request, filing, form_class()(initial=_kept(filing)), _lines(filing))
    closed = _closed(request, filing)
    if closed:
        raise PermissionDenied(closed)
    form, lines = form_class()(request.POST), _posted_lines(request)
    if not form.is_valid() or not all(line.is_valid() for line in lines):
        return _page(request, filing, form, lines, status=422)
    values = standard.with_totals(_values(form))
    if not values.get("fte") and values.get("effort"):
        values["fte"] = round(standard.equivalent_of((int(people), share) for people, share in values["effort"]), 2)
    if request.POST.get("do") == "add":
        return _page(request, filing, form_class()(initial={**values, "version": form.cleaned_data["version"]}), lines)
    return _written(request, filing, form, lines, values)


def _values(form: Form) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in (*FIELDS, "effort", "unit_checked", "remark")}


def _written(
    request: HttpRequest, filing: Filing, form: Form, lines: list[Form], values: dict[str, Any]
) -> HttpResponse:
    """Save what was typed with its projects; hand it over when that was asked and nothing is in the way."""
    try:
        with transaction.atomic():
            save(filing, request.user, values, version=form.cleaned_data.get("version"))
            _save_projects(request, filing, lines)
        messages.success(request, _("Saved."))
        if request.POST.get("do") == "file":
            go(returns, filing, "file", request.user, request.POST.get("note", ""))
            messages.success(request, _("Handed over."))
            return redirect(_after(request, filing))
    except ValidationError as why:
        known = why.message_dict if hasattr(why, "error_dict") else {}
        for name, texts in known.items():
            form.add_error(name if name in form.fields else None, texts)
        if not known:
            form.add_error(None, why.messages)
        filing.refresh_from_db()
        return _page(request, filing, form, lines, status=422)
    except Stale as why:
        messages.error(request, _("%(why)s What you typed is still here: compare it and save again.") % {"why": why})
        filing.refresh_from_db()
        return _page(request, filing, form, lines, status=409)
    return redirect(f"/innovation_statistics/fill/{filing.pk}/")


def _after(request: HttpRequest, filing: Filing) -> str:
    return "/innovation_statistics/mine/" if holds(request.user, FIRM) else filing.get_absolute_url()


def _save_projects(request: HttpRequest, filing: Filing, lines: list[Form]) -> None:
    """Lines with a name are kept, kept lines whose name was emptied are withdrawn."""
    known = {project.pk: project for project in filing.projects.all()}
    for line in lines:
        told = {name: line.cleaned_data[name] for name in PROJECT if line.cleaned_data.get(name) not in (None, "")}
        kept = known.get(line.cleaned_data.get("id") or 0)
        if kept and not told.get("name"):
            save(kept, request.user, {"void": True}, verb="void")
        elif kept:
            save(kept, request.user, {**dict.fromkeys(PROJECT[3:]), **told})
        elif told.get("name"):
            save(Project(filing=filing), request.user, told)


def _closed(request: HttpRequest, filing: Filing) -> str:
    """Why this reader may not write this return now; empty when he may."""
    if not holds(request.user, FIRM, OFFICER):
        return _("Only the firm itself fills its return.")
    if filing.state not in (State.CALLED, State.RETURNED):
        return _("The return has been handed over: it can be changed only after it was sent back.")
    return expired(filing.call) or ""


def _kept(filing: Filing) -> dict[str, Any]:
    return {**model_to_dict(filing, (*FIELDS, "effort", "unit_checked", "remark")), "version": filing.version}


def _lines(filing: Filing, more: list[dict[str, Any]] | None = None) -> list[Form]:
    form = project_form()
    kept = [] if more else [{**model_to_dict(project, PROJECT), "id": project.pk} for project in filing.projects.all()]
    rows = [*kept, *(more or ())]
    return [form(initial=row, prefix=f"p{place}") for place, row in enumerate([*rows, *({} for _n in range(SPARE))])]


def _posted_lines(request: HttpRequest) -> list[Form]:
    form, count = project_form(), 0
    while f"p{count}-name" in request.POST and count < 500:
        count += 1
    return [form(request.POST, prefix=f"p{place}") for place in range(count)]


def _page(
    request: HttpRequest,
    filing: Filing,
    form: Form,
    lines: list[Form],
    status: int = 200,
    read: exported.Read | None = None,
) -> HttpResponse:
    """The page with what is typed, and what the checks say of it."""
    typed = _typed(form)
    found = standard.findings(filing.checked(list(_typed_lines(lines))).with_values(typed)) if _has(typed) else ()
    context = {
        "filing": filing,
        "form": form,
        "groups": list(_groups(form)),
        "lines": [[line[name] for name in _PLACES] for line in lines],
        "hidden": [field for line in lines for field in line.hidden_fields()],
        "heads": [lines[0][name].label for name in _PLACES] if lines else [],
        "findings": wording.all_said(found),
        "unfilled": not _has(typed),
        "closed": _closed(request, filing),
        "approval": filing.call.approval if filing.call.mode == Mode.OWN else None,
        "returned": _reason(filing),
        "now": timezone.now(),
        "read": read,
        "state": State(filing.state).label,
        "sums_text": ";".join(f"{total}={','.join(items)}" for total, items in standard.TOTALS.items()),
        "errors": [
            *(
                {"id": form[n].id_for_label if n in form.fields else "", "text": t}
                for n, ts in form.errors.items()
                for t in ts
            ),
            *(
                {"id": line[n].id_for_label if n in line.fields else "", "text": t}
                for line in lines
                for n, ts in line.errors.items()
                for t in ts
            ),
        ],
    }
    return TemplateResponse(request, "innovation_statistics/fill.html", context, status=status)


def _has(values: dict[str, Any]) -> bool:
    return any(values.get(name) is not None for name in ("costs", "internal", "revenue", *standard.COSTS))


def _typed(form: Form) -> dict[str, Any]:
    """What the form holds: what was typed where it is right, else what it opened with."""
    if form.is_bound:
        form.is_valid()
        return {name: value for name, value in form.cleaned_data.items() if name != "version"}
    return {name: value for name, value in (form.initial or {}).items() if name != "version"}


def _typed_lines(lines: list[Form]) -> Iterator[dict[str, Any]]:
    for line in lines:
        told = _typed(line)
        if told.get("name"):
            yield told


def _reason(filing: Filing) -> str:
    """Why it was sent back last."""
    from hanfeng.kernel.api import Event, kind_of

    if filing.state != State.RETURNED:
        return ""
    events = Event.objects.filter(kind=kind_of(filing), key=filing.pk, verb="return").order_by("-seq")
    return events.values_list("note", flat=True).first() or ""


def _groups(form: Form) -> Iterator[dict[str, Any]]:
    for key, title, names, total in GROUPS:
        fields = [form[name] for name in names]
        extra = [form["effort"]] if key == "people" else []
        yield {"key": key, "title": title, "fields": [*fields, *extra], "total": total}


@login_required
@require_POST
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the firm's exported forms into the page; nothing is kept until the firm saves."""
    filing = open_filing(request, pk)
    if closed := _closed(request, filing):
        raise PermissionDenied(closed)
    file = cast(Any, request.FILES.get("file"))
    if file is None or file.size > MOST_UPLOAD:
        messages.error(request, _("Choose a workbook of at most 5 MB."))
        return redirect(f"/innovation_statistics/fill/{pk}/")
    try:
        read = exported.read(file)
    except exported.NotAForm as why:
        messages.error(request, _(why.template) % why.params)
        return redirect(f"/innovation_statistics/fill/{pk}/")
    values = standard.with_totals({**_kept(filing), **read.values})
    doubt = _doubt(filing, read, values)
    if doubt:
        form = form_class()(initial=_kept(filing))
        messages.error(request, doubt)
        return _page(request, filing, form, _lines(filing), status=422)
    return _page(request, filing, form_class()(initial=values), _lines(filing, read.projects), read=read)


def _doubt(filing: Filing, read: exported.Read, values: dict[str, Any]) -> str:
    """Why a sheet is not taken over: it names another unit, or its amounts are in another one."""
    if read.unit:
        text = _(
            "The sheet says that its amounts are in %(unit)s, where thousand yuan is due. Nothing was "
            "taken over: export it in thousand yuan."
        )
        return text % {"unit": wording.UNITS[read.unit]()}
    doubt = standard.doubt_unit(filing.checked([]).with_values(values))
    return wording.unit_sentence(doubt) if doubt else ""
