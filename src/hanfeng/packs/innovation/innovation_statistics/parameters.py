"""The dated parameters of the pack, and what is read from them."""

from __future__ import annotations

import tomllib
from datetime import date
from importlib.resources import files
from typing import Any

from hanfeng.kernel.api import parameter
from hanfeng.kernel.pure import Confidence, NoParameter, Parameter

from .calibres import Rates

_DECLARED: dict[str, dict[str, Any]] = tomllib.loads((files(__package__) / "parameters.toml").read_text("utf-8"))


def _declared(name: str, row: dict[str, Any]) -> Parameter[Any]:
    return Parameter(
        name, row["value"], row["unit"], row["source"], valid_from=row.get("starts"), note=row["note"],
        confidence=Confidence(row["confidence"]),
    )  # fmt: skip


PARAMETERS: tuple[tuple[Parameter[Any], str, str], ...] = tuple(
    (_declared(name, row), row["zh"], row["en"]) for name, row in _DECLARED.items()
)
"""What the pack declares: (parameter, Chinese title, English title)."""


def value(name: str, day: date | None = None) -> Any:
    """A parameter of the pack on a day, or what is declared where the site keeps none for it."""
    try:
        return parameter(f"innovation_statistics.{name}", day).value
    except NoParameter:
        return _DECLARED[f"innovation_statistics.{name}"]["value"]


def rates(day: date) -> Rates:
    """The shares of the other calibres on a day."""
    names = ("outsourced-share", "other-high-tech", "other-tax", "abroad-share")
    return Rates(*(float(value(name, day)) for name in names))
