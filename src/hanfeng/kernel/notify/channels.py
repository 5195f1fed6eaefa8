"""The ways out of the house: e-mail, text message, webhook. A channel is a value; another one is added here or by a site."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import smtplib
import socket
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

SECONDS = 10.0  # how long a far side may take to answer
MOST = 65_536  # bytes of an answer that are read


class Refused(Exception):
    """The far side, or we ourselves, refuse for good: trying again would not help."""


class Unreachable(Exception):
    """The far side cannot be reached now; everything else for it may wait too."""


@dataclass(frozen=True)
class Parcel:
    """What a channel is given: to which address, in which language, what, and a name that stays the same on each attempt."""

    id: str
    address: str
    language: str
    title: str
    text: str
    url: str
    urgent: bool
    notice: str
    secret: str = ""
    about: str = ""


@dataclass(frozen=True)
class Channel:
    """One way out. `send` hands a parcel over and returns the far side's reference for it, "" when it gives none.

    It raises Refused (never again), Unreachable (the whole channel waits) or anything else (this parcel is tried again).
    `quiet` channels keep the quiet hours; `confirms` says that a parcel which was taken has arrived.
    """

    name: str
    title: Any
    send: Callable[[Parcel], str]
    ready: Callable[[], bool]
    quiet: bool = True
    confirms: bool = False


def channels() -> tuple[Channel, ...]:
    """The channels there are, open or not."""
    return (EMAIL, SMS, WEBHOOK)


def ready() -> tuple[Channel, ...]:
    """The channels to people that this site has opened."""
    return tuple(channel for channel in (EMAIL, SMS) if channel.ready())


def find(name: str) -> Channel | None:
    """The channel of this name, or None."""
    return next((channel for channel in channels() if channel.name == name), None)


def _whole_url(path: str) -> str:
    base = str(settings.SITE_ADDRESS).rstrip("/")
    return f"{base}{path}" if path.startswith("/") and base else path


# --- e-mail -----------------------------------------------------------------------------------------------------------


def _email_ready() -> bool:
    return bool(settings.EMAIL_HOST) or not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend")


def send_email(parcel: Parcel) -> str:
    """Hand a letter to the mail server, under a Message-ID that stays the same so that a second copy is known as such."""
    if not parcel.address:
        raise Refused(_("No e-mail address is kept for this account."))
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
    name = f"<{parcel.id}@{host}>"
    body = "\n\n".join(filter(None, (parcel.text, _whole_url(parcel.url))))
    with override(parcel.language):
        letter = EmailMessage(parcel.title, body, to=[parcel.address], headers={"Message-ID": name})
        try:
            letter.send()
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as why:
            if _permanent(why):
                raise Refused(str(why)) from why
            raise
        except (smtplib.SMTPConnectError, smtplib.SMTPServerDisconnected, smtplib.SMTPAuthenticationError) as why:
            raise Unreachable(str(why)) from why
        except OSError as why:
            raise Unreachable(str(why)) from why
    return name


def _permanent(why: smtplib.SMTPException) -> bool:
    if isinstance(why, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in why.recipients.values())
    return isinstance(why, smtplib.SMTPResponseException) and why.smtp_code >= 500


EMAIL = Channel("email", gettext_lazy("e-mail"), send_email, _email_ready)


# --- text message -----------------------------------------------------------------------------------------------------


def _sms_ready() -> bool:
    return bool(settings.SMS["url"])


def send_sms(parcel: Parcel) -> str:
    """Post a form to the gateway that the site names, filled as the site says, and look for its sign of acceptance."""
    how: Mapping[str, Any] = settings.SMS
    if not parcel.address:
        raise Refused(_("No phone number is kept for this account."))
    filled = {"phone": parcel.address, "text": f"{parcel.title} {parcel.text}"[: how["most"]], "id": parcel.id}
    pairs = urllib.parse.parse_qsl(how["form"], keep_blank_values=True)
    form = urllib.parse.urlencode([(name, _fill(value, filled)) for name, value in pairs])
    answer = post(how["url"], form.encode(), {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})
    if not re.search(how["accepted"], answer):
        raise Refused(_("The gateway answered: %(answer)s") % {"answer": answer[:200]})
    found = re.search(how["reference"], answer) if how["reference"] else None
    return found.group(1) if found else ""


def _fill(template: str, values: dict[str, str]) -> str:
    return re.sub(r"\{(phone|text|id)\}", lambda found: values[found.group(1)], template)


SMS = Channel("sms", gettext_lazy("text message"), send_sms, _sms_ready)


# --- webhook ----------------------------------------------------------------------------------------------------------


def signature(secret: str, moment: str, body: bytes) -> str:
    """HMAC-SHA256 over the moment and the body, as the receiver computes it to know who sent this and when."""
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def send_webhook(parcel: Parcel) -> str:
    """Post the message as JSON, signed; an answer of 2xx means that it has arrived."""
    why = why_not_address(parcel.address)
    if why:
        raise Refused(why)
    told = {
        "id": parcel.id, "notice": parcel.notice, "title": parcel.title, "text": parcel.text, "urgent": parcel.urgent,
        "language": parcel.language, "about": parcel.about, "url": _whole_url(parcel.url),
    }  # fmt: skip
    body = json.dumps(told, ensure_ascii=False).encode()
    moment = str(int(timezone.now().timestamp()))
    head = {
        "Content-Type": "application/json; charset=utf-8",
        "Hanfeng-Id": parcel.id,
        "Hanfeng-Time": moment,
        "Hanfeng-Signature": f"sha256={signature(parcel.secret, moment, body)}",
    }
    post(parcel.address, body, head)
    return parcel.id


def why_not_address(url: str) -> str:
    """Why nothing is sent to this address; empty when it may be. Asked again before each sending: names change."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return _("The address must begin with https:// or http:// and name a host.")
    if parts.username or parts.password:
        return _("The address must not carry a user name or password.")
    if settings.PRIVATE_HOOKS:
        return ""
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return _("The host %(host)s is not known.") % {"host": parts.hostname}
    if any(not ip_address(str(place[4][0]).partition("%")[0]).is_global for place in found):
        return _("The host %(host)s lies inside this network; the site does not allow that.") % {"host": parts.hostname}
    return ""


WEBHOOK = Channel("webhook", gettext_lazy("webhook"), send_webhook, lambda: True, quiet=False, confirms=True)


# --- HTTP -------------------------------------------------------------------------------------------------------------


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """An address that was allowed must not lead on to one that is not."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def post(url: str, body: bytes, head: dict[str, str]) -> str:
    """Post to an address, following no redirect; the answer's text. Raises Refused (4xx) and OSError (worth another try)."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
    asked = urllib.request.Request(url, body, head, method="POST")
    try:
        with opener.open(asked, timeout=SECONDS) as answer:
            return str(answer.read(MOST).decode("utf-8", "replace"))
    except urllib.error.HTTPError as why:
        text = _("The far side answered %(status)s.") % {"status": why.code}
        if 400 <= why.code < 500 and why.code not in {408, 425, 429}:
            raise Refused(text) from why
        raise OSError(text) from why
    except (OSError, HTTPException) as why:
        raise OSError(str(getattr(why, "reason", why)) or type(why).__name__) from why
