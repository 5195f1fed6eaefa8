"""Booking and giving back: seats are counted while the activity is held, so that the last seat goes once."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hanfeng.kernel.api import save

from .models import Activity, Booking, seats_taken


def why_closed(activity: Activity, now: datetime) -> str:
    """Why nobody can book an activity now; empty when seats can be asked for."""
    if activity.cancelled:
        return _("This activity is cancelled.")
    if activity.capacity is None:
        return _("Nothing needs to be booked: come along.")
    if activity.starts <= now:
        return _("It has begun or is over.")
    return ""


def free_seats(activity: Activity) -> int:
    """How many seats are left."""
    return max((activity.capacity or 0) - seats_taken(activity.pk), 0)


@transaction.atomic
def book(activity: Activity, name: str, phone: str, seats: int) -> Booking:
    """Book seats, or say why not. On SQLite the transaction itself is the lock, elsewhere the row of the activity."""
    held = Activity.objects.select_for_update().get(pk=activity.pk)
    now = timezone.now()
    if closed := why_closed(held, now):
        raise ValidationError(closed)
    left = free_seats(held)
    if seats > left:
        raise ValidationError(_("Only %(n)s seats are left.") % {"n": left} if left else _("All seats are taken."))
    made = Booking(activity=held, name=name, phone=phone, seats=seats, booked_at=now, demo=held.demo)
    save(made, None, verb="book")
    return made


@transaction.atomic
def give_back(code: str) -> Booking:
    """Give seats back by the code of the booking, until the activity begins."""
    made: Booking | None = (
        Booking.objects.select_for_update().select_related("activity").filter(code=code.strip().upper()).first()
    )
    if made is None or made.state != Booking.State.BOOKED:
        raise ValidationError(_("No booking stands under this code."))
    if made.activity.starts <= timezone.now():
        raise ValidationError(_("It has begun or is over."))
    save(made, None, {"state": Booking.State.CANCELLED}, verb="give-back")
    return made
