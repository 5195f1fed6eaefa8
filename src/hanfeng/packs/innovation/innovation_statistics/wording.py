"""What a return is told, in words: findings with their numbers, doubts about the unit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from . import standard

UNITS = {
    standard.YUAN: lambda: pgettext("unit of money", "yuan"),
    standard.TEN_THOUSAND: lambda: pgettext("unit of money", "10,000 yuan"),
    standard.HUNDRED_MILLION: lambda: pgettext("unit of money", "100 million yuan"),
}


def number(value: Any) -> str:
    """A number of a sentence: grouped by threes, without needless zeros."""
    return (
        f"{value:,.2f}".rstrip("0").rstrip(".")
        if isinstance(value, float)
        else f"{value:,}"
        if isinstance(value, int)
        else str(value)
    )


def said(finding: standard.Finding) -> dict[str, Any]:
    """A finding as a page shows it."""
    check = finding.check
    numbers = {name: number(value) for name, value in finding.numbers.items()}
    return {
        "id": check.id,
        "severity": check.severity,
        "text": _(check.says) % numbers,
        "mend": _(check.mend),
        "fields": check.fields,
    }


def all_said(found: Iterable[standard.Finding]) -> list[dict[str, Any]]:
    return [said(finding) for finding in found]


def unit_sentence(doubt: standard.UnitDoubt) -> str:
    """What speaks against thousand yuan, what the unit seems to be, and what to do."""
    signs = pgettext("between two sentences", "; ").join(
        _("%(what)s is %(value)s, in %(unit)s it would be %(right)s")
        % {
            "what": _(sign.what),
            "value": number(float(f"{sign.value:.3g}")),
            "unit": UNITS[doubt.unit](),
            "right": number(float(f"{sign.value * doubt.factor:.3g}")),
        }
        for sign in doubt.signs
    )
    text = _(
        "The amounts seem to be in %(unit)s, where thousand yuan is due: %(signs)s. Nothing was "
        "taken over. Multiply each amount by %(factor)s, or state that they are in thousand yuan."
    )
    return text % {
        "unit": UNITS[doubt.unit](),
        "signs": signs,
        "factor": number(doubt.factor) if doubt.factor >= 1 else "0.001",
    }
