"""The duty officer's page, what stands beside an alert, an incident and a warning, and what the public sees."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from hanfeng.kernel.alert import gbt35965
from hanfeng.kernel.base.words import Words
from hanfeng.kernel.flow.flow import begin
from hanfeng.kernel.record.local import PERSON, local, name_of, names_of_accounts
from hanfeng.kernel.record.write import same_words
from hanfeng.kernel.roles import holds, visible
from hanfeng.kernel.sense.aggregates import buckets
from hanfeng.kernel.sense.reads import at, latest, series

from .curve import HEIGHT, WIDTH, draw
from .declare import EventKind
from .engine import Kind
from .flow import issuing, our_levels
from .incidents import finish, join, open_incident, together
from .models import (
    Alert,
    AlertState,
    Colour,
    Handover,
    Incident,
    IncidentState,
    Release,
    Step,
    WarningMessage,
    WarningState,
)
from .raising import BY_GRAVITY
from .releasing import once_public, public
from .roles import DUTY, EVERYONE

SHOWN = 40
DAY = timedelta(hours=24)
MEASURED = (Kind.ABOVE, Kind.BELOW, Kind.RISE, Kind.FALL)
"""Kinds whose newest value is worth telling beside the alert; a class speaks through the rule's own words."""
WORDS = ("headline", "text", "advice", "area")
BOTH = (*WORDS, *(f"{name}_en" for name in WORDS))
UNDER_WAY = (WarningState.DRAFT, WarningState.PROPOSED, WarningState.SIGNED, WarningState.REQUESTED)
TONES = {1: "late", 2: "late", 3: "watch", 4: "info"}
COLOUR_TONES = {"red": "late", "orange": "late", "yellow": "watch", "blue": "info"}


# --- the situation ----------------------------------------------------------------------------------------------------


def situation(request: HttpRequest) -> HttpResponse:
    """What is abnormal now, who deals with it, what the plan of action says next, which warnings are out."""
    now = timezone.now()
    alerts = (
        visible(Alert, request.user)
        .exclude(state=AlertState.CLOSED)
        .select_related("rule", "thing", "datastream", "incident")
    )
    new = alerts.filter(state=AlertState.NEW).order_by(*BY_GRAVITY)
    incidents = list(
        visible(Incident, request.user)
        .exclude(state=IncidentState.CLOSED)
        .select_related(f"leader__{PERSON}")
        .prefetch_related("steps")[:SHOWN]
    )
    steps = visible(Step, request.user).filter(incident__in=incidents, done_at=None).select_related("incident")
    waiting = visible(WarningMessage, request.user).filter(state__in=UNDER_WAY)
    rows = _alerts(new[:SHOWN])
    context = {
        "now": now,
        "new": rows,
        "new_count": new.count(),
        "seen": _alerts(alerts.filter(state=AlertState.SEEN).order_by(*BY_GRAVITY)[:SHOWN]),
        "shelved": _alerts(alerts.filter(state=AlertState.SHELVED).order_by("shelved_until")[:SHOWN]),
        "incidents": [_incident(incident, now) for incident in incidents],
        "steps": [
            {"step": step, "late": bool(step.due_at and step.due_at < now)}
            for step in steps.order_by("due_at", "order")[:8]
        ],
        "warnings": [_warning(w) for w in public(now)],
        "waiting": [_warning(w) for w in waiting],
        "demo": any(row["demo"] for row in rows) or any(i.demo for i in incidents),
        "may_act": holds(request.user, DUTY),
        "tally": _tally(alerts, len(incidents)),
        **_places(alerts),
    }
    whole = "alert/parts/now.html" if getattr(request, "htmx", False) else "alert/situation.html"
    return TemplateResponse(request, whole, context)


