"""Numbers, bounds, shares and days as an official reader expects them, in the language of the request.

Everything returns plain text; nothing here knows templates. `None` is told as a dash, never as zero.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.utils import dateformat, timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from hanfeng.kernel.base.bound import Bound
from hanfeng.kernel.base.words import Fault

MISSING = "—"

Numeric = int | float | Decimal | str


def fault_text(error: ValueError) -> str:
    """What pure code refused, in the reader's language; so is a fault that it hands on."""
    if not isinstance(error, Fault):
        return str(error)
    told = {name: fault_text(p) if isinstance(p, ValueError) else p for name, p in error.params.items()}
    return _(error.template) % told


def exact(value: Numeric | None) -> Decimal | None:
    """The value as a finite decimal, or None when it is missing or not a number."""
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def number_text(value: Numeric | None, decimals: int | None = None) -> str:
    """1234.5 -> "1,234.5"; grouped by threes (GB/T 15835-2011, 5.1.1), rounded half up, with a true minus sign.

    Without `decimals` the value keeps the digits it has, less trailing zeros.
    """
    found = exact(value)
    if found is None:
        return MISSING
    found = found.normalize() if decimals is None else found.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{found if found else abs(found):,f}".replace("-", "−")


def percent_text(ratio: Numeric | None, decimals: int = 1) -> str:
    """A ratio (0.277) as a percentage ("27.7%")."""
    found = exact(ratio)
    return MISSING if found is None else f"{number_text(found * 100, decimals)}%"


def bound_kind(bound: Bound) -> str:
    """exact, about, at_least, at_most or between."""
    if bound.low is None or bound.high is None:
        return "at_most" if bound.low is None else "at_least"
    return "between" if bound.low != bound.high else "about" if bound.about else "exact"


def bound_text(bound: Bound | None, decimals: int | None = None) -> str:
    """A figure in signs, for those who see the page: "≥ 67", "20–22"."""
    if bound is None:
        return MISSING
    low, high = number_text(bound.low, decimals), number_text(bound.high, decimals)
    signs = {
        "exact": low,
        "about": f"≈ {low}",
        "at_least": f"≥ {low}",
        "at_most": f"≤ {high}",
        "between": f"{low}–{high}",
    }
    return signs[bound_kind(bound)]


def bound_words(bound: Bound | None, unit: str = "", decimals: int | None = None) -> str:
    """The same in words, for those who hear it and for sentences: "at least 67"."""
    if bound is None:
        return _("not known")
    low, high = (with_unit(number_text(side, decimals), unit) for side in (bound.low, bound.high))
    words = {
        "exact": "%(low)s",
        "about": _("about %(low)s"),
        "at_least": _("at least %(low)s"),
        "at_most": _("at most %(high)s"),
        "between": _("between %(low)s and %(high)s"),
    }
    return words[bound_kind(bound)] % {"low": low, "high": high}


def with_unit(text: str, unit: str) -> str:
    """A number and its unit: no space before a sign or a Chinese unit, a space before a Latin one."""
    if not unit or text == MISSING:
        return text
    return f"{text} {unit}" if unit[0].isascii() and unit[0].isalpha() else f"{text}{unit}"


def _local_time(value: date) -> date:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value


def day_text(value: date | None) -> str:
    """A day in full, as an official text writes it."""
    if not isinstance(value, date):
        return MISSING
    return dateformat.format(_local_time(value), pgettext("date format", "j F Y"))


def day_short_text(value: date | None) -> str:
    """A day in figures, for tables: 2025-09-28."""
    return _local_time(value).strftime("%Y-%m-%d") if isinstance(value, date) else MISSING


def moment_text(value: date | None) -> str:
    """A day in full and, where known, the minute."""
    if not isinstance(value, datetime):
        return day_text(value)
    return f"{day_text(value)} {_local_time(value).strftime('%H:%M')}"


def local_text(thing: object, name: str = "name") -> str:
    """Words kept in both languages: `name` or `name_en`, or the keys "zh" and "en" of a mapping; the other one if empty."""
    english = (get_language() or "").startswith("en")
    if isinstance(thing, Mapping) and ("zh" in thing or "en" in thing):
        pair = thing.get("zh"), thing.get("en")
    else:
        pair = _attribute(thing, name), _attribute(thing, f"{name}_en")
    first, second = (pair[1], pair[0]) if english else pair
    return str(first or second or "")


def _attribute(thing: object, name: str) -> Any:
    if isinstance(thing, Mapping):
        return thing.get(name)
    found = getattr(thing, name, None)
    return found() if callable(found) and not isinstance(found, Promise) else found
