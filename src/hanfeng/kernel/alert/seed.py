"""What a duty officer of the demo would have done by now: old alerts acknowledged, grave ones dealt with in an incident."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from hanfeng.kernel.base.words import Words
from hanfeng.kernel.flow.flow import go
from hanfeng.kernel.notify.models import Letter
from hanfeng.kernel.record.write import save

from .flow import handling, leading
from .incidents import finish, open_incident
from .models import Alert, AlertState, Cause, Severity
from .roles import DUTY

OLD = timedelta(hours=12)


def fill(demo: Any) -> None:
    """Runs after the systems have their values; nothing where the county's demo names no duty officer."""
    officer = User.objects.filter(groups__name=DUTY.name, is_active=True).order_by("pk").first()
    if officer is None:
        return
    before = timezone.now() - OLD
    old = list(Alert.objects.filter(state=AlertState.NEW, raised_at__lt=before).select_related("rule", "thing"))
    grave = [a for a in old if a.severity <= Severity.SERIOUS and a.cleared_at]
    if grave:
        _dealt_with([a for a in grave if a.rule.pack == grave[0].rule.pack], officer)
    for alert in Alert.objects.filter(pk__in=[a.pk for a in old], state=AlertState.NEW):
        go(handling, alert, "acknowledge", officer)
    Letter.objects.filter(receiver=officer, read_at=None, message__notice__startswith="alert.").update(read_at=before)


def _dealt_with(alerts: list[Alert], officer: User) -> None:
    incident = open_incident(alerts, officer)
    for step in incident.steps.all():
        finish(step, officer, Words("已完成（演示）", "Done (demo)"))
    go(leading, incident, "take", officer)
    incident.refresh_from_db()
    go(leading, incident, "contain", officer, Words("演示：指标回落", "Demo: the values came down"))
    incident.refresh_from_db()
    account = {
        "account": "演示：静稳天气叠加本地排放，采取措施并转为有利气象条件后恢复。",
        "account_en": "Demo: local emissions under calm weather; back to normal after measures and a change of wind.",
    }
    save(incident, officer, {"cause": Cause.REAL, **account})
    go(leading, incident, "close", officer)
