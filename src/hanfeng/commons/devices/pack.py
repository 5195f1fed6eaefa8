"""Devices that speak HJ 212, as one value."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.api import DEVICE_KEEPER, Column, Desk, Pack

from . import pages
from .models import Device, Order
from .parameters import PARAMETERS
from .reading import speaking

NUMBER = Column("number", _("number (MN)"), lambda device: device.number, "code")
OUTCOME = Column("outcome", _("result"), lambda order: order.outcome)

pack = Pack(
    name="devices",
    title=_("Devices on HJ 212"),
    owner=_("ecology and environment bureau"),
    serves=(),
    face=pages.face,
    icon="target",
    about=_("Devices in the field by their number and password, when they were last heard, and commands to them."),
    roles=(DEVICE_KEEPER,),
    desks=(
        Desk(
            Device,
            columns=("thing", NUMBER, "system"),
            filters=("system",),
            search=("thing__name", "thing__name_en", "thing__code"),
            form=("thing", "system", "password"),
            facts=("thing", NUMBER, "system", "password"),
            write=(DEVICE_KEEPER,),
            masks=(("password", lambda text: "••••••" if text else ""),),
            order=("-pk",),
            template="devices/device_record.html",
            tail=pages.device_tail,
        ),
        Desk(
            Order,
            columns=("thing", "kind", "stage", "created_at", "sent_at", "answered_at", OUTCOME),
            filters=("kind", "stage"),
            search=("thing__name", "thing__name_en", "thing__code"),
            form=("thing", "kind", "amount", "starts", "ends"),
            facts=("thing", "kind", "amount", "starts", "ends", "stage", "tries", "request", "sent_at", "answered_at", OUTCOME),
            write=(DEVICE_KEEPER,),
            order=("-pk",),
        ),
    ),
    parameters=PARAMETERS,
    speaking=speaking,
)  # fmt: skip
