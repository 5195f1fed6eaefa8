"""What a drawing says to those who hear the page: the same as it shows, in sentences."""

from collections.abc import Sequence
from itertools import pairwise

from django.utils.translation import gettext as _

from hanfeng.kernel.base.bound import Bound
from hanfeng.kernel.desk.path_chart import PathChart
from hanfeng.kernel.desk.wording import bound_text, bound_words, day_text, number_text, percent_text, with_unit


def spark_words(known: Sequence[float]) -> str:
    """First, last, lowest and highest of a sparkline."""
    first, last, low, high = map(number_text, (known[0], known[-1], min(known), max(known)))
    text = _("From %(first)s to %(last)s, lowest %(low)s, highest %(high)s")
    return text % {"first": first, "last": last, "low": low, "high": high}


def progress_words(ratio: Bound | float | None, expected: float | None) -> str:
    """How far a bar is filled, and how far the plan expects it to be."""
    share = ratio.scale(100) if isinstance(ratio, Bound) else None if ratio is None else Bound.exact(ratio * 100)
    words = bound_words(share, "%", 1)
    if expected is None:
        return words
    return _("%(done)s; %(expected)s expected by now") % {"done": words, "expected": percent_text(expected)}


def legend(limits: Sequence[float], decimals: int) -> list[str]:
    """The five steps of a ramp from its four inner limits."""
    if not limits:
        return []
    texts = [number_text(limit, decimals) for limit in limits]
    return [f"< {texts[0]}", *(f"{a}–{b}" for a, b in pairwise(texts)), f"≥ {texts[-1]}"]


def outcome(chart: PathChart) -> Bound | None:
    """Where the forecast ends."""
    return Bound.between(*sorted(chart.band[-1][1:])) if chart.band else None


def outcome_text(chart: PathChart) -> str:
    """Where the forecast ends, in signs."""
    return bound_text(outcome(chart), chart.decimals) if chart.band else ""


def chart_words(chart: PathChart) -> str:
    """The chart of an indicator: from where to where, the last reading, the forecast."""
    return " ".join(filter(None, (_path_words(chart), _last_words(chart), _forecast_words(chart)))) or _(
        "No reading yet."
    )


def _path_words(chart: PathChart) -> str:
    if not chart.path or not chart.target:
        return ""
    (start, base), (end, target) = chart.path[0], chart.target
    values = [with_unit(number_text(value, chart.decimals), chart.unit) for value in (base, target)]
    text = _("Planned from %(base)s on %(start)s to %(target)s on %(end)s.")
    return text % {"base": values[0], "start": day_text(start), "target": values[1], "end": day_text(end)}


def _last_words(chart: PathChart) -> str:
    dots = sorted((d for d in chart.dots if not d.lead), key=lambda d: d.at)
    if not dots:
        return ""
    value = bound_words(dots[-1].bound, chart.unit, chart.decimals)
    return _("Last reading: %(value)s on %(day)s.") % {"value": value, "day": day_text(dots[-1].at)}


def _forecast_words(chart: PathChart) -> str:
    if not chart.band:
        return ""
    value = bound_words(outcome(chart), chart.unit, chart.decimals)
    return _("Forecast for %(day)s: %(value)s.") % {"day": day_text(chart.band[-1][0]), "value": value}
