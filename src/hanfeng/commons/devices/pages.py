"""The face of the room: which devices are not heard, whose clock is off, who knocks and is not known, which commands are open."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hanfeng.kernel.api import DEVICE_KEEPER, RawFrame, holds, local, visible

from .models import Contact, Device, Order
from .terms import OPEN, Stage

SILENT = timedelta(minutes=30)
"""A device that was not heard for so long counts as silent here (ours)."""
DRIFT = timedelta(minutes=5)
"""A clock that differs by more is told (ours)."""
MOST = 300
TONES = {Stage.DONE: "ok", Stage.REFUSED: "late", Stage.FAILED: "late", Stage.EXPIRED: "late"}


@require_GET
def face(request: HttpRequest) -> HttpResponse:
    """Devices, the silent ones first; strangers of the last hour for who keeps devices; commands."""
    now = timezone.now()
    devices = list(visible(Device, request.user).select_related("thing__contact")[:MOST])
    rows = sorted((_row(device, now) for device in devices), key=lambda row: (row["rank"], row["name"]))
    keeps = holds(request.user, DEVICE_KEEPER)
    context = {
        "now": now, "rows": rows, "silent": sum(row["silent"] for row in rows), "keeps": keeps,
        "strangers": _strangers(now) if keeps else [], "demo": any(device.demo for device in devices),
        "orders": [_order(order) for order in visible(Order, request.user).select_related("thing")[:12]],
        "open": visible(Order, request.user).filter(stage__in=OPEN).count(),
    }  # fmt: skip
    return TemplateResponse(request, "devices/face.html", context)


def _row(device: Device, now: datetime) -> dict[str, Any]:
    contact: Contact | None = getattr(device.thing, "contact", None)
    silent = contact is None or now - contact.heard > SILENT
    drift = timedelta(milliseconds=contact.drift or 0) if contact else timedelta(0)
    off = abs(drift) > DRIFT
    if not device.number:
        words, tone, silent = _("has no number (MN)"), "late", True
    elif contact is None:
        words, tone = _("never heard"), "late"
    elif silent:
        words, tone = _("silent"), "late"
    elif contact.left:
        words, tone = _("connection lost"), "watch"
    else:
        words, tone = _("connected"), "ok"
    return {
        "device": device, "name": str(device), "url": device.get_absolute_url(), "system": device.get_system_display(),
        "contact": contact, "silent": silent, "words": words, "tone": tone, "off": off,
        "drift": round(drift.total_seconds()), "rank": 0 if silent else 1 if off else 2,
    }  # fmt: skip


def _strangers(now: datetime) -> list[dict[str, Any]]:
    """Who was refused in the last hour, by sender and reason, the newest first."""
    since = round((now - timedelta(hours=1)).timestamp() * 1000)
    rows = RawFrame.objects.filter(received__gte=since, status__startswith="refused").order_by("-received")
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for source, status, received in rows.values_list("source", "status", "received")[:2000]:
        at = datetime.fromtimestamp(received / 1000, timezone.get_default_timezone())
        line = found.setdefault(
            (source, status), {"source": source, "why": _why(status.partition(": ")[2]), "at": at, "n": 0}
        )
        line["n"] += 1
    return list(found.values())[:12]


def _why(code: str) -> str:
    """Why a frame was refused, and what to do."""
    return {
        "unknown device": _("No device has this number: enter it, or tell the firm its number is wrong."),
        "wrong password": _("The password is not that of the device: mend it here or in the device."),
        "bad_crc": _("The check sum is wrong: the line is disturbed, or the device reckons it as Modbus does."),
        "noise": _("Bytes that belong to no frame: something else speaks on this port."),
        "cut_off": _("The frame is shorter than it says."),
        "unfinished": _("The connection ended within a frame."),
    }.get(code, _("The frame has not the form of the standard ({code}).").format(code=code))


def _order(order: Order) -> dict[str, Any]:
    return {
        "order": order, "where": local(order.thing, "name"), "what": order.get_kind_display(),
        "state": order.get_stage_display(), "tone": TONES.get(Stage(order.stage), "info"), "outcome": order.outcome,
    }  # fmt: skip


def device_tail(request: HttpRequest, device: Device) -> dict[str, Any]:
    """A device's own page: its contact, its last frames, its commands."""
    orders = visible(Order, request.user).filter(thing=device.thing_id).select_related("thing")[:12]
    return {
        "row": _row(device, timezone.now()), "orders": [_order(order) for order in orders],
        "keeps": holds(request.user, DEVICE_KEEPER),
    }  # fmt: skip
