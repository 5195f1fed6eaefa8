"""What hangs on a choice: figures with a free parameter as bands, and survey shares with their sampling error."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from statistics import NormalDist

from hanfeng.kernel.pure import Bound
from hanfeng.plan.judging.terms import Verdict

ALPHAS = (0.3, 0.35, 0.4, 0.5, 0.6)
"""Output elasticities of capital found in papers; none is official."""


@dataclass(frozen=True)
class Sensitivity:
    """What a judgement or a figure would be with one parameter set otherwise."""

    parameter: str
    setting: float | bool | None
    verdict: Verdict | None = None
    figure: float | None = None


@dataclass(frozen=True)
class Contribution:
    """The contribution of technical progress to growth in per cent, for each elasticity tried; never one bare number."""

    by_alpha: tuple[Sensitivity, ...]

    @property
    def bound(self) -> Bound | None:
        """The band over all elasticities; None where output did not grow."""
        figures = [tried.figure for tried in self.by_alpha if tried.figure is not None]
        return Bound(min(figures), max(figures)) if figures else None

    @property
    def swing(self) -> float | None:
        """The percentage points that hang on the elasticity alone."""
        band = self.bound
        return None if band is None or band.low is None or band.high is None else band.high - band.low


def growth_accounting(y: float, k: float, l: float, alphas: Sequence[float] = ALPHAS) -> Contribution:  # noqa: E741
    """E = (y - alpha k - (1 - alpha) l) / y in per cent, with the growth rates of output y, capital k and labour l.

    The formula of the growth-accounting method with constant returns. Without growth of output (y of 0 or less) the
    share means nothing and no figure is given. It is not made for comparing places or rating a county's work: a county
    has no published capital stock.
    """
    tried = ((alpha, _residual(y, k, l, alpha)) for alpha in alphas)
    return Contribution(tuple(Sensitivity("alpha", alpha, figure=figure) for alpha, figure in tried))


def _residual(y: float, k: float, labour: float, alpha: float) -> float | None:
    if y <= 0:
        return None
    share = (y - alpha * k - (1 - alpha) * labour) / y * 100
    return share if isfinite(share) else None


def sampling_margin(share: float, size: int, deff: float = 1.0, level: float = 0.95) -> float:
    """Half the width of a survey's confidence interval, in the unit of `share` (per cent): normal approximation.

    `deff` is the design effect. Raises ValueError for a share outside 0 to 100 or an empty sample.
    """
    if not 0 <= share <= 100 or size < 1 or deff <= 0 or not 0 < level < 1:
        raise ValueError(f"a sample has a size, a share from 0 to 100 and a level, not {size}, {share}, {level}")
    return NormalDist().inv_cdf(0.5 + level / 2) * sqrt(deff * share * (100 - share) / size)


def sampled(share: float, size: int, deff: float = 1.0, level: float = 0.95) -> Bound:
    """A surveyed percentage as the bound that its sample supports."""
    margin = sampling_margin(share, size, deff, level)
    return Bound.between(max(share - margin, 0.0), min(share + margin, 100.0))
