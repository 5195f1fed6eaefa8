"""The face of the room: every station a person sees, what is silent first; and a series with its chart, quality and gaps."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from hanfeng.kernel.record.local import local
from hanfeng.kernel.roles import visible

from . import archive
from .aggregates import buckets
from .models import Datastream, Thing
from .quality import Quality, valid_hour
from .reads import at, expected, gaps, latest, series
from .scope import may_write

MOST_THINGS, MOST_ROWS = 200, 200
SILENT = 3  # intervals without a value after which a series counts as silent (ours)
SPANS = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30), "year": timedelta(days=365)}


def quality_words(quality: int) -> str:
    """A verdict in words."""
    return {
        Quality.VALID: pgettext("quality", "valid"), Quality.SUSPECT: pgettext("quality", "suspect"),
        Quality.INVALID: pgettext("quality", "invalid"), Quality.MAINTENANCE: pgettext("quality", "maintenance"),
        Quality.CALIBRATION: pgettext("quality", "calibration"), Quality.ESTIMATED: pgettext("quality", "estimated"),
    }[Quality(quality)]  # fmt: skip


def tone(quality: int) -> str:
    """How a verdict is drawn."""
    return {Quality.VALID: "done", Quality.INVALID: "late"}.get(Quality(quality), "watch")


@require_GET
def face(request: HttpRequest) -> HttpResponse:
    """Stations with their last values; those with a silent series come first."""
    now = timezone.now()
    things = list(visible(Thing, request.user).order_by("name", "pk")[: MOST_THINGS + 1])
    rows = list(
        visible(Datastream, request.user)
        .filter(thing__in=things)
        .select_related("observed_property")
        .order_by("thing", "pk")
    )
    lasts = latest(row.pk for row in rows)
    told = {
        thing.pk: {"thing": thing, "name": local(thing, "name"), "series": [], "silent": 0, "bad": 0, "newest": None}
        for thing in things[:MOST_THINGS]
    }
    for row in rows:
        if (into := told.get(row.thing_id)) is not None:
            line = _line(row, lasts.get(row.pk), now)
            into["series"].append(line)
            into["silent"] += line["silent"]
            into["newest"] = max(filter(None, (into["newest"], line["last"] and line["last"].time)), default=None)
            into["bad"] += not line["silent"] and line["tone"] != "done"
    ordered = sorted(told.values(), key=lambda item: (-item["silent"], -item["bad"]))
    context = {
        "now": now, "things": ordered, "silent": sum(item["silent"] for item in ordered), "count": len(rows),
        "tally": _tally(ordered), "more": len(things) > MOST_THINGS, "demo": any(item["thing"].demo for item in ordered),
    }  # fmt: skip
    return TemplateResponse(request, "sense/face.html", context)


def _tally(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many stations send everything, have a value that does not count, are silent in part."""
    silent = sum(bool(item["silent"]) for item in items)
    bad = sum(bool(item["bad"] and not item["silent"]) for item in items)
    told = (
        ("late" if silent else "ok", silent, _("stations with a silent series")),
        ("watch" if bad else "ok", bad, _("stations with a value that does not count")),
        ("ok", len(items) - silent - bad, _("stations in order")),
    )
    return [{"kind": kind, "count": count, "title": title, "url": ""} for kind, count, title in told]


def _line(row: Datastream, last: Any, now: datetime) -> dict[str, Any]:
    late = last is None or bool(row.interval and now - last.time > timedelta(seconds=SILENT * row.interval))
    return {
        "name": local(row, "name"), "url": row.get_absolute_url(), "unit": row.symbol, "last": last,
        "value": shown(last.value) if last else "—", "silent": late, "quality": quality_words(last.quality) if last else "",
        "tone": tone(last.quality) if last else "watch",
    }  # fmt: skip


def shown(value: Any) -> str:
    """A value as it is written: five figures at most."""
    if isinstance(value, float):
        return f"{value:,.5g}" if abs(value) < 1e5 else f"{value:,.0f}"
    return str(value)


