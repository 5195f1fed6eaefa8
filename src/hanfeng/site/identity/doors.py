"""The pages of the door: sign in, the code after it, the password again, another house, sign out."""

from __future__ import annotations

from typing import Any

import requests
from allauth.account.views import LoginView
from allauth.account.views import ReauthenticateView as AllauthReauthenticate
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as AllauthMfaReauthenticate
from allauth.socialaccount.providers.openid_connect import views as openid
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from hanfeng.kernel.watch.log import security
from hanfeng.kernel.watch.models import Line

from . import forms
from .adapters import unreached
from .sources import sources


def answered(request: HttpRequest, response: HttpResponse, form: Any) -> HttpResponse:
    """A refused form is 422; one refused by the lock is 429 and says when to try again."""
    if form.errors:
        lock = getattr(request, "hanfeng_lock", None)
        response.status_code = 429 if lock else 422
        if lock:
            response["Retry-After"] = str(lock.seconds)
    return response


class SignIn(LoginView):  # type: ignore[misc]
    """User name and password; beside them the other houses that vouch for people."""

    template_name = "desk/sign_in.html"
    form_class = forms.SignInForm

    def get_form_class(self) -> Any:
        return self.form_class

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        after = self.request.GET.get("next") or self.request.POST.get("next") or ""
        asked = f"?{urlencode({'next': after})}" if after else ""
        others = [{"title": source.said(), "url": f"{source.begins}{asked}"} for source in sources()]
        return {**super().get_context_data(**kwargs), "others": others, "next": after}

    def form_invalid(self, form: Any) -> HttpResponse:
        return answered(self.request, super().form_invalid(form), form)


class Code(AuthenticateView):  # type: ignore[misc]
    """The code of the second factor, after the password."""

    template_name = "identity/code.html"

    def get_form_class(self) -> Any:
        return forms.CodeForm

    def form_invalid(self, form: Any) -> HttpResponse:
        return answered(self.request, super().form_invalid(form), form)


class Confirm(AllauthReauthenticate):  # type: ignore[misc]
    """The password once more, before something that matters."""

    template_name = "identity/confirm.html"

    def get_form_class(self) -> Any:
        return forms.ConfirmForm

    def form_invalid(self, form: Any) -> HttpResponse:
        return answered(self.request, super().form_invalid(form), form)


class ConfirmCode(AllauthMfaReauthenticate):  # type: ignore[misc]
    """A code once more, for accounts without a password."""

    template_name = "identity/confirm.html"

    def get_form_class(self) -> Any:
        return forms.ConfirmCodeForm

    def form_invalid(self, form: Any) -> HttpResponse:
        return answered(self.request, super().form_invalid(form), form)


def _reached(view: Any) -> Any:
    """A view of allauth that talks to another house; one that does not answer is told in words."""

    @login_not_required
    def asked(request: HttpRequest, provider_id: str) -> HttpResponse:
        try:
            return view(request, provider_id)  # type: ignore[no-any-return]
        except (requests.RequestException, KeyError, ValueError) as why:
            return unreached(request, provider_id, why)

    return asked


to_other = _reached(openid.login)
from_other = _reached(openid.callback)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session."""
    if request.user.is_authenticated:
        security(Line.What.OUT, request.user, request)
    logout(request)
    return redirect(resolve_url(settings.LOGOUT_REDIRECT_URL))
