"""The ways in for values of stations, and their archive, as the command line calls them."""

from __future__ import annotations

import asyncio
import gc
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connections

from hanfeng.kernel.sense import archiving
from hanfeng.kernel.sense.archive import Lacking
from hanfeng.kernel.sense.client import Ingested, NotKept
from hanfeng.kernel.sense.gateways import Bridge, from_file, run_simulator, stopped_by_signals
from hanfeng.kernel.sense.live import keep_still

from .terminal import Refused, _, say
from .work import PARENT


def bridge(host: str, port: int, name: str, user: str, password: str) -> None:
    """Serve between a broker and the writer until asked to stop. Raises Refused when no broker answers."""
    try:
        Bridge(host, port, name=name, user=user, password=password).run(stopped_by_signals())
    except OSError as failure:
        raise Refused(_("The broker does not answer: {why}").format(why=failure)) from failure


def sheet(file: Path) -> Ingested:
    """Keep the values of a sheet. Raises Refused for what is no such sheet, or when no writer takes them."""
    try:
        return from_file(file)
    except (ValueError, NotKept) as wrong:
        raise Refused(str(wrong)) from wrong


def simulate() -> None:
    """Send invented values of demo stations until asked to stop."""
    run_simulator(stopped_by_signals())


def archive(months: int | None) -> list[archiving.Done]:
    """Archive old months. Raises Refused without the extra, beside another run, or when no writer answers."""
    try:
        return archiving.run(archiving.months_kept() if months is None else months)
    except (Lacking, archiving.Held, NotKept, OSError) as wrong:
        raise Refused(str(wrong)) from wrong


def damaged() -> list[str]:
    """What is wrong with the files of the archive."""
    return archiving.damaged()


def hold_still(still: bool) -> None:
    """Stop the demo stations of this site, those that `up` feeds too, or let them go on."""
    keep_still(still)
    say(_("The demo stations stand still.") if still else _("The demo stations go on."))


def hj212(host: str, port: int) -> None:
    """Serve devices that speak HJ 212 until asked to stop. Raises Refused when the port cannot be had."""
    from hanfeng.commons.devices.gateway import serve

    def ready(at: int) -> None:
        say(_("Devices are served at {host}:{port}").format(host=host, port=at), error=True)

    gc.collect()
    gc.freeze()  # as in the web process: what is loaded is not looked through again and again
    try:
        asyncio.run(serve(host, port, stopped_by_signals(), ready))
    except OSError as failure:
        raise Refused(
            _("Nothing can listen at {host}:{port}: {why}").format(host=host, port=port, why=failure)
        ) from failure


def simulate_devices(host: str, port: int) -> None:
    """Let the devices of demo stations speak HJ 212 to a gateway until asked to stop. Raises Refused when there are none."""
    from hanfeng.commons.devices.simulator import demo_devices
    from hanfeng.commons.devices.simulator import simulate as live

    devices = demo_devices()
    if not devices:
        raise Refused(_("This site has no demo devices that speak HJ 212."))
    asyncio.run(live(devices, host, port, stopped_by_signals()))


class Stop:
    """Asked to stop by a signal, or left behind by `hanfeng up`."""

    def __init__(self) -> None:
        self.told, self.parent = stopped_by_signals(), os.environ.get(PARENT)

    def is_set(self) -> bool:
        return self.told.is_set() or (self.parent is not None and os.getppid() != int(self.parent))


def demonstrate() -> None:
    """A gateway on this machine alone with the devices of demo stations. Raises Refused when there are none, or no port."""
    from hanfeng.commons.devices.simulator import converse, demo_devices

    devices = demo_devices()
    if not devices:
        raise Refused(_("This site has no demo devices that speak HJ 212."))
    connections.close_all()

    def ready(at: int) -> None:
        say(_("The demo devices speak HJ 212 at 127.0.0.1:{port}").format(port=at), error=True)

    gc.collect()
    gc.freeze()
    try:
        asyncio.run(converse(devices, Stop(), ready))
    except OSError as failure:
        raise Refused(_("The demo devices have no gateway: {why}").format(why=failure)) from failure


def has_demo_devices() -> bool:
    """Whether this site has devices of demo stations."""
    from hanfeng.commons.devices.models import Device

    return bool(Device.objects.filter(demo=True, thing__void=False).exists())


def give_order(
    number: str, kind: str, amount: int | None, starts: datetime | None, ends: datetime | None
) -> dict[str, Any]:
    """Give a device a command; what it is and where it stands. Raises Refused for an unknown device or a lacking part."""
    from django.core.exceptions import ValidationError
    from django.utils import timezone

    from hanfeng.commons.devices.models import Device, order
    from hanfeng.commons.devices.terms import Kind

    device = Device.objects.filter(thing__code=number).first()
    if device is None:
        raise Refused(_("No device has the number {number}.").format(number=number))
    told = {"amount": amount, "starts": _local(starts, timezone), "ends": _local(ends, timezone)}
    try:
        made = order(device.thing_id, Kind(kind), None, **{k: v for k, v in told.items() if v is not None})
    except ValidationError as wrong:
        raise Refused("; ".join(wrong.messages)) from wrong
    return {"id": made.pk, "kind": made.kind, "stage": made.stage}


def _local(moment: datetime | None, timezone: Any) -> datetime | None:
    return timezone.make_aware(moment) if moment else None
