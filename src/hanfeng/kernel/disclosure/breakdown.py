"""A secret figure and its parts for a reader: as they stand for who may see every row, else as the newest edition tells them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from hanfeng.kernel.base.period import Period
from hanfeng.kernel.indicator.indicator import Counted, Dimension, Indicator, Ratio, Rowset, Sum, count
from hanfeng.kernel.pack import indicators
from hanfeng.kernel.record.models import Reader
from hanfeng.kernel.roles import EVERYBODY

from .flow import State
from .models import Edition

Sight = frozenset[type[Any]]
"""The models of secret rows that a reader may see each of."""
OUTSIDE: Sight = frozenset()
"""What the public may see of them, and what is passed on: reports, snapshots, papers."""


@dataclass(frozen=True)
class Piece:
    """One part of a figure: the value of the dimension, the number, and why it is left out where it is."""

    key: Any
    value: float | None
    out: str = ""


@dataclass(frozen=True)
class Breakdown:
    """The parts of a figure by one dimension. `edition` is what they are read from; None when counted from the rows now."""

    parts: tuple[Piece, ...]
    secret: bool = False
    edition: Edition | None = None

    @property
    def left_out(self) -> int:
        return sum(bool(part.out) for part in self.parts)

    @property
    def waiting(self) -> bool:
        """Whether the figure is secret and no edition of its period was published yet."""
        return self.secret and self.edition is None


def edition_of(pack: str, period: Period) -> Edition | None:
    """The newest published edition of a pack for a period."""
    found: Edition | None = (
        Edition.objects.filter(pack=pack, period=str(period), state=State.RELEASED).order_by("-pk").first()
    )
    return found


def editions_of(pack: str) -> dict[str, Edition]:
    """The newest published edition of each period, by the period; one query."""
    return {each.period: each for each in Edition.objects.filter(pack=pack, state=State.RELEASED).order_by("pk")}


@cache
def _secret(compute: Callable[[Period], Rowset]) -> type[Any] | None:
    rowset = compute(Period.year(2000))  # any: which figures are secret does not depend on it
    return rowset.rows.model if rowset.secret else None


def secret_of(found: Indicator) -> type[Any] | None:
    """The model of the rows behind a figure where they are secret."""
    return _secret(found.compute)


def sight_of(user: Reader | None) -> Sight:
    """Of which secret rows a reader may see each one: for him their figures are live."""
    models = {model for _pack, found in indicators() if (model := secret_of(found))} if user else OUTSIDE
    return frozenset(model for model in models if model.scope(user) == EVERYBODY)


def is_live(found: Indicator, sight: Sight) -> bool:
    """Whether a figure is counted from the rows of now. Else each firm that is accepted could be told from two of its values."""
    model = secret_of(found)
    return model is None or model in sight


def told(found: Indicator, period: Period, sight: Sight, edition: Edition | None) -> Counted:
    """A figure as it may be told: counted now, or as an edition of the period has it."""
    if is_live(found, sight):
        return count(found, period)
    value = edition.content.get(found.name, {}).get("value") if edition else None
    return Counted(value, None, None, f"{found.name} v{found.version}")


def breakdowns(
    pack: str, found: Indicator, period: Period, user: Reader | None, dimensions: Sequence[Dimension] | None = None
) -> dict[Dimension, Breakdown]:
    """A figure by each of its dimensions, for one reader; None is the public."""
    rowset, wanted = found.compute(period), found.by if dimensions is None else dimensions
    if not rowset.secret:
        return {dimension: Breakdown(_plain(rowset.by(dimension.field))) for dimension in wanted}
    if isinstance(rowset, Sum | Ratio) and is_live(found, sight_of(user)):
        return {dimension: Breakdown(_plain(rowset.plainly_by(dimension.field))) for dimension in wanted}
    edition = edition_of(pack, period)
    parts = edition.content.get(found.name, {}).get("parts", {}) if edition else {}
    return {
        dimension: Breakdown(tuple(Piece(*row) for row in parts.get(dimension.field, ())), True, edition)
        for dimension in wanted
    }


def _plain(parts: Any) -> tuple[Piece, ...]:
    return tuple(Piece(key, float(value)) for key, value in parts.items())
