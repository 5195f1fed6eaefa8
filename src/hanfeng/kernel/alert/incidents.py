"""Alerts that belong together become an incident, with the plan of action that their rules name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hanfeng.kernel.base.words import Words
from hanfeng.kernel.flow.flow import begin, go
from hanfeng.kernel.record.local import Note, as_words, in_both
from hanfeng.kernel.record.write import save

from .flow import handling, leading
from .models import Alert, AlertState, Incident, IncidentState, Step


@transaction.atomic
def open_incident(alerts: Sequence[Alert], by: Any, title: str = "") -> Incident:
    """Open an incident for alerts that are in none; they are acknowledged by it. Raises ValidationError."""
    rows = list(Alert.objects.select_for_update().filter(pk__in=[a.pk for a in alerts]).select_related("rule", "thing"))
    if not rows:
        raise ValidationError(_("Choose at least one alert."))
    if any(alert.incident_id for alert in rows):
        raise ValidationError(_("One of these alerts belongs to an incident already."))
    first = min(rows, key=lambda alert: (alert.severity, alert.since))
    named = Words(title.strip()) if title.strip() else in_both(first.__str__)
    incident = Incident(
        title=named.zh[:160], title_en=named.en[:240], pack=first.rule.pack, place=first.thing.name[:160],
        place_en=first.thing.name_en, severity=first.severity, began_at=min(alert.since for alert in rows),
        demo=any(alert.demo for alert in rows),
    )  # fmt: skip
    begin(leading, incident, by)
    for alert in rows:
        join(incident, alert, by)
    return incident


@transaction.atomic
def join(incident: Incident, alert: Alert, by: Any) -> None:
    """Put an alert into an incident: it is acknowledged, and the steps of its rule are added. Raises ValidationError."""
    if incident.state == IncidentState.CLOSED:
        raise ValidationError(_("This incident is closed."))
    if alert.incident_id:
        raise ValidationError(_("This alert belongs to an incident already."))
    save(alert, by, {"incident": incident}, verb="join")
    if alert.state == AlertState.NEW:
        go(handling, alert, "acknowledge", by)
    if alert.severity < incident.severity:
        save(incident, by, {"severity": alert.severity})
    _steps(incident, alert, by)


def _steps(incident: Incident, alert: Alert, by: Any) -> None:
    known = set(incident.steps.values_list("text", flat=True))
    last = incident.steps.count()
    for number, act in enumerate((a for a in alert.rule.acts if a.get("zh") not in known), last + 1):
        due = alert.raised_at + timedelta(minutes=act["minutes"]) if act.get("minutes") else None
        step = Step(
            incident=incident, order=number, text=act["zh"], text_en=act.get("en", ""), who=act.get("who_zh", ""),
            who_en=act.get("who_en", ""), due_at=due, demo=incident.demo,
        )  # fmt: skip
        save(step, by)


def finish(step: Step, by: Any, result: Note) -> None:
    """A step was carried out. Raises ValidationError when it was already."""
    if step.done_at:
        raise ValidationError(_("This step was done already."))
    done, told = {"done_at": timezone.now(), "done_by": by.get_username()}, as_words(result)
    save(step, by, {**done, "result": told.zh.strip()[:300], "result_en": told.en.strip()[:400]}, verb="finish")


def together(alert: Alert) -> Iterable[Incident]:
    """The open incidents that an alert may belong to: those of the same system, the same thing first."""
    rows = Incident.objects.exclude(state=IncidentState.CLOSED).filter(pack=alert.rule.pack)
    return sorted(rows, key=lambda incident: not incident.alerts.filter(thing=alert.thing_id).exists())
