"""The second factor: whether a site has it, whose roles require it, a code that is good once, and the QR code we draw."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from hanfeng.kernel.roles import roles_of

HAS = "hanfeng.second-factor"
FREE = ("/me/second-factor/", "/me/confirm/", "/sign-out/", "/sign-in/", "/language/", "/static/", "/healthz")


def open_here() -> bool:
    """Whether this site has second factors at all."""
    return str(settings.SECOND_FACTOR) != "off"


def required(user: Any) -> bool:
    """Whether one of the person's roles requires a second factor."""
    wanted = {role for role in str(settings.SECOND_FACTOR).split(",") if role not in {"", "off"}}
    return bool(wanted) and not roles_of(user).isdisjoint(wanted)


def has(user: Any) -> bool:
    """Whether an account has a second factor."""
    return bool(Authenticator.objects.filter(user=user.pk, type=Authenticator.Type.TOTP).exists())


def remember(request: HttpRequest, user: Any) -> None:
    """Keep in the session whether there is one, so that not each page asks the database."""
    request.session[HAS] = has(user)


def demand(get_response: Any) -> Any:
    """Middleware: who must have a second factor and has none sees only the page that sets it up."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if str(settings.SECOND_FACTOR) in {"", "off"} or request.path.startswith(FREE):
            return get_response(request)  # type: ignore[no-any-return]
        user = request.user
        if user.is_authenticated and not request.session.get(HAS) and required(user):
            return redirect("/me/second-factor/")
        return get_response(request)  # type: ignore[no-any-return]

    return middleware


@transaction.atomic
def spend(authenticator: Authenticator, code: str) -> bool:
    """Whether a code is right and was not used before (RFC 6238, 5.2): the counter of the last one is kept and only grows."""
    kept = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    secret, last = decrypt(kept.data["secret"]), int(kept.data.get("last", -1))
    for counter in yield_hotp_counters_from_time():
        if counter > last and compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, counter))):
            kept.data["last"], kept.last_used_at = counter, timezone.now()
            kept.save(update_fields=("data", "last_used_at"))
            return True
    return False


def drawn(text: str) -> bytes:
    """A QR code as an SVG without script or style."""
    import qrcode
    from qrcode.image.svg import SvgPathImage

    image = qrcode.make(text, image_factory=SvgPathImage, border=2)
    file = BytesIO()
    image.save(file)
    return file.getvalue()
