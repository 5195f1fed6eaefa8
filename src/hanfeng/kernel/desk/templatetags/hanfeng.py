"""`{% load hanfeng %}`: what every page of the house needs to write numbers, days, states and small drawings."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import template
from django.forms import BaseForm
from django.template import Context
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from hanfeng.kernel.base.bound import Bound
from hanfeng.kernel.desk import marks, wording
from hanfeng.kernel.desk.drawing import FlowMove, FlowState, draw_flow
from hanfeng.kernel.desk.path_chart import CARD, PAGE, Dot, PathChart, draw_path
from hanfeng.kernel.desk.status import shown

register = template.Library()

register.filter("number", wording.number_text)
register.filter("percent", wording.percent_text)
register.filter("day", wording.day_text)
register.filter("day_short", wording.day_short_text)
register.filter("moment", wording.moment_text)
register.filter("local", wording.local_text)
register.simple_tag(wording.local_text, name="local")
register.simple_tag(wording.bound_words, name="bound_words")


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; silent to those who hear the page unless it has a label."""
    if not label:
        return format_html('<svg class="i" aria-hidden="true"><use href="#i-{}"/></svg>', name)
    return format_html('<svg class="i" role="img" aria-label="{}"><use href="#i-{}"/></svg>', label, name)


@register.simple_tag
def status(kind: object, title: object = "") -> SafeString:
    """A tag with tone, icon and words. `title` replaces the usual words."""
    how = shown(kind)
    return format_html('<span class="tag s-{}">{}<span>{}</span></span>', how.tone, icon(how.icon), title or how.title)


@register.filter
def tone(kind: object) -> str:
    """The class of a kind's colours, for a card or a row: s-ok, s-late ..."""
    return f"s-{shown(kind).tone}"


@register.filter
def status_title(kind: object) -> str:
    """The usual words of a kind, alone."""
    return str(shown(kind).title)


@register.simple_tag
def status_icon(kind: object) -> SafeString:
    """The icon of a kind, alone; put words beside it."""
    return icon(shown(kind).icon)


@register.simple_tag
def bound(value: Bound | float | None, unit: str = "", decimals: int | None = None) -> SafeString:
    """A figure that may be a bound, in signs for the eye and in words for the ear, with its unit."""
    known = value if isinstance(value, Bound | None) else Bound.exact(value)
    sign = wording.bound_text(known, decimals)
    unit_html = format_html('<span class="unit">{}</span>', unit) if unit and known else ""
    if known is not None and known.is_exact:
        return format_html("<b>{}</b>{}", sign, unit_html)
    return format_html(
        '<b aria-hidden="true">{}</b><span class="vh">{}</span>{}',
        sign,
        wording.bound_words(known, "", decimals),
        unit_html,
    )


@register.simple_tag
def share(value: Bound | float | None, decimals: int = 1) -> SafeString:
    """A ratio that may be a bound, as a percentage."""
    if isinstance(value, Bound):
        return bound(value.scale(100), "%", decimals)
    return bound(None if value is None else value * 100, "%", decimals)


@register.simple_tag
def spark(points: Iterable[float | None], label: str = "", turned: bool = False) -> SafeString:
    """A sparkline of evenly spaced values; nothing when fewer than two are known. `turned` for places, where less is better."""
    values = list(points or ())
    drawn = marks.spark([None if v is None else -v for v in values] if turned else values)
    if drawn is None:
        return SafeString("")
    known = [v for v in values if v is not None]
    words = label or _("From %(first)s to %(last)s, lowest %(low)s, highest %(high)s") % {
        "first": wording.number_text(known[0]),
        "last": wording.number_text(known[-1]),
        "low": wording.number_text(min(known)),
        "high": wording.number_text(max(known)),
    }
    return format_html(
        '<svg class="spark" viewBox="0 0 120 38" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path class="a" d="{}"/><path class="l" d="{}"/></svg>',
        words,
        drawn.area,
        drawn.line,
    )


@register.simple_tag
def progress(ratio: Bound | float | None, expected: float | None = None, label: str = "") -> SafeString:
    """A bar of a ratio (1 = the whole way), a tick where the plan expects it, hatched where the value is not certain."""
    bar = marks.progress(ratio, expected)
    body = format_html('<rect class="t" width="200" height="8" rx="4"/><rect class="f" width="{}" height="8" rx="4"/>', bar.fill)
    if bar.hatch:
        body += format_html('<rect class="h" x="{}" width="{}" height="8" fill="url(#hatch)"/>', bar.hatch_from, bar.hatch)
    if bar.tick is not None:
        body += format_html('<rect class="e" x="{}" y="-3" width="2" height="14" rx="1"/>', max(bar.tick - 1, 0))
    words = label or _progress_words(ratio, expected)
    return format_html(
        '<svg class="bar" viewBox="0 0 200 8" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>', words, body
    )


