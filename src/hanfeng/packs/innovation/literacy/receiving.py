"""Taking in what an interviewer sends: once each, from whom the address was given to, with its points counted here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from hanfeng.kernel.api import save

from .models import Item, Slot, State, Visit, interviewers_of
from .parameters import points
from .standard import score
from .terms import AGAIN, TOLD, Age, Education, Household, Outcome, Sex

OPEN = (State.FIELDING, State.CLOSED)
"""States in which visits arrive: those made before the field work closed may come late."""


def items_on(day: date) -> Sequence[Item]:
    """The items of the questionnaire in use on a day."""
    return list(Item.objects.filter(Q(ends=None) | Q(ends__gt=day), starts__lte=day).order_by("area", "pk"))


@transaction.atomic
def receive(user: Any, slot: int, mark: UUID, told: Mapping[str, Any]) -> tuple[Visit, bool]:
    """Keep a visit; (the visit, whether it is new). What arrived before under the same mark is kept as it was.

    Raises PermissionDenied when the address was not given to this account, ValidationError with why it cannot be kept. On
    SQLite the transaction itself is the lock, elsewhere the row of the address.
    """
    held = Slot.objects.select_for_update().filter(interviewers_of(user), pk=slot).first()
    if held is None:
        raise PermissionDenied(_("This address was not given to you."))
    kept = Visit.everything.filter(uuid=mark).first()
    if kept is not None:
        if kept.slot_id != held.pk:
            raise ValidationError(_("This mark belongs to another address."))
        return kept, False
    if held.wave.state not in OPEN:
        raise ValidationError(_("This wave takes in no more visits."))
    if held.outcome not in AGAIN:
        raise ValidationError(_("This address is done already: %(what)s.") % {"what": held.get_outcome_display()})
    made = Visit(
        uuid=mark, wave=held.wave, town=held.town, slot=held, interviewer=held.interviewer, demo=held.demo,
        **read(told, held.wave.opens),
    )  # fmt: skip
    save(made, user, verb="receive")
    save(held, user, {"outcome": made.outcome})
    return made, True


def read(told: Mapping[str, Any], day: date) -> dict[str, Any]:
    """The fields of a visit from what was sent. Raises ValidationError with every fault in words."""
    outcome = told.get("outcome")
    if outcome not in {str(o.value) for o in TOLD}:
        raise ValidationError(_("Say what became of the visit."))
    values: dict[str, Any] = {"outcome": outcome, "taken_at": _moment(told.get("taken_at"))}
    if outcome != Outcome.COMPLETE:
        return values
    faults = []
    for name, kind in (("sex", Sex), ("age", Age), ("education", Education)):
        values[name] = told.get(name)
        if values[name] not in kind.values:
            faults.append(_("“%(field)s” is not answered.") % {"field": Visit._meta.get_field(name).verbose_name})  # type: ignore[union-attr]
    adults = _number(told.get("adults"))
    if adults not in Household.values:
        faults.append(_("Say how many people of 18 to 69 live there."))
    answers, right, asked = _answers(told, day, faults)
    if faults:
        raise ValidationError(faults)
    return {**values, "adults": adults, "answers": answers, "score": score(right, asked, points(day))}


def _answers(
    told: Mapping[str, Any], day: date, faults: list[str]
) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """The choice for each item, and for each area how many were right and how many were asked."""
    answers: dict[str, int] = {}
    right: dict[str, int] = {}
    asked: dict[str, int] = {}
    items, open_items = items_on(day), 0
    for item in items:
        chosen = _number(told.get(f"item-{item.pk}"))
        if chosen is None or not 0 <= chosen <= len(item.choices.strip().splitlines()):
            open_items += 1
            continue
        answers[str(item.pk)] = chosen
        asked[item.area] = asked.get(item.area, 0) + 1
        right[item.area] = right.get(item.area, 0) + (chosen == item.right)
    if open_items:
        faults.append(_("%(n)s questions are not answered.") % {"n": open_items})
    elif missing := sorted(set(points(day)) - set(asked)):
        faults.append(_("The questionnaire has no item of: %(areas)s.") % {"areas": _(", ").join(missing)})
    return answers, right, asked


def _number(value: Any) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


def _moment(value: Any) -> datetime:
    """When the visit was made, as the device says; now where it says nothing or something that cannot be."""
    now = timezone.now()
    try:
        found = parse_datetime(str(value))
    except ValueError:
        found = None
    if found is None or timezone.is_naive(found) or not now - timedelta(days=365) < found <= now:
        return now
    return found
