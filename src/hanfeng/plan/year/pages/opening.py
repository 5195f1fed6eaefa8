"""Making the ledger from a plan, and opening a round."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from hanfeng.plan.roles import OFFICER
from hanfeng.plan.year.ledger import make_from_plan, of_plan
from hanfeng.plan.year.models import Round
from hanfeng.plan.year.running import add_entries, asked, nobody_asked, open_round, proposed

from .frame import found, only_for, plan_asked


@only_for(OFFICER)
@require_POST
def from_plan(request: HttpRequest) -> HttpResponse:
    """A line of the ledger for each commitment of the plan that has none."""
    plan = plan_asked(request)
    if plan is None:
        messages.error(request, _("There is no plan yet."))
        return redirect("/year/ledger/")
    outcome = make_from_plan(plan, request.user, timezone.localdate())
    made = outcome.batch.created
    messages.success(request, ngettext("%(n)s task made.", "%(n)s tasks made.", made) % {"n": made})
    for _place, words in outcome.errors[:5]:
        messages.error(request, words)
    return redirect(f"/year/ledger/?plan={plan.slug}")


def _day(label: Any, hint: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label, help_text=hint, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class OpenForm(forms.Form):
    """What a round is opened with."""

    starts = _day(gettext_lazy("first day of the period"))
    ends = _day(gettext_lazy("last day of the period"))
    closes = _day(
        gettext_lazy("last day for filing"),
        gettext_lazy("Proposed by the parameters of the plan office; a working day."),
    )
    note = forms.CharField(label=gettext_lazy("what is asked for"), required=False, max_length=300)


@only_for(OFFICER)
def open_page(request: HttpRequest) -> HttpResponse:
    """Open a round: the newest period without one is proposed."""
    plan, today = plan_asked(request), timezone.localdate()
    if plan is None:
        messages.error(request, _("There is no plan yet."))
        return redirect("/year/")
    if not of_plan(plan).filter(closed_on=None).exclude(lead=None).exists():
        messages.error(request, nobody_asked())
        return redirect(f"/year/ledger/?plan={plan.slug}")
    starts, ends, closes = proposed(plan, today)
    form = OpenForm(request.POST or None, initial={"starts": starts, "ends": ends, "closes": closes})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = open_round(plan, given["starts"], given["ends"], given["closes"], request.user, note=given["note"])
        except ValidationError as why:
            known = why.message_dict if hasattr(why, "error_dict") else {"__all__": why.messages}
            for name, texts in known.items():
                form.add_error(name if name in form.fields else None, texts)
        else:
            messages.success(request, _("The round is open."))
            return redirect(f"{made.get_absolute_url()}board/")
    wanted = asked(Round(plan=plan, starts=starts, ends=ends))
    context = {
        "title": _("Open a round"),
        "plan": plan,
        "form": form,
        "tasks": len(wanted),
        "bodies": len({task.lead_id for task in wanted}),
        "desk": {"title": _("Rounds"), "url": "/year/round/"},
        "lede": _("It asks about %(tasks)s open tasks of %(bodies)s bodies.")
        % {"tasks": len(wanted), "bodies": len({task.lead_id for task in wanted})},
        "cancel_url": "/year/",
        "submit": _("Open the round"),
    }
    return TemplateResponse(request, "desk/form.html", context, status=422 if form.errors else 200)


@only_for(OFFICER)
@require_POST
def more(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask about tasks that came into the ledger after the round was opened."""
    round_ = found(Round, request.user, pk, "plan")
    made = add_entries(round_, request.user)
    messages.success(request, ngettext("%(n)s entry added.", "%(n)s entries added.", made) % {"n": made})
    return redirect(f"{round_.get_absolute_url()}board/")
