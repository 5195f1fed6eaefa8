"""`{% load hanfeng %}`: what every page of the house needs to write numbers, days, states and small drawings."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import template
from django.forms import BaseForm, widgets
from django.template import Context
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from hanfeng.kernel.base.bound import Bound
from hanfeng.kernel.desk import captions, marks, wording
from hanfeng.kernel.desk.drawing import FlowMove, FlowState, draw_flow
from hanfeng.kernel.desk.path_chart import CARD, PAGE, PathChart, draw_path
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
        says_nothing = value.high is None and value.low is not None and value.low < 0  # “at least” less than nothing
        return bound(None if says_nothing else value.scale(100), "%", decimals)
    return bound(None if value is None else value * 100, "%", decimals)


@register.simple_tag
def spark(points: Iterable[float | None], label: str = "", turned: bool = False) -> SafeString:
    """A sparkline of evenly spaced values; nothing when fewer than two are known. `turned` for places, where less is better."""
    values = list(points or ())
    drawn = marks.spark([None if v is None else -v for v in values] if turned else values)
    if drawn is None:
        return SafeString("")
    words = label or captions.spark_words([v for v in values if v is not None])
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
    body = format_html(
        '<rect class="t" width="200" height="8" rx="4"/><rect class="f" width="{}" height="8" rx="4"/>', bar.fill
    )
    if bar.hatch:
        body += format_html(
            '<rect class="h" x="{}" width="{}" height="8" fill="url(#hatch)"/>', bar.hatch_from, bar.hatch
        )
    if bar.tick is not None:
        body += format_html('<rect class="e" x="{}" y="-3" width="2" height="14" rx="1"/>', max(bar.tick - 1, 0))
    words = label or captions.progress_words(ratio, expected)
    return format_html(
        '<svg class="bar" viewBox="0 0 200 8" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        words,
        body,
    )


@register.simple_tag
def stacked(parts: Sequence[Mapping[str, Any]], label: str) -> SafeString:
    """One bar of several parts, each a mapping with `kind` and `count`; the counts stand beside it in words."""
    places = marks.stack([p["count"] for p in parts])
    drawn = ((shown(p["kind"]).tone, x, wide) for p, (x, wide) in zip(parts, places, strict=True) if wide)
    body = format_html_join("", '<rect class="s-{}" x="{}" width="{}" height="12"/>', drawn)
    return format_html(
        '<svg class="stack" viewBox="0 0 400 12" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        label,
        body,
    )


@register.inclusion_tag("desk/parts/path_chart.html")
def path_chart(chart: PathChart, size: str = "card") -> dict[str, Any]:
    """The chart of an indicator. `size` is "card", or "page": a wide drawing, the small one on a phone, and the table."""
    drawings = [("card", draw_path(chart, CARD))]
    if size == "page":
        drawings.insert(0, ("page", draw_path(chart, PAGE)))
    dots = sorted(chart.dots, key=lambda d: d.at)
    rows = [{"dot": d, "words": wording.bound_words(d.bound, chart.unit, chart.decimals)} for d in dots]
    words, outcome = captions.chart_words(chart), captions.outcome_text(chart)
    return {"chart": chart, "drawings": drawings, "size": size, "words": words, "rows": rows, "outcome": outcome}


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
    return {
        "tiles": drawn,
        "title": title,
        "unit": unit,
        "decimals": decimals,
        "legend": captions.legend(inner, decimals),
    }


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
def demo_mark(short: bool = False) -> SafeString:
    """The small mark of demo data; put it beside everything invented. `short` for the rows of a table."""
    if short:
        return format_html('<span class="demo-mark" title="{}">{}</span>', _("Demo data"), _("demo"))
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
            found.append(
                {"label": str(given["label"]), "value": str(value), "url": query(context, **{given["name"]: None})}
            )
    return found


@register.filter
def message_kind(level: str) -> str:
    """The kind of a message of django.contrib.messages."""
    return {"success": "ok", "warning": "watch", "error": "late"}.get(level, "info")


@register.simple_tag
def form_errors(form: BaseForm) -> list[dict[str, str]]:
    """The faults of a form in the order of its fields, each with the id of its field: {id, text}."""
    faults = [{"id": "", "text": str(text)} for text in form.non_field_errors()]
    for bound_field in form:
        first = f"{bound_field.auto_id}_0" if bound_field.use_fieldset else bound_field.id_for_label
        said = _("%(field)s: %(fault)s")
        faults += [
            {"id": first, "text": said % {"field": bound_field.label, "fault": text}} for text in bound_field.errors
        ]
    return faults


@register.filter
def widget_kind(bound_field: Any) -> str:
    """The kind of a field's widget: checkbox, radios, file, textarea, select or input."""
    kinds: tuple[tuple[type, str], ...] = (
        (widgets.RadioSelect, "radios"),
        (widgets.CheckboxInput, "checkbox"),
        (widgets.FileInput, "file"),
        (widgets.Textarea, "textarea"),
        (widgets.Select, "select"),
    )
    return next((name for kind, name in kinds if isinstance(bound_field.field.widget, kind)), "input")


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