def _tally(alerts: Any, incidents: int) -> list[dict[str, Any]]:
    counts = dict.fromkeys((state.value for state in AlertState), 0)
    for state in alerts.values_list("state", flat=True):
        counts[state] += 1
    lists = "/alert/alert/?state="
    return [
        _cell("late" if counts["new"] else "ok", counts["new"], _("not acknowledged"), f"{lists}new"),
        _cell("watch" if counts["seen"] else "ok", counts["seen"], _("acknowledged"), f"{lists}seen"),
        _cell("info", counts["shelved"], _("shelved"), f"{lists}shelved"),
        _cell("watch" if incidents else "ok", incidents, _("open incidents"), "/alert/incident/"),
    ]


def _places(alerts: Any) -> dict[str, Any]:
    """The table of the map: where, what, how grave."""
    rows = list(alerts.order_by(*BY_GRAVITY)[:SHOWN])
    lines = [
        [
            {"text": local(alert.thing, "name"), "url": alert.get_absolute_url()},
            {"text": str(alert.rule), "url": ""},
            {"text": alert.get_severity_display(), "url": ""},
        ]
        for alert in rows
    ]
    return {"map_head": [_("where"), _("what"), _("severity")], "map_lines": lines}


def _cell(kind: str, count: int, title: str, url: str) -> dict[str, Any]:
    return {"kind": kind, "count": count, "title": title, "url": url}


def _alerts(alerts: Iterable[Alert]) -> list[dict[str, Any]]:
    """Alerts as rows: what, where, since when, how bad, how it stands now."""
    rows = list(alerts)
    keys = list({alert.datastream_id for alert in rows if alert.datastream_id})
    now = timezone.now()
    newest, hours = latest(keys), buckets(keys, "hour", now - DAY, now) if keys else {}
    curves = {key: [bucket.mean for bucket in told] for key, told in hours.items()}
    return [
        {**_alert(alert, newest.get(alert.datastream_id or 0)), "points": curves.get(alert.datastream_id or 0)}
        for alert in rows
    ]


def _alert(alert: Alert, now: Any) -> dict[str, Any]:
    unit = alert.datastream.symbol if alert.datastream else ""
    return {
        "alert": alert,
        "url": alert.get_absolute_url(),
        "what": str(alert.rule),
        "thing": local(alert.thing, "name"),
        "tone": TONES[alert.severity],
        "severity": alert.get_severity_display(),
        "since": alert.since,
        "standing": alert.standing,
        "cleared": alert.cleared_at,
        "value": alert.value,
        "now": now.value if now and isinstance(now.value, float) and alert.rule.kind in MEASURED else None,
        "of": local(alert.datastream, "name") if alert.datastream else "",
        "silent": alert.rule.kind == Kind.SILENT,
        "now_at": now.time if now else None,
        "limit": alert.limit if alert.rule.kind in (Kind.ABOVE, Kind.BELOW) else None,
        "unit": unit,
        "demo": alert.demo,
        "version": alert.version,
    }


def _incident(incident: Incident, now: datetime) -> dict[str, Any]:
    steps = list(incident.steps.all())
    late = sum(1 for step in steps if step.done_at is None and step.due_at and step.due_at < now)
    return {
        "incident": incident,
        "url": incident.get_absolute_url(),
        "tone": TONES[incident.severity],
        "severity": incident.get_severity_display(),
        "state": IncidentState(incident.state).label,
        "done": sum(1 for step in steps if step.done_at),
        "steps": len(steps),
        "late": late,
        "leader": name_of(incident.leader) if incident.leader else "",
    }


def _warning(warning: WarningMessage) -> dict[str, Any]:
    return {
        "warning": warning,
        "url": warning.get_absolute_url(),
        "public_url": f"/warnings/{warning.pk}/",
        "tone": COLOUR_TONES[warning.colour],
        "colour": warning.get_colour_display(),
        "key": warning.colour,
        "state": WarningState(warning.state).label,
        "headline": local(warning, "headline"),
        "event": local(warning, "event"),
        "area": local(warning, "area"),
    }


