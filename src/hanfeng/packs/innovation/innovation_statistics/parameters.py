"""The dated parameters of the pack, and what is read from them."""

from __future__ import annotations

from datetime import date
from typing import Any

from hanfeng.kernel.api import parameter
from hanfeng.kernel.pure import NoParameter, declared_parameters

from .calibres import Rates

PARAMETERS = declared_parameters(__package__ or "")
"""What the pack declares: (parameter, Chinese title, English title)."""
_VALUES = {declared.name: declared.value for declared, _zh, _en in PARAMETERS}


def value(name: str, day: date | None = None) -> Any:
    """A parameter of the pack on a day, or what is declared where the site keeps none for it."""
    try:
        return parameter(f"innovation_statistics.{name}", day).value
    except NoParameter:
        return _VALUES[f"innovation_statistics.{name}"]


def rates(day: date) -> Rates:
    """The shares of the other calibres on a day."""
    names = ("outsourced-share", "other-high-tech", "other-tax", "abroad-share")
    return Rates(*(float(value(name, day)) for name in names))
