"""What an evaluation says, in words: verdicts, targets, values and reasons as officials write them, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _

from hanfeng.kernel.desk.status import shown
from hanfeng.kernel.desk.wording import MISSING, bound_text, bound_words, day_text, local_text, number_text, with_unit
from hanfeng.kernel.pure import Bound, is_chinese

from .assessed import LedgerFigure, Value
from .judging import REASONS, Reason, Shape, Verdict
from .models import Target
from .parameters import Threshold

SERIES: Mapping[str, Any] = {
    "": gettext_lazy("ledger count"),
    "valid": gettext_lazy("valid today"),
    "ever": gettext_lazy("ever recognised"),
}
PARTS = frozenset({"goal", "base", "expected", "distance"})
"""Arguments of reasons that are values of the target."""


@dataclass(frozen=True)
class Facts:
    """What the reasons of one target speak of: its values by id, places by slug, unit and decimals."""

    values: Mapping[str, Value]
    places: Mapping[str, str]
    unit: str
    decimals: int


def verdict_title(verdict: Verdict) -> str:
    """The verdict in words."""
    return str(shown(verdict).title)


def series_title(series: str) -> str:
    """Which count of a measure a ledger value is."""
    return str(SERIES.get(series, series))


def listed(parts: Iterable[str]) -> str:
    """Words in a row."""
    return pgettext("between the parts of a list", ", ").join(parts)


def sentences(parts: Iterable[str]) -> str:
    """Whole sentences one after the other; Chinese puts nothing between them."""
    return ("" if is_chinese(get_language() or "zh") else " ").join(parts)


def inside(words: str) -> str:
    """A phrase as it stands inside a sentence: “The bureau; the office” becomes “the bureau, the office”."""
    parts = words.split(pgettext("between the parts of a sentence", "; "))
    return listed(f"the {part[4:]}" if part.startswith("The ") else part for part in parts)


def figure(value: float | None, unit: str = "", decimals: int | None = None) -> str:
    """A number with its unit, a dash where there is none."""
    return with_unit(number_text(value, decimals), unit)


def ledger_text(counted: LedgerFigure) -> str:
    """What the registers count, with its unit: a number, or the two between which it lies."""
    return bound_words(counted.band, counted.unit) if counted.band else figure(counted.value, counted.unit)


def share_text(ratio: Bound | None, decimals: int = 1) -> str:
    """A ratio as a percentage in signs: `≥ 67.0%`; a dash for “at least” less than nothing, which says nothing."""
    if ratio is None or (ratio.high is None and ratio.low is not None and ratio.low < 0):
        return MISSING
    return f"{bound_text(ratio.scale(100), decimals)}%"


def value_text(value: Value) -> str:
    """A published value with place, day and source: `67 firms (the zone, 31 August 2022, the daily paper)`."""
    shown_value = bound_words(value.bound, value.unit, decimals_of(value.bound, value.decimals))
    where = [value.place_name, day_text(value.at), *([source_text(value)] if value.source else [])]
    told = pgettext("between notes in brackets", ", ").join(where)
    return pgettext("value and where it stands", "%(value)s (%(where)s)") % {"value": shown_value, "where": told}


def source_text(value: Value) -> str:
    """Who put a value out: the publisher, or the title of the source."""
    return "" if value.source is None else value.source.publisher or value.source.title


def decimals_of(bound: Bound, decimals: int) -> int | None:
    """The usual digits of the measure, or all digits of a figure that was published with more."""
    sides = [side for side in (bound.low, bound.high) if side is not None]
    return decimals if all(round(side, decimals) == side for side in sides) else None


def goal_text(target: Target, decimals: int) -> str:
    """What the target wants: `at least 100 firms by 31 December 2025`."""
    if target.goal is None:
        return _("no figure stated")
    wanted = _wanted(target, decimals)
    if target.ends is None:
        return pgettext("target", "%(wanted)s (no date stated)") % {"wanted": wanted}
    if target.shape in (Target.Shape.HOLD, Target.Shape.GROWTH):
        return wanted
    return pgettext("target", "%(wanted)s by %(day)s") % {"wanted": wanted, "day": day_text(target.ends)}


def _wanted(target: Target, decimals: int) -> str:
    goal = Bound.exact(target.goal or 0.0)
    unit, digits = local_text(target, "unit"), decimals_of(goal, decimals)
    if target.shape == Target.Shape.STATE:
        return pgettext("target", "in place")
    if target.shape == Target.Shape.RANGE:
        goal = Bound(target.goal, target.goal_high)
    elif target.comparison in ("ge", "le"):
        goal = Bound.at_least(target.goal or 0.0) if target.comparison == "ge" else Bound.at_most(target.goal or 0.0)
    elif target.comparison == "about":
        goal = Bound.around(target.goal or 0.0)
    said = bound_words(goal, unit, digits)
    if target.shape == Target.Shape.GROWTH:
        return pgettext("target", "%(said)s a year on average") % {"said": said}
    if target.shape == Target.Shape.HOLD:
        return pgettext("target", "%(said)s in every year") % {"said": said}
    if target.shape == Target.Shape.MULTIPLE:
        return pgettext("target", "%(said)s the base") % {"said": said}
    return said


def base_text(target: Target, unit: str, decimals: int) -> str:
    """Where the target starts, in the unit of its measure, with the day; a dash where the plan does not say."""
    if target.base is None:
        return MISSING
    said = figure(target.base, unit, decimals_of(Bound.exact(target.base), decimals))
    if target.base_date is None:
        return said
    return pgettext("value and where it stands", "%(value)s (%(where)s)") % {
        "value": said,
        "where": day_text(target.base_date),
    }


def reason_text(reason: Reason, facts: Facts) -> str:
    """A reason of the judging engine as a sentence. Leads are counted, not told: their figures stand in the annex."""
    if reason.code == "lead-annex":
        count = len(_tuple(reason.args["points"]))
        text = ngettext(
            "%(count)s lead is listed in the annex and does not judge.",
            "%(count)s leads are listed in the annex and do not judge.",
            count,
        )
        return text % {"count": count}
    if reason.code == "release-late" and not reason.args.get("months"):
        return _("No release date of the value is known.")
    template = REASONS[reason.code]
    args = {
        name: value if f"%({name})." in template else _argument(name, value, facts)
        for name, value in reason.args.items()
    }
    return _(template) % args


def _tuple(value: object) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _argument(name: str, value: object, facts: Facts) -> str:
    if isinstance(value, date):
        return day_text(value)
    if name == "place":
        return facts.places.get(str(value), str(value))
    if name == "possible":
        return listed(verdict_title(verdict) for verdict in _tuple(value))
    if isinstance(value, tuple):
        return listed(_item(item, facts) for item in value)
    if name in PARTS and isinstance(value, int | float):
        return figure(value, facts.unit, decimals_of(Bound.exact(value), facts.decimals))
    if isinstance(value, float):
        return number_text(value)
    return _item(value, facts)


def _item(item: object, facts: Facts) -> str:
    """A published value by its id, anything else as it is."""
    return value_text(facts.values[item]) if isinstance(item, str) and item in facts.values else str(item)


def threshold_text(threshold: Threshold) -> str:
    """The value of a threshold as a report prints it."""
    value, unit = threshold.value, threshold.unit
    if unit == "yes-no":
        return _("yes") if value else _("no")
    if unit == "share":
        return f"{number_text(float(value) * 100)}%"
    if unit == "day":
        return ngettext("%(count)s day", "%(count)s days", int(value)) % {"count": number_text(value)}
    if unit == "month":
        return ngettext("%(count)s month", "%(count)s months", int(value)) % {"count": number_text(value)}
    return number_text(value)


def unit_of(shape: Shape, unit: str) -> str:
    """The unit of values on the scale of a target: growth is followed as an amount or an index, which has none."""
    return "" if shape is Shape.GROWTH else unit


SETTINGS: Mapping[str, Any] = {
    "on": gettext_lazy("least pace for “on plan”"),
    "ahead": gettext_lazy("least pace for “ahead of plan”"),
    "tolerance": gettext_lazy("tolerance"),
    "straight": gettext_lazy("straight line instead of the path"),
}
"""The settings that a sensitivity tries."""


def parameter_title(name: str) -> str:
    """What a setting of the method is called in a sentence."""
    return str(SETTINGS.get(name, name))


def setting_text(setting: float | bool | None) -> str:
    """The value a setting was tried at."""
    if isinstance(setting, bool):
        return _("yes") if setting else _("no")
    return number_text(setting)