# --- one alert --------------------------------------------------------------------------------------------------------


def alert_tail(request: HttpRequest, alert: Alert) -> dict[str, Any]:
    """What made the alert, the values around it with the limit, the plan of action, the incidents it may join."""
    return {
        "curve": _curve(alert),
        "made": _made(alert),
        "acts": [_act(act) for act in alert.rule.acts],
        "incidents": list(together(alert)) if alert.incident_id is None else [],
        "may_act": holds(request.user, DUTY) and alert.state != AlertState.CLOSED,
        "limit_confidence": alert.rule.get_confidence_display(),
        "tone": TONES[alert.severity],
    }


def _act(act: dict[str, Any]) -> dict[str, Any]:
    language = get_language() or "zh"
    return {
        "text": Words(act["zh"], act.get("en", "")).get(language),
        "who": Words(act.get("who_zh", ""), act.get("who_en", "")).get(language),
        "minutes": act.get("minutes"),
    }


def _made(alert: Alert) -> list[dict[str, Any]]:
    return [
        {"datastream": row[0], "time": at(row[1]), "value": row[2] if len(row) > 2 else None}
        for row in alert.observations
    ]


def _curve(alert: Alert) -> dict[str, Any] | None:
    """From well before the alert to now or its end, at most three days."""
    if alert.datastream_id is None:
        return None
    end = min((alert.cleared_at or timezone.now()) + timedelta(hours=2), timezone.now())
    start = max(alert.since - max(end - alert.since, timedelta(hours=6)), end - timedelta(days=3))
    rows = [
        row
        for row in series(alert.datastream_id, start, end + timedelta(seconds=1), most=5000)
        if isinstance(row.value, float)
    ]
    points = [(round(row.time.timestamp() * 1000), row.value) for row in rows]
    over = [(round(alert.since.timestamp() * 1000), round((alert.cleared_at or end).timestamp() * 1000))]
    drawn = draw(points, alert.limit, over)
    if drawn is None:
        return None
    return {
        "drawn": drawn,
        "width": WIDTH,
        "height": HEIGHT,
        "start": rows[0].time,
        "end": rows[-1].time,
        "rows": rows[-12:][::-1],
    }


@login_required
@require_POST
def incident_from(request: HttpRequest, pk: int) -> HttpResponse:
    """Open an incident for an alert, or put it into one that is open."""
    alert = visible(Alert, request.user).filter(pk=pk).first()
    if alert is None:
        raise Http404
    if not holds(request.user, DUTY):
        raise PermissionDenied
    try:
        chosen = request.POST.get("incident", "")
        if chosen.isdigit():
            incident = visible(Incident, request.user).filter(pk=int(chosen)).first()
            if incident is None:
                raise ValidationError(_("There is no such incident."))
            join(incident, alert, request.user)
        else:
            incident = open_incident([alert], request.user, request.POST.get("title", "")[:160])
    except ValidationError as why:
        messages.error(request, "; ".join(why.messages))
        return redirect(alert.get_absolute_url())
    return redirect(incident.get_absolute_url())


# --- one incident -----------------------------------------------------------------------------------------------------


def incident_tail(request: HttpRequest, incident: Incident) -> dict[str, Any]:
    """Its alerts, its steps, its warnings, and whether this person may act."""
    now = timezone.now()
    alerts = incident.alerts.select_related("rule", "thing", "datastream", "incident").order_by(*BY_GRAVITY)
    steps = list(incident.steps.all())
    called = names_of_accounts(step.done_by for step in steps)
    return {
        "alerts": _alerts(alerts),
        "steps": [
            {
                "step": step,
                "late": bool(step.done_at is None and step.due_at and step.due_at < now),
                "done_by": called[step.done_by],
            }
            for step in steps
        ],
        "warnings": [_warning(w) for w in incident.warnings.all()],
        "may_act": holds(request.user, DUTY) and incident.state != IncidentState.CLOSED,
        "tone": TONES[incident.severity],
    }


