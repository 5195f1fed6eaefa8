"""How an alert is handled, how an incident is led, how a warning is signed and released."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from hanfeng.kernel.base.clocks import Clock, Limit
from hanfeng.kernel.base.parameter import NoParameter
from hanfeng.kernel.flow.flow import Flow, Move
from hanfeng.kernel.record.write import save
from hanfeng.kernel.rule.parameters import parameter

from .models import Alert, AlertState, Incident, IncidentState, WarningMessage, WarningState
from .roles import DUTY, RELEASER, SIGNER

SHELVE_HOURS = "alert.shelve-hours"
OUR_LEVELS = "alert.levels-we-sign"


# --- alerts -----------------------------------------------------------------------------------------------------------


def _still_broken(alert: Alert) -> str | None:
    if alert.incident and alert.incident.state != IncidentState.CLOSED:
        return _("It belongs to an incident and is closed with it.")
    return (
        _("The rule is still broken: it closes when the values are back. Shelve it if it must be silent.")
        if alert.standing
        else None
    )


def _settle(alert: Alert, by: Any) -> None:
    """Acknowledged after the values were back, and in no incident: nothing is left to do."""
    if not alert.standing and alert.incident_id is None:
        save(alert, by, {"state": AlertState.CLOSED, "entered_at": timezone.now(), "due_at": None}, verb="settle")


def _shelve(alert: Alert, by: Any) -> None:
    try:
        hours = float(parameter(SHELVE_HOURS).value)
    except NoParameter:
        hours = 8.0
    save(alert, by, {"shelved_until": timezone.now() + timedelta(hours=hours)}, verb="until")


A = AlertState
handling = Flow(
    A,
    start=A.NEW,
    ends=frozenset({A.CLOSED}),
    stops=frozenset({A.SHELVED}),
    limits={A.NEW: Limit(1, Clock.URGENT_HOUR)},
    moves=(
        Move("acknowledge", A.NEW, A.SEEN, (DUTY,), gettext_lazy("Acknowledge"), then=_settle),
        Move("shelve", A.NEW, A.SHELVED, (DUTY,), gettext_lazy("Shelve"), note=True, calls=False, then=_shelve),
        Move("shelve", A.SEEN, A.SHELVED, (DUTY,), gettext_lazy("Shelve"), note=True, calls=False, then=_shelve),
        Move("unshelve", A.SHELVED, A.NEW, (DUTY,), gettext_lazy("Put back"), calls=False),
        Move(
            "close",
            A.SEEN,
            A.CLOSED,
            (DUTY,),
            gettext_lazy("Close with its cause"),
            note=True,
            calls=False,
            guard=_still_broken,
        ),
    ),
)


# --- incidents --------------------------------------------------------------------------------------------------------


def _not_ready(incident: Incident) -> str | None:
    if not incident.cause or not incident.account.strip():
        return _("State the cause and what was found and done first.")
    if incident.alerts.filter(cleared_at=None).exists():
        return _("An alert of it still stands.")
    if incident.warnings.filter(state=WarningState.RELEASED, expires_at__gt=timezone.now()).exists():
        return _("A warning of it is still in force: lift it first.")
    return None


def _close_alerts(incident: Incident, by: Any) -> None:
    for alert in incident.alerts.exclude(state=AlertState.CLOSED):
        save(
            alert,
            by,
            {"state": AlertState.CLOSED, "entered_at": timezone.now(), "due_at": None},
            verb="close-with-incident",
        )


def _lead(incident: Incident, by: Any) -> None:
    if incident.leader_id is None:
        save(incident, by, {"leader": by}, verb="lead")


I = IncidentState  # noqa: E741
leading = Flow(
    I,
    start=I.OPEN,
    ends=frozenset({I.CLOSED}),
    moves=(
        Move("take", I.OPEN, I.HANDLING, (DUTY,), gettext_lazy("Take the lead"), then=_lead),
        Move("contain", I.HANDLING, I.CONTAINED, (DUTY,), gettext_lazy("Under control"), note=True, calls=False),
        Move("worsen", I.CONTAINED, I.HANDLING, (DUTY,), gettext_lazy("Out of control again"), note=True, calls=False),
        Move(
            "close",
            I.CONTAINED,
            I.CLOSED,
            (DUTY,),
            pgettext_lazy("incident", "Close"),
            guard=_not_ready,
            then=_close_alerts,
        ),
    ),
)


# --- warnings ---------------------------------------------------------------------------------------------------------


def our_levels() -> tuple[str, ...]:
    """The levels that this body may sign itself, by the parameter in force; none where there is none."""
    try:
        return tuple(parameter(OUR_LEVELS).value)
    except NoParameter:
        return ()


def _not_ours(warning: WarningMessage) -> str | None:
    if warning.colour in our_levels():
        return None
    return _("This level is not ours to sign: request it from the body above.")


def _ours(warning: WarningMessage) -> str | None:
    return _("This level is ours to sign.") if warning.colour in our_levels() else None


def _run_out(warning: WarningMessage) -> str | None:
    return (
        _("Its time has run out already: send it back and set a later end.")
        if warning.expires_at <= timezone.now()
        else None
    )


def _signed(warning: WarningMessage, by: Any) -> None:
    save(warning, by, {"signed_by": by.get_username()}, verb="signature")


def _release(warning: WarningMessage, by: Any) -> None:
    from .releasing import release

    release(warning, by)


def _cancel(warning: WarningMessage, by: Any) -> None:
    from .releasing import cancel

    cancel(warning, by)


W = WarningState
issuing = Flow(
    W,
    start=W.DRAFT,
    ends=frozenset({W.REPLACED, W.CANCELLED, W.DROPPED}),
    limits={W.PROPOSED: Limit(1, Clock.URGENT_HOUR), W.SIGNED: Limit(1, Clock.URGENT_HOUR)},
    moves=(
        Move("propose", W.DRAFT, W.PROPOSED, (DUTY,), gettext_lazy("Submit for signature"), guard=_run_out),
        Move("drop", W.DRAFT, W.DROPPED, (DUTY,), gettext_lazy("Drop"), note=True, calls=False, danger=True),
        Move(
            "sign", W.PROPOSED, W.SIGNED, (SIGNER,), gettext_lazy("Sign"), not_own=True, guard=_not_ours, then=_signed
        ),
        Move(
            "request",
            W.PROPOSED,
            W.REQUESTED,
            (SIGNER,),
            gettext_lazy("Request from the body above"),
            note=True,
            guard=_ours,
        ),
        Move("return", W.PROPOSED, W.DRAFT, (SIGNER,), pgettext_lazy("warning", "Send back"), note=True),
        Move(
            "granted",
            W.REQUESTED,
            W.SIGNED,
            (SIGNER,),
            gettext_lazy("The body above has decided"),
            note=True,
            calls=False,
        ),
        Move(
            "refused",
            W.REQUESTED,
            W.DRAFT,
            (SIGNER,),
            gettext_lazy("The body above has refused"),
            note=True,
            calls=False,
        ),
        Move(
            "release",
            W.SIGNED,
            W.RELEASED,
            (RELEASER,),
            pgettext_lazy("warning", "Release"),
            guard=_run_out,
            then=_release,
        ),
        Move("replace", W.RELEASED, W.REPLACED, (), gettext_lazy("Replaced by an update"), calls=False),
        Move(
            "cancel",
            W.RELEASED,
            W.CANCELLED,
            (SIGNER, RELEASER),
            gettext_lazy("Lift"),
            note=True,
            calls=False,
            danger=True,
            then=_cancel,
        ),
    ),
)
