"""The face: the lake now, the week behind, what is out of class and since when, what to do."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hanfeng.kernel.api import Alert, holds, local, visible
from hanfeng.standards import gb3838

from .judging import Condition, Day, conditions
from .models import Sample, Site
from .roles import OFFICER
from .terms import CLASS_ITEMS, SERIES

TONES = {1: "ok", 2: "ok", 3: "even", 4: "watch", 5: "late", 6: "late"}
GRADES = {"oligotrophic": "ok", "mesotrophic": "ok", "light": "watch", "moderate": "late", "hyper": "late"}


def face(request: HttpRequest) -> HttpResponse:
    """What is out of class and since when, how the lake stands, the week behind, alerts that stand, samples due."""
    now = timezone.now()
    sites = list(visible(Site, request.user).select_related("thing", "town"))
    found = conditions(sites, now)
    alerts = visible(Alert, request.user).filter(thing__in=[s.thing_id for s in sites], cleared_at=None)
    rows = [_row(condition) for condition in found]
    days = sorted({day.day for condition in found for day in condition.days})[-8:]
    context = {
        "now": now,
        "rows": sorted(rows, key=lambda row: (not row["out"], not row["lake"], row["order"])),
        "sentence": _sentence(found),
        "alerts": [_alert(a) for a in alerts.select_related("rule", "thing").order_by("severity", "since")[:12]],
        "samples": list(visible(Sample, request.user).select_related("site__thing")[:6]),
        "demo": any(site.demo for site in sites),
        "may_write": holds(request.user, OFFICER),
        "days": days,
        "week": [_week(condition, days) for condition in found],
        "head": [_("monitoring site"), _("class"), _("trophic index"), _("newest value")],
        "lines": [_line(row) for row in rows],
    }
    return TemplateResponse(request, "lake/face.html", context)


def _sentence(found: list[Condition]) -> str:
    known = [c for c in found if c.now.quality]
    out = [c for c in known if c.out]
    lakes = [c.now.trophic.value for c in found if c.now.trophic]
    if not known:
        return _("No station has sent values in the last twelve hours.")
    told = _("%(n)s of %(all)s sites keep their class.") % {"n": len(known) - len(out), "all": len(known)}
    if lakes:
        told += " " + _("The highest trophic index of the lake is %(value)s.") % {"value": f"{max(lakes):.1f}"}
    return told


def _row(condition: Condition) -> dict[str, Any]:
    site, quality, trophic = condition.site, condition.now.quality, condition.now.trophic
    return {
        "site": site,
        "url": site.get_absolute_url(),
        "name": str(site),
        "lake": site.is_lake,
        "order": site.order,
        "water": site.get_water_display(),
        "target": class_name(site.target),
        "class": class_name(quality.number) if quality else "",
        "tone": TONES[quality.number] if quality else "info",
        "out": condition.out,
        "since": condition.out_since,
        "over": [_over(over) for over in condition.over],
        "trophic": trophic.value if trophic else None,
        "grade": trophic.grade.title.get(get_language() or "zh") if trophic else "",
        "grade_tone": GRADES[trophic.grade.key] if trophic else "info",
        "missing": len(trophic.missing) if trophic else 0,
        "newest": condition.newest,
        "chla": condition.now.means.get("w01016"),
        "demo": site.demo,
    }


def class_name(number: int) -> str:
    """A class of water in the reader's language; 6 is worse than the last."""
    return _("worse than Ⅴ") if number == 6 else gb3838.CLASSES[number - 1]


def _over(over: gb3838.Over) -> dict[str, Any]:
    name = gb3838.NAMES[over.item].get(get_language() or "zh")
    return {"name": name, "class": class_name(over.own), "times": over.times}