@login_required
@require_POST
def step_done(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a step of the plan of action was carried out."""
    step = visible(Step, request.user).select_related("incident").filter(pk=pk).first()
    if step is None:
        raise Http404
    if not holds(request.user, DUTY):
        raise PermissionDenied
    try:
        finish(step, request.user, request.POST.get("result", ""))
    except ValidationError as why:
        messages.error(request, "; ".join(why.messages))
    return redirect(step.incident.get_absolute_url())


# --- warnings ---------------------------------------------------------------------------------------------------------


def events() -> dict[str, EventKind]:
    """What the systems of this site may warn of, by code."""
    from hanfeng.kernel.pack import catalogue

    return {event.code: event for pack in catalogue() for event in pack.events}


class Draft(forms.Form):
    """A warning as the duty officer drafts it."""

    event = forms.ChoiceField(label=pgettext_lazy("warning", "event"))
    colour = forms.ChoiceField(label=gettext_lazy("level"), choices=Colour.choices)
    headline = forms.CharField(label=gettext_lazy("headline"), max_length=160)
    headline_en = forms.CharField(label=gettext_lazy("headline, in English"), max_length=240, required=False)
    text = forms.CharField(label=gettext_lazy("text"), widget=forms.Textarea(attrs={"rows": 4}), max_length=4000)
    text_en = forms.CharField(
        label=gettext_lazy("text, in English"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=4000,
    )
    advice = forms.CharField(
        label=gettext_lazy("what to do"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=4000
    )
    advice_en = forms.CharField(
        label=gettext_lazy("what to do, in English"),
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        max_length=4000,
    )
    area = forms.CharField(label=gettext_lazy("area"), max_length=240)
    area_en = forms.CharField(label=gettext_lazy("area, in English"), max_length=320, required=False)
    hours = forms.IntegerField(label=gettext_lazy("in force for (hours)"), min_value=1, max_value=240, initial=24)
    exercise = forms.BooleanField(label=gettext_lazy("exercise"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "zh"
        field = self.fields["event"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, Words(event.zh, event.en).get(language)) for code, event in events().items()]

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        event, colour = events().get(told.get("event", "")), told.get("colour")
        if event and colour and colour not in event.colours:
            names = dict(Colour.choices)
            known = _(", ").join(str(names[c]) for c in event.colours)
            self.add_error("colour", _("This event knows the levels: %(levels)s.") % {"levels": known})
        for name in WORDS:
            if told.get(f"{name}_en") and self._kept(f"{name}_en", told) and not self._kept(name, told):
                self.add_error(f"{name}_en", _("Its Chinese has changed: change this too, or empty it."))
        return told

    def _kept(self, name: str, told: dict[str, Any]) -> bool:
        """Whether a text is the one that the form began with."""
        return same_words(told.get(name, ""), self.initial.get(name, ""))


@login_required
@require_http_methods(["GET", "POST"])
def draft_page(request: HttpRequest) -> HttpResponse:
    """Draft a warning, for an incident or an update of one that is out."""
    if not holds(request.user, DUTY):
        raise PermissionDenied
    incident = _chosen(request, "incident", Incident)
    before = _chosen(request, "updates", WarningMessage)
    form = Draft(request.POST or None, initial=_initial(incident, before))
    if request.method == "POST" and form.is_valid():
        warning = _drafted(form.cleaned_data, incident or (before.incident if before else None), before)
        try:
            begin(issuing, warning, request.user)
        except ValidationError as why:
            form.add_error(None, "; ".join(why.messages))
        else:
            return redirect(warning.get_absolute_url())
    context = {
        "form": form,
        "incident": incident,
        "before": before,
        "english": any(form[f"{name}_en"].errors or form[f"{name}_en"].value() for name in WORDS),
        "levels": [
            {"key": key, "title": title, "ours": key in our_levels(), "url": ""} for key, title in Colour.choices
        ],
        "known": [
            {
                "title": Words(e.zh, e.en).get(get_language() or "zh"),
                "colours": [dict(Colour.choices)[c] for c in e.colours],
            }
            for e in events().values()
        ],
        "alerts": _alerts(incident.alerts.select_related("rule", "thing", "datastream", "incident"))
        if incident
        else [],
        "back": _back(incident, before),
    }
    return TemplateResponse(request, "alert/draft.html", context, status=422 if form.errors else 200)


def _back(incident: Incident | None, before: WarningMessage | None) -> str:
    return incident.get_absolute_url() if incident else before.get_absolute_url() if before else "/alert/"


def _chosen(request: HttpRequest, name: str, model: Any) -> Any:
    key = request.GET.get(name) or request.POST.get(name) or ""
    if not (key.isascii() and key.isdigit()) or len(key) > 18:
        return None
    found = visible(model, request.user).filter(pk=int(key)).first()
    if found is None:
        raise Http404
    return found


def _initial(incident: Incident | None, before: WarningMessage | None) -> dict[str, Any]:
    if before:
        told = {name: getattr(before, name) for name in ("colour", *BOTH)}
        return {**told, "event": before.event_code, "hours": 24}
    if incident:
        return {"headline": incident.title, "area": incident.place}
    return {}


def _drafted(told: dict[str, Any], incident: Incident | None, before: WarningMessage | None) -> WarningMessage:
    event = events()[told["event"]]
    now = timezone.now()
    if incident and not before:  # what is left as the incident says it is so in English too
        for name, of in (("headline", "title"), ("area", "place")):
            if same_words(told[name], getattr(incident, of)):
                told[f"{name}_en"] = told[f"{name}_en"] or getattr(incident, f"{of}_en")
    return WarningMessage(
        **{name: told[name] for name in ("colour", "exercise", *BOTH)}, event=event.zh, event_en=event.en, event_code=event.code,
        category=event.category, effective_at=now, expires_at=now + timedelta(hours=told["hours"]), incident=incident,
        updates=before, demo=bool((incident and incident.demo) or (before and before.demo)),
    )  # fmt: skip


def warning_tail(request: HttpRequest, warning: WarningMessage) -> dict[str, Any]:
    """How it went out: each message with its channels and receipts; whether this body may sign its level."""
    releases = warning.releases.prefetch_related("handovers__channel")
    return {
        "tone": COLOUR_TONES[warning.colour],
        "releases": [
            {"release": release, "handovers": [_handover(h) for h in release.handovers.all()]} for release in releases
        ],
        "ours": warning.colour in our_levels(),
        "may_update": holds(request.user, DUTY) and warning.state == WarningState.RELEASED,
        "in_force": warning.state == WarningState.RELEASED and warning.expires_at > timezone.now(),
    }


def _handover(handover: Handover) -> dict[str, Any]:
    tones = {"waiting": "info", "taken": "even", "acknowledged": "ok", "refused": "late"}
    return {
        "channel": str(handover.channel), "tone": tones[handover.state], "state": handover.get_state_display(),
        "at": handover.taken_at, "error": handover.error, "attempts": handover.attempts,
    }  # fmt: skip


# --- what the public sees ---------------------------------------------------------------------------------------------


@require_safe
def public_warnings(request: HttpRequest) -> HttpResponse:
    """The warnings in force, and those that were."""
    now = timezone.now()
    past = [_warning(w) for w in once_public().exclude(pk__in=public(now).values("pk"))[:30]]
    return TemplateResponse(
        request, "alert/public.html", {"now": now, "warnings": [_warning(w) for w in public(now)], "past": past}
    )


def said_in_public() -> tuple[str, str]:
    """What the portal says of the warnings."""
    if not (count := public().count()):
        return "ok", _("none in force")
    return "late", ngettext("%(n)d in force", "%(n)d in force", count) % {"n": count}


@require_safe
def public_warning(request: HttpRequest, pk: int) -> HttpResponse:
    """One warning that was released."""
    warning = once_public().filter(pk=pk).first()
    if warning is None:
        raise Http404(_("There is no such warning."))
    context = {
        **_warning(warning), "releases": list(warning.releases.all()), "now": timezone.now(),
        "in_force": warning.state == WarningState.RELEASED and warning.expires_at > timezone.now(),
        "text": local(warning, "text"), "advice": local(warning, "advice"),
    }  # fmt: skip
    return TemplateResponse(request, "alert/public_one.html", context)


@require_safe
def cap_file(request: HttpRequest, identifier: str) -> HttpResponse:
    """A released message, byte for byte as it went out."""
    found = Release.objects.filter(identifier=identifier, public=True).first()
    if found is None:
        raise Http404
    return HttpResponse(found.xml.encode(), content_type="application/cap+xml; charset=utf-8")


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """The newest messages as an Atom feed whose entries link to CAP."""
    from django.utils.feedgenerator import Atom1Feed, Enclosure

    base = request.build_absolute_uri("/").rstrip("/")
    made = Atom1Feed(
        title=_("Warnings"), link=f"{base}/warnings/", description=_("Warnings that were released"),
        feed_url=f"{base}/warnings/feed.atom", language=get_language(),
    )  # fmt: skip
    for release in Release.objects.filter(public=True).select_related("warning")[:50]:
        warning = release.warning
        made.add_item(
            title=local(warning, "headline"), link=f"{base}/warnings/{release.identifier}.xml",
            description=local(warning, "text"), unique_id=f"{base}/warnings/{release.identifier}.xml",
            pubdate=release.sent_at, updateddate=release.sent_at, categories=(gbt35965.colour(warning.colour).title.en,),
            enclosures=[Enclosure(f"{base}/warnings/{release.identifier}.xml", str(len(release.xml)), "application/cap+xml")],
        )  # fmt: skip
    return HttpResponse(made.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


@login_required
@require_GET
def situation_part(request: HttpRequest) -> HttpResponse:
    """The moving part of the situation, asked for by the page again and again."""
    if not holds(request.user, *EVERYONE):
        raise PermissionDenied
    return situation(request)


@login_required
@require_GET
def points(request: HttpRequest) -> HttpResponse:
    """Where something is abnormal, as GeoJSON: each thing with its gravest alert that is not closed."""
    rows = visible(Alert, request.user).exclude(state=AlertState.CLOSED).select_related("rule", "thing")
    worst: dict[int, Alert] = {}
    for alert in rows.prefetch_related("thing__locations").order_by(*BY_GRAVITY):
        worst.setdefault(alert.thing_id, alert)
    features = []
    for alert in worst.values():
        if location := next(iter(alert.thing.locations.all()), None):
            name = local(alert.thing, "name")
            told = {
                "name": name, "text": str(alert.rule), "label": name, "tone": TONES[alert.severity],
                "url": alert.get_absolute_url(),
            }  # fmt: skip
            features.append({"type": "Feature", "geometry": location.location, "properties": told})
    return JsonResponse({"type": "FeatureCollection", "features": features})


ADDRESSES = (
    path("now/", situation_part, name="alert-now"),
    path("points.json", points, name="alert-points"),
    path("alert/<int:pk>/incident/", incident_from, name="alert-incident"),
    path("step/<int:pk>/done/", step_done, name="alert-step-done"),
    path("draft/", draft_page, name="alert-draft"),
)

PUBLIC = (
    path("warnings/", public_warnings, name="public-warnings"),
    path("warnings/feed.atom", feed, name="warnings-feed"),
    path("warnings/<int:pk>/", public_warning, name="public-warning"),
    path("warnings/<slug:identifier>.xml", cap_file, name="cap-file"),
)
