"""The face of the pack, the certificates that ask for attention, the map of firms, and the dossier of one firm."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count as CountOf
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hanfeng.commons.places.models import Place
from hanfeng.kernel.api import Reader, count, holds, local, visible
from hanfeng.kernel.pure import Period

from . import indicators
from .held import ending, unended, valid
from .models import Enterprise, Figures, Honour
from .parameters import stage_by_age
from .roles import OFFICER
from .terms import Industry, Kind, Stage, Status

SHOWN, MOST = 8, 300
SOON = timedelta(days=90)
DAY = timedelta(days=1)
FALL = 0.8
"""Turnover below this share of the year before draws attention (ours: no document says)."""


def face(request: HttpRequest) -> HttpResponse:
    """What runs out, what has lapsed, who shrinks, who was added; where firms are, in which industry, at which stage."""
    today = timezone.localdate()
    firms = visible(Enterprise, request.user).filter(status=Status.ACTIVE)
    soon, lapsed = expiring(request.user, today), gone(request.user, today)
    context = {
        "today": today,
        "demo": firms.filter(demo=True).exists(),
        "may_write": holds(request.user, OFFICER),
        "figures": _figures(today),
        "soon": _some(soon),
        "lapsed": _some(lapsed),
        "fallers": _fallers(request.user, today.year - 1),
        "year": today.year - 1,
        "industries": _parts(firms, "industry", dict(Industry.choices)),
        "stages": _parts(firms, "stage", {**dict(Stage.choices), "": _("not stated")}),
        "tiles": _tiles(firms),
    }
    return TemplateResponse(request, "enterprises/face.html", context)


def expiring(user: Reader, today: date) -> QuerySet[Honour]:
    """Honours that end within ninety days and have no successor yet."""
    return _seen(ending(today + DAY, today + SOON + DAY), user)


def gone(user: Reader, today: date) -> QuerySet[Honour]:
    """Honours that ended this month and were not followed by another."""
    return _seen(ending(today.replace(day=1), today + DAY), user).order_by("-valid_until", "-pk")


def _seen(rows: QuerySet[Honour], user: Reader) -> QuerySet[Honour]:
    return rows.filter(Honour.scope(user)).select_related("enterprise__body", "enterprise__town")


def _some(rows: QuerySet[Honour]) -> dict[str, Any]:
    return {"count": rows.count(), "rows": [_line(honour) for honour in rows[:SHOWN]]}


def _line(honour: Honour) -> dict[str, Any]:
    return {
        "firm": local(honour.enterprise.body, "name"),
        "firm_url": honour.enterprise.get_absolute_url(),
        "town": local(honour.enterprise.town, "name") if honour.enterprise.town else "",
        "kind": honour.get_kind_display(),
        "number": honour.number,
        "url": honour.get_absolute_url(),
        "valid_from": honour.valid_from,
        "end": honour.end,
        "why": honour.get_why_display(),
        "demo": honour.demo,
    }


def _figures(today: date) -> list[dict[str, Any]]:
    """The counts of today and of this year so far, each beside that of a year ago; they open to their rows."""
    return [_figure(i, today) for i in indicators.INDICATORS]


def _figure(indicator: Any, today: date) -> dict[str, Any]:
    flow = not indicator.series
    now = Period(date(today.year, 1, 1) if flow else today, today + DAY)
    before = Period.year(today.year - 1)
    return {
        "title": indicator.title,
        "about": indicator.text,
        "value": count(indicator, now).value,
        "before": count(indicator, before).value,
        "flow": flow,
        "url": f"/figures/{indicator.name}/?period={now}",
        "before_label": before.label(get_language() or "zh"),
    }


def _fallers(user: Reader, year: int) -> list[dict[str, Any]]:
    """Sci-tech enterprises whose turnover of the year fell well below that of the year before, the deepest first."""
    held = valid(Kind.SCI_TECH, date(year, 12, 31)).values("enterprise")
    earlier = Figures.objects.filter(enterprise=OuterRef("enterprise"), year=year - 1).values("revenue")[:1]
    rows = visible(Figures, user).filter(year=year, enterprise__in=held, enterprise__status=Status.ACTIVE)
    rows = rows.annotate(was=Subquery(earlier)).filter(was__gt=0, revenue__lt=F("was") * FALL)
    rows = rows.annotate(share=F("revenue") * 1.0 / F("was")).order_by("share", "pk").select_related("enterprise__body")
    return [
        {
            "firm": local(row.enterprise.body, "name"),
            "url": row.enterprise.get_absolute_url(),
            "revenue": row.revenue,
            "was": was,
            "change": (float(row.revenue) / float(was) - 1) * 100,
            "demo": row.demo,
        }
        for row in rows[:SHOWN]
        if row.revenue is not None and (was := getattr(row, "was", None))
    ]


def _parts(firms: QuerySet[Enterprise], field: str, titles: dict[str, Any]) -> list[dict[str, Any]]:
    """How many firms stand at each value of a field, as bars that open the filtered list."""
    counts = dict(firms.order_by().values_list(field).annotate(n=CountOf("pk")))
    most = max(counts.values(), default=0) or 1
    return [
        {
            "title": title,
            "count": counts.get(key, 0),
            "share": counts.get(key, 0) / most,
            "url": _list(**{field: key}) if key else "",
        }
        for key, title in titles.items()
        if key or counts.get(key)
    ]


def _list(**filters: Any) -> str:
    """The address of the list of active firms with these filters."""
    asked = "&".join(f"{name}={value}" for name, value in {**filters, "status": "active"}.items())
    return f"/enterprises/enterprise/?{asked}"


def _tiles(firms: QuerySet[Enterprise]) -> list[dict[str, Any]]:
    """Firms by town on the schematic grid; a town without a firm stands at zero."""
    counts = dict(firms.order_by().values_list("town").annotate(n=CountOf("pk")))
    towns = Place.objects.exclude(col=None).exclude(row=None)
    return [
        {
            "col": (town.col or 0) + 1,
            "row": (town.row or 0) + 1,
            "label": _short(town),
            "name": local(town, "name"),
            "value": counts.get(town.pk, 0),
            "url": _list(town=town.pk),
        }
        for town in towns
    ]


def _short(town: Place) -> str:
    """A town's name without the word for its rank."""
    name = str(local(town, "name"))
    if name.isascii():
        return name.rsplit(" ", 1)[0]
    return name[: -2 if town.kind == Place.Kind.STREET else -1] or name


