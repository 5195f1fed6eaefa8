"""The dated parameters of the pack, and what is read from them."""

from __future__ import annotations

from datetime import date
from typing import Any

from hanfeng.kernel.api import values_on
from hanfeng.kernel.pure import declared_parameters

from .calibres import Rates

PARAMETERS = declared_parameters(__package__ or "")
"""What the pack declares: (parameter, Chinese title, English title)."""


def value(name: str, day: date | None = None) -> Any:
    """A parameter of the pack on a day, or what is declared where the site keeps none for it."""
    return values_on(PARAMETERS, day)[f"innovation_statistics.{name}"]


def rates(day: date) -> Rates:
    """The shares of the other calibres on a day."""
    held = values_on(PARAMETERS, day)
    names = ("outsourced-share", "other-high-tech", "other-tax", "abroad-share")
    return Rates(*(float(held[f"innovation_statistics.{name}"]) for name in names))
