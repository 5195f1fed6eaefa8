"""What the public sees: the newest edition of each year, with what was left out and why; the same as a table to take away."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from hanfeng.commons.bodies.terms import Industry, Stage
from hanfeng.commons.places.models import Place
from hanfeng.kernel.api import edition_of, editions_of, local
from hanfeng.kernel.pure import Period

from . import indicators
from .models import Call

PACK = "innovation_statistics"


def _years() -> list[int]:
    known = Call.objects.order_by("-year").values_list("year", flat=True)
    told = editions_of(PACK)
    return [year for year in known if str(year) in told]


def _labels(field: str) -> dict[Any, str]:
    if field.startswith("town"):
        return {place.name: str(local(place, "name")) for place in Place.objects.all()}
    return {value: str(label) for value, label in (Industry.choices if field == "industry" else Stage.choices)}


def tables(edition: Any) -> Iterator[dict[str, Any]]:
    """Each figure of an edition with its parts by each dimension."""
    for found in indicators.INDICATORS:
        told = edition.content.get(found.name)
        if told is None:
            continue
        parts = []
        for dimension in found.by:
            labels = _labels(dimension.field)
            rows = [
                {"label": labels.get(key, key) or _("not stated"), "value": value, "out": bool(out)}
                for key, value, out in told["parts"].get(dimension.field, ())
            ]
            parts.append({"title": str(dimension.title), "rows": rows, "out": sum(row["out"] for row in rows)})
        yield {
            "title": str(found.title), "unit": str(found.unit), "value": told["value"], "out": bool(told["out"]),
            "decimals": found.decimals, "definition": _(found.text), "parts": parts, "name": found.name,
        }  # fmt: skip


def _edition(request: HttpRequest, year: int | None) -> tuple[int, Any, list[int]]:
    years = _years()
    wanted = year or (years[0] if years else 0)
    edition = edition_of(PACK, Period.year(wanted)) if wanted in years else None
    if year and edition is None:
        raise Http404(_("Nothing was published for this year."))
    return wanted, edition, years


@require_safe
def published_page(request: HttpRequest) -> HttpResponse:
    """The newest edition of a year, for everybody."""
    asked = request.GET.get("year", "")
    year, edition, years = _edition(
        request, int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else None
    )
    context = {"year": year, "edition": edition, "years": years, "tables": list(tables(edition)) if edition else []}
    return TemplateResponse(request, "innovation_statistics/published.html", context)


@require_safe
def published_csv(request: HttpRequest, year: int) -> HttpResponse:
    """The same as one table of values, a line each; what is left out is empty and marked."""
    _year, edition, _years = _edition(request, year)
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([_("figure"), _("year"), _("by"), _("part"), _("value"), _("unit"), _("marks")])
    for table in tables(edition):
        mark = _("demo data") if edition.demo else ""
        writer.writerow([table["title"], year, "", "", "" if table["out"] else table["value"], table["unit"], mark])
        for part in table["parts"]:
            for row in part["rows"]:
                value, out = ("", pgettext("a number", "left out")) if row["out"] else (row["value"], "")
                marks = "; ".join(filter(None, (out, mark)))
                writer.writerow([table["title"], year, part["title"], row["label"], value, table["unit"], marks])
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rd-{year}.csv"'
    return response
