"""The outbox: what waits is claimed, sent outside of any transaction, and its receipt written; failures wait longer each time."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from datetime import timedelta

from django.db.models import F, Q
from django.utils import timezone

from .channels import Channel, Parcel, Refused, Unreachable, find
from .models import Delivery, language_of

LEASE = timedelta(minutes=2)  # longer than any far side may take
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=6)
MOST_ATTEMPTS = 10
log = logging.getLogger("hanfeng.notify")


def send_due(limit: int = 50) -> int:
    """Send what is due; how many were handed over. A channel that cannot be reached is left alone until the next round."""
    sent, shut = 0, set[str]()
    while limit > 0 and (delivery := _claim(shut)):
        limit -= 1
        sent += _send(delivery, shut)
    return sent


def _claim(shut: set[str]) -> Delivery | None:
    """Take one delivery for this worker alone: the look and the taking are one statement."""
    now = timezone.now()
    free = Q(lease=None) | Q(lease__lt=now)
    due = Delivery.objects.filter(free, state=Delivery.State.WAITING, next_at__lte=now).exclude(channel__in=shut)
    for pk in due.order_by("-message__urgent", "next_at", "pk").values_list("pk", flat=True)[:20]:
        token = secrets.token_hex(16)
        if Delivery.objects.filter(free, pk=pk, state=Delivery.State.WAITING).update(token=token, lease=now + LEASE):
            return Delivery.objects.select_related("message", "letter__receiver", "hook").get(pk=pk)
    return None


def _send(delivery: Delivery, shut: set[str]) -> bool:
    channel = find(delivery.channel)
    mine = Delivery.objects.filter(pk=delivery.pk, token=delivery.token)
    try:
        if channel is None:
            raise Refused(f"This site has no channel named {delivery.channel}.")
        reference = channel.send(parcel(delivery))
    except Refused as why:
        mine.update(
            state=Delivery.State.FAILED, error=str(why)[:2000], attempts=F("attempts") + 1, lease=None, token=""
        )
        log.warning("delivery %s by %s is refused: %s", delivery.pk, delivery.channel, why)
        return False
    except Exception as why:  # whatever a far side does, the others are served and this one is tried again
        if isinstance(why, Unreachable):
            shut.add(delivery.channel)
        _later(delivery, str(why) or type(why).__name__)
        return False
    _handed_over(delivery, channel, reference)
    return True


def _handed_over(delivery: Delivery, channel: Channel, reference: str) -> None:
    now = timezone.now()
    state = Delivery.State.DELIVERED if channel.confirms else Delivery.State.SENT
    Delivery.objects.filter(pk=delivery.pk, token=delivery.token).update(
        state=state, reference=reference[:200], sent_at=now, delivered_at=now if channel.confirms else None,
        attempts=F("attempts") + 1, error="", lease=None, token="",
    )  # fmt: skip


def _later(delivery: Delivery, why: str) -> None:
    """Try again later, or give up with the reason."""
    tried = delivery.attempts + 1
    over = tried >= MOST_ATTEMPTS
    wait = min(FIRST_WAIT * 2**delivery.attempts, LONGEST_WAIT)
    Delivery.objects.filter(pk=delivery.pk, token=delivery.token).update(
        state=Delivery.State.FAILED if over else Delivery.State.WAITING,
        attempts=tried, error=why[:2000], next_at=timezone.now() + wait, lease=None, token="",
    )  # fmt: skip
    log.warning("delivery %s by %s, attempt %s: %s", delivery.pk, delivery.channel, tried, why)


def parcel(delivery: Delivery) -> Parcel:
    """What is handed to the channel, in the receiver's language."""
    message, letter, hook = delivery.message, delivery.letter, delivery.hook
    if letter:
        language, address, secret = language_of(letter.receiver), _address(delivery.channel, letter.receiver_id), ""
    else:
        assert hook
        language, address, secret = language_of(hook.by), hook.url, hook.secret
    return Parcel(
        id=f"hanfeng-{delivery.pk}-{int(message.at.timestamp())}", address=address, language=language,
        title=message.title(language), text=message.text(language), url=message.url, urgent=message.urgent,
        notice=message.notice, secret=secret, about=f"{message.kind}/{message.key}" if message.kind else "",
    )  # fmt: skip


def _address(channel: str, user: int) -> str:
    """Where a person is reached by a channel: what the packs that keep people say; "" when nobody knows."""
    from hanfeng.kernel.pack import catalogue

    told: list[Mapping[int, str]] = [pack.reach(channel, (user,)) for pack in catalogue() if pack.reach]
    return next((found[user] for found in told if found.get(user)), "")


def receipt(channel: str, reference: str, *, arrived: bool, why: str = "") -> int:
    """What a far side says later of something it took: that it arrived, or why not. How many deliveries it concerns."""
    sent = Delivery.objects.filter(channel=channel, reference=reference, state=Delivery.State.SENT)
    if arrived:
        return sent.update(state=Delivery.State.DELIVERED, delivered_at=timezone.now(), error="")
    return sent.update(state=Delivery.State.FAILED, error=why[:2000])


def again(delivery: Delivery) -> bool:
    """Try a failed delivery again from the start."""
    failed = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.FAILED)
    return bool(failed.update(state=Delivery.State.WAITING, attempts=0, next_at=timezone.now(), error=""))
