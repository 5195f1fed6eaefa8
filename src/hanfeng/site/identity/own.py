"""My account: password, second factor, sessions, other houses."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, cast

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.logout import logout
from allauth.account.views import PasswordChangeView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from hanfeng.kernel.notify.telling import tell
from hanfeng.kernel.watch.log import security
from hanfeng.kernel.watch.models import Line

from . import factor, forms, notices, sessions
from .doors import answered
from .models import Session
from .sources import find, sources

# --- password ---------------------------------------------------------------------------------------------------------


class Password(PasswordChangeView):  # type: ignore[misc]
    """A new password ends every session of the account, this one too."""

    template_name = "identity/password.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated and not request.user.has_usable_password():
            messages.info(request, _("Your account has no password: another house vouches for you."))
            return redirect("/me/")
        return super().dispatch(request, *args, **kwargs)

    def get_form_class(self) -> Any:
        return forms.PasswordForm

    def form_valid(self, form: Any) -> HttpResponse:
        user = self.request.user
        form.save()
        sessions.end_all(user.pk)
        security(Line.What.PASSWORD, user, self.request)
        tell(notices.PASSWORD, [user], url="/me/sessions/")
        logout(self.request)
        messages.success(
            self.request, _("The password is changed and every session has ended. Sign in with the new one.")
        )
        return redirect("account_login")

    def form_invalid(self, form: Any) -> HttpResponse:
        return answered(self.request, super().form_invalid(form), form)


# --- second factor ----------------------------------------------------------------------------------------------------


def _open() -> None:
    if not factor.open_here():
        raise Http404(_("This site has no second factor."))


@login_required
@require_GET
def factor_page(request: HttpRequest) -> HttpResponse:
    """Whether I have a second factor, and what can be done about it."""
    _open()
    kept = {kind.type: kind for kind in Authenticator.objects.filter(user=request.user.pk)}
    codes = kept.get(Authenticator.Type.RECOVERY_CODES)
    context = {
        "app": kept.get(Authenticator.Type.TOTP),
        "left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "required": factor.required(request.user),
    }
    return TemplateResponse(request, "identity/factor.html", context)


class Activate(ActivateTOTPView):  # type: ignore[misc]
    """Set up the second factor: the QR code, the secret beside it, the first code."""

    template_name = "identity/activate.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        _open()
        response = super().dispatch(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    def get_form_class(self) -> Any:
        return forms.ActivateForm

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        user = self.request.user
        factor.remember(self.request, user)
        security(Line.What.FACTOR, user, self.request)
        tell(notices.FACTOR, [user], url="/me/second-factor/")
        messages.success(self.request, _("The second factor is set up. Keep the recovery codes in a safe place."))
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        return answered(self.request, super().form_invalid(form), form)


@never_cache
@login_required
@require_GET
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator]
def qr_page(request: HttpRequest) -> HttpResponse:
    """The QR code of the secret that is being set up in this session."""
    from allauth.mfa.adapter import get_adapter

    secret = request.session.get(SECRET_SESSION_KEY)
    if not secret:
        raise Http404
    response = HttpResponse(
        factor.drawn(get_adapter().build_totp_url(request.user, secret)), content_type="image/svg+xml"
    )
    response["Content-Security-Policy"] = "default-src 'none'"
    response["Cache-Control"] = "no-store"
    return response


class Deactivate(DeactivateTOTPView):  # type: ignore[misc]
    """Take the second factor away, unless my roles require it."""

    template_name = "identity/deactivate.html"

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        user = self.request.user
        factor.remember(self.request, user)
        security(Line.What.NO_FACTOR, user, self.request)
        tell(notices.FACTOR, [user], url="/me/second-factor/")
        messages.success(self.request, _("The second factor is removed."))
        return response


class Codes(ViewRecoveryCodesView):  # type: ignore[misc]
    """My recovery codes: shown once."""

    template_name = "identity/codes.html"


class NewCodes(GenerateRecoveryCodesView):  # type: ignore[misc]
    """New recovery codes; the old ones open nothing any more."""

    template_name = "identity/new_codes.html"

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        security(Line.What.CODES, self.request.user, self.request)
        return response


# --- sessions ---------------------------------------------------------------------------------------------------------


def reference(session: Session) -> str:
    """A name for a session by which nobody can take it over."""
    return hmac.new(settings.SECRET_KEY.encode(), session.session_key.encode(), hashlib.sha256).hexdigest()[:20]


def told(session: Session, here: str | None = None) -> dict[str, Any]:
    """A session as its owner and the security administrator see it."""
    return {
        "ref": reference(session),
        "address": session.address,
        "agent": session.agent,
        "began": session.began_at,
        "seen": session.seen_at,
        "here": session.session_key == here,
    }


@login_required
@require_GET
def sessions_page(request: HttpRequest) -> HttpResponse:
    """Where I am signed in."""
    assert request.user.pk
    found = [told(session, request.session.session_key) for session in sessions.of(request.user.pk)]
    return TemplateResponse(request, "identity/sessions.html", {"sessions": found})


@login_required
@require_POST
def end_page(request: HttpRequest, ref: str) -> HttpResponse:
    """End one of my sessions, or all the others."""
    assert request.user.pk
    mine = list(sessions.of(request.user.pk).exclude(pk=request.session.session_key or ""))
    ending = mine if ref == "others" else [session for session in mine if reference(session) == ref]
    if not ending and ref != "others":
        raise Http404(_("There is no such session any more."))
    for session in ending:
        session.delete()
        security(Line.What.ENDED, request.user, request, why=session.address)
    messages.success(request, _("Sessions ended: %(count)s.") % {"count": len(ending)})
    return redirect("/me/sessions/")


# --- other houses -----------------------------------------------------------------------------------------------------


@login_required
@require_GET
def others_page(request: HttpRequest) -> HttpResponse:
    """With which other houses my account is connected."""
    kept = {account.provider: account for account in SocialAccount.objects.filter(user=request.user.pk)}
    shown = [
        {
            "title": source.said(),
            "kept": kept.get(source.name),
            "url": f"{source.begins}?process=connect",
            "name": source.name,
        }
        for source in sources()
    ]
    return TemplateResponse(request, "identity/others.html", {"others": shown})


@login_required
@require_POST
@reauthentication_required(app="allauth.socialaccount")  # type: ignore[untyped-decorator]
def disconnect_page(request: HttpRequest, name: str) -> HttpResponse:
    """Cut the connection with another house; an account must keep one way in."""
    source = find(name)
    kept = SocialAccount.objects.filter(user=request.user.pk, provider=name).first()
    if source is None or kept is None:
        raise Http404
    if not cast(User, request.user).has_usable_password():
        messages.error(request, _("Your account has no password, so this is its only way in."))
    else:
        kept.delete()
        security(Line.What.UNLINKED, request.user, request, why=name)
        messages.success(request, _("No longer connected with %(house)s.") % {"house": source.said()})
    return redirect("/me/other-sign-in/")