def _progress_words(ratio: Bound | float | None, expected: float | None) -> str:
    if ratio is None:
        words = _("not known")
    else:
        share = ratio.scale(100) if isinstance(ratio, Bound) else Bound.exact(ratio * 100)
        words = wording.bound_words(share, "%", 1)
    if expected is None:
        return words
    return _("%(done)s; %(expected)s expected by now") % {"done": words, "expected": wording.percent_text(expected)}


@register.simple_tag
def stacked(parts: Sequence[Mapping[str, Any]], label: str) -> SafeString:
    """One bar of several parts, each a mapping with `kind` and `count`; the counts stand beside it in words."""
    places = marks.stack([p["count"] for p in parts])
    drawn = ((shown(p["kind"]).tone, x, wide) for p, (x, wide) in zip(parts, places, strict=True) if wide)
    body = format_html_join("", '<rect class="s-{}" x="{}" width="{}" height="12"/>', drawn)
    return format_html('<svg class="stack" viewBox="0 0 400 12" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>', label, body)


@register.inclusion_tag("desk/parts/path_chart.html")
def path_chart(chart: PathChart, size: str = "card") -> dict[str, Any]:
    """The chart of an indicator. `size` is "card", or "page": a wide drawing, the small one on a phone, and the table."""
    drawings = [("card", draw_path(chart, CARD))]
    if size == "page":
        drawings.insert(0, ("page", draw_path(chart, PAGE)))
    rows = [_dot_row(chart, dot) for dot in sorted(chart.dots, key=lambda d: d.at)]
    outcome = wording.bound_text(_last_band(chart), chart.decimals) if chart.band else ""
    return {"chart": chart, "drawings": drawings, "size": size, "words": _chart_words(chart), "rows": rows, "outcome": outcome}


def _last_band(chart: PathChart) -> Bound:
    return Bound.between(*sorted(chart.band[-1][1:]))


def _dot_row(chart: PathChart, dot: Dot) -> dict[str, Any]:
    return {"dot": dot, "words": wording.bound_words(dot.bound, chart.unit, chart.decimals)}


def _chart_words(chart: PathChart) -> str:
    """The chart in sentences, for its description."""
    said = []
    if chart.path and chart.target:
        said.append(
            _("Planned from %(base)s on %(start)s to %(target)s on %(end)s.")
            % {
                "base": wording.with_unit(wording.number_text(chart.path[0][1], chart.decimals), chart.unit),
                "start": wording.day_text(chart.path[0][0]),
                "target": wording.with_unit(wording.number_text(chart.target[1], chart.decimals), chart.unit),
                "end": wording.day_text(chart.target[0]),
            }
        )
    if dots := sorted((d for d in chart.dots if not d.lead), key=lambda d: d.at):
        last = wording.bound_words(dots[-1].bound, chart.unit, chart.decimals)
        said.append(_("Last reading: %(value)s on %(day)s.") % {"value": last, "day": wording.day_text(dots[-1].at)})
    if chart.band:
        span = wording.bound_words(_last_band(chart), chart.unit, chart.decimals)
        said.append(_("Forecast for %(day)s: %(value)s.") % {"day": wording.day_text(chart.band[-1][0]), "value": span})
    return " ".join(said) or _("No reading yet.")


@register.inclusion_tag("desk/parts/tile_map.html")
def tile_map(
    tiles: Iterable[Mapping[str, Any]], title: str, unit: str = "", decimals: int = 0, limits: Sequence[float] = ()
) -> dict[str, Any]:
    """Towns as a grid of tiles: each a mapping with col, row (from 1), label, value (None = no figure), name and url.

    `limits` are the four inner limits of the ramp; by default equal steps on round numbers.
    """
    given = list(tiles)
    inner = list(limits) or marks.ramp(t["value"] for t in given)
    drawn = [{**t, "step": marks.step_of(t["value"], inner)} for t in sorted(given, key=lambda t: (t["row"], t["col"]))]
    return {"tiles": drawn, "title": title, "unit": unit, "decimals": decimals, "legend": _legend(inner, decimals)}


