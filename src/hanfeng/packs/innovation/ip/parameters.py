"""The dated parameters of the pack, declared in `parameters.toml`, and what is read from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from hanfeng.kernel.api import values_on
from hanfeng.kernel.pure import declared_parameters

from .value import Limits

PARAMETERS = declared_parameters(__package__ or "")
"""What the pack declares: (parameter, Chinese title, English title)."""


@dataclass(frozen=True)
class Tariff:
    """What annuities cost on a day: for each kind of patent (first year, last year, yuan), and the surcharge a month."""

    scales: Mapping[str, Sequence[Sequence[int]]]
    rate: float


def tariff(day: date) -> Tariff:
    """The tariff in force on a day; asked once for a page, not once for a patent."""
    held = values_on(PARAMETERS, day)
    return Tariff(held["ip.annuity"], float(held["ip.surcharge-rate"]))


def limits(day: date) -> Limits:
    """The numbers of the high-value rule on a day."""
    held = values_on(PARAMETERS, day)
    return Limits(int(held["ip.high-value.years"]), Decimal(str(held["ip.high-value.pledged"])))