@login_required
@require_GET
def certificates(request: HttpRequest, which: str) -> HttpResponse:
    """All honours that run out soon, or that lapsed this month."""
    today = timezone.localdate()
    pages = {
        "expiring": (expiring, _("Honours that end within 90 days")),
        "lapsed": (gone, _("Honours that ended this month")),
    }
    if which not in pages:
        raise Http404(_("There is no such list."))
    rows, title = pages[which]
    found = rows(request.user, today)
    context = {
        "title": title,
        "count": found.count(),
        "rows": [_line(h) for h in found[:MOST]],
        "today": today,
        "which": which,
    }
    return TemplateResponse(request, "enterprises/certificates.html", context)


@login_required
@require_GET
def map_page(request: HttpRequest) -> HttpResponse:
    """Firms as points, and the same firms as a list."""
    found = _placed(request.user)
    return TemplateResponse(
        request, "enterprises/map.html", {"count": found.count(), "firms": found[:MOST], "most": MOST}
    )


@login_required
@require_GET
def points(request: HttpRequest) -> HttpResponse:
    """The firms of the map as GeoJSON, those this reader may see."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [firm.lon, firm.lat]},
            "properties": {
                "name": local(firm.body, "name"),
                "text": firm.get_industry_display(),
                "tone": "ok" if firm.high_tech else "info",
                "url": firm.get_absolute_url(),
            },
        }
        for firm in _placed(request.user)
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features})


def _placed(user: Reader) -> QuerySet[Any]:
    """Active firms with a point, and whether each is a high-tech enterprise today."""
    today = timezone.localdate()
    held = valid(Kind.HIGH_TECH, today).filter(enterprise=OuterRef("pk")).values("pk")[:1]
    rows = visible(Enterprise, user).filter(status=Status.ACTIVE, lat__isnull=False, lon__isnull=False)
    return rows.annotate(high_tech=Subquery(held)).select_related("body", "town").order_by("town__slug", "pk")


def dossier(request: HttpRequest, firm: Enterprise) -> dict[str, Any]:
    """What the page of a file adds: the stage beside what the years suggest, honours on a time line, figures by year."""
    today = timezone.localdate()
    honours = list(visible(Honour, request.user).filter(enterprise=firm).order_by("kind", "-valid_from"))
    years = list(visible(Figures, request.user).filter(enterprise=firm).order_by("year"))
    return {
        "today": today,
        "suggested": stage_by_age(firm.founded, today) if firm.founded else None,
        "bars": _bars(honours, today),
        "years": [_year(row, was) for row, was in zip(years, [None, *years], strict=False)],
        "may_write": holds(request.user, OFFICER),
    }


def _bars(honours: list[Honour], today: date) -> list[dict[str, Any]]:
    """Each honour with its place on one axis from the first day of any of them to the last, 200 units wide."""
    first = min((h.valid_from for h in honours), default=today)
    last = max((h.end or today for h in honours), default=today)
    days = max((max(last, today) - first).days, 1)
    return [
        {
            "honour": h,
            "x": round((h.valid_from - first).days / days * 200, 1),
            "width": max(round(((h.end or max(last, today)) - h.valid_from).days / days * 200, 1), 2),
            "now": round((today - first).days / days * 200, 1),
            "tone": _tone(h, today),
        }
        for h in honours
    ]


def _tone(honour: Honour, today: date) -> str:
    """Where an honour stands today: done (to come), late (over), watch (ends soon), ok."""
    if honour.valid_from > today:
        return "done"
    if honour.end and honour.end <= today:
        return "late" if honour.why in {"revoked", "given-up"} else "info"
    return "watch" if honour.end and honour.end <= today + SOON else "ok"


def _year(row: Figures, was: Figures | None) -> dict[str, Any]:
    """A year's figures with the growth of turnover over the year before and the share spent on R&D."""
    before = was.revenue if was and was.year == row.year - 1 else None
    growth = (float(row.revenue) / float(before) - 1) * 100 if row.revenue is not None and before else None
    share = float(row.rd_spending) / float(row.revenue) * 100 if row.rd_spending is not None and row.revenue else None
    return {"row": row, "growth": growth, "share": share}


def panel(body: Any, user: Reader) -> list[tuple[Any, ...]]:
    """The honours of a body that hold today, for its own page."""
    today = timezone.localdate()
    rows = visible(Honour, user).filter(unended(today), enterprise__body=body, valid_from__lte=today)
    return [
        ((h.get_kind_display(), h.get_absolute_url()), h.number, h.valid_from, h.end) for h in rows.order_by("kind")
    ]
