"""A request with an Idempotency-Key is carried out once: its answer is kept with its effect and given again."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from .caller import Caller
from .models import Kept
from .problem import Problem, wrong_parameter

KEPT_FOR = timedelta(hours=24)
FORM = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
HEADERS = ("Content-Type", "ETag", "Location")


def key_of(request: HttpRequest) -> str:
    """The key of a request, empty when it has none. Raises 400."""
    sent = request.headers.get("Idempotency-Key")
    if sent is None:
        return ""
    key = sent.strip().strip('"')
    if not FORM.fullmatch(key):
        told = _("Give 1 to 200 letters, digits or signs, such as a UUID.")
        raise wrong_parameter([{"parameter": "Idempotency-Key", "detail": told}])
    return key


def digest(request: HttpRequest, content: bytes) -> str:
    """What a request asks, so that another request under the same key is told from the same one again."""
    told = [request.method or "", request.get_full_path(), request.headers.get("If-Match", "")]
    return sha256("\0".join(told).encode() + b"\0" + content).hexdigest()


def once(request: HttpRequest, caller: Caller, content: bytes, act: Callable[[], HttpResponse]) -> HttpResponse:
    """Carry a request out, or give the kept answer again. What is refused is not kept: mend it and send it anew."""
    key = key_of(request)
    if not key:
        return act()
    asked = digest(request, content)
    with transaction.atomic():
        kept, new = _claimed(caller.key, key, asked)
        if not new:
            return _again(kept, asked)
        response = act()
        kept.status, kept.body = response.status_code, response.content
        kept.headers = {name: response[name] for name in HEADERS if name in response}
        kept.save(update_fields=("status", "body", "headers"))
        return response


def _claimed(owner: str, key: str, asked: str) -> tuple[Kept, bool]:
    """The row of a key, and whether it is this request's own. Another request under way with it is waited for."""
    now = timezone.now()
    Kept.objects.filter(owner=owner, expires__lt=now).delete()
    try:
        with transaction.atomic():
            return Kept.objects.create(owner=owner, key=key, asked=asked, expires=now + KEPT_FOR), True
    except IntegrityError:
        return Kept.objects.get(owner=owner, key=key), False


def _again(kept: Kept, asked: str) -> HttpResponse:
    if kept.asked != asked:
        detail = _("The key “%(key)s” was sent with another request before. Take a new key for a new request.")
        raise Problem(409, "key-reused", detail % {"key": kept.key})
    response = HttpResponse(bytes(kept.body), status=kept.status)
    for name, value in kept.headers.items():
        response[name] = value
    response["Idempotency-Replayed"] = "true"
    return response
