"""A signed warning becomes a CAP message, is handed over to every channel, and its receipts come back."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from hanfeng.kernel.notify.channels import Refused, post, why_not_address
from hanfeng.kernel.record.write import save

from . import cap12, gbt35965
from .models import Handover, Release, ReleaseChannel, WarningMessage, WarningState
from .sender import sender

log = logging.getLogger("hanfeng.alert")
FIRST_WAIT = timedelta(seconds=10)
MOST_ATTEMPTS = 10


def release(warning: WarningMessage, by: Any) -> Release:
    """Send a warning out: a new message, or an update of the one it replaces."""
    before = warning.updates
    refers = _last(before) if before and before.state == WarningState.RELEASED else None
    sent = _send(warning, "Update" if refers else "Alert", refers)
    if before and refers:
        save(before, by, {"state": WarningState.REPLACED, "entered_at": timezone.now()}, verb="replace")
    return sent


def cancel(warning: WarningMessage, by: Any) -> Release:
    """Take a released warning back by a message that cancels it."""
    return _send(warning, "Cancel", _last(warning))


def _last(warning: WarningMessage) -> Release:
    return warning.releases.order_by("-sent_at", "-pk")[0]


def _send(warning: WarningMessage, kind: str, refers: Release | None) -> Release:
    now = _this_second()
    message = message_of(warning, kind, now, _free_identifier(now), refers)
    made = Release.objects.create(
        warning=warning,
        identifier=message.identifier,
        type=kind,
        sent_at=now,
        xml=signed(cap12.write(message)).decode(),
    )
    rank = gbt35965.colour(warning.colour).rank
    for channel in ReleaseChannel.objects.filter(active=True, slightest__gte=rank):
        Handover.objects.create(release=made, channel=channel)
    return made


def _this_second() -> datetime:
    return timezone.localtime().replace(microsecond=0)


def _free_identifier(now: datetime) -> str:
    """An identifier that no message of this second has; ten of them fit into one."""
    who = sender()
    for number in range(10):
        made = gbt35965.identifier(who.region, who.industry, who.unit, who.extension, now, number)
        if not Release.objects.filter(identifier=made).exists():
            return made
    raise ValidationError(_("Ten messages were released in this second: try again."))


def message_of(
    warning: WarningMessage, kind: str, now: datetime, identifier: str, refers: Release | None = None
) -> cap12.Message:
    """A warning as a CAP message, in Chinese and, where it was written, in English."""
    references = (cap12.read(refers.xml.encode()).reference,) if refers else ()
    english = bool(warning.headline_en and warning.text_en)
    drill = warning.exercise or warning.demo
    return cap12.Message(
        identifier=identifier,
        sender=sender().address,
        sent=now,
        status="Exercise" if drill else "Actual",
        type=kind,
        references=references,
        note=_demo_note(warning),
        infos=tuple(_info(warning, kind, now, lang) for lang in (("zh-CN", "en-US") if english else ("zh-CN",))),
    )


def _demo_note(warning: WarningMessage) -> str:
    return "演示数据 / demo data" if warning.demo else ""


def _info(warning: WarningMessage, kind: str, now: datetime, lang: str) -> cap12.Info:
    who, zh = sender(), lang == "zh-CN"
    colour = gbt35965.colour(warning.colour)
    advice = warning.advice if zh else warning.advice_en
    lifted = kind == "Cancel"
    return cap12.Info(
        event=warning.event if zh else warning.event_en or warning.event,
        category=(warning.category,), language=lang,
        response=("AllClear",) if lifted else ("Prepare",) if advice else ("Monitor",),
        urgency="Past" if lifted else warning.urgency, severity=colour.severity, certainty=warning.certainty,
        event_codes=(("GB/T 35965", warning.event_code),) if warning.event_code else (),
        effective=timezone.localtime(warning.effective_at).replace(microsecond=0) if not lifted else now,
        expires=None if lifted else timezone.localtime(warning.expires_at).replace(microsecond=0),
        sender_name=who.name if zh else who.name_en or who.name,
        headline=warning.headline if zh else warning.headline_en,
        description=warning.text if zh else warning.text_en, instruction=advice,
        web=_address(identifier_page(warning)) if settings.SITE_ADDRESS else "",
        parameters=(("colour", colour.title.zh if zh else colour.title.en),),
        areas=(_area(warning, warning.area if zh else warning.area_en or warning.area),),
    )  # fmt: skip


def _area(warning: WarningMessage, name: str) -> cap12.Area:
    outline = tuple((float(lat), float(lon)) for lat, lon in warning.polygon)
    return cap12.Area(name, (outline,) if outline else (), (), (("GB/T 2260", sender().region),))


def identifier_page(warning: WarningMessage) -> str:
    """The public page of a warning."""
    return reverse("public-warning", args=[warning.pk])


def _address(path: str) -> str:
    return f"{str(settings.SITE_ADDRESS).rstrip('/')}{path}"


def signed(xml: bytes) -> bytes:
    """The message with an enveloped XML signature, where the site keeps `cap.key` and `cap.pem` in its home; else as it is."""
    key, certificate = Path(settings.HOME) / "cap.key", Path(settings.HOME) / "cap.pem"
    if not (key.exists() and certificate.exists()):
        return xml
    from lxml import etree
    from signxml.signer import XMLSigner

    root = etree.fromstring(xml)
    told = XMLSigner().sign(root, key=key.read_bytes(), cert=certificate.read_text())
    return bytes(etree.tostring(told, xml_declaration=True, encoding="UTF-8"))


# --- handing over -----------------------------------------------------------------------------------------------------


def hand_over(now: datetime) -> int:
    """Hand over what is due; how many were taken. A receipt is a CAP message of the type Ack that names ours."""
    due = Handover.objects.filter(state=Handover.State.WAITING, next_at__lte=now).select_related("release", "channel")
    return sum(_one(handover) for handover in due.order_by("pk")[:50])


def _one(handover: Handover) -> bool:
    try:
        if why := why_not_address(handover.channel.address):
            raise Refused(why)
        answer = post(
            handover.channel.address,
            handover.release.xml.encode(),
            {"Content-Type": "application/cap+xml; charset=utf-8"},
        )
    except Refused as why:
        return _put(handover, state=Handover.State.REFUSED, error=str(why)[:300])
    except OSError as why:
        given_up = handover.attempts + 1 >= MOST_ATTEMPTS
        wait = FIRST_WAIT * 2 ** min(handover.attempts, 8)
        state = Handover.State.REFUSED if given_up else Handover.State.WAITING
        return _put(handover, state=state, error=str(why)[:300], next_at=timezone.now() + wait)
    state = Handover.State.ACKNOWLEDGED if _acknowledges(answer, handover.release) else Handover.State.TAKEN
    return _put(handover, state=state, taken_at=timezone.now(), receipt=answer[:4000], error="")


def _put(handover: Handover, **values: Any) -> bool:
    """Write down how it went, unless another worker did meanwhile; whether it was taken."""
    mine = Handover.objects.filter(pk=handover.pk, state=Handover.State.WAITING, attempts=handover.attempts)
    with transaction.atomic():
        return bool(mine.update(attempts=handover.attempts + 1, **values)) and "taken_at" in values


def _acknowledges(answer: str, ours: Release) -> bool:
    try:
        message = cap12.read(answer.encode())
    except cap12.BadMessage:
        return False
    return message.type == "Ack" and any(f",{ours.identifier}," in f"{reference}," for reference in message.references)


# --- what the public sees ---------------------------------------------------------------------------------------------


def public(now: datetime | None = None) -> QuerySet[Any]:
    """Warnings that were released and are in force, the gravest first."""
    moment = now or timezone.now()
    rows: QuerySet[Any] = WarningMessage.objects.filter(state=WarningState.RELEASED, expires_at__gt=moment)
    return rows.order_by("-effective_at", "-pk")


def once_public() -> QuerySet[Any]:
    """Every warning that was ever released, with what became of it."""
    rows: QuerySet[Any] = WarningMessage.objects.filter(releases__isnull=False)
    return rows.distinct().order_by("-effective_at", "-pk")
