"""Accounts: the system administrator makes them, the security administrator gives roles, shuts, and ends sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hanfeng.commons.people.roles import SECURITY, SYSTEM
from hanfeng.kernel.desk.lists import pager
from hanfeng.kernel.record.local import local
from hanfeng.kernel.roles import holds
from hanfeng.kernel.watch.log import security
from hanfeng.kernel.watch.models import Line

from . import duties, sessions
from .own import reference, told

PAGE = 50
SHOWN_LINES = 15


def _only(request: HttpRequest, *roles: Any) -> None:
    if not holds(request.user, *roles):
        raise PermissionDenied(_("Only for the administrators of this site."))


def _account(pk: int) -> User:
    found = User.objects.filter(pk=pk).select_related("person").first()
    if found is None:
        raise Http404(_("There is no such account."))
    return found


def name_of(user: User) -> str:
    """How a person is called whose account this is."""
    person = getattr(user, "person", None)
    return str(local(person, "name")) if person else user.get_full_name()


@login_required
@require_GET
def list_page(request: HttpRequest) -> HttpResponse:
    """Every account: whose, which roles, open or shut, with a second factor or without."""
    _only(request, SECURITY, SYSTEM)
    words = request.GET.get("q", "").strip()
    role, state = request.GET.get("role", ""), request.GET.get("state", "")
    factor = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    rows = (
        User.objects.select_related("person")
        .prefetch_related("groups")
        .annotate(factor=Exists(factor))
        .order_by("username")
    )
    if words:
        rows = rows.filter(
            Q(username__icontains=words) | Q(person__name__icontains=words) | Q(first_name__icontains=words)
        )
    if role:
        rows = rows.filter(groups__name=role)
    if state in {"open", "shut"}:
        rows = rows.filter(is_active=state == "open")
    shown = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    titles = {r.name: r.title for _pack, r in duties.roles()}
    context = {
        "accounts": [
            {
                "it": user,
                "name": name_of(user),
                "roles": [titles[g.name] for g in user.groups.all() if g.name in titles],
            }
            for user in shown.object_list
        ],
        "pages": pager(shown, request.GET),
        "total": shown.paginator.count,
        "filters": _filters(words, role, state),
        "may_make": holds(request.user, SYSTEM),
    }
    return TemplateResponse(request, "identity/accounts.html", context)


def _filters(words: str, role: str, state: str) -> list[dict[str, Any]]:
    states = (("open", _("open account")), ("shut", _("shut account")))
    return [
        {"name": "q", "label": _("Words"), "kind": "text", "options": [], "value": words},
        {
            "name": "role",
            "label": _("Role"),
            "kind": "select",
            "value": role,
            "options": [(r.name, str(r.title), r.name == role) for _pack, r in duties.roles()],
        },
        {
            "name": "state",
            "label": _("State"),
            "kind": "select",
            "value": state,
            "options": [(value, title, value == state) for value, title in states],
        },
    ]


class NewForm(forms.Form):
    """A new account: the name to sign in with, and whose it is."""

    username = forms.CharField(label=gettext_lazy("Username"), max_length=150, validators=[UnicodeUsernameValidator()])
    name = forms.CharField(label=gettext_lazy("Name of the person"), max_length=60)

    def clean_username(self) -> str:
        """A name that nobody has, whatever its capitals."""
        wanted = str(self.cleaned_data["username"])
        if User.objects.filter(username__iexact=wanted).exists():
            raise ValidationError(_("There is an account of this name already."))
        return wanted


@login_required
@require_http_methods(["GET", "POST"])
def new_page(request: HttpRequest) -> HttpResponse:
    """Make an account; its first password is shown once. It holds no role: that is the security administrator's to give."""
    _only(request, SYSTEM)
    form, made = NewForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        user, password = duties.make(request.user, form.cleaned_data["username"], form.cleaned_data["name"], request)
        made, form = {"user": user, "password": password}, NewForm()
    response = TemplateResponse(
        request, "identity/new_account.html", {"form": form, "made": made}, status=422 if form.errors else 200
    )
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_GET
def account_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: its roles to give and take, its sessions, what happened to it."""
    _only(request, SECURITY, SYSTEM)
    return TemplateResponse(request, "identity/account.html", _shown(request, _account(pk)))


def _shown(request: HttpRequest, user: User, password: str = "") -> dict[str, Any]:
    may = holds(request.user, SECURITY) and user.pk != request.user.pk
    held = set(user.groups.values_list("name", flat=True))
    return {
        "account": user,
        "name": name_of(user),
        "may": may,
        "own": user.pk == request.user.pk,
        "password": password,
        "factor": Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first(),
        "roles": [
            {
                "role": role,
                "pack": pack,
                "held": role.name in held,
                "why_not": duties.why_not_lose(user, role) if role.name in held else duties.why_not_give(user, role),
            }
            for pack, role in duties.roles()
        ],
        "sessions": [told(session, request.session.session_key) for session in sessions.of(user.pk)] if may else [],
        "sessions_base": f"/accounts/{user.pk}/sessions/",
        "lines": Line.objects.filter(book=Line.Book.SECURITY, whom=user.get_username()).order_by("-pk")[:SHOWN_LINES],
    }


Act = Callable[[Any, User, HttpRequest | None], Any]


@login_required
@require_POST
def role_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Give or take one role."""
    _only(request, SECURITY)
    user, role = _account(pk), duties.role_named(request.POST.get("role", ""))
    if role is None:
        raise Http404(_("There is no such role."))
    act = duties.give if request.POST.get("act") == "give" else duties.take
    return _done(request, user, lambda: act(request.user, user, role, request))


def _done(request: HttpRequest, user: User, act: Callable[[], Any]) -> HttpResponse:
    try:
        act()
        messages.success(request, _("Done and written down."))
    except ValidationError as why:
        messages.error(request, "; ".join(why.messages))
    return redirect(f"/accounts/{user.pk}/")


ACTS: dict[str, Act] = {"shut": duties.shut, "open": duties.reopen, "without-factor": duties.without_factor}


@login_required
@require_POST
def act_page(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Shut, open, take the second factor, make a new password."""
    _only(request, SECURITY)
    user = _account(pk)
    if act == "password":
        return _password(request, user)
    if act not in ACTS:
        raise Http404
    return _done(request, user, lambda: ACTS[act](request.user, user, request))


def _password(request: HttpRequest, user: User) -> HttpResponse:
    try:
        password = duties.new_password(request.user, user, request)
    except ValidationError as why:
        messages.error(request, "; ".join(why.messages))
        return redirect(f"/accounts/{user.pk}/")
    response = TemplateResponse(request, "identity/account.html", _shown(request, _account(user.pk), password))
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_POST
def end_page(request: HttpRequest, pk: int, ref: str) -> HttpResponse:
    """End a session of an account, or all of them."""
    _only(request, SECURITY)
    user = _account(pk)
    ending = [session for session in sessions.of(user.pk) if ref == "all" or reference(session) == ref]
    for session in ending:
        session.delete()
        security(Line.What.ENDED, request.user, request, whom=user.get_username(), why=session.address)
    messages.success(request, _("Sessions ended: %(count)s.") % {"count": len(ending)})
    return redirect(f"/accounts/{user.pk}/")
