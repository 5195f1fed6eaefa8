"""What django-allauth asks of a site: our words, our lock-out, our log, our sessions; no account is made by a stranger."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hanfeng.kernel.notify.telling import tell
from hanfeng.kernel.watch.log import security
from hanfeng.kernel.watch.models import Line

from . import factor, lockout, sessions
from .notices import LOCKED
from .sources import IdentitySource, account_for, find, sources

WRONG = gettext_lazy("Please enter the correct username and password.")


def refused(request: HttpRequest, lock: lockout.Lock) -> ValidationError:
    """The sentence for somebody who is locked out; the page answers 429 with Retry-After."""
    request.hanfeng_lock = lock  # type: ignore[attr-defined]
    until = timezone.localtime(lock.until).strftime("%H:%M")
    return ValidationError(_("Too many failed tries. Try again after %(until)s.") % {"until": until})


class Backend(AuthenticationBackend):  # type: ignore[misc]
    """Whose account it is comes with the account: every page names the person."""

    def get_user(self, user_id: Any) -> User | None:
        """The open account of a session, its person beside it, in one query; None when shut or gone."""
        user = User.objects.select_related("person").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in by user name and password."""

    error_messages: ClassVar = {**DefaultAccountAdapter.error_messages, "username_password_mismatch": WRONG}

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by the security administrator."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """While there is a lock the password is not even looked at."""
        if lock := lockout.locked(str(credentials.get("username", "")), request):
            raise refused(request, lock)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """The account, if the password is right and the account open; a shut one is told what a wrong password is told."""
        self.pre_authenticate(request, **credentials)
        user = authenticate(request, **credentials)
        AuthenticationBackend.unstash_authenticated_user()
        if user is None:
            self.authentication_failed(request, **credentials)
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Write the failed try down; the one that brings the lock is told of it."""
        name = str(credentials.get("username", ""))
        if lock := lockout.failed(name, request):
            if user := lockout.owner(lockout.known_as(name)):
                tell(LOCKED, [user], url="/me/sessions/", minutes=lock.seconds // 60 + 1)
            raise refused(request, lock)

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        """A shut account is not told apart from one that is not there."""
        messages.error(request, str(WRONG))
        return redirect("account_login")

    def login(self, request: HttpRequest, user: Any) -> None:
        """The last step of every way in, after the second factor."""
        super().login(request, user)
        sessions.begin(request)
        factor.remember(request, user)
        security(Line.What.IN, user, request, why=_way(request))

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Our pages say what happened in their own words."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """As the log has it."""
        from hanfeng.kernel.watch.log import address_of

        return address_of(request)


def _way(request: HttpRequest) -> str:
    """By which steps somebody came in: password, another house, second factor."""
    from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY as STEPS

    return " + ".join(str(step.get("provider") or step["method"]) for step in request.session.get(STEPS, []))[:300]


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Sign-in by another house: for accounts there are, found by the source's rule."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Nobody becomes an account here by being known elsewhere."""
        return False

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[Any]:
        """The houses of identity.toml; none is kept in the database."""
        from allauth.socialaccount.models import SocialApp

        kept = [
            source
            for source in sources()
            if source.kind == "oidc" and provider in {None, "openid_connect", source.name}
        ]
        return [
            SocialApp(
                provider="openid_connect", provider_id=source.name, name=source.said(), client_id=source.client,
                secret=source.secret, settings={"server_url": source.server},
            )
            for source in kept
            if client_id in {None, source.client}
        ]  # fmt: skip

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Find the account by the rule, or turn away in words."""
        if sociallogin.is_existing or sociallogin.state.get("process") == "connect":
            return
        source = find(sociallogin.account.provider)
        data = sociallogin.account.extra_data
        user = account_for(source, data.get("userinfo") or data.get("id_token") or data) if source else None
        if source is None or user is None:
            raise ImmediateHttpResponse(turned_away(request, source))
        sociallogin.connect(request, user)
        connected(request, source, user)

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """The other house refused, or could not be reached."""
        raise ImmediateHttpResponse(unreached(request, str(getattr(provider, "id", "")), exception or error or ""))

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        """Back to the page of connections."""
        return "/me/other-sign-in/"


def connected(request: HttpRequest, source: IdentitySource, user: Any) -> None:
    """Write down that an account is connected to another house."""
    security(Line.What.LINKED, user, request, why=source.name)


def unreached(request: HttpRequest, name: str, why: object) -> HttpResponse:
    """Another house that does not answer, refuses, or answers what was not asked."""
    security(Line.What.REFUSED, None, request, why=f"{name}: {why}"[:300])
    messages.error(request, _("The other sign-in did not succeed. Try again, or use your password."))
    return redirect("account_login")


def turned_away(request: HttpRequest, source: IdentitySource | None) -> HttpResponse:
    """Somebody whom another house knows and this one does not."""
    security(Line.What.REFUSED, None, request, why=source.name if source else "")
    text = _("No account here belongs to this sign-in. Sign in with your password, or ask the security administrator.")
    messages.error(request, text)
    return redirect("account_login")


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """The second factor: its secrets lie encrypted in the database, under a key that lies in HOME."""

    error_messages: ClassVar = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("The code is not right."),
        "cannot_delete_authenticator": gettext_lazy("Your roles require a second factor."),
    }

    def get_totp_label(self, user: Any) -> str:
        """What the app shows beside the code."""
        return str(user.get_username())

    def get_totp_issuer(self) -> str:
        """The name of the site."""
        from hanfeng.site.frame import word

        return word("site")

    def encrypt(self, text: str) -> str:
        """A secret as the database keeps it."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again; one that another key encrypted opens nothing."""
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return base64.b32encode(hashlib.sha256(encrypted_text.encode()).digest()[:20]).decode()

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """Not where the person's roles require it."""
        return not factor.required(authenticator.user)

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """The house tells by its own notices."""


def _cipher() -> Fernet:
    key = hashlib.sha256(b"hanfeng second factor\0" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
