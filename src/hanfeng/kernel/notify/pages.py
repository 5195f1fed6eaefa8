"""One's own notices: the list, reading them, and how one wants to be told."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hanfeng.kernel.desk.lists import pager
from hanfeng.kernel.record.models import Reader

from .channels import ready
from .models import Letter, Preference

PAGE = 30


def own(user: Reader) -> QuerySet[Letter]:
    """The letters of a person."""
    return Letter.objects.filter(receiver=user.pk).select_related("message")


def unread(user: Reader) -> int:
    """How many letters a person has not read; asked once for each request."""
    kept: int | None = getattr(user, "_hanfeng_unread", None)
    if kept is None:
        kept = Letter.objects.filter(receiver=user.pk, read_at=None).count()
        user._hanfeng_unread = kept  # type: ignore[union-attr]
    return kept


def mark_read(letters: QuerySet[Letter]) -> int:
    """Write down that letters were read; how many were not before."""
    return letters.filter(read_at=None).update(read_at=timezone.now())


@login_required
@require_GET
def notices_page(request: HttpRequest) -> HttpResponse:
    """My notices, the newest first; all of them or only the unread."""
    only = request.GET.get("show") == "unread"
    rows = own(request.user).order_by("-pk")
    shown = Paginator(rows.filter(read_at=None) if only else rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "letters": shown.object_list,
        "pages": pager(shown, request.GET),
        "total": shown.paginator.count,
        "only": only,
        "unread": unread(request.user),
    }
    return TemplateResponse(request, "notify/notices.html", context)


def _mine(request: HttpRequest, pk: int) -> QuerySet[Letter]:
    letters = own(request.user).filter(pk=pk)
    if not letters.exists():
        raise Http404(_("There is no such notice, or it is not yours."))
    return letters


@login_required
@require_POST
def open_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Read a notice and go to what it is about."""
    letters = _mine(request, pk)
    mark_read(letters)
    url = letters.get().message.url
    safe = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return redirect(url if url and safe else "/notices/")


@login_required
@require_POST
def read_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a notice read and stay here."""
    mark_read(_mine(request, pk))
    return redirect("/notices/")


@login_required
@require_POST
def read_all_page(request: HttpRequest) -> HttpResponse:
    """Mark all that were shown read: none that came meanwhile."""
    last = request.POST.get("upto", "")
    upto = int(last) if last.isascii() and last.isdigit() and len(last) < 19 else 0
    count = mark_read(own(request.user).filter(pk__lte=upto))
    messages.success(request, _("Marked as read: %(count)s.") % {"count": count})
    return redirect("/notices/")


class PreferenceForm(forms.ModelForm):  # type: ignore[type-arg]
    """In which language and by which ways a person wants to be told."""

    language = forms.ChoiceField(label=gettext_lazy("Language of messages"))

    class Meta:
        model = Preference
        fields = ("language", "email", "sms")
        widgets = {"email": forms.RadioSelect, "sms": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [(code, str(name)) for code, name in settings.LANGUAGES]  # type: ignore[attr-defined]
        open_now = {channel.name for channel in ready()}
        for name in {"email", "sms"} - open_now:
            del self.fields[name]


@login_required
@require_http_methods(["GET", "POST"])
def preferences_page(request: HttpRequest) -> HttpResponse:
    """How I want to be told."""
    kept = Preference.objects.filter(user=request.user.pk).first() or Preference(user_id=cast(int, request.user.pk))
    kept.language = kept.language or translation.get_language() or settings.LANGUAGE_CODE
    form = PreferenceForm(request.POST or None, instance=kept)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Kept. You are told as you said from now on."))
        return redirect("/me/")
    context = {"form": form, "closed": [] if ready() else [True]}
    return TemplateResponse(request, "notify/preferences.html", context, status=422 if form.errors else 200)
