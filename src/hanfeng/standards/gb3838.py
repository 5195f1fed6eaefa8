"""Classes of surface water by GB 3838-2002, judged item by item (环办〔2011〕22号): the worst item decides.

Values in mg/L, faecal coliforms in one per litre, pH without unit. A lake has its own limits of total phosphorus, and total
nitrogen counts for it alone, told apart from the class. Class 6 stands for water worse than class V (劣Ⅴ类).

GB 3838-2002 table 1; 环办〔2011〕22号 for the twenty-one items and the main pollutants, whose details are not confirmed in print.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from hanfeng.kernel.pure import Words

WORSE = 6

LIMITS: Mapping[str, tuple[float, ...]] = {
    "do": (7.5, 6, 5, 3, 2),
    "codmn": (2, 4, 6, 10, 15),
    "cod": (15, 15, 20, 30, 40),
    "bod5": (3, 3, 4, 6, 10),
    "nh3n": (0.15, 0.5, 1.0, 1.5, 2.0),
    "tp": (0.02, 0.1, 0.2, 0.3, 0.4),
    "tn": (0.2, 0.5, 1.0, 1.5, 2.0),
    "cu": (0.01, 1, 1, 1, 1),
    "zn": (0.05, 1, 1, 2, 2),
    "f": (1, 1, 1, 1.5, 1.5),
    "se": (0.01, 0.01, 0.01, 0.02, 0.02),
    "as": (0.05, 0.05, 0.05, 0.1, 0.1),
    "hg": (0.00005, 0.00005, 0.0001, 0.001, 0.001),
    "cd": (0.001, 0.005, 0.005, 0.005, 0.01),
    "cr6": (0.01, 0.05, 0.05, 0.05, 0.1),
    "pb": (0.01, 0.01, 0.05, 0.05, 0.1),
    "cn": (0.005, 0.05, 0.2, 0.2, 0.2),
    "phenol": (0.002, 0.002, 0.005, 0.01, 0.1),
    "oil": (0.05, 0.05, 0.05, 0.5, 1.0),
    "las": (0.2, 0.2, 0.2, 0.3, 0.3),
    "s": (0.05, 0.1, 0.2, 0.5, 1.0),
    "coliforms": (200, 2000, 10000, 20000, 40000),
}
"""The limit of each class I to V; of dissolved oxygen the least, of all others the most."""

LAKE_TP = (0.01, 0.025, 0.05, 0.1, 0.2)
PH = (6.0, 9.0)
APART = ("tn", "coliforms")
"""Items that are told but do not decide the class."""

NO_MULTIPLE = ("ph", "do")
"""Items of which no multiple over the limit is told."""

NAMES: Mapping[str, Words] = {
    "ph": Words("pH", "pH"), "do": Words("溶解氧", "dissolved oxygen"), "codmn": Words("高锰酸盐指数", "permanganate index"),
    "cod": Words("化学需氧量", "chemical oxygen demand"), "bod5": Words("五日生化需氧量", "five-day biochemical oxygen demand"),
    "nh3n": Words("氨氮", "ammonia nitrogen"), "tp": Words("总磷", "total phosphorus"), "tn": Words("总氮", "total nitrogen"),
    "cu": Words("铜", "copper"), "zn": Words("锌", "zinc"), "f": Words("氟化物", "fluoride"), "se": Words("硒", "selenium"),
    "as": Words("砷", "arsenic"), "hg": Words("汞", "mercury"), "cd": Words("镉", "cadmium"),
    "cr6": Words("六价铬", "hexavalent chromium"), "pb": Words("铅", "lead"), "cn": Words("氰化物", "cyanide"),
    "phenol": Words("挥发酚", "volatile phenol"), "oil": Words("石油类", "petroleum"),
    "las": Words("阴离子表面活性剂", "anionic surfactants"), "s": Words("硫化物", "sulphide"),
    "coliforms": Words("粪大肠菌群", "faecal coliforms"),
}  # fmt: skip

CLASSES = ("Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", "劣Ⅴ")
STATUS: tuple[Words, ...] = (
    Words("优", "excellent"), Words("优", "excellent"), Words("良好", "good"), Words("轻度污染", "light pollution"),
    Words("中度污染", "moderate pollution"), Words("重度污染", "heavy pollution"),
)  # fmt: skip


def limits(item: str, *, lake: bool = False) -> tuple[float, ...]:
    """The limits of an item from class I to V. Raises KeyError for an item that table 1 does not have."""
    return LAKE_TP if lake and item == "tp" else LIMITS[item]


def oxygen_saturation(temperature: float) -> float:
    """Dissolved oxygen at saturation in mg/L at a water temperature in °C, at sea level: 468 / (31.6 + T)."""
    return 468.0 / (31.6 + temperature)


def class_of(item: str, value: float, *, lake: bool = False, temperature: float | None = None) -> int:
    """The class of one item, 1 to 5, or 6 when it is worse than class V.

    Oxygen of at least nine tenths of saturation is class I too, where the water temperature in °C is known.
    """
    if item == "ph":
        return 1 if PH[0] <= value <= PH[1] else WORSE
    bounds = limits(item, lake=lake)
    if item == "do":
        if temperature is not None and value >= 0.9 * oxygen_saturation(temperature):
            return 1
        return next((n for n, least in enumerate(bounds, 1) if value >= least), WORSE)
    return next((n for n, most in enumerate(bounds, 1) if value <= most), WORSE)


@dataclass(frozen=True)
class Over:
    """An item that exceeds a class: its own class, and (C - S) / S against the limit of that class; None for pH and oxygen."""

    item: str
    own: int
    times: float | None


@dataclass(frozen=True)
class Quality:
    """The class of a water body, the items that decide it, each item's own class, and the main pollutants over class III."""

    number: int
    deciding: tuple[str, ...]
    items: Mapping[str, int]
    main: tuple[Over, ...]
    apart: Mapping[str, int]

    @property
    def name(self) -> str:
        return CLASSES[self.number - 1]

    @property
    def status(self) -> Words:
        return STATUS[self.number - 1]


def assess(
    values: Mapping[str, float | None], *, lake: bool = False, temperature: float | None = None
) -> Quality | None:
    """Judge a sample by its worst item; None when no item that decides was measured. Unknown items raise KeyError.

    Main pollutants are the items over class III, the worst class first, then the largest multiple, at most three.
    """
    given = {item: float(value) for item, value in values.items() if value is not None}
    found = {item: class_of(item, value, lake=lake, temperature=temperature) for item, value in given.items()}
    deciding = {item: number for item, number in found.items() if item not in APART}
    if not deciding:
        return None
    worst = max(deciding.values())
    return Quality(
        worst,
        tuple(item for item, number in deciding.items() if number == worst and worst > 1),
        deciding,
        over({item: given[item] for item in deciding}, 3, lake=lake, temperature=temperature)[:3],
        {item: number for item, number in found.items() if item in APART and (lake or item != "tn")},
    )


def over(
    values: Mapping[str, float], target: int, *, lake: bool = False, temperature: float | None = None
) -> tuple[Over, ...]:
    """The items that miss a target class, the worst first."""
    rows = []
    for item, value in values.items():
        own = class_of(item, value, lake=lake, temperature=temperature)
        if own > target:
            times = None if item in NO_MULTIPLE else value / limits(item, lake=lake)[target - 1] - 1
            rows.append(Over(item, own, times))
    return tuple(sorted(rows, key=lambda row: (-row.own, -(row.times or 0.0))))
