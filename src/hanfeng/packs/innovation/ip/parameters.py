"""The dated parameters of the pack, declared in `parameters.toml`, and what is read from them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any

from hanfeng.kernel.api import parameter
from hanfeng.kernel.pure import Confidence, NoParameter, Parameter

from .value import Limits

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


def _value(name: str, day: date) -> Any:
    """The kept version of a day, else what the pack declares: a site without its parameters still computes."""
    try:
        return parameter(name, day).value
    except NoParameter:
        return _DECLARED[name]["value"]


@dataclass(frozen=True)
class Tariff:
    """What annuities cost on a day: for each kind of patent (first year, last year, yuan), and the surcharge a month."""

    scales: Mapping[str, Sequence[Sequence[int]]]
    rate: float


def tariff(day: date) -> Tariff:
    """The tariff in force on a day; asked once for a page, not once for a patent."""
    return Tariff(_value("ip.annuity", day), float(_value("ip.surcharge-rate", day)))


def limits(day: date) -> Limits:
    """The numbers of the high-value rule on a day."""
    return Limits(int(_value("ip.high-value.years", day)), Decimal(str(_value("ip.high-value.pledged", day))))
