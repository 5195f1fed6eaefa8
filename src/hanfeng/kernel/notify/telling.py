"""Telling: the message and its letters are written in the caller's transaction; what leaves the house is sent after it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from hanfeng.kernel.base.codes import CodeError, check_citizen_id
from hanfeng.kernel.base.parameter import NoParameter
from hanfeng.kernel.base.words import Words
from hanfeng.kernel.record.models import Record, kind_of
from hanfeng.kernel.rule.parameters import parameter

from .channels import Channel, ready
from .models import Delivery, Hook, Letter, Message, Preference
from .notice import Notice

QUIET = "notify.quiet-hours"
MANY = 500

_PERSONAL = (
    re.compile(r"(?<![0-9A-Za-z])1[3-9]\d{9}(?![0-9A-Za-z])"),  # a mobile number
    re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"),  # an e-mail address
)
_IDENTITY = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")


class PersonalInNotice(ValueError):
    """The text of a notice would carry personal data out of the house."""


def tell(
    notice: Notice, to_users: Iterable[Any], about: Record | None = None, url: str = "", once: str = "", **words: Any
) -> int:
    """Tell people something; how many of them are told by this call.

    Written in the transaction of the caller, so that it holds with what it tells of or not at all. `once` names the
    telling: who was told under this name already is not told again. `words` fill the notice; one that is `Words` or lazy
    is said in each receiver's language. Raises PersonalInNotice when the text would carry personal data.
    """
    people = list({user.pk: user for user in to_users if user.is_active}.values())
    said = _said(notice, words)
    _refuse_personal(notice, said, [about, *words.values()])
    if not people and not Hook.objects.filter(active=True).exists():
        return 0
    with transaction.atomic():
        message, new = _message(notice, said, about, url, once)
        letters = _letters(message, people)
        waiting = [*_to_people(message, letters), *(_to_hooks(message) if new else ())]
        Delivery.objects.bulk_create(waiting, batch_size=MANY)
    return len(letters)


def _said(notice: Notice, words: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Title and text in every language of the site."""
    said = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            filled = {
                name: value.get(code) if isinstance(value, Words) else str(value) for name, value in words.items()
            }
            said[code] = (str(notice.title) % filled, str(notice.text) % filled)
    return said


def _refuse_personal(notice: Notice, said: dict[str, tuple[str, str]], given: Iterable[Any]) -> None:
    whole = "\n".join(part for texts in said.values() for part in texts)
    for record in given:
        for name in getattr(record, "personal", ()) if isinstance(record, Record) else ():
            value = str(getattr(record, name, None) or "")
            if value and value in whole:
                raise PersonalInNotice(f"{notice.name}: the text carries {kind_of(record)}.{name}, which is personal.")
    if any(pattern.search(whole) for pattern in _PERSONAL) or any(map(_is_identity, _IDENTITY.findall(whole))):
        raise PersonalInNotice(f"{notice.name}: the text carries a phone number, an address or an identity number.")


def _is_identity(text: str) -> bool:
    try:
        check_citizen_id(text)
    except CodeError:
        return False
    return True


def _message(
    notice: Notice, said: dict[str, tuple[str, str]], about: Record | None, url: str, once: str
) -> tuple[Message, bool]:
    values = {
        "said": said,
        "kind": kind_of(about) if about else "",
        "key": about.pk if about else None,
        "url": url or (about.get_absolute_url() if about else ""),
        "urgent": notice.urgent,
    }
    if not once:
        return Message.objects.create(notice=notice.name, **values), True
    kept, new = Message.objects.get_or_create(notice=notice.name, once=once, defaults=values)
    # held until the end of the transaction, so that two who tell the same at once do not both write the same letter
    return (kept if new else Message.objects.select_for_update().get(pk=kept.pk)), new


def _letters(message: Message, people: list[Any]) -> list[Letter]:
    """The new letters of a message: those whom it reached before get none."""
    had = set(message.letters.values_list("receiver_id", flat=True))
    new = [Letter(message=message, receiver=user) for user in people if user.pk not in had]
    return Letter.objects.bulk_create(new, batch_size=MANY)


def _to_people(message: Message, letters: list[Letter]) -> Iterator[Delivery]:
    """The ways out for each letter that the site has and its receiver wants."""
    open_channels = ready()
    if not letters or not open_channels:
        return
    wanted = {p.user_id: p for p in Preference.objects.filter(user__in=[letter.receiver_id for letter in letters])}
    later = _quiet_until(timezone.localtime()) if not message.urgent else None
    for letter in letters:
        preference = wanted.get(letter.receiver_id) or Preference()
        for channel in open_channels:
            if preference.wants(channel.name, message.urgent):
                yield Delivery(message=message, letter=letter, channel=channel.name, next_at=_when(channel, later))


def _when(channel: Channel, later: datetime | None) -> datetime:
    return later if later and channel.quiet else timezone.now()


def _to_hooks(message: Message) -> Iterator[Delivery]:
    for hook in Hook.objects.filter(active=True):
        if message.notice.startswith(hook.notices):
            yield Delivery(message=message, hook=hook, channel="webhook")


def _quiet_until(now: datetime) -> datetime | None:
    """When the quiet hours that run now end; None outside them, or where the site keeps none."""
    try:
        starts, ends = (time.fromisoformat(text) for text in parameter(QUIET, now.date()).value)
    except NoParameter:
        return None
    clock = now.time()
    within = starts <= clock < ends if starts <= ends else clock >= starts or clock < ends
    if not within:
        return None
    day = now.date() if clock < ends else now.date() + timedelta(days=1)
    return timezone.make_aware(datetime.combine(day, ends), now.tzinfo)
