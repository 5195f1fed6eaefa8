"""Breaking a figure down for a reader: as it stands for who may see every row, else as the newest edition tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hanfeng.kernel.base.period import Period
from hanfeng.kernel.indicator.indicator import Dimension, Indicator, Ratio, Rowset, Sum
from hanfeng.kernel.record.models import Reader
from hanfeng.kernel.roles import EVERYBODY, NOBODY, visible

from .flow import State
from .models import Edition


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


def may_see_all(rowset: Rowset, user: Reader | None) -> bool:
    """Whether a reader may see each row behind a figure, and so each part of it."""
    if user is None:
        return False
    rows = rowset.rows
    scope = rows.model.scope(user)
    if scope in (EVERYBODY, NOBODY):  # the scope says it; no row need be asked for
        return bool(scope == EVERYBODY)
    return not rows.exclude(pk__in=visible(rows.model, user).values("pk")).exists()


def breakdowns(
    pack: str, found: Indicator, period: Period, user: Reader | None, dimensions: Sequence[Dimension] | None = None
) -> dict[Dimension, Breakdown]:
    """A figure by each of its dimensions, for one reader; None is the public."""
    rowset, wanted = found.compute(period), found.by if dimensions is None else dimensions
    if not rowset.secret:
        return {dimension: Breakdown(_plain(rowset.by(dimension.field))) for dimension in wanted}
    if isinstance(rowset, Sum | Ratio) and may_see_all(rowset, user):
        return {dimension: Breakdown(_plain(rowset.plainly_by(dimension.field))) for dimension in wanted}
    edition = edition_of(pack, period)
    told = edition.content.get(found.name, {}).get("parts", {}) if edition else {}
    return {
        dimension: Breakdown(tuple(Piece(*row) for row in told.get(dimension.field, ())), True, edition)
        for dimension in wanted
    }


def _plain(parts: Any) -> tuple[Piece, ...]:
    return tuple(Piece(key, float(value)) for key, value in parts.items())
