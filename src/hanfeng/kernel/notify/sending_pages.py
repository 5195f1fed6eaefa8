"""For the system administrator: what left the house and what did not, and the webhooks."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hanfeng.kernel.desk.lists import pager
from hanfeng.kernel.roles import Role, holds

from .channels import channels, why_not_address
from .models import Delivery, Hook
from .sending import again

PAGE = 30
TONES = {"waiting": "info", "sent": "even", "delivered": "done", "failed": "late"}


def _only(request: HttpRequest, keeper: Role) -> None:
    if not holds(request.user, keeper):
        raise PermissionDenied(_("Only for the system administrator."))


@login_required
@require_GET
def sent_page(request: HttpRequest, keeper: Role) -> HttpResponse:
    """What was handed to the channels, the newest first, with its receipts. The texts are not shown: they are not his."""
    _only(request, keeper)
    asked = request.GET.get("state", "")
    rows = Delivery.objects.select_related("message", "letter__receiver", "hook").order_by("-pk")
    rows = rows.filter(state=asked) if asked in Delivery.State.values else rows
    shown = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    counts = dict(Delivery.objects.values_list("state").annotate(n=Count("pk")))
    titles = {channel.name: channel.title for channel in channels()}
    context = {
        "deliveries": [
            {"it": d, "tone": TONES[d.state], "state": d.get_state_display(), "channel": titles.get(d.channel, d.channel)}
            for d in shown.object_list
        ],
        "states": [(state.value, state.label, counts.get(state.value, 0)) for state in Delivery.State],
        "asked": asked,
        "channels": [{"title": c.title, "open": c.ready()} for c in channels()],
        "pages": pager(shown, request.GET),
        "total": shown.paginator.count,
    }  # fmt: skip
    return TemplateResponse(request, "notify/sent.html", context)


@login_required
@require_POST
def again_page(request: HttpRequest, pk: int, keeper: Role) -> HttpResponse:
    """Try a failed delivery again."""
    _only(request, keeper)
    failed = Delivery.objects.filter(pk=pk).first()
    if failed is None:
        raise Http404
    if again(failed):
        messages.success(request, _("It is sent again with the next round of the worker."))
    else:
        messages.info(request, _("It has not failed, so it is not sent again."))
    return redirect("/notices/sent/?state=failed")


class HookForm(forms.ModelForm):  # type: ignore[type-arg]
    """An address that is told too."""

    class Meta:
        model = Hook
        fields = ("title", "url", "notices")

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        if why := why_not_address(url):
            raise ValidationError(why)
        return url


@login_required
@require_http_methods(["GET", "POST"])
def hooks_page(request: HttpRequest, keeper: Role) -> HttpResponse:
    """The webhooks, and a new one; its secret is shown once."""
    _only(request, keeper)
    form = HookForm(request.POST or None)
    new: Hook | None = None
    if request.method == "POST" and form.is_valid():
        new = form.save(commit=False)
        new.secret, new.by_id = secrets.token_hex(32), request.user.pk
        new.save()
        form = HookForm()
    context: dict[str, Any] = {"form": form, "hooks": Hook.objects.select_related("by"), "new": new}
    response = TemplateResponse(request, "notify/webhooks.html", context, status=422 if form.errors else 200)
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_POST
def hook_page(request: HttpRequest, pk: int, keeper: Role) -> HttpResponse:
    """Take a webhook out of use, or back into it."""
    _only(request, keeper)
    hook = Hook.objects.filter(pk=pk).first()
    if hook is None:
        raise Http404
    hook.active = not hook.active
    hook.save(update_fields=("active",))
    messages.success(request, _("In use.") if hook.active else _("No longer in use."))
    return redirect("/notices/webhooks/")
