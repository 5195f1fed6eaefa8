"""The page behind a figure: what was counted, how it is defined, how it breaks down, and the rows themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hanfeng.kernel.base.bound import Bound
from hanfeng.kernel.base.period import Period, PeriodError
from hanfeng.kernel.base.words import is_chinese
from hanfeng.kernel.disclosure.breakdown import Sight, breakdowns, editions_of, is_live, sight_of, told
from hanfeng.kernel.disclosure.models import Edition
from hanfeng.kernel.indicator.indicator import Count, Counted, Indicator, Opened, Ratio, Rowset, count, open_rows
from hanfeng.kernel.pack import Pack, desk_of, indicators

from .desk import text_of
from .lists import PAGE, lines, pager
from .wording import bound_words, number_text

MOST_PARTS = 60


def figure_url(indicator: Indicator, period: Period) -> str:
    """The address at which a figure opens to its rows."""
    return f"/figures/{indicator.name}/?period={period}"


def find_indicator(name: str) -> tuple[Pack, Indicator]:
    """The indicator with this name and its pack, or 404."""
    found = next(((p, i) for p, i in indicators() if i.name == name), None)
    if found is None:
        raise Http404(_("There is no such figure."))
    return found


@login_required
@require_GET
def figure_page(request: HttpRequest, name: str) -> HttpResponse:
    """One figure of one period, opened."""
    pack, indicator = find_indicator(name)
    try:
        period = Period.parse(request.GET.get("period") or str(timezone.localdate().year))
    except PeriodError as why:
        raise Http404(_(why.template) % why.params) from why
    sight = sight_of(request.user)
    live = is_live(indicator, sight)
    editions = {} if live else editions_of(pack.name)
    counted = told(indicator, period, sight, editions.get(str(period)))
    opened = open_rows(indicator, period, request.user)
    shown = Paginator(_ordered(opened.rows), PAGE).get_page(request.GET.get("page"))
    rowset = indicator.compute(period)
    context = {
        "pack": pack,
        "indicator": indicator,
        "definition": _(indicator.text) if indicator.text else "",
        "period": period,
        "period_label": period.label(get_language() or "zh"),
        "counted": counted,
        "said": _said(indicator, counted),
        "formula": _formula(rowset, counted),
        "edition": editions.get(str(period)),
        "unpublished": not live and str(period) not in editions,
        "remarks": [str(said) for said in indicator.remarks(period)] if indicator.remarks else [],
        "total": opened.total,
        "once": _counted_once(indicator, period),
        "mine": shown.paginator.count,
        "years": _years(indicator, period, sight, editions),
        "parts": list(_parts(request, pack, indicator, period)),
        "pages": pager(shown, request.GET),
        **_table(opened, list(shown.object_list)),
    }
    return TemplateResponse(request, "desk/figure.html", context)


def _said(indicator: Indicator, counted: Counted) -> str:
    """A figure as it is written: rounded as its kind wants, or the two numbers between which it lies."""
    low, high = indicator.shown(counted.low), indicator.shown(counted.high)
    if low is not None and high is not None:
        return bound_words(Bound(low, high))
    return number_text(counted.value, indicator.decimals)


def _formula(rowset: Rowset, counted: Counted) -> str:
    """How the figure came from its two amounts; an edition does not tell them."""
    if not isinstance(rowset, Ratio) or counted.denominator is None:
        return ""
    times = "" if rowset.factor == 1 else f" × {rowset.factor:g}"
    less = f" − {rowset.less:g}" if rowset.less else ""
    return f"{number_text(counted.numerator)} ÷ {number_text(counted.denominator)}{times}{less}"


def figure_card(found: Indicator, today: date) -> dict[str, Any]:
    """The count of today, or of this year so far, beside that of the end of last year; it opens to its rows."""
    now = Period(today if found.series else date(today.year, 1, 1), today + timedelta(days=1))
    before = Period.year(today.year - 1)
    return {
        "title": found.title,
        "value": count(found, now).value,
        "before": count(found, before).value,
        "before_label": before.label(get_language() or "zh"),
        "flow": not found.series,
        "url": figure_url(found, now),
    }


def _counted_once(indicator: Indicator, period: Period) -> bool:
    """Whether several rows may stand for one thing that is counted once, such as the certificates of one firm."""
    rowset = indicator.compute(period)
    return isinstance(rowset, Count) and bool(rowset.of)


def _ordered(rows: Any) -> Any:
    """The rows in the order of their desk, asked for with what their names need."""
    shown = desk_of(rows.model)
    return rows.select_related(*shown[1].related).order_by(*shown[1].order) if shown else rows.order_by("pk")


def _years(indicator: Indicator, period: Period, sight: Sight, editions: Mapping[str, Edition]) -> list[dict[str, Any]]:
    """The same figure of the five years up to this one, each a link."""
    last = period.last.year
    years = [Period.year(y) for y in range(max(last - 5, 1), last + 1)]
    return [
        {
            "label": y.label(get_language() or "zh"),
            "value": _said(indicator, told(indicator, y, sight, editions.get(str(y)))),
            "url": figure_url(indicator, y),
            "now": y == period,
        }
        for y in years
    ]


def _parts(request: HttpRequest, pack: Pack, indicator: Indicator, period: Period) -> Iterator[dict[str, Any]]:
    """The figure broken down by each dimension the indicator declares, as far as this reader may be told."""
    model = indicator.compute(period).rows.model
    for dimension, broken in breakdowns(pack.name, indicator, period, request.user).items():
        label = labels(model, dimension.field)
        most = max((part.value for part in broken.parts if part.value is not None), default=0) or 1
        yield {
            "title": str(dimension.title),
            "waiting": broken.waiting,
            "edition": broken.edition,
            "left_out": broken.left_out,
            "rows": [
                {
                    "label": text_of(label(part.key)),
                    "value": indicator.shown(part.value),
                    "width": round(max(100 * (part.value or 0) / most, 0), 1),
                }
                for part in broken.parts[:MOST_PARTS]
            ],
        }


def labels(model: Any, path: str) -> Callable[[Any], Any]:
    """How the values of a dimension are called: the choice each stands for, its English form for who reads that, or itself."""
    *steps, last = path.split("__")
    for step in steps:
        model = model._meta.get_field(step).remote_field.model
    field = model._meta.get_field(last)
    known: dict[Any, Any] = dict(field.flatchoices) if field.choices else _english(model, last)
    return lambda key: known.get(key) or key


def _english(model: Any, name: str) -> dict[str, str]:
    """The English forms of a stored word, where the reader wants them and the model keeps them; one query."""
    if is_chinese(get_language() or "zh") or f"{name}_en" not in {field.name for field in model._meta.fields}:
        return {}
    return dict(model.objects.values_list(name, f"{name}_en"))


def _table(opened: Opened, records: list[Any]) -> dict[str, Any]:
    """The rows as their own desk would list them."""
    shown = desk_of(opened.rows.model)
    if shown is None:
        return {"head": [], "rows": [], "demo": False}
    _pack, desk = shown
    return {
        "head": [
            {"key": c.name, "title": str(c.title), "numeric": c.kind == "num", "sort_url": "", "sorted": ""}
            for c in desk.listed
        ],
        "rows": lines(desk, records),
        "demo": any(r.demo for r in records),
    }