@login_required
@require_GET
def datastream(request: HttpRequest, pk: int) -> HttpResponse:
    """One series: chart and table of its aggregates or values, how complete and how good it is, where it has gaps."""
    row = visible(Datastream, request.user).select_related("thing", "sensor", "observed_property").filter(pk=pk).first()
    if row is None:
        raise Http404(_("There is no such series, or it is not yours."))
    now = timezone.now()
    name = request.GET.get("span", "week")
    span = SPANS.get(name, SPANS["week"])
    last = latest([pk]).get(pk)
    end = max(now, last.time + timedelta(seconds=1)) if last and last.time < now else now
    step = "day" if span > timedelta(days=30) else "hour"
    told = buckets([pk], step, end - span, end)[pk]
    n, valid = sum(b.n for b in told), sum(b.valid for b in told)
    due = expected(row.interval, span.total_seconds()) if row.interval else 0
    format_ = "%Y-%m-%d" if step == "day" else "%Y-%m-%d %H:%M"
    lines = [[{"text": text} for text in _cells(b, step, row, format_)] for b in reversed(told)][:MOST_ROWS]
    context = {
        "row": row, "thing": row.thing, "thing_name": local(row.thing, "name"), "name": local(row, "name"), "last": last,
        "value": shown(last.value) if last else "—", "quality": quality_words(last.quality) if last else "",
        "tone": tone(last.quality) if last else "watch", "n": n, "valid": valid, "due": due, "demo": row.demo,
        "came": min(1.0, n / due) if due else None, "good": valid / n if n else None,
        "spec": _chart(told, row), "lines": lines, "step": step,
        "head": [_("from"), _("mean"), _("lowest"), _("highest"), _("values"), _("valid values")],
        **_values(row, end - span, end),
        "tabs": [
            {"title": title, "url": f"?span={key}", "current": key == name, "count": None}
            for key, title in (("day", _("one day")), ("week", _("one week")), ("month", _("30 days")), ("year", _("one year")))
        ],
    }  # fmt: skip
    return TemplateResponse(request, "sense/datastream.html", context)


def _values(row: Datastream, start: datetime, end: datetime) -> dict[str, Any]:
    """Gaps and last values. A site that cannot read its archive tells them as far as the table goes, and why no further."""
    lacking = ""
    try:
        found = gaps(row.pk, row.interval, start, end, 20) if row.interval else []
        last = series(row.pk, start, end, most=20, newest_first=True)
    except archive.Lacking as why:
        lacking, start = str(why), at(archive.view().border)
        found = gaps(row.pk, row.interval, start, end, 20) if row.interval else []
        last = series(row.pk, start, end, most=20, newest_first=True)
    recent = [
        {
            "at": o.time,
            "value": shown(o.value),
            "mark": o.mark,
            "quality": quality_words(o.quality),
            "tone": tone(o.quality),
        }
        for o in last
    ]
    return {"gaps": found, "recent": recent, "lacking": lacking, "table_from": start}


def _cells(bucket: Any, step: str, row: Datastream, form: str) -> list[str]:
    whole = step == "day" or not row.interval or valid_hour(bucket.valid, row.interval)
    values = [shown(v) if v is not None else "—" for v in (bucket.mean, bucket.low, bucket.high)]
    valid = str(bucket.valid) if whole else f"{bucket.valid} ({_('too few')})"
    return [timezone.localtime(bucket.start).strftime(form), *values, str(bucket.n), valid]


def _chart(told: list[Any], row: Datastream) -> dict[str, Any]:
    """Mean as a line, lowest to highest as a band."""
    values = [
        {"at": timezone.localtime(b.start).strftime("%Y-%m-%dT%H:%M"), "mean": b.mean, "low": b.low, "high": b.high}
        for b in told
    ]
    x = {"field": "at", "type": "temporal", "title": None}
    title = f"{local(row, 'name')} ({row.symbol})" if row.symbol else local(row, "name")
    y = {"type": "quantitative", "title": title, "scale": {"zero": False}}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": values},
        "layer": [
            {
                "mark": {"type": "area", "opacity": 0.2},
                "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
            },
            {"mark": {"type": "line"}, "encoding": {"x": x, "y": {**y, "field": "mean"}}},
        ],
    }


@login_required
@require_GET
def thing(request: HttpRequest, pk: int) -> HttpResponse:
    """One station with its series."""
    found = visible(Thing, request.user).filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such station, or it is not yours."))
    rows = list(visible(Datastream, request.user).filter(thing=found).order_by("pk"))
    lasts, now = latest(row.pk for row in rows), timezone.now()
    told = {
        "thing": found,
        "name": local(found, "name"),
        "series": [_line(row, lasts.get(row.pk), now) for row in rows],
    }
    return TemplateResponse(
        request,
        "sense/thing.html",
        {"item": told, "name": told["name"], "demo": found.demo, "now": now, "keeps": may_write(request.user)},
    )