def _line(row: dict[str, Any]) -> list[Any]:
    trophic = f"{row['trophic']:.1f} {row['grade']}" if row["trophic"] is not None else "—"
    newest = timezone.localtime(row["newest"]).strftime("%m-%d %H:%M") if row["newest"] else "—"
    cells = [
        {"text": row["name"], "url": row["url"]},
        {"text": row["class"] or "—"},
        {"text": trophic},
        {"text": newest},
    ]
    return [{"url": "", **cell} for cell in cells]


def _week(condition: Condition, days: list[date]) -> dict[str, Any]:
    known = {day.day: day.quality for day in condition.days}
    site = condition.site
    return {
        "name": str(site),
        "url": site.get_absolute_url(),
        "cells": [
            {"name": class_name(quality.number), "number": quality.number} if (quality := known.get(day)) else None
            for day in days
        ],
        "target": site.target,
    }


def _alert(alert: Alert) -> dict[str, Any]:
    tones = {1: "late", 2: "late", 3: "watch", 4: "info"}
    return {"alert": alert, "what": str(alert.rule), "where": local(alert.thing, "name"), "tone": tones[alert.severity]}


@login_required
@require_GET
def points(request: HttpRequest) -> HttpResponse:
    """The sites as GeoJSON, coloured by whether they keep their class."""
    sites = list(visible(Site, request.user).select_related("thing").prefetch_related("thing__locations"))
    features = []
    for condition in conditions(sites, timezone.now(), days=1):
        location = next(iter(condition.site.thing.locations.all()), None)
        if location:
            features.append(_feature(condition, location.location))
    return JsonResponse({"type": "FeatureCollection", "features": features})


def _feature(condition: Condition, shape: Any) -> dict[str, Any]:
    quality = condition.now.quality
    told = {
        "name": str(condition.site), "text": class_name(quality.number) if quality else _("no value"),
        "label": f"{condition.site} {class_name(quality.number) if quality else '—'}",
        "tone": "late" if condition.out else "ok" if quality else "info", "url": condition.site.get_absolute_url(),
    }  # fmt: skip
    return {"type": "Feature", "geometry": shape, "properties": told}


def site_tail(request: HttpRequest, site: Site) -> dict[str, Any]:
    """A site's own page: its newest values with their classes, the days behind, its alerts and samples."""
    (condition,) = conditions([site], timezone.now(), days=30)
    return {
        "values": [_value(series, condition) for series in SERIES if series.observes.code in condition.values],
        "days": [_day(day, site) for day in reversed(condition.days)],
        "row": _row(condition),
        "alerts": [
            _alert(a)
            for a in visible(Alert, request.user).filter(thing=site.thing_id).select_related("rule", "thing")[:8]
        ],
        "samples": list(visible(Sample, request.user).filter(site=site)[:8]),
    }


def _value(series: Any, condition: Condition) -> dict[str, Any]:
    value, item = condition.values[series.observes.code], CLASS_ITEMS.get(series.observes.code)
    number = value.value if isinstance(value.value, int | float) else None
    own = None
    if item and number is not None and (item != "tn" or condition.site.is_lake):
        own = gb3838.class_of(item, number, lake=condition.site.is_lake, temperature=condition.now.means.get("w01010"))
    chinese = not (get_language() or "zh").startswith("en")
    return {
        "name": series.observes.name if chinese else series.observes.name_en, "number": number, "unit": series.unit.symbol,
        "time": value.time, "mark": value.mark, "quality": value.quality.name.lower(),
        "class": class_name(own) if own else "", "tone": TONES[own] if own else "info",
    }  # fmt: skip


def _day(day: Day, site: Site) -> dict[str, Any]:
    quality = day.quality
    return {
        "day": day.day, "class": class_name(quality.number) if quality else "—",
        "out": bool(quality and quality.number > site.target),
        "tone": TONES[quality.number] if quality else "info", "trophic": day.trophic.value if day.trophic else None,
        "chla": day.means.get("w01016"), "tp": day.means.get("w21011"), "do": day.means.get("w01009"),
    }  # fmt: skip
