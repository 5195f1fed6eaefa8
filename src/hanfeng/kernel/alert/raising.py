"""An alert comes and goes: raised with what made it, told to who watches, cleared when the values are back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.base.words import Words
from hanfeng.kernel.flow.flow import begin
from hanfeng.kernel.notify.notice import Notice
from hanfeng.kernel.notify.telling import tell
from hanfeng.kernel.record.write import save
from hanfeng.kernel.roles import Role
from hanfeng.kernel.sense.models import Datastream, Standing, Thing
from hanfeng.kernel.sense.reads import at

from .engine import Kind, Phase
from .flow import handling
from .models import Alert, AlertRule, AlertState, Severity, Watched
from .roles import DUTY, SIGNER

RAISED = Notice("alert.raised", _("Alert: %(what)s"), _("%(thing)s: %(what)s, since %(since)s."))
GRAVE = Notice("alert.grave", _("Alert: %(what)s"), _("%(thing)s: %(what)s, since %(since)s."), urgent=True)
UNSEEN = Notice(
    "alert.unseen",
    _("Nobody has acknowledged: %(what)s"),
    _("%(thing)s: %(what)s has waited since %(since)s."),
    urgent=True,
)


def who(*roles: Role) -> QuerySet[Any]:
    """The accounts that hold one of these roles."""
    users = get_user_model().objects.filter(is_active=True, groups__name__in=[role.name for role in roles])
    return users.distinct()


def raise_alert(
    rule: AlertRule, thing: int, datastream: int | None, *, since: datetime, now: datetime, value: float | None,
    worst: float | None, observations: list[Any],
) -> Alert:  # fmt: skip
    """The alert of a rule on a thing: the one that stands already, or a new one, told to the duty officers."""
    same = Alert.objects.filter(rule__code=rule.code, thing=thing, datastream=datastream, cleared_at=None)
    standing: Alert | None = same.first()
    if standing:
        return standing
    carrier = Thing.objects.get(pk=thing)
    alert = Alert(
        rule=rule, thing=carrier, datastream_id=datastream, severity=rule.severity, since=since, raised_at=now, value=value,
        worst=worst, limit=None if rule.kind in (Kind.SILENT, Kind.COMPOSITE) else rule.value, observations=observations,
        edition=rule.edition.zh, edition_en=rule.edition.en, demo=carrier.demo,
    )  # fmt: skip
    begin(handling, alert, None)
    tell(GRAVE if rule.severity <= Severity.SERIOUS else RAISED, who(DUTY), about=alert, **_words(alert))
    return alert


def _words(alert: Alert) -> dict[str, Any]:
    rule, thing = alert.rule, alert.thing
    return {
        "what": Words(rule.title, rule.title_en),
        "thing": Words(thing.name, thing.name_en),
        "since": timezone.localtime(alert.since).strftime("%Y-%m-%d %H:%M"),
    }


def clear(alert: Alert | None, now: datetime, worst: float | None = None) -> None:
    """The values are back. One that was acknowledged and belongs to no incident is closed by that."""
    if alert is None:
        return
    alert = Alert.objects.select_for_update().get(pk=alert.pk)
    if alert.cleared_at:
        return
    changes: dict[str, Any] = {"cleared_at": now}
    if worst is not None:
        changes["worst"] = worst
    if alert.state in (AlertState.SEEN, AlertState.SHELVED) and alert.incident_id is None:
        changes |= {"state": AlertState.CLOSED, "entered_at": timezone.now(), "due_at": None, "shelved_until": None}
    save(alert, None, changes, verb="clear")


# --- rules that look at other rules, and at silence -------------------------------------------------------------------


def in_force(kind: Kind, day: Any) -> Iterable[AlertRule]:
    """The versions of one kind of rule that are in force on a day."""
    rows: QuerySet[Any] = AlertRule.objects.filter(
        Q(starts=None) | Q(starts__lte=day), Q(ends=None) | Q(ends__gt=day), kind=kind.value
    )
    return rows.order_by("pk")


def composites(thing: int, now: datetime) -> None:
    """Look at the composite rules of a thing, one of whose alerts came or went."""
    carrier = Thing.objects.get(pk=thing)
    standing = set(Alert.objects.filter(thing=thing, cleared_at=None).values_list("rule__code", flat=True))
    for rule in in_force(Kind.COMPOSITE, timezone.localtime(now).date()):
        if (
            rule.pack != carrier.pack
            or rule.thing_kind not in ("", carrier.kind)
            or rule.thing_code not in ("", carrier.code)
        ):
            continue
        parts = [code in standing for code in rule.parts]
        if any(parts) if rule.any_part else all(parts):
            made = Alert.objects.filter(thing=thing, cleared_at=None, rule__code__in=rule.parts)
            rows = [row for alert in made for row in alert.observations]
            _watched(rule, thing, None, now, rows)
        else:
            _unwatched(rule, thing, None, now)


def look_for_silence(now: datetime) -> int:
    """Raise what is silent and clear what speaks again; how many changed."""
    changed = 0
    for rule in in_force(Kind.SILENT, timezone.localtime(now).date()):
        late = round((now - timedelta(seconds=rule.span)).timestamp() * 1000)
        for key, thing, last in _heard(rule):
            raised = _unwatched(rule, thing, key, at(last)) if last >= late else _silent(rule, thing, key, last, now)
            if raised:
                composites(thing, now)
                changed += 1
    return changed


def _heard(rule: AlertRule) -> Iterable[tuple[int, int, int]]:
    """(datastream, thing, newest time) of the datastreams that a rule of silence looks at and that spoke at least once."""
    rows = Datastream.objects.filter(
        Q(code=rule.observes) | Q(observed_property__code=rule.observes), thing__pack=rule.pack, thing__void=False
    )
    if rule.thing_kind:
        rows = rows.filter(thing__kind=rule.thing_kind)
    if rule.thing_code:
        rows = rows.filter(thing__code=rule.thing_code)
    things: Mapping[int, int] = dict(rows.values_list("pk", "thing_id"))
    newest = Standing.objects.filter(pk__in=things).values_list("pk", "last")
    return [(key, things[key], last) for key, last in newest]


def _silent(rule: AlertRule, thing: int, key: int, last: int, now: datetime) -> bool:
    return _watched(rule, thing, key, now, [[key, last]], since=at(last))


def _watched(
    rule: AlertRule, thing: int, key: int | None, now: datetime, rows: list[Any], since: datetime | None = None
) -> bool:
    """Raise a rule on a thing unless it is raised; whether it was raised now."""
    where: dict[str, Any] = {"code": rule.code, "thing_id": thing, "datastream_id": key}
    kept, _new = Watched.objects.get_or_create(**where)
    if kept.phase == Phase.RAISED:
        return False
    kept.alert = raise_alert(
        rule, thing, key, since=since or now, now=now, value=None, worst=None, observations=rows[:50]
    )  # fmt: skip
    kept.phase, kept.since = Phase.RAISED, round(now.timestamp() * 1000)
    kept.save()
    return True


def _unwatched(rule: AlertRule, thing: int, key: int | None, now: datetime) -> bool:
    kept = Watched.objects.filter(code=rule.code, thing=thing, datastream=key, phase=Phase.RAISED).first()
    if kept is None:
        return False
    clear(kept.alert, now)
    kept.alert, kept.phase, kept.since = None, Phase.QUIET, round(now.timestamp() * 1000)
    kept.save()
    return True


# --- what the clock does ----------------------------------------------------------------------------------------------


def escalate(now: datetime) -> int:
    """Tell the signers of alerts that nobody acknowledged in time; put shelved ones back; how many."""
    count = 0
    waiting = Alert.objects.filter(state=AlertState.NEW, escalated_at=None, rule__escalate_minutes__isnull=False)
    for alert in waiting.select_related("rule", "thing"):
        if alert.created_at + timedelta(minutes=alert.rule.escalate_minutes) <= now:
            save(alert, None, {"escalated_at": now}, verb="escalate")
            tell(UNSEEN, who(SIGNER), about=alert, once=f"alert-{alert.pk}", **_words(alert))
            count += 1
    for alert in Alert.objects.filter(state=AlertState.SHELVED, shelved_until__lte=now):
        ended = alert.cleared_at is not None
        state = AlertState.CLOSED if ended else AlertState.NEW
        save(alert, None, {"state": state, "entered_at": now, "shelved_until": None}, verb="unshelve")
        count += 1
    return count


def counts() -> dict[str, int]:
    """How many alerts stand unacknowledged, acknowledged and shelved."""
    open_ = Alert.objects.exclude(state=AlertState.CLOSED)
    return {state.value: open_.filter(state=state).count() for state in AlertState if state != AlertState.CLOSED}


BY_GRAVITY = (F("severity").asc(), F("cleared_at").asc(nulls_first=True), F("raised_at").desc())
