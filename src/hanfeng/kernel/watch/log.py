"""Writing the log, before what it tells of is answered; and proving that nobody changed it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.db import connections, router, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from hanfeng.kernel.base.hashing import canonical, digest
from hanfeng.kernel.record.models import Record, kind_of

from .models import Line

_LOCK = 0x48616E66  # PostgreSQL: one line after another, so that the chain has no fork
HASHED = (
    "book", "what", "at", "by", "who", "whom", "kind", "key", "title", "form", "asked", "fields", "rows", "why", "address",
)  # fmt: skip


def address_of(request: HttpRequest | None) -> str:
    """From where a request comes: the nearest address that is no proxy of ours (settings.PROXIES), as our proxies saw it.

    X-Forwarded-For grows to the right, each proxy adding who asked it. It is read backwards and only as far as proxies of
    ours wrote it: what a visitor put there himself stands to the left of that.
    """
    if request is None:
        return ""
    address = str(request.META.get("REMOTE_ADDR", ""))
    for said in reversed(str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")):
        if not within(address, settings.PROXIES) or not is_address(said.strip()):
            break
        address = said.strip()
    return address[:45]


def is_address(text: str) -> bool:
    """Whether a text is an IP address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def within(address: str, networks: Iterable[str]) -> bool:
    """Whether an address lies in one of these networks; a text that is no address lies in none."""
    return is_address(address) and any(ip_address(address) in ip_network(text, strict=False) for text in networks)


def name_of(user: Any) -> str:
    """How an account is named in the log: by its user name, which nobody shares."""
    return str(user.get_username())[:150] if getattr(user, "pk", None) else ""


def note(what: Line.What, book: Line.Book, by: Any = None, request: HttpRequest | None = None, **said: Any) -> Line:
    """Add one line, committed when this returns (unless a transaction of the same database is open)."""
    alias = router.db_for_write(Line)
    line = Line(
        book=book.value,
        what=what.value,
        at=timezone.now(),
        by=getattr(by, "pk", None),
        who=said.pop("who", "")[:150] or name_of(by),
        address=said.pop("address", "") or address_of(request),
        **{name: value[: _longest(name)] if isinstance(value, str) else value for name, value in said.items()},
    )
    with transaction.atomic(using=alias):
        if connections[alias].vendor == "postgresql":
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        line.prev = Line.objects.order_by("-pk").values_list("hash", flat=True).first() or ""
        line.hash = stamp(line)
        line.save(using=alias, force_insert=True)
    return line


def _longest(name: str) -> int:
    return getattr(Line._meta.get_field(name), "max_length", None) or 2000


def stamp(line: Line) -> str:
    """The digest of a line and of the one before it."""
    told: Mapping[str, Any] = {name: getattr(line, name) for name in HASHED}
    return digest(canonical({**told, "at": line.at.isoformat(), "prev": line.prev}))


def read(
    user: Any, what: Line.What, record: Record, title: str, fields: list[str], request: HttpRequest, why: str = ""
) -> Line:
    """Write down that personal data of a record are read: before they are shown."""
    return note(
        what,
        Line.Book.ACCESS,
        user,
        request,
        kind=kind_of(record),
        key=record.pk,
        title=title,
        fields=fields,
        rows=1,
        why=why,
    )


def security(
    what: Line.What, by: Any, request: HttpRequest | None, *, whom: str = "", why: str = "", **said: Any
) -> Line:
    """Write down what happened to an account; `whom` is its user name, the actor's own when none is given."""
    return note(what, Line.Book.SECURITY, by, request, whom=whom or name_of(by), why=why, **said)


def broken() -> Iterator[tuple[int, str]]:
    """The lines that do not fit the chain: their numbers and what is amiss."""
    prev = ""
    for line in Line.objects.order_by("pk").iterator(chunk_size=2000):
        if line.prev != prev:
            yield line.pk, _("The line before it is missing or was changed.")
        if line.hash != stamp(line):
            yield line.pk, _("The line was changed after it was written.")
        prev = line.hash
