"""The dated parameters of the pack, declared in `parameters.toml`, and what is read from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from hanfeng.kernel.api import parameter
from hanfeng.kernel.pure import NoParameter, declared_parameters

from .value import Limits

PARAMETERS = declared_parameters(__package__ or "")
"""What the pack declares: (parameter, Chinese title, English title)."""
_VALUES = {declared.name: declared.value for declared, _zh, _en in PARAMETERS}


def _value(name: str, day: date) -> Any:
    """The kept version of a day, else what the pack declares: a site without its parameters still computes."""
    try:
        return parameter(name, day).value
    except NoParameter:
        return _VALUES[name]


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
