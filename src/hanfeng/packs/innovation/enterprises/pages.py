"""The face of the pack, the honours that ask for attention, and the map of firms."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import Count as CountOf
from django.db.models import ExpressionWrapper, F, FloatField, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hanfeng.commons.people.models import is_officer
from hanfeng.commons.places.models import Place
from hanfeng.kernel.api import Reader, figure_card, holds, local, visible

from . import indicators
from .held import ending, valid
from .models import Enterprise, Figures, Honour
from .roles import OFFICER
from .terms import Industry, Kind, Stage, Status

SHOWN, MOST, LISTED = 8, 300, 60
DAY, SOON = timedelta(days=1), timedelta(days=90)
FALL = Decimal("0.8")
"""Turnover below this share of the year before draws attention (ours: no document says)."""


def face(request: HttpRequest) -> HttpResponse:
    """What runs out, what has lapsed, who shrinks, who was added; where firms are, in which industry, at which stage."""
    today = timezone.localdate()
    firms = visible(Enterprise, request.user).filter(status=Status.ACTIVE)
    soon, lapsed = expiring(request.user, today), gone(request.user, today)
    context = {
        "today": today,
        "active": firms.count(),
        "demo": firms.filter(demo=True).exists(),
        "may_write": holds(request.user, OFFICER),
        "sees_all": is_officer(request.user) or holds(request.user, OFFICER),
        "figures": [figure_card(found, today) for found in indicators.INDICATORS],
        "soon": {"count": soon.count(), "rows": soon[:SHOWN]},
        "lapsed": {"count": lapsed.count(), "rows": lapsed[:SHOWN]},
        "fallers": fallers(request.user, today.year - 1)[:SHOWN],
        "year": today.year - 1,
        "industries": _parts(firms, "industry", dict(Industry.choices)),
        "stages": _parts(firms, "stage", {**dict(Stage.choices), "": _("not stated")}),
        "tiles": _tiles(firms),
    }
    return TemplateResponse(request, "enterprises/face.html", context)


def expiring(user: Reader, today: date) -> QuerySet[Honour]:
    """Honours that end within ninety days and have no successor yet, the first first."""
    return _seen(ending(today + DAY, today + SOON + DAY), user)


def gone(user: Reader, today: date) -> QuerySet[Honour]:
    """Honours that ended this month and were not followed by another, the last first."""
    return _seen(ending(today.replace(day=1), today + DAY), user).order_by("-valid_until", "-pk")


def _seen(rows: QuerySet[Honour], user: Reader) -> QuerySet[Honour]:
    return rows.filter(Honour.scope(user)).select_related("enterprise__body", "enterprise__town")


def fallers(user: Reader, year: int) -> QuerySet[Any]:
    """Figures of sci-tech enterprises whose turnover fell well below that of the year before (`was`), the deepest fall first."""
    held = valid(Kind.SCI_TECH, date(year, 12, 31)).values("enterprise")
    earlier = Figures.objects.filter(enterprise=OuterRef("enterprise"), year=year - 1).values("revenue")[:1]
    rows = visible(Figures, user).filter(year=year, enterprise__in=held, enterprise__status=Status.ACTIVE)
    rows = rows.annotate(was=Subquery(earlier)).filter(was__gt=0, revenue__lt=F("was") * FALL)
    change = ExpressionWrapper(F("revenue") * 100.0 / F("was") - 100.0, FloatField())
    return rows.annotate(change=change).order_by("change", "pk").select_related("enterprise__body")


def _parts(firms: QuerySet[Enterprise], field: str, titles: dict[str, Any]) -> list[dict[str, Any]]:
    """How many firms stand at each value of a field, as bars that open the filtered list."""
    counts = _counts(firms, field)
    most = max(counts.values(), default=0) or 1
    rows = [(key, title, counts.get(key, 0)) for key, title in titles.items()]
    return [
        {"title": title, "count": n, "share": n / most, "url": _list(**{field: key}) if key else ""}
        for key, title, n in rows
        if key or n
    ]


def _counts(firms: QuerySet[Enterprise], field: str) -> dict[Any, int]:
    return dict(firms.order_by().values_list(field).annotate(n=CountOf("pk")))


def _list(**filters: Any) -> str:
    """The address of the list of active firms with these filters."""
    return f"/enterprises/enterprise/?{urlencode({**filters, 'status': Status.ACTIVE.value})}"


def _tiles(firms: QuerySet[Enterprise]) -> list[dict[str, Any]]:
    """Firms by town on the schematic grid; a town without a firm stands at zero."""
    counts = _counts(firms, "town")
    return [
        {
            "col": (town.col or 0) + 1,
            "row": (town.row or 0) + 1,
            "label": _short(town),
            "name": local(town, "name"),
            "value": counts.get(town.pk, 0),
            "url": _list(town=town.pk),
        }
        for town in Place.objects.exclude(col=None).exclude(row=None)
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
    titles = {"expiring": _("Honours that end within 90 days"), "lapsed": _("Honours that ended this month")}
    if which not in titles:
        raise Http404(_("There is no such list."))
    today = timezone.localdate()
    found = (expiring if which == "expiring" else gone)(request.user, today)
    context = {"title": titles[which], "count": found.count(), "rows": found[:MOST], "today": today, "which": which}
    return TemplateResponse(request, "enterprises/certificates.html", context)


@login_required
@require_GET
def map_page(request: HttpRequest) -> HttpResponse:
    """Firms as points, and the same firms as a list."""
    found = _placed(request.user)
    context = {"count": found.count(), "firms": found[:LISTED], "most": LISTED}
    return TemplateResponse(request, "enterprises/map.html", context)


@login_required
@require_GET
def points(request: HttpRequest) -> HttpResponse:
    """The firms of the map as GeoJSON, those this reader may see."""
    return JsonResponse({"type": "FeatureCollection", "features": [_point(firm) for firm in _placed(request.user)]})


def _point(firm: Any) -> dict[str, Any]:
    told = {"name": local(firm.body, "name"), "text": str(firm.get_industry_display())}
    shown = {"tone": "ok" if firm.high_tech else "info", "url": firm.get_absolute_url()}
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [firm.lon, firm.lat]},
        "properties": told | shown,
    }


def _placed(user: Reader) -> QuerySet[Any]:
    """Active firms with a point, and whether each is a high-tech enterprise today."""
    held = valid(Kind.HIGH_TECH, timezone.localdate()).filter(enterprise=OuterRef("pk")).values("pk")[:1]
    rows = visible(Enterprise, user).filter(status=Status.ACTIVE, lat__isnull=False, lon__isnull=False)
    return rows.annotate(high_tech=Subquery(held)).select_related("body", "town").order_by("town__slug", "pk")
