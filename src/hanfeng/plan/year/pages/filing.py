"""What a contact fills in and a head signs: on a phone first, with the text of last time, never overwriting another's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from hanfeng.kernel.base.clocks import standing
from hanfeng.kernel.desk.desk import text_of
from hanfeng.kernel.desk.records import files_of
from hanfeng.kernel.desk.wording import day_text, local_text
from hanfeng.kernel.flow.flow import go
from hanfeng.kernel.record.chain import plain
from hanfeng.kernel.record.files import attach
from hanfeng.kernel.record.models import Event, kind_of
from hanfeng.kernel.record.write import Stale, changed_since, save
from hanfeng.kernel.roles import holds, visible
from hanfeng.plan.roles import CONTACT
from hanfeng.plan.year.evidence import link_figures, link_record, offered
from hanfeng.plan.year.flow import filing
from hanfeng.plan.year.models import Entry, Evidence, Supervision
from hanfeng.plan.year.models.rounds import MOST_WORDS, EntryState
from hanfeng.plan.year.roles import HEAD, answering
from hanfeng.plan.year.running import AGAIN, FILLED, last_time, untouched

from .frame import for_insiders, found, only_for, tabs

EDITABLE = (EntryState.DUE, EntryState.RETURNED)

# --- what waits -------------------------------------------------------------------------------------------------------

GROUPS = (
    ("returned", (EntryState.RETURNED,), gettext_lazy("Returned: to be put right")),
    ("sign", (EntryState.FILED, EntryState.CORRECTED), gettext_lazy("Waiting for the signature")),
    ("due", (EntryState.DUE,), gettext_lazy("To be filed")),
    ("review", (EntryState.SIGNED,), gettext_lazy("At the plan office")),
    ("accepted", (EntryState.ACCEPTED,), gettext_lazy("Accepted in this round")),
)


@for_insiders
def mine_page(request: HttpRequest) -> HttpResponse:
    """The entries of my bodies in the rounds that are being run: what is due when, what came back and why."""
    rows = visible(Entry, request.user).filter(body__in=answering(request.user)).exclude(round__state="issued")
    entries = list(rows.select_related("task", "round", "body").order_by("due_at", "pk"))
    why = returns(entries)
    head = holds(request.user, HEAD)
    order = ("sign", "returned", "due", "review", "accepted") if head else [key for key, _s, _t in GROUPS]
    by_key = {
        key: {"key": key, "title": title, "lines": [mine_line(e, why) for e in entries if e.state in states]}
        for key, states, title in GROUPS
    }
    asked = visible(Supervision, request.user).filter(body__in=answering(request.user), state="sent")
    context = {
        "title": _("My items"),
        "tabs": tabs(request, "mine/"),
        "groups": [by_key[key] for key in order if by_key[key]["lines"]],
        "total": len(entries),
        "waiting": sum(e.state in EDITABLE or (head and e.state in GROUPS[1][1]) for e in entries),
        "may_sign": head,
        "asked": list(asked.select_related("task", "body")),
        "demo": any(e.demo for e in entries),
    }
    return TemplateResponse(request, "year/mine.html", context)


def returns(entries: list[Entry]) -> dict[int, str]:
    """Why each entry came back: the newest note of a return or of a head who sent it back. One query."""
    keys = [e.pk for e in entries if e.state in (EntryState.RETURNED, EntryState.CORRECTED, EntryState.DUE)]
    told = Event.objects.filter(kind=kind_of(Entry), key__in=keys, verb__in=("return", "send_back")).order_by("pk")
    return {event.key: event.said for event in told}


def mine_line(entry: Entry, why: Mapping[int, str]) -> dict[str, Any]:
    """An entry as the list of one's items draws it."""
    editable = entry.state in EDITABLE
    return {
        "entry": entry,
        "title": local_text(entry.task, "title"),
        "number": entry.task.number,
        "url": f"{entry.get_absolute_url()}fill/" if editable else entry.get_absolute_url(),
        "round": str(entry.round),
        "body": local_text(entry.body),
        "due": entry.due_at,
        "standing": standing(entry.due_at, timezone.now()).value if entry.due_at else "",
        "why": why.get(entry.pk, ""),
        "state": EntryState(entry.state).label,
        "progress": local_text(entry, "progress") or local_text(entry, "reason"),
        "begun": editable and not untouched(entry),
        "version": entry.version,
        "signable": entry.state in (EntryState.FILED, EntryState.CORRECTED),
        "demo": entry.demo,
    }


# --- filling in -------------------------------------------------------------------------------------------------------


def _words(label: Any, hint: Any = "", rows: int = 4) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "maxlength": MOST_WORDS})
    return forms.CharField(label=label, required=False, max_length=MOST_WORDS, help_text=hint, widget=widget)


