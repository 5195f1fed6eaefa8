"""What people see of the interface: how it is used, and the clients that may call it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hanfeng.kernel.pack import catalogue
from hanfeng.kernel.record.models import kind_of
from hanfeng.kernel.roles import holds, visible

from . import asked, clients, meter
from .doors import desks_with_flow, verbs_of
from .models import Client
from .problem import titles
from .room import room
from .shape import ROOT, at, shape_of


@require_GET
def about(request: HttpRequest) -> HttpResponse:
    """How the interface is used, with addresses and fields out of the live catalogue."""
    desks = [(pack, desk) for pack in catalogue() for desk in pack.desks]
    pack, shown = next(((p, d) for p, d in desks if d.filters and d.form and d.write), desks[0])
    context = {
        "root": ROOT,
        "pack": pack,
        "example": {
            "title": shown.title,
            "address": at(shown),
            "filter": shown.filters[0] if shown.filters else "q",
            "field": shown.form[-1] if shown.form else "note",
            "fields": [(m.name, str(m.title)) for m in shape_of(shown).members],
        },
        "host": f"{request.scheme}://{request.get_host()}",
        "desks": [{"title": d.title, "pack": str(p.title), "address": at(d), "may": verbs_of(d)} for p, d in desks],
        "flows": len(desks_with_flow()),
        "problems": titles().items(),
        "most": asked.MOST,
        "keeper": holds(request.user, *room.keepers),
    }
    return TemplateResponse(request, "rest/about.html", context)


class ClientForm(forms.Form):
    """What the security administrator says of a new client."""

    name = forms.CharField(label=gettext_lazy("name"), max_length=80)
    purpose = forms.CharField(label=gettext_lazy("purpose"), max_length=240)
    contact = forms.CharField(
        label=gettext_lazy("contact"),
        max_length=120,
        help_text=gettext_lazy("Who answers for it when something goes wrong."),
    )
    body = forms.TypedChoiceField(label=gettext_lazy("body"), coerce=int)
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("roles"), required=False, widget=forms.SelectMultiple(attrs={"size": 8})
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("what it may do"), widget=forms.SelectMultiple(attrs={"size": 14})
    )
    expires = forms.DateField(
        label=gettext_lazy("holds until"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("The first day on which it no longer holds."),
    )
    rate = forms.IntegerField(label=gettext_lazy("requests a minute"), initial=300, min_value=1, max_value=60_000)
    addresses = forms.CharField(
        label=gettext_lazy("allowed addresses"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One address or network on each line; empty allows all."),
    )

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        never = {role.name for role in room.keepers}  # an administrator is a person, never a machine
        fields: dict[str, Any] = self.fields
        fields["body"].choices = [("", "—"), *room.bodies(user)]
        roles = {r.name: f"{r.title} ({p.title})" for p in catalogue() for r in p.roles if r.name not in never}
        fields["roles"].choices = list(roles.items())
        fields["scopes"].choices = [
            (d.title, [(f"{kind_of(d.model)}:{v}", f"{d.title} · {verbs()[v]}") for v in verbs_of(d)])
            for p in catalogue()
            for d in p.desks
        ]

    def clean_expires(self) -> Any:
        day = self.cleaned_data["expires"]
        if day <= timezone.localdate():
            raise ValidationError(_("Give a day to come."))
        return day

    def values(self) -> dict[str, Any]:
        """What the client is kept with."""
        told = dict(self.cleaned_data)
        names = dict((int(k), str(n)) for k, n in self.fields["body"].choices if k)  # type: ignore[attr-defined]  # noqa: C402
        return {**told, "body_name": names[told["body"]][:160], "addresses": told["addresses"].split()}


def verbs() -> dict[str, str]:
    """What can be done, in words."""
    return {
        "read": _("read"), "create": _("add"), "change": _("change"), "void": _("withdraw"), "move": _("make moves"),
        "attach": _("attach files"),
    }  # fmt: skip


def _must(request: HttpRequest, *, make: bool = False) -> None:
    if not holds(request.user, *(room.makers if make else room.keepers)):
        raise PermissionDenied(_("Only for those who keep the clients of the interface."))


@login_required
@require_GET
def clients_page(request: HttpRequest) -> HttpResponse:
    """Every client: whose it is, until when, when it called last."""
    _must(request)
    kept = list(visible(Client, request.user).order_by("revoked", "name", "pk"))
    uses = meter.last_uses([f"c{c.pk}" for c in kept]) if kept else {}
    now = timezone.now()
    rows = [{"client": c, "holds": c.holds_on(now), "use": uses.get(f"c{c.pk}")} for c in kept]
    context = {"rows": rows, "maker": holds(request.user, *room.makers)}
    return TemplateResponse(request, "rest/clients.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new_page(request: HttpRequest) -> HttpResponse:
    """Make a client: by the security administrator."""
    _must(request, make=True)
    form = ClientForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            client = clients.register(request.user, form.values())
        except ValidationError as why:
            for name, texts in why.message_dict.items():
                form.add_error(name if name in form.fields else None, texts)
        else:
            return redirect(client.get_absolute_url())
    return TemplateResponse(request, "rest/new.html", {"form": form}, status=422 if form.errors else 200)


def _open(request: HttpRequest, pk: int) -> Client:
    found = visible(Client, request.user).filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such record, or it is not yours to see."))
    return found


def _shown(request: HttpRequest, client: Client, token: str = "") -> HttpResponse:
    known = {role.name: str(role.title) for pack in catalogue() for role in pack.roles}
    desks = {kind_of(d.model): d.title for p in catalogue() for d in p.desks}
    scopes: dict[str, list[str]] = {}
    for scope in client.scopes:
        kind, _colon, verb = scope.partition(":")
        scopes.setdefault(desks.get(kind, kind), []).append(verbs().get(verb, verb))
    context = {
        "client": client,
        "holds": client.holds_on(timezone.now()),
        "roles": [known.get(name, name) for name in client.roles],
        "scopes": scopes.items(),
        "tokens": client.tokens.order_by("-pk"),
        "use": meter.last_uses([f"c{client.pk}"]).get(f"c{client.pk}"),
        "token": token,
        "maker": holds(request.user, *room.makers),
    }
    response = TemplateResponse(request, "rest/client.html", context)
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_GET
def client_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One client with its tokens."""
    _must(request)
    return _shown(request, _open(request, pk))


@login_required
@require_POST
def issue_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a client a token. It is shown on this answer and never again."""
    _must(request, make=True)
    client = _open(request, pk)
    if not client.holds_on(timezone.now()):
        raise PermissionDenied(_("This client no longer holds."))
    return _shown(request, client, clients.issue(client, request.user)[1])


@login_required
@require_POST
def revoke_page(request: HttpRequest, pk: int, token: int = 0) -> HttpResponse:
    """Take back a client with all its tokens, or one of its tokens."""
    _must(request)
    client = _open(request, pk)
    if token:
        kept = client.tokens.filter(pk=token, revoked=False).first()
        if kept:
            clients.revoke_token(kept, request.user)
    elif not client.revoked:
        clients.revoke(client, request.user)
    return redirect(client.get_absolute_url())
