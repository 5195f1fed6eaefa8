"""Comprehensive trophic level index TLI(Σ) of lakes and reservoirs (总站生字〔2001〕090号).

Chlorophyll a in mg/m³, Secchi depth in m, total phosphorus, total nitrogen and permanganate index in mg/L.
Where an item is missing the weights of the others are brought to one again, and the result says so: it is not zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log

from hanfeng.kernel.pure import Fault, Words, gettext_noop

CURVES: Mapping[str, tuple[float, float]] = {
    "chla": (2.5, 1.086), "tp": (9.436, 1.624), "tn": (5.453, 1.694), "sd": (5.118, -1.94), "codmn": (0.109, 2.661),
}  # fmt: skip
"""TLI of one item is 10 (a + b ln x)."""

CORRELATION: Mapping[str, float] = {"chla": 1.0, "tp": 0.84, "tn": 0.82, "sd": -0.83, "codmn": 0.83}
"""Correlation of each item with chlorophyll a over the lakes of China; the weight is r² / Σ r²."""

BASE = "chla"


@dataclass(frozen=True)
class Grade:
    """One trophic grade and the highest index that belongs to it."""

    key: str
    most: float
    title: Words


GRADES = (
    Grade("oligotrophic", 30, Words("贫营养", "oligotrophic")),
    Grade("mesotrophic", 50, Words("中营养", "mesotrophic")),
    Grade("light", 60, Words("轻度富营养", "lightly eutrophic")),
    Grade("moderate", 70, Words("中度富营养", "moderately eutrophic")),
    Grade("hyper", float("inf"), Words("重度富营养", "hypereutrophic")),
)
"""Sources differ on where exactly 30, 50, 60 and 70 belong; here 30 is mesotrophic, the others belong to the lower grade."""


@dataclass(frozen=True)
class Trophic:
    """The index, each item's own, the weights used, and what was missing."""

    value: float
    items: Mapping[str, float]
    weights: Mapping[str, float]
    missing: tuple[str, ...]

    @property
    def grade(self) -> Grade:
        return grade(self.value)


def grade(index: float) -> Grade:
    """The trophic grade of an index."""
    if index < GRADES[0].most:
        return GRADES[0]
    return next(found for found in GRADES[1:] if index <= found.most)


def item_index(item: str, value: float) -> float:
    """TLI of one item. Raises Fault for a value that is not above zero, which has no logarithm, and KeyError for another item."""
    first, slope = CURVES[item]
    if not value > 0:
        told = gettext_noop(
            "%(item)s is %(value)s: the trophic index needs a value above zero; enter half the detection limit."
        )
        raise Fault("not_positive", told, {"item": item, "value": value})
    return 10 * (first + slope * log(value))


def weights(items: tuple[str, ...]) -> dict[str, float]:
    """The weights of these items, which add up to one."""
    squares = {item: CORRELATION[item] ** 2 for item in items}
    whole = sum(squares.values())
    return {item: square / whole for item, square in squares.items()}


def trophic(values: Mapping[str, float | None]) -> Trophic | None:
    """The index of one sample; None without chlorophyll a, on which all weights rest. Raises Fault as `item_index`."""
    given = {item: value for item in CURVES if (value := values.get(item)) is not None}
    if BASE not in given:
        return None
    own = {item: item_index(item, value) for item, value in given.items()}
    parts = weights(tuple(own))
    value = sum(parts[item] * own[item] for item in own)
    return Trophic(value, own, parts, tuple(item for item in CURVES if item not in given))
