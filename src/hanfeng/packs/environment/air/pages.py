"""The face: what the air is now, where and why; whether it rises, what is ordered and to be done; the days of the year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hanfeng.kernel.api import Alert, Datastream, Quality, buckets, count, holds, latest, local, visible
from hanfeng.kernel.pure import Period
from hanfeng.standards import hj633

from . import response
from .indicators import INDICATORS
from .models import AirDay, Site
from .parameters import least
from .reckoning import FULL, Air, area, read, rises
from .roles import OFFICER
from .terms import AREA, MEASURED, NAMES, OF_HOUR, POLLUTANTS, SIGNS

TONES = {1: "ok", 2: "even", 3: "watch", 4: "late", 5: "late", 6: "late"}
BACK, FRESH, SHOWN = 30, 3, 72
"""Hours read for now, hours for which the newest index speaks of now, hours of the chart."""
STEEP = 15
"""By how much the index must change in three hours to be told as rising or falling (ours)."""


def face(request: HttpRequest) -> HttpResponse:
    """The air of the district now and its stations, the response to heavy pollution, three days behind, the year so far."""
    now = timezone.localtime()
    sites = list(visible(Site, request.user).select_related("thing", "town"))
    places = _places(sites, now)
    whole = next((row for row in places if row["site"] is None), None)
    alerts = visible(Alert, request.user).filter(rule__pack="air", cleared_at=None).select_related("rule", "thing")
    standing = list(alerts.order_by("severity", "since"))
    year = _year(request, now.date())
    context = {
        "now": now,
        "whole": whole,
        "rows": sorted((r for r in places if r["site"]), key=lambda r: -(r["value"] if r["value"] is not None else -1)),
        "sentence": _sentence(whole),
        "response": response.told(now, standing, _stage(sites)),
        "alerts": [_alert(a) for a in standing[:10]],
        "demo": any(site.demo for site in sites),
        "may_write": holds(request.user, OFFICER),
        **_chart(sites, now),
        **_map_table(places),
        **year,
        "figures": _figures(now.date()),
        "key": [_level(level) for level in hj633.LEVELS],
    }
    return TemplateResponse(request, "air/face.html", context)


# --- now --------------------------------------------------------------------------------------------------------------


def _places(sites: Sequence[Site], now: datetime) -> list[dict[str, Any]]:
    """The district and its stations as rows: the newest index, what decides it, how it moves."""
    if not sites:
        return []
    end = now.replace(minute=0, second=0, microsecond=0)
    needed = least(now.date())
    airs = read(sites, end - BACK * FULL, end, needed)
    whole = area(sites, airs, needed.stations)
    rows = [_place(None, whole)] if whole else []
    return rows + [_place(site, airs[site.pk]) for site in sites]


def _place(site: Site | None, air: Air) -> dict[str, Any]:
    told = [air.of_hour(n) for n in range(len(air) - FRESH - 3, len(air))]
    place = next(
        (n for n in range(len(told) - 1, len(told) - 1 - FRESH, -1) if told[n].value is not None), len(told) - 1
    )
    aqi = told[place]
    begin = air.moment(len(air) - len(told) + place)
    rise = rises([one.value for one in told[: place + 1]])
    return {
        "site": site,
        "name": str(site) if site else _("Whole district"),
        "url": site.get_absolute_url() if site else "",
        "control": site.get_control_display() if site else "",
        "demo": bool(site and site.demo),
        "value": aqi.value,
        **(_level(aqi.level) if aqi.level else {"number": 0, "level": "", "tone": "info", "letter": "—"}),
        "primary": _primary(aqi.primary),
        "missing": [SIGNS[p] for p, item in OF_HOUR.items() if item in aqi.missing],
        "begin": begin,
        "end": begin + FULL,
        "rise": rise,
        "moves": _moves(rise),
        "document": aqi.document,
    }


def _level(level: hj633.Level) -> dict[str, Any]:
    letters = {
        1: pgettext("level of the air", "E"), 2: pgettext("level of the air", "G"), 3: pgettext("level of the air", "L"),
        4: pgettext("level of the air", "M"), 5: pgettext("level of the air", "H"), 6: pgettext("level of the air", "S"),
    }  # fmt: skip
    return {
        "number": level.number, "level": level.title.get(_language()), "tone": TONES[level.number],
        "letter": letters[level.number], "most": level.most,
    }  # fmt: skip


def _language() -> str:
    return get_language() or "zh"


def _primary(items: Iterable[str]) -> str:
    return _(", ").join(SIGNS[item.split("_")[0]] for item in items)


def _moves(rise: float | None) -> str:
    if rise is None:
        return ""
    if rise >= STEEP:
        return "up"
    return "down" if rise <= -STEEP else "level"


def _sentence(whole: Mapping[str, Any] | None) -> str:
    if whole is None:
        return ""
    if whole["value"] is None:
        return _("No index of the district in the last three hours: too few stations, or an item is missing.")
    told = _("From %(begin)s to %(end)s the air of the district was: %(level)s, index %(value)s.") % {
        "begin": whole["begin"].strftime("%H:%M"), "end": whole["end"].strftime("%H:%M"), "level": whole["level"],
        "value": whole["value"],
    }  # fmt: skip
    if whole["primary"]:
        told += " " + _("Primary pollutant: %(names)s.") % {"names": whole["primary"]}
    return told + (" " + _rise_words(whole["rise"]) if whole["rise"] is not None else "")


def _rise_words(rise: float) -> str:
    n = f"{abs(rise):.0f}"
    if _moves(rise) == "up":
        return _("It rose by %(n)s within three hours.") % {"n": n}
    if _moves(rise) == "down":
        return _("It fell by %(n)s within three hours.") % {"n": n}
    return _("It has hardly changed within three hours.")


def _stage(sites: Sequence[Site]) -> int | None:
    """The level of heavy pollution that the newest values reach, as it was reckoned; None where it is not known."""
    rows = Datastream.objects.filter(thing__code=AREA, code="air-stage").values_list("pk", flat=True)
    found = latest(rows) if sites else {}
    for value in found.values():
        if isinstance(value.value, int | float) and timezone.now() - value.time < timedelta(hours=6):
            return int(value.value)
    return None


def _alert(alert: Alert) -> dict[str, Any]:
    tones = {1: "late", 2: "late", 3: "watch", 4: "info"}
    return {"alert": alert, "what": str(alert.rule), "where": local(alert.thing, "name"), "tone": tones[alert.severity]}


# --- three days behind ------------------------------------------------------------------------------------------------


def _chart(sites: Sequence[Site], now: datetime) -> dict[str, Any]:
    """The index of each hour as reckoned: the district as a strong line, the stations beside it; and the table."""
    rows = (
        Datastream.objects.filter(code="aqi").filter(thing__pack="air").select_related("thing").order_by("thing__code")
    )
    own = {site.thing_id: str(site) for site in sites}
    named = {r.pk: own.get(r.thing_id, _("Whole district")) for r in rows if r.thing_id in own or r.thing.code == AREA}
    end = now.replace(minute=0, second=0, microsecond=0)
    found = buckets(list(named), "hour", end - SHOWN * FULL, end) if named else {}
    # an hour without an index is told as such, so that the line breaks there
    hours = [end - (SHOWN - n) * FULL for n in range(SHOWN)]
    told = {key: {b.start: b.mean for b in found.get(key, ())} for key in named}
    names = sorted(named.values(), key=lambda name: (name != _("Whole district"), name))
    keys = sorted(named, key=lambda key: names.index(named[key]))
    values = [
        {"at": f"{hour:%Y-%m-%dT%H:%M}", "place": named[key], "aqi": told[key].get(hour)}
        for hour in hours
        for key in keys
    ]
    lines = [
        [_cell(f"{hour:%m-%d %H:%M}"), *(_cell(number_or_dash(told[key].get(hour))) for key in keys)]
        for hour in reversed(hours)
    ]
    return {
        "hours_spec": _lines_spec(values, names),
        "hours_lines": lines,
        "hours_head": [_("hour from"), *names],
        "has_hours": any(told.values()),
    }


def number_or_dash(value: float | None) -> str:
    """A whole number, or a dash for none."""
    return "—" if value is None else f"{value:.0f}"


def _cell(text: str, url: str = "") -> dict[str, str]:
    return {"text": text, "url": url}


def _lines_spec(values: list[dict[str, Any]], names: Sequence[str]) -> dict[str, Any]:
    limits = [{"limit": level.most, "name": level.title.get(_language())} for level in hj633.LEVELS[1:5]]
    x = {"field": "at", "type": "temporal", "title": None, "axis": {"format": "%m-%d %H:%M", "tickCount": 6}}
    y = {"type": "quantitative", "title": _("air quality index"), "scale": {"zero": True}}
    strong = f"datum.place === {names[0]!r}" if names else "true"
    series = {"field": "place", "type": "nominal", "sort": list(names), "title": None}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": values},
        "layer": [
            {
                "data": {"values": limits},
                "mark": {"type": "rule", "strokeDash": [4, 4], "opacity": 0.45},
                "encoding": {"y": {**y, "field": "limit"}, "tooltip": [{"field": "name"}, {"field": "limit"}]},
            },
            {
                "mark": {"type": "line", "interpolate": "monotone"},
                "encoding": {
                    "x": x, "y": {**y, "field": "aqi"}, "color": series,
                    "strokeWidth": {"condition": {"test": strong, "value": 3.5}, "value": 1.25},
                    "strokeDash": {**series, "legend": None},
                },
            },
        ],
    }  # fmt: skip


def _map_table(places: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    lines = [
        [
            _cell(row["name"], row["url"]), _cell("—" if row["value"] is None else str(row["value"])), _cell(row["level"] or "—"),
            _cell(row["primary"] or "—"),
        ]
        for row in places
        if row["site"]
    ]  # fmt: skip
    return {
        "map_head": [_("air station"), _("index"), _("level of the air"), _("primary pollutants")],
        "map_lines": lines,
    }


@login_required
@require_GET
def points(request: HttpRequest) -> HttpResponse:
    """The stations as GeoJSON with their index and the letter of its level."""
    sites = list(visible(Site, request.user).select_related("thing").prefetch_related("thing__locations"))
    features = []
    for row in _places(sites, timezone.localtime()):
        location = next(iter(row["site"].thing.locations.all()), None) if row["site"] else None
        if location:
            said = _("no index") if row["value"] is None else f"{row['value']} {row['level']} {row['primary']}"
            told = {
                "name": row["name"],
                "text": said.strip(),
                "label": f"{row['letter']} {row['value'] or ''}".strip(),
                "tone": row["tone"],
                "url": row["url"],
            }
            features.append({"type": "Feature", "geometry": location.location, "properties": told})
    return JsonResponse({"type": "FeatureCollection", "features": features})


# --- the year ---------------------------------------------------------------------------------------------------------


def _year(request: HttpRequest, today: date) -> dict[str, Any]:
    """The calendar of one year: its months, each a table of weeks; and how many days each level has."""
    known = sorted(set(visible(AirDay, request.user).dates("day", "year")), reverse=True)
    years = [day.year for day in known][:6] or [today.year]
    asked = request.GET.get("year", "")
    chosen = int(asked) if asked.isdecimal() and int(asked[:9]) in years else years[0]
    days = {row.day: row for row in visible(AirDay, request.user).filter(day__year=chosen)}
    tally: dict[int, int] = {}
    for row in days.values():
        tally[row.level or 0] = tally.get(row.level or 0, 0) + 1
    levels = [{**_level(level), "count": tally.get(level.number, 0)} for level in hj633.LEVELS]
    last = today.month if chosen == today.year else 12
    return {
        "year": chosen,
        "years": [{"title": str(y), "url": f"?year={y}#days", "current": y == chosen} for y in years],
        "months": [_month(chosen, month, days) for month in range(1, last + 1)],
        "levels": levels,
        "unjudged": tally.get(0, 0),
        "judged": sum(n for level, n in tally.items() if level),
    }


def _month(year: int, month: int, days: Mapping[date, AirDay]) -> dict[str, Any]:
    first = date(year, month, 1)
    after = date(year + month // 12, month % 12 + 1, 1)
    cells: list[dict[str, Any] | None] = [None] * first.weekday()
    cells += [_day_cell(first + timedelta(days=n), days) for n in range((after - first).days)]
    cells += [None] * (-len(cells) % 7)
    return {"first": first, "weeks": [cells[n : n + 7] for n in range(0, len(cells), 7)]}


def _day_cell(day: date, days: Mapping[date, AirDay]) -> dict[str, Any]:
    row = days.get(day)
    level = hj633.level(row.aqi) if row and row.aqi is not None else None
    cell: dict[str, Any] = {
        "day": day,
        "number": 0,
        "letter": "·" if row is None else "—",
        "url": "",
        "known": row is not None,
    }
    if row and level:
        cell |= {**_level(level), "aqi": row.aqi, "primary": _primary(row.primary)}
        if level.number > 2:
            cell["url"] = row.get_absolute_url()
    return cell


def _figures(today: date) -> list[dict[str, Any]]:
    """The counted figures of the year so far, the share beside that of the same days of the year before."""
    span = Period(date(today.year, 1, 1), today + timedelta(days=1))
    cards = [
        {
            "title": i.title,
            "value": count(i, span).value,
            "unit": i.unit,
            "decimals": i.decimals or 0,
            "url": f"/figures/{i.name}/?period={span}",
        }
        for i in INDICATORS
    ]
    before = count(INDICATORS[-1], _year_before(span)).value
    if before is not None and (now := cards[-1]["value"]) is not None:
        cards[-1]["before"], cards[-1]["change"] = before, now - before
    return cards


def _year_before(span: Period) -> Period:
    last = span.last
    day = min(last.day, 28) if last.month == 2 else last.day
    return Period(date(span.start.year - 1, 1, 1), date(last.year - 1, last.month, day) + timedelta(days=1))


# --- one station ------------------------------------------------------------------------------------------------------


def site_tail(request: HttpRequest, site: Site) -> dict[str, Any]:
    """A station's own page: each pollutant of the newest hour with its own index and how good its last value is, alerts, days."""
    now = timezone.localtime()
    end = now.replace(minute=0, second=0, microsecond=0)
    air = read([site], end - BACK * FULL, end, least(now.date()))[site.pk]
    row = _place(site, air)
    place = int((row["begin"] - air.begin) // FULL)
    streams = {
        code: key
        for key, code in Datastream.objects.filter(thing=site.thing_id, code__in=POLLUTANTS).values_list("pk", "code")
    }
    newest = latest(list(streams.values()))
    alerts = visible(Alert, request.user).filter(thing=site.thing_id).select_related("rule", "thing")[:8]
    return {
        "row": row,
        "values": [_value(series, streams, newest, air, place) for series in MEASURED if series.key in streams],
        "alerts": [_alert(a) for a in alerts],
        **_chart([site], now),
    }


def _value(series: Any, streams: Mapping[str, int], newest: Mapping[int, Any], air: Air, place: int) -> dict[str, Any]:
    pollutant = POLLUTANTS[series.key]
    hour = float(air.hour[pollutant][place])
    own = air.of_hour(place).items.get(OF_HOUR[pollutant])
    last = newest.get(streams[series.key])
    good = last is not None and last.quality in (Quality.VALID, Quality.ESTIMATED)
    return {
        "name": NAMES[pollutant].get(_language()), "unit": series.unit.symbol, "hour": None if hour != hour else hour,
        "digits": 2 if pollutant == "co" else 0, "own": own, "good": good, "last": last,
        "url": f"/sense/datastreams/{streams[series.key]}/",
        **(_level(hj633.level(own)) if own is not None else {"tone": "info", "level": "—"}),
    }  # fmt: skip