class FillForm(forms.Form):
    """What a contact writes of one task."""

    progress = _words(Entry._meta.get_field("progress").verbose_name, gettext_lazy("At most 300 characters."))
    figure = forms.FloatField(label=Entry._meta.get_field("figure").verbose_name, required=False)
    reached = forms.TypedMultipleChoiceField(
        label=Entry._meta.get_field("reached").verbose_name,
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    problem = _words(Entry._meta.get_field("problem").verbose_name, rows=3)
    next_step = _words(Entry._meta.get_field("next_step").verbose_name, rows=3)
    no_progress = forms.BooleanField(label=Entry._meta.get_field("no_progress").verbose_name, required=False)
    reason = _words(
        Entry._meta.get_field("reason").verbose_name, gettext_lazy("Only where there was no progress."), rows=2
    )
    asks_closing = forms.BooleanField(
        label=Entry._meta.get_field("asks_closing").verbose_name, required=False,
        help_text=gettext_lazy("Only with evidence; the plan office decides."),
    )  # fmt: skip
    file = forms.FileField(label=gettext_lazy("Add a file as evidence"), required=False)
    figures = forms.MultipleChoiceField(
        label=gettext_lazy("Figures counted from the registers"), required=False, widget=forms.CheckboxSelectMultiple
    )
    record = forms.CharField(
        label=gettext_lazy("Address of a record of this site"), required=False, max_length=200,
        help_text=gettext_lazy("Copy it from the page of the record, such as /enterprises/honour/12/."),
    )  # fmt: skip
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def said(self) -> list[forms.BoundField]:
        """The fields that are filled in every time."""
        return self._some("progress", "figure", "reached", "problem", "next_step")

    def proved(self) -> list[forms.BoundField]:
        """The evidence, and what may be asked for on it."""
        return self._some("file", "figures", "record", "asks_closing")

    def _some(self, *names: str) -> list[forms.BoundField]:
        return [self[name] for name in names if name in self.fields]


@only_for(CONTACT)
def fill_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of one entry, holding what was said last time; saved as a draft or filed."""
    entry = found(Entry, request.user, pk, "task", "round", "body")
    if entry.body_id not in answering(request.user):
        raise PermissionDenied(_("Only somebody of %(body)s can do this.") % {"body": entry.body})
    if entry.state not in EDITABLE:
        messages.info(
            request, _("This entry is not with you now: %(state)s.") % {"state": EntryState(entry.state).label}
        )
        return redirect(entry.get_absolute_url())
    before = last_time(entry)
    form = _form(request, entry, before)
    if request.method == "POST" and form.is_valid():
        try:
            return _written(request, entry, form)
        except ValidationError as why:
            _explain(form, why)
            cast(Any, form.data)["version"] = str(
                entry.version
            )  # what was kept before the refusal is this writer's own
        except Stale as why:
            return _conflict(request, entry, form, why)
    context = {
        "title": local_text(entry.task, "title"),
        "entry": entry,
        "task": entry.task,
        "before": before,
        "again": before is not None and untouched(entry) and request.method != "POST",
        "why": returns([entry]).get(entry.pk, ""),
        "form": form,
        "files": files_of(entry),
        "records": list(Evidence.objects.filter(entry=entry)),
        "plan_says": list(entry.task.milestones.filter(void=False)),
        "standing": standing(entry.due_at, timezone.now()).value if entry.due_at else "",
        "crumbs": [
            {"title": _("My items"), "url": "/year/mine/"},
            {"title": local_text(entry.task, "title"), "url": ""},
        ],
    }
    return TemplateResponse(request, "year/fill.html", context, status=422 if form.errors else 200)


def _form(request: HttpRequest, entry: Entry, before: Entry | None) -> FillForm:
    initial: dict[str, Any] = {name: getattr(entry, name) for name in FILLED} | {"version": entry.version}
    if before is not None and untouched(entry):
        initial |= {name: getattr(before, name) for name in AGAIN}
    data: Any = _posted(request, entry) if request.method == "POST" else None
    form = FillForm(data, request.FILES or None, initial=initial)
    steps = entry.task.milestones.filter(void=False, reached_on=None).order_by("due")
    choices_: Any = [(step.pk, f"{day_text(step.due)} · {local_text(step, 'title')}") for step in steps]
    cast(Any, form.fields["reached"]).choices = choices_
    cast(Any, form.fields["figures"]).choices = [(name, title) for name, title in offered(entry)]
    for name in ("reached", "figures"):
        if not cast(Any, form.fields[name]).choices:
            del form.fields[name]
    return form


def _posted(request: HttpRequest, entry: Entry) -> Any:
    """What was posted; after a conflict, with the kept value wherever the writer chose that of the other."""
    data = request.POST.copy()
    for name in FILLED:
        if data.get(f"keep.{name}") == "theirs":
            kept = getattr(entry, name)
            values = [str(v) for v in kept] if isinstance(kept, list) else ["on"] if kept is True else [kept or ""]
            data.setlist(name, [] if kept is False else [str(v) for v in values])
    return data


def _written(request: HttpRequest, entry: Entry, form: FillForm) -> HttpResponse:
    """The words first, then the evidence, then the step; what was said already is not lost when a later part is refused."""
    changes = {name: form.cleaned_data[name] for name in FILLED if name in form.cleaned_data}
    try:
        save(entry, request.user, changes, version=form.cleaned_data.get("version"))
    except Stale:
        _keep_evidence(request, Entry.objects.get(pk=entry.pk), form)  # a file is not asked for twice
        raise
    _keep_evidence(request, entry, form)
    if request.POST.get("act") != "file":
        messages.success(request, _("Kept. It is not filed yet."))
        return redirect(f"{entry.get_absolute_url()}fill/")
    go(filing, entry, "file", request.user)
    messages.success(request, _("Filed. The head of your body signs it next."))
    return redirect("/year/mine/")


def _keep_evidence(request: HttpRequest, entry: Entry, form: FillForm) -> None:
    if upload := request.FILES.get("file"):
        attach(entry, request.user, upload.name or "", cast(Any, upload))
    link_figures(entry, form.cleaned_data.get("figures", ()), request.user)
    if address := form.cleaned_data.get("record", "").strip():
        link_record(entry, address, request.user)


def _explain(form: forms.Form, why: ValidationError) -> None:
    known = why.message_dict if hasattr(why, "error_dict") else {"__all__": why.messages}
    for name, texts in known.items():
        form.add_error(name if name in form.fields else None, texts)


def _conflict(request: HttpRequest, entry: Entry, form: FillForm, why: Stale) -> HttpResponse:
    """Both versions side by side; what was typed is still there."""
    current = cast(Entry, Entry.objects.select_related("task").get(pk=entry.pk))
    touched = changed_since(current, form.cleaned_data.get("version") or 0)
    compared = []
    for name in FILLED:
        if name not in form.fields:
            continue
        theirs, mine = getattr(current, name), form.cleaned_data.get(name)
        seen = touched.get(name, ...)
        only_theirs = seen is not ... and plain(seen) == plain(mine)
        compared.append({
            "name": name, "label": str(Entry._meta.get_field(name).verbose_name),  # type: ignore[union-attr]
            "theirs": _shown(form, name, theirs), "mine": _shown(form, name, mine),
            "differs": plain(theirs) != plain(mine), "pick": "theirs" if only_theirs else "mine",
        })  # fmt: skip
    context = {
        "desk": {"title": _("My items"), "url": "/year/mine/"},
        "title": str(current.task),
        "compared": compared,
        "theirs_url": f"{entry.get_absolute_url()}fill/",
        "version": current.version,
        "typed": [
            *((n, v) for n in FILLED for v in form.data.getlist(n)),  # type: ignore[attr-defined]
            *((n, request.POST[n]) for n in ("act",) if n in request.POST),
        ],
    }
    return TemplateResponse(request, "desk/conflict.html", context, status=409)


def _shown(form: forms.Form, name: str, value: Any) -> str:
    if name == "reached":
        titles = dict(cast(Any, form.fields[name]).choices)
        return "; ".join(str(titles.get(key, key)) for key in value or ()) or text_of(None)
    return text_of(value)


# --- signing ----------------------------------------------------------------------------------------------------------


@only_for(HEAD)
@require_POST
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign an entry, or send it back to the contact with a reason."""
    entry = found(Entry, request.user, pk, "task", "round")
    act = "send_back" if request.POST.get("act") == "send_back" else "sign"
    seen = request.POST.get("version", "")
    try:
        go(
            filing,
            entry,
            act,
            request.user,
            request.POST.get("note", ""),
            version=int(seen) if seen.isdigit() else None,
        )
    except ValidationError as why:
        messages.error(request, "; ".join(why.messages))
    except Stale as why:
        messages.error(request, _("%(why)s Look at it as it is now, then decide.") % {"why": why})
    else:
        left = visible(Entry, request.user).filter(state__in=GROUPS[1][1], body__in=answering(request.user)).count()
        said = ngettext("Done. %(n)s more waits for your signature.", "Done. %(n)s more wait for your signature.", left)
        messages.success(request, said % {"n": left})
    return redirect("/year/mine/")
