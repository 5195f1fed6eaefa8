"""The form of a desk. It only checks; the record is written by save(), which can then say what changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import DateInput, Form, HiddenInput, IntegerField, ModelChoiceField
from django.forms.models import fields_for_model, model_to_dict
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from hanfeng.kernel.flow.flow import begin
from hanfeng.kernel.flow.models import Case
from hanfeng.kernel.record.chain import plain
from hanfeng.kernel.record.models import Reader, Record
from hanfeng.kernel.record.write import Stale, changed_since, renewed, same_words, save
from hanfeng.kernel.roles import holds
from hanfeng.kernel.watch.models import Line

from .desk import Desk, text_of
from .lists import MOST_OPTIONS, open_desk
from .picking import TEXT, PickField, choices_of
from .records import note_reading, open_record


def form_for(desk: Desk, user: Reader) -> type[Form]:
    """The form of a desk for one person: related records are offered within his scope only."""
    fields = fields_for_model(desk.model, fields=desk.form)
    for name, field in fields.items():
        if (
            isinstance(field, ModelChoiceField)
            and field.queryset is not None
            and issubclass(field.queryset.model, Record)
        ):
            fields[name] = _chosen(desk, name, field, user)
        if isinstance(field.widget, DateInput):
            field.widget = DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    fields["version"] = IntegerField(required=False, widget=HiddenInput)
    return type("DeskForm", (Form,), fields)


def _chosen(desk: Desk, name: str, field: ModelChoiceField[Any], user: Reader) -> ModelChoiceField[Any]:
    """A foreign key within a person's scope: a list of its records, or a box to search in when they are many."""
    rows = choices_of(cast(Any, desk.model._meta.get_field(name)), user)
    field.queryset = rows
    if len(rows.order_by().values_list("pk")[: MOST_OPTIONS + 1]) <= MOST_OPTIONS:
        return field
    kept = {n: getattr(field, n) for n in ("required", "label", "help_text", "initial", "to_field_name")}
    return PickField(rows, user, f"{desk.url}pick/{name}/", **kept)


@login_required
def form_page(request: HttpRequest, pack_name: str, slug: str, pk: int | None = None) -> HttpResponse:
    """Add a record, or change one."""
    pack, desk = open_desk(pack_name, slug)
    if not desk.form or not holds(request.user, *desk.write):
        raise PermissionDenied(_("Your roles do not let you write here."))
    record = open_record(request, desk, pk) if pk else desk.model()
    initial = {**model_to_dict(record, desk.form), "version": record.version} if pk else _asked(desk, request)
    form = form_for(desk, request.user)(_posted(request, desk, record), request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            return _written(request, desk, record, form)
        except ValidationError as why:
            _explain(form, why)
        except Stale as why:
            return _conflict(request, desk, form, why)
    if pk:  # a form shows what the record's page hides
        note_reading(request, desk, record, Line.What.FORM, desk.form)
    context = {
        "pack": pack,
        "desk": {"title": desk.title, "url": desk.url},
        "form": form,
        "title": str(record) if pk else _("New: %(kind)s") % {"kind": desk.model._meta.verbose_name},
        "cancel_url": desk.at(record) if pk else desk.url,
        "record": record if pk else None,
        "errors": [
            {"id": form[n].id_for_label if n in form.fields else "", "text": t}
            for n, ts in form.errors.items()
            for t in ts
        ],
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, [f"{pack.name}/{slug}_form.html", "desk/form.html"], context, status=status)


def _posted(request: HttpRequest, desk: Desk, record: Any) -> Any:
    """What was posted; after a conflict, with the kept value wherever the writer chose that of the other."""
    data = request.POST.copy()
    theirs = [name for name in desk.form if data.get(f"keep.{name}") == "theirs"]
    kept = model_to_dict(record, theirs) if theirs else {}
    for name, value in kept.items():
        data[name] = "" if value is None else value
        data.pop(f"{name}{TEXT}", None)  # the box said mine
    return data or None


def _asked(desk: Desk, request: HttpRequest) -> dict[str, str]:
    """First values of a new record from the address, such as ?enterprise=3."""
    return {n: request.GET[n] for n in desk.form if n in request.GET}


def _written(request: HttpRequest, desk: Desk, record: Any, form: Form) -> HttpResponse:
    changes = {name: form.cleaned_data[name] for name in desk.form if name in form.cleaned_data}
    if record._state.adding and desk.flow and isinstance(record, Case):
        begin(desk.flow, record, request.user, changes)
        emptied = ""
    else:
        emptied = _keep(request, desk, record, changes, form.cleaned_data.get("version"))
    messages.success(request, _("Saved."))
    if emptied:
        messages.warning(request, _("Emptied, because its Chinese has changed: %(fields)s.") % {"fields": emptied})
    return redirect(desk.at(record))


def _keep(request: HttpRequest, desk: Desk, record: Any, changes: dict[str, Any], version: int | None) -> str:
    """Write what was typed; the names of the fields whose English was left as it was, though its Chinese has changed."""
    if record._state.adding:
        save(record, request.user, changes, version=version)
        return ""
    typed = {n: v for n, v in changes.items() if not (n.endswith("_en") and same_words(v, getattr(record, n)))}
    told = renewed(record, typed)
    emptied = [desk.label(n) for n in told.keys() - typed.keys() if getattr(record, n)]
    save(record, request.user, told, version=version)
    return _(", ").join(sorted(emptied))


def _explain(form: Form, why: ValidationError) -> None:
    """Put what the record refused beside its fields, and above the form what belongs to none of them."""
    known = why.message_dict if hasattr(why, "error_dict") else {"__all__": why.messages}
    for name, texts in known.items():
        form.add_error(name if name in form.fields else None, texts)


def _conflict(request: HttpRequest, desk: Desk, form: Form, why: Stale) -> HttpResponse:
    """Both versions side by side; what was typed is still in the form."""
    touched = changed_since(why.current, form.cleaned_data.get("version") or 0)
    compared = [
        {
            "name": n,
            "label": desk.label(n),
            "theirs": _kept(why.current, n),
            "mine": _typed(form, n),
            "differs": _kept(why.current, n) != _typed(form, n),
            "pick": _pick(form, n, touched),
        }
        for n in desk.form
    ]
    data: Any = cast(QueryDict, form.data).copy()
    data["version"] = str(why.current.version)
    again = type(form)(data)
    context = {
        "desk": {"title": desk.title, "url": desk.url},
        "title": str(why.current),
        "compared": compared,
        "form": again,
        "theirs_url": desk.at(why.current),
        "version": why.current.version,
        "typed": [(n, v) for name in desk.form for n in (name, f"{name}{TEXT}") for v in data.getlist(n)],
    }
    return TemplateResponse(request, "desk/conflict.html", context, status=409)


def _pick(form: Form, name: str, touched: Mapping[str, Any]) -> str:
    """Whose value is proposed: the other's where only the other changed the field, else what was typed."""
    seen = touched.get(name, ...)
    return "theirs" if seen is not ... and plain(seen) == plain(form.cleaned_data.get(name)) else "mine"


def _kept(record: Record, name: str) -> str:
    display = getattr(record, f"get_{name}_display", None)
    return text_of(display() if display else getattr(record, name))


def _typed(form: Form, name: str) -> str:
    value = form.cleaned_data.get(name)
    field = form.fields[name]
    choices = {} if isinstance(field, ModelChoiceField) else dict(getattr(field, "choices", ()) or ())
    return text_of(choices.get(value, value) if not isinstance(value, list | dict) else value)
