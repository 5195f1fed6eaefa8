"""The contribution of science and technology to growth, by growth accounting, as a band and never as one number.

Method: E = (y - alpha k - beta l) / y with alpha + beta = 1 (Solow's residual over growth, 科技进步贡献率),
y the mean growth of real output over five years, k of the capital stock, l of labour, in per cent a year. alpha is a choice:
from 0.30 to 0.60 are in use, and the result moves by more than twenty percentage points over that span. The Xiangshan meetings
on the measure (2012) advise against comparing districts or judging them by it. Errors: without growth nothing can be said
(None), nor with a year missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

LOW, HIGH = 0.30, 0.60
"""The span of the capital share in use."""
TRIED = (0.30, 0.35, 0.40, 0.50, 0.60)
YEARS = 5


def contribution(y: float, k: float, l: float, alpha: float) -> float | None:  # noqa: E741
    """The contribution in per cent at one capital share; None without growth of output."""
    return None if y <= 0 else 100 * (y - alpha * k - (1 - alpha) * l) / y


@dataclass(frozen=True)
class Accounting:
    """Mean growth of output, capital and labour over the years, in per cent a year."""

    y: float
    k: float
    l: float  # noqa: E741

    def at(self, alpha: float) -> float | None:
        return contribution(self.y, self.k, self.l, alpha)

    def band(self, low: float = LOW, high: float = HIGH) -> tuple[float, float] | None:
        """The least and the most over a span of capital shares; it is straight between the two ends."""
        ends = self.at(low), self.at(high)
        known = [end for end in ends if end is not None]
        return (min(known), max(known)) if len(known) == len(ends) else None

    def alpha_for(self, stated: float) -> float | None:
        """The capital share at which this district's growth would make a stated contribution; None when none does."""
        slope = 100 * (self.l - self.k) / self.y if self.y > 0 else 0.0
        at_zero = self.at(0.0)
        return None if not slope or at_zero is None else (stated - at_zero) / slope


def mean_growth(rates: Sequence[float]) -> float:
    """The yearly growth that makes the same over the years, in per cent."""
    return 100 * (prod(1 + rate / 100 for rate in rates) ** (1 / len(rates)) - 1)


def accounting(
    output: Mapping[int, float], capital: Mapping[int, float], labour: Mapping[int, float], last: int
) -> Accounting | None:
    """Mean growth of the five years up to one; None when a year of one of the three is missing."""
    years = range(last - YEARS + 1, last + 1)
    told = [[rates.get(year) for year in years] for rates in (output, capital, labour)]
    if any(rate is None for rates in told for rate in rates):
        return None
    return Accounting(*(mean_growth([float(rate) for rate in rates if rate is not None]) for rates in told))
