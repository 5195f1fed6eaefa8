"""The chart of one target as a Vega-Lite specification: drawn by the browser, and by the server for paper.

Colours are of middle lightness, so that they read on light and dark ground alike, and each mark differs in shape as well.
A day stands at its place in the year, and the label at the end of a year is that year.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from json import dumps
from math import ceil, floor
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hanfeng.kernel.desk.path_chart import year_of
from hanfeng.kernel.desk.wording import bound_words, day_text
from hanfeng.kernel.pure import Bound

from . import wording
from .assessed import Assessed, LedgerFigure, Value
from .fonts import fonts
from .judging import Shape

INK, GRID = "#6b7887", "#9aa5b166"
PUBLISHED, PLANNED, TARGET, FORECAST, LEAD = "#2f7fc1", "#8a93a0", "#c2562f", "#2f7fc1", "#9a6fc0"
LEDGER = ("#1f9273", "#a9851f", "#b0588c")
"""The series of the ledger in turn."""

LEDGER_SHAPES = ("square", "cross", "triangle-right")
RING = "M0,-1A1,1,0,1,1,0,1A1,1,0,1,1,0,-1ZM0,-.62A.62,.62,0,1,0,0,.62A.62,.62,0,1,0,0,-.62Z"
SHAPES = {"forecast": "wedge", "target": "diamond", "planned": "stroke", "point": "circle", "range": "M-.2,-1h.4v2h-.4Z",
          "up": "triangle-up", "down": "triangle-down", "lead": RING}  # fmt: skip
"""What stands for a mark in the legend: no two by colour alone."""

WIDTH, HEIGHT = 560, 220
Row = dict[str, Any]


def drawable(row: Assessed, leads: bool = True) -> bool:
    """Whether a chart of the target would show anything but the plan itself."""
    return bool(_published(row) or _history(row) or (leads and _leads(row)))


def spec(row: Assessed, *, leads: bool = True, font: str = "", width: int | str = WIDTH) -> dict[str, Any]:
    """The chart of a target, in the language of the moment.

    `leads` shows values to be verified as hollow marks, which a report keeps to its annex; `width` "container" fills the page.
    """
    import altair as alt

    marks = [
        *_target(row),
        *_planned(row),
        *_forecast(row),
        *_history(row),
        *_published(row),
        *(_leads(row) if leads else []),
    ]
    frame = _frame(alt, marks, wording.unit_of(row.judgement.goal.shape, row.target.unit))
    by_kind = [(kind, [mark for mark in marks if mark["kind"] == kind]) for kind in LAYERS]
    layers = [layer for kind, mine in by_kind for layer in _layers(alt, frame, kind, mine, marks)]
    chart = alt.layer(*layers).properties(width=width, height=HEIGHT, background="transparent")
    plain: dict[str, Any] = chart.configure(**_config(font)).configure_view(stroke=None).to_dict()
    return plain


def draw(chart: dict[str, Any], form: str = "svg", scale: float = 2) -> bytes:
    """A chart as an SVG or PNG picture, drawn on this machine without a browser and without the network."""
    import vl_convert

    for folder in fonts().folders:
        vl_convert.register_font_directory(folder)
    if form == "svg":
        return str(vl_convert.vegalite_to_svg(chart, allowed_base_urls=[])).encode()
    return bytes(vl_convert.vegalite_to_png(chart, scale=scale, allowed_base_urls=[]))


def words(row: Assessed) -> str:
    """The chart in sentences, for those who cannot see it."""
    said = [_("Chart of %(name)s: target %(goal)s.") % {"name": row.name, "goal": row.target.goal}]
    marks = [*_published(row), *_history(row)]
    for name in dict.fromkeys(mark["what"] for mark in marks):
        last = [mark for mark in marks if mark["what"] == name][-1]
        said.append(_("%(what)s: %(value)s on %(day)s.") % {"what": name, "value": last["said"], "day": last["day"]})
    return wording.sentences(said)


def _config(font: str) -> dict[str, Any]:
    axis = {
        "labelColor": INK, "titleColor": INK, "tickColor": INK, "domainColor": INK, "gridColor": GRID, "labelFontSize": 12,
        "titleFontSize": 12, "titleFontWeight": "normal",
    }  # fmt: skip
    legend = {"labelColor": INK, "labelFontSize": 12, "symbolSize": 90, "labelLimit": 320, "columns": 3}
    return {"axis": axis, "legend": legend, **({"font": font} if font else {})}


# --- what is to be drawn: each mark with its kind, its name in the legend and its rows ----------------------------------


def _mark(kind: str, what: str, colour: str, rows: Sequence[Row], shape: str = "") -> list[Row]:
    return [{**row, "kind": kind, "what": what, "colour": colour, "shape": shape or SHAPES[kind]} for row in rows]


def _row(day: date, value: float, said: str) -> Row:
    return {"x": year_of(day), "y": value, "day": day_text(day), "said": said}


def _said(row: Assessed, value: float | Bound) -> str:
    bound = value if isinstance(value, Bound) else Bound.exact(value)
    unit = wording.unit_of(row.judgement.goal.shape, row.target.unit)
    return bound_words(bound, unit, wording.decimals_of(bound, row.target.decimals))


def _target(row: Assessed) -> list[Row]:
    target, goal = row.judgement.target, row.judgement.goal
    value = target if target is not None else goal.goal
    day = goal.ends or row.judgement.as_of
    return [] if value is None else _mark("target", _("target"), TARGET, [_row(day, value, row.target.goal)])


def _planned(row: Assessed) -> list[Row]:
    name = _("planned course") if row.path_basis else _("straight line to the target")
    return _mark("planned", name, PLANNED, [_row(day, value, _said(row, value)) for day, value in row.planned])


def _published(row: Assessed) -> list[Row]:
    """The published values on the scale of the target; of a sum or a growth only what they come to."""
    judgement = row.judgement
    if judgement.goal.shape in (Shape.SUM, Shape.GROWTH):
        found = [(judgement.data_at, judgement.value, "")] if judgement.data_at and judgement.value else []
    else:
        found = [(value.at, _scaled(value), wording.value_text(value)) for value in row.history]
    return [mark for day, bound, said in found for mark in _bound_marks(row, day, bound, said)]


def _scaled(value: Value) -> Bound:
    """A value of a part is a lower bound for the whole."""
    part = value.part and value.bound.low is not None
    return Bound(value.bound.low, None, value.bound.about) if part else value.bound


def _bound_marks(row: Assessed, day: date, bound: Bound, said: str) -> list[Row]:
    """A point; for a bound an arrow from its certain side, for a range the span between both."""
    low, high = bound.low, bound.high
    at = _row(day, low if low is not None else high or 0.0, said or _said(row, bound))
    if high is None:
        return _mark("up", _("published, at least"), PUBLISHED, [at])
    if low is None:
        return _mark("down", _("published, at most"), PUBLISHED, [at])
    if low != high:
        return _mark("range", _("published range"), PUBLISHED, [{**at, "y2": high}])
    return _mark("point", _("published value"), PUBLISHED, [at])


def _leads(row: Assessed) -> list[Row]:
    """Values to be verified, hollow; those of other measures or other kinds are no values of this one."""
    if row.judgement.goal.shape in (Shape.SUM, Shape.GROWTH):
        return []
    shown = [(lead.at, _scaled(lead), wording.value_text(lead)) for lead in row.own_leads]
    rows = [_row(day, bound.low if bound.low is not None else bound.high or 0.0, said) for day, bound, said in shown]
    return _mark("lead", _("lead, to be verified"), LEAD, rows)


def _forecast(row: Assessed) -> list[Row]:
    """The band from the newest value to the end."""
    judgement, found = row.judgement, row.judgement.forecast
    if found is None or judgement.data_at is None or judgement.value is None or judgement.value.value is None:
        return []
    start, said = judgement.value.value, _said(row, Bound(found.low, found.high))
    name = _("forecast, %(level)s%% band") % {"level": round(found.level * 100)}
    rows = [
        {**_row(judgement.data_at, start, said), "y2": start},
        {**_row(found.at, found.low, said), "y2": found.high},
    ]
    return _mark("forecast", name, FORECAST, rows)


def _history(row: Assessed) -> list[Row]:
    """The series of the ledger, invented ones named so."""
    return [mark for place, figure in enumerate(row.ledger) for mark in _ledger(row, figure, place % len(LEDGER))]


def _ledger(row: Assessed, figure: LedgerFigure, place: int) -> list[Row]:
    name = _("ledger value: %(series)s") % {"series": figure.series_title}
    if figure.demo:
        name = pgettext("name and mark", "%(name)s (%(mark)s)") % {"name": name, "mark": _("Demo data")}
    known = [(day, value) for day, value, _demo in figure.history if value is not None]
    rows = [_row(day, value, _said(row, value)) for day, value in known]
    return _mark("ledger", name, LEDGER[place], rows, LEDGER_SHAPES[place])


# --- how it is drawn ----------------------------------------------------------------------------------------------------

LAYERS = ("forecast", "target", "planned", "ledger", "range", "point", "up", "down", "lead")


def _frame(alt: Any, marks: Sequence[Row], unit: str) -> Any:
    """The scales that all layers share: time to the right, the value upwards, a colour for each name."""
    first, last = floor(min(mark["x"] for mark in marks)), ceil(max(mark["x"] for mark in marks))
    years = alt.Axis(
        title=None, values=list(range(first, last + 1)), labelExpr=_year_label(), grid=False, labelFlush=False
    )
    told = [("what", " "), ("day", _("day")), ("said", _("value"))]
    return alt.Chart().encode(
        x=alt.X("x:Q", axis=years, scale=alt.Scale(domain=[first - 0.1, max(last, first + 1) + 0.1], nice=False)),
        y=alt.Y("y:Q", axis=alt.Axis(title=unit or None, tickCount=5), scale=alt.Scale(zero=False, padding=14)),
        color=alt.Color("what:N", scale=_by_name(alt, marks, "colour"), legend=_legend(alt)),
        tooltip=[alt.Tooltip(f"{key}:N", title=title) for key, title in told],
    )


def _by_name(alt: Any, marks: Sequence[Row], key: str) -> Any:
    """A scale that gives each name of the legend its colour or shape."""
    given = {mark["what"]: mark[key] for mark in marks}
    return alt.Scale(domain=list(given), range=list(given.values()))


def _legend(alt: Any) -> Any:
    return alt.Legend(title=None, orient="bottom", direction="horizontal")


def _year_label() -> str:
    """The label at the end of a year, as an expression of the drawing library."""
    before, after = (_("end of %(year)s") % {"year": "|"}).split("|")
    return f"{dumps(before)} + format(datum.value - 1, 'd') + {dumps(after)}"


def _layers(alt: Any, frame: Any, kind: str, marks: Sequence[Row], every: Sequence[Row]) -> list[Any]:
    """The drawn marks of one kind, out of every mark of the chart."""
    if not marks:
        return []
    base = frame.properties(data=alt.InlineData(values=list(marks)))
    shape = alt.Shape("what:N", scale=_by_name(alt, every, "shape"), legend=_legend(alt))
    dot = base.mark_point(filled=True, size=46 if kind == "ledger" else 80, opacity=1).encode(shape=shape)
    if kind in ("up", "down"):
        return _arrow(alt, frame, marks, _height(every) * (0.1 if kind == "up" else -0.1), shape)
    lines = {
        "forecast": [base.mark_area(opacity=0.18).encode(y2="y2:Q")],
        "target": [base.mark_rule(strokeWidth=1.25).encode(x=alt.X())],
        "planned": [base.mark_line(strokeDash=[6, 4], strokeWidth=1.5)],
        "ledger": [base.mark_line(strokeDash=[2, 3], strokeWidth=2)],
        "range": [base.mark_rule(strokeWidth=2).encode(y2="y2:Q"), base.mark_tick(orient="horizontal", size=10)],
        "point": [base.mark_line(strokeWidth=2)],
        "lead": [],
    }
    return [*lines[kind], *([] if kind in ("forecast", "range", "planned") else [dot])]


def _arrow(alt: Any, frame: Any, marks: Sequence[Row], length: float, shape: Any) -> list[Any]:
    """A point on the certain side of each bound, a stem to the open side and a head at its end."""
    stems = [{**mark, "y2": mark["y"] + length} for mark in marks]
    heads = [{**mark, "y": mark["y"] + length} for mark in marks]
    points, lines, tips = (frame.properties(data=alt.InlineData(values=list(rows))) for rows in (marks, stems, heads))
    return [
        lines.mark_rule(strokeWidth=2).encode(y2="y2:Q"),
        points.mark_point(shape="circle", filled=True, size=60, opacity=1),
        tips.mark_point(filled=True, size=80, opacity=1).encode(shape=shape),
    ]


def _height(marks: Iterable[Row]) -> float:
    """The height of the scale in the unit."""
    values = [mark[key] for mark in marks for key in ("y", "y2") if key in mark]
    return (max(values) - min(values)) or abs(max(values)) or 1.0