def _legend(limits: Sequence[float], decimals: int) -> list[str]:
    if not limits:
        return []
    texts = [wording.number_text(limit, decimals) for limit in limits]
    between = [f"{a}–{b}" for a, b in zip(texts, texts[1:], strict=False)]
    return [f"< {texts[0]}", *between, f"≥ {texts[-1]}"]


@register.inclusion_tag("desk/parts/flow.html")
def flow_chart(nodes: Iterable[Mapping[str, Any]], edges: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """A flow drawn: nodes {key, title, now, start, end, bad}, edges {from, to, title}; the first node is the start."""
    given = list(nodes)
    states = [FlowState(n["key"], str(n["title"]), _node_kind(n, i)) for i, n in enumerate(given)]
    moves = [FlowMove(str(e["title"]), e["from"], e["to"]) for e in edges]
    now = next((n["key"] for n in given if n.get("now")), "")
    titles = {s.name: s.title for s in states}
    listed = [(titles.get(m.source, m.source), m.title, titles.get(m.target, m.target)) for m in moves]
    return {"drawing": draw_flow(states, moves), "now": now, "now_title": titles.get(now, ""), "listed": listed}


def _node_kind(node: Mapping[str, Any], place: int) -> str:
    if node.get("end"):
        return "bad" if node.get("bad") else "good"
    return "start" if place == 0 or node.get("start") else "normal"


@register.simple_tag
def demo_mark() -> SafeString:
    """The small mark of demo data; put it beside everything invented."""
    return format_html('<span class="demo-mark">{}</span>', _("Demo data"))


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: object) -> str:
    """The query of this page with some parameters changed (None takes one out) and back on its first page."""
    asked = context["request"].GET.copy()
    asked.pop("page", None)
    for name, value in changes.items():
        asked.pop(name, None)
        if value is not None:
            asked[name] = str(value)
    return f"?{asked.urlencode()}"


@register.simple_tag(takes_context=True)
def filters_applied(context: Context, filters: Iterable[Mapping[str, Any]], words: str = "") -> list[dict[str, str]]:
    """The filters in force, each with its words and the address without it: {label, value, url}."""
    found = [{"label": _("Words"), "value": words, "url": query(context, q=None)}] if words else []
    for given in filters:
        value = next((label for _value, label, selected in given.get("options") or () if selected), given.get("value"))
        if given.get("value"):
            found.append({"label": str(given["label"]), "value": str(value), "url": query(context, **{given["name"]: None})})
    return found


@register.filter
def message_kind(level: str) -> str:
    """The kind of a message of django.contrib.messages."""
    return {"success": "ok", "warning": "watch", "error": "late"}.get(level, "info")


@register.simple_tag
def form_errors(form: BaseForm) -> list[dict[str, str]]:
    """The faults of a form in the order of its fields, each with the id of its field: {id, text}."""
    faults = [{"id": "", "text": text} for text in form.non_field_errors()]
    for bound_field in form:
        first = f"{bound_field.auto_id}_0" if bound_field.use_fieldset else bound_field.id_for_label
        said = _("%(field)s: %(fault)s")
        faults += [{"id": first, "text": said % {"field": bound_field.label, "fault": text}} for text in bound_field.errors]
    return faults


@register.filter
def widget_kind(bound_field: Any) -> str:
    """The kind of a field's widget: checkbox, radios, file, textarea, select or input."""
    names = {
        "CheckboxInput": "checkbox", "RadioSelect": "radios", "CheckboxSelectMultiple": "radios", "ClearableFileInput": "file",
        "FileInput": "file", "Textarea": "textarea", "Select": "select", "SelectMultiple": "select", "NullBooleanSelect": "select",
    }  # fmt: skip
    return names.get(type(bound_field.field.widget).__name__, "input")


@register.filter
def file_size(count: int | None) -> str:
    """A size in bytes as people read it: 2.4 MB."""
    size, unit = float(count or 0), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{wording.number_text(size, 0 if unit == 'B' else 1)} {unit}"


@register.simple_block_tag
def panel(content: str, title: str, note: str = "", source: str = "", key: str = "", url: str = "") -> SafeString:
    """A panel around what stands between `{% panel title=… %}` and `{% endpanel %}`; `source` is its foot."""
    context = {"body": content, "title": title, "note": note, "source": source, "key": key, "url": url}
    return render_to_string("desk/parts/panel.html", context)
